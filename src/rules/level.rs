//! The level of a finding in a run: the rule's default, the level that `rules` sets, and the exceptions of entries.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::{Finding, Rule};
use crate::diagnostics::did_you_mean;

/// The word that stands for every rule.
const ALL: &str = "all";

/// The severity of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// It is not reported.
    Off,
    /// It is worth knowing.
    Notice,
    /// It is likely to cause problems.
    Warning,
    /// It prevents every write of the run.
    Error,
}

impl Level {
    /// All levels, the least severe first.
    pub const ALL: [Self; 4] = [Self::Off, Self::Notice, Self::Warning, Self::Error];

    /// The spelling in `rules`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    fn parse(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|level| level.as_str() == text).ok_or_else(|| {
            let all = Self::ALL.map(Self::as_str);
            let (text, hint) = (text.escape_debug(), did_you_mean(text, all));
            format!("`{text}` is not a level: write one of {}{hint}", all.join(", "))
        })
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The levels that a run sets. Their order does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    all: Option<Level>,
    by_id: BTreeMap<&'static str, Level>,
}

impl Levels {
    /// Parses `id=level` and `all=level`, separated by commas or line breaks.
    ///
    /// # Errors
    /// A message for every invalid item.
    pub fn parse(text: &str) -> Result<Self, Vec<String>> {
        let (mut levels, mut problems) = (Self::default(), Vec::new());
        for item in text.split([',', '\n']).map(str::trim).filter(|item| !item.is_empty()) {
            if let Err(problem) = levels.set(item) {
                problems.push(problem);
            }
        }
        if problems.is_empty() { Ok(levels) } else { Err(problems) }
    }

    fn set(&mut self, item: &str) -> Result<(), String> {
        let (id, level) = item.split_once('=').ok_or_else(|| {
            let item = item.escape_debug();
            format!(
                "`{item}` is not `id=level`: write `{item}=` and one of {}",
                Level::ALL.map(Level::as_str).join(", ")
            )
        })?;
        let (id, level) = (id.trim(), level.trim());
        let rule = if id == ALL { Ok(None) } else { known(id, &[ALL]).map(Some) };
        // Both halves are checked, so that two mistakes in one item are reported together.
        let (rule, level) = match (rule, Level::parse(level)) {
            (Ok(rule), Ok(level)) => (rule, level),
            (Err(one), Err(other)) => return Err(format!("{one}; {other}")),
            (Err(problem), _) | (_, Err(problem)) => return Err(problem),
        };
        let before = match rule {
            None => self.all.replace(level),
            Some(rule) => self.by_id.insert(rule.id, level),
        };
        match before {
            Some(before) if before != level => Err(format!("`{id}` is both {before} and {level}: keep one")),
            _ => Ok(()),
        }
    }

    /// Returns the level of a finding. `allow` beats everything, an id beats `all`, and `all` does not enable rules
    /// that are off by default.
    pub fn of(&self, finding: &Finding, allowed: &Allowed) -> Level {
        if allowed.contains(finding.rule) {
            return Level::Off;
        }
        match (self.by_id.get(finding.rule), self.all, finding.level) {
            (Some(level), _, _) => *level,
            (None, _, Level::Off) => Level::Off,
            (None, Some(all), _) => all,
            (None, None, default) => default,
        }
    }

    /// Returns the findings to report, each at its level in this run.
    pub fn settle(&self, findings: impl IntoIterator<Item = Finding>, allowed: &Allowed) -> Vec<Finding> {
        let findings = findings.into_iter().map(|finding| Finding { level: self.of(&finding, allowed), ..finding });
        findings.filter(|finding| finding.level != Level::Off).collect()
    }
}

/// The rules that an entry, or the defaults of a manifest, allow to be broken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allowed(BTreeSet<&'static str>);

impl Allowed {
    /// Adds the rule with this id.
    ///
    /// # Errors
    /// If no rule has this id.
    pub fn allow(&mut self, id: &str) -> Result<(), String> {
        self.0.insert(known(id, &[])?.id);
        Ok(())
    }

    /// Returns the rules that either allows: an entry's exceptions add to the defaults.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self(self.0.union(&other.0).copied().collect())
    }

    /// Reports whether it contains this rule.
    pub fn contains(&self, id: &str) -> bool {
        self.0.contains(id)
    }
}

