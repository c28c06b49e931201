//! Looks up the selected repositories, each once. A problem is reported at the place where the manifest names the
//! repository.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use futures_util::future::join_all;
use http::StatusCode;

use super::listed;
use crate::desired::{Repository, RepositoryIds};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::Location;
use crate::github::{AT_ONCE, ApiError, Asker, FoundRepository, Kind, Organization};
use crate::plan::Sent;

/// The selected repositories, as found on GitHub.
#[derive(Debug, Default)]
pub struct Repositories {
    /// The ids of those that were found.
    pub ids: RepositoryIds,
    /// Errors about those that were not found.
    pub problems: Vec<Diagnostic>,
    /// Warnings about names that are out of date.
    pub warnings: Vec<Diagnostic>,
}

/// A repository to look up.
struct Wanted<'a> {
    name: &'a str,
    /// The first place where the manifest names it.
    location: Option<&'a Location>,
    /// The entries that select it.
    labels: BTreeSet<&'a str>,
}

/// Looks up the id of every selected repository, each once.
///
/// # Errors
/// [`ApiError`], when GitHub did not decide about a repository. A refusal of one repository is a problem of that
/// repository.
pub(super) async fn look_up<'a>(
    organization: &Organization,
    sent: impl Iterator<Item = Sent<'a>>,
) -> Result<Repositories, ApiError> {
    let org = organization.name();
    let mut repositories = Repositories::default();
    let wanted = wanted(sent, &mut repositories.ids);
    let mut forbidden = Vec::new();
    let mut left = wanted.len();
    for batch in wanted.chunks(AT_ONCE) {
        let found = join_all(batch.iter().map(|(_, wanted)| organization.repository(wanted.name))).await;
        left -= batch.len();
        for ((identity, wanted), found) in batch.iter().zip(found) {
            match found {
                Ok(found) => repositories.take(identity, wanted, &found, org),
                Err(error) if !is_decision(&error) => return Err(error),
                Err(error) if error.meets_all() => forbidden.push((wanted, error)),
                Err(error) => repositories.problems.push(wanted.problem(org, &error)),
            }
        }
        // A missing permission would be the answer for all the others too.
        if !forbidden.is_empty() {
            break;
        }
    }
    repositories.problems.extend(told_once(forbidden, org, left));
    repositories.problems.sort_by(|one, other| one.location.cmp(&other.location));
    Ok(repositories)
}

/// Collects every repository once, by its identity. Those that are given by id need no look-up.
fn wanted<'a>(sent: impl Iterator<Item = Sent<'a>>, ids: &mut RepositoryIds) -> Vec<(String, Wanted<'a>)> {
    let mut wanted: BTreeMap<String, Wanted<'a>> = BTreeMap::new();
    for Sent { label, location: _, settings } in sent {
        for repository in settings.repositories.iter().flatten() {
            match repository {
                Repository::Id(id) => drop(ids.insert(repository.identity(), *id)),
                Repository::Named { name, location, .. } => {
                    let new = Wanted { name, location: location.as_ref(), labels: BTreeSet::new() };
                    let wanted = wanted.entry(repository.identity()).or_insert(new);
                    wanted.location = wanted.location.min(location.as_ref()).or(wanted.location);
                    wanted.labels.extend(label);
                }
            }
        }
    }
    wanted.into_iter().collect()
}

/// Returns whether GitHub decided about the repository itself, and the error is not about the token, a rate limit or a
/// missing answer.
fn is_decision(error: &ApiError) -> bool {
    let Kind::Refused(refusal) = &error.kind else { return false };
    let is_general = refusal.is_rate_limit || refusal.status == StatusCode::UNAUTHORIZED;
    !is_general && (refusal.status.is_redirection() || refusal.status.is_client_error())
}

impl Repositories {
    fn take(&mut self, identity: &str, wanted: &Wanted<'_>, found: &FoundRepository, org: &str) {
        let now = found.full_name.as_deref().and_then(|full_name| full_name.split_once('/'));
        match now {
            Some((owner, name)) if !owner.eq_ignore_ascii_case(org) => {
                let what = format!("was moved to {owner}/{name}, which is not in the organization {org}");
                let message = format!("the repository {org}/{} {what}: remove it{}", wanted.name, wanted.selected_by());
                self.problems.push(wanted.error(message));
            }
            now => {
                self.ids.insert(identity.to_owned(), found.id);
                if let Some((_, name)) = now.filter(|(_, name)| !name.eq_ignore_ascii_case(wanted.name)) {
                    let what = format!("was renamed to {name}: use the new name{}", wanted.selected_by());
                    let message = format!("the repository {org}/{} {what}", wanted.name);
                    self.warnings.push(Diagnostic::warning("Repository", message).at(wanted.location.cloned()));
                }
            }
        }
    }
}

impl Wanted<'_> {
    fn error(&self, message: String) -> Diagnostic {
        Diagnostic::error("Repository", message).at(self.location.cloned())
    }

    /// Returns an error that says why this repository was not found, and what to do.
    fn problem(&self, org: &str, error: &ApiError) -> Diagnostic {
        let (name, selected_by) = (self.name, self.selected_by());
        if error.status() != Some(StatusCode::NOT_FOUND) {
            return self.error(format!("the repository {org}/{name} can't be looked up{selected_by}: {error}"));
        }
        let was_followed = error.path.starts_with("/repositories/");
        let moved = if was_followed { "; its name redirects, so it was renamed or moved" } else { "" };
        let id = error.request_id().map(|id| format!("\nrequest id: {id}")).unwrap_or_default();
        let (who, why) = match error.asker {
            Asker::Token => (
                "the `token` may not see it (metadata: read)",
                format!(
                    "A token from actions/create-github-app-token sees only the workflow's own repository unless \
                     `owner: {org}` is set, and only repositories on which the App is installed"
                ),
            ),
            Asker::App { sees_all: false } => (
                "the App may not see it",
                format!(
                    "The App is installed only on some repositories of {org}: add this one to its installation, or \
                     give it access to all"
                ),
            ),
            Asker::App { sees_all: true } => (
                "the App may not see it",
                "It needs the repository permission \"Metadata: Read-only\" to look up names".to_owned(),
            ),
        };
        self.error(format!("there is no repository {org}/{name}, or {who}{moved}{selected_by}. {why}{id}"))
    }

    /// Returns the entries that select it, in parentheses.
    fn selected_by(&self) -> String {
        let labels: Vec<String> = self.labels.iter().map(|label| format!("`{label}`")).collect();
        if labels.is_empty() { String::new() } else { format!(" (selected by {})", listed(&labels)) }
    }
}

/// Returns one error for a missing permission, at the first repository that it affects.
fn told_once(mut forbidden: Vec<(&Wanted<'_>, ApiError)>, org: &str, left: usize) -> Option<Diagnostic> {
    forbidden.sort_by_key(|(wanted, _)| wanted.location);
    let ((first, error), others) = forbidden.split_first()?;
    let mut note = first.problem(org, error);
    if !others.is_empty() {
        let names: Vec<String> = others.iter().map(|(wanted, _)| wanted.name.to_owned()).collect();
        let _ = write!(note.message, "\nthe same for {} more: {}", names.len(), listed(&names));
    }
    if left > 0 {
        let _ = write!(note.message, "\n{left} more were not looked up");
    }
    Some(note)
}
