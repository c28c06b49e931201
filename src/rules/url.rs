//! Rules about urls, and about characters that the readers refuse.

use super::facts::{CODEQL, Fact, ISSUES, Matching, PROXY, Source};
use super::scene::is_unprintable;
use super::subject::Told;
use super::{Case, Level, Rule, Scene, Subject};
use crate::registry::{AuthType, RegistryType};

pub(super) static HTTPS: Fact = Fact {
    says: "The proxy sends credentials only over https, except for Maven, GOPROXY and NuGet (not with OIDC).",
    sources: &[
        Source { origin: &PROXY, path: "internal/handlers/npm_registry.go" },
        Source { origin: &PROXY, path: "internal/handlers/maven_repository.go" },
        Source { origin: &PROXY, path: "internal/handlers/goproxy_server_handler.go" },
        Source { origin: &PROXY, path: "internal/handlers/nuget_feed.go" },
    ],
};
pub(super) static BY_HOST: Fact = Fact {
    says: "The proxy recognizes npm, Docker and Helm registries by a `registry` field, which an organization's \
           configuration does not have, or else by the host in the url, on port 443. For npm with OIDC it uses the \
           whole url.",
    sources: &[
        Source { origin: &PROXY, path: "internal/config/config.go" },
        Source { origin: &PROXY, path: "internal/handlers/npm_registry.go" },
        Source { origin: &PROXY, path: "internal/handlers/docker_registry.go" },
        Source { origin: &PROXY, path: "internal/handlers/helm_registry.go" },
    ],
};
static GIT_HOST: Fact = Fact {
    says: "The proxy finds no host in a git url without a scheme either.",
    sources: &[
        Source { origin: &PROXY, path: "internal/config/config.go" },
        Source { origin: &PROXY, path: "internal/handlers/git_server.go" },
    ],
};
static HELM: Fact = Fact {
    says: "Dependabot does not read Helm charts from an OCI registry through `helm-registry`.",
    sources: &[Source { origin: &ISSUES, path: "dependabot/dependabot-core/issues/12395" }],
};
static PRINTABLE: Fact = Fact {
    says: "If any text of an entry has a character outside printable ASCII, such as a line break, code scanning \
           refuses all entries for that language. An entry without a url has the same effect.",
    sources: &[Source { origin: &CODEQL, path: "src/start-proxy.ts" }],
};
static SHOWN: Fact = Fact {
    says: "Everybody who may read the organization's private registries can see the url.",
    sources: &[Source { origin: &super::facts::DOCS, path: "rest/private-registries/organization-configurations" }],
};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "plain-http",
        level: Level::Warning,
        field: "url",
        help: "write `https://`",
        what: "For most types Dependabot's proxy adds no credential to a request over http. For Maven, GOPROXY and \
               NuGet it does, and everybody on the network path can read it.",
        facts: &[&HTTPS],
        check: plain_http,
    },
    Rule {
        id: "url-without-scheme",
        level: Level::Warning,
        field: "url",
        help: "write `https://` before it",
        what: "For npm, Docker, Helm and git Dependabot's proxy takes the host from the url, and finds none without a \
               scheme.",
        facts: &[&BY_HOST, &GIT_HOST],
        check: url_without_scheme,
    },
    Rule {
        id: "port-ignored",
        level: Level::Warning,
        field: "url",
        help: "serve the registry on port 443, or keep it in each repository's `dependabot.yml`, whose `registry` can \
               have a port",
        what: "Dependabot's proxy recognizes an organization's npm, Docker and Helm registries by their host, on port \
               443. It adds no credential to a request to another port.",
        facts: &[&BY_HOST],
        check: port_ignored,
    },
    Rule {
        id: "helm-oci",
        level: Level::Warning,
        field: "url",
        help: "use `type: docker-registry` and the url with `https://`",
        what: "Dependabot does not support Helm charts in an OCI registry as `helm-registry`.",
        facts: &[&HELM],
        check: helm_oci,
    },
    Rule {
        id: "url-with-query",
        level: Level::Warning,
        field: "url",
        help: "leave the query out, and put a credential into the secret",
        what: "GitHub shows the url to everybody who may read the configurations, so a credential in its query is not \
               secret.",
        facts: &[&SHOWN],
        check: url_with_query,
    },
    Rule {
        id: "not-printable-ascii",
        level: Level::Warning,
        field: "url",
        help: "use printable ASCII only, without a line break: `%20` and the like in a url",
        what: "Code scanning stops for every repository of that language that can use the entry, whichever registry it \
               needs. The rule is about the types that code scanning reads: NuGet for C#, Maven for Java, GOPROXY and \
               git for Go.",
        facts: &[&PRINTABLE],
        check: not_printable_ascii,
    },
    Rule {
        id: "url-missing",
        level: Level::Warning,
        field: "url",
        help: "give it a url, or delete the configuration",
        what: "A configuration with an empty url, created before GitHub required one, stops code scanning in the same \
               way as a character that it refuses.",
        facts: &[&PRINTABLE],
        check: url_missing,
    },
];

