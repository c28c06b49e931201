//! What a message may show of the text: names, and the line of a problem, with everything that may be a secret replaced.

use std::ops::Range;

use super::keys::SECRETS;
use super::tree::{Node, Span, Tree};
use crate::secrets::Template;

const WIDEST: usize = 160;

/// Keys whose value is or may be a secret; any unknown key is treated alike.
const SECRET_KEYS: [&str; 6] = ["password", "token", "key", "secret", "auth-key", "encrypted-value"];

/// Where the text holds what must not be shown: literal values of secrets and of keys that we don't know, and texts that
/// look like a url with a password.
///
/// The ranges are in order and do not overlap.
pub(super) fn quiet_ranges(node: &Node, is_known: &impl Fn(&str) -> bool) -> Vec<Range<usize>> {
    let mut quiet = Vec::new();
    collect(node, is_known, false, &mut quiet);
    quiet.sort_by_key(|range| range.start);
    let mut apart: Vec<Range<usize>> = Vec::with_capacity(quiet.len());
    for range in quiet {
        match apart.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => apart.push(range),
        }
    }
    apart
}

fn collect(node: &Node, is_known: &impl Fn(&str) -> bool, is_quiet: bool, quiet: &mut Vec<Range<usize>>) {
    match &node.value {
        Tree::Scalar { text, .. } => {
            let is_reference = Template::parse(text).is_some();
            if !is_reference && (is_quiet || text.contains('@')) {
                quiet.push(node.span.range.clone());
            }
        }
        Tree::List(items) => items.iter().for_each(|item| collect(item, is_known, is_quiet, quiet)),
        Tree::Map(entries) => {
            for (key, value) in entries {
                let name = key.text.replace('_', "-");
                let holds_values = matches!(value.value, Tree::Scalar { .. } | Tree::List(_));
                let hides = SECRET_KEYS.contains(&name.as_str()) || (holds_values && !is_known(&name));
                if is_quiet || nameable(&key.text) != key.text {
                    quiet.push(key.span.range.clone());
                }
                if hides {
                    // A tag or an anchor before the value may be a part of it: what follows `key: ` is hidden.
                    quiet.push((key.span.range.end + 2).min(value.span.range.start)..value.span.range.end);
                }
                collect(value, is_known, is_quiet || hides, quiet);
            }
        }
    }
}

/// The part of a key that can be shown. Where the space after a colon was forgotten, a value is part of the key.
pub(super) fn nameable(key: &str) -> &str {
    key.split([':', '=']).next().unwrap_or_default()
}

/// A label for a message. One that begins with the name of a secret is probably a field whose space was forgotten.
pub(super) fn label_shown(label: &str) -> String {
    let name = nameable(label);
    if name.len() < label.len() && SECRETS.contains(&name) { format!("{name}…") } else { shown(label) }
}

/// A text of the file for a message: short, on one line.
pub(super) fn shown(text: &str) -> String {
    let escaped: String = text.chars().take(60).flat_map(char::escape_debug).collect();
    if text.chars().count() > 60 { escaped + "…" } else { escaped }
}

/// The text, ready to show any line of it.
pub(super) struct Excerpts<'a> {
    source: &'a str,
    lines: Vec<&'a str>,
    quiet: &'a [Range<usize>],
}

impl<'a> Excerpts<'a> {
    pub(super) fn new(source: &'a str, quiet: &'a [Range<usize>]) -> Self {
        Self { source, lines: source.lines().collect(), quiet }
    }

    /// The line of a problem with a marker below it; `None` when there is none to show.
    pub(super) fn of(&self, span: &Span) -> Option<String> {
        let line = self.lines.get(span.line.checked_sub(1)?)?;
        let start = line.as_ptr() as usize - self.source.as_ptr() as usize;
        let mut shown = String::new();
        let mut marker = String::new();
        let mut is_hidden = false;
        for (offset, c) in line.char_indices() {
            let at = start + offset;
            if at >= span.range.end && line[offset..].starts_with('#') && line[..offset].ends_with([' ', '\t']) {
                break; // nobody knows what a comment holds
            }
            let next = self.quiet.partition_point(|range| range.end <= at);
            let hides = self.quiet.get(next).is_some_and(|range| range.contains(&at));
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
