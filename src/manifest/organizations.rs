//! One manifest for several organizations: which entries apply to which.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::entry::Reader;
use super::excerpt::{Excerpts, shown};
use super::tree::{Span, Tree};
use super::{Manifest, ManifestError, Written, location};
use crate::desired::{Desired, Repository, is_path_word};
use crate::diagnostics::{Diagnostic, Location};

/// The organizations that an entry applies to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// The names as the file spells them, each with its position.
    names: Vec<(String, Span)>,
}

impl Limit {
    /// Reports whether an organization is included, whatever the case of its name.
    pub fn has(&self, org: &str) -> bool {
        self.names.iter().any(|(name, _)| name.eq_ignore_ascii_case(org))
    }

    /// Reports whether two limits have an organization in common; `None` includes all.
    pub(super) fn meet(one: Option<&Self>, other: Option<&Self>) -> bool {
        match (one, other) {
            (Some(one), Some(other)) => one.names.iter().any(|(name, _)| other.has(name)),
            _ => true,
        }
    }
}

impl Reader<'_, '_> {
    /// Reads the organizations that an entry, or the defaults, are limited to.
    pub(super) fn organizations(&mut self) -> Option<Limit> {
        const KEY: &str = "organizations";
        let (_, node) = self.fields.get(KEY)?;
        let Tree::List(items) = &node.value else {
            self.checked.problem(&node.span, format!("`{KEY}` is {}, but must be a list: [acme, globex]", node.kind()));
            return None;
        };
        if items.is_empty() {
            self.checked.problem(&node.span, format!("`{KEY}` is empty: name an organization, or leave the key out"));
        }
        let mut limit = Limit { names: Vec::new() };
        for item in items {
            match item.text().map(str::trim) {
                Some(name) if !is_path_word(name) => {
                    let message = format!("`{KEY}`: `{}` is not an organization's name", shown(name));
                    self.checked.problem(&item.span, message);
                }
                Some(name) if limit.has(name) => {
                    self.checked.problem(&item.span, format!("`{KEY}` names {name} twice"));
                }
                Some(name) => limit.names.push((name.to_owned(), item.span.clone())),
                None => {
                    let message = format!("`{KEY}`: {} is not an organization's name", item.kind());
                    self.checked.problem(&item.span, message);
                }
            }
        }
        Some(limit)
    }
}

impl Manifest {
    /// The name that stands for every organization that the file does not name.
    pub const REST: &str = "*";

    /// Returns the manifest for one organization: the entries that apply to it, with only its own repositories.
    ///
    /// # Errors
    /// A problem for each list of repositories that has none of the organization's.
    pub fn of(&self, org: &str) -> Result<Self, ManifestError> {
        let mut own = Self { source: Arc::clone(&self.source), ..Self::default() };
        let mut problems = Vec::new();
        for (desired, written) in self.entries_of(org) {
            let of_org = if org == Self::REST { Some(desired.clone()) } else { desired.of(org) };
            if let Some(desired) = of_org {
                own.registries.push(desired);
                own.written.push(written.clone());
            } else {
                let message = format!(
                    "`selected-repositories` of `{}` has no repository of the organization {org}: add one, or limit \
                     the entry with `organizations`",
                    desired.label.as_deref().unwrap_or_default()
                );
                problems.push(self.problem(written, "selected_repositories", message));
            }
        }
        if problems.is_empty() { Ok(own) } else { Err(ManifestError { diagnostics: problems }) }
    }

    /// Returns the entries that apply to an organization.
    pub fn entries_of(&self, org: &str) -> impl Iterator<Item = (&Desired, &Written)> {
        let is_for = |written: &Written| written.organizations.as_ref().is_none_or(|limit| limit.has(org));
        self.registries.iter().zip(&self.written).filter(move |(_, written)| is_for(written))
    }

    /// Checks that no entry for several of these organizations selects a repository by id, because a repository belongs
    /// to only one organization.
    ///
    /// # Errors
    /// A problem for each such entry.
    pub fn check_for(&self, organizations: &[String]) -> Result<(), ManifestError> {
        let mut problems = Vec::new();
        for (desired, written) in self.registries.iter().zip(&self.written) {
            let is_for = |org: &&String| written.organizations.as_ref().is_none_or(|limit| limit.has(org));
            let of: Vec<&String> = organizations.iter().filter(is_for).collect();
            let ids = desired.settings.repositories.iter().flatten().filter(|it| matches!(it, Repository::Id(_)));
            if let (Some(id), true) = (ids.into_iter().next(), of.len() > 1) {
                let message = format!(
                    "`selected-repositories` of `{}` has the id {id}, which is a repository of one organization, but \
                     the entry is for {} (such as {} and {}): name the repositories, or limit the entry with \
                     `organizations`",
                    desired.label.as_deref().unwrap_or_default(),
                    of.len(),
                    of[0],
                    of[1]
                );
                problems.push(self.problem(written, "selected_repositories", message));
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(ManifestError { diagnostics: problems }) }
    }

    /// The file's name in messages.
    pub fn file(&self) -> &str {
        &self.source.file
    }

    /// Returns the organizations that the file names, each once, with its position.
    pub fn organizations(&self) -> Vec<(String, Location)> {
        let mut seen = BTreeSet::new();
        let limits = self.written.iter().filter_map(|written| written.organizations.as_ref());
        let names = limits.flat_map(|limit| &limit.names);
        let new = names.filter(|(name, _)| seen.insert(name.to_lowercase()));
        new.map(|(name, span)| (name.clone(), location(span, &self.source.file))).collect()
    }

    fn problem(&self, written: &Written, field: &str, message: String) -> Diagnostic {
        let span = written.span(field);
        let excerpt = Excerpts::new(&self.source.text, &self.source.hidden).of(span);
        let place = Some(location(span, &self.source.file));
        Diagnostic { excerpt, ..Diagnostic::error("Manifest", message).at(place) }
    }
}
