//! Carries a plan out in its order. It continues after a failure but deletes nothing after one, and stops on a signal
//! or on a refusal that would meet every other write too.

mod prepare;
mod replace;
mod repositories;
mod secrets;
mod trouble;
mod twins;
mod write;

pub use prepare::{LookedUp, NotReady, Prepared, look_up, prepare};
pub use secrets::{SecretProblems, Secrets, Wanted, take as take_secrets};
pub use trouble::Trouble;

use std::collections::BTreeMap;

use crate::desired::RepositoryIds;
use crate::diagnostics::Diagnostic;
use crate::github::{Asker, Client, Organization};
use crate::plan::{Change, Plan, Step};
use crate::registry::LiveRegistry;
use crate::text::one_line;
use write::{Done, Secret, WriteError, Writer};

/// The outcome of one change.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Whether it was done.
    pub status: Status,
    /// GitHub's name of the configuration, if the change created one.
    pub name: Option<String>,
    /// What failed, or why it was skipped.
    pub error: Option<Trouble>,
    /// Whether GitHub was changed, which is also true for a replacement that failed half-way.
    pub changed: bool,
    /// The configuration that it created, as GitHub returned it.
    pub registry: Option<Box<LiveRegistry>>,
}

impl Outcome {
    /// The outcome of a change that was not attempted.
    fn skipped(why: &str) -> Self {
        Self { status: Status::Skipped, error: Some(Trouble::new(format!("{SKIPPED}{why}"))), ..Self::default() }
    }

    /// The outcome of a change that writes nothing. An unmanaged configuration stays merely planned.
    fn without_writing(change: &Change) -> Self {
        match change.step {
            Step::Unmanaged => Self::default(),
            _ => Self::applied(false),
        }
    }

    /// The outcome of a successful change.
    fn applied(changed: bool) -> Self {
        Self { status: Status::Applied, changed, ..Self::default() }
    }

    /// The outcome of a change that failed and changed nothing.
    fn failed(why: Trouble) -> Self {
        Self { status: Status::Failed, error: Some(why), ..Self::default() }
    }

    /// Converts the result of a write.
    fn of(done: Result<Done, WriteError>) -> Self {
        let failed = Self::failed;
        match done {
            Ok(Done::Created(created)) => Self::applied(true).with(Some(created)),
            Ok(Done::Changed) => Self::applied(true),
            Ok(Done::Nothing) => Self::applied(false),
            Err(WriteError::Api(error)) if error.was_not_tried() => Self::skipped(STOPPED),
            Err(WriteError::Api(error)) => {
                let changed = error.may_have_changed_something();
                Self { changed, ..failed(Trouble::of(&error)) }
            }
            Err(WriteError::Otherwise { created, how }) => {
                let message = format!(
                    "GitHub created {}, but not as requested: {how}. Look at it, then `update` or `delete` it by name",
                    created.name
                );
                Self { changed: true, ..failed(Trouble::new(message)) }.with(Some(created))
            }
            Err(WriteError::Told { trouble, created, changed }) => Self { changed, ..failed(trouble) }.with(created),
        }
    }

    /// Adds the configuration that was created.
    fn with(self, created: Option<Box<LiveRegistry>>) -> Self {
        let name = created.as_ref().map(|live| live.name.clone());
        Self { name, registry: created, ..self }
    }
}

/// The status of a change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// Nothing was sent.
    #[default]
    Planned,
    /// It was done, or there was nothing to do.
    Applied,
    /// It failed.
    Failed,
    /// It was not attempted.
    Skipped,
}

