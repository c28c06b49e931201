//! A credential for GitHub, with the rate at which it may send requests.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ::http::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};

use super::app::{Session, Signer};
use super::pace::{Limits, Pace};

/// A credential. GitHub's rate limits apply to each credential separately, so each has its own pace.
pub struct Credential {
    pub(super) identity: Identity,
    pace: Arc<Mutex<Pace>>,
}

/// The identity that requests are sent with.
pub(super) enum Identity {
    /// The owner of a token; holds the `Authorization` header.
    Token(HeaderValue),
    /// A GitHub App itself.
    App(Arc<Signer>),
    /// A GitHub App's installation on one organization.
    Installation(Arc<Session>),
}

/// The kind of credential that a request was sent with, so that the hint of an error fits it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Asker {
    /// The `token`.
    #[default]
    Token,
    /// A GitHub App.
    App {
        /// Whether the installation sees every repository.
        sees_all: bool,
    },
}

impl Credential {
    /// Creates a credential from a token.
    ///
    /// # Errors
    /// When the token has characters that a header can't hold.
    pub fn token(token: &SecretString, limits: Limits) -> anyhow::Result<Self> {
        let mut authorization = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret()))?;
        authorization.set_sensitive(true);
        let pace = Arc::new(Mutex::new(Pace::new(limits)));
        Ok(Self { identity: Identity::Token(authorization), pace })
    }

    /// Creates a credential for an App itself.
    pub(super) const fn app(signer: Arc<Signer>, pace: Arc<Mutex<Pace>>) -> Self {
        Self { identity: Identity::App(signer), pace }
    }

    /// Creates a credential for an App's installation on one organization.
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

    /// Locks the pace. Never hold the guard across an `await`.
    pub(super) fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
