//! From a tree to what is desired: every entry is checked whole, and a problem in one does not hide those in others.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::excerpt::{nameable, quiet_ranges};
use super::tree::{self, Key, Node, Span, Tree};
use super::{Problem, place};
use crate::desired::{Complaint, Credentials, Desired, Repository, Settings, Username, advice, selection_complaint};
use crate::nearest::did_you_mean;
use crate::registry::{AuthType, OidcField, RegistryKey, RegistryType, RegistryUrl, Visibility};
use crate::secrets::{self, Reference, SealedSecret, SecretSource};

/// The version of the format that this release reads.
const VERSION: &str = "1";
/// Dependabot takes no more organization registries for one update job.
const DEPENDABOTS_LIMIT: usize = 100;
/// dependabot.yml's names for the secret.
pub(super) const SECRETS: [&str; 4] = ["password", "token", "key", "secret"];

/// What these variables hold is not a manifest's to send anywhere.
const RUNNERS_OWN: [&str; 4] = ["ACTIONS_", "GITHUB_", "INPUT_", "RUNNER_"];

/// The keys of an entry that are not OIDC fields and not [`SECRETS`].
const KEYS: [&str; 10] = [
    "type",
    "url",
    "username",
    "encrypted-value",
    "key-id",
    "auth-type",
    "replaces-base",
    "visibility",
    "selected-repositories",
    "name",
];
const DEFAULTS: [&str; 3] = ["visibility", "selected-repositories", "replaces-base"];
const TOP: [&str; 3] = ["version", "defaults", "registries"];

/// What came of a text.
#[derive(Default)]
pub(super) struct Checked {
    /// What the file is called in messages.
    file: String,
    pub(super) registries: Vec<Desired>,
    pub(super) problems: Vec<Problem>,
    pub(super) warnings: Vec<Problem>,
    /// What of the text must not be shown.
    pub(super) quiet: Vec<Range<usize>>,
}

/// The lines of the entries so far, by what must not come twice.
#[derive(Default)]
struct Seen {
    keys: BTreeMap<RegistryKey, usize>,
    names: BTreeMap<String, usize>,
}

/// The keys that an entry may have, in kebab-case.
pub(super) fn entry_keys() -> Vec<String> {
    let words = KEYS.iter().chain(&SECRETS).map(|key| (*key).to_owned());
    words.chain(OidcField::ALL.iter().map(|field| field.kebab())).collect()
}

/// Checks a text; `file` is what it is called in messages.
pub(super) fn check(source: &str, file: &str) -> Checked {
    let mut checked = Checked { file: file.to_owned(), ..Checked::default() };
    if source.len() > super::LARGEST {
        checked.problem(&Span::default(), format!("the manifest is larger than {} KiB", super::LARGEST / 1024));
        return checked;
    }
    match tree::parse(source) {
        Ok(Some(root)) if !root.is_null() => {
            let known = entry_keys();
            let is_known = |key: &str| known.iter().any(|known| known == key) || TOP.contains(&key);
            checked.quiet = quiet_ranges(&root, &is_known);
            checked.root(&root);
        }
        Ok(_) => checked.problem(&Span::default(), "the manifest is empty: it needs `version: 1` and `registries:`"),
        Err(problem) => checked.problems.push(problem),
    }
    checked
}

impl Checked {
    fn problem(&mut self, span: &Span, message: impl Into<String>) {
        self.problems.push(Problem::new(span, message));
    }

    fn root(&mut self, root: &Node) {
        let Some(top) = self.fields(root, "the manifest", &TOP.map(str::to_owned), top_level_hint) else { return };
        match top.get("version") {
            None => self.problem(&root.span, "`version: 1` is missing"),
            Some((key, version)) if version.text() != Some(VERSION) => {
                let hint = if version.text() == Some("2") { " (2 is dependabot.yml's)" } else { "" };
                let span = if version.text().is_some() { &version.span } else { &key.span };
                self.problem(span, format!("`version` must be {VERSION}, the only one that this release reads{hint}"));
            }
            Some(_) => {}
        }
        let defaults = match top.get("defaults") {
            Some((_, node)) if !node.is_null() => self.defaults(node),
            _ => Settings::default(),
        };
        match top.get("registries") {
            None => self.problem(&root.span, "`registries:` is missing"),
            Some((_, node)) if node.is_null() => {}
            Some((_, Node { value: Tree::Map(entries), .. })) => self.entries(entries, &defaults),
            Some((_, node)) => {
                self.problem(&node.span, format!("`registries` is {}, but must map labels to registries", node.kind()));
            }
        }
    }

