//! Finds secrets in a text, however they were encoded on the way.
//!
//! This deliberately works differently from the program. The program decodes all escapes in one pass and knows where in
//! the text each byte came from. Here each encoding is decoded separately, with a library where there is one, in every
//! order, and each result is searched.

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use percent_encoding::percent_decode_str;
use proptest::prelude::*;
use serde_json::Value;

use super::cases;
use super::spellings::{SECRETS, spellings};

/// How many encodings may be nested. The program decodes one layer fewer, and escapes what it prints.
const MOST_LAYERS: usize = 5;
/// Shorter secrets, and shorter lines of secrets, may be part of any word.
const SHORTEST: usize = 4;

/// Base64 that may end anywhere.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Panics if a secret, or the user info of a url, can be read out of a text.
pub(crate) fn assert_none(secrets: &[String], place: &str, text: &str) {
    if let Some(leak) = leak(secrets, text) {
        panic!("{leak} in the {place}:\n{text}");
    }
}

/// Describes the first leak that can be read out of a text.
fn leak(secrets: &[String], text: &str) -> Option<String> {
    let forms: Vec<(&str, String)> = secrets.iter().flat_map(|secret| forms(secret)).collect();
    let least = forms.iter().map(|(_, form)| form.chars().count()).min();
    let any_encoding = forms.iter().any(|(_, form)| !form.is_ascii());
    for reading in readings(text, |text| layer(text, least, any_encoding)) {
        if let Some((secret, _)) = forms.iter().find(|(_, form)| shows(&reading, form)) {
            return Some(format!("the secret {secret:?} shows, as in {reading:?},"));
        }
        if let Some(user) = user(&reading) {
            return Some(format!("whom a url signs in as shows, {user},"));
        }
    }
    None
}

/// Returns the whole secret and each of its lines, both in plain form and with their own characters decoded where they
/// look like escapes.
fn forms(secret: &str) -> impl Iterator<Item = (&str, String)> {
    let parts = std::iter::once(secret).chain(secret.lines().map(str::trim));
    parts
        .flat_map(|part| readings(part, |text| unescaped(text, false)).into_iter().map(move |form| (part, form)))
        .filter(|(_, form)| form.trim().chars().count() >= SHORTEST)
}

/// Returns whether a text contains a secret, including its form encoding with `+` for each blank.
fn shows(text: &str, secret: &str) -> bool {
    let in_form = || secret.contains(' ') && text.replace('+', " ").contains(&secret.replace('+', " "));
    text.contains(secret) || in_form()
}

/// Returns the user info of a url in the text, unless it was hidden.
fn user(text: &str) -> Option<&str> {
    text.split("://").skip(1).find_map(|url| {
        let authority = url.split(|c: char| c.is_whitespace() || "/?#\"'<>`\\".contains(c)).next()?;
        authority.rsplit_once('@').map(|(user, _)| user).filter(|user| *user != "***")
    })
}

/// Returns the text and everything that decoding it layer by layer results in.
fn readings(text: &str, layer: impl Fn(&str) -> Vec<String>) -> Vec<String> {
    let mut readings = vec![text.to_owned()];
    let mut begin = 0;
    for _ in 0..MOST_LAYERS {
        let end = readings.len();
        for at in begin..end {
            for reading in layer(&readings[at]) {
                if !readings.contains(&reading) {
                    readings.push(reading);
                }
            }
        }
        begin = end;
    }
    readings
}

/// Returns the texts that result from decoding any one encoding of a text.
fn layer(text: &str, least: Option<usize>, any_encoding: bool) -> Vec<String> {
    let mut texts = unescaped(text, any_encoding);
    if let Some(least) = least {
        // Encoded data may be wrapped into lines.
        let joined: String = text.split(['\n', '\r']).map(str::trim).collect();
        let packed = base64(&joined, least).into_iter().chain(hexadecimal(&joined, least));
        texts.extend(packed.flat_map(|bytes| read(&bytes, any_encoding)));
    }
    texts
}

