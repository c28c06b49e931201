//! Plans one-off operations: a single change, made from the inputs.

use super::diff::{diff, live_auth_type, with_write_only, write_only};
use super::{Change, Plan, PlanError, Step, impossible, names, without_url};
use crate::desired::{Address, Complaint, Credentials, Desired, Expected, Settings, Username};
use crate::registry::{AuthType, LiveRegistry, RegistryKey, RegistryType, RegistryUrl};

/// Plans `create`.
pub fn create(desired: &Desired) -> Plan {
    Plan::of_one(Change::creation(desired))
}

/// Plans `delete`. There is nothing to do if the configuration no longer exists.
pub fn delete(address: &Address, live: Option<&LiveRegistry>) -> Plan {
    let gone = || {
        let change = Change { remarks: vec!["it was already gone".to_owned()], ..Change::default() };
        match address {
            Address::Name(name) => Change { name: Some(name.clone()), ..change },
            Address::Key { registry_type, url } => {
                Change { registry_type: registry_type.to_string(), url: Some(url.to_string()), ..change }
            }
        }
    };
    Plan::of_one(live.map_or_else(gone, |live| Change::of_live(live, Step::Delete)))
}

/// Plans `update`: only the given fields that differ.
///
/// # Errors
/// If the given fields do not fit the live configuration.
pub fn update(live: &LiveRegistry, expected: &Expected, settings: &Settings) -> Result<Plan, PlanError> {
    let mut complaints = expected.contradictions(live);
    if let Some(auth_type) = live_auth_type(live) {
        let credentials = Credentials {
            auth_type: Some(auth_type),
            username: matches!(settings.username, Some(Username::Is(_))),
            secret: settings.secret.is_some(),
            oidc: settings.oidc.keys().copied().collect(),
        };
        if complaints.is_empty() {
            complaints.extend(credentials.complaints(auth_type, false));
        }
        if auth_type == AuthType::UsernamePassword && settings.username == Some(Username::Cleared) {
            let message = format!("can't be true: {auth_type} requires a username");
            complaints.push(Complaint::new("clear_username", message));
        }
    }
    if !complaints.is_empty() {
        return Err(from_complaints(complaints));
    }
    let (fields, send) = diff(live, settings);
    let write_only = write_only(settings);
    let step = if fields.is_empty() && write_only.is_empty() {
        Step::Unchanged
    } else {
        Step::Update(Box::new(with_write_only(send, settings)))
    };
    Ok(Plan::of_one(Change { fields, write_only, ..Change::of_live(live, step) }))
}

/// Plans `upsert`: a creation, or an update of the configuration that matches.
///
/// # Errors
/// If the configuration that matches has another auth type, which can't be changed.
pub fn upsert(desired: &Desired, live: Option<&LiveRegistry>) -> Result<Plan, PlanError> {
    let Some(live) = live else { return Ok(create(desired)) };
    let Desired { label: _, location: _, name: _, registry_type, auth_type, expires: _, settings } = desired;
    let expected = Expected { registry_type: Some(*registry_type), auth_type: Some(*auth_type), url: None };
    update(live, &expected, settings)
}

/// Finds the live configuration of a type and url; `None` if there is none.
///
/// # Errors
/// If there are several, or if the server does not return the urls of configurations that may be it.
pub fn find<'a>(
    registry_type: RegistryType,
    url: &RegistryUrl,
    live: &'a [LiveRegistry],
) -> Result<Option<&'a LiveRegistry>, PlanError> {
    let key = Some(RegistryKey::new(registry_type, url));
    let matches: Vec<&LiveRegistry> = live.iter().filter(|live| live.key() == key).collect();
    let what = format!("of type {registry_type} with the url {url}");
    match matches.as_slice() {
        [only] => Ok(Some(only)),
        [] => match without_url(live, registry_type).as_slice() {
            [] => Ok(None),
            some => Err(PlanError::one(format!(
                "the configuration {what} may be one of {}, but GitHub does not return their urls: set `name` to the \
                 one you mean",
                names(some)
            ))),
        },
        several => Err(PlanError::one(format!(
            "{} configurations {what} exist: {}; set `name` to the one you mean",
            several.len(),
            names(several)
        ))),
    }
}

/// Checks that a live configuration has the expected immutable fields.
///
/// # Errors
/// Says what it has instead.
pub fn check_expected(expected: &Expected, live: &LiveRegistry) -> Result<(), PlanError> {
    let complaints = expected.contradictions(live);
    if complaints.is_empty() { Ok(()) } else { Err(from_complaints(complaints)) }
}

fn from_complaints(complaints: Vec<Complaint>) -> PlanError {
    let problem =
        |Complaint { field, message }| impossible(format!("input `{}` {message}", str::replace(field, '_', "-")));
    PlanError { problems: complaints.into_iter().map(problem).collect() }
}
