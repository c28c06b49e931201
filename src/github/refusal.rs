//! An answer with a status other than success, with everything that GitHub, or a proxy in front of it, said about it.

use std::str::Utf8Chunk;

use http::{HeaderMap, StatusCode};
use serde_json::Value;

use super::advice::{Scopes, SignOn};
use super::credential::Asker;
use super::{retry, taken};
use crate::http::body;

/// Phrases that occur in GitHub's messages about a missing permission.
const PERMISSION: [&str; 7] =
    ["not accessible", "must have", "saml", "permission", "not authorized", "ip allow", "suspended"];
/// The maximum number of `errors` to show; nobody reads more.
const MOST_ERRORS: usize = 20;
/// The maximum length of one text to show, in characters.
const LONGEST_TEXT: usize = 1_000;
/// How much of a text is searched for secrets, in bytes, since the search takes about ten times as much memory.
const MOST_SEARCHED: usize = 1024 * 1024;

/// An answer with a status other than success.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about one answer")]
pub struct Refusal {
    /// The HTTP status.
    pub status: StatusCode,
    /// GitHub's `message`, or else the beginning of the body.
    pub message: String,
    /// GitHub's `errors`, one line each.
    pub errors: Vec<String>,
    /// The value of `x-github-request-id`.
    pub request_id: Option<String>,
    /// The value of `X-Accepted-GitHub-Permissions`.
    pub accepted_permissions: Option<String>,
    /// What `X-GitHub-SSO` says, if single sign-on is the reason.
    pub sign_on: Option<SignOn>,
    /// What `X-Accepted-OAuth-Scopes` says, if the scopes of a classic token are the reason.
    pub scopes: Option<Scopes>,
    /// The host that a redirect points to.
    pub redirects_to: Option<String>,
    /// The target of a redirect, which is never followed as it stands.
    pub location: Option<String>,
    /// The `date` of the answer, in seconds since the epoch.
    pub date: Option<u64>,
    /// Whether this is a rate limit and not a decision about the request.
    pub is_rate_limit: bool,
    /// Whether the body is JSON, as in every answer of the API.
    pub is_json: bool,
    /// Whether the only complaint is that the url, the type or the name is already taken.
    pub says_taken: bool,
    /// Whether it is about a secret that somebody else sealed, with a key of their choice.
    pub is_about_given_seal: bool,
}

impl Refusal {
    /// Parses an answer with a status other than success. The server may echo what it was sent, or what it decrypted,
    /// so every text goes through `redact`, after it is decoded and before it is shortened.
    pub fn read(status: StatusCode, headers: &HeaderMap, body: &[u8], redact: impl Fn(&str) -> String) -> Self {
        let redact = |text: &str| redacted(text, &redact);
        let told = |text: &str| shortened(&redact(text), LONGEST_TEXT);
        let json: Option<Value> = body::read(body).ok().map(|json| json.value);
        let message = match json.as_ref().map(|json| (json.get("message").and_then(Value::as_str), json)) {
            Some((Some(message), _)) => told(message),
            Some((None, json)) => shortened(&redact(&json.to_string()), 200),
            None => beginning(&redact(&text_of(body))),
        };
        let says_taken = [StatusCode::CONFLICT, StatusCode::UNPROCESSABLE_ENTITY].contains(&status)
            && json.as_ref().is_some_and(taken::says_taken);
        let errors = match json.as_ref().and_then(|json| json.get("errors")) {
            Some(Value::Array(errors)) => {
                errors.iter().take(MOST_ERRORS).map(|error| told(&error_line(error))).collect()
            }
            Some(Value::Null) | None => Vec::new(),
            Some(other) => vec![told(&error_line(other))],
        };
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let lower = message.to_lowercase();
        let says = |words: &[&str]| words.iter().any(|words| lower.contains(words));
        // A missing permission is a decision even if the rate limit happens to be used up at the same time.
        let is_decision = says(&PERMISSION);
        let is_limited = header("retry-after").is_some()
            || says(&["rate limit", "abuse"])
            || (header("x-ratelimit-remaining") == Some("0") && !is_decision);
        Self {
            status,
            errors,
            request_id: header("x-github-request-id").map(told),
            date: retry::date(Some(headers), "date"),
            accepted_permissions: header("x-accepted-github-permissions").map(told),
            sign_on: SignOn::read(headers, told),
            scopes: Scopes::read(headers, told),
            // `host_of` comes after `redact`, because parsing turns the host into lower case, which would hide a
            // secret.
            location: header("location").map(told),
            redirects_to: header("location").map(|location| told(&host_of(&redact(location)))),
            is_rate_limit: status == StatusCode::TOO_MANY_REQUESTS || (status == StatusCode::FORBIDDEN && is_limited),
            says_taken,
            is_about_given_seal: false,
            is_json: json.is_some(),
            message,
        }
    }

