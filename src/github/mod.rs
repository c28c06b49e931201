//! GitHub's API for an organization's private registries: one function per endpoint, over one private `send`.

mod advice;
pub mod app;
mod body;
mod connection;
mod create;
mod credential;
mod error;
mod exchange;
mod explain;
mod host;
mod list;
mod organization;
mod pace;
mod refusal;
mod request;
mod retry;
mod send;
mod taken;

pub use body::Body;
pub use connection::{Connection, SignIn};
pub use create::{Created, Creation};
pub use credential::{Asker, Credential};
pub use error::{ApiError, Kind};
pub use host::Host;
pub use organization::{FoundRepository, Organization};
pub use pace::{Limits, Pacing};
pub use refusal::Refusal;
pub use send::Client;

const REGISTRIES: &str = "private-registries";
/// The last segment of the public key's path, where a configuration's name would be.
const PUBLIC_KEY: &str = "public-key";
/// The number of pages or look-ups in flight at once.
pub const AT_ONCE: usize = 16;

/// How a request behaves once the run has been told to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnStop {
    /// It is not sent.
    GiveUp,
    /// It is still sent in the time that is left, because it completes a change that an earlier write began, and half
    /// of that change would be worse than none.
    Finish,
}

/// Serializes a body. This can't fail: its fields are plain text, numbers and booleans.
fn json(body: &Body<'_>) -> String {
    serde_json::to_string(body).unwrap_or_default()
}
