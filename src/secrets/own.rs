//! The run's own credentials, which must never be sent to a registry.

use secrecy::{ExposeSecret as _, SecretString};

/// The run's own credentials, which must never be sent to a registry, whatever variable contains one.
#[derive(Clone, Debug, Default)]
pub struct OwnCredentials {
    token: Option<SecretString>,
    /// The App's private key in every masked form, including each of its lines.
    app_key: Vec<SecretString>,
    /// The passwords of proxies in every masked form.
    proxy_passwords: Vec<SecretString>,
}

impl OwnCredentials {
    /// Creates the collection from the credentials in the inputs and the environment.
    pub const fn new(
        token: Option<SecretString>,
        app_key: Vec<SecretString>,
        proxy_passwords: Vec<SecretString>,
    ) -> Self {
        Self { token, app_key, proxy_passwords }
    }

    /// Rejects a value that is one of these credentials, or contains one that is too long to be there by chance.
    ///
    /// # Errors
    /// Says which credential it is, in a message that continues after the name of the value's variable.
    pub fn refuse(&self, value: &SecretString) -> Result<(), String> {
        let value = value.expose_secret().trim();
        let holds = |own: &SecretString| {
            let own = own.expose_secret().trim();
            !own.is_empty() && (value == own || (own.len() >= UNLIKELY && value.contains(own)))
        };
        let what = if self.token.as_ref().is_some_and(holds) {
            "this step's `token`"
        } else if self.app_key.iter().any(holds) {
            "the App's `app-private-key`"
        } else if self.proxy_passwords.iter().any(holds) {
            "the password of a proxy"
        } else {
            return Ok(());
        };
        Err(format!("contains {what}, which must not be sent to a registry: give the registry's own secret"))
    }
}

/// The length, in bytes, from which a text is not part of another one by chance.
const UNLIKELY: usize = 16;

#[cfg(test)]
mod tests {
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
        for text in ["", "a-proxy", "ghp_", "PROXY"] {
            assert!(own.refuse(&secret(text)).is_ok(), "{text}");
        }
        assert!(OwnCredentials::new(Some(secret(" ")), vec![secret("")], vec![secret("")]).refuse(&secret("")).is_ok());
    }
}