    /// Returns whether every other write with this credential would be refused too, because it is not valid or lacks a
    /// permission.
    pub fn meets_all(&self) -> bool {
        let message = self.message.to_lowercase();
        let is_permission =
            self.accepted_permissions.is_some() || PERMISSION.iter().any(|words| message.contains(words));
        match self.status {
            StatusCode::UNAUTHORIZED => true,
            StatusCode::FORBIDDEN => is_permission && !self.is_rate_limit,
            _ => false,
        }
    }

    /// Returns whether GitHub says that the secret was sealed with a key that is not the current one.
    pub fn is_about_the_key(&self) -> bool {
        let told = format!("{} {}", self.message, self.errors.join(" ")).to_lowercase();
        self.status == StatusCode::UNPROCESSABLE_ENTITY
            && ["key_id", "key id", "public key", "encrypted_value", "encrypted value", "decrypt"]
                .iter()
                .any(|words| told.contains(words))
    }

    /// Returns whether the status leaves open if the request was carried out: a server error, or a status outside HTTP.
    pub(super) fn decides_nothing(&self) -> bool {
        self.status.as_u16() >= 500
    }

    /// Returns whether something other than the REST API answered, such as the website of the same server.
    pub(super) fn is_of_another_service(&self) -> bool {
        let is_usual = matches!(self.status.as_u16(), 300..=399 | 404..=406);
        is_usual && !self.is_json && self.sign_on.is_none()
    }

    /// Returns a clause that says where a redirect leads, if this is one.
    pub(super) fn redirect(&self) -> Option<String> {
        let to = self.redirects_to.as_ref().map(|host| format!(" to {host}")).unwrap_or_default();
        self.status.is_redirection().then(|| format!("this is a redirect{to}, which is not followed"))
    }

    /// Returns whether GitHub decided against the request.
    pub fn is_decision(&self) -> bool {
        !self.is_rate_limit && !self.decides_nothing()
    }

    /// Returns which permission, input or setting to check.
    pub(super) fn hint(&self, path: &str, asker: Asker) -> Option<String> {
        if let Some(sign_on) = self.sign_on.as_ref().filter(|_| !self.is_rate_limit) {
            return Some(sign_on.hint());
        }
        let by_asker = match asker {
            Asker::App { .. } => self.hint_for_app(path),
            Asker::Token => None,
        };
        let hint = by_asker.or_else(|| self.hint_of_status(path))?;
        // GitHub also answers 404 when a token lacks a permission, and names the permission in the same header.
        let permissions = self.accepted_permissions.as_ref().filter(|_| self.status == StatusCode::NOT_FOUND);
        let accepted = permissions.map(|permissions| format!(". GitHub accepts {permissions}"));
        let is_about_rights = [StatusCode::FORBIDDEN, StatusCode::NOT_FOUND].contains(&self.status);
        let scopes = self.scopes.as_ref().filter(|_| is_about_rights && !self.is_rate_limit);
        let scopes = scopes.map(|scopes| format!(". {scopes}"));
        Some(hint + &accepted.unwrap_or_default() + &scopes.unwrap_or_default())
    }

    /// Returns the hint for an App, if it differs from the one for a token.
    fn hint_for_app(&self, path: &str) -> Option<String> {
        let needed = self.accepted_permissions.as_deref().map(|needed| format!(" (GitHub accepts {needed})"));
        let needed = needed.unwrap_or_default();
        Some(match self.status.as_u16() {
            _ if self.is_rate_limit => return None,
            401 => "GitHub did not accept the App's token: run again, and if that does not help, check the App's \
                    installation on the organization"
                .to_owned(),
            403 if is_about_repository(path) => {
                format!("the App needs the repository permission \"Metadata: Read-only\" to find repositories{needed}")
            }
            403 => format!(
                "check the permissions of the App's installation on the organization{needed}, and the organization's \
                 IP allow list"
            ),
            404 => "it does not exist, or the App may not see it; GitHub answers 404 in both cases. Check `org`, \
                    `name`, and the permissions of the App's installation on the organization"
                .to_owned(),
            _ => return None,
        })
    }

