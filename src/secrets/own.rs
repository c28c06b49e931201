//! The run's own credentials, which must never be sent to a registry.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use secrecy::{ExposeSecret as _, SecretString};

use super::Reference;
use crate::environment::Environment;
use crate::redact::Redactor;

/// The run's own credentials, which must never be sent to a registry, whatever variable contains one.
#[derive(Clone, Debug, Default)]
pub struct OwnCredentials(Vec<Own>);

/// One of the credentials.
#[derive(Clone)]
struct Own {
    /// What it is, as messages name it.
    what: String,
    /// Every masked form of it.
    forms: Vec<SecretString>,
    /// The forms that are too long to be part of another text by chance. They are found in encoded texts too.
    long: Arc<Redactor>,
}

impl OwnCredentials {
    /// Creates the collection from the credentials in the inputs and the environment. `app_key` is the App's private key in
    /// every masked form, including each of its lines, and `proxy_passwords` are the passwords of proxies in every masked
    /// form.
    pub fn new(
        token: Option<SecretString>,
        app_key: Vec<SecretString>,
        proxy_passwords: Vec<SecretString>,
        job_tokens: Vec<(String, SecretString)>,
    ) -> Self {
        let key_bytes: Vec<Vec<u8>> =
            app_key.iter().filter_map(|line| BASE64.decode(line.expose_secret().trim()).ok()).collect();
        let mut all = vec![
            Own::new("this step's `token`", token.into_iter().collect(), &[]),
            Own::new("the App's `app-private-key`", app_key, &key_bytes),
            Own::new("the password of a proxy", proxy_passwords, &[]),
        ];
        let of_job = |(variable, token)| Own::new(format!("the token of the variable {variable}"), vec![token], &[]);
        all.extend(job_tokens.into_iter().map(of_job));
        Self(all)
    }

    /// Returns the tokens that the runner and other tools keep in the environment, with the variable of each.
    pub fn job_tokens(environment: &Environment) -> Vec<(String, SecretString)> {
        let tokens = environment.with_prefix("").filter(|(variable, _)| Reference::is_token_of_job(variable));
        tokens.map(|(variable, token)| (variable.to_owned(), SecretString::from(token))).collect()
    }

    /// Rejects a value that is one of these credentials, or contains one that is too long to be there by chance, in plain
    /// text or encoded, for example in base64.
    ///
    /// # Errors
    /// Says which credential it is, in a message that continues after the name of the value's variable.
    pub fn refuse(&self, value: &SecretString) -> Result<(), String> {
        match self.0.iter().find(|own| own.is_held_by(value.expose_secret())) {
            Some(Own { what, .. }) => {
                Err(format!("contains {what}, which must not be sent to a registry: give the registry's own secret"))
            }
            None => Ok(()),
        }
    }
}

impl Own {
    fn new(what: impl Into<String>, forms: Vec<SecretString>, decoded: &[Vec<u8>]) -> Self {
        let mut long = Redactor::default();
        let texts = forms.iter().map(|form| form.expose_secret().trim().as_bytes());
        for bytes in texts.chain(decoded.iter().map(Vec::as_slice)).filter(|bytes| bytes.len() >= UNLIKELY) {
            long.learn_bytes(bytes);
        }
        Self { what: what.into(), forms, long: Arc::new(long) }
    }

    fn is_held_by(&self, value: &str) -> bool {
        let is_whole = |form: &SecretString| {
            let form = form.expose_secret().trim();
            !form.is_empty() && form == value.trim()
        };
        self.forms.iter().any(is_whole) || self.long.finds_any(value)
    }
}

impl fmt::Debug for Own {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Own").field("what", &self.what).finish_non_exhaustive()
    }
}