fn plain_http(subject: &Subject, _: &Scene) -> Option<Case> {
    let address = subject.address().filter(|address| address.scheme.as_deref() == Some("http"))?;
    let reader = subject.reader()?;
    let (shown, kind, as_of) = (address.shown(), subject.kind(), PROXY.as_of());
    let is_nuget_oidc = subject.registry_type == Some(RegistryType::NugetFeed) && subject.is_oidc();
    let case = if reader.http && !is_nuget_oidc {
        let message = format!("`{shown}` is not https: Dependabot's proxy sends the credential unencrypted, {as_of}");
        Case::warning(message)
    } else {
        let message = format!("`{shown}` is not https: Dependabot's proxy serves `{kind}` only over https, {as_of}");
        // A repository may use the same host with https.
        Case::warning(message).dependabot_may()
    };
    Some(case.help(format!("write `https://{}`", address.without_scheme())))
}

fn url_without_scheme(subject: &Subject, _: &Scene) -> Option<Case> {
    let address = subject.address().filter(|address| address.scheme.is_none())?;
    let is_by_host = is_by_host_on_443(subject) || subject.reader()?.matching == Matching::HostAnyPort;
    // For OIDC at JFrog the rule `oidc-cannot-reach` reports it.
    (is_by_host && subject.auth_type != Some(AuthType::OidcJfrog)).then(|| {
        let (shown, kind, as_of) = (address.shown(), subject.kind(), PROXY.as_of());
        let message =
            format!("`{shown}` has no scheme, so Dependabot's proxy finds no host in it for `{kind}`, {as_of}");
        Case::warning(message).help(format!("write `https://{shown}`")).dependabot_may()
    })
}

fn port_ignored(subject: &Subject, _: &Scene) -> Option<Case> {
    let address = subject.address()?;
    let port = address.port.filter(|port| *port != 443)?;
    is_by_host_on_443(subject).then(|| {
        let (host, kind, as_of) = (&address.host, subject.kind(), PROXY.as_of());
        let message = format!(
            "`{host}:{port}` is never matched: Dependabot's proxy recognizes an organization's `{kind}` only on port \
             443, {as_of}"
        );
        Case::warning(message).dependabot_may()
    })
}

/// Reports whether the proxy recognizes a registry by its host alone. With OIDC, it recognizes npm by the whole url.
pub(super) fn is_by_host_on_443(subject: &Subject) -> bool {
    let is_npm = subject.registry_type == Some(RegistryType::NpmRegistry);
    subject.reader().is_some_and(|reader| reader.matching == Matching::Host) && !(is_npm && subject.is_oidc())
}

fn helm_oci(subject: &Subject, _: &Scene) -> Option<Case> {
    let address = subject.address().filter(|address| address.scheme.as_deref() == Some("oci"))?;
    (subject.registry_type == Some(RegistryType::HelmRegistry)).then(|| {
        let message =
            format!("`{}` is an OCI registry, which Dependabot does not support as `helm-registry`", address.shown());
        let help = format!("use `type: docker-registry` and `url: https://{}`", address.without_scheme());
        Case::warning(message).help(help).nobody_can()
    })
}

