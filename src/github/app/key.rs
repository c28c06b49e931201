//! An App's private key, which is read from PEM and used only for signing.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rustls::SignatureScheme;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::{Error as PemError, PemObject as _};
use rustls::sign::Signer;
use secrecy::{ExposeSecret, SecretString};

use crate::secrets;

/// The advice that most messages end with.
const WHOLE_FILE: &str = "give the whole .pem file that GitHub generated for the App, with its first and last line";

/// The private key of a GitHub App. Its `Debug` form shows nothing of it.
#[derive(Clone)]
pub struct Key(Arc<dyn Signer>);

impl Key {
    /// Parses a key from PEM, in PKCS#1 (which GitHub generates) or PKCS#8. `\n` may stand for a line break.
    ///
    /// # Errors
    /// What the text is instead, phrased to follow the name of the input. Never quotes the text.
    pub fn read(pem: &SecretString) -> Result<Self, String> {
        let pem = with_line_breaks(pem);
        let text = pem.expose_secret();
        if let Some(problem) = other_than_one_private_key(text) {
            return Err(problem);
        }
        let der = PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(|error| match error {
            // The errors themselves are dropped, because they hold parts of the key.
            PemError::MissingSectionEnd { .. } => format!("is cut off before its last line: {WHOLE_FILE}"),
            _ => format!("is damaged, since its content is not base64: {WHOLE_FILE}"),
        })?;
        let not_usable = || {
            "is damaged, or is not an RSA key of at least 2048 bits: generate a new private key on the App's page, and \
             give the whole file"
                .to_owned()
        };
        let key = any_supported_type(&der).map_err(|_| not_usable())?;
        let signer = key.choose_scheme(&[SignatureScheme::RSA_PKCS1_SHA256]).ok_or_else(not_rsa)?;
        Ok(Self(Arc::from(signer)))
    }

    /// Signs a message with RSA (PKCS#1 v1.5) and SHA-256.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        self.0.sign(message)
    }

    /// Returns everything that must be masked for a key, valid or not: the text as given, with its line breaks, and
    /// each line.
    pub fn masks(pem: &SecretString) -> Vec<SecretString> {
        let mut masks = secrets::masks(pem, None);
        masks.extend(secrets::masks(&with_line_breaks(pem), None));
        masks
    }

    /// Returns the masks without the lines that every key has, so that a match in another text means this very key.
    pub fn traces(pem: &SecretString) -> Vec<SecretString> {
        let mut traces = Self::masks(pem);
        traces.retain(|trace| !is_boundary(trace.expose_secret()));
        traces
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// Replaces `\n`, as in a one-line variable, with line breaks, and removes indentation.
fn with_line_breaks(pem: &SecretString) -> SecretString {
    let text = pem.expose_secret().replace("\\r", "").replace("\\n", "\n");
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    lines.join("\n").into()
}

/// Returns whether a line is `-----BEGIN …-----` or `-----END …-----`.
fn is_boundary(line: &str) -> bool {
    label(line, "BEGIN").or_else(|| label(line, "END")).is_some()
}

/// Returns the label of a boundary line, such as `RSA PRIVATE KEY`. `word` is `BEGIN` or `END`.
fn label<'a>(line: &'a str, word: &str) -> Option<&'a str> {
    let label = line.trim().strip_prefix("-----")?.strip_prefix(word)?.strip_prefix(' ')?.strip_suffix("-----")?;
    label.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b' ').then_some(label)
}

