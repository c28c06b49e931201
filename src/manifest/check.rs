//! From a tree to what is desired: the file, its top level and its entries as a whole. A problem in one entry does not
//! hide those in others.

use std::collections::BTreeMap;
use std::ops::Range;

use super::Problem;
use super::entry::{Reader, entry_keys};
use super::excerpt::{label_shown, nameable, quiet_ranges, shown};
use super::tree::{self, Key, Node, Span, Tree};
use crate::desired::{Desired, Settings};
use crate::nearest::did_you_mean;
use crate::registry::RegistryKey;

/// The version of the format that this release reads.
const VERSION: &str = "1";
/// Dependabot takes no more organization registries for one update job.
const DEPENDABOTS_LIMIT: usize = 100;
const DEFAULTS: [&str; 3] = ["visibility", "selected-repositories", "replaces-base"];
const TOP: [&str; 3] = ["version", "defaults", "registries"];

/// What came of a text.
#[derive(Default)]
pub(super) struct Checked {
    /// What the file is called in messages.
    pub(super) file: String,
    /// The organization, where it is known.
    pub(super) org: Option<String>,
    pub(super) registries: Vec<Desired>,
    pub(super) problems: Vec<Problem>,
    pub(super) warnings: Vec<Problem>,
    /// What of the text must not be shown.
    pub(super) quiet: Vec<Range<usize>>,
    seen: Seen,
}

/// The lines of the entries so far, by what must not come twice.
#[derive(Default)]
struct Seen {
    keys: BTreeMap<RegistryKey, usize>,
    names: BTreeMap<String, usize>,
}

/// Checks a text; `file` is what it is called in messages, `org` the organization that it is for.
pub(super) fn check(source: &str, file: &str, org: Option<&str>) -> Checked {
    let mut checked = Checked { file: file.to_owned(), org: org.map(str::to_owned), ..Checked::default() };
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
    pub(super) fn problem(&mut self, span: &Span, message: impl Into<String>) {
        self.problems.push(Problem::new(span, message));
    }

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
        if let Some((label, _)) = entries.get(DEPENDABOTS_LIMIT) {
            let message = format!(
                "{} registries: Dependabot takes at most {DEPENDABOTS_LIMIT} of an organization for an update",
                entries.len()
            );
            self.warnings.push(Problem::new(&label.span, message));
        }
    }

    /// No two entries may mean the same configuration.
    pub(super) fn check_unique(&mut self, label: &Key, key: Option<RegistryKey>, name: Option<String>) {
        let line = label.span.line;
        let same_key = key.and_then(|key| self.seen.keys.insert(key, line));
        let same_name = name.and_then(|name| self.seen.names.insert(name, line));
        let messages = [
            same_key.map(|line| format!("has the same type and url as the entry in line {line}")),
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
                    0..super::MOST_NOTES => did_you_mean(name, known.iter().map(String::as_str)),
                    _ => String::new(), // it will not be told
                };
                let explained = if name == "<<" {
                    format!(" is no key of {what}: merge keys are not read, so write the keys out, or use `defaults`")
                } else if name.len() < key.text.len() {
                    format!("… is no key of {what}: a space must follow the colon")
                } else {
                    hint(name).map_or_else(|| format!(" is no key of {what}{}", nearest()), |hint| format!(" {hint}"))
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

    fn defaults(&mut self, node: &Node) -> Settings {
        let Some(fields) = self.fields(node, "defaults", &DEFAULTS.map(str::to_owned), |_| None) else {
            return Settings::default();
        };
        let mut reader = Reader { checked: self, fields };
        Settings {
            visibility: reader.visibility(),
            repositories: reader.repositories(),
            replaces_base: reader.boolean("replaces-base"),
            ..Settings::default()
        }
    }
}

fn top_level_hint(key: &str) -> Option<&'static str> {
    (key == "updates").then_some("belongs to dependabot.yml: this manifest has only its `registries:` block")
}
