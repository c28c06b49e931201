//! Makes a [`Plan`] from desired and live configurations. Pure: no network, no environment, no secrets.

mod diff;
mod identity;
mod manifest;
mod pinned;
mod single;

pub use diff::{FieldChange, WriteOnly, created_otherwise, mismatches};
pub use identity::identity_of;
pub use manifest::{Policy, ReplaceOrder, Resend, check_deletions, from_manifest};
pub use single::{check_expected, create, delete, find, update, upsert};

use std::collections::BTreeMap;

use crate::desired::{Desired, Settings, Username};
use crate::diagnostics::{Diagnostic, Location};
use crate::registry::{AuthType, LiveRegistry, RegistryType};
use diff::{all_fields, write_only};

/// The changes of a run, in the order in which they are applied.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// One change for each configuration that is desired or live.
    pub changes: Vec<Change>,
    /// A hash of the changes and the live state, set by [`Plan::identify`]; empty for one-off operations.
    pub id: String,
}

impl Plan {
    fn of_one(change: Change) -> Self {
        Self { changes: vec![change], id: String::new() }
    }

    /// Reports whether GitHub differs from what is desired and would be changed. A resend does not count as drift.
    pub fn has_drift(&self) -> bool {
        self.tried().any(|change| change.action().is_drift())
    }

    /// Reports whether applying it would write anything.
    pub fn writes(&self) -> bool {
        self.tried().any(|change| change.action().writes())
    }

    /// Reports whether applying it would create anything.
    pub fn creates(&self) -> bool {
        self.tried().any(|change| change.action().creates())
    }

    /// Returns the changes that are not withheld.
    fn tried(&self) -> impl Iterator<Item = &Change> + Clone {
        self.changes.iter().filter(|change| change.withheld.is_none())
    }

    /// Withholds the changes of some entries, given as reasons by label. The entries are still desired, so nothing of
    /// theirs is deleted.
    pub fn withhold(&mut self, reasons: &BTreeMap<&str, String>) {
        for change in self.changes.iter_mut().filter(|change| change.action().writes()) {
            let reason = change.label.as_deref().and_then(|label| reasons.get(label));
            if let Some(reason) = reason {
                change.withheld.get_or_insert_with(|| reason.clone());
            }
        }
    }

    /// Returns the number of requests other than GETs that applying it takes, if nothing has to be retried.
    pub fn write_requests(&self) -> usize {
        let requests = |change: &Change| match change.action() {
            Action::Create | Action::Update | Action::Delete | Action::Resend => 1,
            Action::Replace => 2,
            Action::Unchanged | Action::Unmanaged => 0,
        };
        self.tried().map(requests).sum()
    }

    /// Returns everything that it sends.
    pub fn sent(&self) -> impl Iterator<Item = Sent<'_>> + Clone {
        self.tried().filter_map(|change| {
            let settings = change.settings()?;
            Some(Sent { label: change.label.as_deref(), location: change.location.as_ref(), settings })
        })
    }
}

/// What is sent for one configuration, with its position in the manifest.
#[derive(Clone, Copy, Debug)]
pub struct Sent<'a> {
    /// The label in the manifest.
    pub label: Option<&'a str>,
    /// The position of its entry in the manifest.
    pub location: Option<&'a Location>,
    /// The settings that are sent.
    pub settings: &'a Settings,
}

impl<'a> Sent<'a> {
    /// Returns everything that an entry can send.
    pub fn of(desired: &'a Desired) -> Self {
        Self { label: desired.label.as_deref(), location: desired.location.as_ref(), settings: &desired.settings }
    }
}

/// A change of one configuration, which may be none.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// The label in the manifest.
    pub label: Option<String>,
    /// The position of its entry in the manifest.
    pub location: Option<Location>,
    /// GitHub's name; `None` before it is created.
    pub name: Option<String>,
    /// The type in the API's spelling.
    pub registry_type: String,
    /// The auth type; `None` if the server does not return it or this release does not know it.
    pub auth_type: Option<AuthType>,
    /// The url as written.
    pub url: Option<String>,
    /// The user name, whether it is sent or not: its `Basic` form with the secret must be masked too.
    pub username: Option<String>,
    /// The readable fields that change.
    pub fields: Vec<FieldChange>,
    /// The write-only values that are sent.
    pub write_only: Vec<WriteOnly>,
    /// The write-only values that are desired, but not sent because nothing else differs.
    pub not_sent: Vec<WriteOnly>,
    /// Further information for the reader of the plan.
    pub remarks: Vec<String>,
    /// The reason why it is not applied, if it is withheld.
    pub withheld: Option<String>,
    /// The step to take.
    pub step: Step,
}

impl Change {
    /// Returns the kind of change.
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

    /// Returns the settings that are sent, if any.
    pub fn settings(&self) -> Option<&Settings> {
        match &self.step {
            Step::Create(desired) => Some(&desired.settings),
            Step::Replace(replacement) => Some(&replacement.desired.settings),
            Step::Update(settings) | Step::Resend(settings) => Some(settings),
            Step::Delete | Step::Unchanged | Step::Unmanaged => None,
        }
    }