    fn entries(&mut self, entries: &[(Key, Node)], defaults: &Settings) {
        let known = entry_keys();
        let mut labels: BTreeMap<&str, &Key> = BTreeMap::new();
        let mut seen = Seen::default();
        for (label, node) in entries {
            if let Some(first) = labels.insert(&label.text, label) {
                self.problem(
                    &label.span,
                    format!("`{}` is there already, in line {}", label_shown(&label.text), first.span.line),
                );
            }
            if label.text.trim().is_empty() || label.text.chars().any(char::is_control) || label.text.len() > 200 {
                self.problem(&label.span, "a label must be a short text of printable characters");
            }
            if let Some(desired) = self.entry(label, node, defaults, &known) {
                self.check_unique(&desired, &label.span, &mut seen);
                self.registries.push(desired);
            }
        }
        if let Some((label, _)) = entries.get(DEPENDABOTS_LIMIT) {
            let message = format!(
                "{} registries: Dependabot takes at most {DEPENDABOTS_LIMIT} of an organization for an update",
                entries.len()
            );
            self.warnings.push(Problem::new(&label.span, message));
        }
    }

    /// No two entries may mean the same configuration.
    fn check_unique(&mut self, desired: &Desired, span: &Span, seen: &mut Seen) {
        let same_key = desired.key().and_then(|key| seen.keys.insert(key, span.line));
        let same_name = desired.name.clone().and_then(|name| seen.names.insert(name, span.line));
        let messages = [
            same_key.map(|line| format!("has the same type and url as the entry in line {line}")),
            same_name.map(|line| format!("has the same `name` as the entry in line {line}")),
        ];
        let label = desired.label.as_deref().unwrap_or_default();
        for message in messages.into_iter().flatten() {
            self.problem(span, format!("`{}` {message}", shown(label)));
        }
    }

    /// The fields of a mapping by kebab-case name; unknown ones and repeated ones are problems.
    fn fields<'a>(
        &mut self,
        node: &'a Node,
        what: &str,
        known: &[String],
        hint: impl Fn(&str) -> Option<&'static str>,
    ) -> Option<BTreeMap<String, (&'a Key, &'a Node)>> {
        let Tree::Map(entries) = &node.value else {
            self.problem(&node.span, format!("{what} is {}, but must be a mapping", node.kind()));
            return None;
        };
        let mut fields: BTreeMap<String, (&Key, &Node)> = BTreeMap::new();
        for (key, value) in entries {
            let name = key.text.replace('_', "-");
            if !known.contains(&name) {
                let name = nameable(&name);
                let nearest = || match self.problems.len() {
                    0..super::MOST_NOTES => did_you_mean(name, known.iter().map(String::as_str)),
                    _ => String::new(), // it will not be told
                };
                let explained = if name.len() < key.text.len() {
                    format!("… is no key of {what}: a space must follow the colon")
                } else {
                    hint(name).map_or_else(|| format!(" is no key of {what}{}", nearest()), |hint| format!(" {hint}"))
                };
                self.problem(&key.span, format!("`{}`{explained}", shown(nameable(&key.text))));
            } else if let Some((first, _)) = fields.get(&name) {
                let line = first.span.line;
                self.problem(&key.span, format!("`{name}` is there already, in line {line}"));
            } else {
                fields.insert(name, (key, value));
            }
        }
        Some(fields)
    }

    fn defaults(&mut self, node: &Node) -> Settings {
        let Some(fields) = self.fields(node, "defaults", &DEFAULTS.map(str::to_owned), |_| None) else {
            return Settings::default();
        };
        let mut reader = Reader { checked: self, fields };
        Settings {
            visibility: reader.visibility(),
            repositories: reader.repositories(),
            replaces_base: reader.boolean("replaces-base"),
            ..Settings::default()
        }
    }

    fn entry(&mut self, label: &Key, node: &Node, defaults: &Settings, known: &[String]) -> Option<Desired> {
        let before = self.problems.len();
        let what = format!("registry `{}`", label_shown(&label.text));
        let fields = self.fields(node, &what, known, entry_hint)?;
        let mut reader = Reader { checked: self, fields };
        let settings = reader.settings(defaults);
        let registry_type = reader.registry_type(label);
        let name = reader.text("name");
        let auth_type = reader.auth_type(&settings, label);
        for (key, is_missing) in [("url", !reader.has("url")), ("visibility", settings.visibility.is_none())] {
            if is_missing && !reader.has(key) {
                let help = if key == "visibility" { ", here or in `defaults`: all, private or selected" } else { "" };
                reader.checked.problem(&label.span, format!("`{}` needs `{key}`{help}", label_shown(&label.text)));
            }
        }
        let complaint = selection_complaint(settings.visibility, settings.repositories.as_ref());
        reader.complain(complaint.into_iter().collect(), label);
        let warnings: Vec<Problem> = advice(registry_type, auth_type, &settings, true)
            .into_iter()
            .map(|warning| reader.at(&warning, label))
            .collect();
        self.warnings.extend(warnings);
        if self.problems.len() > before {
            return None;
        }
        Some(Desired {
            label: Some(label.text.clone()),
            place: Some(place(&label.span, &self.file)),
            name,
            registry_type: registry_type?,
            auth_type: auth_type?,
            settings,
        })
    }
}

