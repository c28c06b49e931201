//! Decides what is to be done: desired and live in, a [`Plan`] out. Pure: no network, no environment, no secret.

mod diff;
mod identity;
mod whole;

use std::collections::BTreeMap;

use serde::Serialize;

pub use diff::{FieldChange, WriteOnly};
pub use whole::{Policy, Resend, from_manifest};

use crate::desired::{Address, Complaint, Credentials, Desired, Edit, Settings, Username};
use crate::position::Position;
use crate::registry::LiveRegistry;
use diff::{all_fields, diff, live_auth_type, shown_url, with_write_only, write_only};

/// What is to be done, in the order in which it is done.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// One for each configuration that is desired or live.
    pub changes: Vec<Change>,
    /// The names of all live configurations, where they were listed.
    pub live_names: Option<Vec<String>>,
    /// A hash of what would be done and of the live state; empty for one-off operations.
    pub id: String,
}

impl Plan {
    fn of_one(change: Change) -> Self {
        Self { changes: vec![change], live_names: None, id: String::new() }
    }

    /// How many changes there are of an action.
    pub fn count(&self, action: Action) -> usize {
        self.changes.iter().filter(|change| change.action() == action).count()
    }

    /// Whether GitHub differs from what is desired; a resend is no drift.
    pub fn has_drift(&self) -> bool {
        self.changes.iter().any(|change| change.action().is_drift())
    }

    /// Whether carrying it out would write anything.
    pub fn writes(&self) -> bool {
        self.changes.iter().any(|change| change.action().writes())
    }
}

/// What happens to one configuration.
#[derive(Clone, Debug)]
pub struct Change {
    /// The manifest's label.
    pub label: Option<String>,
    /// Where the manifest says it.
    pub position: Option<Position>,
    /// GitHub's name; `None` before it is created.
    pub name: Option<String>,
    /// GitHub's spelling.
    pub registry_type: String,
    /// As written.
    pub url: Option<String>,
    /// Whom a secret belongs to, whether that is sent or not: together they are masked in one more form.
    pub username: Option<String>,
    /// The readable fields that change.
    pub fields: Vec<FieldChange>,
    /// The write-only values that are sent.
    pub write_only: Vec<WriteOnly>,
    /// The write-only values that are wanted, but not sent because nothing else differs.
    pub not_sent: Vec<WriteOnly>,
    /// What else a reader should know.
    pub remarks: Vec<String>,
    /// What to do.
    pub step: Step,
}

impl Change {
    /// What kind of change it is.
    pub const fn action(&self) -> Action {
        match self.step {
            Step::Create(_) => Action::Create,
            Step::Update(_) => Action::Update,
            Step::Replace(_) => Action::Replace,
            Step::Delete => Action::Delete,
            Step::Resend(_) => Action::Resend,
            Step::Unchanged => Action::Unchanged,
            Step::Unmanaged => Action::Unmanaged,
        }
    }

    /// What would be sent, if anything is.
    pub const fn settings(&self) -> Option<&Settings> {
        match &self.step {
            Step::Create(desired) | Step::Replace(desired) => Some(&desired.settings),
            Step::Update(settings) | Step::Resend(settings) => Some(settings),
            Step::Delete | Step::Unchanged | Step::Unmanaged => None,
        }
    }

    /// How a person knows it: by the manifest's label, else by GitHub's name, else by its type and url.
    pub fn title(&self) -> String {
        let Self { label, name, registry_type, url, .. } = self;
        match (label, name) {
            (Some(label), _) => label.clone(),
            (None, Some(name)) => name.clone(),
            (None, None) => format!("{registry_type} {}", url.as_deref().unwrap_or_default()),
        }
    }

    /// A change of a live configuration to which nothing is done yet.
    fn of_live(live: &LiveRegistry, step: Step) -> Self {
        Self {
            label: None,
            position: None,
            name: Some(live.name.clone()),
            registry_type: live.registry_type.clone(),
            url: live.url.clone(),
            username: live.username.clone(),
            fields: Vec::new(),
            write_only: Vec::new(),
            not_sent: Vec::new(),
            remarks: Vec::new(),
            step,
        }
    }