/// Finds the rule with this id.
fn known(id: &str, others: &[&'static str]) -> Result<&'static Rule, String> {
    super::rule(id).ok_or_else(|| {
        let candidates = super::all().map(|rule| rule.id).chain(others.iter().copied());
        let hint = did_you_mean(id, candidates);
        format!("`{}` is not the id of a rule{hint}", id.escape_debug())
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    const EXPLICIT: &str = "oidc-available";

    fn finding(rule: &'static str, level: Level) -> Finding {
        Finding { rule, level, field: "url", message: "message".to_owned(), help: "help".to_owned() }
    }

    fn of(rules: &str, finding: &Finding) -> Level {
        Levels::parse(rules).unwrap_or_else(|problems| panic!("{problems:?}")).of(finding, &Allowed::default())
    }

    #[test]
    fn an_id_beats_all_and_all_does_not_enable_what_is_off() {
        let http = finding("plain-http", Level::Warning);
        let oidc = finding(EXPLICIT, Level::Off);
        for (rules, expected, expected_off) in [
            ("", Level::Warning, Level::Off),
            ("all=error", Level::Error, Level::Off),
            ("all=off", Level::Off, Level::Off),
            ("all=off, plain-http=notice", Level::Notice, Level::Off),
            ("oidc-available=error\nall=off", Level::Off, Level::Error),
            (" plain-http = off ,\n\n, all=error,", Level::Off, Level::Off),
            ("plain-http=error,plain-http=error", Level::Error, Level::Off),
        ] {
            assert_eq!((of(rules, &http), of(rules, &oidc)), (expected, expected_off), "{rules:?}");
        }
    }

    #[test]
    fn a_finding_is_capped_and_never_raised() {
        for (level, expected) in
            [(Level::Error, Level::Warning), (Level::Warning, Level::Warning), (Level::Off, Level::Off)]
        {
            assert_eq!(finding("plain-http", level).at_most(Level::Warning).level, expected);
        }
    }

    #[test]
    fn every_mistake_is_reported_with_what_was_probably_meant() {
        let problems =
            Levels::parse("npm-without-replace-base=off, all=eror, plain-http, plain_http=of, zzz=1, all=off");
        assert_eq!(
            problems.unwrap_err(),
            [
                "`npm-without-replace-base` is not the id of a rule; did you mean `npm-without-replaces-base`?",
                "`eror` is not a level: write one of off, notice, warning, error; did you mean `error`?",
                "`plain-http` is not `id=level`: write `plain-http=` and one of off, notice, warning, error",
                "`plain_http` is not the id of a rule; did you mean `plain-http`?; `of` is not a level: write one of \
                 off, notice, warning, error; did you mean `off`?",
                "`zzz` is not the id of a rule; `1` is not a level: write one of off, notice, warning, error",
            ]
        );
        assert_eq!(
            Levels::parse("plain-http=off,plain-http=error").unwrap_err(),
            ["`plain-http` is both off and error: keep one"]
        );
        let unknown = Allowed::default().allow("visible-to-publik").unwrap_err();
        assert_eq!(unknown, "`visible-to-publik` is not the id of a rule; did you mean `visible-to-public`?");
        assert!(Allowed::default().allow("all").is_err(), "an entry names what it allows");
    }

    fn ids() -> impl Strategy<Value = &'static str> {
        select(super::super::all().map(|rule| rule.id).collect::<Vec<_>>())
    }

    fn levels() -> impl Strategy<Value = Level> {
        select(Level::ALL.to_vec())
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn levels_and_allow_compose(
            by_id in proptest::collection::btree_map(ids(), levels(), 0..6),
            all in proptest::option::of(levels()),
            allowed in proptest::collection::vec(ids(), 0..4),
            more in proptest::collection::vec(ids(), 0..4),
            (rule, default) in (ids(), levels()),
        ) {
            let mut items: Vec<String> = by_id.iter().map(|(id, level)| format!("{id}={level}")).collect();
            items.extend(all.map(|level| format!("all={level}")));
            let levels = Levels::parse(&items.join(",")).expect("levels");
            items.reverse();
            prop_assert_eq!(&levels, &Levels::parse(&items.join("\n")).expect("levels"), "the order does not matter");

            let allow = |ids: &[&str]| {
                let mut allowed = Allowed::default();
                for id in ids {
                    allowed.allow(id).expect("a rule");
                }
                allowed
            };
            let (one, other) = (allow(&allowed), allow(&more));
            prop_assert_eq!(one.and(&other), other.and(&one));
            prop_assert_eq!(one.and(&other), allow(&[allowed.clone(), more.clone()].concat()));

            let finding = finding(rule, default);
            let expected = if allowed.contains(&rule) || more.contains(&rule) {
                Level::Off
            } else if let Some(level) = by_id.get(rule) {
                *level
            } else if default == Level::Off {
                Level::Off
            } else {
                all.unwrap_or(default)
            };
            prop_assert_eq!(levels.of(&finding, &one.and(&other)), expected);
            let settled = levels.settle([finding.clone()], &one.and(&other));
            prop_assert_eq!(settled.iter().map(|settled| settled.level).collect::<Vec<_>>(),
                if expected == Level::Off { vec![] } else { vec![expected] });
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,80}") {
            let _ = Levels::parse(&text);
        }
    }
}
