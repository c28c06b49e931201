//! The organizations that have installed the App.

use super::note_all;
use crate::diagnostics::Diagnostic;
use crate::github::app::Installation;
use crate::inputs::Organizations;
use crate::operations::failure::Failure;
use crate::operations::{GitHub, Surroundings};
use crate::report::{self, Fleet};
use crate::text::one_line;

/// Returns the organizations that the App can work on: those that have installed and not suspended it.
pub(super) fn usable(installations: &[Installation]) -> Vec<String> {
    let organizations = installations.iter().filter(|it| it.is_organization && !it.is_suspended);
    let mut names: Vec<String> = organizations.filter_map(|it| it.account.clone()).collect();
    names.sort_by_key(|name| name.to_lowercase());
    names
}

/// `organizations`: lists the organizations that have installed the App, and whether it can work there.
pub(super) async fn list(around: Surroundings<'_>, github: &GitHub, fleet: &mut Fleet) -> Result<(), Failure> {
    let inputs = around.inputs;
    note_all(around, fleet, inputs.remarks.iter().cloned());
    let Some(installed) = github.installations().await? else {
        let message = "input `operation` is organizations, which asks where an App is installed: sign in with \
                       `app-client-id` and `app-private-key` instead of `token`";
        return Err(Failure::invalid(vec![Diagnostic::error("Input", message)]));
    };
    let state = |name: &str| {
        let is_it = |it: &&Installation| it.account.as_ref().is_some_and(|account| account.eq_ignore_ascii_case(name));
        installed.iter().find(is_it).map_or("not-installed", |it| it.state().as_str())
    };
    let mut names: Vec<String> = match &inputs.fleet.organizations {
        Organizations::All => {
            installed.iter().filter(|it| it.is_organization).filter_map(|it| it.account.clone()).collect()
        }
        Organizations::Several(names) => names.clone(),
        Organizations::One(name) => vec![name.clone()],
    };
    if inputs.fleet.organizations == Organizations::All {
        names.sort_by_key(|name| name.to_lowercase());
    }
    names.retain(|name| inputs.fleet.shard.is_none_or(|shard| shard.has(name)));
    let told = names.into_iter().map(|organization| report::Installation { state: state(&organization), organization });
    let told: Vec<report::Installation> = told.collect();
    for report::Installation { organization, state } in &told {
        around.console.text(&one_line(&format!("{organization}: {state}")));
    }
    fleet.installations = Some(told);
    Ok(())
}
