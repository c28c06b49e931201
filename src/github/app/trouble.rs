//! The reasons why an App can't sign in, each with its own message and the page where it can be fixed.

use http::StatusCode;
use url::Url;

use super::installation::Installation;
use super::jwt::Jwt;
use super::permission::{Access, Needs, REGISTRIES};
use crate::github::request::segment;
use crate::github::{ApiError, Kind, Refusal};

/// The error of comparing two clocks, in seconds: both are read in whole seconds, and the answer takes time.
const READING_ERROR: i64 = 3;

/// Where an App is managed. Its owner need not be the organization that it works on.
const OWN_PAGE: &str = "the App's page (in the settings of its owner, \"Developer settings\", \"GitHub Apps\")";

/// A reason why an App can't sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What is wrong.
    pub message: String,
    /// What to do and on which page.
    pub help: Option<String>,
}

/// The address of GitHub's website, for links to the page where something can be fixed.
#[derive(Clone, Debug)]
pub(super) struct Site(String);

impl Site {
    /// Returns the website that belongs to an API's address.
    pub(super) fn of(api_url: &Url) -> Self {
        let authority = &api_url[url::Position::BeforeHost..url::Position::AfterPort];
        let host = match authority.strip_prefix("api.") {
            Some(host) if host == "github.com" || host.ends_with(".ghe.com") => host,
            _ => authority,
        };
        Self(format!("{}://{host}", api_url.scheme()))
    }

    /// Returns the page of an organization's installed Apps.
    fn installations(&self, org: &str) -> String {
        format!("{}/organizations/{}/settings/installations", self.0, segment(org))
    }

    /// Returns the page of one installed App.
    fn installation(&self, org: &str, id: u64) -> String {
        format!("{}/{id}", self.installations(org))
    }

    /// Returns the page on which an owner installs an App. `APP` stands for its name in the address, which is not known.
    fn new_installation(&self) -> String {
        let is_server = self.0 != "https://github.com" && !self.0.ends_with(".ghe.com");
        format!("{}/{}/APP/installations/new", self.0, if is_server { "github-apps" } else { "apps" })
    }
}

