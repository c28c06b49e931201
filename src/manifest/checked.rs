//! The result of checking a text so far, and the checks that apply to every mapping: known keys, each once.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::excerpt::{label_shown, nameable, shown};
use super::organizations::Limit;
use super::tree::{Key, Node, Span, Tree};
use super::written::Written;
use super::{Context, Problem};
use crate::desired::Desired;
use crate::diagnostics::nearest;
use crate::registry::{RegistryKey, Visibility};
use crate::rules::Allowed;

/// The result of checking a text.
#[derive(Default)]
pub(super) struct Checked {
    /// The file's name in messages.
    pub(super) file: String,
    /// The visibility for entries of a dependabot.yml, from the input.
    pub(super) default_visibility: Option<Visibility>,
    /// Whether configurations that are not in the text are deleted.
    pub(super) prune: bool,
    /// Whether the text is a dependabot.yml.
    pub(super) is_dependabot: bool,
    pub(super) registries: Vec<Desired>,
    pub(super) written: Vec<Written>,
    /// The rules that the defaults allow to be broken.
    pub(super) allowed: Allowed,
    /// Whether the defaults have a visibility, valid or not.
    pub(super) defaults_have_visibility: bool,
    /// The organizations that the defaults limit entries to.
    pub(super) organizations: Option<Limit>,
    pub(super) problems: Vec<Problem>,
    pub(super) warnings: Vec<Problem>,
    pub(super) notices: Vec<Problem>,
    /// The parts of the text that must not be shown.
    pub(super) hidden: Vec<Range<usize>>,
    seen: Seen,
}

/// The entries so far, indexed by what must be unique within an organization.
#[derive(Default)]
struct Seen {
    keys: BTreeMap<RegistryKey, Vec<Entry>>,
    names: BTreeMap<String, Vec<Entry>>,
}

/// The parts of an entry that decide whether another entry conflicts with it.
#[derive(Clone)]
struct Entry {
    line: usize,
    is_pinned: bool,
    organizations: Option<Limit>,
}

impl Checked {
    pub(super) fn new(context: &Context<'_>) -> Self {
        let Context { file, default_visibility, prune } = *context;
        Self { file: file.to_owned(), default_visibility, prune, ..Self::default() }
    }

    pub(super) fn problem(&mut self, span: &Span, message: impl Into<String>) {
        self.problems.push(Problem::new(span, message));
    }

    /// Checks that no two entries of an organization match the same configuration. Entries of the same type and url
    /// must each be pinned to a configuration of their own.
    pub(super) fn check_unique(
        &mut self,
        label: &Key,
        key: Option<RegistryKey>,
        name: Option<String>,
        is_pinned: bool,
        organizations: Option<&Limit>,
    ) {
        let new = Entry { line: label.span.line, is_pinned, organizations: organizations.cloned() };
        let conflicting_line = |before: &[Entry], also_pinned: bool| {
            let mut before = before.iter().filter(|entry| Limit::meet(entry.organizations.as_ref(), organizations));
            before.find(|entry| also_pinned || !(entry.is_pinned && is_pinned)).map(|entry| entry.line)
        };
        let same_key = key.and_then(|key| {
            let before = self.seen.keys.entry(key).or_default();
            let line = conflicting_line(before, false);
            before.push(new.clone());
            line
        });
        let same_name = name.and_then(|name| {
            let before = self.seen.names.entry(name).or_default();
            let line = conflicting_line(before, true);
            before.push(new);
            line
        });
        let pin = if self.is_dependabot { "" } else { ", or pin each to a configuration of its own with `name`" };
        let messages = [
            same_key.map(|line| format!("has the same type and url as the entry on line {line}: remove one{pin}")),
            same_name.map(|line| format!("has the same `name` as the entry on line {line}")),
        ];
        for message in messages.into_iter().flatten() {
            self.problems.push(Problem::of_entry(&label.span, &label_shown(&label.text), message));
        }
    }

    /// Returns the fields of a mapping by kebab-case name. Unknown and repeated keys are problems.
    pub(super) fn fields<'a>(
        &mut self,
        node: &'a Node,
        what: &str,
        known: &[String],
        hint: impl Fn(&str) -> Option<&'static str>,
    ) -> Option<Fields<'a>> {
        let Tree::Map(entries) = &node.value else {
            self.problem(&node.span, format!("{what} is {}, but must be a mapping of keys and values", node.kind()));
            return None;
        };
        let mut fields = Fields::default();
        for (key, value) in entries {
            let name = key.text.replace('_', "-");
            if !known.contains(&name) {
                let name = nameable(&name);
                let nearest = match self.problems.len() {
                    0..super::MOST_DIAGNOSTICS => nearest(name, known.iter().map(String::as_str)),
                    _ => None, // this problem will not be shown
                };
                fields.meant(name, nearest);
                let explained = if name == "<<" {
                    format!(
                        " is not a key of {what}: merge keys are not supported. Write the keys out, or use `defaults`"
                    )
                } else if name.len() < key.text.len() {
                    format!("… is not a key of {what}: a space must follow the colon")
                } else if let Some(hint) = hint(name) {
                    format!(" {hint}")
                } else {
                    let nearest = nearest.map(|nearest| format!("; did you mean `{nearest}`?")).unwrap_or_default();
                    format!(" is not a key of {what}{nearest}")
                };
                self.problem(&key.span, format!("`{}`{explained}", shown(nameable(&key.text))));
            } else if let Some((first, _)) = fields.get(&name) {
                let line = first.span.line;
                self.problem(&key.span, format!("`{name}` is already given on line {line}"));
            } else {
                fields.given.insert(name, (key, value));
            }
        }
        Some(fields)
    }
}

/// The fields of one mapping.
#[derive(Default)]
pub(super) struct Fields<'a> {
    given: BTreeMap<String, (&'a Key, &'a Node)>,
    /// The keys that unknown keys were probably meant to be. They count as wrong, not as missing.
    meant: BTreeSet<String>,
    merges: bool,
}

impl<'a> Fields<'a> {
    pub(super) fn get(&self, name: &str) -> Option<(&'a Key, &'a Node)> {
        self.given.get(name).copied()
    }

    /// Reports whether a key is there, or may be: it may be misspelt, or come from a merge key.
    pub(super) fn has(&self, name: &str) -> bool {
        self.merges || self.meant.contains(name) || self.given.contains_key(name)
    }

    /// Reports whether a key is there for certain, though perhaps misspelt.
    pub(super) fn names(&self, name: &str) -> bool {
        self.meant.contains(name) || self.given.contains_key(name)
    }

    /// Reports whether there is a merge key, which may stand for any key.
    pub(super) fn merges(&self) -> bool {
        self.merges
    }

    /// Returns the position of each key.
    pub(super) fn spans(&self) -> BTreeMap<String, Span> {
        self.given.iter().map(|(name, (key, _))| (name.clone(), key.span.clone())).collect()
    }

    /// Records the key that an unknown key was probably meant to be.
    fn meant(&mut self, name: &str, nearest: Option<&str>) {
        match name {
            "<<" => self.merges = true,
            // These are dependabot.yml's names for the keys.
            "auth-key" => drop(self.meant.insert("key".to_owned())),
            "registry" => drop(self.meant.insert("url".to_owned())),
            _ => self.meant.extend(nearest.map(str::to_owned)),
        }
    }
}
