//! What GitHub looks at before it looks at what is asked: the user agent, the API version and who asks.

use crate::answer::Answer;
use crate::app::{Installation, IssuedToken, METADATA, REGISTRIES};
use crate::options::Options;
use crate::organization::Repository;
use crate::request::Request;
use crate::state::State;

/// The token that may do everything.
pub const WRITE_TOKEN: &str = "fake-token-that-may-write";
/// The token that may read: it gets a 403 for every write.
pub const READ_TOKEN: &str = "fake-token-that-may-read";
/// The token of somebody without any permission: everything is a 404.
pub const NOBODY_TOKEN: &str = "fake-token-of-nobody";

/// Who asks.
#[derive(Clone, Debug)]
pub(crate) enum Caller {
    /// Somebody who may do everything.
    Writer,
    /// Somebody who may only read.
    Reader,
    /// Somebody without any permission.
    Nobody,
    /// The App on one organization, with a token.
    Installation(Box<(IssuedToken, Installation)>),
}

/// Whether a request has what all of them need.
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
    /// Who asks, or why the request is turned away.
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

    /// Whether it may read, or write, the private registries of an organization; otherwise the answer.
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

    /// Whether it may see a repository; otherwise the answer.
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

/// The answer to somebody without a permission.
fn refused(permission: &str) -> Answer {
    Answer::error(403, "Resource not accessible by integration").with("x-accepted-github-permissions", permission)
}