impl Trouble {
    fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: Some(help.into()) }
    }

    /// GitHub rejected the App's signature or does not know the App. `now` is the local time in seconds since the
    /// epoch.
    pub(super) fn of_jwt(refusal: &Refusal, now: u64) -> Option<Self> {
        let message = refusal.message.to_lowercase();
        let is_unknown = refusal.status == StatusCode::NOT_FOUND && message.contains("integration not found");
        if is_unknown {
            return Some(Self::new(
                format!("GitHub does not know an App with this `app-client-id` ({})", refusal.message),
                format!("copy the client id or the App ID from {OWN_PAGE}"),
            ));
        }
        if refusal.status != StatusCode::UNAUTHORIZED {
            return None;
        }
        if let Some(off) = refusal.date.and_then(|there| clock_off(now, there)) {
            return Some(Self::new(
                format!("the clock of this machine is {off}, so GitHub does not accept the App's signature"),
                "set the clock, for example with `timedatectl set-ntp true`; a runner uses the clock of its host",
            ));
        }
        if message.contains("'iat'") || message.contains("'exp'") {
            return Some(Self::new(
                format!("GitHub does not accept the time of the App's signature ({})", refusal.message),
                "check the clock of this machine; a runner uses the clock of its host",
            ));
        }
        Some(Self::new(
            format!(
                "GitHub does not accept the App's signature ({}): `app-private-key` is not a key of the App with this \
                 `app-client-id`, or has been deleted there",
                refusal.message
            ),
            format!(
                "compare `app-client-id` and the fingerprints under \"Private keys\" with {OWN_PAGE}, or generate a new key there"
            ),
        ))
    }

    /// The key can't be used for signing after all.
    pub(super) fn can_not_sign(error: &dyn std::fmt::Display) -> Self {
        Self::new(
            format!("`app-private-key` can't be used for signing ({error})"),
            "generate a new private key on the App's page",
        )
    }

    /// The App can't sign in for any other reason.
    pub(super) fn other(error: &ApiError, site: &Site, org: Option<&str>) -> Self {
        let page = org.map_or_else(|| OWN_PAGE.to_owned(), |org| site.installations(org));
        let is_decision = matches!(&error.kind, Kind::Refused(refusal) if refusal.is_decision());
        let hint = if is_decision { Some(format!("check the App at {page}")) } else { error.hint() };
        Self { message: format!("the App can't sign in: {}", error.headline()), help: hint }
    }

    /// The App is not installed on the organization.
    pub(super) fn not_installed(site: &Site, org: &str) -> Self {
        Self::new(
            format!("the App is not installed on the organization {org}, or the organization does not exist"),
            format!(
                "an owner of {org} can install it at {}, with the App's name in place of `APP`; it is then listed at {}",
                site.new_installation(),
                site.installations(org)
            ),
        )
    }

    /// An owner has suspended the installation.
    pub(super) fn suspended(site: &Site, org: &str, id: u64) -> Self {
        Self::new(
            format!("the App's installation on {org} is suspended, so it has no access there"),
            format!("an owner can end that under \"Unsuspend your installation\" at {}", site.installation(org, id)),
        )
    }

    /// The installation lacks the permission that the run needs.
    pub(super) fn permission_missing(site: &Site, org: &str, installation: &Installation, needs: Needs) -> Self {
        let needed = needs.registries.label();
        let has = match installation.access(REGISTRIES) {
            Some(access) => format!("has only \"{}\"", access.label()),
            None => "does not have it at all".to_owned(),
        };
        Self::new(
            format!(
                "this needs the organization permission \"Organization private registries: {needed}\", and the App's \
                 installation on {org} {has}"
            ),
            permission_help(site, org, installation.id),
        )
    }

    /// GitHub says that the installation lacks the requested permission, although it listed it a moment ago. It says
    /// the same of permissions that it does not know:
    /// <https://github.com/martinbaillie/vault-plugin-secrets-github/issues/101>
    pub(super) fn not_granted(refusal: &Refusal, site: &Site, org: &str, id: u64) -> Self {
        Self::new(
            format!(
                "GitHub refuses a token with only the permission {REGISTRIES} ({}), although the App's installation on \
                 {org} has it",
                refusal.message
            ),
            format!("{}. Otherwise {}", inherit(), permission_help(site, org, id)),
        )
    }

    /// GitHub does not accept the permission in the request for a token.
    pub(super) fn not_requestable(refusal: &Refusal) -> Self {
        let errors = refusal.errors.iter().map(|error| format!("; {error}"));
        Self::new(
            format!(
                "GitHub refuses a token with only the permission {REGISTRIES} ({}{})",
                refusal.message,
                errors.collect::<String>()
            ),
            inherit(),
        )
    }

    /// GitHub returned a token without the requested permission.
    pub(super) fn left_out(needed: Access, granted: Option<Access>) -> Self {
        let granted = granted.map_or("without the permission", |_| "with less access");
        Self::new(
            format!("GitHub returned a token {granted} when the App requested {REGISTRIES}={}", needed.as_str()),
            inherit(),
        )
    }
}

/// Returns where to add a permission and where to accept it.
fn permission_help(site: &Site, org: &str, id: u64) -> String {
    format!(
        "set it under \"Permissions & events\" on {OWN_PAGE}; then an owner of {org} must accept the new permissions at {}. \
         Until then the installation keeps the old ones",
        site.installation(org, id)
    )
}

fn inherit() -> String {
    "GitHub does not document whether this permission can be requested by itself. `app-permissions: inherit` requests \
     a token with all permissions of the installation; use it only for an App that has no other permission"
        .to_owned()
}

/// Returns how far the local clock is off, if that is more than GitHub tolerates in a signature. Both times are in
/// seconds since the epoch.
fn clock_off(here: u64, there: u64) -> Option<String> {
    let ahead = i64::try_from(here).ok()? - i64::try_from(there).ok()?;
    let (most_ahead, most_behind) = Jwt::TOLERANCE;
    let (most_ahead, most_behind) = (i64::try_from(most_ahead).ok()?, i64::try_from(most_behind).ok()?);
    let is_off = ahead > most_ahead - READING_ERROR || ahead < READING_ERROR - most_behind;
    let direction = if ahead > 0 { "ahead of" } else { "behind" };
    is_off.then(|| format!("{} {direction} GitHub's", duration(ahead.unsigned_abs())))
}

