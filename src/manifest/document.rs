//! From a text to what is desired: the top level, the defaults and the entries as a whole. A problem in one entry does not
//! hide those in others.

use std::collections::BTreeMap;

use super::checked::Checked;
use super::entry::Reader;
use super::excerpt::{label_shown, quiet_ranges};
use super::keys::{DEFAULTS, TOP, entry_keys, top_level_hint};
use super::tree::{self, Key, Node, Span, Tree};
use crate::desired::Settings;

/// The version of the format that this release reads.
const VERSION: &str = "1";

/// Checks a text; `file` is what it is called in messages.
pub(super) fn check(source: &str, file: &str) -> Checked {
    let mut checked = Checked::new(file);
    if source.len() > super::LARGEST {
        checked.problem(&Span::default(), format!("the manifest is larger than {} KiB", super::LARGEST / 1024));
        return checked;
    }
    match tree::parse(source) {
        Ok(Some(root)) if !root.is_null() => {
            let known = entry_keys();
            let is_known = |key: &str| known.iter().any(|known| known == key) || TOP.contains(&key);
            checked.quiet = quiet_ranges(&root, &is_known);
            checked.root(&root);
        }
        Ok(_) => checked.problem(&Span::default(), "the manifest is empty: it needs `version: 1` and `registries:`"),
        Err(problem) => checked.problems.push(problem),
    }
    checked
}

impl Checked {
    fn root(&mut self, root: &Node) {
        let Some(top) = self.fields(root, "the manifest", &TOP.map(str::to_owned), top_level_hint) else { return };
        match top.get("version") {
            None => self.problem(&root.span, "`version: 1` is missing"),
            Some((key, version)) if version.text() != Some(VERSION) => {
                let hint = if version.text() == Some("2") { " (2 is dependabot.yml's)" } else { "" };
                let span = if version.text().is_some() { &version.span } else { &key.span };
                self.problem(span, format!("`version` must be {VERSION}, the only one that this release reads{hint}"));
            }
            Some(_) => {}
        }
        let defaults = match top.get("defaults") {
            Some((_, node)) if !node.is_null() => self.defaults(node),
            _ => Settings::default(),
        };
        match top.get("registries") {
            None => self.problem(&root.span, "`registries:` is missing"),
            Some((_, node)) if node.is_null() => {}
            Some((_, Node { value: Tree::Map(entries), .. })) => self.entries(entries, &defaults),
            Some((_, node)) => {
                self.problem(&node.span, format!("`registries` is {}, but must map labels to registries", node.kind()));
            }
        }
    }

    fn entries(&mut self, entries: &[(Key, Node)], defaults: &Settings) {
        let known = entry_keys();
        let mut labels: BTreeMap<&str, &Key> = BTreeMap::new();
        for (label, node) in entries {
            if let Some(first) = labels.insert(&label.text, label) {
                self.problem(
                    &label.span,
                    format!("`{}` is there already, in line {}", label_shown(&label.text), first.span.line),
                );
            }
            if label.text.trim().is_empty() || label.text.chars().any(char::is_control) || label.text.len() > 200 {
                self.problem(&label.span, "a label must be a short text of printable characters");
            }
            let entry = self.entry(label, node, defaults, &known);
            self.registries.extend(entry);
        }
    }

    fn defaults(&mut self, node: &Node) -> Settings {
        let Some(fields) = self.fields(node, "defaults", &DEFAULTS.map(str::to_owned), |_| None) else {
            return Settings::default();
        };
        let mut reader = Reader { checked: self, fields };
        reader.checked.allowed = reader.allowed();
        reader.checked.organizations = reader.organizations();
        Settings {
            visibility: reader.visibility(),
            repositories: reader.repositories(),
            replaces_base: reader.boolean("replaces-base"),
            ..Settings::default()
        }
    }
}
