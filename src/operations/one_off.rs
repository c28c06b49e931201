//! The operations on one configuration: create, update, upsert, delete. Each is a plan of one change.

use anyhow::Context as _;
use http::StatusCode;

use super::{Session, incomplete};
use crate::desired::{Address, Desired, Edit, Expected};
use crate::failure::{Exit, Failure};
use crate::github::OnStop;
use crate::plan::{self, Plan};
use crate::registry::LiveRegistry;

impl Session<'_> {
    pub(super) async fn create(&mut self, desired: &Desired) -> Result<(), Failure> {
        self.one_off(plan::create(desired), None).await
    }

    pub(super) async fn update(&mut self, edit: &Edit) -> Result<(), Failure> {
        let live = self.require(&edit.address).await?;
        self.one_off(plan::update(&live, &edit.expected, &edit.settings)?, Some(live)).await
    }

    pub(super) async fn upsert(&mut self, desired: &Desired) -> Result<(), Failure> {
        let address = desired.address().context("neither `name` nor `url` says which configuration is meant")?;
        let Found { live, names } = self.find(&address).await?;
        if live.is_none() && desired.name.is_some() {
            return Err(not_found(&address));
        }
        let plan = Plan { live_names: names, ..plan::upsert(desired, live.as_ref())? };
        self.one_off(plan, live).await
    }

    pub(super) async fn delete(&mut self, address: &Address, expected: &Expected) -> Result<(), Failure> {
        let live = self.find(address).await?.live;
        if let Some(live) = &live {
            plan::check_expected(expected, live)?;
        } else if let Address::Name(_) = address {
            // A single 404 can also mean that the token may not see it; a list that it may see settles that.
            self.client.list(self.org(), OnStop::GiveUp).await?;
        }
        // Nothing is left to be shown.
        self.one_off(plan::delete(address, live.as_ref()), None).await
    }

    /// The configuration that an address means, which must be there.
    pub(super) async fn require(&self, address: &Address) -> Result<LiveRegistry, Failure> {
        if let Address::Name(name) = address {
            // GitHub's own 404 says more than that it was not found: it may only not be allowed.
            return Ok(self.client.get(self.org(), name).await?);
        }
        self.find(address).await?.live.ok_or_else(|| not_found(address))
    }

    /// The configuration that an address means, if it is there: one GET by name, or the list.
    async fn find(&self, address: &Address) -> Result<Found, Failure> {
        match address {
            Address::Name(name) => match self.client.get(self.org(), name).await {
                Ok(live) => Ok(Found { live: Some(live), names: None }),
                Err(error) if error.status() == Some(StatusCode::NOT_FOUND) => Ok(Found::default()),
                Err(error) => Err(error.into()),
            },
            Address::Key { registry_type, url } => {
                let mut listing = self.client.list(self.org(), OnStop::GiveUp).await?;
                let mut found = plan::find(*registry_type, url, &listing.registries)?.cloned();
                if found.is_none() && listing.pages > 1 {
                    listing = self.client.list_again(self.org(), listing, OnStop::GiveUp).await?;
                    found = plan::find(*registry_type, url, &listing.registries)?.cloned();
                }
                if found.is_none() && !listing.is_complete() {
                    let message = "GitHub's list came incomplete, so nothing is known about what is missing: run again";
                    return Err(incomplete(message));
                }
                let names = listing.registries.into_iter().map(|live| live.name).collect();
                Ok(Found { live: found, names: Some(names) })
            }
        }
    }

    /// Tells one configuration.
    pub(super) fn show(&mut self, live: LiveRegistry) {
        self.report.outputs = vec![("registry", live.raw.to_string()), ("name", live.name)];
        self.report.registries = vec![live.raw];
    }

    /// Carries out the plan of one step, and shows the configuration as it is afterwards.
    async fn one_off(&mut self, plan: Plan, live: Option<LiveRegistry>) -> Result<(), Failure> {
        let name = plan.changes.iter().find_map(|change| change.name.clone());
        self.report.outputs = name.into_iter().map(|name| ("name", name)).collect();
        // What is about to change is shown when it has.
        if let Some(live) = live.as_ref().filter(|_| self.report.only_reports() || !plan.writes()) {
            self.show(live.clone());
        }
        let ended = self.carry_out(plan, None).await;
        // Also what was created otherwise than asked is shown, to be found.
        let created = self.report.outcomes.iter().find(|outcome| outcome.changed).and(self.report.registries.first());
        let created = created.cloned().map(LiveRegistry::from_json).transpose().map_err(anyhow::Error::msg)?;
        if ended.is_err() {
            if let Some(created) = created {
                self.show(created);
            }
            return ended;
        }
        if !self.report.outcomes.iter().any(|outcome| outcome.changed) {
            return Ok(());
        }
        let live = match (created, live) {
            (Some(created), _) => created,
            (None, Some(live)) => self.client.get(self.org(), &live.name).await?,
            (None, None) => return Ok(()),
        };
        self.show(live);
        Ok(())
    }
}

/// What an address means on GitHub.
#[derive(Default)]
struct Found {
    live: Option<LiveRegistry>,
    /// The names of all, where they were listed.
    names: Option<Vec<String>>,
}

fn not_found(address: &Address) -> Failure {
    Failure::new(
        Exit::Failed,
        "Not found",
        format!("there is no configuration {address}: `operation: list` shows them"),
    )
}
