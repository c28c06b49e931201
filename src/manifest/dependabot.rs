//! Reads the `registries:` of a dependabot.yml as a manifest. Everything else in the file is ignored.
//!
//! The format: <https://docs.github.com/code-security/dependabot/working-with-dependabot/dependabot-options-reference>

use std::collections::BTreeMap;

use super::Problem;
use super::checked::Checked;
use super::excerpt::{label_shown, nameable, shown};
use super::keys::{SECRETS, WITHOUT_HEX, entry_keys};
use super::tree::{Key, Node, Span, Tree};
use crate::desired::Settings;
use crate::diagnostics::did_you_mean;
use crate::registry::{OidcField, Visibility};
use crate::secrets::SecretSource;

/// The `version` of every dependabot.yml.
const VERSION: &str = "2";

/// Keys of an entry that both Dependabot and this program read, besides secrets and OIDC fields.
const KEYS: [&str; 4] = ["type", "url", "username", "replaces-base"];

/// Keys of an entry that Dependabot reads but the API has no field for.
const WITHOUT_FIELD: [&str; 5] = ["organization", "public-key-fingerprint", "registry", "repo", "scope"];

/// Keys of an entry that are not part of its credential.
const NO_CREDENTIAL: [&str; 8] =
    ["type", "url", "replaces-base", "organization", "public-key-fingerprint", "registry", "repo", "scope"];

/// Dependabot's name for the secret of a Hex repository.
const AUTH_KEY: &str = "auth-key";

/// Advises to write the `registry` of an entry as its `url`. A registry with a login in it is not repeated.
fn url_meant(entry: &Node) -> String {
    let registry = entry.get("registry").and_then(Node::text).map(str::trim).unwrap_or_default();
    if registry.is_empty() || registry.contains(['@', '$', '?']) || registry.contains(char::is_whitespace) {
        return String::new();
    }
    let scheme = if registry.contains("://") { "" } else { "https://" };
    format!(": write `url: {scheme}{}`", shown(registry))
}

/// Reports whether a text is a dependabot.yml, whatever the file is called.
pub(super) fn is_one(root: &Node) -> bool {
    let Tree::Map(entries) = &root.value else { return false };
    entries.iter().any(|(key, value)| key.text == "version" && value.text() == Some(VERSION))
}

impl Checked {
    /// Reads the registries of a dependabot.yml.
    pub(super) fn dependabot(&mut self, root: &Node) {
        let Tree::Map(top) = &root.value else { return };
        if self.prune {
            let version =
                top.iter().find(|(key, _)| key.text == "version").map_or(&root.span, |(_, value)| &value.span);
            let message = "input `prune` can't be true with a dependabot.yml (`version: 2`), which belongs to one \
                           repository and may lack registries of the organization: write a manifest with `version: 1`";
            self.problem(version, message);
        }
        let Some((key, registries)) = self.registries_of(top) else {
            let near = did_you_mean("registries", top.iter().map(|(key, _)| nameable(&key.text)));
            return self.problem(&root.span, format!("this dependabot.yml has no `registries:`{near}"));
        };
        let visibility = self.default_visibility.unwrap_or_else(|| {
            let message = "a dependabot.yml does not define which repositories may use its registries: set the input \
                           `default-visibility` to all or private";
            self.problem(&key.span, message);
            Visibility::Private
        });
        match &registries.value {
            Tree::Map(entries) => self.dependabot_entries(entries, visibility),
            _ if registries.is_null() => {}
            _ => {
                let kind = registries.kind();
                let message = format!("`registries` is {kind}, but must map labels to registries");
                self.problem(&registries.span, message);
            }
        }
        self.explain_secrets(&key.span);
    }

