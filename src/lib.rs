//! Manages an organization's private registries on GitHub: a manifest in git, a plan to review, an apply that does
//! exactly that.
//!
//! Everything that writes is a plan: a one-off operation is a plan of one step, and a dry run is a plan that nobody
//! applies. [`run`] is the frame of a run: it reads the inputs, has one of the operations compare what is desired with
//! what is live, make the plan and apply it, and writes the report.

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

/// One run, from the environment to an exit status. Whatever happens, outputs and summary are written.
pub async fn run(environment: &Environment) -> Exit {
    // First of all, so that whenever a signal comes it is told what was done.
    let shutdown = Shutdown::enforce().and_then(|()| Shutdown::listen());
    let raw = RawInputs::read(environment);
    let console = Console::new(raw.style(), Screen::of_process(environment));
    raw.masks().iter().for_each(|mask| console.mask(mask));
    let (mut files, unwritable) = Files::open(&raw.paths());
    // What there is to report of a run that does not begin.
    let rejected = Report { operation: raw.operation(), org: raw.org(), warnings: raw.warnings(), ..Report::default() };
    let mut report = match (ready(raw, &unwritable), &shutdown) {
        (Ok(inputs), Ok(shutdown)) => {
            let operation = pin!(operations::run(&inputs, environment, &console, shutdown, &mut files));
            console.accompany(operation).await
        }
        (Err(problems), _) => reject(&console, Report { exit: Exit::Invalid, errors: problems, ..rejected }),
        (Ok(_), Err(error)) => {
            let error = Diagnostic::error("Failed", format!("signals can't be listened to: {error}"));
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

/// Says why a run does not begin, and what is wrong besides.
fn reject(console: &Console, report: Report) -> RunReport {
    report.errors.iter().chain(&report.warnings).for_each(|diagnostic| console.tell(diagnostic));
    let warnings = report.warnings.into_iter().filter(|warning| warning.severity == Severity::Warning).collect();
    RunReport::One(Box::new(Report { warnings, ..report }))
}

/// The inputs of a run that can begin: everything in them is right, and what it does can be reported.
fn ready(raw: RawInputs, unwritable: &[anyhow::Error]) -> Result<Inputs, Vec<Diagnostic>> {
    let warnings = raw.warnings();
    let checked = raw.validate();
    if !unwritable.is_empty() {
        let cant = |error| Diagnostic::error("Outputs", format!("{error:#}. Nothing was sent"));
        return Err(checked.err().into_iter().flatten().chain(unwritable.iter().map(cant)).collect());
    }
    let mut inputs = checked?;
    inputs.remarks.splice(..0, warnings);
    Ok(inputs)
}

async fn write(
    files: &mut Files,
    report: &RunReport,
    console: &Console,
    shutdown: Option<&Shutdown>,
) -> anyhow::Result<()> {
    // What it is made of holds no secret; what it is made into is looked through all the same.
    let summary = |place| console.redact(&report.summary(place));
    let (outputs, cut) = report.outputs();
    for name in cut {
        let message = format!("output `{name}` is larger than 1 MiB, and cut; `result-path` takes the whole result");
        console.tell(&Diagnostic::notice("Outputs", message));
    }
    // One that fails does not keep the others from being written.
    let written = [
        files.write_outputs(&outputs, shutdown).await,
        files.write_result(|| report.result(), shutdown).await,
        files.write_summary(&summary(Place::Step), shutdown).await,
        files.write_comment(|| summary(Place::Comment), shutdown).await,
    ];
    written.into_iter().collect()
}
