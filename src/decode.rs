//! Decodes escapes and encodings in a text, and maps every decoded byte back to the part of the text it came from.

mod joined;

use std::borrow::Cow;
use std::ops::Range;

/// HTML's entity names for U+00A0 to U+00FF, in order: <https://html.spec.whatwg.org/multipage/named-characters.html>
const LATIN: &str = "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 \
                     sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute \
                     Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH \
                     Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig \
                     agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc \
                     iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute \
                     thorn yuml";
/// HTML's entity names for ASCII punctuation.
const PUNCTUATION: [(&str, char); 36] = [
    ("amp", '&'),
    ("AMP", '&'),
    ("lt", '<'),
    ("LT", '<'),
    ("gt", '>'),
    ("GT", '>'),
    ("quot", '"'),
    ("QUOT", '"'),
    ("apos", '\''),
    ("excl", '!'),
    ("num", '#'),
    ("dollar", '$'),
    ("percnt", '%'),
    ("lpar", '('),
    ("rpar", ')'),
    ("ast", '*'),
    ("plus", '+'),
    ("comma", ','),
    ("period", '.'),
    ("sol", '/'),
    ("colon", ':'),
    ("semi", ';'),
    ("equals", '='),
    ("quest", '?'),
    ("commat", '@'),
    ("lbrack", '['),
    ("lsqb", '['),
    ("bsol", '\\'),
    ("rbrack", ']'),
    ("rsqb", ']'),
    ("Hat", '^'),
    ("lowbar", '_'),
    ("grave", '`'),
    ("lbrace", '{'),
    ("vert", '|'),
    ("rbrace", '}'),
];
/// The longest entity that is decoded, in bytes, from `&` to `;`.
const LONGEST_ENTITY: usize = 12;

/// Bytes decoded from a text, each with the part of the text that it came from.
pub struct View<'a> {
    bytes: Cow<'a, [u8]>,
    /// `None` if the bytes are the text itself.
    parts: Option<Vec<(u32, u32)>>,
}

impl<'a> View<'a> {
    /// Creates a view of the text as it is.
    pub const fn of(text: &'a str) -> Self {
        Self { bytes: Cow::Borrowed(text.as_bytes()), parts: None }
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the part of the text that a range of bytes came from. The range must not be empty.
    pub fn part(&self, bytes: Range<usize>) -> Range<usize> {
        match &self.parts {
            None => bytes,
            Some(parts) => parts[bytes.start].0 as usize..parts[bytes.end - 1].1 as usize,
        }
    }

    /// Returns the view with each `+` as a space, as in form data; `None` if there is no `+`.
    pub fn with_blanks(&self) -> Option<View<'static>> {
        if !self.bytes.contains(&b'+') {
            return None;
        }
        let bytes: Vec<u8> = self.bytes.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
        let parts = (0..bytes.len()).map(|at| narrow(self.part(at..at + 1))).collect();
        Some(View { bytes: Cow::Owned(bytes), parts: Some(parts) })
    }

    /// Returns the view with the escapes of urls, HTML, JSON and programming languages decoded once; `None` if there
    /// are none.
    pub fn unescaped(&self) -> Option<View<'static>> {
        let mut out = Writer::default();
        let (mut copied, mut at) = (0, 0);
        while let Some(found) = self.bytes[at..].iter().position(|byte| b"%&\\".contains(byte)) {
            at += found;
            let Some((bytes, length)) = unescape(&self.bytes[at..]) else {
                at += 1;
                continue;
            };
            out.copy(self, copied..at);
            out.push(bytes.as_slice(), narrow(self.part(at..at + length)));
            at += length;
            copied = at;
        }
        if copied == 0 {
            return None;
        }
        out.copy(self, copied..self.bytes.len());
        Some(out.view())
    }

    /// Decodes every run of base64 or hexadecimal digits that can hold at least `least` bytes, at every alignment.
    pub fn unpacked(&self, least: usize) -> Vec<View<'static>> {
        let mut views = Vec::new();
        // Four base64 digits are three bytes, two hexadecimal digits one. A group may begin at any digit of a run, so
        // each offset is tried.
        for (bits, digits, value) in [(6, 4, base64_digit as fn(u8) -> Option<u8>), (4, 2, hex_digit)] {
            let runs = self.runs((least * 8).div_ceil(bits), value);
            if !runs.is_empty() {
                views.extend((0..digits).map(|skipped| self.unpack(&runs, bits, value, skipped)));
            }
        }
        views
    }

    /// Finds runs of at least `least` digits with nothing but line breaks between them.
    fn runs(&self, least: usize, value: fn(u8) -> Option<u8>) -> Vec<Range<usize>> {
        let mut runs = Vec::new();
        let (mut start, mut end, mut digits) = (0, 0, 0);
        let mut at = 0;
        while at <= self.bytes.len() {
            let rest = &self.bytes[at..];
            if rest.first().is_some_and(|byte| value(*byte).is_some()) {
                if digits == 0 {
                    start = at;
                }
                digits += 1;
                at += 1;
                end = at;
                continue;
            }
            let blanks = rest.iter().take_while(|byte| b" \t\r\n".contains(byte)).count();
            if !rest[..blanks].contains(&b'\n') {
                if digits >= least {
                    runs.push(start..end);
                }
                digits = 0;
            }
            at += blanks.max(1);
        }
        runs
    }

    fn unpack(&self, runs: &[Range<usize>], bits: usize, value: fn(u8) -> Option<u8>, skipped: usize) -> View<'static> {
        let mut out = Writer::default();
        for run in runs {
            let digits = run.clone().filter_map(|at| Some((at, value(self.bytes[at])?)));
            let (mut gathered, mut held, mut began) = (0_u32, 0, 0);
            for (at, digit) in digits.skip(skipped) {
                if held == 0 {
                    began = at;
                }
                gathered = (gathered << bits) | u32::from(digit);
                held += bits;
                if held >= 8 {
                    held -= 8;
                    let byte = (gathered >> held).to_le_bytes()[0];
                    out.push(&[byte], narrow(self.part(began..at + 1)));
                    began = at;
                }
            }
            out.push(&[0], narrow(self.part(run.clone()))); // so that no secret spans two runs
        }
        out.view()
    }
}