    fn hint_of_status(&self, path: &str) -> Option<String> {
        let is_repository = is_about_repository(path);
        Some(match self.status.as_u16() {
            _ if self.is_rate_limit => "this is a rate limit: raise `max-wait`, or run again later".to_owned(),
            401 => "the `token` is not valid, has expired, or belongs to a different host than `api-url`".to_owned(),
            403 if self.message.contains("User-Agent") => return None,
            403 if is_repository => format!(
                "the `token` may not read this repository: it needs {}, or the organization's policy or SSO forbids it",
                self.accepted_permissions.as_deref().unwrap_or("metadata=read")
            ),
            451 if is_repository => "GitHub has blocked this repository: remove it from the list".to_owned(),
            403 => match &self.accepted_permissions {
                Some(permissions) => format!(
                    "the `token` lacks a permission; GitHub accepts {permissions}. GITHUB_TOKEN can't have it; for \
                     actions/create-github-app-token, omit every permission-* input"
                ),
                None => "the `token` lacks the organization permission \"Organization private registries\" (classic: \
                         admin:org), or the organization's policy or SSO forbids it"
                    .to_owned(),
            },
            404 if is_repository => {
                "the repository does not exist, or the `token`, which needs metadata=read, may not \
                                     see it"
                    .to_owned()
            }
            404 => "it does not exist, or the `token` may not see it; GitHub answers 404 in both cases. Check `org`, \
                    `name`, and the organization permission \"Organization private registries\" (GITHUB_TOKEN can't \
                    have it)"
                .to_owned(),
            400 | 410 if self.message.to_lowercase().contains("version") => {
                "this host does not support that API version: set `api-version` (GitHub Enterprise Server: 2022-11-28)"
                    .to_owned()
            }
            300..=399 => {
                let renamed = if is_repository { ", and whether the repository was renamed" } else { "" };
                format!("{}: check `api-url`{renamed}", self.redirect()?)
            }
            422 if self.is_about_the_key() && !self.is_about_given_seal => {
                "the key may have been replaced while the secret was being sealed: run again".to_owned()
            }
            422 if self.is_about_the_key() => {
                "seal the secret with the key that `operation: public-key` shows, and set `key-id` to its id".to_owned()
            }
            500.. => "GitHub, or a proxy in front of it, has a problem: run again later".to_owned(),
            _ => return None,
        })
    }
}

fn is_about_repository(path: &str) -> bool {
    ["/repos/", "/repositories/"].iter().any(|prefix| path.starts_with(prefix))
}

