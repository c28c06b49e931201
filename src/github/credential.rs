//! Who asks GitHub, and how much may still be asked in that name.

use std::sync::{Mutex, MutexGuard, PoisonError};

use ::http::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};

use super::pace::{Limits, Pace};

/// A credential. Rate limits are its own, so the pace is too.
pub struct Credential {
    authorization: HeaderValue,
    pace: Mutex<Pace>,
}

impl Credential {
    /// A token.
    ///
    /// # Errors
    /// When it has characters that no header takes.
    pub fn token(token: &SecretString, limits: Limits) -> anyhow::Result<Self> {
        let mut authorization = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret()))?;
        authorization.set_sensitive(true);
        Ok(Self { authorization, pace: Mutex::new(Pace::new(limits)) })
    }

    pub(super) const fn authorization(&self) -> &HeaderValue {
        &self.authorization
    }

    /// Never to be held while anything is awaited.
    pub(super) fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
