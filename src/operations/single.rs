//! The operations on one configuration: create, update, upsert, delete. Each is a plan of one change.

use anyhow::Context as _;
use http::StatusCode;

use super::failure::Failure;
use super::write::{Execution, prepare};
use super::{Session, incomplete};
use crate::desired::{Address, Desired, Edit, Expected, Settings};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::near;
use crate::exit::Exit;
use crate::github::OnStop;
use crate::plan::{self, Plan};
use crate::registry::{AuthType, LiveRegistry, RegistryType};
use crate::report::Shown;
use crate::rules::Subject;

impl Session<'_> {
    pub(super) async fn create(&mut self, desired: &Desired) -> Result<(), Failure> {
        self.judge_step(Subject::of_desired(desired), &desired.settings)?;
        self.one_off(plan::create(desired), None).await
    }

    pub(super) async fn update(&mut self, edit: &Edit) -> Result<(), Failure> {
        let live = self.require(&edit.address).await?;
        let plan = plan::update(&live, &edit.expected, &edit.settings)?;
        self.judge_edit(&live, &edit.settings)?;
        self.one_off(plan, Some(live)).await
    }

    pub(super) async fn upsert(&mut self, desired: &Desired) -> Result<(), Failure> {
        let address = desired
            .address()
            .context("the inputs do not say which configuration is meant: set `name`, or `registry-type` and `url`")?;
        let Found { live, listed: _ } = self.find(&address).await?;
        if live.is_none() && desired.name.is_some() {
            return Err(not_found(&address));
        }
        let plan = plan::upsert(desired, live.as_ref())?;
        match &live {
            Some(live) => self.judge_edit(live, &desired.settings)?,
            None => self.judge_step(Subject::of_desired(desired), &desired.settings)?,
        }
        self.one_off(plan, live).await
    }

    /// Applies the rules to the fields that an update sets, as far as these decide them.
    fn judge_edit(&mut self, live: &LiveRegistry, settings: &Settings) -> Result<(), Failure> {
        let auth_type = live.auth_type.as_deref().and_then(AuthType::parse);
        let registry_type = RegistryType::parse(&live.registry_type);
        self.judge_step(Subject::of_edit("", registry_type, auth_type, settings), settings)
    }

    pub(super) async fn delete(&mut self, address: &Address, expected: &Expected) -> Result<(), Failure> {
        let Found { mut live, mut listed } = self.find(address).await?;
        if let (Address::Name(name), None) = (address, &live) {
            // A 404 can also mean that the token lacks the permission. If the token may list, the list settles it.
            let registries = self.organization.list(OnStop::GiveUp).await?.registries;
            live = registries.iter().find(|live| live.name == *name).cloned();
            listed = Some(registries);
        }
        if let Some(live) = &live {
            plan::check_expected(expected, live)?;
        } else {
            let warning = Diagnostic::warning("Delete", nothing_to_delete(address, &listed.unwrap_or_default()));
            self.journal.note(warning);
        }
        // A deleted configuration is not shown.
        self.one_off(plan::delete(address, live.as_ref()), None).await
    }

    /// Returns the configuration at an address.
    ///
    /// # Errors
    /// If it does not exist, or can't be read.
    pub(super) async fn require(&mut self, address: &Address) -> Result<LiveRegistry, Failure> {
        if let Address::Name(name) = address {
            // Here, GitHub's 404 is reported as it is: it can also mean that the token lacks the permission.
            let live = self.organization.get(name).await?;
            self.warn_of_credentials([&live]);
            return Ok(live);
        }
        self.find(address).await?.live.ok_or_else(|| not_found(address))
    }

    /// Returns the configuration at an address, if it exists: from a GET for a name, else from the list.
    async fn find(&mut self, address: &Address) -> Result<Found, Failure> {
        let found = self.look_for(address).await?;
        self.warn_of_credentials(&found.live);
        Ok(found)
    }

    async fn look_for(&self, address: &Address) -> Result<Found, Failure> {
        match address {
            Address::Name(name) => match self.organization.get(name).await {
                Ok(live) => Ok(Found { live: Some(live), listed: None }),
                Err(error) if error.status() == Some(StatusCode::NOT_FOUND) => Ok(Found::default()),
                Err(error) => Err(error.into()),
            },
            Address::Key { registry_type, url } => {
                let mut listing = self.organization.list(OnStop::GiveUp).await?;
                let mut found = plan::find(*registry_type, url, &listing.registries)?.cloned();
                if found.is_none() && listing.pages > 1 {
                    listing = self.organization.list_again(listing, OnStop::GiveUp).await?;
                    found = plan::find(*registry_type, url, &listing.registries)?.cloned();
                }
                if found.is_none() && !listing.is_complete() {
                    let message = "GitHub's list is incomplete, and the configuration may be among those that it lacks: run again";
                    return Err(incomplete(message));
                }
                self.organization.remember(&listing);
                Ok(Found { live: found, listed: Some(listing.registries) })
            }
        }
    }

    /// Adds one configuration to the report.
    pub(super) fn show(&mut self, live: LiveRegistry) {
        self.journal.report.shown = Shown::One(Box::new(live));
    }

    /// Carries out a plan of one change, and reports the configuration as it is afterwards.
    async fn one_off(&mut self, plan: Plan, live: Option<LiveRegistry>) -> Result<(), Failure> {
        let will_change = plan.writes() && !self.inputs.only_reports();
        match &live {
            Some(live) if !will_change => self.show(live.clone()),
            // What is about to change is read again, and shown, afterwards.
            _ => {
                let name = plan.changes.iter().find_map(|change| change.name.clone());
                self.journal.report.shown = name.map_or(Shown::Nothing, Shown::Name);
            }
        }
        let looked_up = self.look_up(&plan).await;
        let Execution { result, changed, created } = {
            let prepared = prepare(self.inputs, self.vault, &plan, looked_up);
            self.carry_out(plan, prepared).await
        };
        // This includes a configuration that was created differently than requested, so that it can be found.
        if let Some(created) = created {
            self.show(created);
            return result;
        }
        result?;
        if let Some(live) = live.filter(|_| changed) {
            let live = self.organization.get(&live.name).await?;
            self.show(live);
        }
        Ok(())
    }
}

/// The result of looking for a configuration.
#[derive(Default)]
struct Found {
    live: Option<LiveRegistry>,
    /// All configurations, if they were listed.
    listed: Option<Vec<LiveRegistry>>,
}

/// Returns the warning for a deletion without a target. It may have been deleted before, or its name may be misspelled,
/// so the warning suggests similar names.
fn nothing_to_delete(address: &Address, listed: &[LiveRegistry]) -> String {
    let near: Vec<String> = match address {
        Address::Name(name) => {
            near(name, listed.iter().map(|live| live.name.as_str())).into_iter().map(str::to_owned).collect()
        }
        Address::Key { registry_type, url } => {
            let of_type = listed.iter().filter(|live| live.registry_type == registry_type.as_str());
            near(url.as_str(), of_type.filter_map(|live| live.url.as_deref())).into_iter().map(str::to_owned).collect()
        }
    };
    let near = if near.is_empty() { String::new() } else { format!(". Similar: {}", near.join(", ")) };
    format!("there is no configuration {address}, so there is nothing to delete{near}")
}

fn not_found(address: &Address) -> Failure {
    Failure::new(
        Exit::Failed,
        "Not found",
        format!("there is no configuration {address}: `operation: list` shows them"),
    )
}
