//! The masks that a secret needs.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use secrecy::{ExposeSecret as _, SecretString};

use crate::redact;

/// Returns everything that must be masked for a secret: the value, each of its lines that is longer than three
/// characters, and its form in an `Authorization: Basic` header.
pub fn masks(secret: &SecretString, username: Option<&str>) -> Vec<SecretString> {
    let text = secret.expose_secret();
    let mut masks = vec![text.to_owned()];
    let trimmed = text.trim_end_matches(['\r', '\n']);
    masks.push(trimmed.to_owned());
    masks.extend(text.lines().map(str::trim).filter(|line| line.chars().count() > 3).map(str::to_owned));
    if let Some(username) = username {
        masks.push(BASE64.encode(format!("{username}:{trimmed}")));
    }
    let mut distinct: Vec<String> = Vec::new();
    for mask in masks {
        if !mask.trim().is_empty() && !distinct.contains(&mask) {
            distinct.push(mask);
        }
    }
    distinct.into_iter().map(SecretString::from).collect()
}

/// Returns the form that a `user:password` pair has in a `Basic` header.
pub(super) fn basic(pair: &SecretString) -> SecretString {
    SecretString::from(BASE64.encode(pair.expose_secret()))
}

/// Returns the masks for credentials in the urls of a text, where they should not be.
pub fn in_url(text: &str) -> Vec<SecretString> {
    let masks = redact::user_information(text.as_bytes()).flat_map(|range| of_user_information(&text[range]));
    // As with the lines of a secret: masking a single letter would hide every word.
    masks.filter(|mask| mask.expose_secret().chars().count() > 3).collect()
}

/// Returns the masks for the `user:password` of a url.
pub fn of_user_information(told: &str) -> Vec<SecretString> {
    // A token can also be in the user's place. A shorter user name without a password is not a token, and may be any
    // word.
    const SHORTEST_TOKEN: usize = 20;
    let (username, password) = match told.split_once(':') {
        Some((token, "" | "x-oauth-basic")) => ("", token),
        Some(both) => both,
        None if told.len() >= SHORTEST_TOKEN => ("", told),
        None => return Vec::new(),
    };
    let decode = |text| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    let decoded = decode(password);
    let mut secrets = masks(&SecretString::from(decoded.as_str()), Some(&decode(username)));
    secrets.extend((password != decoded).then(|| SecretString::from(password)));
    secrets
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> SecretString {
        SecretString::from(text)
    }

    #[test]
    fn lines_and_the_basic_header_are_masked() {
        let masked: Vec<_> =
            masks(&secret("abcdef\nxyz\nlonger"), Some("me")).iter().map(|m| m.expose_secret().to_owned()).collect();
        assert_eq!(masked, ["abcdef\nxyz\nlonger", "abcdef", "longer", "bWU6YWJjZGVmCnh5egpsb25nZXI="]);
    }

    #[test]
    fn the_credentials_of_a_url_are_masked() {
        let masked = |url| -> Vec<_> { in_url(url).iter().map(|mask| mask.expose_secret().to_owned()).collect() };
        assert_eq!(masked("https://me:p%40ss@x.dev"), ["p@ss", "bWU6cEBzcw==", "p%40ss"]);
        assert_eq!(masked("https://a-token:x-oauth-basic@x.dev")[0], "a-token");
        assert_eq!(masked("https://ghp_abcdefghijklmnop@x.dev")[0], "ghp_abcdefghijklmnop");
        assert_eq!(masked("https://git:abc@x.dev"), ["Z2l0OmFiYw=="]);
        for text in ["https://monalisa@x.dev", "https://x.dev/a:b@c", "me:password@x.dev"] {
            assert!(masked(text).is_empty(), "{text}");
        }
    }
}
