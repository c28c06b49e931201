//! Signing in as a GitHub App: its key, the permissions that it requests, and what can go wrong.
//!
//! An App signs a JSON web token with its key, looks up its installations, and requests a token for each of them:
//! <https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app>

mod client;
mod installation;
mod jwt;
mod key;
mod permission;
mod session;
mod signer;
mod token;
mod trouble;

pub use client::AppClient;
pub use installation::Installation;
pub use key::Key;
pub use permission::{Access, Needs, Permissions};
pub(super) use session::Session;
pub use signer::Signer;
pub use trouble::Trouble;

/// A GitHub App that signs in.
#[derive(Clone, Debug)]
pub struct App {
    /// Its client id or numeric id.
    pub client_id: String,
    /// Its private key.
    pub key: Key,
    /// The permissions to request for its tokens.
    pub permissions: Permissions,
}