/// A view that is being written.
#[derive(Default)]
struct Writer {
    bytes: Vec<u8>,
    parts: Vec<(u32, u32)>,
}

impl Writer {
    fn push(&mut self, bytes: &[u8], part: (u32, u32)) {
        self.bytes.extend_from_slice(bytes);
        self.parts.extend(bytes.iter().map(|_| part));
    }

    fn copy(&mut self, from: &View<'_>, range: Range<usize>) {
        self.bytes.extend_from_slice(&from.bytes[range.clone()]);
        self.parts.extend(range.map(|at| narrow(from.part(at..at + 1))));
    }

    fn view(self) -> View<'static> {
        View { bytes: Cow::Owned(self.bytes), parts: Some(self.parts) }
    }
}

/// Converts a range to `u32`, which halves the memory. No text of a run comes near four gigabytes.
fn narrow(part: Range<usize>) -> (u32, u32) {
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    (number(part.start), number(part.end))
}

/// The byte or character that an escape stands for.
enum Unescaped {
    Byte([u8; 1]),
    Char([u8; 4], usize),
}

impl Unescaped {
    fn char(c: char) -> Self {
        let mut bytes = [0; 4];
        let length = c.encode_utf8(&mut bytes).len();
        Self::Char(bytes, length)
    }

    fn as_slice(&self) -> &[u8] {
        match self {
            Self::Byte(byte) => byte,
            Self::Char(bytes, length) => &bytes[..*length],
        }
    }
}

/// Decodes the escape at the start of `bytes`. Returns what it stands for, and its length.
fn unescape(bytes: &[u8]) -> Option<(Unescaped, usize)> {
    let byte = |from: usize| {
        let byte = u8::try_from(number(bytes.get(from..from + 2)?, 16)?).ok()?;
        Some((Unescaped::Byte([byte]), from + 2))
    };
    match bytes {
        [b'%', b'u', ..] => utf16(bytes),
        [b'%', ..] => byte(1),
        [b'&', ..] => entity(bytes),
        [b'\\', b'x', ..] => byte(2),
        [b'\\', b'u', b'{', ..] => {
            let digits = bytes.iter().skip(3).take(7).position(|byte| *byte == b'}')?;
            Some((character(number(&bytes[3..3 + digits], 16)?)?, digits + 4))
        }
        [b'\\', b'u', ..] => utf16(bytes),
        [b'\\', b'U', ..] => Some((character(number(bytes.get(2..10)?, 16)?)?, 10)),
        [b'\\', b'0'..=b'3', b'0'..=b'7', b'0'..=b'7', ..] => {
            let byte = u8::try_from(number(&bytes[1..4], 8)?).ok()?;
            Some((Unescaped::Byte([byte]), 4))
        }
        [b'\\', letter, ..] => {
            let byte = match letter {
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                b'b' => 8,
                b'f' => 12,
                b'"' | b'\'' | b'`' | b'/' | b'\\' => *letter,
                _ => return None,
            };
            Some((Unescaped::Byte([byte]), 2))
        }
        _ => None,
    }
}

