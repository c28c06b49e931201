//! The context in which a subject is judged: the other subjects for the same repositories, and the GitHub they are on.

use std::collections::BTreeMap;

use super::facts::Language;
use super::subject::{SecretKind, Told};
use super::{GitHub, Subject};
use crate::desired::expiry::Horizon;
use crate::registry::{RegistryType, Visibility};

/// The GitHub, the organization and the time for which subjects are judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    /// The GitHub.
    pub github: GitHub,
    /// The organization, if it is known.
    pub organization: Option<String>,
    /// The time of the run, and how far ahead it warns.
    pub horizon: Horizon,
}

/// All subjects of an organization, indexed so that a rule finds those that affect another. Anything else that a rule
/// depends on is a field of [`Home`].
#[derive(Debug)]
pub struct Scene<'a> {
    /// The GitHub, the organization and the time.
    pub home: &'a Home,
    by_host: BTreeMap<(RegistryType, &'a str), Vec<&'a Subject>>,
    replacing: Vec<&'a Subject>,
    unprintable: Vec<&'a Subject>,
    /// The number of subjects of each type that every private repository can use.
    general: BTreeMap<RegistryType, usize>,
}

impl<'a> Scene<'a> {
    /// Indexes the subjects. Their order has no effect.
    pub fn new(subjects: &'a [Subject], home: &'a Home) -> Self {
        let mut sorted: Vec<&Subject> = subjects.iter().collect();
        sorted.sort_by_key(|subject| subject.label.as_str());
        let (mut by_host, mut general) = (BTreeMap::<_, Vec<_>>::new(), BTreeMap::new());
        for subject in &sorted {
            let Some(registry_type) = subject.registry_type else { continue };
            if let Some(address) = subject.address() {
                by_host.entry((registry_type, address.host.as_str())).or_default().push(*subject);
            }
            if matches!(subject.visibility, Some(Visibility::All | Visibility::Private)) {
                *general.entry(registry_type).or_default() += 1;
            }
        }
        let replacing = sorted.iter().copied().filter(|subject| subject.replaces_base == Some(true)).collect();
        let unprintable = sorted.iter().copied().filter(|subject| is_unprintable(subject)).collect();
        Self { home, by_host, replacing, unprintable, general }
    }

    /// Returns the other subjects of the same type on the same host that share a repository with this one.
    pub(super) fn on_host<'b>(&'b self, subject: &'b Subject) -> impl Iterator<Item = &'a Subject> + 'b {
        let key = subject.registry_type.zip(subject.address().map(|address| address.host.as_str()));
        let all = key.and_then(|key| self.by_host.get(&key)).map_or(&[][..], Vec::as_slice);
        all.iter().copied().filter(|other| !std::ptr::eq(*other, subject) && shares(subject, other))
    }

    /// Returns the other subjects that replace the base of their type.
    pub(super) fn replacing<'b>(&'b self, subject: &'b Subject) -> impl Iterator<Item = &'a Subject> + 'b {
        self.replacing.iter().copied().filter(|other| !std::ptr::eq(*other, subject))
    }

    /// Finds another subject of the same language that code scanning refuses and that shares a repository with this
    /// one: code scanning then refuses both.
    pub(super) fn unprintable<'b>(&'b self, subject: &'b Subject, language: Language) -> Option<&'a Subject> {
        let others = self.unprintable.iter().copied().filter(|other| !std::ptr::eq(*other, subject));
        let mut others = others.filter(|other| other.reader().is_some_and(|reader| reader.language == Some(language)));
        others.find(|other| shares(subject, other))
    }

    /// Returns the number of subjects of a type that every private repository can use.
    pub(super) fn general(&self, registry_type: RegistryType) -> usize {
        self.general.get(&registry_type).copied().unwrap_or_default()
    }
}

/// Reports whether code scanning refuses a subject, for a character outside printable ASCII or a missing url.
pub(super) fn is_unprintable(subject: &Subject) -> bool {
    !subject.unprintable.is_empty()
        || subject.secret.facts.is_some_and(|facts| !facts.is_printable)
        || subject.address == Told::Absent
}

/// Reports whether some repository is known to have access to both subjects.
pub(super) fn shares(one: &Subject, other: &Subject) -> bool {
    match (one.visibility, other.visibility) {
        (None, _) | (_, None) => false,
        (Some(Visibility::Selected), Some(Visibility::Selected)) => match (&one.selection, &other.selection) {
            (Some(one), Some(other)) => !one.is_disjoint(other),
            // GitHub does not return selections, and separate selections are the way to keep two credentials apart.
            _ => false,
        },
        _ => !one.is_for_nobody() && !other.is_for_nobody(),
    }
}

/// Reports whether every repository with access to `one` also has access to `other`. Unknown access counts as access,
/// because the result suppresses a finding.
pub(super) fn covers(other: &Subject, one: &Subject) -> bool {
    match (other.visibility, one.visibility) {
        (Some(Visibility::All) | None, _) => true,
        (Some(Visibility::Private), seen) => seen != Some(Visibility::All),
        (Some(Visibility::Selected), Some(Visibility::Selected)) => match (&other.selection, &one.selection) {
            (Some(other), Some(one)) => one.is_subset(other),
            _ => true,
        },
        (Some(Visibility::Selected), seen) => seen.is_none(),
    }
}

/// Whether two configurations have the same credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sameness {
    /// The credentials are the same.
    Same,
    /// The credentials differ.
    Different,
    /// At least one of the secrets is not known.
    Unknown,
}

