//! Manages an organization's private registries on GitHub: a manifest in git, a plan to review, an apply that does
//! exactly that.
//!
//! Everything that writes is a [`plan`]: a one-off operation is a plan of one step, a dry run is a plan that nobody
//! applies. [`run`] is the frame of a run: it reads [`inputs`], has one of the `operations` compare what is [`desired`]
//! with what is live, make the plan and [`apply`] it, and writes the [`report`].

pub mod actions;
pub mod apply;
mod decode;
pub mod desired;
pub mod diagnostics;
mod environment;
pub mod export;
mod failure;
mod files;
pub mod github;
pub mod http;
pub mod inputs;
pub mod manifest;
mod operations;
pub mod plan;
pub mod probe;
mod redact;
pub mod registry;
pub mod report;
pub mod rules;
pub mod secrets;
pub mod stop;
pub mod text;

pub use environment::Environment;
pub use failure::Exit;

use actions::{Console, Files};
use diagnostics::Diagnostic;
use failure::Failure;
use inputs::{Inputs, Operation, RawInputs};
use report::Report;
use stop::Stop;

/// One run, from the environment to an exit status. Whatever happens, outputs and summary are written.
pub async fn run(environment: &Environment) -> Exit {
    // First of all, so that whenever a signal comes it is told what was done.
    let stop = Stop::on_signals();
    let raw = RawInputs::read(environment);
    let log = Console::new(raw.style());
    for mask in raw.masks() {
        log.mask(&mask);
    }
    let (mut files, unwritable) = Files::open(&raw.paths());
    let mut report = Report { operation: raw.operation(), org: raw.org(), ..Report::default() };
    let warnings = raw.warnings();
    let ended = match raw.validate() {
        Ok(mut inputs) if unwritable.is_empty() => {
            inputs.remarks.splice(..0, warnings);
            act(&inputs, environment, &log, stop.as_ref(), &mut files, &mut report).await
        }
        // A run that can't report does not begin.
        checked => {
            for warning in &warnings {
                operations::remark(&log, &mut report, warning);
            }
            Err(Failure::from(checked.err().unwrap_or_default()).with_unwritable(&unwritable))
        }
    };
    let exit = conclude(ended, &log, &mut report);
    report.redact(|text| log.redact(text));
    // What it is made of holds none; what it is made into is looked through all the same.
    let summary = log.redact(&report::summary(&report));
    let stop = stop.as_ref().ok();
    match write(&mut files, &report, &summary, stop).await {
        Ok(()) => exit,
        Err(error) => {
            log.tell(&Diagnostic::error("Outputs", format!("{error:#}")));
            match stop.and_then(Stop::signal) {
                Some(signal) => Exit::Stopped(signal),
                None if exit == Exit::Done => Exit::Failed,
                None => exit,
            }
        }
    }
}

/// Does what the inputs ask for, and tells the report.
async fn act(
    inputs: &Inputs,
    environment: &Environment,
    log: &Console,
    stop: Result<&Stop, &std::io::Error>,
    files: &mut Files,
    report: &mut Report,
) -> Result<(), Failure> {
    report.org.clone_from(&inputs.org);
    report.dry_run = inputs.dry_run && report.operation.is_some_and(Operation::writes);
    let stop = stop.map_err(|error| anyhow::anyhow!("signals can't be listened to: {error}"))?;
    let ended = operations::run(inputs, environment, log, stop, files, report).await;
    let Some(signal) = stop.signal() else { return ended };
    let mut diagnostics = ended.err().map(|failure| failure.diagnostics).unwrap_or_default();
    let message = format!("stopped by {}: what was not done is not tried any more", signal.as_str());
    diagnostics.push(Diagnostic::error("Stopped", message));
    Err(Failure { exit: Exit::Stopped(signal), diagnostics })
}

/// Says what went wrong, once.
fn conclude(ended: Result<(), Failure>, log: &Console, report: &mut Report) -> Exit {
    match ended {
        Ok(()) => Exit::Done,
        Err(Failure { exit, diagnostics }) => {
            for diagnostic in &diagnostics {
                log.tell(diagnostic);
            }
            report.errors.extend(diagnostics.iter().map(Diagnostic::text_with_location));
            exit
        }
    }
}

async fn write(files: &mut Files, report: &Report, summary: &str, stop: Option<&Stop>) -> anyhow::Result<()> {
    let outputs = report.outputs();
    let result = outputs.iter().find(|(name, _)| *name == "result").map_or("", |(_, result)| result);
    // One that fails does not keep the others from being written.
    let written = [
        files.write_outputs(&outputs, stop).await,
        files.write_result(result, stop).await,
        files.write_summary(summary, stop).await,
    ];
    written.into_iter().collect()
}
