//! A GitHub App: its installations and the tokens it was issued.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::answer::Answer;
use crate::clock::{epoch_ahead, rfc3339};
use crate::jwt::{PublicKey, Refused, verify};
use crate::keys;
use crate::options::PermissionRequest;

/// The client id of the App. Its key is [`keys::APP`].
pub const APP_CLIENT_ID: &str = "Iv23liFakeAppForTests";
/// The numeric id of the App, which is accepted in place of its client id.
pub const APP_ID: u64 = 424_242;

/// GitHub's name for the permission for private registries.
pub(crate) const REGISTRIES: &str = "organization_private_registries";
/// GitHub's name for the permission to see repositories.
pub(crate) const METADATA: &str = "metadata";
/// GitHub's message when a token asks for a permission that is unknown or not granted.
const NOT_GRANTED: &str = "The permissions requested are not granted to this installation.";

/// The permissions of an installation or a token, by GitHub's names, each `read` or `write`.
pub type Permissions = BTreeMap<String, String>;

/// The App and everything it was issued.
#[derive(Debug)]
pub(crate) struct App {
    key: PublicKey,
    /// In the order of GitHub's list.
    installations: Vec<Installation>,
    tokens: Vec<IssuedToken>,
    /// How long a token is valid.
    pub(crate) lifetime: Duration,
    /// The lifetime that GitHub gives for its tokens, in seconds, if it is not the real one.
    pub(crate) told_lifetime: Option<i64>,
    /// How many seconds GitHub's clock is ahead of the local one.
    pub(crate) clock_ahead: i64,
}

/// The App's installation on one account.
#[derive(Clone, Debug)]
pub(crate) struct Installation {
    pub(crate) id: u64,
    pub(crate) account: String,
    is_organization: bool,
    pub(crate) permissions: Permissions,
    pub(crate) is_suspended: bool,
    /// The names of the repositories that it may see; `None` for all of them.
    pub(crate) repositories: Option<Vec<String>>,
}

/// A token that was issued to an installation of the App.
#[derive(Clone, Debug)]
pub struct IssuedToken {
    /// The token itself.
    pub token: String,
    /// The login of the account that it is valid for.
    pub organization: String,
    /// The granted permissions.
    pub permissions: Permissions,
    /// Whether it was revoked.
    pub is_revoked: bool,
    /// Whether a fault kept the client from receiving the whole answer: a client can't revoke a token it never
    /// received.
    pub is_lost: bool,
    expires: Instant,
}

impl IssuedToken {
    /// Returns whether the client that asked for it can still use it, even if it did not wait for the answer.
    pub fn is_alive(&self) -> bool {
        !self.is_lost && !self.is_revoked && Instant::now() < self.expires
    }
}

impl Installation {
    fn as_read(&self) -> Value {
        let kind = if self.is_organization { "Organization" } else { "User" };
        json!({
            "id": self.id,
            "account": {"login": self.account, "type": kind},
            "app_id": APP_ID,
            "client_id": APP_CLIENT_ID,
            "app_slug": "fake-app",
            "target_type": kind,
            "repository_selection": self.selection(),
            "permissions": self.permissions,
            "events": [],
            "suspended_at": self.is_suspended.then_some("2026-11-25T00:00:00Z"),
        })
    }

    fn selection(&self) -> &'static str {
        if self.repositories.is_some() { "selected" } else { "all" }
    }

    /// Returns whether the installation may see a repository.
    pub(crate) fn sees(&self, repository: &str) -> bool {
        let is_selected = |names: &Vec<String>| names.iter().any(|name| name.eq_ignore_ascii_case(repository));
        self.repositories.as_ref().is_none_or(is_selected)
    }

    /// Returns the permissions of a new token, given those that were asked for.
    fn grant(&self, asked: Option<&Value>, requests: PermissionRequest) -> Result<Permissions, Answer> {
        let Some(asked) = asked.and_then(Value::as_object).filter(|_| requests != PermissionRequest::Ignored) else {
            return Ok(self.permissions.clone());
        };
        if requests == PermissionRequest::Refused && asked.contains_key(REGISTRIES) {
            let message = format!("Invalid request.\n\n\"{REGISTRIES}\" is not a permitted key.");
            return Err(Answer::error(422, &message));
        }
        let level = |access: &str| ["read", "write", "admin"].iter().position(|level| *level == access);
        let mut granted = Permissions::new();
        for (name, access) in asked {
            let access = access.as_str().unwrap_or_default();
            let has = self.permissions.get(name).and_then(|has| level(has));
            if level(access).is_none() || has < level(access) || requests == PermissionRequest::Unknown {
                return Err(Answer::error(422, NOT_GRANTED));
            }
            granted.insert(name.clone(), access.to_owned());
        }
        if requests == PermissionRequest::LeftOut {
            granted.remove(REGISTRIES);
        }
        Ok(granted)
    }
}

impl App {
    pub(crate) fn new() -> Self {
        Self {
            key: PublicKey::of_private(keys::APP),
            installations: Vec::new(),
            tokens: Vec::new(),
            lifetime: Duration::from_hours(1),
            told_lifetime: None,
            clock_ahead: 0,
        }
    }