/// Returns what a text is, unless it is PEM with exactly one unencrypted private key.
fn other_than_one_private_key(text: &str) -> Option<String> {
    let labels: Vec<&str> = text.lines().filter_map(|line| label(line, "BEGIN")).collect();
    if labels.is_empty() {
        return Some(no_pem(text));
    }
    let is_encrypted =
        labels.contains(&"ENCRYPTED PRIVATE KEY") || text.lines().any(|line| line.trim() == "Proc-Type: 4,ENCRYPTED");
    if is_encrypted {
        return Some(
            "is encrypted with a passphrase, for which there is no input: store the output of `openssl rsa -in \
             KEY.pem`, or generate a new private key on the App's page, which GitHub does not encrypt"
                .to_owned(),
        );
    }
    match labels.iter().filter(|label| label.ends_with("PRIVATE KEY")).count() {
        0 => Some(match labels[0] {
            "PUBLIC KEY" | "RSA PUBLIC KEY" => format!("is a public key, which can't sign: {WHOLE_FILE}"),
            "CERTIFICATE" => format!("is a certificate, not a private key: {WHOLE_FILE}"),
            _ => format!("does not hold a private key: {WHOLE_FILE}"),
        }),
        1 => (labels.contains(&"EC PRIVATE KEY") || labels.contains(&"OPENSSH PRIVATE KEY")).then(not_rsa),
        _ => Some("holds several private keys: give only the App's".to_owned()),
    }
}

fn not_rsa() -> String {
    "is not an RSA key in PEM, as every key of a GitHub App is: generate one on the App's page, under \"Private keys\""
        .to_owned()
}

/// Returns what a text without a boundary line probably is.
fn no_pem(text: &str) -> String {
    let text = text.trim();
    let compact: String = text.split_whitespace().collect();
    let is_decoded = BASE64.decode(&compact).is_ok_and(|decoded| decoded.starts_with(b"-----BEGIN "));
    let is_token = ["ghp_", "gho_", "ghu_", "ghs_", "github_pat_"].iter().any(|prefix| text.starts_with(prefix));
    let is_one_line = !text.contains(char::is_whitespace);
    let is_path = is_one_line && (text.starts_with(['/', '.', '~']) || text.to_lowercase().ends_with(".pem"));
    if text.starts_with("-----BEGIN ") {
        format!("has lost its line breaks: {WHOLE_FILE}, with a line break or `\\n` wherever the file has one")
    } else if is_decoded {
        "is a .pem file encoded in base64: store the file itself, or decode it first (`base64 --decode`)".to_owned()
    } else if text.starts_with("SHA256:") {
        format!("is the fingerprint of a key: {WHOLE_FILE}")
    } else if is_token {
        "is a token: set `token` to it, and omit `app-client-id`".to_owned()
    } else if text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        format!("is a client secret of the App, not a private key: {WHOLE_FILE}")
    } else if is_path {
        format!("is the path of a file: {WHOLE_FILE}")
    } else {
        format!("is not a private key: {WHOLE_FILE}")
    }
}

#[cfg(test)]
mod tests {
    use fake_github::keys;
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<Key, String> {
        Key::read(&SecretString::from(text))
    }

    #[test]
    fn a_key_is_read_in_both_forms_and_however_its_lines_end() {
        for pem in [keys::APP, keys::APP_PKCS8] {
            let signed = read(pem).unwrap().sign(b"message").unwrap();
            let spellings = [
                pem.replace('\n', "\\n"),
                pem.replace('\n', "\\r\\n"),
                pem.replace('\n', "\r\n"),
                pem.replace('\n', " \n  "),
                format!("\n{}", pem.trim()),
                format!("Bag Attributes\n    friendlyName: App\n{pem}"),
            ];
            for spelling in spellings {
                // The signature is a function of key and message.
                assert_eq!(read(&spelling).unwrap().sign(b"message").unwrap(), signed, "{spelling:?}");
            }
        }
    }