/// Formats a duration in the largest unit of which it has at least two.
fn duration(seconds: u64) -> String {
    let units = [("days", 24 * 60 * 60), ("hours", 60 * 60), ("minutes", 60), ("seconds", 1)];
    let (unit, length) = units.into_iter().find(|(_, length)| seconds >= 2 * length).unwrap_or(("seconds", 1));
    format!("{} {unit}", (seconds + length / 2) / length)
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use http::header::DATE;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn site(api_url: &str) -> Site {
        Site::of(&Url::parse(api_url).unwrap())
    }

    fn refusal(status: u16, message: &str, headers: &HeaderMap) -> Refusal {
        let body = json!({"message": message}).to_string();
        Refusal::read(StatusCode::from_u16(status).unwrap(), headers, body.as_bytes(), str::to_owned)
    }

    fn of_jwt(status: u16, message: &str, date: Option<&'static str>) -> Option<String> {
        let date = date.map(|date| (DATE, http::HeaderValue::from_static(date)));
        // Wed, 25 Nov 2026 09:00:00 GMT
        let now = 1_795_597_200;
        let refusal = refusal(status, message, &date.into_iter().collect());
        Trouble::of_jwt(&refusal, now).map(|it| it.message)
    }

    #[test]
    fn each_host_has_its_pages() {
        for (api_url, web) in [
            ("https://api.github.com", "https://github.com"),
            ("https://api.acme.ghe.com", "https://acme.ghe.com"),
            ("https://ghes.acme.dev/api/v3", "https://ghes.acme.dev"),
            ("https://api.acme.dev:8443/api/v3", "https://api.acme.dev:8443"),
        ] {
            let page = site(api_url).installation("acme", 7);
            assert_eq!(page, format!("{web}/organizations/acme/settings/installations/7"));
        }
        for (api_url, page) in [
            ("https://api.github.com", "https://github.com/apps/APP/installations/new"),
            ("https://api.acme.ghe.com", "https://acme.ghe.com/apps/APP/installations/new"),
            ("https://ghes.acme.dev/api/v3", "https://ghes.acme.dev/github-apps/APP/installations/new"),
        ] {
            assert_eq!(site(api_url).new_installation(), page);
        }
        assert!(site("https://api.github.com").installations("a/b").contains("/organizations/a%2Fb/"));
    }

    #[test]
    fn a_signature_that_is_not_taken_has_three_reasons() {
        let date = Some("Wed, 25 Nov 2026 09:00:01 GMT");
        let told = of_jwt(401, "A JSON web token could not be decoded", date).unwrap();
        assert!(told.contains("`app-private-key` is not a key of the App"), "{told}");
        let told = of_jwt(401, "'Issued at' claim ('iat') must be an Integer", date).unwrap();
        assert!(told.contains("does not accept the time"), "{told}");
        let told = of_jwt(404, "Integration not found", date).unwrap();
        assert!(told.contains("does not know an App with this `app-client-id`"), "{told}");
        assert_eq!(of_jwt(404, "Not Found", date), None);
        assert_eq!(of_jwt(403, "Forbidden", date), None);
    }

    #[test]
    fn a_clock_that_is_off_is_told_by_how_much() {
        for (date, told) in [
            ("Wed, 25 Nov 2026 08:55:00 GMT", "5 minutes ahead of GitHub's"),
            ("Wed, 25 Nov 2026 08:58:50 GMT", "70 seconds ahead of GitHub's"),
            ("Wed, 25 Nov 2026 11:30:00 GMT", "3 hours behind GitHub's"),
            ("Sat, 28 Nov 2026 09:00:00 GMT", "3 days behind GitHub's"),
        ] {
            for message in ["A JSON web token could not be decoded", "'Expiration time' claim ('exp') must be"] {
                let found = of_jwt(401, message, Some(date)).unwrap();
                assert!(found.contains(told), "{date}: {found}");
            }
        }
    }

    proptest! {
        /// The clock is blamed exactly when GitHub would refuse the signature, up to the reading error.
        #[test]
        fn the_clock_is_blamed_where_a_signature_would_be_refused(offset in -2_000_i64..2_000) {
            let there = 1_000_000;
            let here = u64::try_from(1_000_000 + offset).unwrap();
            let (issued, expires) = (here - 60, here + 540);
            let is_refused = issued > there || expires <= there;
            let is_near = (offset - 60).abs() <= READING_ERROR || (offset + 540).abs() <= READING_ERROR;
            prop_assert!(is_near || clock_off(here, there).is_some() == is_refused);
        }
    }
}
