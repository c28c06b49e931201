//! Reads one entry of the manifest, and reports the problems of each field at its position.

use super::checked::{Checked, Fields};
use super::dependabot;
use super::excerpt::{label_shown, shown};
use super::keys::{SECRETS, WITHOUT_HEX, entry_hint};
use super::near_miss;
use super::tree::{Key, Node, Tree};
use super::written::Written;
use super::{Problem, location};
use crate::desired::{
    Complaint, Credentials, Desired, Repository, Settings, Username, completions, selection_complaint,
};
use crate::diagnostics::did_you_mean;
use crate::registry::{AuthType, OidcField, RegistryKey, RegistryType, RegistryUrl, Visibility};
use crate::rules::Allowed;
use crate::secrets::{self, Reference, SealedSecret, SecretSource, Template, unwrapped};

impl Checked {
    /// Reads one entry; `None` if there is any problem with it.
    pub(super) fn entry(&mut self, label: &Key, node: &Node, defaults: &Settings, known: &[String]) -> Option<Desired> {
        let Self { problems, warnings, notices, .. } = &*self;
        let before = [problems.len(), warnings.len(), notices.len()];
        let entry = self.read(label, node, defaults, known);
        let shown = label_shown(&label.text);
        for (found, before) in [&mut self.problems, &mut self.warnings, &mut self.notices].into_iter().zip(before) {
            let new = found.split_off(before);
            found.extend(new.into_iter().map(|problem| problem.within(&shown)));
        }
        entry
    }

    fn read(&mut self, label: &Key, node: &Node, defaults: &Settings, known: &[String]) -> Option<Desired> {
        let before = self.problems.len();
        let shown = label_shown(&label.text);
        let is_hex = node.get("type").and_then(Node::text).is_some_and(|kind| kind.starts_with("hex"));
        let is_dependabot = self.is_dependabot;
        let hint = |key: &str| match key {
            _ if is_dependabot => dependabot::entry_hint(key),
            "organization" | "repo" if is_hex => Some(WITHOUT_HEX),
            _ => entry_hint(key),
        };
        let fields = self.fields(node, "an entry", known, hint)?;
        let mut reader = Reader { checked: self, fields };
        let settings = reader.settings(defaults);
        let registry_type = reader.registry_type();
        let name = reader.text("name");
        let is_pinned = reader.has("name");
        let auth_type = reader.auth_type(label);
        let needs = [("type", ""), ("url", ""), ("visibility", ", here or in `defaults`: all, private or selected")]
            .into_iter();
        for (key, help) in needs {
            let is_by_default =
                key == "visibility" && (settings.visibility.is_some() || reader.checked.defaults_have_visibility);
            if !reader.has(key) && !is_by_default {
                let problem = Problem::of_entry(&label.span, &shown, format!("needs `{key}`{help}"));
                reader.checked.problems.push(problem);
            }
        }
        let complaint = selection_complaint(settings.visibility, settings.repositories.as_ref());
        reader.complain(complaint.into_iter().collect(), label);
        let expires = reader.expires(auth_type);
        let allowed = reader.allowed();
        let organizations = reader.organizations();
        let spans = reader.fields.spans();
        let notices: Vec<Problem> =
            completions(&settings).into_iter().map(|notice| reader.at(&notice, label)).collect();
        self.notices.extend(notices);
        let key =
            registry_type.zip(settings.url.as_ref()).map(|(registry_type, url)| RegistryKey::new(registry_type, url));
        let organizations = organizations.or_else(|| self.organizations.clone());
        self.check_unique(label, key, name.clone(), is_pinned, organizations.as_ref());
        if self.problems.len() > before {
            return None;
        }
        let allowed = self.allowed.and(&allowed);
        self.written.push(Written { allowed, organizations, label: label.span.clone(), fields: spans });
        Some(Desired {
            label: Some(label.text.clone()),
            location: Some(location(&label.span, &self.file)),
            name,
            registry_type: registry_type?,
            auth_type: auth_type?,
            expires,
            settings,
        })
    }
}

