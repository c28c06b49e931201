//! Rules about GitHub Packages.

use super::facts::{AUTOMATIC, DOCS, Fact, ISSUES, Source};
use super::{Address, Case, GitHub, Level, Rule, Scene, Service, Subject};
use crate::registry::{AuthType, RegistryType};

static NOT_PUBLIC: Fact = Fact {
    says: "GitHub Packages does not serve the packages of the public registries.",
    sources: &[Source { origin: &ISSUES, path: "dependabot/dependabot-core/issues/11496" }],
};
static ECOSYSTEMS: Fact = Fact {
    says: "GitHub Packages has npm, RubyGems, Maven, Gradle, NuGet and container registries, and no Python index.",
    sources: &[Source { origin: &DOCS, path: "packages/learn-github-packages/introduction-to-github-packages" }],
};
static ACCESS: Fact = Fact {
    says: "Dependabot has automatic access to GitHub's own registries for RubyGems, Docker, npm, and the \
           organization's own Maven and NuGet packages, but not for Helm. GitHub announced this, withdrew it in part, \
           and announced it again on 2026-09-08; it is behind a feature flag. The documentation also names GitHub \
           Enterprise Server since 3.22. An explicit entry takes precedence.",
    sources: &[Source {
        origin: &AUTOMATIC,
        path: "code-security/concepts/supply-chain-security/automatic-dependabot-access-to-github-registries",
    }],
};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "replaces-base-github-packages",
        level: Level::Warning,
        field: "replaces_base",
        help: "leave `replaces-base` out",
        what: "With `replaces-base` Dependabot requests every package from this registry, which has none of the public \
               ones. For npm this is a warning, for Maven and RubyGems a notice.",
        facts: &[&NOT_PUBLIC],
        check: replaces_base_github_packages,
    },
    Rule {
        id: "github-packages-automatic",
        level: Level::Notice,
        field: "secret",
        help: "give the repositories read access in the settings of each package, so that Dependabot does not depend \
               on a token that expires",
        what: "Dependabot uses the stored token instead of its own access, until the token expires. Code scanning has \
               no access of its own, and needs the entry for the types that it reads. The rule applies only to \
               organizations on github.com, for which GitHub announced the access.",
        facts: &[&ACCESS],
        check: github_packages_automatic,
    },
    Rule {
        id: "python-github-packages",
        level: Level::Warning,
        field: "url",
        help: "use another Python index",
        what: "GitHub Packages has no Python registry.",
        facts: &[&ECOSYSTEMS],
        check: python_github_packages,
    },
];

fn service<'a>(subject: &'a Subject, scene: &Scene) -> Option<(Service, &'a Address)> {
    let address = subject.address()?;
    let service = scene.home.github.service(address).filter(|service| service.is_packages())?;
    Some((service, address))
}

fn replaces_base_github_packages(subject: &Subject, scene: &Scene) -> Option<Case> {
    let (_, address) = service(subject, scene)?;
    let level = match subject.registry_type? {
        RegistryType::NpmRegistry => Level::Warning,
        RegistryType::MavenRepository | RegistryType::RubygemsServer => Level::Notice,
        _ => return None,
    };
    (subject.replaces_base == Some(true)).then(|| {
        let (host, kind) = (&address.host, subject.kind());
        let case = Case::new(level, format!("`{host}` replaces the base of `{kind}`, but has no public packages"));
        match subject.registry_type {
            Some(RegistryType::NpmRegistry) => {
                case.help("leave `replaces-base` out, and commit an `.npmrc` that names the scope's registry")
            }
            _ => case,
        }
    })
}

fn github_packages_automatic(subject: &Subject, scene: &Scene) -> Option<Case> {
    let is_stored = matches!(subject.auth_type, Some(AuthType::Token | AuthType::UsernamePassword));
    if scene.home.github != GitHub::Cloud || !is_stored {
        return None;
    }
    let (service, address) = service(subject, scene)?;
    let is_on_cloud = address.host == "ghcr.io" || address.is_in("pkg.github.com");
    let is_own = || {
        let owner = address.path.trim_start_matches('/').split('/').next().unwrap_or_default();
        scene.home.organization.as_deref().is_some_and(|org| org.eq_ignore_ascii_case(owner))
    };
    let is_automatic = match (subject.registry_type?, service) {
        (RegistryType::NpmRegistry, Service::Npm)
        | (RegistryType::RubygemsServer, Service::Rubygems)
        | (RegistryType::DockerRegistry, Service::Containers) => true,
        (RegistryType::MavenRepository, Service::Maven) | (RegistryType::NugetFeed, Service::Nuget) => is_own(),
        _ => false,
    };
    (is_on_cloud && is_automatic).then(|| {
        let (host, as_of) = (&address.host, AUTOMATIC.as_of);
        let needed = if subject.reader().is_some_and(|reader| reader.language.is_some()) {
            "; code scanning still needs the entry"
        } else {
            ""
        };
        Case::notice(format!(
            "Dependabot may have automatic access to `{host}` (behind a feature flag, as of {as_of}), but prefers this \
             entry until its token expires{needed}"
        ))
    })
}

