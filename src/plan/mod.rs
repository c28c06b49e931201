//! Decides what is to be done: desired and live in, a [`Plan`] out. Pure: no network, no environment, no secret.

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

/// What is to be done, in the order in which it is done.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// One for each configuration that is desired or live.
    pub changes: Vec<Change>,
    /// A hash of what would be done and of the live state, once [`Plan::identify`] has made it; empty for one-off
    /// operations.
    pub id: String,
}

impl Plan {
    fn of_one(change: Change) -> Self {
        Self { changes: vec![change], id: String::new() }
    }

    /// Whether GitHub differs from what is desired and would be changed; a resend is no drift.
    pub fn has_drift(&self) -> bool {
        self.tried().any(|change| change.action().is_drift())
    }

    /// Whether carrying it out would write anything.
    pub fn writes(&self) -> bool {
        self.tried().any(|change| change.action().writes())
    }

    /// Whether carrying it out would create anything.
    pub fn creates(&self) -> bool {
        self.tried().any(|change| change.action().creates())
    }

    /// The changes that are carried out, or would be.
    fn tried(&self) -> impl Iterator<Item = &Change> + Clone {
        self.changes.iter().filter(|change| change.withheld.is_none())
    }

    /// Leaves the changes of some entries out, each for a reason that its label has. They are still desired: nothing of
    /// theirs is deleted.
    pub fn withhold(&mut self, reasons: &BTreeMap<&str, String>) {
        for change in self.changes.iter_mut().filter(|change| change.action().writes()) {
            let reason = change.label.as_deref().and_then(|label| reasons.get(label));
            if let Some(reason) = reason {
                change.withheld.get_or_insert_with(|| reason.clone());
            }
        }
    }

    /// How many requests other than GETs it takes to carry it out, if nothing has to be sent again.
    pub fn write_requests(&self) -> usize {
        let requests = |change: &Change| match change.action() {
            Action::Create | Action::Update | Action::Delete | Action::Resend => 1,
            Action::Replace => 2,
            Action::Unchanged | Action::Unmanaged => 0,
        };
        self.tried().map(requests).sum()
    }

    /// Everything that it sends.
    pub fn sent(&self) -> impl Iterator<Item = Sent<'_>> + Clone {
        self.tried().filter_map(|change| {
            let settings = change.settings()?;
            Some(Sent { label: change.label.as_deref(), location: change.location.as_ref(), settings })
        })
    }
}

/// What is sent for one configuration, and where the manifest says it.
#[derive(Clone, Copy, Debug)]
pub struct Sent<'a> {
    /// The manifest's label.
    pub label: Option<&'a str>,
    /// Where the manifest says it.
    pub location: Option<&'a Location>,
    /// What is sent.
    pub settings: &'a Settings,
}

impl<'a> Sent<'a> {
    /// All that an entry can send.
    pub fn of(desired: &'a Desired) -> Self {
        Self { label: desired.label.as_deref(), location: desired.location.as_ref(), settings: &desired.settings }
    }
}

/// What happens to one configuration.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// The manifest's label.
    pub label: Option<String>,
    /// Where the manifest says it.
    pub location: Option<Location>,
    /// GitHub's name; `None` before it is created.
    pub name: Option<String>,
    /// GitHub's spelling.
    pub registry_type: String,
    /// How its readers sign in; `None` where it is not told, or is none of this release.
    pub auth_type: Option<AuthType>,
    /// As written.
    pub url: Option<String>,
    /// Whom a secret belongs to, whether that is sent or not: together they are masked in one more form.
    pub username: Option<String>,
    /// The readable fields that change.
    pub fields: Vec<FieldChange>,
    /// The write-only values that are sent.
    pub write_only: Vec<WriteOnly>,
    /// The write-only values that are desired, but not sent because nothing else differs.
    pub not_sent: Vec<WriteOnly>,
    /// What else a reader should know.
    pub remarks: Vec<String>,
    /// Why it is not tried, if it is not.
    pub withheld: Option<String>,
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
    pub fn settings(&self) -> Option<&Settings> {
        match &self.step {
            Step::Create(desired) => Some(&desired.settings),
            Step::Replace(replacement) => Some(&replacement.desired.settings),
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

    /// A change of a live configuration, in GitHub's words.
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

    /// A change to a desired configuration, in the person's words.
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

/// What to do, with what it needs. Boxed: in most plans most is unchanged, and a fleet has thousands.
#[derive(Clone, Debug, Default)]
pub enum Step {
    /// POST.
    Create(Box<Desired>),
    /// PATCH with just these.
    Update(Box<Settings>),
    /// POST, then DELETE the old one; or the other way round.
    Replace(Box<Replacement>),
    /// DELETE.
    Delete,
    /// PATCH with write-only values.
    Resend(Box<Settings>),
    /// Nothing: it is as desired.
    #[default]
    Unchanged,
    /// Nothing: the manifest does not speak of it.
    Unmanaged,
}

/// One configuration in the place of another.
#[derive(Clone, Debug)]
pub struct Replacement {
    /// The new one.
    pub desired: Desired,
    /// The old one, to tell what is lost if it is deleted and the new one can't be created.
    pub old: LiveRegistry,
    /// Which goes first.
    pub order: ReplaceOrder,
}

/// The kinds of change, in the order in which they are carried out and shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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

    /// Whether it makes a new configuration.
    pub const fn creates(self) -> bool {
        matches!(self, Self::Create | Self::Replace)
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
    pub problems: Vec<Diagnostic>,
}

impl PlanError {
    fn one(message: impl Into<String>) -> Self {
        Self { problems: vec![impossible(message)] }
    }
}

/// A reason why there is no plan: the whole sentence, with the way out.
fn impossible(message: impl Into<String>) -> Diagnostic {
    Diagnostic::error("Configuration", message)
}

fn names(live: &[&LiveRegistry]) -> String {
    let names: Vec<&str> = live.iter().map(|live| live.name.as_str()).collect();
    names.join(", ")
}

/// Those of a type whose url GitHub does not tell, as older servers don't: any of them may have the url that is looked
/// for, and to create it would perhaps be to duplicate it.
fn untold<'a>(live: impl IntoIterator<Item = &'a LiveRegistry>, registry_type: RegistryType) -> Vec<&'a LiveRegistry> {
    live.into_iter().filter(|live| live.url.is_none() && live.registry_type == registry_type.as_str()).collect()
}