/// Returns the texts that result from decoding escapes of one kind: those of urls, HTML, or programming languages.
fn unescaped(text: &str, any_encoding: bool) -> Vec<String> {
    let mut texts = Vec::new();
    if text.contains('%') {
        let text = undone(text, '%', utf16);
        texts.extend(read(&percent_decode_str(&String::from_utf8_lossy(&text)).collect::<Vec<u8>>(), any_encoding));
    }
    if text.contains('&') || text.contains("<br>") {
        texts.push(html_escape::decode_html_entities(&text.replace("<br>", "\n")).into_owned());
    }
    if text.contains('\\') {
        texts.extend(read(&undone(text, '\\', escape), any_encoding));
    }
    texts
}

/// Decodes bytes as UTF-8 and, where they are not valid UTF-8, also as ISO 8859-1.
fn read(bytes: &[u8], any_encoding: bool) -> Vec<String> {
    let mut texts = Vec::new();
    let utf8 = String::from_utf8_lossy(bytes);
    if any_encoding && matches!(utf8, Cow::Owned(_)) {
        texts.push(bytes.iter().copied().map(char::from).collect());
    }
    texts.push(utf8.into_owned());
    texts
}

/// Decodes the escapes that follow each mark; `escape` returns the bytes an escape stands for, and its length.
fn undone(text: &str, mark: char, escape: impl Fn(&str) -> Option<(Vec<u8>, usize)>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(mark) {
        bytes.extend(before.bytes());
        let (stands_for, length) = escape(after).unwrap_or_else(|| (mark.to_string().into_bytes(), 0));
        bytes.extend(stands_for);
        rest = &after[length..];
    }
    bytes.extend(rest.bytes());
    bytes
}

/// Decodes the escape after a backslash, as in JSON, C, Python, JavaScript or Rust.
fn escape(rest: &str) -> Option<(Vec<u8>, usize)> {
    let number = |from: usize, length: usize, radix| {
        let digits = rest.get(from..from + length).filter(|digits| digits.chars().all(char::is_alphanumeric))?;
        u32::from_str_radix(digits, radix).ok()
    };
    let text = |number: Option<u32>, length| Some((char::from_u32(number?)?.to_string().into_bytes(), length));
    let byte = |number: Option<u32>, length| Some((vec![u8::try_from(number?).ok()?], length));
    let first = rest.chars().next()?;
    match first {
        'n' => Some((b"\n".to_vec(), 1)),
        'r' => Some((b"\r".to_vec(), 1)),
        't' => Some((b"\t".to_vec(), 1)),
        'b' => Some((b"\x08".to_vec(), 1)),
        'f' => Some((b"\x0c".to_vec(), 1)),
        '\\' | '"' | '\'' | '`' | '/' => Some((first.to_string().into_bytes(), 1)),
        'x' => byte(number(1, 2, 16), 3),
        'U' => text(number(1, 8, 16), 9),
        'u' if rest[1..].starts_with('{') => {
            let length = rest.find('}')?;
            text(number(2, length - 2, 16), length + 1)
        }
        'u' => utf16(rest),
        '0'..='3' => byte(number(0, 3, 8), 3),
        _ => None,
    }
}

/// Decodes a character given by its UTF-16 code unit, such as `u00fc`; some need a second unit after another mark.
fn utf16(rest: &str) -> Option<(Vec<u8>, usize)> {
    let unit = |rest: &str| {
        let digits = rest.strip_prefix('u')?.get(..4)?;
        u16::from_str_radix(digits, 16).ok()
    };
    let units: Vec<u16> = [unit(rest), rest.get(6..).and_then(unit)].into_iter().map_while(|unit| unit).collect();
    (1..=units.len()).find_map(|count| {
        let text = String::from_utf16(&units[..count]).ok()?;
        Some((text.into_bytes(), 6 * count - 1))
    })
}

