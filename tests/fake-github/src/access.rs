//! What GitHub looks at before it looks at what is asked: the user agent, the API version and the token.

use crate::answer::Answer;
use crate::options::Options;
use crate::request::Request;

/// The token that may do everything.
pub const WRITE_TOKEN: &str = "fake-token-that-may-write";
/// The token that may read: it gets a 403 for every write.
pub const READ_TOKEN: &str = "fake-token-that-may-read";
/// The token of somebody without any permission: everything is a 404.
pub const NOBODY_TOKEN: &str = "fake-token-of-nobody";

/// What a token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Permission {
    /// Everything.
    Write,
    /// GET.
    Read,
    /// Nothing.
    None,
}

/// The permission that a request comes with, or why it is turned away.
pub(crate) fn admit(request: &Request, options: &Options) -> Result<Permission, Answer> {
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
    match request.token.as_deref() {
        Some(WRITE_TOKEN) => Ok(Permission::Write),
        Some(READ_TOKEN) => Ok(Permission::Read),
        Some(NOBODY_TOKEN) => Ok(Permission::None),
        Some(_) => Err(Answer::error(401, "Bad credentials")),
        None => Err(Answer::error(401, "Requires authentication")),
    }
}

/// The answer to a write with a token that may only read.
pub(crate) fn write_refused() -> Answer {
    Answer::error(403, "Resource not accessible by integration")
        .with("x-accepted-github-permissions", "organization_private_registries=write")
}
