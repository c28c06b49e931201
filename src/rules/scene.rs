//! What a subject stands among: the other subjects that the same repositories may see, and the GitHub they are on.

use std::collections::BTreeMap;

use super::facts::Language;
use super::subject::{SecretKind, Told};
use super::{GitHub, Subject};
use crate::desired::expiry::Horizon;
use crate::registry::{RegistryType, Visibility};

/// Where and when the subjects are judged: for an organization, on a GitHub, at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    /// The GitHub.
    pub github: GitHub,
    /// The organization, where it is known.
    pub organization: Option<String>,
    /// The time.
    pub horizon: Horizon,
}

/// All subjects of an organization, so arranged that a rule finds the ones near to another. What else a rule may come
/// to depend on is a field of [`Home`].
#[derive(Debug)]
pub struct Scene<'a> {
    /// Where they are.
    pub home: &'a Home,
    by_host: BTreeMap<(RegistryType, &'a str), Vec<&'a Subject>>,
    replacing: Vec<&'a Subject>,
    unprintable: Vec<&'a Subject>,
    /// How many of a type every private repository sees.
    general: BTreeMap<RegistryType, usize>,
}

impl<'a> Scene<'a> {
    /// Arranges the subjects. Their order has no effect.
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

    /// Others of the same type on the same host that some repository sees too.
    pub(super) fn on_host<'b>(&'b self, subject: &'b Subject) -> impl Iterator<Item = &'a Subject> + 'b {
        let key = subject.registry_type.zip(subject.address().map(|address| address.host.as_str()));
        let all = key.and_then(|key| self.by_host.get(&key)).map_or(&[][..], Vec::as_slice);
        all.iter().copied().filter(|other| !std::ptr::eq(*other, subject) && shares(subject, other))
    }

    /// Others that replace the base of their type.
    pub(super) fn replacing<'b>(&'b self, subject: &'b Subject) -> impl Iterator<Item = &'a Subject> + 'b {
        self.replacing.iter().copied().filter(|other| !std::ptr::eq(*other, subject))
    }

    /// Others that code scanning reads for the same language, that some repository sees too, and that make it refuse
    /// them all.
    pub(super) fn unprintable<'b>(&'b self, subject: &'b Subject, language: Language) -> Option<&'a Subject> {
        let others = self.unprintable.iter().copied().filter(|other| !std::ptr::eq(*other, subject));
        let mut others = others.filter(|other| other.reader().is_some_and(|reader| reader.language == Some(language)));
        others.find(|other| shares(subject, other))
    }

    /// How many configurations of a type are for every private repository.
    pub(super) fn general(&self, registry_type: RegistryType) -> usize {
        self.general.get(&registry_type).copied().unwrap_or_default()
    }
}

/// Whether code scanning refuses to read it: a character outside printable ASCII, or no url.
pub(super) fn is_unprintable(subject: &Subject) -> bool {
    !subject.unprintable.is_empty()
        || subject.secret.facts.is_some_and(|facts| !facts.is_printable)
        || subject.address == Told::Absent
}

/// Whether some repository is known to see both.
pub(super) fn shares(one: &Subject, other: &Subject) -> bool {
    match (one.visibility, other.visibility) {
        (None, _) | (_, None) => false,
        (Some(Visibility::Selected), Some(Visibility::Selected)) => match (&one.selection, &other.selection) {
            (Some(one), Some(other)) => !one.is_disjoint(other),
            // GitHub shows no selection, and two selections are how one tells two credentials apart.
            _ => false,
        },
        _ => !one.is_for_nobody() && !other.is_for_nobody(),
    }
}

/// Whether every repository that sees `one` sees `other` too, as far as that is known. What is not known counts as seen:
/// this decides whether to keep silent.
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

/// Whether two configurations sign in with the same credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sameness {
    /// It is the same.
    Same,
    /// They differ.
    Different,
    /// A secret is not known.
    Unknown,
}

/// Compares the credentials of two configurations as far as they are known.
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

/// Labels for a message: the first three, and how many more there are. `others` come in the order of their labels, as a
/// scene has them.
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

/// A text of a person within a message: in one line, and not too long.
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
    fn who_sees_both_is_known_or_nobody_does() {
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
    fn credentials_are_the_same_or_different_only_when_that_is_known() {
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
