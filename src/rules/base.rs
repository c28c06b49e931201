//! What `replaces-base` does, and what happens without it.

use super::facts::{BLOG, Base, CORE, DOCS, Fact, ISSUES, Source};
use super::scene::{covers, labels, shares};
use super::{Case, Level, Rule, Scene, Subject};
use crate::registry::{RegistryType, Visibility};

static NPMRC: Fact = Fact {
    says: "Since 2026-06-30, and on GitHub Enterprise Server from 3.23 on, Dependabot's updater stops with \
           `private_registry_config_not_found` in a repository that uses npm (not only yarn or pnpm), has no `.npmrc` at \
           all, and whose lockfile does not name one private registry throughout, as soon as it sees an npm registry; \
           unless a registry of any type replaces the base. The visibility does not matter, and an entry for npm's public \
           registry counts too.",
    sources: &[
        Source { origin: &CORE, path: "npm_and_yarn/lib/dependabot/npm_and_yarn/file_fetcher.rb" },
        Source { origin: &ISSUES, path: "dependabot/dependabot-core/issues/15659" },
        Source { origin: &ISSUES, path: "dependabot/dependabot-core/pull/15347" },
        Source { origin: &BLOG, path: "2026-06-30-dependabot-no-longer-infers-npmrc/" },
    ],
};
static READERS: Fact = Fact {
    says: "`replaces-base` is read for npm, RubyGems, Docker, Maven, NuGet and Python (uv). Nothing reads it for the other \
           types; for Terraform it would need a `host`, which an organization's configuration does not have.",
    sources: &[
        Source { origin: &CORE, path: "common/lib/dependabot/credential.rb" },
        Source { origin: &CORE, path: "docker/lib/dependabot/shared/utils/credentials_finder.rb" },
        Source { origin: &CORE, path: "maven/lib/dependabot/maven/file_parser/repositories_finder.rb" },
        Source { origin: &CORE, path: "uv/lib/dependabot/uv/file_updater/lock_file_updater.rb" },
        Source {
            origin: &DOCS,
            path: "code-security/dependabot/working-with-dependabot/removing-dependabot-access-to-public-registries",
        },
    ],
};
static FIRST: Fact = Fact {
    says: "Of two that replace the base of one type, mostly the first is used; uv and NuGet keep both.",
    sources: &[Source { origin: &CORE, path: "maven/lib/dependabot/maven/file_parser/repositories_finder.rb" }],
};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "npm-without-replaces-base",
        level: Level::Warning,
        field: "replaces_base",
        help: "commit an `.npmrc` to those repositories; or set `replaces-base: true`, if the registry serves the public \
               packages too",
        what: "Every repository that sees the entry, uses npm and has no `.npmrc` is without updates, whether it needs the \
               registry or not. Which ones those are is not known here. For `visibility: selected` it is a notice, and \
               nothing is said when another entry that the same repositories see replaces the base.",
        facts: &[&NPMRC],
        check: npm_without_replaces_base,
    },
    Rule {
        id: "replaces-base-without-effect",
        level: Level::Notice,
        field: "replaces_base",
        help: "leave `replaces-base` out",
        what: "The public registry stays in use, although the entry says that it is replaced.",
        facts: &[&READERS],
        check: replaces_base_without_effect,
    },
    Rule {
        id: "base-replaced-twice",
        level: Level::Warning,
        field: "replaces_base",
        help: "let one of them replace the base, or select different repositories for them",
        what: "One of the registries is not used as the base, and which one is up to the order in which GitHub hands them \
               over.",
        facts: &[&FIRST],
        check: base_replaced_twice,
    },
];

fn npm_without_replaces_base(subject: &Subject, scene: &Scene) -> Option<Case> {
    let is_npm = subject.registry_type == Some(RegistryType::NpmRegistry);
    if !is_npm || subject.replaces_base != Some(false) || subject.is_for_nobody() {
        return None;
    }
    let github = &scene.home.github;
    let is_so_there = github.is_hosted() || github.is_server_from((3, 23));
    if !is_so_there || scene.replacing(subject).any(|other| covers(other, subject)) {
        return None;
    }
    let (level, seen) = match subject.visibility {
        Some(Visibility::All) => (Level::Warning, " for `all` repositories"),
        Some(Visibility::Private) => (Level::Warning, " for all `private` repositories"),
        Some(Visibility::Selected) => (Level::Notice, " for `selected` repositories"),
        None => (Level::Notice, ""),
    };
    let message = format!(
        "an `npm-registry`{seen} without `replaces-base`: Dependabot's updater stops in those that use npm and have no \
         `.npmrc` (private_registry_config_not_found), {}",
        CORE.as_of()
    );
    Some(Case::new(level, message).dependabot_may())
}

fn replaces_base_without_effect(subject: &Subject, _: &Scene) -> Option<Case> {
    let is_unread = subject.reader()?.base == Base::Unread && subject.replaces_base == Some(true);
    is_unread.then(|| {
        let message = format!("Dependabot reads no `replaces-base` for `{}`, {}", subject.kind(), CORE.as_of());
        Case::notice(message)
    })
}

