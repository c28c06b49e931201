//! Removes the secrets that a run has read from any text, in whatever encoding somebody repeats them.
//!
//! The text is decoded rather than the secret encoded: there are too many ways to encode a secret to list them all, and
//! encodings can be nested. What is found is replaced in the original text.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::ops::{Bound, Range};

use secrecy::{ExposeSecret, SecretSlice, SecretString};

use crate::decode::View;

/// The number of nested encodings that are undone: base64 of JSON inside JSON has three.
const MOST_LAYERS: u32 = 4;
/// The shortest secret that is searched for, in bytes: a shorter one occurs in ordinary words.
pub const SHORTEST: usize = 4;

/// The secrets that a run has read. One search of a text finds all of them, however many there are.
pub struct Redactor {
    /// The secrets as they were read.
    values: BTreeSet<Form>,
    /// The byte strings to search for in decoded text.
    forms: BTreeSet<Form>,
    /// Whether any form begins with these two bytes. At most positions of a text none does, which ends the search
    /// there.
    beginnings: Vec<bool>,
    /// The length of the shortest form, in bytes.
    shortest: usize,
}

impl Default for Redactor {
    fn default() -> Self {
        let (values, forms) = Default::default();
        Self { values, forms, beginnings: vec![false; 1 << 16], shortest: usize::MAX }
    }
}

impl Redactor {
    /// Adds a secret. Returns `false` if it was known already.
    pub fn learn(&mut self, secret: &SecretString) -> bool {
        let is_new = self.values.insert(Form::new(secret.expose_secret().as_bytes()));
        if is_new {
            for form in forms(secret.expose_secret()) {
                self.look_for(form);
            }
        }
        is_new
    }

    /// Adds a secret that is looked for as these bytes and in no other form.
    pub fn learn_bytes(&mut self, secret: &[u8]) {
        self.look_for(Form::new(secret));
    }

    fn look_for(&mut self, form: Form) {
        if let Some(beginning) = beginning(form.bytes()) {
            self.beginnings[beginning] = true;
        }
        self.shortest = self.shortest.min(form.bytes().len());
        self.forms.insert(form);
    }

    /// Reports whether a text contains a secret, unencoded or encoded.
    pub fn finds_any(&self, text: &str) -> bool {
        !self.forms.is_empty() && self.is_in_view(&View::of(text), MOST_LAYERS)
    }

