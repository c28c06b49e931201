//! Takes the secrets that a run has read out of any text, in every form in which somebody may repeat them.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::ops::{Bound, Range};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};

/// All but what RFC 3986 leaves unreserved.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// All but what JavaScript's `encodeURIComponent` leaves.
const COMPONENT: &AsciiSet = &UNRESERVED.remove(b'!').remove(b'*').remove(b'\'').remove(b'(').remove(b')');
/// All but what Python's `quote` leaves.
const PATH: &AsciiSet = &UNRESERVED.remove(b'/');

/// The secrets that were read. A text is searched once for all of them, however many there are.
pub(crate) struct Secrets {
    /// As they were read.
    values: BTreeSet<Form>,
    /// Every form of each.
    forms: BTreeSet<Form>,
    /// Whether a form begins with these two bytes: in most places of most texts none does, and none is looked for.
    beginnings: Vec<bool>,
}

impl Default for Secrets {
    fn default() -> Self {
        Self { values: BTreeSet::new(), forms: BTreeSet::new(), beginnings: vec![false; 1 << 16] }
    }
}

impl Secrets {
    /// Remembers a secret; `false` when it was known.
    pub(crate) fn learn(&mut self, secret: &SecretString) -> bool {
        let is_new = self.values.insert(Form(secret.clone()));
        if is_new {
            for form in forms(secret.expose_secret()) {
                if let Some(beginning) = beginning(form.as_bytes()) {
                    self.beginnings[beginning] = true;
                }
                self.forms.insert(Form(form.into()));
            }
        }
        is_new
    }

    /// The text with `***` in place of each secret.
    pub(crate) fn redact(&self, text: &str) -> String {
        let mut redacted = String::with_capacity(text.len());
        let mut end = 0;
        for secret in self.found(text) {
            redacted.push_str(&text[end..secret.start]);
            redacted.push_str("***");
            end = secret.end;
        }
        redacted.push_str(&text[end..]);
        redacted
    }

    /// Where secrets are, those that overlap as one.
    fn found(&self, text: &str) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        for at in 0..text.len() {
            let rest = &text.as_bytes()[at..];
            let Some(length) = self.longest_beginning(rest) else { continue };
            match found.last_mut().filter(|last| at < last.end) {
                Some(last) => last.end = last.end.max(at + length),
                None => found.push(at..at + length),
            }
        }
        found
    }

    /// The length of the longest form that a text begins with.
    fn longest_beginning(&self, text: &[u8]) -> Option<usize> {
        if !self.beginnings[beginning(text)?] {
            return None;
        }
        // What a text begins with is not above it in the order of texts, and nothing that stands between the two
        // begins otherwise. So it is the next one below, or lies within what both have in common.
        let mut within = text;
        loop {
            let range = (Bound::Unbounded, Bound::Included(within));
            let form = self.forms.range::<[u8], _>(range).next_back()?.bytes();
            let common = form.iter().zip(within).take_while(|(one, other)| one == other).count();
            if common == form.len() {
                return Some(common);
            }
            within = &within[..common];
        }
    }
}

/// A text's first two bytes as one number.
fn beginning(text: &[u8]) -> Option<usize> {
    text.first_chunk().map(|bytes| usize::from(u16::from_le_bytes(*bytes)))
}

/// How a secret may come back in somebody else's text: as it is, in base64, in a url, in HTML, in JSON. One so short
/// that it may be part of any word has no forms.
fn forms(secret: &str) -> Vec<String> {
    if secret.chars().count() < 4 {
        return Vec::new();
    }
    let mut forms = vec![secret.to_owned(), STANDARD.encode(secret), STANDARD_NO_PAD.encode(secret)];
    forms.extend((0..3).map(|before| within_base64(secret, before)));
    for at in 1..forms.len() {
        if forms[at].contains(['+', '/']) {
            forms.push(forms[at].replace('+', "-").replace('/', "_"));
        }
    }
    let has = |characters: &[char]| secret.contains(characters);
    if !secret.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        for kept in [NON_ALPHANUMERIC, UNRESERVED, COMPONENT, PATH] {
            let encoded: String = utf8_percent_encode(secret, kept).collect();
            if !forms.contains(&encoded) {
                forms.extend(has(&[' ']).then(|| encoded.replace("%20", "+")));
                forms.extend([lower_hex(&encoded), encoded]);
            }
        }
    }
    if has(&['&', '<', '>', '"', '\'']) {
        let html = secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let quoted = html.replace('"', "&quot;");
        forms.extend([quoted.replace('\'', "&#39;"), quoted, html]);
    }
    if has(&['/', '"', '\\']) || secret.contains(char::is_control) {
        let json = serde_json::Value::from(secret).to_string();
        let json = json.strip_prefix('"').and_then(|json| json.strip_suffix('"')).unwrap_or(secret);
        forms.extend([json.replace('/', "\\/"), json.to_owned()]);
    }
    forms
}

/// What stays the same of a secret's base64 when other bytes stand around it, so many (modulo three) before it: as in
/// `user:secret`.
fn within_base64(secret: &str, before: usize) -> String {
    let bytes = [&[0; 2][..before], secret.as_bytes()].concat();
    // A character holds six bits; those that hold bits of a neighbour are left out.
    let (from, to) = ((before * 8).div_ceil(6), bytes.len() * 8 / 6);
    STANDARD_NO_PAD.encode(bytes)[from..to].to_owned()
}

