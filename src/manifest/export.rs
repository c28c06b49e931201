//! Exports an organization's configurations as a manifest for which a plan shows no drift.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fmt::Write as _;

use super::Context;
use crate::desired::Credentials;
use crate::environment::Environment;
use crate::registry::{AuthType, LiveRegistry, OidcField, RegistryKey, RegistryType};
use crate::text::deceives;

const HEADER: &str = "\
# Exported from GitHub, which never shows secrets or selected repositories:
# - store each secret under the name in its reference, or change the reference;
# - fill in `selected-repositories` where a comment asks for it.
version: 1
";

/// An exported manifest, with warnings about what it could not include.
#[derive(Debug)]
pub struct Export {
    /// The YAML text.
    pub manifest: String,
    /// One message for each configuration that is written only as a comment.
    pub warnings: Vec<String>,
}

/// Returns the lines that tell editors where the manifest's schema is; empty unless the runner names the action's
/// repository and version.
pub fn schema_lines(environment: &Environment) -> String {
    let variable = |name| environment.get(name).and_then(OsStr::to_str).unwrap_or_default();
    let (repository, version) = (variable("GITHUB_ACTION_REPOSITORY"), variable("GITHUB_ACTION_REF"));
    let is_plain =
        |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c));
    // A GitHub Enterprise Server may have its own copy of the action, and within another action the variable names
    // that.
    let is_known = matches!(variable("GITHUB_SERVER_URL"), "" | "https://github.com")
        && repository.split_once('/').is_some_and(|(owner, name)| is_plain(owner) && name == "private-registries")
        && is_plain(version);
    if !is_known {
        return String::new();
    }
    let address =
        format!("https://raw.githubusercontent.com/{repository}/{version}/schema/private-registries.schema.json");
    format!("# yaml-language-server: $schema={address}\n#\n")
}

/// Exports configurations as a manifest. An entry that this program could not read back becomes a comment, with a
/// warning.
pub fn export(live: &[LiveRegistry]) -> Export {
    let mut entries = String::new();
    let mut warnings = Vec::new();
    let mut labels = BTreeSet::new();
    let mut counts: BTreeMap<RegistryKey, usize> = BTreeMap::new();
    for key in live.iter().filter_map(LiveRegistry::key) {
        *counts.entry(key).or_default() += 1;
    }
    for live in live {
        // Entries of the same type and url are pinned by name.
        let is_one_of_several = live.key().is_some_and(|key| counts.get(&key).is_some_and(|count| *count > 1));
        let entry = entry(live, &label(&live.name, &mut labels), is_one_of_several);
        match super::read(&format!("version: 1\nregistries:\n{entry}"), &Context::default()) {
            Ok(_) => entries.push_str(&entry),
            Err(problem) => {
                let problem = escaped(&problem.to_string().replace(char::is_control, " "));
                let reason = format!("can't be managed by a manifest, and `prune` would delete it: {problem}");
                let _ = writeln!(entries, "  # {} {reason}", quoted(&live.name));
                entries.extend(entry.lines().map(|line| format!("  #{line}\n")));
                warnings.push(format!("{} {reason}", live.name));
            }
        }
    }
    let registries = if warnings.len() == live.len() { "registries: {}" } else { "registries:" };
    Export { manifest: format!("{HEADER}{registries}\n{entries}"), warnings }
}

fn entry(live: &LiveRegistry, label: &str, is_pinned: bool) -> String {
    let mut entry = format!("  {}: # {}\n", quoted(label), quoted(&live.name));
    for (key, value) in fields(live, is_pinned) {
        let _ = writeln!(entry, "    {key}: {value}");
    }
    if live.visibility == "selected" {
        entry.push_str(
            "    # selected-repositories: [] # GitHub does not show them: fill them in, or they are left alone\n",
        );
    }
    entry
}

/// Returns the keys of an entry with their values as YAML.
fn fields(live: &LiveRegistry, is_pinned: bool) -> Vec<(String, String)> {
    let LiveRegistry {
        name,
        registry_type,
        url,
        auth_type,
        username,
        replaces_base,
        visibility,
        oidc,
        created_at: _,
        raw: _,
    } = live;
    let mut lines: Vec<(String, String)> = Vec::new();
    let mut add = |key: &str, value: &str| lines.push((key.to_owned(), quoted(value)));
    let dependabot = RegistryType::parse(registry_type).map(RegistryType::dependabot);
    add("type", dependabot.as_ref().unwrap_or(registry_type));
    if let Some(url) = url {
        add("url", url);
    }
    if is_pinned {
        add("name", name);
    }
    let known_auth = auth_type.as_deref().and_then(AuthType::parse);
    let is_oidc = known_auth.map_or(!oidc.is_empty(), AuthType::is_oidc);
    let inferred = Credentials {
        auth_type: None,
        username: username.is_some(),
        secret: !is_oidc,
        oidc: oidc.keys().copied().collect(),
    };
    if let Some(auth_type) = auth_type
        && inferred.infer().ok() != known_auth
    {
        add("auth-type", auth_type);
    }
    if let Some(username) = username {
        add("username", username);
    }
    for (field, value) in oidc {
        add(&OidcField::kebab(*field), value);
    }
    if *replaces_base == Some(true) {
        lines.push(("replaces-base".to_owned(), "true".to_owned()));
    }
    lines.push(("visibility".to_owned(), quoted(visibility)));
    if !is_oidc {
        let key = if username.is_some() { "password" } else { "token" };
        lines.push((key.to_owned(), format!("${{{{ secrets.{} }}}}", variable(name))));
    }
    lines
}

/// Makes a label of a name: `NPM_REGISTRY_SECRET` becomes `npm-registry`, with a number if that is taken.
fn label(name: &str, taken: &mut BTreeSet<String>) -> String {
    let lower = name.to_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty() && *word != "secret")
        .collect();
    let base = if words.is_empty() { "registry".to_owned() } else { words.join("-") };
    let numbered = (2..).map(|number| format!("{base}-{number}"));
    let label = std::iter::once(base.clone()).chain(numbered).find(|label| !taken.contains(label)).unwrap_or(base);
    taken.insert(label.clone());
    label
}

/// Turns a name into one that Actions accepts for a secret.
fn variable(name: &str) -> String {
    let variable: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect();
    let is_refused =
        variable.is_empty() || variable.starts_with(|c: char| c.is_ascii_digit()) || variable.starts_with("GITHUB_");
    if is_refused { format!("REGISTRY_{variable}") } else { variable }
}

/// Returns a YAML scalar that is read back as this text.
fn quoted(text: &str) -> String {
    // Other YAML parsers read more words as numbers or booleans than ours.
    let words = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:+".contains(c))
        && !text.ends_with(':')
        && !words.contains(&text.to_lowercase().as_str());
    if is_plain { text.to_owned() } else { escaped(&serde_json::Value::from(text).to_string()) }
}

/// Escapes characters that JSON leaves alone, but that YAML does not allow, even in comments, or that are invisible.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        let _ = match u32::from(c) {
            code @ ..=0xffff if deceives(c) => write!(escaped, "\\u{code:04x}"),
            code if deceives(c) => write!(escaped, "\\U{code:08x}"),
            _ => escaped.write_char(c),
        };
    }
    escaped
}
