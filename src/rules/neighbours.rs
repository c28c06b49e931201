//! Rules about several configurations that affect each other in the same repositories.

use super::facts::{DOCS, Fact, Matching, PROXY, Reads, Source};
use super::scene::{Sameness, compare, labels, plain};
use super::url::{BY_HOST, is_by_host_on_443};
use super::{Address, Case, Level, Rule, Scene, Subject};
use crate::registry::RegistryType;

/// The most credentials that an update job gets.
const MOST: usize = 100;

static PREFIXES: Fact = Fact {
    says: "For Cargo, Composer, GOPROXY, Maven, pub, Python and RubyGems the proxy uses the first static credential \
           whose path the request's path begins with, even in the middle of a segment. It drops a slash at the end, \
           and `/simple` for Python. For NuGet and Terraform it uses the longest path; so it does for OIDC, which \
           comes before any static credential.",
    sources: &[
        Source { origin: &PROXY, path: "internal/helpers/helpers.go" },
        Source { origin: &PROXY, path: "internal/handlers/python_index.go" },
        Source { origin: &PROXY, path: "internal/oidc/oidc_registry.go" },
    ],
};
static LIMIT: Fact = Fact {
    says: "An update job gets at most 100 of an organization's registries, counted over the types of its ecosystem, \
           and git for some.",
    sources: &[Source {
        origin: &DOCS,
        path: "code-security/how-tos/secure-at-scale/configure-organization-security/manage-usage-and-access/giving-org-access-private-registries",
    }],
};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "same-host",
        level: Level::Warning,
        field: "url",
        help: "keep one entry whose credential may read all of them, or select different repositories for them",
        what: "Dependabot's proxy distinguishes an organization's npm, Docker and Helm registries only by host. If \
               several are on one host, whatever their paths, it sends the first one's credential to all of them. It \
               is a notice if it is not known whether the credentials differ. There is no finding if they are equal.",
        facts: &[&BY_HOST],
        check: same_host,
    },
    Rule {
        id: "path-prefix",
        level: Level::Warning,
        field: "url",
        help: "let one credential serve both, or select different repositories for them; a slash at the end does not help",
        what: "Dependabot's proxy uses the first entry whose path a request's path begins with. Which one is first \
               depends on the order in which GitHub passes them on, so the credential of the shorter path may be sent \
               instead of that of the longer one. It is a notice if it is not known whether the credentials differ. \
               There is no finding if they are the same.",
        facts: &[&PREFIXES],
        check: path_prefix,
    },
    Rule {
        id: "too-many-registries",
        level: Level::Warning,
        field: "visibility",
        help: "select the repositories that need each of them: `visibility: selected`",
        what: "Dependabot does not get some of the registries. The rule counts registries of one type that are for all \
               or all private repositories.",
        facts: &[&LIMIT],
        check: too_many_registries,
    },
];

fn same_host(subject: &Subject, scene: &Scene) -> Option<Case> {
    if !is_by_host_on_443(subject) {
        return None;
    }
    let rivals = scene.on_host(subject).filter(|other| is_by_host_on_443(other));
    let (rivals, level) = clash(subject, rivals)?;
    let all = labels(&rivals, Some(subject));
    let (host, kind, as_of) = (&subject.address()?.host, subject.kind(), PROXY.as_of());
    let message = format!(
        "{all} are all `{kind}` on `{host}`: Dependabot's proxy distinguishes them only by host, {as_of}, and uses the \
         first"
    );
    Some(Case::new(level, message))
}

fn path_prefix(subject: &Subject, scene: &Scene) -> Option<Case> {
    let reader = subject.reader()?;
    let is_so = reader.matching == Matching::FirstPrefix && reader.reads != Reads::Neither;
    if !is_so || subject.is_oidc() {
        return None;
    }
    let path = path(subject)?;
    let port = subject.address()?.port;
    let rivals = scene.on_host(subject).filter(|other| {
        let is_there = other.address().is_some_and(|address| address.port == port) && !other.is_oidc();
        is_there && self::path(other).is_some_and(|longer| longer.starts_with(path))
    });
    let (rivals, level) = clash(subject, rivals)?;
    let begins = rivals.iter().filter_map(|rival| rival.address()).map(Address::without_scheme).min()?;
    let (all, as_of) = (labels(&rivals, None), PROXY.as_of());
    let own = if subject.label.is_empty() { shown(subject.address()?, path) } else { plain(&subject.label) };
    let message = format!(
        "`{own}` also matches requests for `{begins}` ({all}): Dependabot's proxy uses the first entry whose url is a prefix \
         of the request's, {as_of}"
    );
    Some(Case::new(level, message))
}

