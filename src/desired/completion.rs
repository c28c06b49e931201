//! What a reader of the settings is told besides what the rules find.

use super::{Complaint, Repository, Settings};
use crate::registry::Visibility;

/// What is sent otherwise than it was written, and worth a notice.
pub fn completions(settings: &Settings) -> Vec<Complaint> {
    let completed = settings.url.iter().filter(|url| url.is_completed());
    completed.map(|url| Complaint::new("url", format!("has no scheme, so {url} is sent"))).collect()
}

/// What is wrong with a repository selection beside a visibility.
pub fn selection_complaint(
    visibility: Option<Visibility>,
    repositories: Option<&Vec<Repository>>,
) -> Option<Complaint> {
    match (visibility, repositories) {
        (Some(other @ (Visibility::All | Visibility::Private)), Some(_)) => Some(Complaint::new(
            "selected_repositories",
            format!("can't be given with visibility {other}: set visibility to selected, or leave them out"),
        )),
        _ => None,
    }
}
