//! The organizations that have installed the App.

use super::note_all;
use crate::diagnostics::Diagnostic;
use crate::github::app::Installation;
use crate::inputs::{Organizations, is_file_word};
use crate::operations::failure::Failure;
use crate::operations::{GitHub, RunContext};
use crate::report::{self, Fleet};
use crate::text::one_line;

/// Returns the organizations that the App can work on: those that have installed and not suspended it.
pub(super) fn usable(context: RunContext<'_>, installations: &[Installation], fleet: &mut Fleet) -> Vec<String> {
    names(context, installations.iter().filter(|installation| !installation.is_suspended), fleet)
}

/// Returns the names of organizations, sorted. It leaves out names that can't be part of a path, because a name comes
/// from an answer and may become part of one.
fn names<'a>(
    context: RunContext<'_>,
    installations: impl Iterator<Item = &'a Installation>,
    fleet: &mut Fleet,
) -> Vec<String> {
    let organizations = installations.filter(|installation| installation.is_organization);
    let (mut names, others): (Vec<String>, Vec<String>) =
        organizations.filter_map(|installation| installation.account.clone()).partition(|name| is_file_word(name));
    note_all(
        context,
        fleet,
        others.iter().map(|name| {
            let name = name.escape_debug();
            let message = format!(
                "GitHub lists an organization with the name `{name}`, which is not a valid name: it is left out"
            );
            Diagnostic::warning("Organizations", message)
        }),
    );
    names.sort_by_key(|name| name.to_lowercase());
    names
}

/// Performs `organizations`: lists the organizations that have installed the App, and whether it can work there.
pub(super) async fn list(context: RunContext<'_>, github: &GitHub, fleet: &mut Fleet) -> Result<(), Failure> {
    let inputs = context.inputs;
    note_all(context, fleet, inputs.remarks.iter().cloned());
    let Some(installed) = github.installations().await? else {
        let message = "input `operation` is organizations, which lists where an App is installed: sign in with \
                       `app-client-id` and `app-private-key` instead of `token`";
        return Err(Failure::invalid(vec![Diagnostic::error("Input", message)]));
    };
    let state = |name: &str| {
        let is_named = |installation: &&Installation| {
            installation.account.as_ref().is_some_and(|account| account.eq_ignore_ascii_case(name))
        };
        installed.iter().find(is_named).map_or("not-installed", |installation| installation.state().as_str())
    };
    let mut names: Vec<String> = match &inputs.fleet.organizations {
        Organizations::All => names(context, installed.iter(), fleet),
        Organizations::Several(names) => names.clone(),
        Organizations::One(name) => vec![name.clone()],
    };
    names.retain(|name| inputs.fleet.shard.is_none_or(|shard| shard.has(name)));
    let states =
        names.into_iter().map(|organization| report::Installation { state: state(&organization), organization });
    let states: Vec<report::Installation> = states.collect();
    for report::Installation { organization, state } in &states {
        context.console.text(&one_line(&format!("{organization}: {state}")));
    }
    fleet.installations = Some(states);
    Ok(())
}