/// Returns the path as the proxy compares it.
fn path(subject: &Subject) -> Option<&str> {
    let path = subject.address()?.path.as_str();
    if subject.registry_type != Some(RegistryType::PythonIndex) {
        return Some(path.trim_end_matches('/'));
    }
    let trimmed = path.strip_suffix('/').unwrap_or(path);
    let index = trimmed.strip_suffix("/+simple").or_else(|| trimmed.strip_suffix("/simple"));
    Some(index.unwrap_or(path).trim_end_matches('/'))
}

fn shown(address: &Address, path: &str) -> String {
    Address { path: path.to_owned(), ..address.clone() }.without_scheme()
}

/// Returns the subjects whose credential may differ, and the level: a warning if one is known to differ.
fn clash<'a>(subject: &Subject, rivals: impl Iterator<Item = &'a Subject>) -> Option<(Vec<&'a Subject>, Level)> {
    let compared = rivals.map(|other| (other, compare(subject, other)));
    let clashing: Vec<_> = compared.filter(|(_, sameness)| *sameness != Sameness::Same).collect();
    let is_sure = clashing.iter().any(|(_, sameness)| *sameness == Sameness::Different);
    let level = if is_sure { Level::Warning } else { Level::Notice };
    (!clashing.is_empty()).then(|| (clashing.into_iter().map(|(other, _)| other).collect(), level))
}

