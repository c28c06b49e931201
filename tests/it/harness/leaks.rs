//! Whether a secret shows in a text, whatever has become of it on the way. On purpose by other means than the program's.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// Fails where a secret can be read out of a text.
pub(crate) fn assert_none(secrets: &[String], place: &str, text: &str) {
    let readings = readings(text);
    // Base64 may be in lines, and have the two characters that urls take.
    let packed: Vec<String> = readings
        .iter()
        .map(|reading| {
            let lines: String = reading.split(['\n', '\r']).map(str::trim_start).collect();
            lines.replace('-', "+").replace('_', "/")
        })
        .collect();
    for secret in secrets.iter().flat_map(|secret| parts(secret)) {
        for reading in &readings {
            assert!(!reading.contains(secret), "a secret ({secret}) shows in the {place}:\n{text}");
        }
        for form in packed_forms(secret) {
            for reading in &packed {
                assert!(!reading.contains(&form), "a secret ({secret}) shows in the {place} as {form}:\n{text}");
            }
        }
    }
    for reading in &readings {
        for url in reading.split("://").skip(1) {
            let authority =
                url.split(|c: char| c.is_whitespace() || "/?#\"'<>`\\".contains(c)).next().unwrap_or_default();
            let user = authority.rsplit_once('@').map_or("***", |(user, _)| user);
            assert_eq!(user, "***", "whom a url signs in as shows in the {place}:\n{text}");
        }
    }
}

/// The whole of a secret, and each of its lines that is long enough to be one.
fn parts(secret: &str) -> impl Iterator<Item = &str> {
    std::iter::once(secret).chain(secret.lines()).filter(|part| part.trim().len() > 3)
}

/// What stays the same of its base64, whatever stands around it, and its hexadecimal digits.
fn packed_forms(secret: &str) -> Vec<String> {
    let mut forms: Vec<String> = (0..3)
        .map(|before| {
            let encoded = STANDARD_NO_PAD.encode([&[0; 2][..before], secret.as_bytes()].concat());
            let whole = if (before + secret.len()).is_multiple_of(3) { encoded.len() } else { encoded.len() - 1 };
            encoded[(before * 8).div_ceil(6)..whole].to_owned()
        })
        .collect();
    let hex = secret.bytes().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    forms.extend([hex.to_uppercase(), hex]);
    forms
}

/// The text, and what it says once its escapes are undone, and theirs.
fn readings(text: &str) -> Vec<String> {
    let mut readings = vec![text.to_owned()];
    for _ in 0..3 {
        let last = &readings[readings.len() - 1];
        let undone = undo(last);
        if undone == *last {
            break;
        }
        readings.push(undone);
    }
    readings
}

/// Undoes the escapes of the log, of Markdown and HTML, of urls and of JSON, once.
fn undo(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let (undone, length) = undone(rest).unwrap_or_else(|| (c.to_string().into_bytes(), c.len_utf8()));
        bytes.extend(undone);
        rest = &rest[length..];
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn undone(rest: &str) -> Option<(Vec<u8>, usize)> {
    let simple =
        [("<br>", "\n"), ("\\n", "\n"), ("\\r", "\r"), ("\\t", "\t"), ("\\\"", "\""), ("\\\\", "\\"), ("\\/", "/")];
    if let Some((escape, text)) = simple.iter().find(|(escape, _)| rest.starts_with(escape)) {
        return Some((text.as_bytes().to_vec(), escape.len()));
    }
    let digits = |from: usize, length: usize| u32::from_str_radix(rest.get(from..from + length)?, 16).ok();
    if rest.starts_with('%') || rest.starts_with("\\x") {
        let from = if rest.starts_with('%') { 1 } else { 2 };
        return Some((vec![u8::try_from(digits(from, 2)?).ok()?], from + 2));
    }
    let char = |number: u32| char::from_u32(number).map(|c| c.to_string().into_bytes());
    if rest.starts_with("\\u{") {
        let end = rest.find('}')?;
        return Some((char(digits(3, end - 3)?)?, end + 1));
    }
    if rest.starts_with("\\u") {
        return Some((char(digits(2, 4)?)?, 6));
    }
    let end = rest.strip_prefix('&')?.find(';')? + 1;
    let number = match &rest[1..end] {
        "amp" => 38,
        "lt" => 60,
        "gt" => 62,
        "quot" => 34,
        "apos" => 39,
        name if name.starts_with("#x") => u32::from_str_radix(&name[2..], 16).ok()?,
        name => name.strip_prefix('#')?.parse().ok()?,
    };
    Some((char(number)?, end + 1))
}