/// Reads the fields of one mapping, and reports their problems.
pub(super) struct Reader<'a, 'b> {
    pub(super) checked: &'a mut Checked,
    pub(super) fields: Fields<'b>,
}

impl Reader<'_, '_> {
    fn has(&self, key: &str) -> bool {
        self.fields.has(key)
    }

    /// Turns a complaint into a problem at the field's position, under the name that the file uses.
    fn at(&self, Complaint { field, message }: &Complaint, label: &Key) -> Problem {
        let name = field.replace('_', "-");
        let candidates: Vec<&str> = match name.as_str() {
            "secret" => [SECRETS.as_slice(), &["encrypted-value"]].concat(),
            "registry-type" => vec!["type"],
            other => vec![other],
        };
        if let Some((key, _)) = candidates.iter().find_map(|name| self.fields.get(name)) {
            return Problem::new(&key.span, format!("`{}` {message}", key.text));
        }
        let name = if name == "secret" { "`password` (or `token`)".to_owned() } else { format!("`{name}`") };
        Problem::of_entry(&label.span, &label_shown(&label.text), format!("lacks {name}, which {message}"))
    }

    fn complain(&mut self, complaints: Vec<Complaint>, label: &Key) {
        for complaint in complaints {
            let problem = self.at(&complaint, label);
            self.checked.problems.push(problem);
        }
    }

    /// Reads a text as written. References are rejected, because only secrets are resolved.
    pub(super) fn text(&mut self, key: &str) -> Option<String> {
        let (_, node) = self.fields.get(key)?;
        // A block scalar ends with a line break, and base64 may be wrapped.
        let text =
            node.text().map(|text| if key == "encrypted-value" { unwrapped(text) } else { text.trim().to_owned() });
        let problem = match text {
            None => format!("`{key}` is {}, but must be a single value", node.kind()),
            Some(text) if node.is_null() || text.is_empty() => format!("`{key}` is empty"),
            Some(text) if text.contains("${") => match key {
                "username" => {
                    "`username` contains a reference, but only secrets are resolved, and GitHub stores the user \
                               name in plain text and shows it: write the name itself"
                        .to_owned()
                }
                _ => format!("`{key}` contains a reference, but only secrets are resolved: write the value itself"),
            },
            Some(text) if text.chars().any(char::is_control) => {
                format!("`{key}` has a line break or another control character in it: write it on one line")
            }
            Some(text) => return Some(text),
        };
        self.checked.problem(&node.span, problem);
        None
    }

    fn word<T: Copy>(
        &mut self,
        key: &str,
        parse: impl Fn(&str) -> Option<T>,
        all: &[T],
        spelled: impl Fn(&T) -> String,
    ) -> Option<T> {
        let (_, node) = self.fields.get(key)?;
        let text = self.text(key)?;
        let word = parse(&text);
        if word.is_none() {
            let all: Vec<String> = all.iter().map(spelled).collect();
            let hint = did_you_mean(&text, all.iter().map(String::as_str));
            let message = format!("`{key}` is `{}`, which is none of: {}{hint}", shown(&text), all.join(", "));
            self.checked.problem(&node.span, message);
        }
        word
    }

    pub(super) fn boolean(&mut self, key: &str) -> Option<bool> {
        let (_, node) = self.fields.get(key)?;
        match &node.value {
            Tree::Scalar { text, is_plain: true } => match text.as_str() {
                "true" | "True" | "TRUE" => return Some(true),
                "false" | "False" | "FALSE" => return Some(false),
                _ => {}
            },
            Tree::Scalar { .. } | Tree::List(_) | Tree::Map(_) => {}
        }
        let is = node.text().map_or_else(|| format!("is {}", node.kind()), |text| format!("is `{}`", shown(text)));
        self.checked.problem(&node.span, format!("`{key}` {is}: write `true` or `false`, without quotes"));
        None
    }

