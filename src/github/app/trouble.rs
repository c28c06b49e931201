//! Why an App can't sign in: each reason in words of its own, with the page where it is mended.

use http::StatusCode;
use url::Url;

use super::installation::Installation;
use super::jwt::Jwt;
use super::permission::{Access, Needs, REGISTRIES};
use crate::github::request::segment;
use crate::github::{ApiError, Kind, Refusal};

/// Clocks are read in whole seconds, at both ends of an answer.
const READING_ERROR: i64 = 3;

/// Where an App is managed: its owner need not be the organization that it is to work on.
const OWN_PAGE: &str = "the App's page (in the settings of its owner, \"Developer settings\", \"GitHub Apps\")";

/// Why an App can't sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What is wrong.
    pub message: String,
    /// What to do, and on which page.
    pub help: Option<String>,
}

/// GitHub's website, as far as it is needed to say where something is mended.
#[derive(Clone, Debug)]
pub(super) struct Site(String);

impl Site {
    /// The website that belongs to the address of an API.
    pub(super) fn of(api_url: &Url) -> Self {
        let authority = &api_url[url::Position::BeforeHost..url::Position::AfterPort];
        let host = match authority.strip_prefix("api.") {
            Some(host) if host == "github.com" || host.ends_with(".ghe.com") => host,
            _ => authority,
        };
        Self(format!("{}://{host}", api_url.scheme()))
    }

    /// The installed Apps of an organization.
    fn installations(&self, org: &str) -> String {
        format!("{}/organizations/{}/settings/installations", self.0, segment(org))
    }

    /// One installed App.
    fn installation(&self, org: &str, id: u64) -> String {
        format!("{}/{id}", self.installations(org))
    }

    /// Where an owner installs an App. `APP` stands for its name in the address, which is not asked for.
    fn new_installation(&self) -> String {
        let is_server = self.0 != "https://github.com" && !self.0.ends_with(".ghe.com");
        format!("{}/{}/APP/installations/new", self.0, if is_server { "github-apps" } else { "apps" })
    }
}

