//! The parts of the text that messages may show: names, and the line of a problem with possible secrets replaced.

use std::ops::Range;

use super::keys::SECRETS;
use super::tree::{Node, Span, Tree};
use crate::secrets::Template;

const WIDEST: usize = 160;

/// Keys whose value is or may be a secret. Unknown keys are treated alike.
const SECRET_KEYS: [&str; 6] = ["password", "token", "key", "secret", "auth-key", "encrypted-value"];

/// Returns the ranges of the text that must not be shown: literal values of secrets and of unknown keys, and texts that
/// look like a url with a password. The ranges are sorted and do not overlap.
pub(super) fn hidden_ranges(node: &Node, is_known: &impl Fn(&str) -> bool) -> Vec<Range<usize>> {
    let mut hidden = Vec::new();
    collect(node, is_known, false, &mut hidden);
    hidden.sort_by_key(|range| range.start);
    let mut apart: Vec<Range<usize>> = Vec::with_capacity(hidden.len());
    for range in hidden {
        match apart.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => apart.push(range),
        }
    }
    apart
}

fn collect(node: &Node, is_known: &impl Fn(&str) -> bool, is_hidden: bool, hidden: &mut Vec<Range<usize>>) {
    match &node.value {
        Tree::Scalar { text, .. } => {
            let is_reference = Template::parse(text).is_some();
            if !is_reference && (is_hidden || text.contains('@')) {
                hidden.push(node.span.range.clone());
            }
        }
        Tree::List(items) => items.iter().for_each(|item| collect(item, is_known, is_hidden, hidden)),
        Tree::Map(entries) => {
            for (key, value) in entries {
                let name = key.text.replace('_', "-");
                let holds_values = matches!(value.value, Tree::Scalar { .. } | Tree::List(_));
                let hides = SECRET_KEYS.contains(&name.as_str()) || (holds_values && !is_known(&name));
                if is_hidden || nameable(&key.text) != key.text {
                    hidden.push(key.span.range.clone());
                }
                if hides {
                    // Everything after `key: ` is hidden, because what looks like a tag or an anchor may be part of the
                    // secret.
                    hidden.push((key.span.range.end + 2).min(value.span.range.start)..value.span.range.end);
                }
                collect(value, is_known, is_hidden || hides, hidden);
            }
        }
    }
}

/// Returns the part of a key that can be shown. If the space after the colon is missing, the key includes the value.
pub(super) fn nameable(key: &str) -> &str {
    key.split([':', '=']).next().unwrap_or_default()
}

/// Returns a label for a message. One that begins with a secret's key is probably a field with a missing space, so its
/// value is left out.
pub(super) fn label_shown(label: &str) -> String {
    let name = nameable(label);
    if name.len() < label.len() && SECRETS.contains(&name) { format!("{name}…") } else { shown(label) }
}

/// Shortens and escapes a text of the file for a message.
pub(super) fn shown(text: &str) -> String {
    let escaped: String = text.chars().take(60).flat_map(char::escape_debug).collect();
    if text.chars().count() > 60 { escaped + "…" } else { escaped }
}

/// The lines of a text, from which excerpts are made.
pub(super) struct Excerpts<'a> {
    source: &'a str,
    lines: Vec<&'a str>,
    hidden: &'a [Range<usize>],
}

impl<'a> Excerpts<'a> {
    pub(super) fn new(source: &'a str, hidden: &'a [Range<usize>]) -> Self {
        Self { source, lines: source.lines().collect(), hidden }
    }

    /// Returns the line of a problem with a marker below it; `None` if there is no such line.
    pub(super) fn of(&self, span: &Span) -> Option<String> {
        let line = self.lines.get(span.line.checked_sub(1)?)?;
        let start = line.as_ptr() as usize - self.source.as_ptr() as usize;
        let mut shown = String::new();
        let mut marker = String::new();
        let mut is_hidden = false;
        for (offset, c) in line.char_indices() {
            let at = start + offset;
            if at >= span.range.end && line[offset..].starts_with('#') && line[..offset].ends_with([' ', '\t']) {
                break; // a comment may contain anything, even a secret
            }
            let next = self.hidden.partition_point(|range| range.end <= at);
            let hides = self.hidden.get(next).is_some_and(|range| range.contains(&at));
            let is_marked = span.range.contains(&at) || (span.range.is_empty() && at == span.range.start);
            let text = match (hides, is_hidden) {
                (true, true) => continue,
                (true, false) => "***".to_owned(),
                (false, _) if c == '\t' => " ".to_owned(),
                (false, _) => c.to_string(),
            };
            is_hidden = hides;
            let width = text.chars().count();
            if shown.chars().count() + width > WIDEST {
                shown.push('…');
                break;
            }
            shown.push_str(&text);
            marker.push_str(&if is_marked { "^" } else { " " }.repeat(width));
        }
        let number = span.line.to_string();
        let margin = " ".repeat(number.len());
        let marker = if marker.contains('^') { marker.trim_end() } else { "^" };
        Some(format!(" {margin} |\n {number} | {}\n {margin} | {marker}", shown.trim_end()))
    }
}
