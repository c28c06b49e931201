//! Removes the secrets that a run has read from any text, in whatever encoding somebody repeats them.
//!
//! The text is decoded rather than the secret encoded: there are too many ways to encode a secret to list them all, and
//! encodings can be nested. What is found is replaced in the original text.

mod forms;

use std::collections::BTreeSet;
use std::ops::Range;

use secrecy::{ExposeSecret, SecretString};

use self::forms::{Form, Forms, forms, joined};
use crate::decode::View;

/// The number of nested encodings that are undone: base64 of JSON inside JSON has three.
const MOST_LAYERS: u32 = 4;
/// The shortest secret that is searched for, in bytes: a shorter one occurs in ordinary words.
pub const SHORTEST: usize = 4;
/// The shortest secret that is also found with something between its characters, in bytes: a shorter one may occur
/// across two ordinary words.
const SHORTEST_JOINED: usize = 16;
/// How many bytes are decoded at most for each byte of a text. Only a text made to be decoded again and again needs more.
const MOST_DECODED: usize = 32;
/// How many bytes are decoded at most of a short text.
const LEAST_DECODED: usize = 1024 * 1024;

/// The secrets that a run has read. One search of a text finds all of them, however many there are.
#[derive(Default)]
pub struct Redactor {
    /// The secrets as they were read.
    values: BTreeSet<Form>,
    /// The byte strings to search for in decoded text.
    forms: Forms,
    /// The same for a text without the characters that may separate the parts of a word.
    joined: Forms,
}

impl Redactor {
    /// Adds a secret. Returns `false` if it was known already.
    pub fn learn(&mut self, secret: &SecretString) -> bool {
        let is_new = self.values.insert(Form::new(secret.expose_secret().as_bytes()));
        if is_new {
            for form in forms(secret.expose_secret()) {
                let joined = joined(&form);
                if joined.bytes().len() >= SHORTEST_JOINED {
                    self.joined.insert(joined);
                }
                self.forms.insert(form);
            }
        }
        is_new
    }

    /// Adds a secret that is looked for as these bytes and in no other form.
    pub fn learn_bytes(&mut self, secret: &[u8]) {
        self.forms.insert(Form::new(secret));
    }

    /// Reports whether a text contains a secret, unencoded or encoded.
    pub fn finds_any(&self, text: &str) -> bool {
        !self.forms.is_empty() && self.is_in_view(&View::of(text), MOST_LAYERS)
    }