fn python_github_packages(subject: &Subject, scene: &Scene) -> Option<Case> {
    let is_python = subject.registry_type == Some(RegistryType::PythonIndex);
    let (_, address) = service(subject, scene).filter(|_| is_python)?;
    Some(Case::warning(format!("`{}` is GitHub Packages, which has no `python-index`", address.host)).nobody_can())
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{cloud, judged, level, levels_at, message, server};
    use super::super::{Dependabot, Home};
    use super::*;

    #[test]
    fn github_packages_can_t_replace_a_base() {
        let rule = "replaces-base-github-packages";
        for (line, expected) in [
            ("npm-registry https://npm.pkg.github.com token", Some(Level::Warning)),
            ("npm-registry https://npm.acme.ghe.com token", Some(Level::Warning)),
            ("maven-repository https://maven.pkg.github.com/acme token", Some(Level::Notice)),
            ("rubygems-server https://rubygems.pkg.github.com/acme token", Some(Level::Notice)),
            ("nuget-feed https://nuget.pkg.github.com/acme/index.json token", None),
            ("docker-registry https://ghcr.io token", None),
            ("npm-registry https://npm.acme.dev token", None),
        ] {
            assert_eq!(level(rule, &format!("{line} base=true")), expected, "{line}");
            assert_eq!(level(rule, &format!("{line} base=false")), None, "{line}");
        }
        let line = "npm-registry https://npm.github.acme.dev token base=true";
        assert_eq!(levels_at(&server(None), rule, &[line]), [Some(Level::Warning)]);
    }

    #[test]
    fn automatic_access_on_github_com_is_found() {
        let rule = "github-packages-automatic";
        for (line, fires) in [
            ("npm-registry https://npm.pkg.github.com token", true),
            ("rubygems-server https://rubygems.pkg.github.com/other token", true),
            ("docker-registry https://ghcr.io username_password", true),
            ("docker-registry https://docker.pkg.github.com username_password", true),
            ("maven-repository https://maven.pkg.github.com/ACME/ username_password", true),
            ("nuget-feed https://nuget.pkg.github.com/acme/index.json username_password", true),
            ("maven-repository https://maven.pkg.github.com/other username_password", false),
            ("nuget-feed https://nuget.pkg.github.com/other/index.json username_password", false),
            ("helm-registry https://ghcr.io username_password", false),
            ("git https://github.com/acme username_password", false),
            ("npm-registry https://npm.acme.ghe.com token", false),
            ("npm-registry https://npm.acme.dev token", false),
        ] {
            assert_eq!(level(rule, line), fires.then_some(Level::Notice), "{line}");
            assert_eq!(levels_at(&server(Some((3, 23))), rule, &[line]), [None], "{line}");
        }
        let maven = "maven-repository https://maven.pkg.github.com/acme username_password";
        assert!(message(rule, maven).contains("code scanning still needs the entry"));
        assert!(!message(rule, "npm-registry https://npm.pkg.github.com token").contains("code scanning"));
        let anywhere = Home { organization: None, ..cloud() };
        assert_eq!(levels_at(&anywhere, rule, &[maven]), [None], "whose packages they are is not known");
    }

    #[test]
    fn github_packages_has_no_python() {
        let rule = "python-github-packages";
        for (line, fires) in [
            ("python-index https://pypi.pkg.github.com/acme token", true),
            ("python-index https://ghcr.io/acme token", true),
            ("python-index https://github.com/acme token", false),
            ("python-index https://pypi.acme.dev/simple/ token", false),
            ("npm-registry https://npm.pkg.github.com token", false),
        ] {
            assert_eq!(level(rule, line), fires.then_some(Level::Warning), "{line}");
            let is_no = judged(&cloud(), &[line])[0].consumers.dependabot.verdict == Dependabot::No;
            assert_eq!(is_no, fires, "{line}");
        }
    }
}