fn base_replaced_twice(subject: &Subject, scene: &Scene) -> Option<Case> {
    if subject.reader()?.base != Base::First || subject.replaces_base != Some(true) {
        return None;
    }
    let rivals = scene.replacing(subject).filter(|other| other.registry_type == subject.registry_type);
    let rivals: Vec<&Subject> = rivals.filter(|other| shares(subject, other)).collect();
    (!rivals.is_empty()).then(|| {
        let all = labels(&rivals, Some(subject));
        let message = format!(
            "{all} replace the base of `{}` for the same repositories: Dependabot mostly uses the first, {}",
            subject.kind(),
            CORE.as_of()
        );
        Case::warning(message)
    })
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{cloud, judged, level, levels, levels_at, message, server};
    use super::super::{Dependabot, GitHub, Home, judge};
    use super::*;
    use crate::desired::Settings;

    const NPM: &str = "npm-registry https://npm.acme.dev token";

    #[test]
    fn npm_without_a_replaced_base() {
        let rule = "npm-without-replaces-base";
        for (rest, expected) in [
            ("visibility=all", Some(Level::Warning)),
            ("visibility=private", Some(Level::Warning)),
            ("visibility=private base=false", Some(Level::Warning)),
            ("visibility=selected repositories=web", Some(Level::Notice)),
            ("visibility=selected", Some(Level::Notice)),
            ("visibility=selected repositories=", None),
            ("visibility=all base=true", None),
        ] {
            assert_eq!(level(rule, &format!("{NPM} {rest}")), expected, "{rest}");
        }
        assert_eq!(level(rule, "python-index https://pypi.acme.dev token"), None);
        assert!(message(rule, &format!("{NPM} visibility=all")).contains("`all`"));
        let verdict = judged(&cloud(), &[NPM]).remove(0).consumers.dependabot.verdict;
        assert_eq!(verdict, Dependabot::Maybe);
        for (release, expected) in [(None, None), (Some((3, 22)), None), (Some((3, 23)), Some(Level::Warning))] {
            assert_eq!(levels_at(&server(release), rule, &[NPM]), [expected], "{release:?}");
        }
        let residency = Home { github: GitHub::DataResidency, organization: None, ..cloud() };
        assert_eq!(levels_at(&residency, rule, &[NPM]), [Some(Level::Warning)]);
    }

    #[test]
    fn any_replaced_base_that_the_same_repositories_see_silences_it() {
        let rule = "npm-without-replaces-base";
        for (npm, other, expected) in [
            ("visibility=private", "visibility=all", None),
            ("visibility=private", "visibility=private", None),
            ("visibility=all", "visibility=private", Some(Level::Warning)),
            ("visibility=private", "visibility=selected repositories=web", Some(Level::Warning)),
            ("visibility=selected repositories=web", "visibility=selected repositories=api+web", None),
            ("visibility=selected repositories=api+web", "visibility=selected repositories=web", Some(Level::Notice)),
        ] {
            let maven = format!("maven-repository https://maven.acme.dev username_password base=true {other}");
            let seen = levels(rule, &[&format!("{NPM} {npm}"), &maven]);
            assert_eq!(seen, [expected, None], "{npm} beside {other}");
            let silent = levels(rule, &[&format!("{NPM} {npm}"), &maven.replace("true", "false")]);
            assert!(silent[0].is_some());
        }
    }

    #[test]
    fn an_update_says_as_much_as_its_fields_decide() {
        let edit = |replaces_base, visibility| {
            let settings = Settings { replaces_base, visibility, ..Settings::default() };
            let subject = Subject::of_edit("npm", Some(RegistryType::NpmRegistry), None, &settings);
            let findings = judge(&[subject], &cloud()).remove(0).findings;
            findings.into_iter().map(|finding| (finding.rule, finding.level)).collect::<Vec<_>>()
        };
        assert_eq!(edit(None, Some(Visibility::Private)), []);
        assert_eq!(edit(Some(false), None), [("npm-without-replaces-base", Level::Notice)]);
        assert_eq!(edit(Some(false), Some(Visibility::Private)), [("npm-without-replaces-base", Level::Warning)]);
    }

    #[test]
    fn a_replaced_base_that_nothing_reads() {
        let read =
            ["docker-registry", "maven-repository", "npm-registry", "nuget-feed", "python-index", "rubygems-server"];
        for kind in RegistryType::ALL {
            let line = format!("{} https://registry.acme.dev token", kind.dependabot());
            let expected = (!read.contains(&kind.dependabot().as_str())).then_some(Level::Notice);
            assert_eq!(level("replaces-base-without-effect", &format!("{line} base=true")), expected, "{line}");
            assert_eq!(level("replaces-base-without-effect", &line), None);
        }
    }

    #[test]
    fn two_that_replace_one_base() {
        let rule = "base-replaced-twice";
        let two = |kind: &str, one: &str, other: &str| {
            let first = format!("{kind} https://one.acme.dev username_password base=true label=one {one}");
            let second = format!("{kind} https://two.acme.dev username_password base=true label=two {other}");
            levels(rule, &[&first, &second])
        };
        for kind in RegistryType::ALL {
            let kind = kind.dependabot();
            let fires =
                ["docker-registry", "maven-repository", "npm-registry", "rubygems-server"].contains(&kind.as_str());
            assert_eq!(two(&kind, "", ""), [fires.then_some(Level::Warning); 2], "{kind}");
        }
        let apart = ["visibility=selected repositories=web", "visibility=selected repositories=api"];
        assert_eq!(two("npm-registry", apart[0], apart[1]), [None, None]);
        assert_eq!(two("npm-registry", apart[0], ""), [Some(Level::Warning); 2]);
        let lines = [
            "npm-registry https://npm.acme.dev token base=true",
            "maven-repository https://maven.acme.dev token base=true",
        ];
        assert_eq!(levels(rule, &lines), [None, None], "of different types");
    }
}