/// Reads the fields of one mapping, telling what is wrong with each.
struct Reader<'a, 'b> {
    checked: &'a mut Checked,
    fields: BTreeMap<String, (&'b Key, &'b Node)>,
}

impl Reader<'_, '_> {
    fn has(&self, key: &str) -> bool {
        self.fields.contains_key(key)
    }

    /// A complaint at the field's place, in the words of the file.
    fn at(&self, Complaint { field, message }: &Complaint, label: &Key) -> Problem {
        let name = field.replace('_', "-");
        let candidates: Vec<&str> = match name.as_str() {
            "secret" => [SECRETS.as_slice(), &["encrypted-value"]].concat(),
            "registry-type" => vec!["type"],
            other => vec![other],
        };
        if let Some((key, _)) = candidates.iter().find_map(|name| self.fields.get(*name)) {
            return Problem::new(&key.span, format!("`{}` {message}", key.text));
        }
        let name = if name == "secret" { "`password` (or `token`)".to_owned() } else { format!("`{name}`") };
        Problem::new(&label.span, format!("`{}`: {name} {message}", label_shown(&label.text)))
    }

    fn complain(&mut self, complaints: Vec<Complaint>, label: &Key) {
        for complaint in complaints {
            let problem = self.at(&complaint, label);
            self.checked.problems.push(problem);
        }
    }

    /// A text as written; a reference is refused, because only secrets are resolved.
    fn text(&mut self, key: &str) -> Option<String> {
        let (_, node) = *self.fields.get(key)?;
        let problem = match node.text() {
            None => format!("`{key}` is {}, but must be a single value", node.kind()),
            Some(text) if node.is_null() || text.trim().is_empty() => format!("`{key}` is empty"),
            Some(text) if text.contains("${") => {
                format!("`{key}` holds a reference, but only secrets are resolved: write the value itself")
            }
            Some(text) if text.chars().any(char::is_control) => {
                format!("`{key}` has a line break or control character")
            }
            Some(text) => return Some(text.trim().to_owned()),
        };
        self.checked.problem(&node.span, problem);
        None
    }

    fn word<T: Copy>(&mut self, key: &str, parse: impl Fn(&str) -> Option<T>, all: &[String]) -> Option<T> {
        let text = self.text(key)?;
        let word = parse(&text);
        if word.is_none() {
            let hint = did_you_mean(&text, all.iter().map(String::as_str));
            let (_, node) = self.fields[key];
            let message = format!("`{key}` is `{}`, which is none of: {}{hint}", shown(&text), all.join(", "));
            self.checked.problem(&node.span, message);
        }
        word
    }

