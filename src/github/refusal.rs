//! An answer that is no success, with all that GitHub, or something before it, said about it.

use std::str::Utf8Chunk;

use http::{HeaderMap, StatusCode};
use serde_json::Value;

use super::advice::{Scopes, SignOn};
use super::credential::Asker;
use super::{retry, taken};
use crate::http::body;

/// What GitHub's words for a missing permission hold.
const PERMISSION: [&str; 7] =
    ["not accessible", "must have", "saml", "permission", "not authorized", "ip allow", "suspended"];
/// More than anybody reads.
const MOST_ERRORS: usize = 20;
/// The same, in characters of one text.
const LONGEST_TEXT: usize = 1_000;
/// So much of a text is searched for secrets, in bytes: to search takes some ten times the memory.
const MOST_SEARCHED: usize = 1024 * 1024;

/// A status that is no success, with all that was said about it.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about one answer")]
pub struct Refusal {
    /// The HTTP status.
    pub status: StatusCode,
    /// GitHub's `message`, or the beginning of whatever came.
    pub message: String,
    /// GitHub's `errors`, each as one line.
    pub errors: Vec<String>,
    /// `x-github-request-id`
    pub request_id: Option<String>,
    /// `X-Accepted-GitHub-Permissions`
    pub accepted_permissions: Option<String>,
    /// `X-GitHub-SSO`, where that is the reason.
    pub sign_on: Option<SignOn>,
    /// `X-Accepted-OAuth-Scopes`, where those of a classic token are the reason.
    pub scopes: Option<Scopes>,
    /// The host that a redirect points to.
    pub redirects_to: Option<String>,
    /// Where a redirect points to; never followed as it is.
    pub location: Option<String>,
    /// What time it was at GitHub, in seconds since the epoch, where it told.
    pub date: Option<u64>,
    /// Whether this is a rate limit, not a decision.
    pub is_rate_limit: bool,
    /// Whether it is JSON, as every answer of the API is.
    pub is_json: bool,
    /// Whether all that it says is that the url, the type or the name is taken already.
    pub says_taken: bool,
    /// Whether it is about a secret that somebody else sealed, with a key of their choice.
    pub is_about_given_seal: bool,
}

