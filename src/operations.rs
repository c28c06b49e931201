//! The operations: for each, what is fetched, which plan is made, and what is told.

use futures_util::future::join;
use serde_json::Value;

use crate::actions::{Log, Note, Place, one_line};
use crate::apply::{self, Ahead, Status};
use crate::desired::{Address, Edit, Expected};
use crate::environment::Environment;
use crate::failure::{Exit, Failure};
use crate::github::Client;
use crate::inputs::{Inputs, ManifestFile, Task};
use crate::plan::{self, Plan, Policy, Resend};
use crate::registry::LiveRegistry;
use crate::report::{self, Report};
use crate::stop::Stop;
use crate::{export, manifest};

/// Runs one operation.
///
/// # Errors
/// [`Failure`]; what was done until then is in the report.
pub(crate) async fn run(
    inputs: &Inputs,
    environment: &Environment,
    log: Log,
    stop: &Stop,
    report: &mut Report,
) -> Result<Exit, Failure> {
    let Some(connection) = &inputs.connection else {
        if let Task::Validate(task) = &inputs.task {
            validate(task, log, report)?;
        }
        return Ok(Exit::Done);
    };
    let client = Client::new(connection, log, stop.clone())?;
    let mut session = Session { inputs, environment, client, log, report };
    match &inputs.task {
        Task::Validate(_) => Ok(Exit::Done), // it has no connection
        Task::List => session.list().await,
        Task::Get(address, expected) => session.get(address, expected).await,
        Task::PublicKey => session.public_key().await,
        Task::Create(desired) => session.one_off(plan::create(desired), None).await,
        Task::Update(edit) => session.update(edit).await,
        Task::Upsert(desired) => {
            let address = match (&desired.name, &desired.settings.url) {
                (None, Some(url)) => Address::Key { registry_type: desired.registry_type, url: url.clone() },
                (name, _) => Address::Name(name.clone().unwrap_or_default()),
            };
            let live = session.find(&address).await?;
            if live.is_none() && desired.name.is_some() {
                return Err(not_found(&address));
            }
            session.one_off(plan::upsert(desired, live.as_ref())?, live).await
        }
        Task::Delete(address, expected) => session.delete(address, expected).await,
        Task::Plan { file, policy, fail_on_drift } => {
            let declared = manifest(file, log, session.report)?;
            refuse_to_empty(policy.prune, &declared)?;
            session.plan(&declared, *policy, &file.shown, None).await?;
            let has_drift = session.report.plan.as_ref().is_some_and(Plan::has_drift);
            if *fail_on_drift && has_drift {
                let message = format!("GitHub differs from the manifest: {}", report::totals(session.report));
                return Err(Failure::new(Exit::Drift, "Drift", message));
            }
            Ok(Exit::Done)
        }
        Task::Apply { file, policy, plan_id } => {
            let declared = manifest(file, log, session.report)?;
            refuse_to_empty(policy.prune, &declared)?;
            session.plan(&declared, *policy, &file.shown, plan_id.as_deref()).await?;
            Ok(Exit::Done)
        }
        Task::Export(path) => session.export(path.as_deref()).await,
    }
}

/// Says a warning, and keeps it for the summary.
pub(crate) fn warn(log: Log, report: &mut Report, note: &Note) {
    log.warning(note);
    report.warnings.push(note.placed());
}

/// Reads and checks the manifest, telling what is wrong or likely to hurt at its place.
fn manifest(
    ManifestFile { path, within, shown }: &ManifestFile,
    log: Log,
    report: &mut Report,
) -> Result<manifest::Manifest, Failure> {
    let source = read(path, within.as_deref()).map_err(|error| {
        let place = Some(Place { file: shown.clone(), line: 1, column: 1 });
        let note = Note { place, ..Note::new("Manifest", format!("the manifest {shown} {error}")) };
        Failure { exit: Exit::Wrong, notes: vec![note] }
    })?;
    let manifest = manifest::read(&source, shown).map_err(|error| Failure { exit: Exit::Wrong, notes: error.notes })?;
    for warning in &manifest.warnings {
        warn(log, report, warning);
    }
    Ok(manifest)
}