    fn creation(desired: &Desired) -> Self {
        Self {
            label: desired.label.clone(),
            position: desired.position,
            name: None,
            registry_type: desired.registry_type.to_string(),
            url: shown_url(desired.settings.url.as_ref()),
            username: desired.settings.username.as_ref().and_then(Username::as_deref).map(str::to_owned),
            fields: all_fields(desired),
            write_only: write_only(&desired.settings),
            not_sent: Vec::new(),
            remarks: Vec::new(),
            step: Step::Create(desired.clone()),
        }
    }
}

/// What to do, with what it needs.
#[derive(Clone, Debug)]
pub enum Step {
    /// POST.
    Create(Desired),
    /// PATCH with just these.
    Update(Settings),
    /// POST, then DELETE the old one.
    Replace(Desired),
    /// DELETE.
    Delete,
    /// PATCH with write-only values.
    Resend(Settings),
    /// Nothing: it is as desired.
    Unchanged,
    /// Nothing: the manifest does not speak of it.
    Unmanaged,
}

/// The kinds of change, in the order in which they are carried out and shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// It is not there yet.
    Create,
    /// A readable field differs.
    Update,
    /// A field that can't be changed differs.
    Replace,
    /// Nothing differs, but write-only values are sent.
    Resend,
    /// It is not in the manifest, and `prune` is on.
    Delete,
    /// Nothing to do.
    Unchanged,
    /// It is not in the manifest, and `prune` is off.
    Unmanaged,
}

impl Action {
    /// All, in order.
    pub const ALL: [Self; 7] =
        [Self::Create, Self::Update, Self::Replace, Self::Resend, Self::Delete, Self::Unchanged, Self::Unmanaged];

    /// In lower case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Replace => "replace",
            Self::Resend => "resend",
            Self::Delete => "delete",
            Self::Unchanged => "unchanged",
            Self::Unmanaged => "unmanaged",
        }
    }

    /// Whether it means that GitHub differs from what is desired.
    pub const fn is_drift(self) -> bool {
        matches!(self, Self::Create | Self::Update | Self::Replace | Self::Delete)
    }

    /// Whether it sends anything but GETs.
    pub const fn writes(self) -> bool {
        self.is_drift() || matches!(self, Self::Resend)
    }
}

/// Why there is no plan. Nothing has been written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanError {
    /// Every reason.
    pub problems: Vec<PlanProblem>,
}

impl PlanError {
    fn one(message: impl Into<String>) -> Self {
        Self { problems: vec![PlanProblem { message: message.into(), position: None }] }
    }
}

/// One reason why there is no plan.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PlanProblem {
    /// Where the manifest says what can't be done.
    pub position: Option<Position>,
    /// The whole sentence, with the way out.
    pub message: String,
}

impl std::fmt::Display for PlanError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let messages: Vec<&str> = self.problems.iter().map(|problem| problem.message.as_str()).collect();
        f.write_str(&messages.join("\n"))
    }
}

impl std::error::Error for PlanError {}

/// The plan of `create`.
pub fn create(desired: &Desired) -> Plan {
    Plan::of_one(Change::creation(desired))
}

/// The plan of `delete`: nothing, when it is gone already.
pub fn delete(address: &Address, live: Option<&LiveRegistry>) -> Plan {
    let gone = || {
        let (name, registry_type, url) = match address {
            Address::Name(name) => (Some(name.clone()), String::new(), None),
            Address::Key { registry_type, url } => (None, registry_type.to_string(), Some(url.to_string())),
        };
        Change {
            label: None,
            position: None,
            name,
            registry_type,
            url,
            username: None,
            fields: Vec::new(),
            write_only: Vec::new(),
            not_sent: Vec::new(),
            remarks: vec!["it was gone already".to_owned()],
            step: Step::Unchanged,
        }
    };
    Plan::of_one(live.map_or_else(gone, |live| Change::of_live(live, Step::Delete)))
}