    fn is_in_view(&self, view: &View<'_>, layers: u32) -> bool {
        let is_plain = |view: &View<'_>| {
            let bytes = view.bytes();
            (0..bytes.len()).any(|at| self.longest_beginning(&bytes[at..]).is_some())
        };
        if is_plain(view) || view.with_blanks().is_some_and(|view| is_plain(&view)) {
            return true;
        }
        let Some(layers) = layers.checked_sub(1) else { return false };
        let mut views = view.unescaped().into_iter().chain(view.unpacked(self.shortest));
        views.any(|view| self.is_in_view(&view, layers))
    }

    /// Reports whether a text contains, unencoded, a secret of at least `shortest` bytes.
    pub fn is_in(&self, text: &str, shortest: usize) -> bool {
        let is_in = |value: &[u8]| text.as_bytes().windows(value.len()).any(|part| part == value);
        self.values.iter().map(Form::bytes).any(|value| value.len() >= shortest.max(1) && is_in(value))
    }

    /// Returns the text with `***` in place of each secret and of the user information in urls.
    pub fn redact(&self, text: &str) -> String {
        let mut found = Vec::new();
        self.search(&View::of(text), MOST_LAYERS, &mut found);
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

    /// Collects where secrets are in a view's text, in whatever encoding.
    fn search(&self, view: &View<'_>, layers: u32, found: &mut Vec<Range<usize>>) {
        found.extend(user_information(view.bytes()).map(|bytes| view.part(bytes)));
        self.find(view, found);
        if let Some(view) = view.with_blanks() {
            self.find(&view, found);
        }
        let Some(layers) = layers.checked_sub(1) else { return };
        let packed = if self.forms.is_empty() { Vec::new() } else { view.unpacked(self.shortest) };
        for view in view.unescaped().into_iter().chain(packed) {
            self.search(&view, layers, found);
        }
    }

    /// Collects where secrets are in a view, without decoding it further.
    fn find(&self, view: &View<'_>, found: &mut Vec<Range<usize>>) {
        let bytes = view.bytes();
        for at in 0..bytes.len() {
            if let Some(length) = self.longest_beginning(&bytes[at..]) {
                found.push(view.part(at..at + length));
            }
        }
    }

    /// Returns the length of the longest form that a text begins with.
    fn longest_beginning(&self, text: &[u8]) -> Option<usize> {
        if !self.beginnings[beginning(text)?] {
            return None;
        }
        // A prefix sorts at or before the text, and every form between them shares it: so it is the next one below, or
        // lies within what both have in common.
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

/// Returns a text's first two bytes as a number.
fn beginning(text: &[u8]) -> Option<usize> {
    text.first_chunk().map(|bytes| usize::from(u16::from_le_bytes(*bytes)))
}

/// Returns the forms a secret can take in decoded text: the secret itself; the secret decoded too, because its own
/// characters may look like escapes; and its bytes in Latin-1.
fn forms(secret: &str) -> Vec<Form> {
    let mut forms = Vec::new();
    if secret.chars().count() < SHORTEST {
        return forms;
    }
    let mut view = Some(View::of(secret));
    for _ in 0..=MOST_LAYERS {
        let Some(decoded) = view else { break };
        forms.push(Form::new(decoded.bytes()));
        forms.extend(decoded.with_blanks().map(|view| Form::new(view.bytes())));
        view = decoded.unescaped();
    }
    if !secret.is_ascii() {
        let latin: Option<Vec<u8>> = secret.chars().map(|c| u8::try_from(c).ok()).collect();
        forms.extend(latin.map(|latin| Form::new(&latin)));
    }
    forms.retain(|form| form.bytes().len() >= SHORTEST);
    forms
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
            let authority =
                if is_broken { &text[start..start + length(&is_outside).min(LONGEST_BROKEN)] } else { authority };
            from = start;
            if let Some(length) = authority.iter().rposition(|byte| *byte == b'@') {
                return Some(start..start + length);
            }
        }
    })
}

/// Bytes that must not be printed, ordered bytewise.
struct Form(SecretSlice<u8>);

impl Form {
    fn new(bytes: &[u8]) -> Self {
        Self(bytes.to_vec().into())
    }