    /// Reads the rules that may be broken.
    pub(super) fn allowed(&mut self) -> Allowed {
        const KEY: &str = "allow";
        let mut allowed = Allowed::default();
        let Some((_, node)) = self.fields.get(KEY) else { return allowed };
        let Tree::List(items) = &node.value else {
            self.checked.problem(&node.span, format!("`{KEY}` is {}, but must be a list of rules", node.kind()));
            return allowed;
        };
        for item in items {
            let named = item.text().ok_or_else(|| format!("{} is not the id of a rule", item.kind()));
            if let Err(message) = named.and_then(|id| allowed.allow(id)) {
                self.checked.problem(&item.span, format!("`{KEY}` is wrong: {message}"));
            }
        }
        allowed
    }

    fn registry_type(&mut self) -> Option<RegistryType> {
        self.word("type", RegistryType::parse_any, RegistryType::ALL, |registry_type| registry_type.dependabot())
    }

    pub(super) fn visibility(&mut self) -> Option<Visibility> {
        self.word("visibility", Visibility::parse, Visibility::ALL, ToString::to_string)
    }

    fn url(&mut self) -> Option<RegistryUrl> {
        let (_, node) = self.fields.get("url")?;
        let text = self.text("url")?;
        RegistryUrl::parse(&text).map_err(|message| self.checked.problem(&node.span, format!("`url` {message}"))).ok()
    }

    fn settings(&mut self, defaults: &Settings) -> Settings {
        let visibility = self.visibility().or(defaults.visibility);
        // The selection in `defaults` applies only to entries with visibility `selected`.
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

    /// Reads the username. An empty `username:` means that there is none.
    fn username(&mut self) -> Option<Username> {
        let (_, node) = self.fields.get("username")?;
        if node.text() == Some("") || node.is_null() {
            return None;
        }
        self.text("username").map(Username::Is)
    }

    /// Reports whether a username is given, valid or not.
    fn has_username(&self) -> bool {
        let given = self.fields.get("username").map(|(_, node)| node.text() != Some("") && !node.is_null());
        given.unwrap_or_else(|| self.has("username"))
    }

    pub(super) fn repositories(&mut self) -> Option<Vec<Repository>> {
        const KEY: &str = "selected-repositories";
        let (_, node) = self.fields.get(KEY)?;
        let Tree::List(items) = &node.value else {
            self.checked.problem(&node.span, format!("`{KEY}` is {}, but must be a list", node.kind()));
            return None;
        };
        let mut repositories: Vec<Repository> = Vec::new();
        for item in items {
            match item.text().ok_or_else(|| no_name(item)).and_then(Repository::parse) {
                Ok(repository) if repositories.iter().any(|other| repository.may_be(other)) => {
                    self.checked.problem(&item.span, format!("`{KEY}` names {repository} twice"));
                }
                Ok(repository) => repositories.push(repository.at(location(&item.span, &self.checked.file))),
                Err(message) => self.checked.problem(&item.span, format!("`{KEY}` {message}")),
            }
        }
        Some(repositories)
    }

    fn secret(&mut self) -> Option<SecretSource> {
        let sealed = self.sealed();
        let field = |key| self.fields.get(key).map(|(at, node)| (key, at, node));
        let given: Vec<(&str, &Key, &Node)> = SECRETS.into_iter().filter_map(field).collect();
        if let [(first, ..), (second, at, _), ..] = given.as_slice() {
            self.checked.problem(&at.span, format!("`{second}` and `{first}` are the same field: keep one of them"));
        }
        let Some((key, at, node)) = given.first().copied() else { return sealed };
        if self.fields.get("encrypted-value").is_some() {
            self.checked.problem(&at.span, format!("`{key}` and `encrypted-value` contradict each other: keep one"));
        }
        self.reference(key, node).map(SecretSource::Reference).or(sealed)
    }

    /// Reads the reference to a secret. Anything else is a problem.
    fn reference(&mut self, key: &str, node: &Node) -> Option<Reference> {
        let Some(template) = node.text().and_then(Template::parse) else {
            let message = no_reference(key, node);
            self.checked.problem(&node.span, message);
            return None;
        };
        let reserved = |variable: &String| Some((variable.clone(), Reference::reserved(variable)?));
        for (variable, what) in template.variables().iter().filter_map(reserved) {
            let message = format!(
                "`{key}` refers to {variable}, which is {what}: a manifest may not send it to a registry. Give the \
                 secret another name in `env:`"
            );
            self.checked.problem(&node.span, message);
        }
        Some(Reference { template, location: location(&node.span, &self.checked.file) })
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
            let (_, node) = self.fields.get("encrypted-value")?;
            self.checked.problem(
                &node.span,
                "`encrypted-value` is not a sealed box in padded standard base64: seal the secret with the key that \
                 `operation: public-key` shows, or refer to it with `token` or `password`",
            );
        }
        Some(SecretSource::Sealed(SealedSecret { encrypted_value, key_id }))
    }

