//! Takes the secrets that a run has read out of any text, in every form in which somebody may repeat them.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::ops::{Bound, Range};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};

/// What most programs leave as it is in a url.
const UNRESERVED_KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

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

/// How a secret may come back in somebody else's text: as it is, in base64, in a url, in JSON. One so short that it may
/// be part of any word has no forms.
fn forms(secret: &str) -> Vec<String> {
    if secret.chars().count() < 4 {
        return Vec::new();
    }
    let json = serde_json::Value::from(secret).to_string();
    vec![
        secret.to_owned(),
        BASE64.encode(secret),
        utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string(),
        utf8_percent_encode(secret, UNRESERVED_KEPT).to_string(),
        json.strip_prefix('"').and_then(|json| json.strip_suffix('"')).unwrap_or(secret).to_owned(),
    ]
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
    }

    #[test]
    fn a_secret_is_learned_once() {
        let mut known = Secrets::default();
        let mut learn = |text: &str| known.learn(&SecretString::from(text));
        assert!(learn("abcd") && learn("x") && learn("YWJjZA==") && !learn("abcd") && !learn("x"));
    }

    proptest! {
        /// The way it would be done if time did not count.
        #[test]
        fn the_text_without_any_occurrence_is_left(
            secrets in proptest::collection::vec("[abé]{4,7}", 0..6),
            text in "[abé/]{0,60}",
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