/// The plan of `update`: just what was given and differs.
///
/// # Errors
/// When what was given does not fit what the configuration is.
pub fn update(live: &LiveRegistry, edit: &Edit) -> Result<Plan, PlanError> {
    let mut complaints = edit.expected.contradictions(live);
    if let Some(auth_type) = live_auth_type(live) {
        let settings = &edit.settings;
        let credentials = Credentials {
            auth_type: Some(auth_type),
            username: matches!(settings.username, Some(Username::Is(_))),
            secret: settings.secret.is_some(),
            oidc: settings.oidc.keys().copied().collect(),
        };
        if complaints.is_empty() {
            complaints.extend(credentials.complaints(auth_type, false));
        }
        if auth_type == crate::registry::AuthType::UsernamePassword && settings.username == Some(Username::Cleared) {
            complaints.push(Complaint::new("clear_username", format!("can't be: {auth_type} requires a username")));
        }
    }
    if !complaints.is_empty() {
        return Err(from_complaints(complaints));
    }
    let (fields, send) = diff(live, &edit.settings);
    let write_only = write_only(&edit.settings);
    let step = if fields.is_empty() && write_only.is_empty() {
        Step::Unchanged
    } else {
        Step::Update(with_write_only(send, &edit.settings))
    };
    Ok(Plan::of_one(Change { fields, write_only, ..Change::of_live(live, step) }))
}

/// The plan of `upsert`: a creation, or an update of what matches.
///
/// # Errors
/// When what matches has another auth type, which can't be changed.
pub fn upsert(desired: &Desired, live: Option<&LiveRegistry>) -> Result<Plan, PlanError> {
    let Some(live) = live else { return Ok(create(desired)) };
    let Desired { label: _, position: _, name, registry_type, auth_type, settings } = desired;
    let expected =
        crate::desired::Expected { registry_type: Some(*registry_type), auth_type: Some(*auth_type), url: None };
    update(
        live,
        &Edit { address: Address::Name(name.clone().unwrap_or_default()), expected, settings: settings.clone() },
    )
}

/// The one live configuration that an address means; `None` when there is none.
///
/// # Errors
/// When several match.
pub fn find<'a>(address: &Address, live: &'a [LiveRegistry]) -> Result<Option<&'a LiveRegistry>, PlanError> {
    let matches: Vec<&LiveRegistry> = match address {
        Address::Name(name) => live.iter().filter(|live| live.name == *name).collect(),
        Address::Key { registry_type, url } => {
            let key = Some(crate::registry::RegistryKey::new(*registry_type, url));
            live.iter().filter(|live| live.key() == key).collect()
        }
    };
    match matches.as_slice() {
        [] => Ok(None),
        [only] => Ok(Some(only)),
        several => Err(PlanError::one(format!(
            "{} configurations {address} exist: {}; say which one with `name`",
            several.len(),
            names(several)
        ))),
    }
}

/// Checks that a configuration is what the inputs say it is.
///
/// # Errors
/// Says what it is instead.
pub fn check_expected(expected: &crate::desired::Expected, live: &LiveRegistry) -> Result<(), PlanError> {
    let complaints = expected.contradictions(live);
    if complaints.is_empty() { Ok(()) } else { Err(from_complaints(complaints)) }
}

fn from_complaints(complaints: Vec<Complaint>) -> PlanError {
    let problem = |Complaint { field, message }| PlanProblem {
        position: None,
        message: format!("input `{}` {message}", str::replace(field, '_', "-")),
    };
    PlanError { problems: complaints.into_iter().map(problem).collect() }
}

fn names(live: &[&LiveRegistry]) -> String {
    let names: Vec<&str> = live.iter().map(|live| live.name.as_str()).collect();
    names.join(", ")
}

/// Live configurations by name.
type ByName<'a> = BTreeMap<&'a str, &'a LiveRegistry>;
