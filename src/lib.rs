//! Manages an organization's private registries on GitHub: a manifest in git, a plan to review, and an apply that
//! carries out exactly that plan.
//!
//! Everything that writes is a plan: a one-off operation is a plan of one step, and a dry run is a plan that nobody
//! applies. [`run`] reads the inputs, runs the operation (which compares the desired with the live configurations,
//! makes a plan and applies it), and writes the report.

mod actions;
mod apply;
mod colour;
mod command;
mod decode;
mod desired;
mod diagnostics;
mod environment;
mod exit;
mod files;
mod github;
mod http;
mod inputs;
#[doc(hidden)]
pub mod internals;
mod manifest;
mod operations;
mod plan;
mod probe;
mod redact;
mod registry;
mod report;
mod rules;
mod secrets;
mod shutdown;
mod text;

use std::pin::pin;

pub use colour::Colour;
pub use command::page;
pub use environment::Environment;
pub use exit::Exit;

use actions::{Console, Files, Screen};
use diagnostics::{Diagnostic, Severity};
use inputs::{Inputs, RawInputs};
use report::{Place, Report, RunReport};
use shutdown::Shutdown;

/// Performs one run, and returns its exit status. The outputs and the summary are written even if the run fails or is
/// stopped.
pub async fn run(environment: &Environment) -> Exit {
    // This comes first, so that a run that is stopped at any time still reports what was done.
    let shutdown = Shutdown::listen();
    let raw = RawInputs::read(environment);
    let console = Console::new(raw.style(), Screen::of_process(environment));
    raw.masks().iter().for_each(|mask| console.mask(mask));
    let (mut files, unwritable) = Files::open(&raw.paths());
    // The report of a run that does not start.
    let rejected = Report { operation: raw.operation(), org: raw.org(), warnings: raw.warnings(), ..Report::default() };
    let mut report = match (ready(raw, &unwritable), &shutdown) {
        (Ok(inputs), Ok(shutdown)) => {
            let operation = pin!(operations::run(&inputs, environment, &console, shutdown, &mut files));
            console.accompany(operation).await
        }
        (Err(problems), _) => reject(&console, Report { exit: Exit::Invalid, errors: problems, ..rejected }),
        (Ok(_), Err(error)) => {
            let error = Diagnostic::error("Failed", format!("can't listen for signals: {error}. Nothing was sent"));
            reject(&console, Report { exit: Exit::Failed, errors: vec![error], ..rejected })
        }
    };
    report.redact(|text| console.redact(text));
    let shutdown = shutdown.as_ref().ok();
    match write(&mut files, &report, &console, shutdown).await {
        Ok(()) => report.exit(),
        Err(error) => {
            console.tell(&Diagnostic::error("Outputs", format!("{error:#}")));
            match shutdown.and_then(Shutdown::signal) {
                Some(signal) => Exit::Stopped(signal),
                None if report.exit() == Exit::Done => Exit::Failed,
                None => report.exit(),
            }
        }
    }
}

/// Prints why a run does not start, with all other problems, and returns its report.
fn reject(console: &Console, report: Report) -> RunReport {
    report.errors.iter().chain(&report.warnings).for_each(|diagnostic| console.tell(diagnostic));
    let warnings = report.warnings.into_iter().filter(|warning| warning.severity == Severity::Warning).collect();
    RunReport::One(Box::new(Report { warnings, ..report }))
}

/// Validates the inputs.
///
/// # Errors
/// All invalid inputs, and the files for outputs and summary that can't be written: a run that can't report does not
/// start.
fn ready(raw: RawInputs, unwritable: &[anyhow::Error]) -> Result<Inputs, Vec<Diagnostic>> {
    let warnings = raw.warnings();
    let checked = raw.validate();
    if !unwritable.is_empty() {
        let diagnostic = |error| Diagnostic::error("Outputs", format!("{error:#}. Nothing was sent"));
        return Err(checked.err().into_iter().flatten().chain(unwritable.iter().map(diagnostic)).collect());
    }
    let mut inputs = checked?;
    inputs.remarks.splice(..0, warnings);
    Ok(inputs)
}

/// Writes the outputs, the `result` document and the summary to their files.
async fn write(
    files: &mut Files,
    report: &RunReport,
    console: &Console,
    shutdown: Option<&Shutdown>,
) -> anyhow::Result<()> {
    // The report has been redacted; the finished text is redacted all the same.
    let summary = |place| console.redact(&report.summary(place));
    let (outputs, cut) = report.outputs();
    for name in cut {
        let message = format!(
            "output `{name}` is larger than 1 MiB, so it is shortened or empty. Set `result-path` to write the whole result to a file"
        );
        console.tell(&Diagnostic::notice("Outputs", message));
    }
    // All are written, even if one of them fails.
    let written = [
        files.write_outputs(&outputs, shutdown).await,
        files.write_result(|| report.result(), shutdown).await,
        files.write_summary(&summary(Place::Step), shutdown).await,
        files.write_comment(|| summary(Place::Comment), shutdown).await,
    ];
    written.into_iter().collect()
}