/// The length, in bytes, from which a text is not part of another one by chance.
const UNLIKELY: usize = 16;

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    use proptest::prelude::*;

    use super::*;

    fn secret(text: &str) -> SecretString {
        SecretString::from(text)
    }

    #[test]
    fn no_registry_gets_a_credential_of_the_run() {
        let token = "ghp_0123456789abcdef";
        let own = OwnCredentials::new(
            Some(secret(token)),
            vec![secret("-----BEGIN KEY-----\nMIIEpQIBAAKCAQEA1\n-----END KEY-----"), secret("MIIEpQIBAAKCAQEA1")],
            vec![secret("proxy"), secret("bWU6cHJveHktcGFzc3dvcmQ=")],
            vec![("GH_TOKEN".to_owned(), secret("gho_of-the-job-0123"))],
        );
        for text in [token, "ghp_0123456789abcdef\n", "Bearer ghp_0123456789abcdef", "me:ghp_0123456789abcdef"] {
            assert!(own.refuse(&secret(text)).unwrap_err().contains("this step's `token`"), "{text}");
        }
        for text in ["MIIEpQIBAAKCAQEA1", "{\"key\": \"-----BEGIN KEY-----\\nMIIEpQIBAAKCAQEA1\\n\"}"] {
            assert!(own.refuse(&secret(text)).unwrap_err().contains("the App's `app-private-key`"), "{text}");
        }
        for text in ["proxy", " proxy ", "Basic bWU6cHJveHktcGFzc3dvcmQ="] {
            assert!(own.refuse(&secret(text)).unwrap_err().contains("the password of a proxy"), "{text}");
        }
        assert!(own.refuse(&secret("x gho_of-the-job-0123")).unwrap_err().contains("the variable GH_TOKEN"));
        for text in ["", "a-proxy", "ghp_", "PROXY", "https://me:another@x.dev"] {
            assert!(own.refuse(&secret(text)).is_ok(), "{text}");
        }
        let blank = OwnCredentials::new(Some(secret(" ")), vec![secret("")], vec![secret("")], Vec::new());
        assert!(blank.refuse(&secret("")).is_ok());
        assert!(!format!("{own:?}").contains("0123"), "{own:?}");
    }

    #[test]
    fn a_key_in_lines_of_another_length_is_the_same_key() {
        let der: Vec<u8> = (0_u8..200).map(|number| number.wrapping_mul(151) ^ 0x5a).collect();
        let lines = |width| -> Vec<String> {
            let text = BASE64.encode(&der);
            text.as_bytes().chunks(width).map(|line| String::from_utf8_lossy(line).into_owned()).collect()
        };
        let own = OwnCredentials::new(None, lines(64).into_iter().map(SecretString::from).collect(), vec![], vec![]);
        let hex = der.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
        for text in [lines(76).join("\n"), lines(48).join("\\n"), BASE64.encode(&der), hex] {
            assert!(own.refuse(&secret(&text)).is_err(), "{text}");
        }
    }

    #[test]
    fn the_tokens_of_a_job_are_known_by_their_variables() {
        let pairs =
            ["GITHUB_TOKEN", "ACTIONS_RUNTIME_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "CI_JOB_TOKEN", "GH_TOKEN"];
        let others = ["NPM_TOKEN", "GITHUB_SHA", "INPUT_TOKEN", "ACTIONS_RUNTIME_URL"];
        let all = pairs.iter().chain(&others).map(|name| ((*name).into(), "x".into()));
        let found = OwnCredentials::job_tokens(&all.collect());
        let mut names: Vec<&str> = found.iter().map(|(variable, _)| variable.as_str()).collect();
        names.sort_unstable();
        let mut expected = pairs;
        expected.sort_unstable();
        assert_eq!(names, expected);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Whatever stands around it and however often it is encoded.
        #[test]
        fn an_encoded_credential_is_refused(
            token in "ghp_[A-Za-z0-9]{36}", before in "[a-z-]{0,20}:?", after in "[ -~]{0,9}",
            layers in proptest::collection::vec(0_u8..5, 0..4),
        ) {
            let own = OwnCredentials::new(Some(secret(&token)), vec![], vec![], vec![]);
            let text = layers.iter().fold(format!("{before}{token}{after}"), |text, how| match how {
                0 => BASE64.encode(text),
                1 => URL_SAFE_NO_PAD.encode(text),
                2 => utf8_percent_encode(&text, NON_ALPHANUMERIC).to_string(),
                3 => serde_json::Value::from(text).to_string(),
                _ => text.bytes().fold(String::new(), |text, byte| format!("{text}{byte:02x}")),
            });
            prop_assert!(own.refuse(&secret(&text)).is_err(), "{}", text);
            let other = OwnCredentials::new(Some(secret("ghp_another_one_altogether")), vec![], vec![], vec![]);
            prop_assert!(other.refuse(&secret(&text)).is_ok(), "{}", text);
        }
    }
}