/// The text of a file, if it is one of a sensible size.
fn read(path: &std::path::Path, within: Option<&std::path::Path>) -> Result<String, String> {
    use std::io::Read as _;
    let real = |path: &std::path::Path| path.canonicalize().ok();
    if let (Some(file), Some(folder)) = (real(path), within.and_then(real))
        && !file.starts_with(folder)
    {
        return Err("is a link that leads out of the workspace, which is not followed".to_owned());
    }
    let file = std::fs::File::open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            "does not exist: check out the repository, set input `manifest`, or write one with `operation: export`"
                .to_owned()
        }
        _ => format!("can't be read: {error}"),
    })?;
    let mut bytes = Vec::new();
    let limit = u64::try_from(manifest::LARGEST).unwrap_or(u64::MAX).saturating_add(1);
    file.take(limit).read_to_end(&mut bytes).map_err(|error| format!("can't be read: {error}"))?;
    String::from_utf8(bytes).map_err(|_| "is not valid UTF-8".to_owned())
}

fn validate(task: &ManifestFile, log: Log, report: &mut Report) -> Result<(), Failure> {
    let declared = manifest(task, log, report)?;
    let registries = match declared.registries.len() {
        1 => "1 registry".to_owned(),
        several => format!("{several} registries"),
    };
    let fact = format!("{} is valid: {registries}", task.shown);
    log.text(&fact);
    report.facts.push(fact);
    Ok(())
}

/// An empty manifest that deletes everything else is an accident.
fn refuse_to_empty(prune: bool, declared: &manifest::Manifest) -> Result<(), Failure> {
    if prune && declared.registries.is_empty() {
        let message = "the manifest has no registry, and `prune` would delete every one on GitHub: this is refused. To \
                       delete them all, use `operation: delete` for each";
        return Err(Failure::new(Exit::Wrong, "Prune", message));
    }
    Ok(())
}

fn not_found(address: &Address) -> Failure {
    Failure::new(
        Exit::Failed,
        "Not found",
        format!("there is no configuration {address}: `operation: list` shows them"),
    )
}

/// One operation under way.
struct Session<'a> {
    inputs: &'a Inputs,
    environment: &'a Environment,
    /// One for the whole run: the connection is kept, and so is the account of what was waited.
    client: Client,
    log: Log,
    report: &'a mut Report,
}