    fn boolean(&mut self, key: &str) -> Option<bool> {
        let (_, node) = *self.fields.get(key)?;
        match &node.value {
            Tree::Scalar { text, is_plain: true } => match text.as_str() {
                "true" | "True" | "TRUE" => return Some(true),
                "false" | "False" | "FALSE" => return Some(false),
                _ => {}
            },
            Tree::Scalar { .. } | Tree::List(_) | Tree::Map(_) => {}
        }
        self.checked.problem(&node.span, format!("`{key}` must be true or false, without quotes"));
        None
    }

    fn registry_type(&mut self, label: &Key) -> Option<RegistryType> {
        if !self.has("type") {
            self.checked.problem(&label.span, format!("`{}` needs `type`", label_shown(&label.text)));
        }
        let all: Vec<_> = RegistryType::ALL.iter().map(|registry_type| registry_type.dependabot()).collect();
        self.word("type", RegistryType::parse_any, &all)
    }

    fn visibility(&mut self) -> Option<Visibility> {
        let all: Vec<_> = Visibility::ALL.iter().map(ToString::to_string).collect();
        self.word("visibility", Visibility::parse, &all)
    }

    fn url(&mut self) -> Option<RegistryUrl> {
        let text = self.text("url")?;
        let (_, node) = self.fields["url"];
        RegistryUrl::parse(&text).map_err(|message| self.checked.problem(&node.span, format!("`url` {message}"))).ok()
    }

    fn settings(&mut self, defaults: &Settings) -> Settings {
        let visibility = self.visibility().or(defaults.visibility);
        // The defaults' selection is for the entries that select.
        let default_repositories = defaults.repositories.clone().filter(|_| visibility == Some(Visibility::Selected));
        let oidc = OidcField::ALL.iter().filter_map(|field| Some((*field, self.text(&field.kebab())?))).collect();
        Settings {
            url: self.url(),
            username: self.username(),
            replaces_base: self.boolean("replaces-base").or(defaults.replaces_base),
            visibility,
            oidc,
            secret: self.secret(),
            repositories: self.repositories().or(default_repositories),
        }
    }

    /// `username:` with nothing behind it says that there is none.
    fn username(&mut self) -> Option<Username> {
        let (_, node) = *self.fields.get("username")?;
        if node.text() == Some("") || node.is_null() {
            return None;
        }
        self.text("username").map(Username::Is)
    }

    fn repositories(&mut self) -> Option<Vec<Repository>> {
        const KEY: &str = "selected-repositories";
        let (_, node) = *self.fields.get(KEY)?;
        let Tree::List(items) = &node.value else {
            self.checked.problem(&node.span, format!("`{KEY}` is {}, but must be a list", node.kind()));
            return None;
        };
        let mut repositories: Vec<Repository> = Vec::new();
        let mut identities = BTreeSet::new();
        for item in items {
            match item.text().ok_or_else(|| format!("is {}", item.kind())).and_then(Repository::parse) {
                Ok(repository) if !identities.insert(repository.identity()) => {
                    self.checked.problem(&item.span, format!("`{KEY}` names {repository} twice"));
                }
                Ok(repository) => repositories.push(repository),
                Err(message) => self.checked.problem(&item.span, format!("`{KEY}`: {message}")),
            }
        }
        Some(repositories)
    }

