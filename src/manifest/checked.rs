//! What came of a text so far, and what holds for any mapping in it: known keys, and each once.

use std::collections::BTreeMap;
use std::ops::Range;

use super::Problem;
use super::excerpt::{label_shown, nameable, shown};
use super::organizations::Limit;
use super::tree::{Key, Node, Span, Tree};
use super::written::Written;
use crate::desired::Desired;
use crate::diagnostics::did_you_mean;
use crate::registry::RegistryKey;
use crate::rules::Allowed;

/// What came of a text.
#[derive(Default)]
pub(super) struct Checked {
    /// What the file is called in messages.
    pub(super) file: String,
    pub(super) registries: Vec<Desired>,
    pub(super) written: Vec<Written>,
    /// What the defaults allow.
    pub(super) allowed: Allowed,
    /// The organizations that the defaults limit entries to.
    pub(super) organizations: Option<Limit>,
    pub(super) problems: Vec<Problem>,
    pub(super) warnings: Vec<Problem>,
    pub(super) notices: Vec<Problem>,
    /// What of the text must not be shown.
    pub(super) quiet: Vec<Range<usize>>,
    seen: Seen,
}

/// The entries so far, by what must not come twice in one organization.
#[derive(Default)]
struct Seen {
    keys: BTreeMap<RegistryKey, Vec<Entry>>,
    names: BTreeMap<String, Vec<Entry>>,
}

/// An entry, as far as it may be in the way of another one.
#[derive(Clone)]
struct Entry {
    line: usize,
    is_pinned: bool,
    organizations: Option<Limit>,
}

impl Checked {
    pub(super) fn new(file: &str) -> Self {
        Self { file: file.to_owned(), ..Self::default() }
    }

    pub(super) fn problem(&mut self, span: &Span, message: impl Into<String>) {
        self.problems.push(Problem::new(span, message));
    }

    /// No two entries of one organization may mean the same configuration: of those with one type and url, each must be
    /// pinned to its own.
    pub(super) fn check_unique(
        &mut self,
        label: &Key,
        key: Option<RegistryKey>,
        name: Option<String>,
        is_pinned: bool,
        organizations: Option<&Limit>,
    ) {
        let new = Entry { line: label.span.line, is_pinned, organizations: organizations.cloned() };
        let in_the_way = |before: &[Entry], also_pinned: bool| {
            let mut before = before.iter().filter(|entry| Limit::meet(entry.organizations.as_ref(), organizations));
            before.find(|entry| also_pinned || !(entry.is_pinned && is_pinned)).map(|entry| entry.line)
        };
        let same_key = key.and_then(|key| {
            let before = self.seen.keys.entry(key).or_default();
            let line = in_the_way(before, false);
            before.push(new.clone());
            line
        });
        let same_name = name.and_then(|name| {
            let before = self.seen.names.entry(name).or_default();
            let line = in_the_way(before, true);
            before.push(new);
            line
        });
        let messages = [
            same_key.map(|line| {
                format!(
                    "has the same type and url as the entry in line {line}: remove one, or pin each to a configuration of \
                     its own with `name`"
                )
            }),
            same_name.map(|line| format!("has the same `name` as the entry in line {line}")),
        ];
        for message in messages.into_iter().flatten() {
            self.problem(&label.span, format!("`{}` {message}", label_shown(&label.text)));
        }
    }

    /// The fields of a mapping by kebab-case name; unknown ones and repeated ones are problems.
    pub(super) fn fields<'a>(
        &mut self,
        node: &'a Node,
        what: &str,
        known: &[String],
        hint: impl Fn(&str) -> Option<&'static str>,
    ) -> Option<BTreeMap<String, (&'a Key, &'a Node)>> {
        let Tree::Map(entries) = &node.value else {
            self.problem(&node.span, format!("{what} is {}, but must be a mapping", node.kind()));
            return None;
        };
        let mut fields: BTreeMap<String, (&Key, &Node)> = BTreeMap::new();
        for (key, value) in entries {
            let name = key.text.replace('_', "-");
            if !known.contains(&name) {
                let name = nameable(&name);
                let nearest = || match self.problems.len() {
                    0..super::MOST_DIAGNOSTICS => did_you_mean(name, known.iter().map(String::as_str)),
                    _ => String::new(), // it will not be told
                };
                let explained = if name == "<<" {
                    format!(
                        " is not a key of {what}: merge keys are not read, so write the keys out, or use `defaults`"
                    )
                } else if name.len() < key.text.len() {
                    format!("… is not a key of {what}: a space must follow the colon")
                } else {
                    hint(name)
                        .map_or_else(|| format!(" is not a key of {what}{}", nearest()), |hint| format!(" {hint}"))
                };
                self.problem(&key.span, format!("`{}`{explained}", shown(nameable(&key.text))));
            } else if let Some((first, _)) = fields.get(&name) {
                let line = first.span.line;
                self.problem(&key.span, format!("`{name}` is there already, in line {line}"));
            } else {
                fields.insert(name, (key, value));
            }
        }
        Some(fields)
    }
}
