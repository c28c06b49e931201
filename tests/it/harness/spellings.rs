//! The ways in which servers and programs encode a secret that they repeat.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, percent_encode, utf8_percent_encode};
use serde_json::Value;

/// Secrets whose every character is escaped by some encoding.
pub(crate) const SECRETS: [&str; 2] =
    ["hünter<2>'s & \"pass\"/x+y=100%ÿ", "!#$%()*+,-./:;=?@[\\]^_`{|}~ 'w&<>\"€\u{1f511}"];

/// HTML's names for punctuation and some letters.
const NAMES: [(char, &str); 33] = [
    ('!', "excl"),
    ('"', "quot"),
    ('#', "num"),
    ('$', "dollar"),
    ('%', "percnt"),
    ('&', "amp"),
    ('\'', "apos"),
    ('(', "lpar"),
    (')', "rpar"),
    ('*', "ast"),
    ('+', "plus"),
    (',', "comma"),
    ('.', "period"),
    ('/', "sol"),
    (':', "colon"),
    (';', "semi"),
    ('<', "lt"),
    ('=', "equals"),
    ('>', "gt"),
    ('?', "quest"),
    ('@', "commat"),
    ('[', "lbrack"),
    ('\\', "bsol"),
    (']', "rbrack"),
    ('^', "Hat"),
    ('_', "lowbar"),
    ('`', "grave"),
    ('{', "lbrace"),
    ('|', "vert"),
    ('}', "rbrace"),
    ('ä', "auml"),
    ('ü', "uuml"),
    ('ÿ', "yuml"),
];

/// Returns a text in each encoding, with the name of the encoding.
pub(crate) fn spellings(text: &str) -> Vec<(&'static str, String)> {
    let mut spellings = vec![("as it is", text.to_owned())];
    spellings.extend(in_urls(text));
    spellings.extend(in_html(text));
    spellings.extend(in_code(text));
    spellings.extend(packed(text));
    spellings
}

fn each(text: &str, spell: impl Fn(char) -> String) -> String {
    text.chars().map(spell).collect()
}

fn bytes(bytes: &[u8], spell: impl Fn(u8) -> String) -> String {
    bytes.iter().map(|byte| spell(*byte)).collect()
}

/// Encodes a text in ISO 8859-1, if that has all of its characters.
fn latin1(text: &str) -> Option<Vec<u8>> {
    text.chars().map(|c| u8::try_from(c).ok()).collect()
}

/// Writes each UTF-16 code unit after a mark.
fn utf16(text: &str, mark: &str) -> String {
    text.encode_utf16().fold(String::new(), |mut units, unit| {
        let _ = write!(units, "{mark}{unit:04x}");
        units
    })
}

fn in_urls(text: &str) -> Vec<(&'static str, String)> {
    let percent = utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let mut spellings = vec![
        ("a form", percent.replace("%20", "+")),
        ("percent in small letters", bytes(text.as_bytes(), |byte| format!("%{byte:02x}"))),
        ("percent twice", utf8_percent_encode(&percent, NON_ALPHANUMERIC).to_string()),
        ("percent by JavaScript's escape", utf16(text, "%u")),
        ("percent", percent),
    ];
    spellings
        .extend(latin1(text).map(|text| ("percent in Latin-1", percent_encode(&text, NON_ALPHANUMERIC).to_string())));
    spellings
}

fn in_html(text: &str) -> Vec<(&'static str, String)> {
    let few = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let name = |c: char| {
        let name = NAMES.iter().find(|(other, _)| *other == c);
        name.map_or_else(|| c.to_string(), |(_, name)| format!("&{name};"))
    };
    let capitals = |c: char| match c {
        '"' | '&' | '<' | '>' => name(c).to_uppercase(),
        c => c.to_string(),
    };
    vec![
        ("HTML by Go", few.replace('"', "&#34;").replace('\'', "&#39;")),
        ("HTML by Python", few.replace('"', "&quot;").replace('\'', "&#x27;")),
        ("HTML by PHP", few.replace('"', "&quot;").replace('\'', "&#039;").replace('ü', "&uuml;")),
        ("HTML by name", each(text, name)),
        ("HTML by name in capitals", each(text, capitals)),
        ("HTML by number", each(text, |c| format!("&#{};", u32::from(c)))),
        ("HTML by hexadecimal number", each(text, |c| format!("&#x{:x};", u32::from(c)))),
        ("HTML by hexadecimal number in capitals", each(text, |c| format!("&#X{:04X};", u32::from(c)))),
    ]
}

fn in_code(text: &str) -> Vec<(&'static str, String)> {
    let quoted = text.replace('\\', "\\\\").replace('"', "\\\"");
    let go = |c: char| match c {
        '"' | '\\' => format!("\\{c}"),
        '&' | '<' | '>' => format!("\\u{:04X}", u32::from(c)),
        c => c.to_string(),
    };
    let mut spellings = vec![
        ("JSON", Value::from(text).to_string()),
        ("JSON by Go", each(text, go)),
        ("JSON by PHP", quoted.replace('/', "\\/")),
        ("JSON in ASCII", utf16(text, "\\u")),
        ("quotes of JavaScript", quoted.replace('\'', "\\'").replace('`', "\\`")),
        ("characters of Rust", each(text, |c| format!("\\u{{{:x}}}", u32::from(c)))),
        ("characters of Python", each(text, |c| format!("\\U{:08x}", u32::from(c)))),
        ("bytes of C", bytes(text.as_bytes(), |byte| format!("\\x{byte:02x}"))),
        ("octal bytes", bytes(text.as_bytes(), |byte| format!("\\{byte:03o}"))),
    ];
    spellings.extend(latin1(text).map(|text| ("bytes in Latin-1", bytes(&text, |byte| format!("\\x{byte:02X}")))));
    spellings
}

fn packed(text: &str) -> Vec<(&'static str, String)> {
    let in_lines = |encoded: &str, width: usize, end: &str| {
        let lines = encoded.as_bytes().chunks(width).map(|line| String::from_utf8_lossy(line));
        lines.collect::<Vec<_>>().join(end)
    };
    let pair = STANDARD.encode(format!("monalisa-of-the-acme-organization:{text}").repeat(2));
    let hex = bytes(text.as_bytes(), |byte| format!("{byte:02x}"));
    let mut spellings = vec![
        ("base64", STANDARD.encode(text)),
        ("base64 after one byte", STANDARD_NO_PAD.encode(format!("x{text}"))),
        ("base64 after two bytes, for urls", URL_SAFE_NO_PAD.encode(format!("x:{text}"))),
        ("base64 for urls", URL_SAFE_NO_PAD.encode(text)),
        ("base64 in a word", format!("k{}", STANDARD_NO_PAD.encode(text))),
        ("base64 of JSON", STANDARD.encode(Value::from(text).to_string())),
        ("base64 of base64", STANDARD.encode(STANDARD.encode(format!("me:{text}")))),
        ("base64 in short lines", in_lines(&pair, 16, "\n")),
        ("base64 in the lines of a key", in_lines(&pair, 64, "\r\n  ")),
        ("base64 in the lines of a mail, as JSON", in_lines(&pair, 76, "\\n")),
        ("hexadecimal in lines", in_lines(&hex, 10, "\n")),
        ("hexadecimal in capitals", hex.to_uppercase()),
        ("hexadecimal after a digit", format!("0{hex}")),
        ("hexadecimal", hex),
    ];
    spellings.extend(latin1(text).map(|text| ("base64 in Latin-1", STANDARD.encode(text))));
    spellings
}
