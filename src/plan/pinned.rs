//! What to say of an entry that is pinned to a name which no configuration has: mostly a replace gave it another one.

use super::diff::{diff, live_auth_type, spelled_out};
use super::names;
use crate::desired::Desired;
use crate::diagnostics::near;
use crate::registry::LiveRegistry;

/// Names the configuration that is probably meant, or says how to tell. `candidates` may be the entry's by type and url,
/// `free` are all that no entry is pinned to, `beside` the labels of other entries of the same type and url.
pub(super) fn missing(
    entry: &Desired,
    name: &str,
    candidates: &[&LiveRegistry],
    free: &[&LiveRegistry],
    beside: &[&str],
) -> String {
    let label = entry.label.as_deref().unwrap_or_default();
    let is_told = candidates.iter().all(|live| live.url.is_some());
    let (common, or) = if is_told { ("type and url", ", or leave `name` out") } else { ("type", "") };
    let what = match (meant(entry, candidates), candidates) {
        (Some(only), [_]) => format!("write `name: {}`, which has its {common}{or}", only.name),
        (Some(one), several) => format!(
            "write `name: {}`, the one of {} with its {common} that is most like the entry",
            one.name,
            names(several)
        ),
        (None, []) => format!("leave `name` out to create it{}", near_names(name, free)),
        (None, several) => {
            let several: Vec<String> = several.iter().map(|live| described(live)).collect();
            format!(
                "its {common} have {}. Write the `name` of the one that is meant; if a replace created it, that is \
                 the newest",
                several.join(", ")
            )
        }
    };
    let doubt = if candidates.is_empty() { String::new() } else { doubt(beside) };
    format!("`{label}` is pinned to {name}, which does not exist: {what}{doubt}")
}

/// After two replaces GitHub may have given one the name that the other had, and nothing that it shows tells them apart.
fn doubt(beside: &[&str]) -> String {
    if beside.is_empty() {
        return String::new();
    }
    let labels: Vec<String> = beside.iter().map(|label| format!("`{label}`")).collect();
    format!(
        ". If {} (of the same type and url) was replaced in the same run, GitHub may have given one the old name of \
         another: take all names from the warnings of that run",
        labels.join(" or ")
    )
}

/// The only candidate, or the only one that authenticates as the entry does, or of these the only one without a
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

/// What tells a configuration from others with its type and url.
fn described(live: &LiveRegistry) -> String {
    let mut facts: Vec<String> = live.auth_type.clone().into_iter().collect();
    facts.extend(live.username.as_ref().map(|username| format!("as {username}")));
    facts.push(live.visibility.clone());
    facts.extend(live.created_at.as_ref().map(|at| format!("created {at}")));
    facts.retain(|fact| !fact.is_empty());
    format!("{} ({})", live.name, facts.join(", "))
}

/// Names that may have been meant, with what they are.
fn near_names(name: &str, free: &[&LiveRegistry]) -> String {
    let near = near(name, free.iter().map(|live| live.name.as_str()));
    let find = |near: &&str| free.iter().find(|live| live.name == **near);
    let near: Vec<String> = near
        .iter()
        .filter_map(find)
        .map(|live| format!("{} ({} {})", live.name, live.registry_type, live.url.as_deref().unwrap_or("—")))
        .collect();
    if near.is_empty() { String::new() } else { format!("; names near it: {}", near.join(", ")) }
}
