//! Who asks GitHub, and how much may still be asked in that name.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ::http::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};

use super::app::{Session, Signer};
use super::pace::{Limits, Pace};

/// A credential. Rate limits are its own, so the pace is too.
pub struct Credential {
    pub(super) identity: Identity,
    pace: Arc<Mutex<Pace>>,
}

/// Whom GitHub takes a request for.
pub(super) enum Identity {
    /// Whoever has a token, in the header that it is sent in.
    Token(HeaderValue),
    /// An App itself.
    App(Arc<Signer>),
    /// An App on one organization.
    Installation(Arc<Session>),
}

/// Who was refused, for a hint that fits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Asker {
    /// Whoever has the `token`.
    #[default]
    Token,
    /// An App, which may be able to see only some repositories.
    App {
        /// Whether the installation sees every repository.
        sees_all: bool,
    },
}

impl Credential {
    /// A token.
    ///
    /// # Errors
    /// When it has characters that no header takes.
    pub fn token(token: &SecretString, limits: Limits) -> anyhow::Result<Self> {
        let mut authorization = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret()))?;
        authorization.set_sensitive(true);
        let pace = Arc::new(Mutex::new(Pace::new(limits)));
        Ok(Self { identity: Identity::Token(authorization), pace })
    }

    /// An App itself.
    pub(super) const fn app(signer: Arc<Signer>, pace: Arc<Mutex<Pace>>) -> Self {
        Self { identity: Identity::App(signer), pace }
    }

    /// An App on one organization.
    pub(super) const fn installation(session: Arc<Session>, pace: Arc<Mutex<Pace>>) -> Self {
        Self { identity: Identity::Installation(session), pace }
    }

    pub(super) fn asker(&self) -> Asker {
        match &self.identity {
            Identity::Token(_) => Asker::Token,
            Identity::App(_) => Asker::App { sees_all: true },
            Identity::Installation(session) => Asker::App { sees_all: !session.sees_some() },
        }
    }

    /// Never to be held while anything is awaited.
    pub(super) fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