fn too_many_registries(subject: &Subject, scene: &Scene) -> Option<Case> {
    use crate::registry::Visibility::{All, Private};
    let number = scene.general(subject.registry_type?);
    (number > MOST && matches!(subject.visibility, Some(All | Private))).then(|| {
        let (kind, as_of) = (subject.kind(), DOCS.as_of());
        let message = format!(
            "{number} registries of type `{kind}` are for all or all private repositories, but Dependabot gets at most \
             {MOST} per update job, {as_of}"
        );
        Case::warning(message)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::fixture::{cloud, entry, judged, levels};
    use super::super::judge;
    use super::*;
    use crate::registry::LiveRegistry;

    /// Returns a rule's levels for two entries with different secrets.
    fn two(rule: &str, one: &str, other: &str) -> [Option<Level>; 2] {
        let lines = [format!("{one} variable=ONE label=one"), format!("{other} variable=TWO label=two")];
        levels(rule, &[&lines[0], &lines[1]]).try_into().expect("two")
    }

    const BOTH: [Option<Level>; 2] = [Some(Level::Warning); 2];
    const FIRST: [Option<Level>; 2] = [Some(Level::Warning), None];
    const NONE: [Option<Level>; 2] = [None; 2];

    #[test]
    fn two_registries_on_one_host_are_found() {
        for kind in RegistryType::ALL {
            let kind = kind.dependabot();
            let one = format!("{kind} https://registry.acme.dev/a username_password");
            let other = format!("{kind} https://Registry.acme.dev/b/c username_password");
            let fires = ["npm-registry", "docker-registry", "helm-registry"].contains(&kind.as_str());
            assert_eq!(two("same-host", &one, &other), if fires { BOTH } else { NONE }, "{kind}");
        }
        let npm = "npm-registry https://npm.acme.dev/a token";
        for (other, expected) in [
            ("npm-registry https://npm.acme.dev/b token", BOTH),
            ("npm-registry https://npm.acme.dev:8443/b token", BOTH),
            ("npm-registry https://npm2.acme.dev/b token", NONE),
            ("docker-registry https://npm.acme.dev/b token", NONE),
            ("npm-registry https://npm.acme.dev/b oidc_gcp", NONE),
            ("npm-registry https://npm.acme.dev/b token visibility=selected repositories=", NONE),
        ] {
            assert_eq!(two("same-host", npm, other), expected, "{other}");
        }
        let docker = "docker-registry https://registry.acme.dev";
        assert_eq!(two("same-host", &format!("{docker}/a oidc_gcp"), &format!("{docker}/b username_password")), BOTH);
        let apart = ["visibility=selected repositories=web", "visibility=selected repositories=api"];
        assert_eq!(two("same-host", &format!("{npm} {}", apart[0]), &format!("{npm} {}", apart[1])), NONE);
        assert_eq!(levels("same-host", &[npm, npm]), NONE, "one credential for both");
    }

    #[test]
    fn all_registries_on_one_host_get_the_same_message() {
        let lines: Vec<String> = ["c", "a", "d", "b"]
            .map(|label| {
                format!("helm-registry https://helm.acme.dev/{label} username_password variable={label} label={label}")
            })
            .into();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let messages: Vec<String> =
            judged(&cloud(), &lines).into_iter().map(|judgement| judgement.findings[0].message.clone()).collect();
        assert!(
            messages[0].starts_with("`a`, `b`, `c` and 1 more are all `helm-registry` on `helm.acme.dev`: "),
            "{messages:?}"
        );
        assert!(messages.iter().all(|message| *message == messages[0]), "{messages:?}");
    }

    #[test]
    fn an_unknown_secret_makes_a_notice() {
        let live = |name: &str, username: &str| {
            let raw = json!({"name": name, "registry_type": "npm_registry", "url": "https://npm.acme.dev/x",
                "auth_type": "username_password", "username": username, "visibility": "private", "replaces_base": null});
            Subject::of_live(&LiveRegistry::from_json(raw).expect("a configuration"))
        };
        let level = |subjects: &[Subject]| judge(subjects, &cloud())[0].findings.first().map(|finding| finding.level);
        assert_eq!(level(&[live("A", "me"), live("B", "me")]), Some(Level::Notice));
        assert_eq!(level(&[live("A", "me"), live("B", "you")]), Some(Level::Warning));
        let same_user = entry("npm-registry https://npm.acme.dev username_password username=me base=true");
        assert_eq!(level(&[live("A", "me"), same_user]), Some(Level::Notice));
    }

    #[test]
    fn a_path_that_begins_with_another_is_found() {
        let kinds = RegistryType::ALL.iter().map(|kind| kind.dependabot());
        for kind in kinds {
            let (one, other) = (
                format!("{kind} https://registry.acme.dev/team-a username_password"),
                format!("{kind} https://registry.acme.dev/team-ab/ username_password"),
            );
            let seven = [
                "cargo-registry",
                "composer-repository",
                "goproxy-server",
                "maven-repository",
                "pub-repository",
                "python-index",
                "rubygems-server",
            ];
            let expected = if seven.contains(&kind.as_str()) { FIRST } else { NONE };
            assert_eq!(two("path-prefix", &one, &other), expected, "{kind}");
        }
        let maven = "maven-repository https://maven.acme.dev";
        for (one, other, expected) in [
            ("/team", "/team/a", FIRST),
            ("", "/team", FIRST),
            ("/team/", "/team", BOTH),
            ("/Team", "/team-a", NONE),
            ("/team-a", "/team-b", NONE),
            (":8443/team", "/team-a", NONE),
        ] {
            let lines = [one, other].map(|path| format!("{maven}{path} username_password"));
            assert_eq!(two("path-prefix", &lines[0], &lines[1]), expected, "{one} {other}");
        }
        let oidc = format!("{maven}/team-ab oidc_gcp");
        assert_eq!(two("path-prefix", &format!("{maven}/team-a username_password"), &oidc), NONE);
        let lines = [format!("{maven}/a username_password"), format!("{maven}/ab username_password")];
        assert_eq!(levels("path-prefix", &[&lines[0], &lines[1]]), NONE, "one credential for both");
    }

    #[test]
    fn the_index_of_python_is_compared_without_simple() {
        let python = "python-index https://pypi.acme.dev";
        for (one, other, expected) in [
            ("/team-a/simple/", "/team-ab/simple", FIRST),
            ("/team-a/+simple/", "/team-ab/", FIRST),
            ("/simple", "/team/simple", FIRST),
            ("/team-a/simple", "/team-b/simple", NONE),
        ] {
            let lines = [one, other].map(|path| format!("{python}{path} token"));
            assert_eq!(two("path-prefix", &lines[0], &lines[1]), expected, "{one} {other}");
        }
        let lines = [
            format!("{python}/team-a/simple/ token variable=A label=a"),
            format!("{python}/team-ab/simple/ token variable=B label=b"),
        ];
        let finding = judged(&cloud(), &[&lines[0], &lines[1]]).remove(0).findings.remove(0);
        assert!(
            finding.message.starts_with("`a` also matches requests for `pypi.acme.dev/team-ab/simple` (`b`): "),
            "{finding:?}"
        );
    }

    #[test]
    fn more_than_a_hundred_of_one_type_are_found() {
        let lines = |number: usize, rest: &str| {
            (0..number).map(|n| format!("git https://g{n}.acme.dev username_password {rest}")).collect::<Vec<_>>()
        };
        let level =
            |lines: &[String]| levels("too-many-registries", &lines.iter().map(String::as_str).collect::<Vec<_>>())[0];
        assert_eq!(level(&lines(100, "")), None);
        assert_eq!(level(&lines(101, "")), Some(Level::Warning));
        assert_eq!(level(&lines(101, "visibility=selected repositories=web")), None);
        assert_eq!(level(&[lines(50, ""), lines(51, "visibility=all")].concat()), Some(Level::Warning));
    }
}