fn url_with_query(subject: &Subject, _: &Scene) -> Option<Case> {
    let address = subject.address().filter(|address| address.has_query)?;
    let shown = address.shown();
    Some(Case::warning(format!("`{shown}` has a query, which everybody who may read the configuration can see")))
}

fn not_printable_ascii(subject: &Subject, _: &Scene) -> Option<Case> {
    subject.reader()?.language?;
    if !is_unprintable(subject) || subject.address == Told::Absent {
        return None;
    }
    let spelled = |field: &str| field.replace('_', "-");
    let readable = subject.unprintable.iter();
    let mut fields: Vec<String> =
        readable.map(|(field, c)| format!("`{}` (U+{:04X})", spelled(field), u32::from(*c))).collect();
    if subject.secret.facts.is_some_and(|facts| !facts.is_printable) {
        fields.push("the secret".to_owned());
    }
    let first = subject.unprintable.first().map_or("secret", |(field, _)| *field);
    let message = format!(
        "there is a character that is not printable ASCII in {}: code scanning then refuses every registry of the \
         language, {}",
        fields.join(", "),
        CODEQL.as_of()
    );
    Some(Case::warning(message).at(first).code_scanning_cannot())
}

fn url_missing(subject: &Subject, _: &Scene) -> Option<Case> {
    subject.reader()?.language?;
    (subject.address == Told::Absent).then(|| {
        let (kind, as_of) = (subject.kind(), CODEQL.as_of());
        let message =
            format!("this `{kind}` has no url: code scanning then refuses every registry of the language, {as_of}");
        Case::warning(message).code_scanning_cannot()
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::fixture::{cloud, entry, judged, level, message};
    use super::super::{CodeScanning, Dependabot, judge};
    use super::*;
    use crate::registry::LiveRegistry;

    #[test]
    fn plain_http_is_found_for_every_type_with_its_own_message() {
        for kind in RegistryType::ALL {
            let line = format!("{} http://registry.acme.dev/a username_password", kind.dependabot());
            let said = message("plain-http", &line);
            let is_sent = super::super::facts::reader(*kind).http;
            assert_eq!(said.contains("unencrypted"), is_sent, "{said}");
            assert!(said.starts_with("`http://registry.acme.dev/a`"), "{said}");
            assert_eq!(level("plain-http", &line.replace("http://", "https://")), None);
        }
        assert!(message("plain-http", "nuget-feed http://nuget.acme.dev oidc_gcp").contains("only over https"));
        assert_eq!(level("plain-http", "docker-registry oci://registry.acme.dev username_password"), None);
        assert_eq!(level("plain-http", "docker-registry registry.acme.dev username_password"), None);
    }

    #[test]
    fn a_missing_scheme_is_found_for_types_recognized_by_host() {
        for kind in RegistryType::ALL {
            let line = format!("{} registry.acme.dev/a username_password", kind.dependabot());
            let expected =
                ["npm-registry", "docker-registry", "helm-registry", "git"].contains(&kind.dependabot().as_str());
            assert_eq!(level("url-without-scheme", &line), expected.then_some(Level::Warning), "{line}");
            assert_eq!(level("url-without-scheme", &line.replace(" registry", " https://registry")), None);
        }
        assert_eq!(level("url-without-scheme", "docker-registry registry.acme.dev oidc_gcp"), Some(Level::Warning));
        assert_eq!(
            level("url-without-scheme", "npm-registry npm.acme.dev oidc_gcp"),
            None,
            "the whole url is compared"
        );
        assert_eq!(level("url-without-scheme", "docker-registry acme.jfrog.io oidc_jfrog"), None, "said once");
    }

    #[test]
    fn another_port_than_443_is_never_matched() {
        for (line, fires) in [
            ("docker-registry https://registry.acme.dev:5000 username_password", true),
            ("docker-registry https://registry.acme.dev:5000 oidc_gcp", true),
            ("helm-registry http://helm.acme.dev:8080/charts username_password", true),
            ("npm-registry https://npm.acme.dev:8443 token", true),
            ("npm-registry https://npm.acme.dev:8443 oidc_gcp", false),
            ("npm-registry https://npm.acme.dev:443 token", false),
            ("npm-registry http://npm.acme.dev token", false),
            ("git https://git.acme.dev:8443 username_password", false),
            ("maven-repository https://maven.acme.dev:8443 username_password", false),
        ] {
            assert_eq!(level("port-ignored", line), fires.then_some(Level::Warning), "{line}");
        }
    }

    #[test]
    fn helm_in_an_oci_registry() {
        let judgement = judged(&cloud(), &["helm-registry oci://registry.acme.dev/charts username_password"]).remove(0);
        assert_eq!(judgement.consumers.dependabot.verdict, Dependabot::No);
        let [finding] = judgement.findings.as_slice() else { panic!("{judgement:?}") };
        assert_eq!(finding.rule, "helm-oci");
        assert_eq!(finding.help, "use `type: docker-registry` and `url: https://registry.acme.dev/charts`");
        assert_eq!(level("helm-oci", "docker-registry oci://registry.acme.dev username_password"), None);
        assert_eq!(level("helm-oci", "helm-registry https://helm.acme.dev username_password"), None);
    }

    #[test]
    fn a_query_is_found_without_being_repeated() {
        let said = message("url-with-query", "python-index https://pypi.acme.dev/simple?token=hunter2 token");
        assert!(said.starts_with("`https://pypi.acme.dev/simple` ") && !said.contains("hunter2"), "{said}");
        assert_eq!(level("url-with-query", "python-index https://pypi.acme.dev/simple? token"), None);
    }

    #[test]
    fn an_unprintable_character_affects_all_registries_of_the_language() {
        let rule = "not-printable-ascii";
        for (line, fires) in [
            ("maven-repository https://maven.acme.dev username_password username=José", true),
            ("nuget-feed https://nuget.acme.dev/ü/index.json username_password", true),
            ("git https://git.acme.dev username_password secret=pässword", true),
            ("goproxy-server https://go.acme.dev oidc_gcp workload_identity_provider=ü", true),
            ("npm-registry https://npm.acme.dev username_password username=José base=true", false),
            ("maven-repository https://maven.acme.dev username_password username=Jose", false),
        ] {
            assert_eq!(level(rule, line), fires.then_some(Level::Warning), "{line}");
        }
        let said = message(rule, "maven-repository https://maven.acme.dev username_password username=José secret=ü");
        assert!(said.contains("`username` (U+00E9), the secret:") && !said.contains('ü'), "{said}");

        let lines = [
            "git https://git.acme.dev username_password username=José label=odd",
            "goproxy-server https://go.acme.dev username_password",
            "maven-repository https://maven.acme.dev username_password",
            "goproxy-server https://go2.acme.dev username_password visibility=selected repositories=",
        ];
        let verdicts: Vec<_> = judged(&cloud(), &lines).into_iter().map(|one| one.consumers.code_scanning).collect();
        let seen: Vec<_> = verdicts.iter().map(|one| one.verdict).collect();
        assert_eq!(seen, [CodeScanning::No, CodeScanning::No, CodeScanning::Yes, CodeScanning::Yes]);
        assert!(verdicts[1].why.as_deref().is_some_and(|why| why.starts_with("`odd` ")), "{verdicts:?}");
    }

    #[test]
    fn a_live_configuration_without_a_url_is_found_if_code_scanning_reads_it() {
        let live = |kind: &str, url: serde_json::Value| {
            let raw = json!({"name": "A", "registry_type": kind, "visibility": "private", "auth_type": "oidc_gcp", "url": url});
            let subject = Subject::of_live(&LiveRegistry::from_json(raw).expect("a configuration"));
            judge(&[subject], &cloud()).remove(0).findings.into_iter().map(|finding| finding.rule).collect::<Vec<_>>()
        };
        assert_eq!(live("maven_repository", json!("")), ["url-missing"]);
        assert!(live("npm_registry", json!("")).is_empty());
        assert!(live("maven_repository", json!(null)).is_empty(), "the server does not return urls");
        assert!(entry("maven-repository https://maven.acme.dev oidc_gcp").address().is_some());
    }
}
