//! Secrets: where one comes from, what makes it unfit, what must be masked for it, and the sealing.
//!
//! A value is held in [`SecretString`] from the moment it is read; the only way out is [`PublicKey::seal`].

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use crypto_box::aead::OsRng;
use curve25519_dalek::MontgomeryPoint;
use secrecy::{ExposeSecret, SecretString};

use crate::diagnostics::{Diagnostic, Location};
use crate::redact;

/// GitHub's documented limit for secrets of Actions; for this API it is not known.
const USUAL_LIMIT: usize = 48 * 1024;

/// Where the secret of a configuration comes from.
#[derive(Clone, Debug)]
pub enum SecretSource {
    /// The `secret` input: the value is here.
    Given(SecretString),
    /// A manifest's reference: the value is in this step's environment.
    Reference(Reference),
    /// Sealed elsewhere.
    Sealed(SealedSecret),
}

/// A manifest's `${{ secrets.NAME }}`, `${{ env.NAME }}` or `${NAME}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The environment variable that holds the value.
    pub variable: String,
    /// Where the manifest says it.
    pub location: Location,
}

impl Reference {
    /// The variable that a text refers to, if the text is a reference and nothing else.
    pub fn variable(text: &str) -> Option<&str> {
        let text = text.trim();
        let inner = match text.strip_prefix("${{").and_then(|rest| rest.strip_suffix("}}")) {
            Some(expression) => {
                let expression = expression.trim();
                expression.strip_prefix("secrets.").or_else(|| expression.strip_prefix("env."))?
            }
            None => text.strip_prefix("${")?.strip_suffix('}')?,
        };
        is_variable_name(inner).then_some(inner)
    }

    /// What a variable is, if it is none that a manifest may have sent to a registry.
    pub fn reserved(variable: &str) -> Option<&'static str> {
        let variable = variable.to_ascii_uppercase();
        let begins = RUNNERS_OWN.iter().any(|prefix| variable.starts_with(prefix));
        if begins {
            Some("the runner's own or an input, such as this step's token")
        } else if TOKENS.contains(&variable.as_str()) {
            Some("a token of the job itself")
        } else if PROXIES.contains(&variable.as_str()) {
            Some("a proxy, whose url may hold a password")
        } else {
            None
        }
    }
}

fn is_variable_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// What the variables of the runner and the inputs begin with.
const RUNNERS_OWN: [&str; 4] = ["ACTIONS_", "GITHUB_", "INPUT_", "RUNNER_"];
/// Where GitHub's tools and other CI systems keep the token of a job; `GITHUB_TOKEN` is among the runner's.
const TOKENS: [&str; 4] = ["GH_TOKEN", "GH_ENTERPRISE_TOKEN", "CI_JOB_TOKEN", "SYSTEM_ACCESSTOKEN"];
const PROXIES: [&str; 5] = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "FTP_PROXY", "NO_PROXY"];

/// The credentials of the run itself, which no registry is to get, whatever the variable is called that holds one.
#[derive(Clone, Debug, Default)]
pub struct OwnCredentials {
    token: Option<SecretString>,
    /// In every form that they are masked in.
    proxy_passwords: Vec<SecretString>,
}

impl OwnCredentials {
    /// Those of the inputs and the environment.
    pub const fn new(token: Option<SecretString>, proxy_passwords: Vec<SecretString>) -> Self {
        Self { token, proxy_passwords }
    }

    /// Refuses a value that is one of them, or has one inside that is too long for that to be chance.
    ///
    /// # Errors
    /// Says which one it is, to be read after what holds the value.
    pub fn refuse(&self, value: &SecretString) -> Result<(), String> {
        let value = value.expose_secret().trim();
        let holds = |own: &SecretString| {
            let own = own.expose_secret().trim();
            !own.is_empty() && (value == own || (own.len() >= UNLIKELY && value.contains(own)))
        };
        let what = if self.token.as_ref().is_some_and(holds) {
            "this step's `token`"
        } else if self.proxy_passwords.iter().any(holds) {
            "the password of a proxy"
        } else {
            return Ok(());
        };
        Err(format!("holds {what}, which no registry is to get: give the registry's own secret"))
    }
}

/// A text of so many bytes is not part of another one by chance.
const UNLIKELY: usize = 16;

/// A value fit to be sealed, and what was noticed about it.
#[derive(Debug)]
pub struct Fit {
    /// The value to seal.
    pub value: SecretString,
    /// What the person should know: a dropped line break.
    pub notice: Option<String>,
    /// What may hurt: an unusual size, a character that code scanning does not take.
    pub warnings: Vec<String>,
}