impl Session<'_> {
    fn org(&self) -> &str {
        &self.inputs.org
    }

    async fn list(&mut self) -> Result<Exit, Failure> {
        let listing = self.client.list(self.org()).await?;
        let raw: Vec<Value> = listing.registries.iter().map(|live| live.raw.clone()).collect();
        let names: Vec<&str> = listing.registries.iter().map(|live| live.name.as_str()).collect();
        self.log.text(&format!("{} in {}", counted(raw.len(), "configuration"), self.org()));
        for live in &listing.registries {
            self.log.text(&format!("  {}", line(live)));
        }
        self.report.outputs = vec![
            ("registries", Value::from(raw.clone()).to_string()),
            ("names", Value::from(names).to_string()),
            ("total-count", listing.total_count.to_string()),
        ];
        self.report.registries = raw;
        if !listing.is_complete() {
            let (total, came) = (listing.total_count, listing.registries.len());
            let message = format!("GitHub counts {total} configurations, but its list has {came}: run again");
            return Err(Failure::new(Exit::Failed, "Incomplete list", message));
        }
        Ok(Exit::Done)
    }

    async fn get(&mut self, address: &Address, expected: &Expected) -> Result<Exit, Failure> {
        let live = self.require(address).await?;
        self.log.text(&line(&live));
        self.show(live.clone());
        plan::check_expected(expected, &live)?;
        Ok(Exit::Done)
    }

    async fn public_key(&mut self) -> Result<Exit, Failure> {
        let key = self.client.public_key(self.org()).await?;
        let fact = format!("The key {} of {}: {}", key.key_id, self.org(), key.key);
        self.log.text(&fact);
        self.report.facts.push(fact);
        self.report.outputs = vec![("key-id", key.key_id), ("key", key.key)];
        Ok(Exit::Done)
    }

    async fn update(&mut self, edit: &Edit) -> Result<Exit, Failure> {
        let live = self.require(&edit.address).await?;
        self.one_off(plan::update(&live, edit)?, Some(live)).await
    }

    async fn delete(&mut self, address: &Address, expected: &Expected) -> Result<Exit, Failure> {
        let live = self.find(address).await?;
        if let Some(live) = &live {
            plan::check_expected(expected, live)?;
        } else if let Address::Name(_) = address {
            // A single 404 can also mean that the token may not see it; a list that it may see settles that.
            self.client.list(self.org()).await?;
        }
        let plan = plan::delete(address, live.as_ref());
        let name = plan.changes.iter().find_map(|change| change.name.clone());
        self.report.outputs = name.into_iter().map(|name| ("name", name)).collect();
        self.carry_out(plan, "", None).await?;
        Ok(Exit::Done)
    }

    /// The configuration that an address means, which must be there.
    async fn require(&self, address: &Address) -> Result<LiveRegistry, Failure> {
        if let Address::Name(name) = address {
            // GitHub's own 404 says more than that it was not found: it may only not be allowed.
            return Ok(self.client.get(self.org(), name).await?);
        }
        self.find(address).await?.ok_or_else(|| not_found(address))
    }

    /// The configuration that an address means, if it is there: one GET by name, or the list.
    async fn find(&self, address: &Address) -> Result<Option<LiveRegistry>, Failure> {
        match address {
            Address::Name(name) => match self.client.get(self.org(), name).await {
                Ok(live) => Ok(Some(live)),
                Err(error) if error.status() == Some(http::StatusCode::NOT_FOUND) => Ok(None),
                Err(error) => Err(error.into()),
            },
            Address::Key { .. } => {
                let listing = self.client.list(self.org()).await?;
                let found = plan::find(address, &listing.registries)?.cloned();
                if found.is_none() && !listing.is_complete() {
                    let message = "GitHub's list came incomplete, so nothing is known about what is missing: run again";
                    return Err(Failure::new(Exit::Failed, "Incomplete list", message));
                }
                Ok(found)
            }
        }
    }

    /// Tells one configuration.
    fn show(&mut self, live: LiveRegistry) {
        self.report.outputs = vec![("registry", live.raw.to_string()), ("name", live.name)];
        self.report.registries = vec![live.raw];
    }

    /// Carries out the plan of one step, and shows the configuration as it is afterwards.
    async fn one_off(&mut self, plan: Plan, live: Option<LiveRegistry>) -> Result<Exit, Failure> {
        if let Some(live) = &live {
            self.show(live.clone());
        }
        self.carry_out(plan, "", None).await?;
        let Some(outcome) = self.report.outcomes.first().filter(|outcome| outcome.changed) else {
            return Ok(Exit::Done);
        };
        let live = match (&outcome.registry, live) {
            (Some(created), _) => LiveRegistry::from_json(created.clone()).map_err(anyhow::Error::msg)?,
            (None, Some(live)) => self.client.get(self.org(), &live.name).await?,
            (None, None) => return Ok(Exit::Done),
        };
        self.show(live);
        Ok(Exit::Done)
    }

    /// Makes the plan of a manifest, and carries it out if asked to.
    async fn plan(
        &mut self,
        declared: &manifest::Manifest,
        policy: Policy,
        file: &str,
        plan_id: Option<&str>,
    ) -> Result<(), Failure> {
        let (listing, ahead) = join(self.client.list(self.org()), self.look_ahead(declared, policy)).await;
        let plan = plan::from_manifest(&declared.registries, &listing?, policy).map_err(Failure::in_manifest(file))?;
        if let Some(expected) = plan_id
            && expected != plan.id
        {
            let message = format!(
                "the plan made now is {}, not {expected}: the manifest, the inputs or GitHub have changed since that \
                 plan was reviewed. Make and review a new plan",
                plan.id
            );
            self.show_plan(plan);
            return Err(Failure::new(Exit::Failed, "Another plan", message));
        }
        self.carry_out(plan, file, ahead).await
    }

    /// With `resend: always` every entry is sent, with all that can't be compared: what that takes is certain before the
    /// list has come.
    async fn look_ahead(&self, declared: &manifest::Manifest, policy: Policy) -> Ahead {
        if self.only_reports() || policy.resend != Resend::Always {
            return None;
        }
        let settings = declared.registries.iter().map(|desired| (desired.position, &desired.settings));
        Some(apply::look_up(&self.client, self.org(), settings).await)
    }

    fn only_reports(&self) -> bool {
        self.report.dry_run || matches!(self.inputs.task, Task::Plan { .. })
    }

    fn show_plan(&mut self, plan: Plan) {
        self.report.plan = Some(plan);
        self.log.group(&format!("Plan for {}", self.org()));
        self.log.text(&report::plan_text(self.report));
        self.log.end_group();
    }

    /// Shows the plan; then does it, unless the run only reports.
    async fn carry_out(&mut self, plan: Plan, file: &str, ahead: Ahead) -> Result<(), Failure> {
        self.show_plan(plan.clone());
        if self.only_reports() {
            if self.report.dry_run {
                self.log.text("Dry run: nothing is sent but GET requests.");
            }
            let repositories = apply::look_up_repositories(&self.client, self.org(), plan.settings());
            repositories.await.map_err(Failure::in_manifest(file))?;
            return Ok(());
        }
        let prepared = match apply::prepare(&self.client, self.org(), &plan, self.environment, ahead).await {
            Ok(prepared) => prepared,
            Err(error) => {
                self.report.outcomes = apply::not_begun(&plan);
                return Err(Failure::in_manifest(file)(error));
            }
        };
        if !plan.writes() {
            self.report.outcomes = apply::apply(&self.client, self.org(), &plan, prepared).await;
            return Ok(());
        }
        self.log.group("Apply");
        let outcomes = apply::apply(&self.client, self.org(), &plan, prepared).await;
        self.log.end_group();
        let messages: Vec<Note> = plan
            .changes
            .iter()
            .zip(&outcomes)
            .filter(|(_, outcome)| outcome.status == Status::Failed)
            .map(|(change, outcome)| {
                let error = outcome.error.as_deref().unwrap_or_default();
                Note::new(
                    format!("Failed: {} {}", change.action().as_str(), change.title()),
                    format!("{} {}: {error}", change.action().as_str(), change.title()),
                )
            })
            .collect();
        let created = outcomes.iter().filter_map(|outcome| outcome.registry.clone());
        self.report.registries.extend(created);
        self.report.outcomes = outcomes;
        self.log.text(&report::totals(self.report));
        if messages.is_empty() { Ok(()) } else { Err(Failure { exit: Exit::Failed, notes: messages }) }
    }

    async fn export(&mut self, path: Option<&std::path::Path>) -> Result<Exit, Failure> {
        let listing = self.client.list(self.org()).await?;
        if !listing.is_complete() {
            let message = "GitHub's list came incomplete: nothing is written. Run again";
            return Err(Failure::new(Exit::Failed, "Incomplete list", message));
        }
        let export::Export { manifest, warnings } = export::export(&listing.registries);
        for warning in warnings {
            warn(self.log, self.report, &Note::new("Export", warning));
        }
        self.report.registries = listing.registries.iter().map(|live| live.raw.clone()).collect();
        match path {
            Some(path) => {
                write_new(path, &manifest)?;
                let written = counted(listing.registries.len(), "configuration");
                let done = format!("{written} written to {}", path.display());
                self.log.text(&done);
                self.report.facts.push(done);
            }
            None => self.log.text(&manifest),
        }
        self.report.outputs = vec![("manifest", manifest)];
        Ok(Exit::Done)
    }
}

/// Writes a file that must not exist yet.
fn write_new(path: &std::path::Path, text: &str) -> anyhow::Result<()> {
    use anyhow::Context as _;
    use std::io::Write as _;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("{} can't be made", folder.display()))?;
    }
    let file = std::fs::OpenOptions::new().write(true).create_new(true).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .with_context(|| format!("input `export-path`: {} can't be written", path.display()))
}

/// One configuration on one line.
fn line(live: &LiveRegistry) -> String {
    let mut words = vec![live.name.as_str(), &live.registry_type, live.url.as_deref().unwrap_or("—")];
    words.extend(live.auth_type.as_deref());
    words.push(&live.visibility);
    one_line(&words.join("  "))
}

/// `1 configuration`, `2 configurations`.
fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
