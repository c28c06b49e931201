//! The live smoke test: finds out from a real organization what GitHub does not document, and prints the answers.
//!
//!     LIVE_ORG=acme LIVE_TOKEN=… cargo run --example live
//!
//! Without `LIVE_CONFIRM=yes`, it says what it would do and sends nothing. CONTRIBUTING.md lists the other variables.

mod api;
mod questions;
mod session;
mod settings;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;
use std::process::ExitCode;

use private_registries::Environment;

use crate::api::Stop;
use crate::questions::{Row, ask_all};
use crate::session::Session;
use crate::settings::Settings;

/// The exit status when every question has an answer and nothing is left behind.
const DONE: u8 = 0;
/// The exit status when a question has no answer or something is left behind.
const FAILED: u8 = 1;
/// The exit status when nothing was sent.
const NOT_BEGUN: u8 = 2;

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<ExitCode> {
    let stop = Stop::default();
    tokio::spawn(on_signal(stop.clone())?);
    let (status, text) = run(&Environment::of_process(), &stop).await;
    print!("{text}");
    Ok(ExitCode::from(status))
}

/// Returns a future that waits for a signal and then stops the run after the current request.
fn on_signal(stop: Stop) -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        eprintln!("stopping after deleting what was created");
        stop.request();
    })
}

/// Runs the test. Returns the exit status and the text to print.
async fn run(environment: &Environment, stop: &Stop) -> (u8, String) {
    let settings = match Settings::read(environment) {
        Ok(settings) => settings,
        Err(problems) => return (NOT_BEGUN, lines("error: ", &problems)),
    };
    if !settings.is_confirmed {
        return (NOT_BEGUN, settings.intentions());
    }
    let mut session = match Session::open(&settings, stop).await {
        Ok(session) => session,
        Err(problem) => return (FAILED, lines("error: nothing was created: ", &[problem])),
    };
    let rows = ask_all(&mut session).await;
    let left = session.clean_up().await;
    let is_done = left.is_empty() && rows.iter().all(|row| row.answer.is_ok());
    (if is_done { DONE } else { FAILED }, table(&rows) + &lines("\nerror: ", &left))
}

fn table(rows: &[Row]) -> String {
    let mut text = "| Question | Answer |\n|---|---|\n".to_owned();
    for Row { question, answer } in rows {
        let _ = match answer {
            Ok(answer) => writeln!(text, "| {question} | {answer} |"),
            Err(reason) => writeln!(text, "| {question} | **no answer:** {reason} |"),
        };
    }
    text
}

fn lines(prefix: &str, texts: &[String]) -> String {
    texts.iter().flat_map(|text| [prefix, text, "\n"]).collect()
}