    fn bytes(&self) -> &[u8] {
        self.0.expose_secret()
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
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    use proptest::prelude::*;
    use proptest::test_runner::Config;

    use super::*;

    fn knowing(secrets: &[impl AsRef<str>]) -> Redactor {
        let mut known = Redactor::default();
        for secret in secrets {
            known.learn(&SecretString::from(secret.as_ref()));
        }
        known
    }

    #[test]
    fn every_form_is_redacted_unless_the_secret_is_too_short() {
        let known = knowing(&["a/b\"", "abc"]);
        for form in ["a/b\"", "YS9iIg", "a%2Fb%22", "a/b\\\"", "612f6222"] {
            assert_eq!(known.redact(&format!("abc <{form}>")), "abc <***>");
        }
        assert_eq!(knowing(&["pass-word_1.x~"]).redact("pass-word_1.x~ pass%2Dword%5F1%2Ex%7E"), "*** ***");
        let known = knowing(&["p&s <w\u{f6}>/it's!\"~?\u{ff}"]);
        for form in [
            "p%26s%20%3Cw%C3%B6%3E%2Fit%27s%21%22~%3F%C3%BF", // RFC 3986
            "p%26s%20%3cw%c3%b6%3e%2fit%27s%21%22~%3f%c3%bf",
            "p%26s+%3Cw%C3%B6%3E%2Fit%27s%21%22~%3F%C3%BF", // a form
            "p%26s%20%3Cw%F6%3E%2Fit%27s%21%22~%3F%FF",     // in Latin-1
            "p%26s%20%3Cw%C3%B6%3E%2Fit's!%22~%3F%C3%BF",   // encodeURIComponent
            "p%26s%20%3Cw%C3%B6%3E/it%27s%21%22~%3F%C3%BF", // urllib.parse.quote
            "p&amp;s &lt;w\u{f6}&gt;/it&#39;s!&quot;~?\u{ff}",
            "p&amp;s &lt;w\u{f6}&gt;/it&#x27;s!&#34;~?\u{ff}",  // Go
            "p&amp;s &lt;w&ouml;&gt;/it&#039;s!&quot;~?&yuml;", // htmlentities
            "p&s <w\u{f6}>\\/it's!\\\"~?\u{ff}",
            "p\\u0026s \\u003cw\\u00f6\\u003e/it's!\\\"~?\\u00ff",
            "p&s <w\\xf6>/it\\'s!\"~?\\xff", // Python
            "cCZzIDx3w7Y+L2l0J3MhIn4/w78",
            "cCZzIDx3w7Y-L2l0J3MhIn4_w78",
            "cCZzIDx3w7Y%2BL2l0J3MhIn4%2Fw78",
            "702673203c77c3b63e2f6974277321227e3fc3bf",
        ] {
            assert_eq!(known.redact(form), "***", "{form}");
        }
    }

    #[test]
    fn base64_is_found_in_lines_and_in_itself() {
        let secret = "x".repeat(30) + "p&ss";
        let auth = STANDARD.encode(format!("monalisa:{secret}"));
        let file = STANDARD.encode(format!("{{\"auths\": {{\"ghcr.io\": {{\"auth\": \"{auth}\"}}}}}}"));
        let known = knowing(&[&secret]);
        assert!(known.redact(&file).contains("***"));
        for width in [16, 60, 64, 76] {
            let lines: Vec<&str> = auth.as_bytes().chunks(width).map(|line| str::from_utf8(line).unwrap()).collect();
            for end in ["\n", "\r\n", "\n    ", "\\n", "&#10;"] {
                let redacted = known.redact(&lines.join(end));
                // The base64 of `monalisa:`, which comes before the secret, is left.
                assert!(redacted.starts_with("bW9uYWxpc2E6***") && redacted.len() < 20, "{redacted}");
            }
        }
    }

    #[test]
    fn user_information_in_urls_is_redacted() {
        for (url, told) in [
            ("https://me:hunter2@npm.acme.dev/x", "https://***@npm.acme.dev/x"),
            ("https://me:p@ss:x@npm.acme.dev", "https://***@npm.acme.dev"),
            ("https://a-token@npm.acme.dev:8443?x=y@z", "https://***@npm.acme.dev:8443?x=y@z"),
            ("https://me:pa/ss@npm.acme.dev", "https://***@npm.acme.dev"),
            ("\"https:\\/\\/me:hunter2@npm.acme.dev\\/x\"", "\"https:\\/\\/***@npm.acme.dev\\/x\""),
            ("?to=https%3A%2F%2Fme%3Ahunter2%40npm.acme.dev", "?to=https%3A%2F%2F***%40npm.acme.dev"),
            ("a://b:c@d a://e:f@g", "a://***@d a://***@g"),
        ] {
            assert_eq!(Redactor::default().redact(url), told);
            assert_eq!(knowing(&["another"]).redact(told), told);
        }
        for text in [
            "https://npm.acme.dev/@scope/name",
            "https://npm.acme.dev:8443/@scope",
            "https://[::1]/a@b",
            "see https://npm.acme.dev, or write to a@acme.dev",
            "me:hunter2@npm.acme.dev",
            "://",
        ] {
            assert_eq!(Redactor::default().redact(text), text);
        }
    }

    /// Encodes a text as servers and programs do when they repeat what they were given.
    fn encoded(text: &str, how: u8) -> String {
        let each = |write: &dyn Fn(char) -> String| text.chars().map(write).collect::<String>();
        let escaped = |c: char| {
            let mut units = [0; 2];
            c.encode_utf16(&mut units).iter().fold(String::new(), |text, unit| format!("{text}\\u{unit:04x}"))
        };
        match how {
            0 => utf8_percent_encode(text, NON_ALPHANUMERIC).to_string(),
            1 => utf8_percent_encode(text, NON_ALPHANUMERIC).to_string().replace("%20", "+"),
            2 => each(&|c| if c.is_ascii_alphanumeric() { c.to_string() } else { format!("&#{};", u32::from(c)) }),
            3 => each(&|c| format!("&#x{:x};", u32::from(c))),
            4 => text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;").replace('\'', "&#39;"),
            5 => {
                let json = serde_json::Value::from(text).to_string();
                json[1..json.len() - 1].to_owned()
            }
            6 => each(&escaped),
            7 => STANDARD_NO_PAD.encode(text),
            8 => URL_SAFE_NO_PAD.encode(text),
            9 => text.bytes().fold(String::new(), |text, byte| format!("{text}{byte:02x}")),
            _ => text.to_owned(),
        }
    }

    proptest! {
        #![proptest_config(Config { failure_persistence: None, ..Config::default() })]

        /// However a secret is encoded, and however encodings are nested, nothing of it is left.
        #[test]
        fn encodings_hide_no_secret(
            secret in "[ -~äß€]{8,16}|[%&#;\\\\0-9a-fux+ ]{8,16}",
            layers in proptest::collection::vec(0_u8..=10, 0..4),
        ) {
            let text = layers.iter().fold(secret.clone(), |text, how| encoded(&text, *how));
            let redacted = knowing(&[&secret]).redact(&format!("({text})"));
            prop_assert_eq!(redacted, "(***)", "{}", text);
        }

        /// In base64 of a longer text, at most one digit at each end of a secret is left: the one that it shares with
        /// its neighbour.
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
        let mut known = Redactor::default();
        let mut learn = |text: &str| known.learn(&SecretString::from(text));
        assert!(learn("abcd") && learn("x") && learn("YWJjZA==") && !learn("abcd") && !learn("x"));
    }

    #[test]
    fn many_secrets_and_long_texts_take_little_time() {
        let secrets: Vec<String> = (0..1_000).map(|number| format!("ghp_{number:04}{}", "aB3-".repeat(9))).collect();
        let known = knowing(&secrets);
        let line = |secret: &String| {
            format!("https://x.dev/a%20b?c=d&amp;e \\u00e4 {} ghp_{}\n", STANDARD.encode(secret), "x".repeat(900))
        };
        let text: String = secrets.iter().map(line).collect();
        let began = std::time::Instant::now();
        assert_eq!(known.redact(&text).matches("***").count(), 1_000);
        assert!(began.elapsed().as_secs() < 10, "{:?}", began.elapsed());
    }

    proptest! {
        #![proptest_config(Config { failure_persistence: None, ..Config::default() })]

        /// Compares with the simple implementation, which is too slow for long texts.
        #[test]
        fn the_text_without_any_occurrence_is_left(
            secrets in proptest::collection::vec("[aé]{4,6}", 0..6),
            text in "[aé/]{0,60}",
        ) {
            let mut is_secret = vec![false; text.len()];
            for secret in &secrets {
                for at in (0..text.len()).filter(|at| text.as_bytes()[*at..].starts_with(secret.as_bytes())) {
                    is_secret[at..at + secret.len()].fill(true);
                }
            }
            let left: String = text.char_indices().filter(|(at, _)| !is_secret[*at]).map(|(_, c)| c).collect();
            let redacted = knowing(&secrets).redact(&text);
            prop_assert_eq!(redacted.replace("***", ""), left);
            prop_assert_eq!(redacted.contains("***"), is_secret.contains(&true));
        }
    }
}