    fn is_in_view(&self, view: &View<'_>, layers: u32) -> bool {
        let is_plain = |view: &View<'_>| {
            let bytes = view.bytes();
            (0..bytes.len()).any(|at| self.forms.longest_beginning(&bytes[at..]).is_some())
        };
        if is_plain(view) || view.with_blanks().is_some_and(|view| is_plain(&view)) {
            return true;
        }
        let Some(layers) = layers.checked_sub(1) else { return false };
        let mut views = view.unescaped().into_iter().chain(view.unpacked(self.forms.shortest));
        views.any(|view| self.is_in_view(&view, layers))
    }

    /// Reports whether a text contains, unencoded, a secret of at least `shortest` bytes.
    pub fn is_in(&self, text: &str, shortest: usize) -> bool {
        let is_in = |value: &[u8]| text.as_bytes().windows(value.len()).any(|part| part == value);
        self.values.iter().map(Form::bytes).any(|value| value.len() >= shortest.max(1) && is_in(value))
    }

    /// Returns the text with `***` in place of each secret and of the user information in urls.
    pub fn redact(&self, text: &str) -> String {
        self.redact_within(text, text.len().saturating_mul(MOST_DECODED).max(LEAST_DECODED))
    }

    /// The same, decoding at most `most` bytes.
    fn redact_within(&self, text: &str, most: usize) -> String {
        let mut found = Vec::new();
        let mut left = most;
        self.search(&View::of(text), false, MOST_LAYERS, &mut left, &mut found);
        found.sort_by_key(|secret| secret.start);
        let mut redacted = String::with_capacity(text.len());
        let mut end = 0;
        for Range { start, end: until } in found {
            // A secret that overlaps the previous one only extends what that replaced.
            if start >= end {
                redacted.push_str(&text[end..text.floor_char_boundary(start).max(end)]);
                redacted.push_str("***");
            }
            end = text.ceil_char_boundary(until).max(end);
        }
        redacted.push_str(&text[end..]);
        redacted
    }

    /// Collects where secrets are in a view's text, in whatever encoding. A part that takes more than the `left` bytes to
    /// decode counts as a secret: such a text is no accident.
    fn search(&self, view: &View<'_>, is_packed: bool, layers: u32, left: &mut usize, found: &mut Vec<Range<usize>>) {
        found.extend(user_information(view.bytes()).map(|bytes| view.part(bytes)));
        find(&self.forms, view, found);
        if let Some(view) = view.with_blanks() {
            find(&self.forms, &view, found);
        }
        // Text that was in base64 comes from a program, which adds no line breaks or markup.
        let joined = if self.joined.is_empty() || is_packed { None } else { view.joined() };
        if let Some(view) = &joined {
            find(&self.joined, view, found);
        }
        let Some(layers) = layers.checked_sub(1) else { return };
        let mut next = |view: &View<'_>, is_packed| match left.checked_sub(view.bytes().len()) {
            Some(rest) => {
                *left = rest;
                self.search(view, is_packed, layers, left, found);
            }
            None => found.extend(view.extent()),
        };
        if let Some(view) = view.unescaped() {
            next(&view, is_packed);
        }
        let shortest = self.forms.shortest;
        let packed = if self.forms.is_empty() { Vec::new() } else { view.unpacked(shortest) };
        let joined = joined.map(|view| view.unpacked(shortest.max(SHORTEST_JOINED))).unwrap_or_default();
        packed.iter().chain(&joined).for_each(|view| next(view, true));
    }
}

/// Collects where forms are in a view, without decoding it further.
fn find(forms: &Forms, view: &View<'_>, found: &mut Vec<Range<usize>>) {
    let bytes = view.bytes();
    for at in 0..bytes.len() {
        if let Some(length) = forms.longest_beginning(&bytes[at..]) {
            found.push(view.part(at..at + length));
        }
    }
}

/// How many bytes after `://` are searched for the `@` if the password contains a `/`. Such a url is invalid, but
/// people write it.
const LONGEST_BROKEN: usize = 256;

/// Finds the user information of urls: what is between `://` and the `@` before the host.
pub fn user_information(text: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let start = from + text[from..].windows(3).position(|bytes| bytes == b"://")? + 3;
            let length = |ends: &dyn Fn(u8) -> bool| {
                text[start..].iter().position(|byte| ends(*byte)).unwrap_or(text.len() - start)
            };
            let is_outside =
                |byte: u8| byte.is_ascii_whitespace() || byte.is_ascii_control() || b"\"<>`".contains(&byte);
            let authority = &text[start..start + length(&|byte| is_outside(byte) || b"/?#".contains(&byte))];
            let port = authority.iter().rposition(|byte| *byte == b':').map(|colon| &authority[colon + 1..]);
            let is_broken = !authority.contains(&b'@')
                && !authority.starts_with(b"[")
                && port.is_some_and(|port| !port.iter().all(u8::is_ascii_digit));
            let most = &text[start..text.len().min(start + LONGEST_BROKEN)];
            let end = || most.iter().position(|byte| is_outside(*byte)).unwrap_or(most.len());
            let authority = if is_broken { &most[..end()] } else { authority };
            from = start;
            if let Some(length) = authority.iter().rposition(|byte| *byte == b'@') {
                return Some(start..start + length);
            }
        }
    })
}

#[cfg(test)]
mod tests;
