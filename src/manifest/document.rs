//! Checks a whole document: the top level, the defaults and the list of entries. A problem in one entry does not hide
//! problems in others.

use std::collections::BTreeMap;

use super::checked::Checked;
use super::dependabot;
use super::entry::Reader;
use super::excerpt::{hidden_ranges, label_shown};
use super::keys::{DEFAULTS, TOP, entry_keys, top_level_hint};
use super::tree::{self, Key, Node, Span, Tree};
use super::{Context, Problem};
use crate::desired::Settings;

/// The version of the format that this release reads.
const VERSION: &str = "1";

/// Checks the text of a manifest.
pub(super) fn check(source: &str, context: &Context<'_>) -> Checked {
    let mut checked = Checked::new(context);
    if source.len() > super::LARGEST {
        checked.problem(&Span::default(), format!("the manifest is larger than {} KiB", super::LARGEST / 1024));
        return checked;
    }
    match tree::parse(source) {
        Ok(Some(root)) if !root.is_null() => {
            let known = entry_keys();
            let is_known = |key: &str| known.iter().any(|known| known == key) || TOP.contains(&key);
            checked.hidden = hidden_ranges(&root, &is_known);
            checked.root(&root);
            if !matches!(root.value, Tree::Map(_)) {
                // It is no manifest but some other file, any line of which may be a secret.
                let problems = std::mem::take(&mut checked.problems);
                checked.problems = problems.into_iter().map(Problem::without_excerpt).collect();
            }
        }
        Ok(_) => checked.problem(&Span::default(), "the manifest is empty: it needs `version: 1` and `registries:`"),
        Err(problem) => checked.problems.push(problem),
    }
    checked
}

impl Checked {
    fn root(&mut self, root: &Node) {
        if dependabot::is_one(root) {
            self.is_dependabot = true;
            return self.dependabot(root);
        }
        let Some(top) = self.fields(root, "the manifest", &TOP.map(str::to_owned), top_level_hint) else { return };
        match top.get("version") {
            None if top.has("version") => {}
            None => self.problem(&root.span, "`version: 1` is missing"),
            Some((key, version)) if version.text() != Some(VERSION) => {
                let span = if version.text().is_some() { &version.span } else { &key.span };
                self.problem(span, format!("`version` must be {VERSION}, or 2 in a dependabot.yml"));
            }
            Some((_, version)) if self.default_visibility.is_some() => {
                let message = "input `default-visibility` has no effect here: it is for a dependabot.yml (`version: \
                               2`), and this manifest sets `visibility` itself";
                self.notices.push(Problem::new(&version.span, message));
            }
            Some(_) => {}
        }
        let defaults = match top.get("defaults") {
            Some((_, node)) if !node.is_null() => self.defaults(node),
            _ => {
                self.defaults_have_visibility = top.get("defaults").is_none() && top.has("defaults");
                Settings::default()
            }
        };
        match top.get("registries") {
            None if top.has("registries") => {}
            None => self.problem(&root.span, "`registries:` is missing"),
            Some((_, node)) if node.is_null() => {}
            Some((_, Node { value: Tree::Map(entries), .. })) => self.entries(entries, &defaults),
            Some((_, node)) => {
                self.problem(&node.span, format!("`registries` is {}, but must map labels to registries", node.kind()));
            }
        }
    }

    pub(super) fn entries(&mut self, entries: &[(Key, Node)], defaults: &Settings) {
        let known = if self.is_dependabot { dependabot::known_keys() } else { entry_keys() };
        let mut labels: BTreeMap<&str, &Key> = BTreeMap::new();
        for (label, node) in entries {
            if let Some(first) = labels.insert(&label.text, label) {
                self.problem(
                    &label.span,
                    format!("`{}` is already given on line {}", label_shown(&label.text), first.span.line),
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
            self.defaults_have_visibility = true; // their content is unknown, and may include it
            return Settings::default();
        };
        self.defaults_have_visibility = fields.has("visibility");
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
