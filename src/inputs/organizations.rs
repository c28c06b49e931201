//! The organizations of a run, and how many of them are processed at once.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use super::Operation;
use super::declaration::{Preset, group};
use super::runner::Runner;
use super::validator::Validator;
use crate::desired::is_path_word;

/// The maximum of `concurrency`.
const MOST_AT_ONCE: usize = 32;

group! {
    "Several organizations", used_by: Operation::takes_several;
    struct OrganizationsInputs {
        /// The organization; or several, separated by commas or newlines; or `*` for every organization where the App is
        /// installed. `list`, `upsert`, `validate`, `plan`, `apply`, `export`, `organizations` and `check` take several.
        org: String {
            placeholder: "NAMES",
            preset: Preset::Depends("`GITHUB_REPOSITORY_OWNER`"),
            used_by: |operation| operation.needs_github() || operation.takes_several(),
            is_for_job: true,
        },
        /// The number of organizations that are processed at once, from 1 to 32.
        concurrency: String { placeholder: "NUMBER", preset: Preset::Fixed("4"), is_for_job: true },
        /// `2/8` processes only the second of eight shards. An organization is always in the same shard.
        shard: String { placeholder: "2/8" },
    }
}

/// The organizations of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Organizations {
    /// One organization. Empty for `validate` if none is set.
    One(String),
    /// Several, by the form of the input, even if it holds only one name.
    Several(Vec<String>),
    /// Every organization where the App is installed.
    All,
}

/// A part of the organizations, chosen by a hash of the name, so that a new organization does not move the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// From 1.
    number: u32,
    of: u32,
}

impl Shard {
    /// Parses `2/8`.
    fn parse(text: &str) -> Option<Self> {
        let (number, of) = text.split_once('/')?;
        let digits = |text: &str| text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
        let shard = Self { number: digits(number.trim())?, of: digits(of.trim())? };
        (shard.number >= 1 && shard.number <= shard.of).then_some(shard)
    }

    /// Returns whether an organization belongs to it, ignoring the case of its name.
    pub fn has(self, org: &str) -> bool {
        let hash = Sha256::digest(org.to_lowercase());
        let number = hash.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        number % u64::from(self.of) == u64::from(self.number - 1)
    }
}

/// The organizations of a run, and how they are processed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fleet {
    /// Which ones.
    pub organizations: Organizations,
    /// The part to process; `None` for all.
    pub shard: Option<Shard>,
    /// The number that are processed at once.
    pub concurrency: usize,
}

impl OrganizationsInputs {
    /// Returns the text of `org`, or of its default.
    pub(super) fn given(&self, operation: Option<Operation>, runner: &Runner) -> String {
        let of_runner =
            if operation == Some(Operation::Organizations) { None } else { runner.repository_owner.as_ref() };
        let fallback = if operation == Some(Operation::Organizations) { "*" } else { "" };
        self.org().value.or(of_runner).map_or_else(|| fallback.to_owned(), Clone::clone)
    }

    /// Parses the group. `has_app` says whether the run signs in as an App, which can list its organizations.
    pub(super) fn read(
        &self,
        operation: Option<Operation>,
        has_app: bool,
        runner: &Runner,
        validator: &mut Validator,
    ) -> Fleet {
        let organizations = self.organizations(&self.given(operation, runner), operation, has_app, validator);
        let is_several = !matches!(organizations, Organizations::One(_));
        let takes_several = operation.is_none_or(Operation::takes_several);
        if let Some(operation) = operation.filter(|_| is_several && !takes_several) {
            let takers: Vec<&str> =
                Operation::ALL.iter().filter(|it| it.takes_several()).map(|it| it.as_str()).collect();
            let message =
                format!("names several, but {operation} takes one organization; {} take several", takers.join(", "));
            validator.problem(self.org().input, message);
        }
        let shard = self.valid_shard(is_several, validator);
        Fleet { organizations, shard, concurrency: self.valid_concurrency(validator) }
    }