    /// Returns the words to call it by: the manifest's label, or GitHub's name, or its type and url.
    pub fn title(&self) -> String {
        let Self { label, name, registry_type, url, .. } = self;
        match (label, name) {
            (Some(label), _) => label.clone(),
            (None, Some(name)) => name.clone(),
            (None, None) => format!("{registry_type} {}", url.as_deref().unwrap_or_default()),
        }
    }

    /// Creates a change of a live configuration, described with GitHub's values.
    fn of_live(live: &LiveRegistry, step: Step) -> Self {
        Self {
            name: Some(live.name.clone()),
            registry_type: live.registry_type.clone(),
            auth_type: live.auth_type.as_deref().and_then(AuthType::parse),
            url: live.url.clone(),
            username: live.username.clone(),
            step,
            ..Self::default()
        }
    }

    /// Creates a change to a desired configuration, described with the desired values.
    fn of_desired(desired: &Desired, step: Step) -> Self {
        Self {
            label: desired.label.clone(),
            location: desired.location.clone(),
            registry_type: desired.registry_type.to_string(),
            auth_type: Some(desired.auth_type),
            url: desired.settings.url.as_ref().map(ToString::to_string),
            username: desired.settings.username.as_ref().and_then(Username::as_deref).map(str::to_owned),
            step,
            ..Self::default()
        }
    }

    fn creation(desired: &Desired) -> Self {
        Self {
            fields: all_fields(desired),
            write_only: write_only(&desired.settings),
            ..Self::of_desired(desired, Step::Create(Box::new(desired.clone())))
        }
    }
}

/// A step to take, with its data. The data is boxed because most changes of a plan have none, and a run over many
/// organizations has thousands.
#[derive(Clone, Debug, Default)]
pub enum Step {
    /// POST.
    Create(Box<Desired>),
    /// PATCH with only these fields.
    Update(Box<Settings>),
    /// POST the new one, then DELETE the old one, or the other way round.
    Replace(Box<Replacement>),
    /// DELETE.
    Delete,
    /// PATCH with write-only values.
    Resend(Box<Settings>),
    /// Nothing, because it is as desired.
    #[default]
    Unchanged,
    /// Nothing, because it is not in the manifest.
    Unmanaged,
}

/// The data of a replace.
#[derive(Clone, Debug)]
pub struct Replacement {
    /// The new configuration.
    pub desired: Desired,
    /// The old configuration, to report what is lost if it is deleted and the new one can't be created.
    pub old: LiveRegistry,
    /// The order of the two steps.
    pub order: ReplaceOrder,
}

/// The kinds of change, in the order in which they are applied and shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// It does not exist yet.
    Create,
    /// A readable field differs.
    Update,
    /// An immutable field differs.
    Replace,
    /// Nothing differs, but write-only values are sent.
    Resend,
    /// It is not in the manifest, and `prune` is on.
    Delete,
    /// Nothing differs, and nothing is sent.
    Unchanged,
    /// It is not in the manifest, and `prune` is off.
    Unmanaged,
}

impl Action {
    /// All kinds, in order.
    pub const ALL: [Self; 7] =
        [Self::Create, Self::Update, Self::Replace, Self::Resend, Self::Delete, Self::Unchanged, Self::Unmanaged];

    /// The name in lower case.
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

    /// Reports whether GitHub differs from what is desired.
    pub const fn is_drift(self) -> bool {
        matches!(self, Self::Create | Self::Update | Self::Replace | Self::Delete)
    }

    /// Reports whether it creates a configuration.
    pub const fn creates(self) -> bool {
        matches!(self, Self::Create | Self::Replace)
    }

    /// Reports whether it sends any request other than a GET.
    pub const fn writes(self) -> bool {
        self.is_drift() || matches!(self, Self::Resend)
    }
}

/// The reasons why there is no plan. Nothing has been written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanError {
    /// All reasons.
    pub problems: Vec<Diagnostic>,
}

impl PlanError {
    fn one(message: impl Into<String>) -> Self {
        Self { problems: vec![impossible(message)] }
    }
}

/// Creates a reason why there is no plan. The message is a whole sentence, with what to do about it.
fn impossible(message: impl Into<String>) -> Diagnostic {
    Diagnostic::error("Configuration", message)
}

fn names(live: &[&LiveRegistry]) -> String {
    let names: Vec<&str> = live.iter().map(|live| live.name.as_str()).collect();
    names.join(", ")
}

/// Returns the configurations of a type whose url GitHub does not return, as on older servers. Any of them may have the
/// url that is looked for, so creating one could make a duplicate.
fn without_url<'a>(
    live: impl IntoIterator<Item = &'a LiveRegistry>,
    registry_type: RegistryType,
) -> Vec<&'a LiveRegistry> {
    live.into_iter().filter(|live| live.url.is_none() && live.registry_type == registry_type.as_str()).collect()
}