/// Decodes each run of base64 that is long enough for `least` bytes, for each possible start of the groups of four.
fn base64(text: &str, least: usize) -> Vec<Vec<u8>> {
    let text = text.replace('+', "-").replace('/', "_");
    let is_digit = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    unpacked(&text, 4, (least * 4).div_ceil(3), is_digit, |digits| {
        let whole = if digits.len() % 4 == 1 { digits.len() - 1 } else { digits.len() };
        BASE64.decode(&digits[..whole]).expect("digits of base64")
    })
}

/// Does the same for hexadecimal digits, two for each byte.
fn hexadecimal(text: &str, least: usize) -> Vec<Vec<u8>> {
    unpacked(
        text,
        2,
        least * 2,
        |c| c.is_ascii_hexdigit(),
        |digits| {
            let pairs = digits.as_bytes().chunks_exact(2).map(|pair| str::from_utf8(pair).expect("ASCII"));
            pairs.map(|pair| u8::from_str_radix(pair, 16).expect("two digits")).collect()
        },
    )
}

fn unpacked(
    text: &str,
    group: usize,
    least: usize,
    is_digit: impl Fn(char) -> bool,
    unpack: impl Fn(&str) -> Vec<u8>,
) -> Vec<Vec<u8>> {
    let runs: Vec<&str> = text.split(|c| !is_digit(c)).filter(|run| run.len() >= least).collect();
    if runs.is_empty() {
        return Vec::new();
    }
    // A byte that is in no secret separates the runs.
    let from = |skipped: usize| runs.iter().flat_map(|run| [unpack(&run[skipped..]), vec![0]]).flatten().collect();
    (0..group).map(from).collect()
}

#[test]
fn a_secret_is_found_however_it_is_spelled() {
    for secret in SECRETS {
        let secrets = [secret.to_owned()];
        for (how, spelled) in spellings(secret) {
            for text in [spelled.clone(), format!("a {spelled}."), format!("\"{spelled}\"")] {
                assert!(leak(&secrets, &text).is_some(), "{how}: {text}");
            }
            // The program escapes what it prints once more.
            let html = spelled.replace('&', "&#38;").replace('\n', "<br>");
            let command = spelled.replace('%', "%25").replace('\n', "%0A").replace('\r', "%0D");
            for text in [html, command, Value::from(spelled.as_str()).to_string()] {
                assert!(leak(&secrets, &text).is_some(), "{how}, escaped: {text}");
            }
        }
        for (how, spelled) in spellings("somebody else's text, in which nothing is a secret") {
            assert_eq!(leak(&secrets, &spelled), None, "{how}");
        }
    }
}

#[test]
fn the_user_info_of_a_url_is_found_too() {
    for (text, leaks) in [
        ("https://me:hunter2@npm.acme.dev/x", true),
        ("https%3A%2F%2Fme@npm.acme.dev", true),
        ("https:&#47;&#47;me&commat;npm.acme.dev", true),
        ("https:\\/\\/me@npm.acme.dev", true),
        ("https://***@npm.acme.dev/x", false),
        ("https://npm.acme.dev/@scope/name", false),
    ] {
        assert_eq!(leak(&[], text).is_some(), leaks, "{text}");
    }
}

proptest! {
    #![proptest_config(cases(100))]

    #[test]
    fn a_secret_is_found_in_layers(
        secret in "[ -~]{8,16}|[%&#;\\\\0-9a-fux+ ä€]{8,16}",
        layers in prop::collection::vec(any::<prop::sample::Index>(), 0..3),
    ) {
        prop_assume!(secret.trim().chars().count() >= SHORTEST);
        let spelled = layers.iter().fold(secret.clone(), |text, which| which.get(&spellings(&text)).1.clone());
        prop_assert!(leak(&[secret], &spelled).is_some(), "{}", spelled);
    }
}
