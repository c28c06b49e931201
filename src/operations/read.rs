//! The operations that only show what is on GitHub: list, get, public-key, export.

use std::path::Path;

use serde_json::Value;

use super::judge::Judged;
use super::{Session, counted, incomplete, remark};
use crate::desired::{Address, Expected};
use crate::diagnostics::Diagnostic;
use crate::export::{Export, export, schema_lines};
use crate::failure::Failure;
use crate::github::OnStop;
use crate::plan;
use crate::registry::LiveRegistry;
use crate::report;
use crate::text::one_line;

impl Session<'_> {
    pub(super) async fn list(&mut self) -> Result<(), Failure> {
        let listing = self.client.list(self.org(), OnStop::GiveUp).await?;
        let raw: Vec<Value> = listing.registries.iter().map(|live| live.raw.clone()).collect();
        let names: Vec<&str> = listing.registries.iter().map(|live| live.name.as_str()).collect();
        self.report.outputs = vec![
            ("registries", Value::from(raw.clone()).to_string()),
            ("names", Value::from(names).to_string()),
            ("total-count", listing.total_count.to_string()),
        ];
        self.report.registries = raw;
        self.warn_of_credentials(&listing.registries);
        let found = self.judge(&Judged::live(&listing.registries));
        let mut lines =
            vec![format!("{} in {}", counted(listing.registries.len(), "configuration", "configurations"), self.org())];
        for (live, assessment) in listing.registries.iter().zip(&self.report.assessments) {
            lines.push(format!("  {}", line(live)));
            lines.extend(assessment.doubts().iter().map(|doubt| format!("      {}", one_line(doubt))));
        }
        self.log.text(&lines.join("\n"));
        let (total, came) = (listing.total_count, listing.registries.len());
        // Where more came than GitHub counts, nothing is hidden.
        if came < total {
            let message = format!("GitHub counts {total} configurations, but its list has {came}: run again");
            return Err(incomplete(message));
        }
        found
    }

    pub(super) async fn get(&mut self, address: &Address, expected: &Expected) -> Result<(), Failure> {
        let live = self.require(address).await?;
        self.log.text(&line(&live));
        self.show(live.clone());
        plan::check_expected(expected, &live)?;
        Ok(())
    }

    pub(super) async fn public_key(&mut self) -> Result<(), Failure> {
        let key = self.client.public_key(self.org(), OnStop::GiveUp).await?;
        let fact = format!("The key {} of {}: {}", key.key_id, self.org(), key.key);
        self.tell(fact);
        self.report.outputs = vec![("key-id", key.key_id), ("key", key.key)];
        Ok(())
    }

    pub(super) async fn export(&mut self, path: Option<&Path>) -> Result<(), Failure> {
        let listing = self.client.list(self.org(), OnStop::GiveUp).await?;
        if !listing.is_complete() {
            let message = "GitHub's list came incomplete: nothing is written. Run again";
            return Err(incomplete(message));
        }
        self.warn_of_credentials(&listing.registries);
        // A file that is to be committed must not have what others may have put into a configuration.
        let shown: Vec<LiveRegistry> = listing.registries.iter().map(|live| self.without_secrets(live)).collect();
        let Export { manifest, warnings } = export(&shown);
        let manifest = schema_lines(self.environment) + &manifest;
        for warning in warnings {
            remark(self.log, self.report, &Diagnostic::warning("Export", warning));
        }
        self.report.registries = listing.registries.iter().map(|live| live.raw.clone()).collect();
        match path {
            Some(path) => {
                self.files.write_export(&manifest, Some(self.stop)).await?;
                let written = counted(listing.registries.len(), "configuration", "configurations");
                self.tell(format!("{written} written to {}", path.display()));
            }
            None => self.log.text(&manifest),
        }
        self.report.outputs = vec![("manifest", manifest)];
        Ok(())
    }

    /// The configuration with `***` for each secret.
    fn without_secrets(&self, live: &LiveRegistry) -> LiveRegistry {
        let mut raw = live.raw.clone();
        report::redact_json(&mut raw, &|text| self.log.redact(text));
        LiveRegistry::from_json(raw).unwrap_or_else(|_| live.clone())
    }
}

/// One configuration on one line.
fn line(live: &LiveRegistry) -> String {
    let mut words = vec![live.name.as_str(), &live.registry_type, live.url.as_deref().unwrap_or("—")];
    words.extend(live.auth_type.as_deref());
    words.push(&live.visibility);
    one_line(&words.join("  "))
}