impl Fit {
    /// What there is to say about the value, each message read after `subject`.
    pub fn diagnostics(&self, title: &str, subject: &str) -> impl Iterator<Item = Diagnostic> {
        let notices = self.notice.iter().map(move |notice| Diagnostic::notice(title, format!("{subject} {notice}")));
        let warning = move |warning| Diagnostic::warning(title, format!("{subject} {warning}"));
        notices.chain(self.warnings.iter().map(warning))
    }
}

/// Drops one trailing line break and refuses what no registry could mean as a credential.
///
/// # Errors
/// Says what is wrong with the value, never the value.
pub fn fit(value: &SecretString) -> Result<Fit, String> {
    let text = value.expose_secret();
    let trimmed = text.strip_suffix("\r\n").or_else(|| text.strip_suffix(['\n', '\r'])).unwrap_or(text);
    if trimmed.trim().is_empty() {
        return Err("is empty: an unset workflow secret arrives as an empty string".to_owned());
    }
    if trimmed.chars().any(|c| c.is_control() && c != '\n' && c != '\r') {
        return Err("has a control character inside, which no registry accepts: store the secret again".to_owned());
    }
    if is_unresolved(trimmed) {
        return Err(
            "is not a secret but a reference that nothing has resolved, like $(NAME) or ${{ … }}, or a masked value \
                    (***): set it to the secret itself, like ${{ secrets.NAME }} in a workflow. If that is the secret, \
                    give it sealed, as `encrypted-value`"
                .to_owned(),
        );
    }
    let more = if trimmed.ends_with(['\n', '\r']) { "; it still ends in one" } else { "" };
    let is_cut = trimmed.len() < text.len();
    let large = (trimmed.len() > USUAL_LIMIT)
        .then(|| format!("is larger than {} KB, which GitHub may refuse", USUAL_LIMIT / 1024));
    // https://github.com/github/codeql-action/blob/main/src/start-proxy.ts
    let unprintable = trimmed.chars().any(|c| !(' '..='~').contains(&c)).then(|| {
        "has a line break or another character outside printable ASCII: code scanning then refuses every registry"
            .to_owned()
    });
    Ok(Fit {
        value: SecretString::from(trimmed),
        notice: is_cut.then(|| format!("ends in a line break, which was dropped{more}")),
        warnings: large.into_iter().chain(unprintable).collect(),
    })
}

/// Whether a value only refers to a secret, or shows that one is hidden.
fn is_unresolved(text: &str) -> bool {
    let text = text.trim();
    let quoted = ['"', '\''].iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote));
    let text = quoted.unwrap_or(text);
    let is_expression = text.split_once("${{").is_some_and(|(_, rest)| rest.contains("}}"));
    let is_enclosed = [("$(", ")"), ("${", "}"), ("{{", "}}")].iter().any(|marks| inside(text, *marks).is_some());
    let is_variable = [("$", ""), ("$env:", ""), ("%", "%")].iter().any(|marks| has_name_inside(text, *marks));
    // `Bearer $(NAME)`, `monalisa:${NAME}`
    let mut parts = text.split(|c: char| c.is_whitespace() || c == ':');
    let has_reference = parts.any(|part| has_name_inside(part, ("$(", ")")) || has_name_inside(part, ("${", "}")));
    let is_mask = text.chars().all(|c| c == '*');
    is_expression || is_enclosed || is_variable || has_reference || is_mask
}

fn inside<'a>(text: &'a str, (before, after): (&str, &str)) -> Option<&'a str> {
    text.strip_prefix(before)?.strip_suffix(after)
}

fn has_name_inside(text: &str, marks: (&str, &str)) -> bool {
    inside(text, marks).is_some_and(is_variable_name)
}

/// Everything that must be masked for one secret: the value, each of its lines that is longer than three characters,
/// and the form it takes in an `Authorization: Basic` header.
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

/// What must be masked of the credentials that a text has in its urls, though they belong into a secret.
pub fn in_url(text: &str) -> Vec<SecretString> {
    let masks = redact::user_information(text.as_bytes()).flat_map(|range| of_user_information(&text[range]));
    // As of a secret's lines: one letter would hide every word.
    masks.filter(|mask| mask.expose_secret().chars().count() > 3).collect()
}

/// What must be masked for a url's `user:password`.
pub fn of_user_information(told: &str) -> Vec<SecretString> {
    // Tokens stand in the place of a user too; a user alone that is shorter is none, and may be any word.
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

/// A secret that only GitHub can open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedSecret {
    /// The sealed box, in padded standard base64.
    pub encrypted_value: String,
    /// The key that it was sealed with.
    pub key_id: String,
}