    fn organizations(
        &self,
        text: &str,
        operation: Option<Operation>,
        has_app: bool,
        validator: &mut Validator,
    ) -> Organizations {
        let needs_github = operation.is_none_or(Operation::needs_github);
        if !is_several(text) {
            if text.is_empty() && needs_github {
                let message = "is required, because its default GITHUB_REPOSITORY_OWNER is not set (in a shell, write \
                               INPUT_ORG=acme)";
                validator.missing(self.org().input, message);
            } else if !text.is_empty() && !is_path_word(text) {
                validator.problem(self.org().input, not_a_name(text));
            }
            return Organizations::One(text.to_owned());
        }
        let mut names: Vec<String> = Vec::new();
        let mut seen: BTreeMap<String, &str> = BTreeMap::new();
        let items: Vec<&str> = text.split([',', '\n']).map(str::trim).filter(|item| !item.is_empty()).collect();
        if items == ["*"] {
            if !has_app && needs_github && operation != Some(Operation::Organizations) {
                let message = "is `*`, every organization where an App is installed, and only an App can list these: \
                               sign in with `app-client-id` and `app-private-key`, or name the organizations";
                validator.problem(self.org().input, message);
            }
            return Organizations::All;
        }
        if items.is_empty() {
            validator.problem(self.org().input, "does not name any organization: write them like acme, globex");
        }
        for item in items {
            if item == "*" {
                validator.problem(self.org().input, "has both `*` and names: write `*` alone, or only names");
            } else if !is_path_word(item) {
                validator.problem(self.org().input, not_a_name(item));
            } else if let Some(first) = seen.insert(item.to_lowercase(), item) {
                let same = if first == item { String::new() } else { format!(" (as {first} and as {item})") };
                validator.problem(self.org().input, format!("names {item} twice{same}: keep one"));
            } else {
                names.push(item.to_owned());
            }
        }
        Organizations::Several(names)
    }

    fn valid_shard(&self, is_several: bool, validator: &mut Validator) -> Option<Shard> {
        let text = self.shard().value?;
        let shard = Shard::parse(text);
        if shard.is_none() {
            let message =
                format!("is not a shard: `{}`; write it like 2/8, for the second eighth", text.escape_debug());
            validator.problem(self.shard().input, message);
        } else if !is_several {
            let message = "is for several organizations, but `org` names one: name several, write `*`, or omit `shard`";
            validator.problem(self.shard().input, message);
        }
        shard
    }

    fn valid_concurrency(&self, validator: &mut Validator) -> usize {
        let number = validator.number(&self.concurrency());
        if number.is_some_and(|number| !(1..=MOST_AT_ONCE).contains(&number)) {
            let message = format!("is {}, but must be from 1 to {MOST_AT_ONCE}", number.unwrap_or_default());
            validator.problem(self.concurrency().input, message);
        }
        number.unwrap_or(1).clamp(1, MOST_AT_ONCE)
    }
}

/// Returns whether `org` has the form of several, even if it holds only one name.
pub(super) fn is_several(org: &str) -> bool {
    org.contains([',', '\n', '*'])
}

fn not_a_name(text: &str) -> String {
    format!("is not the name of an organization: `{}`; write only the name, like acme", text.escape_debug())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_union_of_all_shards_is_the_whole_without_overlap(org in "[A-Za-z0-9][A-Za-z0-9-]{0,20}", of in 1_u32..40) {
            let shards = (1..=of).map(|number| Shard { number, of });
            prop_assert_eq!(shards.clone().filter(|shard| shard.has(&org)).count(), 1);
            prop_assert!(shards.into_iter().all(|shard| shard.has(&org) == shard.has(&org.to_uppercase())));
        }
    }

    #[test]
    fn shards_are_of_about_the_same_size() {
        let names: Vec<String> = (0..800).map(|number| format!("acme-{number}")).collect();
        for number in 1..=8 {
            let count = names.iter().filter(|name| Shard { number, of: 8 }.has(name)).count();
            assert!((60..=140).contains(&count), "{number}: {count}");
        }
    }

    #[test]
    fn a_shard_is_a_number_of_parts() {
        for text in ["1/1", "2/8", "8/8", " 2 / 8 "] {
            assert!(Shard::parse(text).is_some(), "{text}");
        }
        for text in ["", "2", "0/8", "9/8", "2/0", "-1/8", "+1/8", "a/b", "1/8/2", "1.5/8", "1/99999999999"] {
            assert_eq!(Shard::parse(text), None, "{text}");
        }
    }
}
