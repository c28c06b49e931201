//! Manages an organization's private registries on GitHub: a manifest in git, a plan to review, an apply that does
//! exactly that.
//!
//! Everything that writes is a [`plan`]: a one-off operation is a plan of one step, a dry run is a plan that nobody
//! applies. [`run`] is the frame of a run: it reads [`inputs`], has one of the `operations` compare what is [`desired`]
//! with what is live, make the plan and [`apply`] it, and writes the [`report`].

pub mod actions;
pub mod apply;
pub mod desired;
mod environment;
pub mod export;
mod failure;
pub mod github;
pub mod inputs;
pub mod manifest;
mod nearest;
mod operations;
pub mod place;
pub mod plan;
mod redact;
pub mod registry;
pub mod report;
pub mod roots;
pub mod rules;
pub mod secrets;
pub mod stop;

pub use environment::Environment;
pub use failure::Exit;

use actions::{Files, Log, Note};
use failure::Failure;
use inputs::{Inputs, Operation, Remark, Unchecked};
use report::Report;
use stop::Stop;

/// One run, from the environment to an exit status. Whatever happens, outputs and summary are written.
pub async fn run(environment: &Environment) -> Exit {
    // First of all, so that whenever a signal comes it is told what was done.
    let stop = Stop::on_signals();
    let unchecked = Unchecked::read(environment);
    let log = Log::new(unchecked.style());
    for mask in unchecked.masks() {
        log.mask(&mask);
    }
    let (output, summary, result) = (unchecked.output(), unchecked.summary(), unchecked.result_path());
    let (mut files, unwritable) = Files::open(output.as_deref(), summary.as_deref(), result.as_deref());
    let mut report = Report { operation: unchecked.operation(), org: unchecked.org(), ..Report::default() };
    let ended = match unchecked.check() {
        Ok(inputs) if unwritable.is_empty() => act(&inputs, environment, &log, stop, &mut report).await,
        // A run that can't report does not begin.
        checked => Err(Failure::from(checked.err().unwrap_or_default()).with_unwritable(&unwritable)),
    };
    let exit = conclude(ended, &log, &mut report);
    report.redact(|text| log.redact(text));
    match write(&mut files, &report) {
        Ok(()) => exit,
        Err(error) => {
            log.error(&Note::new("Outputs", format!("{error:#}")));
            if exit == Exit::Done { Exit::Failed } else { exit }
        }
    }
}

/// Does what the inputs ask for, and tells the report.
async fn act(
    inputs: &Inputs,
    environment: &Environment,
    log: &Log,
    stop: std::io::Result<Stop>,
    report: &mut Report,
) -> Result<(), Failure> {
    report.org.clone_from(&inputs.org);
    report.dry_run = inputs.dry_run && report.operation.is_some_and(Operation::writes);
    for Remark { level, message } in &inputs.remarks {
        operations::remark(log, report, *level, &Note::new("Input", message.as_str()));
    }
    let stop = stop.map_err(anyhow::Error::from)?;
    let ended = operations::run(inputs, environment, log, &stop, report).await;
    let Some(signal) = stop.signal() else { return ended };
    let mut notes = ended.err().map(|failure| failure.notes).unwrap_or_default();
    let message = format!("stopped by {}: what was not done is not tried any more", signal.as_str());
    notes.push(Note::new("Stopped", message));
    Err(Failure { exit: Exit::Stopped(signal), notes })
}

/// Says what went wrong, once.
fn conclude(ended: Result<(), Failure>, log: &Log, report: &mut Report) -> Exit {
    match ended {
        Ok(()) => Exit::Done,
        Err(Failure { exit, notes }) => {
            for note in &notes {
                log.error(note);
            }
            report.errors.extend(notes.iter().map(Note::placed));
            exit
        }
    }
}

fn write(files: &mut Files, report: &Report) -> anyhow::Result<()> {
    let outputs = report.outputs();
    let result = outputs.iter().find(|(name, _)| *name == "result").map_or("", |(_, result)| result);
    // One that fails does not keep the others from being written.
    let written =
        [files.write_outputs(&outputs), files.write_result(result), files.write_summary(&report::summary(report))];
    written.into_iter().collect()
}