    fn secret(&mut self) -> Option<SecretSource> {
        let given: Vec<&str> = SECRETS.into_iter().filter(|key| self.has(key)).collect();
        let sealed = self.sealed();
        if let [first, second, ..] = given.as_slice() {
            let (key, _) = self.fields[*second];
            self.checked.problem(&key.span, format!("`{second}` and `{first}` are the same field: keep one of them"));
        }
        let key = *given.first()?;
        let (at, node) = self.fields[key];
        if self.has("encrypted-value") {
            self.checked.problem(&at.span, format!("`{key}` and `encrypted-value` contradict each other: keep one"));
        }
        let variable = node.text().and_then(Reference::variable);
        let Some(variable) = variable else {
            let is_empty = node.is_null() || node.text().is_some_and(|text| text.trim().is_empty());
            let message = if is_empty {
                format!("`{key}` is empty: write a reference, like ${{{{ secrets.NPM_TOKEN }}}}")
            } else {
                format!(
                    "`{key}` must be a reference and nothing else, like ${{{{ secrets.NPM_TOKEN }}}}. If a secret is \
                     written here, it is in git now: revoke it"
                )
            };
            self.checked.problem(&node.span, message);
            return sealed;
        };
        if RUNNERS_OWN.iter().any(|prefix| variable.starts_with(prefix)) {
            let message = format!(
                "`{key}` refers to {variable}, which is the runner's own or an input, such as this step's token: a \
                 manifest may not send it to a registry. Give the secret another name in `env:`"
            );
            self.checked.problem(&node.span, message);
        }
        let place = place(&node.span, &self.checked.file);
        Some(SecretSource::Reference(Reference { variable: variable.to_owned(), place }))
    }

    fn sealed(&mut self) -> Option<SecretSource> {
        let (encrypted_value, key_id) = (self.text("encrypted-value"), self.text("key-id"));
        for (key, other) in [("encrypted-value", "key-id"), ("key-id", "encrypted-value")] {
            if let Some((at, _)) = self.fields.get(key)
                && !self.has(other)
            {
                self.checked.problem(&at.span, format!("`{key}` needs `{other}` beside it"));
            }
        }
        let (encrypted_value, key_id) = (encrypted_value?, key_id?);
        if !secrets::is_sealed_box(&encrypted_value) {
            let (_, node) = self.fields["encrypted-value"];
            self.checked.problem(&node.span, "`encrypted-value` is no sealed box in padded standard base64");
        }
        Some(SecretSource::Sealed(SealedSecret { encrypted_value, key_id }))
    }

    /// The auth type said or inferred, with what it requires and does not take.
    fn auth_type(&mut self, settings: &Settings, label: &Key) -> Option<AuthType> {
        let all: Vec<_> = AuthType::ALL.iter().map(ToString::to_string).collect();
        let said = self.word("auth-type", AuthType::parse, &all);
        if said.is_none() && self.has("auth-type") {
            return None;
        }
        // What is there but wrong has its own problem, and counts as given.
        let has_secret = SECRETS.iter().any(|key| self.has(key)) || self.has("encrypted-value");
        let credentials = Credentials {
            auth_type: said,
            username: settings.username.is_some(),
            secret: has_secret,
            oidc: OidcField::ALL.iter().copied().filter(|field| self.has(&field.kebab())).collect(),
        };
        match credentials.infer() {
            Ok(auth_type) => {
                self.complain(credentials.complaints(auth_type, true), label);
                Some(auth_type)
            }
            Err(complaint) => {
                self.complain(vec![complaint], label);
                None
            }
        }
    }
}

fn top_level_hint(key: &str) -> Option<&'static str> {
    (key == "updates").then_some("belongs to dependabot.yml: this manifest has only its `registries:` block")
}

/// Keys of dependabot.yml that the API has no field for.
fn entry_hint(key: &str) -> Option<&'static str> {
    Some(match key {
        "scope" => "is dependabot.yml's, and the API has no field for it: scopes go into each repository's .npmrc",
        "organization" => "is dependabot.yml's, and the API has no field for it: name the organization in `url`",
        "repo" => "is dependabot.yml's, and the API has no field for it: name the repository in `url`",
        "registry" => "is dependabot.yml's, and the API has no field for it: write the address as `url`",
        "auth-key" => "is dependabot.yml's; here it is `key`, with a reference to the secret",
        "public-key-fingerprint" => "is dependabot.yml's, and the API has no field for it: leave it out",
        _ => return None,
    })
}

/// A label for a message. One that begins with the name of a secret is probably a field whose space was forgotten.
fn label_shown(label: &str) -> String {
    let name = nameable(label);
    if name.len() < label.len() && SECRETS.contains(&name) { format!("{name}…") } else { shown(label) }
}

/// A text of the file for a message: short, on one line.
fn shown(text: &str) -> String {
    let escaped: String = text.chars().take(60).flat_map(char::escape_debug).collect();
    if text.chars().count() > 60 { escaped + "…" } else { escaped }
}
