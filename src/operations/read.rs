//! The operations that only show what is on GitHub: list, get, public-key, export.

use std::path::Path;

use super::failure::Failure;
use super::journal::Journal;
use super::judge::Judged;
use super::{Session, counted, incomplete};
use crate::actions::{Console, Files};
use crate::desired::{Address, Expected};
use crate::diagnostics::Diagnostic;
use crate::environment::Environment;
use crate::github::OnStop;
use crate::manifest::{Export, export, schema_lines};
use crate::plan;
use crate::registry::LiveRegistry;
use crate::report::{self, Fleet, Shown};
use crate::shutdown::Shutdown;
use crate::text::one_line;

impl Session<'_> {
    pub(super) async fn list(&mut self) -> Result<(), Failure> {
        let listing = self.organization.list(OnStop::GiveUp).await?;
        let (total_count, came) = (listing.total_count, listing.registries.len());
        self.warn_of_credentials(&listing.registries);
        let found = self.judge(&Judged::live(&listing.registries));
        let configurations = counted(came, "configuration", "configurations");
        let mut lines = vec![format!("{configurations} in {}", self.organization.name())];
        for (live, assessment) in listing.registries.iter().zip(&self.journal.report.assessments) {
            lines.push(format!("  {}", line(live)));
            lines.extend(assessment.doubts().iter().map(|doubt| format!("      {}", one_line(doubt))));
        }
        self.journal.console.text(&lines.join("\n"));
        self.journal.report.shown = Shown::List { registries: listing.registries, total_count };
        // More than GitHub counts is no problem: nothing is missing then.
        if came < total_count {
            let message = format!("GitHub counts {total_count} configurations, but its list has {came}: run again");
            return Err(incomplete(message));
        }
        found
    }

    pub(super) async fn get(&mut self, address: &Address, expected: &Expected) -> Result<(), Failure> {
        let live = self.require(address).await?;
        self.journal.console.text(&line(&live));
        self.show(live.clone());
        plan::check_expected(expected, &live)?;
        Ok(())
    }

    pub(super) async fn public_key(&mut self) -> Result<(), Failure> {
        let key = self.organization.public_key(OnStop::GiveUp).await?;
        self.journal.fact(format!("The key {} of {}: {}", key.key_id, self.organization.name(), key.key));
        self.journal.report.shown = Shown::Key(key);
        Ok(())
    }

    pub(super) async fn export(&mut self) -> Result<(), Failure> {
        let listing = self.organization.list(OnStop::GiveUp).await?;
        if !listing.is_complete() {
            let message = "GitHub's list is incomplete, so no manifest was written: run again";
            return Err(incomplete(message));
        }
        self.warn_of_credentials(&listing.registries);
        // Somebody may have put a secret into a configuration, and this file is to be committed.
        let redact = |text: &str| self.organization.console().redact(text);
        let shown: Vec<LiveRegistry> =
            listing.registries.iter().map(|live| report::redact_live(live, &redact)).collect();
        let Export { manifest, warnings } = export(&shown);
        self.journal.note_all(warnings.into_iter().map(|warning| Diagnostic::warning("Export", warning)));
        self.journal.report.shown = Shown::Manifest { text: manifest, registries: listing.registries };
        Ok(())
    }
}

/// Adds the lines that name the schema to the top of an exported manifest.
pub(super) fn add_schema(environment: &Environment, journal: &mut Journal) {
    if let Shown::Manifest { text, registries: _ } = &mut journal.report.shown {
        text.insert_str(0, &schema_lines(environment));
    }
}

/// Writes an exported manifest to `export-path`, or prints it if there is none.
pub(super) async fn write_export(
    path: Option<&Path>,
    environment: &Environment,
    files: &mut Files,
    shutdown: &Shutdown,
    journal: &mut Journal,
) -> Result<(), Failure> {
    add_schema(environment, journal);
    let Shown::Manifest { text, registries } = &journal.report.shown else { return Ok(()) };
    let Some(path) = path else {
        journal.console.text(text);
        return Ok(());
    };
    files.write_export(text, Some(shutdown)).await?;
    let written = counted(registries.len(), "configuration", "configurations");
    journal.fact(format!("{written} written to {}", path.display()));
    Ok(())
}

/// Writes the exported manifest of each organization to its own file, or prints it if there is none.
pub(super) async fn write_exports(
    files: &mut Files,
    shutdown: &Shutdown,
    console: &Console,
    fleet: &mut Fleet,
) -> Result<(), Failure> {
    for ended in fleet.organizations_mut() {
        let Shown::Manifest { text, registries } = ended.shown() else { continue };
        let Some(path) = files.write_export_of(ended.org(), text, Some(shutdown)).await? else {
            console.text(text);
            continue;
        };
        let written = counted(registries.len(), "configuration", "configurations");
        let fact = format!("{}: {written} written to {}", ended.org(), path.display());
        console.text(&fact);
        ended.add_fact(fact);
    }
    Ok(())
}

/// Describes a configuration on one line.
fn line(live: &LiveRegistry) -> String {
    let mut words = vec![live.name.as_str(), &live.registry_type, live.url.as_deref().unwrap_or("—")];
    words.extend(live.auth_type.as_deref());
    words.push(&live.visibility);
    one_line(&words.join("  "))
}
