//! The message about an entry that is pinned to a name that does not exist, mostly because a replace changed the name.

use super::diff::{diff, live_auth_type, spelled_out};
use super::names;
use crate::desired::Desired;
use crate::diagnostics::near;
use crate::registry::LiveRegistry;

/// Names the configuration that is probably meant, or says how to find out. `candidates` may be the entry's by type and
/// url, `free` are all configurations that no entry is pinned to, `beside` are the labels of other entries of the same
/// type and url.
pub(super) fn missing(
    entry: &Desired,
    name: &str,
    candidates: &[&LiveRegistry],
    free: &[&LiveRegistry],
    beside: &[&str],
) -> String {
    let label = entry.label.as_deref().unwrap_or_default();
    let has_urls = candidates.iter().all(|live| live.url.is_some());
    let (common, or) = if has_urls { ("type and url", ", or leave `name` out") } else { ("type", "") };
    let what = match (meant(entry, candidates), candidates) {
        (Some(only), [_]) => format!("write `name: {}`, which has its {common}{or}", only.name),
        (Some(one), several) => format!(
            "write `name: {}`: of {}, which have its {common}, it is most like the entry",
            one.name,
            names(several)
        ),
        (None, []) => format!("leave `name` out to create it{}", near_names(name, free)),
        (None, several) => {
            let several: Vec<String> = several.iter().map(|live| described(live)).collect();
            format!(
                "its {common} belong to {}. Write the `name` of the intended one; if a replace created it, it is \
                 the newest",
                several.join(", ")
            )
        }
    };
    let doubt = if candidates.is_empty() { String::new() } else { doubt(beside) };
    format!("`{label}` is pinned to {name}, which does not exist: {what}{doubt}")
}

/// Warns that after two replaces GitHub may have given one configuration the old name of the other, since nothing that
/// it returns tells them apart.
fn doubt(beside: &[&str]) -> String {
    if beside.is_empty() {
        return String::new();
    }
    let labels: Vec<String> = beside.iter().map(|label| format!("`{label}`")).collect();
    format!(
        ". If {} (of the same type and url) was replaced in the same run, GitHub may have given one of them the \
         other's old name: take all names from the warnings of that run",
        labels.join(" or ")
    )
}

/// Returns the only candidate, or the only one with the entry's auth type, or of these the only one without any
/// difference.
fn meant<'a>(entry: &Desired, candidates: &[&'a LiveRegistry]) -> Option<&'a LiveRegistry> {
    let alike = |live: &&&LiveRegistry| live_auth_type(live) == Some(entry.auth_type);
    let alike: Vec<&LiveRegistry> = candidates.iter().filter(alike).copied().collect();
    let equal = |live: &&&LiveRegistry| diff(live, &spelled_out(entry, live).0).0.is_empty();
    let equal: Vec<&LiveRegistry> = alike.iter().filter(equal).copied().collect();
    [candidates, &alike, &equal].into_iter().find_map(|some| match some {
        [only] => Some(*only),
        _ => None,
    })
}

/// Describes a configuration by what distinguishes it from others of its type and url.
fn described(live: &LiveRegistry) -> String {
    let mut facts: Vec<String> = live.auth_type.clone().into_iter().collect();
    facts.extend(live.username.as_ref().map(|username| format!("as {username}")));
    facts.push(live.visibility.clone());
    facts.extend(live.created_at.as_ref().map(|at| format!("created {at}")));
    facts.retain(|fact| !fact.is_empty());
    format!("{} ({})", live.name, facts.join(", "))
}

/// Lists similar names, each with the type and url of its configuration.
fn near_names(name: &str, free: &[&LiveRegistry]) -> String {
    let near = near(name, free.iter().map(|live| live.name.as_str()));
    let find = |near: &&str| free.iter().find(|live| live.name == **near);
    let near: Vec<String> = near
        .iter()
        .filter_map(find)
        .map(|live| format!("{} ({} {})", live.name, live.registry_type, live.url.as_deref().unwrap_or("—")))
        .collect();
    if near.is_empty() { String::new() } else { format!("; similar names: {}", near.join(", ")) }
}