/// Decodes `\u00e4`, or the two of a surrogate pair.
fn utf16(bytes: &[u8]) -> Option<(Unescaped, usize)> {
    let unit = |from: usize| {
        let escape = bytes.get(from..from + 6).filter(|escape| escape[..2] == bytes[..2])?;
        u16::try_from(number(&escape[2..], 16)?).ok()
    };
    let units = [Some(unit(0)?), unit(6)];
    let c = char::decode_utf16(units.into_iter().flatten()).next()?.ok()?;
    Some((Unescaped::char(c), 6 * c.len_utf16()))
}

/// Decodes `&amp;`, `&#38;` or `&#x26;`.
fn entity(bytes: &[u8]) -> Option<(Unescaped, usize)> {
    let end = bytes.iter().take(LONGEST_ENTITY).position(|byte| *byte == b';')?;
    let unescaped = match &bytes[1..end] {
        [b'#', b'x' | b'X', digits @ ..] => character(number(digits, 16)?)?,
        [b'#', digits @ ..] => character(number(digits, 10)?)?,
        name => Unescaped::char(named(str::from_utf8(name).ok()?)?),
    };
    Some((unescaped, end + 1))
}

fn named(name: &str) -> Option<char> {
    let punctuation = PUNCTUATION.iter().find(|(other, _)| *other == name).map(|(_, c)| *c);
    let latin = || LATIN.split(' ').zip('\u{a0}'..='\u{ff}').find(|(other, _)| *other == name).map(|(_, c)| c);
    punctuation.or_else(latin)
}

fn character(number: u32) -> Option<Unescaped> {
    char::from_u32(number).map(Unescaped::char)
}

/// Parses a number that consists of digits only.
fn number(digits: &[u8], radix: u32) -> Option<u32> {
    let digits = str::from_utf8(digits).ok().filter(|digits| !digits.starts_with('+'))?;
    u32::from_str_radix(digits, radix).ok()
}

const fn base64_digit(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}

const fn hex_digit(byte: u8) -> Option<u8> {
    Some(match byte {
        b'0'..=b'9' => byte - b'0',
        b'a'..=b'f' => byte - b'a' + 10,
        b'A'..=b'F' => byte - b'A' + 10,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unescaped(text: &str) -> String {
        let view = View::of(text).unescaped();
        view.map_or_else(|| text.to_owned(), |view| String::from_utf8_lossy(view.bytes()).into_owned())
    }

    #[test]
    fn every_escape_is_undone_once() {
        for escape in [
            "&",
            "%26",
            "&amp;",
            "&AMP;",
            "&#38;",
            "&#x26;",
            "&#X0026;",
            "\\x26",
            "\\u0026",
            "\\u{26}",
            "\\U00000026",
            "\\046",
            "%u0026",
        ] {
            assert_eq!(unescaped(&format!("a{escape}b")), "a&b", "{escape}");
        }
        for escape in ["ä", "%C3%a4", "&auml;", "&#228;", "\\xc3\\xa4", "\\u00E4", "\\303\\244", "%u00e4"] {
            assert_eq!(unescaped(escape), "ä", "{escape}");
        }
        assert_eq!(unescaped("\\ud83d\\ude00 &#x1f600; \\u{1f600} &nbsp;&yuml;"), "😀 😀 😀 \u{a0}ÿ");
        assert_eq!(unescaped("a\\n\\t\\/\\\"\\\\n%2526&amp;amp;"), "a\n\t/\"\\n%26&amp;");
        for text in ["100% %2 %zz &; &x; &#; &#x; &#xd800; \\u12 \\ud800 \\u{} \\q \\400 \\", "%+1 \\u+123 &#+1;"] {
            assert_eq!(unescaped(text), text);
        }
    }

    #[test]
    fn decoded_bytes_map_back_to_their_text() {
        let view = View::of("x&amp;%41").unescaped().unwrap();
        assert_eq!((view.bytes(), view.part(1..2), view.part(0..3)), (&b"x&A"[..], 1..6, 0..9));
        // `abcdef` on two lines, after one byte that shares a digit with it.
        let text = "eGFi\r\n  Y2Rl\nZg==";
        let views = View::of(text).unpacked(3);
        let view = views.iter().find(|view| view.bytes().starts_with(b"xabcdef")).unwrap();
        assert_eq!((view.part(1..2), view.part(4..7)), (1..3, 9..15));
        assert!(views[1..].iter().all(|view| !view.bytes().starts_with(b"xabcdef")));
        let views = View::of("=616263").unpacked(3);
        assert!(views.iter().any(|view| view.bytes().starts_with(b"abc")));
        assert!(View::of("YWJj").unpacked(4).is_empty());
    }
}