/// The key that GitHub wants secrets of this organization's private registries sealed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// GitHub's name for the key.
    pub key_id: String,
    /// As GitHub answered it: base64 of 32 bytes.
    pub key: String,
    decoded: crypto_box::PublicKey,
}

impl PublicKey {
    /// Reads a key as GitHub answers it.
    ///
    /// # Errors
    /// When it is not base64 of 32 bytes, or a box for it could be opened by anybody.
    pub fn parse(key_id: String, key: String) -> Result<Self, String> {
        let bytes = BASE64.decode(&key).map_err(|_| "the public key is not base64".to_owned())?;
        let bytes: [u8; 32] =
            bytes.try_into().map_err(|bytes: Vec<u8>| format!("the public key has {} bytes, not 32", bytes.len()))?;
        if has_low_order(bytes) {
            return Err("the public key is of low order: anybody could open what is sealed with it".to_owned());
        }
        Ok(Self { key_id, key, decoded: bytes.into() })
    }

    /// Seals a value as libsodium's `crypto_box_seal` does.
    ///
    /// # Panics
    /// On a system without randomness, where nothing could be kept secret.
    pub fn seal(&self, secret: &SecretString) -> SealedSecret {
        let sealed = self.decoded.seal(&mut OsRng, secret.expose_secret().as_bytes());
        let sealed = sealed.expect("only associated data can be too long, and a sealed box has none");
        SealedSecret { encrypted_value: BASE64.encode(sealed), key_id: self.key_id.clone() }
    }
}

/// Whether a point has so low an order that it makes the same secret with every key, as libsodium checks too: every
/// private key is a multiple of eight.
fn has_low_order(point: [u8; 32]) -> bool {
    MontgomeryPoint(point).mul_clamped([0; 32]).to_bytes() == [0; 32]
}

/// Base64 without the line breaks that tools wrap it with.
pub fn unwrapped(text: &str) -> String {
    text.split_ascii_whitespace().collect()
}

