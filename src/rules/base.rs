//! Rules about `replaces-base`.

use super::facts::{BLOG, Base, CORE, DOCS, Fact, ISSUES, Source};
use super::scene::{covers, labels, shares};
use super::{Case, Level, Rule, Scene, Subject};
use crate::registry::{RegistryType, Visibility};

static NPMRC: Fact = Fact {
    says: "Since 2026-06-30, and on GitHub Enterprise Server since 3.23, Dependabot's updater stops with \
           `private_registry_config_not_found` in a repository that can use an npm registry, uses npm (not only yarn \
           or pnpm), has no `.npmrc`, and whose lockfile does not name one private registry throughout, unless a \
           registry of any type replaces the base. The visibility does not matter, and an entry for npm's public \
           registry counts too.",
    sources: &[
        Source { origin: &CORE, path: "npm_and_yarn/lib/dependabot/npm_and_yarn/file_fetcher.rb" },
        Source { origin: &ISSUES, path: "dependabot/dependabot-core/issues/15659" },
        Source { origin: &ISSUES, path: "dependabot/dependabot-core/pull/15347" },
        Source { origin: &BLOG, path: "2026-06-30-dependabot-no-longer-infers-npmrc/" },
    ],
};
static READERS: Fact = Fact {
    says: "Dependabot reads `replaces-base` for npm, RubyGems, Docker, Maven, NuGet and Python (uv), and ignores it \
           for the other types; for Terraform it would need a `host`, which an organization's configuration does not \
           have.",
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
    says: "If two registries replace the base of one type, Dependabot mostly uses the first; uv and NuGet use both.",
    sources: &[Source { origin: &CORE, path: "maven/lib/dependabot/maven/file_parser/repositories_finder.rb" }],
};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "npm-without-replaces-base",
        level: Level::Warning,
        field: "replaces_base",
        help: "commit an `.npmrc` to those repositories; or set `replaces-base: true`, if the registry serves the \
               public packages too",
        what: "Every repository that can use the entry, uses npm and has no `.npmrc` gets no updates, whether it needs \
               the registry or not. The rule can't tell which repositories these are. With `visibility: selected` it \
               is a notice. There is no finding if another entry for the same repositories replaces the base.",
        facts: &[&NPMRC],
        check: npm_without_replaces_base,
    },
    Rule {
        id: "replaces-base-without-effect",
        level: Level::Notice,
        field: "replaces_base",
        help: "leave `replaces-base` out",
        what: "The public registry stays in use, although the entry should replace it.",
        facts: &[&READERS],
        check: replaces_base_without_effect,
    },
    Rule {
        id: "base-replaced-twice",
        level: Level::Warning,
        field: "replaces_base",
        help: "let one of them replace the base, or select different repositories for them",
        what: "One of the registries is not used as the base. Which one depends on the order in which GitHub passes \
               them on.",
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
        "this `npm-registry`{seen} does not set `replaces-base`: Dependabot's updater stops in repositories that use \
         npm and have no `.npmrc` (private_registry_config_not_found), {}",
        CORE.as_of()
    );
    Some(Case::new(level, message).dependabot_may())
}

fn replaces_base_without_effect(subject: &Subject, _: &Scene) -> Option<Case> {
    let is_unread = subject.reader()?.base == Base::Unread && subject.replaces_base == Some(true);
    is_unread.then(|| {
        let message = format!("Dependabot ignores `replaces-base` for `{}`, {}", subject.kind(), CORE.as_of());
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
    fn npm_that_does_not_replace_the_base_is_found() {
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
    fn another_registry_that_replaces_the_base_for_the_same_repositories_silences_it() {
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
    fn an_update_is_judged_by_the_fields_that_it_sets() {
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
    fn replaces_base_that_dependabot_ignores_is_found() {
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
    fn two_registries_that_replace_the_same_base_are_found() {
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