impl Refusal {
    /// Reads an answer that is no success. Whoever answers may repeat what it was sent, or what it opened, so all that
    /// it says goes through `redact`, once it is decoded and before it is cut to a length that a person may read.
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
        // A decision stays one also where the hour's requests happen to be used up.
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
            // A host is lower-case once it is parsed.
            location: header("location").map(told),
            redirects_to: header("location").map(|location| told(&host_of(&redact(location)))),
            is_rate_limit: status == StatusCode::TOO_MANY_REQUESTS || (status == StatusCode::FORBIDDEN && is_limited),
            says_taken,
            is_about_given_seal: false,
            is_json: json.is_some(),
            message,
        }
    }

    /// Whether every other write with this token would be refused too: the token is not valid, or lacks a permission.
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

    /// Whether GitHub says that the secret was sealed with a key that is not the current one.
    pub fn is_about_the_key(&self) -> bool {
        let told = format!("{} {}", self.message, self.errors.join(" ")).to_lowercase();
        self.status == StatusCode::UNPROCESSABLE_ENTITY
            && ["key_id", "key id", "public key", "encrypted_value", "encrypted value", "decrypt"]
                .iter()
                .any(|words| told.contains(words))
    }

    /// Whether the status leaves open if the request was carried out: that of a server in trouble, or one beyond HTTP.
    pub(super) fn decides_nothing(&self) -> bool {
        self.status.as_u16() >= 500
    }

    /// Whether something else than the REST API answered, such as the website of the same server.
    pub(super) fn is_of_another_service(&self) -> bool {
        let is_usual = matches!(self.status.as_u16(), 300..=399 | 404..=406);
        is_usual && !self.is_json && self.sign_on.is_none()
    }

    /// Where a redirect leads, as a sentence.
    pub(super) fn redirect(&self) -> Option<String> {
        let to = self.redirects_to.as_ref().map(|host| format!(" to {host}")).unwrap_or_default();
        self.status.is_redirection().then(|| format!("this is a redirect{to}, which is not followed"))
    }

    /// Whether GitHub has decided against what was asked.
    pub fn is_decision(&self) -> bool {
        !self.is_rate_limit && !self.decides_nothing()
    }

    /// Which permission, input or setting to look at.
    pub(super) fn hint(&self, path: &str, asker: Asker) -> Option<String> {
        if let Some(sign_on) = self.sign_on.as_ref().filter(|_| !self.is_rate_limit) {
            return Some(sign_on.hint());
        }
        let by_asker = match asker {
            Asker::App { .. } => self.hint_for_app(path),
            Asker::Token => None,
        };
        let hint = by_asker.or_else(|| self.hint_of_status(path))?;
        // GitHub answers 404 too for what a token may not do, and says there as well what it would have to be.
        let permissions = self.accepted_permissions.as_ref().filter(|_| self.status == StatusCode::NOT_FOUND);
        let accepted = permissions.map(|permissions| format!(". GitHub accepts {permissions}"));
        let is_about_rights = [StatusCode::FORBIDDEN, StatusCode::NOT_FOUND].contains(&self.status);
        let scopes = self.scopes.as_ref().filter(|_| is_about_rights && !self.is_rate_limit);
        let scopes = scopes.map(|scopes| format!(". {scopes}"));
        Some(hint + &accepted.unwrap_or_default() + &scopes.unwrap_or_default())
    }

    /// What helps an App, where it is not what helps whoever has a token.
    fn hint_for_app(&self, path: &str) -> Option<String> {
        let needed = self.accepted_permissions.as_deref().map(|needed| format!(" (GitHub accepts {needed})"));
        let needed = needed.unwrap_or_default();
        Some(match self.status.as_u16() {
            _ if self.is_rate_limit => return None,
            401 => "the App's token was not accepted: run again, and look at the App's installation on the organization"
                .to_owned(),
            403 if is_about_repository(path) => {
                format!("the App needs the repository permission \"Metadata: Read-only\" to look up a repository{needed}")
            }
            403 => format!(
                "look at the permissions of the App's installation on the organization{needed}, and at the organization's \
                 list of allowed addresses"
            ),
            404 => "it does not exist, or the App may not see it: GitHub answers 404 to both. Check `org` and `name`, and the \
                permissions of the App's installation on the organization"
                .to_owned(),
            _ => return None,
        })
    }

    fn hint_of_status(&self, path: &str) -> Option<String> {
        let is_repository = is_about_repository(path);
        Some(match self.status.as_u16() {
            _ if self.is_rate_limit => "a rate limit: raise `max-wait`, or run again later".to_owned(),
            401 => "the `token` is not valid, or has expired, or belongs to another host than `api-url`".to_owned(),
            403 if self.message.contains("User-Agent") => return None,
            403 if is_repository => format!(
                "the `token` may not read this repository: it needs {}, and the organization's policy or SSO may forbid it",
                self.accepted_permissions.as_deref().unwrap_or("metadata=read")
            ),
            451 if is_repository => "GitHub has blocked this repository: take it out of the list".to_owned(),
            403 => match &self.accepted_permissions {
                Some(permissions) => format!(
                    "the `token` lacks a permission; GitHub accepts {permissions}. GITHUB_TOKEN can't have it; with \
                     actions/create-github-app-token leave every permission-* input out"
                ),
                None => "the `token` lacks the organization permission \"Organization private registries\" (classic: \
                         admin:org), or the organization's policy or SSO forbids it"
                    .to_owned(),
            },
            404 if is_repository => "no such repository, or the `token` may not see it (repository metadata: read)".to_owned(),
            404 => "it does not exist, or the `token` may not see it: GitHub answers 404 to both. Check `org`, `name`, and \
                    the organization permission \"Organization private registries\" (GITHUB_TOKEN can't have it)"
                .to_owned(),
            400 | 410 if self.message.to_lowercase().contains("version") => {
                "this host does not know that API version: set `api-version` (GitHub Enterprise Server: 2022-11-28)".to_owned()
            }
            300..=399 => {
                let renamed = if is_repository { ", and whether the repository was renamed" } else { "" };
                format!("{}: check `api-url`{renamed}", self.redirect()?)
            }
            422 if self.is_about_the_key() && !self.is_about_given_seal => {
                "the key may have been replaced while the secret was being sealed: run again".to_owned()
            }
            422 if self.is_about_the_key() => {
                "seal with the key that `operation: public-key` shows, and give its id as `key-id`".to_owned()
            }
            500.. => "GitHub, or a proxy before it, is in trouble: run again later".to_owned(),
            _ => return None,
        })
    }
}

fn is_about_repository(path: &str) -> bool {
    ["/repos/", "/repositories/"].iter().any(|prefix| path.starts_with(prefix))
}

/// One element of `errors`, which GitHub sends as strings or as objects, word for word.
fn error_line(error: &Value) -> String {
    match error {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The first words of an answer that is no JSON, without markup.
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

/// A text from outside, as it may be told.
pub(super) fn told(text: &str, redact: impl Fn(&str) -> String) -> String {
    shortened(&redacted(text, redact), LONGEST_TEXT)
}

/// The beginning of a text, at least, without the secrets in it: far more of it than is told.
fn redacted(text: &str, redact: impl Fn(&str) -> String) -> String {
    if text.len() <= MOST_SEARCHED {
        return redact(text);
    }
    let mut redacted = redact(&text[..text.floor_char_boundary(MOST_SEARCHED)]);
    // Its end may be the beginning of a secret that was cut through, which then was not found.
    redacted.truncate(redacted.floor_char_boundary(redacted.len().saturating_sub(MOST_SEARCHED / 2)));
    redacted
}

/// A body as text. What is not Unicode is Latin-1, so that nothing that was sent gets lost before it is searched.
fn text_of(body: &[u8]) -> String {
    let text = |chunk: Utf8Chunk<'_>| {
        let rest = chunk.invalid().iter().copied().map(char::from);
        chunk.valid().chars().chain(rest).collect::<String>()
    };
    body.utf8_chunks().map(text).collect()
}

/// At most so many characters of a text.
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