    /// Verifies that the App itself is the caller.
    pub(crate) fn verify(&self, jwt: Option<&str>) -> Result<(), Answer> {
        let Some(jwt) = jwt else { return Err(Answer::error(401, "Requires authentication")) };
        verify(jwt, &self.key, epoch_ahead(self.clock_ahead))
            .map_err(|Refused { status, message }| Answer::error(status, message))
    }

    /// Returns the seconds since the epoch by GitHub's clock.
    pub(crate) fn now(&self) -> i64 {
        epoch_ahead(self.clock_ahead)
    }

    pub(crate) fn install(&mut self, account: &str, is_organization: bool, permissions: &[(&str, &str)]) -> u64 {
        let permissions = to_permissions(permissions);
        let id = 7_000 + self.installations.len() as u64 + 1;
        let (account, repositories) = (account.to_owned(), None);
        let installed = Installation { id, account, is_organization, permissions, is_suspended: false, repositories };
        self.installations.push(installed);
        id
    }

    pub(crate) fn uninstall(&mut self, account: &str) {
        self.installations.retain(|installation| !installation.account.eq_ignore_ascii_case(account));
        for token in self.tokens.iter_mut().filter(|token| token.organization.eq_ignore_ascii_case(account)) {
            token.is_revoked = true;
        }
    }

    pub(crate) fn installation_on(&mut self, account: &str) -> Option<&mut Installation> {
        self.installations.iter_mut().find(|installation| installation.account.eq_ignore_ascii_case(account))
    }

    pub(crate) fn tokens(&self) -> &[IssuedToken] {
        &self.tokens
    }

    /// Answers `GET /orgs/{org}/installation`.
    pub(crate) fn show(&mut self, account: &str) -> Answer {
        match self.installation_on(account) {
            Some(installation) => Answer::json(200, &installation.as_read()),
            None => Answer::not_found(),
        }
    }

    /// Answers `GET /app/installations`.
    pub(crate) fn all(&self) -> Vec<Value> {
        self.installations.iter().map(Installation::as_read).collect()
    }

    /// Answers `POST /app/installations/{id}/access_tokens`.
    pub(crate) fn issue(&mut self, id: u64, body: Option<&Value>, requests: PermissionRequest) -> Answer {
        let Some(installation) = self.installations.iter().find(|installation| installation.id == id) else {
            return Answer::not_found();
        };
        if installation.is_suspended {
            return suspended();
        }
        let permissions = match installation.grant(body.and_then(|body| body.get("permissions")), requests) {
            Ok(permissions) => permissions,
            Err(refused) => return refused,
        };
        let token = token(self.tokens.len());
        let lifetime = i64::try_from(self.lifetime.as_secs()).expect("a lifetime that a test can mean");
        let told = self.told_lifetime.unwrap_or(lifetime);
        let answer = json!({
            "token": token,
            "expires_at": rfc3339(self.now() + told),
            "permissions": permissions,
            "repository_selection": installation.selection(),
        });
        self.tokens.push(IssuedToken {
            token,
            organization: installation.account.clone(),
            permissions,
            is_revoked: false,
            is_lost: false,
            expires: Instant::now() + self.lifetime,
        });
        Answer::json(201, &answer)
    }

    /// Records that a fault keeps the client from receiving the newest token.
    pub(crate) fn lose_newest_token(&mut self) {
        if let Some(token) = self.tokens.last_mut() {
            token.is_lost = true;
        }
    }

    /// Answers `DELETE /installation/token`.
    pub(crate) fn revoke(&mut self, token: &str) -> Answer {
        match self.tokens.iter_mut().find(|issued| issued.token == token) {
            Some(issued) => {
                issued.is_revoked = true;
                Answer::no_content()
            }
            None => Answer::error(401, "Bad credentials"),
        }
    }

    /// Returns the token that came with a request and its installation; `None` if it is not one of the App's tokens.
    pub(crate) fn caller(&self, token: &str) -> Option<Result<(IssuedToken, Installation), Answer>> {
        let issued = self.tokens.iter().find(|issued| issued.token == token)?;
        if issued.is_revoked || Instant::now() >= issued.expires {
            return Some(Err(Answer::error(401, "Bad credentials")));
        }
        let installation = self.installations.iter().find(|installation| installation.account == issued.organization);
        Some(match installation {
            None => Err(Answer::error(401, "Bad credentials")),
            Some(installation) if installation.is_suspended => Err(suspended()),
            Some(installation) => Ok((issued.clone(), installation.clone())),
        })
    }
}

fn suspended() -> Answer {
    Answer::error(403, "This installation has been suspended")
}

pub(crate) fn to_permissions(permissions: &[(&str, &str)]) -> Permissions {
    permissions.iter().map(|(name, access)| ((*name).to_owned(), (*access).to_owned())).collect()
}

/// Returns a token. GitHub's tokens have no fixed length or format: even numbers give a short one, odd numbers one as
/// long, and with the same characters, as those that GitHub began to issue in 2026.
fn token(number: usize) -> String {
    let random = |part: usize| BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(format!("token {number}, part {part}")));
    if number.is_multiple_of(2) {
        return format!("ghs_{}", random(0).replace(['-', '_'], "x").chars().take(36).collect::<String>());
    }
    let long: Vec<String> = (0..11).map(random).collect();
    format!("ghs_{}", long.join("."))
}