    #[test]
    fn what_is_no_key_is_told_apart() {
        let cut = &keys::APP[..keys::APP.len() / 2];
        let damaged = keys::APP.replacen("MII", "M!I", 1);
        let missing_line: String =
            keys::APP.split_inclusive('\n').enumerate().filter(|(at, _)| *at != 5).map(|(_, l)| l).collect();
        let cases = [
            (keys::ENCRYPTED.to_owned(), "is encrypted with a passphrase"),
            (keys::ENCRYPTED_TRADITIONAL.to_owned(), "is encrypted with a passphrase"),
            (keys::ENCRYPTED.replace('\n', "\\n"), "is encrypted with a passphrase"),
            (keys::PUBLIC.to_owned(), "is a public key"),
            (keys::CERTIFICATE.to_owned(), "is a certificate"),
            (keys::ELLIPTIC.to_owned(), "is not an RSA key"),
            (
                "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbn\n-----END OPENSSH PRIVATE KEY-----\n".to_owned(),
                "is not an RSA key",
            ),
            (
                "-----BEGIN PGP MESSAGE-----\nb3Blbn\n-----END PGP MESSAGE-----\n".to_owned(),
                "does not hold a private key",
            ),
            (keys::SHORT.to_owned(), "not an RSA key of at least 2048 bits"),
            (missing_line, "is damaged, or is not an RSA key"),
            (damaged, "is damaged, since"),
            (cut.to_owned(), "is cut off"),
            (keys::APP.to_owned() + keys::OTHER, "holds several private keys"),
            (keys::APP.replace('\n', " "), "has lost its line breaks"),
            (keys::APP.replace('\n', ""), "has lost its line breaks"),
            (BASE64.encode(keys::APP), "is a .pem file encoded in base64"),
            ("SHA256:mqGhOUZmZsE0CYl2xDsHsJP+4GXaNDkUTUSzJp3OhgQ=".to_owned(), "is the fingerprint of a key"),
            ("0123456789abcdef0123456789abcdef01234567".to_owned(), "is a client secret"),
            ("ghp_0123456789abcdefghijklmnopqrstuvwxyz".to_owned(), "is a token"),
            ("./my-app.2026-11-25.private-key.pem".to_owned(), "is the path of a file"),
            ("hunter2".to_owned(), "is not a private key"),
        ];
        for (text, told) in cases {
            let problem = read(&text).expect_err(told);
            assert!(problem.contains(told), "{told}: {problem}");
        }
    }

    #[test]
    fn every_line_of_a_key_is_masked_and_no_other_key_has_a_trace_of_it() {
        let lines: Vec<&str> = keys::APP.lines().collect();
        for spelling in [keys::APP.to_owned(), keys::APP.replace('\n', "\\n"), keys::APP.replace('\n', "\r\n")] {
            let masks = Key::masks(&SecretString::from(spelling.as_str()));
            let masks: Vec<&str> = masks.iter().map(ExposeSecret::expose_secret).collect();
            assert!(lines.iter().all(|line| masks.contains(line)) && masks.contains(&spelling.as_str()), "{masks:?}");
            let traces = Key::traces(&SecretString::from(spelling.as_str()));
            let is_found = |line: &&&str| traces.iter().any(|trace| trace.expose_secret() == **line);
            assert_eq!(lines.iter().filter(is_found).count(), lines.len() - 2, "all but the boundaries");
            assert!(traces.iter().all(|trace| !keys::OTHER.contains(trace.expose_secret())));
        }
        assert_eq!(Key::masks(&SecretString::from("hunter2")).len(), 2);
    }

    #[test]
    fn a_key_shows_nothing_of_itself() {
        assert_eq!(format!("{:?}", read(keys::APP).unwrap()), "Key(…)");
    }

    proptest! {
        /// No message quotes any part of the text, whatever it is, and nothing panics.
        #[test]
        fn no_problem_quotes_the_text(line in "[A-Za-z0-9+/]{16,64}", label in "(RSA |EC |)PRIVATE KEY|CERTIFICATE|", end: bool) {
            let begin = if label.is_empty() { String::new() } else { format!("-----BEGIN {label}-----\n") };
            let end = if end { format!("\n-----END {label}-----\n") } else { String::new() };
            let problem = read(&format!("{begin}{line}{end}")).unwrap_err();
            prop_assert!(!problem.contains(&line), "{problem}");
        }
    }
}
