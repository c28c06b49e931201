//! The checks that precede every endpoint: the user agent, the API version and the caller.

use crate::answer::Answer;
use crate::app::{Installation, IssuedToken, METADATA, REGISTRIES};
use crate::options::Options;
use crate::organization::Repository;
use crate::request::Request;
use crate::state::State;

/// A token with every permission.
pub const WRITE_TOKEN: &str = "fake-token-that-may-write";
/// A read-only token; every write is answered with a 403.
pub const READ_TOKEN: &str = "fake-token-that-may-read";
/// The token of a user without any permission; everything is answered with a 404.
pub const NOBODY_TOKEN: &str = "fake-token-of-nobody";

/// The sender of a request.
#[derive(Clone, Debug)]
pub(crate) enum Caller {
    /// A user who may do everything.
    Writer,
    /// A read-only user.
    Reader,
    /// A user without any permission.
    Nobody,
    /// The App's installation on one organization, with the token it used.
    Installation(Box<(IssuedToken, Installation)>),
}

/// Checks the headers that every request needs.
pub(crate) fn check_headers(request: &Request, options: &Options) -> Result<(), Answer> {
    if !request.headers.contains_key("user-agent") {
        let page =
            "\nRequest forbidden by administrative rules. Please make sure your request has a User-Agent header.\n";
        return Err(Answer::html(403, page));
    }
    let known: &[&str] = if options.ghes { &["2022-11-28"] } else { &["2022-11-28", "2026-03-10"] };
    if let Some(version) = request.headers.get("x-github-api-version")
        && !known.contains(&version.as_str())
    {
        return Err(Answer::error(400, &format!("\"{version}\" is not a supported version of the API.")));
    }
    Ok(())
}

impl Caller {
    /// Identifies the caller; otherwise returns the refusal.
    pub(crate) fn of(request: &Request, state: &State) -> Result<Self, Answer> {
        match request.token.as_deref() {
            Some(WRITE_TOKEN) => Ok(Self::Writer),
            Some(READ_TOKEN) => Ok(Self::Reader),
            Some(NOBODY_TOKEN) => Ok(Self::Nobody),
            Some(token) => match state.app.caller(token) {
                Some(caller) => caller.map(|caller| Self::Installation(Box::new(caller))),
                None => Err(Answer::error(401, "Bad credentials")),
            },
            None => Err(Answer::error(401, "Requires authentication")),
        }
    }

    /// Checks whether the caller may read or write the private registries of an organization; otherwise returns the
    /// refusal.
    pub(crate) fn may_use_registries(&self, org: &str, writes: bool) -> Result<(), Answer> {
        let needed = if writes { "write" } else { "read" };
        let has = match self {
            Self::Writer => "write",
            Self::Reader => "read",
            Self::Nobody => return Err(Answer::not_found()),
            Self::Installation(of) if !of.1.account.eq_ignore_ascii_case(org) => return Err(Answer::not_found()),
            Self::Installation(of) => of.0.permissions.get(REGISTRIES).map_or("", String::as_str),
        };
        if has == "write" || has == needed { Ok(()) } else { Err(refused(&format!("{REGISTRIES}={needed}"))) }
    }

    /// Checks whether the caller may see a repository; otherwise returns the refusal.
    pub(crate) fn may_see(&self, repository: &Repository) -> Result<(), Answer> {
        match self {
            Self::Writer | Self::Reader => Ok(()),
            Self::Nobody => Err(Answer::not_found()),
            Self::Installation(_) if repository.visibility == "public" => Ok(()),
            Self::Installation(of) => {
                let (token, installation) = &**of;
                if !installation.account.eq_ignore_ascii_case(&repository.owner) || !installation.sees(&repository.name)
                {
                    Err(Answer::not_found())
                } else if token.permissions.contains_key(METADATA) {
                    Ok(())
                } else {
                    Err(refused("metadata=read"))
                }
            }
        }
    }
}

/// Returns the answer to a caller without the permission.
fn refused(permission: &str) -> Answer {
    Answer::error(403, "Resource not accessible by integration").with("x-accepted-github-permissions", permission)
}