    /// Returns the explicit or inferred auth type, after checking the fields that it requires and does not accept.
    fn auth_type(&mut self, label: &Key) -> Option<AuthType> {
        let explicit = self.word("auth-type", AuthType::parse, AuthType::ALL, ToString::to_string);
        if explicit.is_none() && self.has("auth-type") {
            return None;
        }
        if self.fields.merges() {
            return explicit; // a merge key may stand for any other field
        }
        // An invalid field has a problem of its own, and counts as given. So does one whose key is misspelt, but what such
        // a key was meant for is a guess, which decides nothing.
        let has_secret = SECRETS.iter().any(|key| self.has(key)) || self.has("encrypted-value");
        let all = || OidcField::ALL.iter().copied();
        let given: Vec<OidcField> = all().filter(|field| self.fields.get(&field.kebab()).is_some()).collect();
        let meant: Vec<OidcField> = all().filter(|field| self.is_misspelt(&field.kebab())).collect();
        let credentials =
            Credentials { auth_type: explicit, username: self.has_username(), secret: has_secret, oidc: given };
        let is_open = explicit.is_none() && !has_secret && credentials.oidc.is_empty() && !meant.is_empty();
        match credentials.infer() {
            _ if is_open => None,
            Ok(auth_type) => {
                let oidc = meant.into_iter().filter(|field| auth_type.takes(*field)).chain(credentials.oidc.clone());
                let credentials = Credentials { oidc: oidc.collect(), ..credentials };
                let mut complaints = credentials.complaints(auth_type, true);
                complaints.retain(|complaint| !self.is_about_misspelt(complaint));
                self.complain(complaints, label);
                Some(auth_type)
            }
            Err(_) if !meant.is_empty() => None,
            Err(complaint) => {
                self.complain(vec![complaint], label);
                None
            }
        }
    }

    /// Reports whether a field is not given, but a key that does not exist was probably meant for it.
    fn is_misspelt(&self, key: &str) -> bool {
        self.fields.get(key).is_none() && self.fields.names(key)
    }

    /// Reports whether a complaint is about a field whose key is misspelt, which is a problem already.
    fn is_about_misspelt(&self, Complaint { field, message: _ }: &Complaint) -> bool {
        match *field {
            "secret" => {
                let mut keys = SECRETS.iter().chain(&["encrypted-value"]);
                keys.clone().all(|key| self.fields.get(key).is_none()) && keys.any(|key| self.fields.names(key))
            }
            field => self.is_misspelt(&field.replace('_', "-")),
        }
    }
}

fn no_name(item: &Node) -> String {
    format!("has {} in it: write names, like `api`, or numeric ids", item.kind())
}

/// Describes the problem with a secret that is not a reference.
fn no_reference(key: &str, node: &Node) -> String {
    let text = node.text().unwrap_or_default();
    if node.is_null() || (node.text().is_some() && text.trim().is_empty()) {
        return format!("`{key}` is empty: write a reference, like ${{{{ secrets.NPM_TOKEN }}}}");
    }
    match near_miss::advice(text) {
        Some(advice) => format!("`{key}` must be a reference and nothing else: {advice}"),
        None => format!(
            "`{key}` must be a reference and nothing else, like ${{{{ secrets.NPM_TOKEN }}}}. If a secret is written \
             here, it may be in git: revoke it, and store a new one as an Actions secret"
        ),
    }
}