    /// Returns the `registries` key with its value.
    fn registries_of<'a>(&mut self, top: &'a [(Key, Node)]) -> Option<&'a (Key, Node)> {
        let mut registries: Option<&(Key, Node)> = None;
        for part in top {
            let (key, _) = part;
            match (key.text.as_str(), registries) {
                ("registries", None) => registries = Some(part),
                ("registries", Some((first, _))) => {
                    let line = first.span.line;
                    self.problem(&key.span, format!("`registries` is already given on line {line}"));
                }
                ("defaults", _) => self.problem(
                    &key.span,
                    "`defaults` is a key of this program's own manifests, not of a dependabot.yml: set the input \
                     `default-visibility`, or write a manifest with `version: 1`",
                ),
                _ => {}
            }
        }
        registries
    }

    fn dependabot_entries(&mut self, entries: &[(Key, Node)], visibility: Visibility) {
        let defaults = Settings { visibility: Some(visibility), ..Settings::default() };
        let kept: Vec<(Key, Node)> =
            entries.iter().filter_map(|(label, node)| Some((label.clone(), self.translate(label, node)?))).collect();
        self.entries(&kept, &defaults);
    }

    /// Translates an entry to this program's keys; `None` if the entry is left out.
    fn translate(&mut self, label: &Key, node: &Node) -> Option<Node> {
        let Tree::Map(fields) = &node.value else { return Some(node.clone()) };
        let mut kept = Vec::with_capacity(fields.len());
        let known = known_keys();
        let is_hex = node.get("type").and_then(Node::text).is_some_and(|kind| kind.starts_with("hex"));
        let (mut has_url, mut has_credential, mut has_unknown) = (false, false, false);
        for (key, value) in fields {
            let name = key.text.replace('_', "-");
            has_url |= name == "url";
            // `username: ""` means that there is no username.
            has_credential |= !NO_CREDENTIAL.contains(&name.as_str()) && !is_blank(value);
            if WITHOUT_FIELD.contains(&name.as_str()) {
                let message = if is_hex && ["organization", "repo"].contains(&name.as_str()) {
                    format!("`{name}` {WITHOUT_HEX}")
                } else {
                    format!("`{name}` is ignored: GitHub's API for organizations has no field for it")
                };
                self.notices.push(Problem::new(&key.span, message));
            } else if name == AUTH_KEY {
                let message = format!("`{AUTH_KEY}` is stored as the secret: GitHub's API has no other field for it");
                self.notices.push(Problem::new(&key.span, message));
                kept.push((Key { text: "key".to_owned(), span: key.span.clone() }, value.clone()));
            } else {
                has_unknown |= !known.contains(&name);
                kept.push((key.clone(), value.clone()));
            }
        }
        // An unknown key may be the url, misspelt.
        let lacks = match (has_url, has_credential) {
            _ if has_unknown => None,
            (false, _) => Some("no `url`, which GitHub's API for organizations requires"),
            (true, false) => Some("no credential, so there is nothing to store for the organization"),
            (true, true) => None,
        };
        let Some(lacks) = lacks else { return Some(Node { value: Tree::Map(kept), span: node.span.clone() }) };
        let advice = if has_url { String::new() } else { url_meant(node) };
        let message = format!("`{}` is left out: it has {lacks}{advice}", label_shown(&label.text));
        self.warnings.push(Problem::new(&label.span, message));
        None
    }

    /// Adds a notice that the references of a dependabot.yml mean Dependabot secrets, which a workflow can't read.
    fn explain_secrets(&mut self, at: &Span) {
        let variables = |source: &SecretSource| match source {
            SecretSource::Reference(reference) => reference.template.variables().to_vec(),
            SecretSource::Given | SecretSource::Sealed(_) => Vec::new(),
        };
        let secrets = self.registries.iter().filter_map(|desired| desired.settings.secret.as_ref());
        let lines: BTreeMap<String, String> = secrets
            .flat_map(variables)
            .map(|variable| (variable.clone(), format!("\n  {variable}: ${{{{ secrets.{variable} }}}}")))
            .collect();
        if !lines.is_empty() {
            let lines: String = lines.into_values().collect();
            let message = format!(
                "the secrets in a dependabot.yml are Dependabot secrets, which a workflow can't read: store them as \
                 Actions secrets too, and add this to the step that applies:\nenv:{lines}"
            );
            self.notices.push(Problem::new(at, message));
        }
    }
}

fn is_blank(node: &Node) -> bool {
    node.is_null() || node.text().is_some_and(|text| text.trim().is_empty())
}

/// Returns the keys that an entry of a dependabot.yml may have.
pub(super) fn known_keys() -> Vec<String> {
    let secrets = SECRETS.iter().filter(|key| **key != "secret");
    let words = KEYS.iter().chain(secrets).map(|key| (*key).to_owned());
    words.chain(OidcField::ALL.iter().map(|field| field.kebab())).collect()
}

/// Returns a message about a key that only this program's own manifests have.
pub(super) fn entry_hint(key: &str) -> Option<&'static str> {
    let is_ours = entry_keys().iter().any(|known| known == key);
    is_ours.then_some(
        "is a key of this program's own manifests, not of a dependabot.yml: write a manifest with `version: 1`",
    )
}