/// Every `%2F` as `%2f`.
fn lower_hex(encoded: &str) -> String {
    let mut parts = encoded.split('%');
    let mut lower = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (hex, rest) = part.split_at(2);
        lower.extend(["%", &hex.to_lowercase(), rest]);
    }
    lower
}

/// A text that must not be printed, in the order of its bytes.
struct Form(SecretString);

impl Form {
    fn bytes(&self) -> &[u8] {
        self.0.expose_secret().as_bytes()
    }
}

impl Borrow<[u8]> for Form {
    fn borrow(&self) -> &[u8] {
        self.bytes()
    }
}

impl Ord for Form {
    fn cmp(&self, other: &Self) -> Ordering {
        self.bytes().cmp(other.bytes())
    }
}

impl PartialOrd for Form {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Form {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Form {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::test_runner::Config;

    use super::*;

    fn knowing(secrets: &[impl AsRef<str>]) -> Secrets {
        let mut known = Secrets::default();
        for secret in secrets {
            known.learn(&SecretString::from(secret.as_ref()));
        }
        known
    }

    #[test]
    fn every_form_is_taken_out_but_of_one_that_may_be_part_of_any_word() {
        let known = knowing(&["a/b\"", "abc"]);
        for form in ["a/b\"", "YS9iIg==", "a%2Fb%22", "a/b\\\""] {
            assert_eq!(known.redact(&format!("abc <{form}>")), "abc <***>");
        }
        assert_eq!(knowing(&["pass-word_1.x~"]).redact("pass-word_1.x~ pass%2Dword%5F1%2Ex%7E"), "*** ***");
        let known = knowing(&["p&s <w\u{f6}>/it's!\"~?\u{ff}"]);
        for form in [
            "p%26s%20%3Cw%C3%B6%3E%2Fit%27s%21%22~%3F%C3%BF", // RFC 3986
            "p%26s%20%3cw%c3%b6%3e%2fit%27s%21%22~%3f%c3%bf",
            "p%26s+%3Cw%C3%B6%3E%2Fit%27s%21%22~%3F%C3%BF", // a form
            "p%26s%20%3Cw%C3%B6%3E%2Fit's!%22~%3F%C3%BF",   // encodeURIComponent
            "p%26s%20%3Cw%C3%B6%3E/it%27s%21%22~%3F%C3%BF", // urllib.parse.quote
            "p&amp;s &lt;w\u{f6}&gt;/it&#39;s!&quot;~?\u{ff}",
            "p&amp;s &lt;w\u{f6}&gt;/it's!&quot;~?\u{ff}",
            "p&amp;s &lt;w\u{f6}&gt;/it's!\"~?\u{ff}",
            "p&s <w\u{f6}>\\/it's!\\\"~?\u{ff}",
            "cCZzIDx3w7Y+L2l0J3MhIn4/w78=",
            "cCZzIDx3w7Y+L2l0J3MhIn4/w78",
            "cCZzIDx3w7Y-L2l0J3MhIn4_w78",
        ] {
            assert_eq!(known.redact(form), "***");
        }
    }

    proptest! {
        #![proptest_config(Config { failure_persistence: None, ..Config::default() })]

        /// What is left of a secret in the base64 of a text around it are the characters that it shares with its
        /// neighbours, at most one at each end.
        #[test]
        fn base64_around_a_secret_is_cut(before in "[a-z]{0,7}", secret in "[ -~]{4,20}", after in "[a-z]{0,4}") {
            let encoded = STANDARD_NO_PAD.encode(format!("{before}{secret}{after}"));
            let redacted = knowing(&[&secret]).redact(&encoded);
            let (head, tail) = redacted.split_once("***").expect("a hole");
            prop_assert!(head.len() <= (before.len() * 8).div_ceil(6), "{redacted}");
            prop_assert!(tail.len() <= (after.len() * 8).div_ceil(6) + 1, "{redacted}");
        }
    }

    #[test]
    fn a_secret_is_learned_once() {
        let mut known = Secrets::default();
        let mut learn = |text: &str| known.learn(&SecretString::from(text));
        assert!(learn("abcd") && learn("x") && learn("YWJjZA==") && !learn("abcd") && !learn("x"));
    }

    proptest! {
        #![proptest_config(Config { failure_persistence: None, ..Config::default() })]

        /// The way it would be done if time did not count.
        #[test]
        fn the_text_without_any_occurrence_is_left(
            secrets in proptest::collection::vec("[aé]{4,6}", 0..6),
            text in "[aé/]{0,60}",
        ) {
            let mut is_secret = vec![false; text.len()];
            for form in secrets.iter().flat_map(|secret| forms(secret)) {
                for at in (0..text.len()).filter(|at| text.as_bytes()[*at..].starts_with(form.as_bytes())) {
                    is_secret[at..at + form.len()].fill(true);
                }
            }
            let left: String = text.char_indices().filter(|(at, _)| !is_secret[*at]).map(|(_, c)| c).collect();
            let redacted = knowing(&secrets).redact(&text);
            prop_assert_eq!(redacted.replace("***", ""), left);
            prop_assert_eq!(redacted.contains("***"), is_secret.contains(&true));
        }
    }
}