impl Trouble {
    fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: Some(help.into()) }
    }

    /// GitHub did not take the App's signature, or knows no such App. `now` is the time here in seconds since the epoch.
    pub(super) fn of_jwt(refusal: &Refusal, now: u64) -> Option<Self> {
        let message = refusal.message.to_lowercase();
        let is_unknown = refusal.status == StatusCode::NOT_FOUND && message.contains("integration not found");
        if is_unknown {
            return Some(Self::new(
                format!("GitHub knows no App with this `app-client-id` ({})", refusal.message),
                format!("copy the client id, or the App ID, from {OWN_PAGE}"),
            ));
        }
        if refusal.status != StatusCode::UNAUTHORIZED {
            return None;
        }
        if let Some(off) = refusal.date.and_then(|there| clock_off(now, there)) {
            return Some(Self::new(
                format!("the clock of this machine is {off}, and GitHub takes no signature of an App from then"),
                "set the clock, such as with `timedatectl set-ntp true`; a runner takes it from its host",
            ));
        }
        if message.contains("'iat'") || message.contains("'exp'") {
            return Some(Self::new(
                format!("GitHub does not accept the time of the App's signature ({})", refusal.message),
                "check the clock of this machine; a runner takes it from its host",
            ));
        }
        Some(Self::new(
            format!(
                "GitHub does not accept the App's signature ({}): `app-private-key` is no key of the App that \
                 `app-client-id` names, or has been deleted there",
                refusal.message
            ),
            format!(
                "compare `app-client-id` and the fingerprints under \"Private keys\" with {OWN_PAGE}, and make a new key there"
            ),
        ))
    }

    /// The key is one that can't sign after all.
    pub(super) fn can_not_sign(error: &dyn std::fmt::Display) -> Self {
        Self::new(format!("nothing can be signed with `app-private-key` ({error})"), "make a new key on the App's page")
    }

    /// Anything else that keeps the App from signing in.
    pub(super) fn other(error: &ApiError, site: &Site, org: Option<&str>) -> Self {
        let page = org.map_or_else(|| OWN_PAGE.to_owned(), |org| site.installations(org));
        let is_decision = matches!(&error.kind, Kind::Refused(refusal) if refusal.is_decision());
        let hint = if is_decision { Some(format!("look at the App here: {page}")) } else { error.hint() };
        Self { message: format!("the App can't sign in: {}", error.headline()), help: hint }
    }

    /// The App is not where it is to work.
    pub(super) fn not_installed(site: &Site, org: &str) -> Self {
        Self::new(
            format!("the App is not installed on the organization {org}, or there is no such organization"),
            format!(
                "an owner of {org} installs it at {}, with the App's name in place of `APP`, and then finds it at {}",
                site.new_installation(),
                site.installations(org)
            ),
        )
    }

    /// An owner has suspended it.
    pub(super) fn suspended(site: &Site, org: &str, id: u64) -> Self {
        Self::new(
            format!("the App's installation on {org} is suspended, so that it can do nothing there"),
            format!("an owner ends that under \"Unsuspend your installation\" at {}", site.installation(org, id)),
        )
    }

    /// It lacks the permission.
    pub(super) fn permission_missing(site: &Site, org: &str, installation: &Installation, needs: Needs) -> Self {
        let needed = needs.registries.label();
        let has = match installation.access(REGISTRIES) {
            Some(access) => format!("has it as \"{}\" only", access.label()),
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

    /// GitHub says that it lacks what was asked for, although it showed otherwise a moment ago. It says the same of
    /// permissions that it does not know: <https://github.com/martinbaillie/vault-plugin-secrets-github/issues/101>
    pub(super) fn not_granted(refusal: &Refusal, site: &Site, org: &str, id: u64) -> Self {
        Self::new(
            format!(
                "GitHub gives no token with only the permission {REGISTRIES} ({}), although it shows that the App's \
                 installation on {org} has it",
                refusal.message
            ),
            format!("{}. Otherwise {}", inherit(), permission_help(site, org, id)),
        )
    }

    /// GitHub does not take the permission in the request for a token.
    pub(super) fn not_requestable(refusal: &Refusal) -> Self {
        let errors = refusal.errors.iter().map(|error| format!("; {error}"));
        Self::new(
            format!(
                "GitHub gives no token with only the permission {REGISTRIES} ({}{})",
                refusal.message,
                errors.collect::<String>()
            ),
            inherit(),
        )
    }

    /// GitHub left the permission out of the token.
    pub(super) fn left_out(needed: Access, granted: Option<Access>) -> Self {
        let granted = granted.map_or("without it", |_| "with less");
        Self::new(
            format!("a token with {REGISTRIES}={} was asked for, and GitHub gave one {granted}", needed.as_str()),
            inherit(),
        )
    }
}

/// Where a permission is added, and accepted.
fn permission_help(site: &Site, org: &str, id: u64) -> String {
    format!(
        "set it under \"Permissions & events\" on {OWN_PAGE}; then an owner of {org} accepts the new permissions at {}, and \
         until then the installation keeps the old ones",
        site.installation(org, id)
    )
}

fn inherit() -> String {
    "GitHub does not document whether this permission can be asked for by itself. `app-permissions: inherit` asks for a \
     token with all that the installation has; give it only to an App that has no other permission"
        .to_owned()
}

/// By how much the clock here is off, if it is by more than a signature may be. Both are in seconds since the epoch.
fn clock_off(here: u64, there: u64) -> Option<String> {
    let ahead = i64::try_from(here).ok()? - i64::try_from(there).ok()?;
    let (most_ahead, most_behind) = Jwt::TOLERANCE;
    let (most_ahead, most_behind) = (i64::try_from(most_ahead).ok()?, i64::try_from(most_behind).ok()?);
    let is_off = ahead > most_ahead - READING_ERROR || ahead < READING_ERROR - most_behind;
    let direction = if ahead > 0 { "ahead of" } else { "behind" };
    is_off.then(|| format!("{} {direction} GitHub's", duration(ahead.unsigned_abs())))
}

/// In the largest unit of which there are two.
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
        assert!(told.contains("`app-private-key` is no key of the App"), "{told}");
        let told = of_jwt(401, "'Issued at' claim ('iat') must be an Integer", date).unwrap();
        assert!(told.contains("does not accept the time"), "{told}");
        let told = of_jwt(404, "Integration not found", date).unwrap();
        assert!(told.contains("no App with this `app-client-id`"), "{told}");
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
        /// The clock is blamed exactly where GitHub would refuse what it signs, but for the error of reading it.
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
