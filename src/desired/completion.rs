//! Notices and errors about settings that are not findings of a rule.

use super::{Complaint, Repository, Settings};
use crate::registry::Visibility;

/// Returns a notice for each value that is completed before it is sent.
pub fn completions(settings: &Settings) -> Vec<Complaint> {
    let completed = settings.url.iter().filter(|url| url.is_completed());
    completed.map(|url| Complaint::new("url", format!("has no scheme, so {url} is sent"))).collect()
}

/// Returns a complaint if repositories are selected with a visibility that does not allow it.
pub fn selection_complaint(
    visibility: Option<Visibility>,
    repositories: Option<&Vec<Repository>>,
) -> Option<Complaint> {
    match (visibility, repositories) {
        (Some(other @ (Visibility::All | Visibility::Private)), Some(_)) => Some(Complaint::new(
            "selected_repositories",
            format!("can't be given with visibility {other}: set visibility to selected, or leave the list out"),
        )),
        _ => None,
    }
}