impl Status {
    /// Returns its spelling in the `result` document.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Applied => "applied",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// The outcomes of a plan.
#[derive(Debug, Default)]
pub struct Applied {
    /// One outcome per change, in the plan's order.
    pub outcomes: Vec<Outcome>,
    /// Warnings about possible problems, even if nothing failed.
    pub warnings: Vec<Diagnostic>,
}

/// Carries out the plan of an organization.
pub async fn apply(organization: &Organization, plan: &Plan, prepared: Prepared) -> Applied {
    let Prepared { repositories, secrets, mut barred, remarks: _ } = prepared;
    // A change that is barred has failed before the first write, and so before every deletion.
    let mut has_failed = !barred.is_empty();
    let mut writer = Writer::new(organization, repositories);
    let total = plan.changes.iter().filter(|change| change.action().writes()).count();
    let mut outcomes: Vec<Outcome> = Vec::with_capacity(plan.changes.len());
    let mut refuses_all = false;
    for (index, change) in plan.changes.iter().enumerate() {
        if !change.action().writes() {
            outcomes.push(Outcome::without_writing(change));
            continue;
        }
        let withheld = change.withheld.as_deref();
        let why = withheld.or_else(|| reason_to_skip(change, has_failed, organization.client(), refuses_all));
        let outcome = if let Some(why) = barred.remove(&index) {
            Outcome::failed(why)
        } else if let Some(why) = why {
            Outcome::skipped(why)
        } else {
            let secret = secrets.get(&index).map(|value| Secret { value, sealed: None });
            let done = writer.carry_out(change, secret).await;
            refuses_all |= matches!(&done, Err(WriteError::Api(error)) if error.meets_all());
            Outcome::of(done)
        };
        has_failed |= outcome.status == Status::Failed;
        // Skipped changes are reported together below.
        if outcome.status != Status::Skipped {
            // The index works as a number because changes that write come first.
            organization.console().text(&progress(index + 1, total, change, &outcome));
        }
        outcomes.push(outcome);
    }
    for line in skipped(plan, &outcomes) {
        organization.console().text(&line);
    }
    writer.look_for_twins().await;
    Applied { outcomes, warnings: writer.warnings }
}

fn reason_to_skip(change: &Change, has_failed: bool, client: &Client, refuses_all: bool) -> Option<&'static str> {
    if refuses_all {
        Some(match client.asker() {
            Asker::Token => "GitHub refuses every write with this `token`; see the first failure",
            Asker::App { .. } => "GitHub refuses every write by this App; see the first failure",
        })
    } else if has_failed && matches!(change.step, Step::Delete | Step::Replace(_)) {
        Some("nothing is deleted once anything has failed")
    } else if client.is_limited() {
        // Further requests would only make GitHub extend the limit.
        Some("GitHub's rate limit allows no further request within `max-wait`")
    } else {
        None
    }
}

/// Returns the outcomes of a plan that could not be started.
pub fn not_begun(plan: &Plan) -> Vec<Outcome> {
    let outcome = |change: &Change| match &change.withheld {
        Some(why) => Outcome::skipped(why),
        None if change.action().writes() => Outcome::skipped("the plan could not be started"),
        None => Outcome::without_writing(change),
    };
    plan.changes.iter().map(outcome).collect()
}

/// Returns the outcomes of a plan that is only shown. Changes that would not be attempted are known already.
pub fn foreseen(plan: &Plan) -> Vec<Outcome> {
    let outcome = |change: &Change| change.withheld.as_deref().map(Outcome::skipped).unwrap_or_default();
    plan.changes.iter().map(outcome).collect()
}

/// The prefix of the reason why a change was skipped.
const SKIPPED: &str = "skipped: ";

/// The reason why changes are skipped after a signal. Their number is reported with the signal.
const STOPPED: &str = "the run was stopped";

/// Returns a line for each reason why changes were skipped, with their number, or with the change if there is only one.
fn skipped(plan: &Plan, outcomes: &[Outcome]) -> Vec<String> {
    let mut reasons: BTreeMap<&str, Vec<&Change>> = BTreeMap::new();
    for (change, outcome) in plan.changes.iter().zip(outcomes) {
        if outcome.status == Status::Skipped {
            let why = outcome.error.as_ref().and_then(|error| error.headline.strip_prefix(SKIPPED));
            reasons.entry(why.unwrap_or_default()).or_default().push(change);
        }
    }
    let line = |(why, changes): (&str, Vec<&Change>)| match changes.as_slice() {
        [change] => one_line(&format!("{} {}: {SKIPPED}{why}", change.action().as_str(), change.title())),
        changes => one_line(&format!("{} changes were skipped: {why}", changes.len())),
    };
    reasons.into_iter().filter(|(why, _)| *why != STOPPED).map(line).collect()
}

fn progress(number: usize, total: usize, change: &Change, outcome: &Outcome) -> String {
    let (action, title) = (change.action().as_str(), change.title());
    let name = outcome.name.as_ref().or(change.name.as_ref()).filter(|name| **name != title);
    let name = name.map(|name| format!(" ({name})")).unwrap_or_default();
    let error = outcome.error.as_ref().map(|error| error.headline.as_str()).unwrap_or_default();
    let end = match outcome.status {
        Status::Applied if !outcome.changed => ": it was already gone".to_owned(),
        Status::Applied => String::new(),
        Status::Failed | Status::Skipped | Status::Planned => format!(": {}: {error}", outcome.status.as_str()),
    };
    one_line(&format!("[{number}/{total}] {action} {title}{name}{end}"))
}

/// Lists names in a sentence, only the first of them if there are many.
pub fn listed(names: &[String]) -> String {
    /// Enough to know what they have in common.
    const MOST_NAMES: usize = 20;
    let shown = names.iter().take(MOST_NAMES).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(MOST_NAMES) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
