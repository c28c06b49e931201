//! GitHub's API for an organization's private registries: one function per endpoint, over one private `send`.

mod advice;
pub mod app;
mod body;
mod connection;
mod create;
mod credential;
mod error;
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
/// Where the public key is, beside the configurations.
const PUBLIC_KEY: &str = "public-key";
/// How many pages or look-ups are under way at once.
pub const AT_ONCE: usize = 16;

/// What happens to a request that is not under way yet when the run is told to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnStop {
    /// It is not sent any more.
    GiveUp,
    /// It is sent in the time that is left: it serves to end what a write began, and half of it would be worse.
    Finish,
}

/// A body of plain text fields always becomes JSON.
fn json(body: &Body<'_>) -> String {
    serde_json::to_string(body).unwrap_or_default()
}
