//! Signing in as a GitHub App: its key, what it asks for, and what can go wrong.
//!
//! An App signs a JSON web token with its key, finds out where it is installed, and is given a token for each
//! installation: <https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app>

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
    /// Its client id, or its number.
    pub client_id: String,
    /// Its private key.
    pub key: Key,
    /// What a token of it is asked to have.
    pub permissions: Permissions,
}
