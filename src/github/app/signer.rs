//! The signed token that an App authenticates with, renewed before it expires.

use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use http::HeaderValue;
use secrecy::ExposeSecret as _;

use super::jwt::Jwt;
use super::{App, Permissions, Trouble};
use crate::actions::Console;

/// Authenticates requests as an App itself.
pub struct Signer {
    app: App,
    jwt: Mutex<Option<Jwt>>,
}

impl Signer {
    /// Creates a signer without signing anything.
    pub fn new(app: App) -> Self {
        Self { app, jwt: Mutex::default() }
    }

    pub(super) const fn permissions(&self) -> Permissions {
        self.app.permissions
    }

    /// Returns the `Authorization` header for a request as the App itself, after masking it.
    pub(in crate::github) fn authorization(&self, console: &Console) -> Result<HeaderValue, Trouble> {
        let now = epoch();
        let mut jwt = self.jwt.lock().unwrap_or_else(PoisonError::into_inner);
        if jwt.as_ref().is_none_or(|jwt| !jwt.lasts(now)) {
            let App { client_id, key, permissions: _ } = &self.app;
            let signed = Jwt::sign(key, client_id, now).map_err(|error| Trouble::can_not_sign(&error))?;
            console.mask(&signed.text);
            // Without the rest it is of no use, but the rest can be guessed.
            console.mask(&signed.signature());
            *jwt = Some(signed);
        }
        let bearer = jwt.as_ref().map(|jwt| format!("Bearer {}", jwt.text.expose_secret())).unwrap_or_default();
        // This can't fail, since the token is base64 and dots.
        let mut bearer = HeaderValue::from_str(&bearer).map_err(|error| Trouble::can_not_sign(&error))?;
        bearer.set_sensitive(true);
        Ok(bearer)
    }
}

/// Returns the local time in seconds since the epoch.
pub(super) fn epoch() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    use fake_github::{APP_CLIENT_ID, keys};

    use super::*;
    use crate::actions::{Screen, Style};
    use crate::github::app::Key;

    /// Whoever refuses it may quote it, whole or in part.
    #[test]
    fn neither_a_signed_token_nor_its_signature_is_shown() {
        let key = Key::read(&keys::APP.into()).unwrap();
        let app = App { client_id: APP_CLIENT_ID.to_owned(), key, permissions: Permissions::Narrow };
        let console = Console::new(Style::Plain, Screen::default());
        let header = Signer::new(app).authorization(&console).unwrap();
        let token = header.to_str().unwrap().strip_prefix("Bearer ").unwrap();
        let signature = token.rsplit('.').next().unwrap();
        let wrapped: Vec<&str> = signature.as_bytes().chunks(76).map(|line| str::from_utf8(line).unwrap()).collect();
        for told in [
            token.to_owned(),
            signature.to_owned(),
            wrapped.join("\n"),
            wrapped.join("=\r\n"),
            token.replace('.', "<wbr>."),
        ] {
            assert_eq!(console.redact(&format!("bad signature {told}!")), "bad signature ***!");
        }
    }
}
