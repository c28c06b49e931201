//! The repositories that may use a registry.

use std::collections::BTreeSet;

use super::Operation;
use super::declaration::group;
use super::validator::Validator;
use crate::desired::{Repository, selection_complaint};
use crate::registry::Visibility;

group! {
    "Access to a registry", used_by: Operation::describes_a_registry;
    struct ScopeInputs {
        /// The repositories that may use the registry: `all`, `private` (private and internal ones) or `selected`.
        visibility: String { placeholder: "all|private|selected" },
        /// Names (`api`, `acme/api`) or numeric ids, separated by commas or newlines. Implies `visibility: selected`.
        selected_repositories: String { placeholder: "LIST" },
    }
}

/// The repositories that may use a registry.
pub(super) struct Scope {
    pub(super) visibility: Option<Visibility>,
    pub(super) repositories: Option<Vec<Repository>>,
}

impl ScopeInputs {
    /// Returns whether any of the inputs was set, valid or not.
    pub(super) fn is_given(&self) -> bool {
        self.visibility().value.is_some() || self.selected_repositories().value.is_some()
    }

    pub(super) fn read(&self, org: Option<&str>, validator: &mut Validator) -> Scope {
        let repositories = self.repositories(org, validator);
        let all: Vec<_> = Visibility::ALL.iter().map(|visibility| visibility.as_str()).collect();
        let visibility = validator.word(&self.visibility(), Visibility::parse, &all);
        validator.complain(selection_complaint(visibility, repositories.as_ref()));
        Scope { visibility: visibility.or(repositories.as_ref().map(|_| Visibility::Selected)), repositories }
    }

    fn repositories(&self, org: Option<&str>, validator: &mut Validator) -> Option<Vec<Repository>> {
        let given = self.selected_repositories();
        let mut repositories: Vec<Repository> = Vec::new();
        let mut identities = BTreeSet::new();
        for item in given.value?.split([',', '\n']).map(str::trim).filter(|item| !item.is_empty()) {
            match Repository::parse(item) {
                Ok(repository) if org.is_some_and(|org| repository.is_of_another(org)) => {
                    let org = org.unwrap_or_default();
                    validator.problem(given.input, format!("names {item}, which is not in the organization {org}"));
                }
                Ok(repository) if !identities.insert(repository.identity()) => {}
                Ok(repository) => repositories.push(repository),
                Err(message) => validator.problem(given.input, message),
            }
        }
        Some(repositories)
    }
}