/// Returns one element of `errors` verbatim. GitHub sends strings or objects.
fn error_line(error: &Value) -> String {
    match error {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Returns the first words of a body that is not JSON, without its markup.
fn beginning(body: &str) -> String {
    let mut text = String::new();
    let mut in_tag = false;
    for c in body.chars().take(4096) {
        match c {
            '<' => (in_tag, text) = (true, text + " "),
            '>' => in_tag = false,
            c if !in_tag => text.push(c),
            _ => {}
        }
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    match words.join(" ") {
        empty if empty.is_empty() => "(an empty answer)".to_owned(),
        text => shortened(&text, 200),
    }
}

/// Redacts and shortens a text from outside, so that it can be shown.
pub(super) fn told(text: &str, redact: impl Fn(&str) -> String) -> String {
    shortened(&redacted(text, redact), LONGEST_TEXT)
}

/// Redacts a text. Only the beginning of a very long one is returned, but far more of it than is ever shown.
fn redacted(text: &str, redact: impl Fn(&str) -> String) -> String {
    if text.len() <= MOST_SEARCHED {
        return redact(text);
    }
    let mut redacted = redact(&text[..text.floor_char_boundary(MOST_SEARCHED)]);
    // The cut may have split a secret, whose first part is then not found; so the end is dropped.
    redacted.truncate(redacted.floor_char_boundary(redacted.len().saturating_sub(MOST_SEARCHED / 2)));
    redacted
}

/// Decodes a body. Bytes that are not UTF-8 are read as Latin-1, so that no part of a secret is lost before the search.
fn text_of(body: &[u8]) -> String {
    let text = |chunk: Utf8Chunk<'_>| {
        let rest = chunk.invalid().iter().copied().map(char::from);
        chunk.valid().chars().chain(rest).collect::<String>()
    };
    body.utf8_chunks().map(text).collect()
}

/// Cuts a text to at most `most` characters.
fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn host_of(location: &str) -> String {
    let host = url::Url::parse(location).ok().and_then(|url| url.host_str().map(str::to_owned));
    host.unwrap_or_else(|| "another path of the same host".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_kept_word_for_word_whatever_their_form() {
        let read = |body: &str| {
            Refusal::read(StatusCode::UNPROCESSABLE_ENTITY, &HeaderMap::new(), body.as_bytes(), str::to_owned)
        };
        let refusal = read(r#"{"message":"Failed","errors":["a b",{"code":"invalid","field":"url"}],"status":"422"}"#);
        assert_eq!(refusal.message, "Failed");
        assert_eq!(refusal.errors, ["a b", r#"{"code":"invalid","field":"url"}"#]);
        assert_eq!(read(r#"{"message":"M","errors":"just one"}"#).errors, ["just one"]);
        assert_eq!(read("<html><h1>502</h1> Bad  Gateway</html>").message, "502 Bad Gateway");
        assert_eq!(read("").message, "(an empty answer)");
    }

    #[test]
    fn what_is_told_is_decoded_then_redacted_then_cut() {
        let redact = |text: &str| text.replace("p&ss", "***");
        let read = |body: &str| {
            let refusal = Refusal::read(StatusCode::UNPROCESSABLE_ENTITY, &HeaderMap::new(), body.as_bytes(), redact);
            (refusal.message, refusal.errors)
        };
        assert_eq!(read(r#"{"message":"p\u0026ss"}"#).0, "***");
        assert_eq!(read(r#"{"error":"p\u0026ss"}"#).0, r#"{"error":"***"}"#);
        let latin = Refusal::read(StatusCode::BAD_GATEWAY, &HeaderMap::new(), b"p&ss \xc3\xa4 p\xe4ss", redact);
        assert_eq!(latin.message, "*** \u{e4} p\u{e4}ss");
        let cut = "p&ss".repeat(MOST_SEARCHED / 4 + 2);
        assert!(redacted(&cut[2..], redact).trim_start_matches("ss").trim_end_matches("***").is_empty());
        let long = "x".repeat(997) + "p&ss";
        assert_eq!(read(&serde_json::json!({"message": long}).to_string()).0.len(), 1_000);
        let (message, errors) =
            read(&serde_json::json!({"message": "x".repeat(9_000), "errors": vec!["y"; 99]}).to_string());
        assert_eq!((message.chars().count(), errors.len()), (1_001, MOST_ERRORS));
    }

    #[test]
    fn a_permission_is_told_from_a_rate_limit() {
        let read = |headers: &[(&'static str, &'static str)], body: &str| {
            let headers = headers
                .iter()
                .map(|(name, value)| (http::HeaderName::from_static(name), http::HeaderValue::from_static(value)));
            Refusal::read(StatusCode::FORBIDDEN, &headers.collect(), body.as_bytes(), str::to_owned)
        };
        assert!(!read(&[], r#"{"message":"Resource not accessible by integration"}"#).is_rate_limit);
        assert!(read(&[("retry-after", "3")], "{}").is_rate_limit);
        assert!(read(&[("x-ratelimit-remaining", "0")], "{}").is_rate_limit);
        assert!(read(&[], r#"{"message":"You have exceeded a secondary rate limit"}"#).is_rate_limit);
        assert!(read(&[], r#"{"message":"You have triggered an abuse detection mechanism"}"#).is_rate_limit);
        for decision in [
            "Resource not accessible by integration",
            "Must have admin rights to Repository.",
            "Resource protected by organization SAML enforcement.",
        ] {
            let body = format!("{{\"message\":\"{decision}\"}}");
            assert!(!read(&[("x-ratelimit-remaining", "0")], &body).is_rate_limit, "{decision}");
        }
    }
}
