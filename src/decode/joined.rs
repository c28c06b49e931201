//! Text without the characters that may separate the parts of a word: line breaks, tags and invisible characters.

use super::{View, Writer, narrow};
use crate::text::deceives;

/// The longest tag that is removed, from `<` to `>`, in bytes.
const LONGEST_TAG: usize = 256;
/// The longest name of an HTML character that is removed, from `&` to `;`, in bytes.
const LONGEST_NAME: usize = 32;

impl View<'_> {
    /// Returns the view without white space, control characters, soft line breaks of quoted-printable text, tags, names of
    /// HTML characters (the common ones are decoded elsewhere) and invisible characters; `None` if it has none of these.
    pub fn joined(&self) -> Option<View<'static>> {
        let mut out = Writer::default();
        let (mut copied, mut at) = (0, 0);
        while let Some(first) = self.bytes.get(at) {
            // Most bytes are none of these.
            let is_plain = matches!(first, b'!'..=b'~') && !b"=<&".contains(first);
            let length = if is_plain { 0 } else { between(&self.bytes[at..]) };
            if length == 0 {
                at += 1;
                continue;
            }
            out.copy(self, copied..at);
            at += length;
            copied = at;
        }
        if copied == 0 {
            return None;
        }
        out.copy(self, copied..self.bytes.len());
        Some(out.view())
    }

    /// Returns the part of the original text that the whole view stands for.
    pub fn extent(&self) -> Option<std::ops::Range<usize>> {
        let parts = (0..self.bytes.len()).map(|at| narrow(self.part(at..at + 1)));
        let (start, end) = parts.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)))?;
        Some(start as usize..end as usize)
    }
}

/// Returns the length of the separator that the bytes begin with, or 0.
fn between(bytes: &[u8]) -> usize {
    let up_to = |end: u8, most: usize| bytes.iter().take(most).position(|byte| *byte == end).map_or(0, |end| end + 1);
    match bytes {
        [b'=', b'\r', b'\n', ..] => 3,
        [b'=', b'\n', ..] => 2,
        [b'<', b'a'..=b'z' | b'A'..=b'Z' | b'/' | b'!', ..] => up_to(b'>', LONGEST_TAG),
        [b'&', ..] => {
            let length = up_to(b';', LONGEST_NAME);
            if length > 3 && bytes[1..length - 1].iter().all(u8::is_ascii_alphanumeric) { length } else { 0 }
        }
        _ => character(bytes).filter(|c| c.is_whitespace() || deceives(*c)).map_or(0, char::len_utf8),
    }
}

/// Returns the character that the bytes begin with.
fn character(bytes: &[u8]) -> Option<char> {
    let most = &bytes[..bytes.len().min(4)];
    let valid = most.utf8_chunks().next().map(|chunk| chunk.valid())?;
    valid.chars().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(text: &str) -> String {
        let view = View::of(text).joined();
        view.map_or_else(|| text.to_owned(), |view| String::from_utf8_lossy(view.bytes()).into_owned())
    }

    #[test]
    fn what_stands_between_the_characters_of_a_word_is_left_out() {
        for between in [
            " ",
            "\n",
            "\r\n\t",
            "=\n",
            "=\r\n",
            "<wbr>",
            "</b>",
            "<br />",
            "<a href=\"x\">",
            "<!-- x -->",
            "&shy;",
            "&ZeroWidthSpace;",
            "\u{ad}",
            "\u{200b}",
            "\u{feff}",
            "\u{85}",
            "\u{2028}",
            "\u{0}",
            "\u{e0001}",
            " \u{200d} <i>",
        ] {
            assert_eq!(joined(&format!("ab{between}cd{between}")), "abcd", "{between:?}");
        }
        for text in ["a=b", "a<b", "1<2>", "a&b;", "&;", "ä<ü", "a<b c", "x=\\n"] {
            assert_eq!(joined(text), text.replace(' ', ""));
        }
        let long = format!("<a {}>", "x".repeat(LONGEST_TAG));
        assert_eq!(joined(&long), long.replace(' ', ""));
    }

    #[test]
    fn what_is_found_is_known_by_its_part_of_the_text() {
        let view = View::of(" a<b>b\n\u{200b}c").joined().expect("something is left out");
        assert_eq!((view.bytes(), view.part(0..1), view.part(0..3)), (&b"abc"[..], 1..2, 1..11));
        assert_eq!((view.extent(), View::of("").extent()), (Some(1..11), None));
    }
}