/// Compares the credentials of two configurations.
pub(super) fn compare(one: &Subject, other: &Subject) -> Sameness {
    let (Some(auth_type), Some(other_auth_type)) = (one.auth_type, other.auth_type) else { return Sameness::Unknown };
    if auth_type != other_auth_type {
        return Sameness::Different;
    }
    if auth_type.is_oidc() {
        return if one.oidc == other.oidc { Sameness::Same } else { Sameness::Different };
    }
    match (&one.username, &other.username) {
        (Told::Unknown, _) | (_, Told::Unknown) => return Sameness::Unknown,
        (one, other) if one != other => return Sameness::Different,
        _ => {}
    }
    match (&one.secret.kind, &other.secret.kind) {
        (SecretKind::Variable(one), SecretKind::Variable(other)) if one == other => Sameness::Same,
        (SecretKind::Variable(_), SecretKind::Variable(_)) => Sameness::Different,
        _ => Sameness::Unknown,
    }
}

/// Lists labels for a message: the first three, and the number of the rest. `others` must be sorted by label, as in a
/// scene.
pub(super) fn labels(others: &[&Subject], subject: Option<&Subject>) -> String {
    const SHOWN: usize = 3;
    let number = others.len() + usize::from(subject.is_some());
    let mut first: Vec<&str> = others.iter().take(SHOWN).copied().chain(subject).map(|it| it.label.as_str()).collect();
    first.sort_unstable();
    let mut shown: Vec<String> = first.into_iter().take(SHOWN).map(|label| format!("`{}`", plain(label))).collect();
    if number > SHOWN {
        shown.push(format!("{} more", number - SHOWN));
    }
    match shown.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => shown.concat(),
    }
}

/// Prepares a user's text for a message: on one line, and shortened.
pub(super) fn plain(text: &str) -> String {
    const LONGEST: usize = 60;
    let cut = if text.chars().count() > LONGEST { "…" } else { "" };
    let kept = text.chars().take(LONGEST).flat_map(|c| {
        let escaped = c.is_control().then(|| c.escape_default().to_string());
        escaped.unwrap_or_else(|| c.to_string()).chars().collect::<Vec<_>>()
    });
    kept.collect::<String>() + cut
}

#[cfg(test)]
mod tests {
    use super::super::fixture::entry;
    use super::*;

    fn seen_by(visibility: &str, repositories: Option<&[&str]>) -> Subject {
        let subject = entry("npm-registry https://npm.acme.dev token");
        Subject {
            visibility: Visibility::parse(visibility),
            selection: repositories.map(|all| all.iter().map(ToString::to_string).collect()),
            ..subject
        }
    }

    #[test]
    fn shared_repositories_are_known_or_assumed_absent() {
        let (all, private) = (seen_by("all", None), seen_by("private", None));
        let (web, both) = (seen_by("selected", Some(&["/web"])), seen_by("selected", Some(&["/api", "/web"])));
        let (api, live) = (seen_by("selected", Some(&["/api"])), seen_by("selected", None));
        let (nobody, unknown) = (seen_by("selected", Some(&[])), seen_by("team", None));
        for (one, other, expected) in [
            (&all, &private, true),
            (&all, &web, true),
            (&private, &live, true),
            (&web, &both, true),
            (&web, &api, false),
            (&web, &live, false),
            (&all, &nobody, false),
            (&all, &unknown, false),
        ] {
            assert_eq!((shares(one, other), shares(other, one)), (expected, expected), "{one:?} {other:?}");
        }
        for (other, one, expected) in [
            (&all, &private, true),
            (&private, &all, false),
            (&private, &web, true),
            (&web, &private, false),
            (&both, &web, true),
            (&web, &both, false),
            (&live, &web, true),
            (&unknown, &all, true),
        ] {
            assert_eq!(covers(other, one), expected, "{other:?} {one:?}");
        }
    }

    #[test]
    fn credentials_are_compared_only_if_they_are_known() {
        let static_one = entry("npm-registry https://npm.acme.dev username_password");
        let variable = |name: &str| Subject {
            secret: super::super::subject::Secret { kind: SecretKind::Variable(name.to_owned()), facts: None },
            ..static_one.clone()
        };
        let named = |name: &str| Subject { username: Told::Is(name.to_owned()), ..variable("A") };
        let sealed = Subject {
            secret: super::super::subject::Secret { kind: SecretKind::Sealed, facts: None },
            ..static_one.clone()
        };
        assert_eq!(compare(&variable("A"), &variable("A")), Sameness::Same);
        assert_eq!(compare(&variable("A"), &variable("B")), Sameness::Different);
        assert_eq!(compare(&named("one"), &named("other")), Sameness::Different);
        assert_eq!(compare(&variable("A"), &sealed), Sameness::Unknown);
        let oidc = entry("npm-registry https://npm.acme.dev oidc_azure");
        assert_eq!(compare(&oidc, &oidc.clone()), Sameness::Same);
        assert_eq!(compare(&oidc, &static_one), Sameness::Different);
        assert_eq!(compare(&Subject { auth_type: None, ..oidc }, &static_one), Sameness::Unknown);
    }

    #[test]
    fn at_most_three_labels_are_named() {
        let labelled = |label: &str| Subject { label: label.to_owned(), ..seen_by("all", None) };
        let all: Vec<_> = ["a\n", "b", "d", "e"].into_iter().map(labelled).collect();
        let all: Vec<&Subject> = all.iter().collect();
        assert_eq!(labels(&all, Some(&labelled("c"))), "`a\\n`, `b`, `c` and 2 more");
        assert_eq!(labels(&all[..1], Some(&labelled("c"))), "`a\\n` and `c`");
        assert_eq!(labels(&all[..3], Some(&labelled("z"))), "`a\\n`, `b`, `d` and 1 more");
        assert_eq!(labels(&all[1..2], None), "`b`");
    }
}