/// Whether a text can be a sealed box in padded standard base64 (48 bytes are libsodium's overhead).
pub fn is_sealed_box(text: &str) -> bool {
    BASE64.decode(text).is_ok_and(|bytes| bytes.len() > 48)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> SecretString {
        SecretString::from(text)
    }

    #[test]
    fn references_are_read_in_three_spellings_and_nothing_else() {
        for text in ["${{ secrets.NPM_TOKEN }}", "${{secrets.NPM_TOKEN}}", "${{ env.NPM_TOKEN }}", "${NPM_TOKEN}"] {
            assert_eq!(Reference::variable(text), Some("NPM_TOKEN"), "{text}");
        }
        for text in [
            "hunter2",
            "$NPM_TOKEN",
            "${{ vars.NPM_TOKEN }}",
            "x${{ secrets.A }}",
            "${{ secrets.A }}${{ secrets.B }}",
            "${}",
            "${{ secrets.A || 'hunter2' }}",
            "${1A}",
        ] {
            assert_eq!(Reference::variable(text), None, "{text}");
        }
    }

    #[test]
    fn one_trailing_line_break_is_dropped_and_said() {
        for text in ["abc\n", "abc\r\n"] {
            let fit = fit(&secret(text)).unwrap();
            assert_eq!((fit.value.expose_secret(), fit.notice.is_some()), ("abc", true));
        }
        let two = fit(&secret("a\nb\n\n")).unwrap();
        assert_eq!(two.value.expose_secret(), "a\nb\n");
        assert!(two.notice.unwrap().ends_with("; it still ends in one"));
        assert!(fit(&secret("abc")).unwrap().notice.is_none());
    }

    #[test]
    fn unfit_values_are_refused_without_being_repeated() {
        for text in ["", "\n", "  ", "hunter2\tx", "hunter2\u{1b}[0m"] {
            let error = fit(&secret(text)).unwrap_err();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn an_unusually_large_value_is_said_and_kept() {
        let is_said = |length| !fit(&secret(&"x".repeat(length))).unwrap().warnings.is_empty();
        assert_eq!((is_said(49_152), is_said(49_153)), (false, true));
    }

    #[test]
    fn what_only_refers_to_a_secret_is_refused() {
        for text in [
            "$(NPM_TOKEN)",
            "$(cat token)",
            "${NPM_TOKEN}",
            "${NPM_TOKEN:-}",
            "$NPM_TOKEN",
            "$npm_token\n",
            "$env:NPM_TOKEN",
            "%NPM_TOKEN%",
            "${{ secrets.NPM_TOKEN }}",
            "${{secrets.NPM_TOKEN}}",
            " ${{ secrets.NPM_TOKEN }} ",
            "{{ secrets.NPM_TOKEN }}",
            "\"$NPM_TOKEN\"",
            "'${{ secrets.NPM_TOKEN }}'",
            "Bearer $(NPM_TOKEN)",
            "monalisa:${NPM_TOKEN}",
            "PAT:${{ secrets.NPM_TOKEN }}",
            "***",
            "***\n",
            "*",
        ] {
            let error = fit(&secret(text)).expect_err(text);
            assert!(error.contains("a reference that nothing has resolved") && !error.contains("NPM"), "{error}");
        }
        for text in
            ["pa$$word", "$2b$12$abcdefghij", "a$NPM_TOKEN", "$1", "$ecret!", "p{a}ss", "50%", "%41%42", "ab***", "$("]
        {
            assert!(fit(&secret(text)).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_code_scanning_does_not_take_is_said_and_kept() {
        let warnings = |text| fit(&secret(text)).unwrap().warnings;
        for text in ["a\nb", "a\r\nb\n", "\u{feff}abc", "abc\u{a0}", "h\u{fc}nter2", "a\n\n"] {
            assert!(
                warnings(text).concat().contains("code scanning") && !warnings(text).concat().contains(text),
                "{text}"
            );
        }
        for text in ["abc", "a b~ ", "abc\n", "abc\r\n"] {
            assert!(warnings(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn no_registry_gets_a_credential_of_the_run() {
        let token = "ghp_0123456789abcdef";
        let own = OwnCredentials::new(Some(secret(token)), vec![secret("proxy"), secret("bWU6cHJveHktcGFzc3dvcmQ=")]);
        for text in [token, "ghp_0123456789abcdef\n", "Bearer ghp_0123456789abcdef", "me:ghp_0123456789abcdef"] {
            assert!(own.refuse(&secret(text)).unwrap_err().contains("this step's `token`"), "{text}");
        }
        for text in ["proxy", " proxy ", "Basic bWU6cHJveHktcGFzc3dvcmQ="] {
            assert!(own.refuse(&secret(text)).unwrap_err().contains("the password of a proxy"), "{text}");
        }
        for text in ["", "a-proxy", "ghp_", "PROXY"] {
            assert!(own.refuse(&secret(text)).is_ok(), "{text}");
        }
        assert!(OwnCredentials::new(Some(secret(" ")), vec![secret("")]).refuse(&secret("")).is_ok());
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

    #[test]
    fn a_sealed_box_is_longer_than_what_sealing_adds() {
        assert!(!is_sealed_box(&BASE64.encode([7; 48])) && is_sealed_box(&BASE64.encode([7; 49])));
        assert!(!is_sealed_box("no base64"));
    }

    #[test]
    fn an_unusable_key_is_refused() {
        let parse = |bytes: &[u8]| PublicKey::parse("1".into(), BASE64.encode(bytes));
        assert!(parse(&[0; 32]).is_err() && parse(&[1; 31]).is_err() && parse(&[9; 32]).is_ok());
        assert!(PublicKey::parse("1".into(), "no base64".into()).is_err());
    }

    /// The points that libsodium refuses (`has_small_order` in its `x25519_ref10.c`), with either value of the bit that is
    /// ignored.
    #[test]
    fn a_key_that_anybody_can_open_boxes_for_is_refused() {
        let prime_plus = |n: u8| {
            let mut point = [0xff; 32];
            (point[0], point[31]) = (0xed_u8.wrapping_add(n), 0x7f);
            point
        };
        let order_eight = |text: &str| BASE64.decode(text).unwrap().try_into().unwrap();
        let mut one = [0; 32];
        one[0] = 1;
        let points: [[u8; 32]; 7] = [
            [0; 32],
            one,
            order_eight("4Ot6fDtBuK4WVuP68Z/EatoJjeucMrH9hmIFFl9JuAA="),
            order_eight("X5yVvKNQjCSx0LFVnIPvWwREXMRYHI6G2CJO3dCfEVc="),
            prime_plus(0xff),
            prime_plus(0),
            prime_plus(1),
        ];
        for mut point in points {
            for ignored in [0, 0x80] {
                point[31] ^= ignored;
                let error = PublicKey::parse("1".into(), BASE64.encode(point)).unwrap_err();
                assert!(error.contains("anybody could open"), "{point:?}: {error}");
            }
        }
    }
}
