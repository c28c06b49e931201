//! From text to [`Inputs`]: every check goes on after a problem, so that all problems are told at once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use secrecy::ExposeSecret as _;

use super::raw::Raw;
use super::task::{Edit, ManifestTask, Operation, PlanOptions, Resend, Task};
use super::{Connection, Inputs, Problem, Remark, Unchecked};
use crate::desired::{
    Address, Complaint, Credentials, Desired, Expected, Repository, Settings, Username, advice, is_path_word,
    selection_complaint,
};
use crate::nearest::did_you_mean;
use crate::registry::{AuthType, OidcField, RegistryType, RegistryUrl, Visibility};
use crate::roots::Roots;
use crate::secrets::{self, SealedSecret, SecretSource};

const DEFAULT_API_URL: &str = "https://api.github.com";
const DEFAULT_MANIFEST: &str = ".github/private-registries.yml";
const DEFAULT_MAX_DELETES: usize = 5;
const DEFAULT_MAX_WAIT: Duration = Duration::from_mins(10);
const DEFAULT_WRITE_INTERVAL: Duration = Duration::from_secs(1);

/// The inputs, and what has been found about them so far.
pub(super) struct Check {
    given: Unchecked,
    problems: Vec<Problem>,
    remarks: Vec<Remark>,
}

/// What the inputs say about which configuration is meant.
struct Identity {
    name: Option<String>,
    registry_type: Option<RegistryType>,
    url: Option<RegistryUrl>,
    auth_type: Option<AuthType>,
}

impl Check {
    pub(super) fn new(mut given: Unchecked) -> Self {
        let problems = std::mem::take(&mut given.problems);
        Self { given, problems, remarks: Vec::new() }
    }

    pub(super) fn run(mut self) -> Result<Inputs, Vec<Problem>> {
        let operation = self.operation();
        let connection = if operation == Some(Operation::Validate) { None } else { self.connection() };
        let org = self.org(operation);
        let dry_run = self.boolean("dry-run", |raw| &raw.dry_run);
        let task = operation.and_then(|operation| self.task(operation));
        if let Some(operation) = operation {
            self.unused(operation);
        }
        match task {
            Some(task) if self.problems.is_empty() => {
                let dry_run = dry_run.unwrap_or_default();
                Ok(Inputs { task, org, connection, dry_run, remarks: self.remarks })
            }
            _ => Err(self.problems),
        }
    }

    fn problem(&mut self, input: &str, message: impl Into<String>) {
        self.problems.push(Problem::new(input, message));
    }

    fn operation(&mut self) -> Option<Operation> {
        let text = self.given.raw.operation.clone().unwrap_or_else(|| Operation::Plan.to_string());
        let operation = Operation::parse(&text);
        if operation.is_none() {
            self.problem("operation", not_one_of(&text, &Operation::ALL.map(Operation::as_str)));
        }
        operation
    }

    fn org(&mut self, operation: Option<Operation>) -> String {
        let org = self.given.org();
        if org.is_empty() && operation != Some(Operation::Validate) {
            self.problem("org", "is required here: GITHUB_REPOSITORY_OWNER is not set");
        } else if !org.is_empty() && !is_path_word(&org) {
            self.problem("org", format!("is no organization's name: `{}`", org.escape_debug()));
        }
        org
    }

    fn connection(&mut self) -> Option<Connection> {
        let token = self.token();
        let api_url = self.api_url();
        let api_version = self.api_version(api_url.as_ref());
        let roots = self.roots();
        let max_wait = self.duration("max-wait", |raw| &raw.max_wait, DEFAULT_MAX_WAIT);
        let write_interval = self.duration("write-interval", |raw| &raw.write_interval, DEFAULT_WRITE_INTERVAL);
        Some(Connection {
            api_url: api_url?,
            api_version: api_version?,
            roots: roots?,
            token: token?,
            max_wait: max_wait?,
            write_interval: write_interval?,
        })
    }

    fn token(&mut self) -> Option<secrecy::SecretString> {
        let Some(token) = self.given.raw.token.clone() else {
            self.problem(
                "token",
                "is required: a token that may manage the organization's private registries (GITHUB_TOKEN can't; an \
                 unset workflow secret arrives as an empty string)",
            );
            return None;
        };
        if !token.expose_secret().chars().all(|c| c.is_ascii_graphic()) {
            self.problem("token", "has white space or another character inside that no GitHub token has");
            return None;
        }
        Some(token)
    }

    fn api_url(&mut self) -> Option<url::Url> {
        let text = self.given.raw.api_url.clone().or_else(|| self.given.runner.api_url.clone());
        match api_url(text.as_deref().unwrap_or(DEFAULT_API_URL)) {
            Ok(url) => Some(url),
            Err(message) => {
                self.problem("api-url", message);
                None
            }
        }
    }

    fn api_version(&mut self, api_url: Option<&url::Url>) -> Option<String> {
        if let Some(version) = self.given.raw.api_version.clone() {
            let is_date = version.len() == 10
                && version.char_indices().all(|(i, c)| if i == 4 || i == 7 { c == '-' } else { c.is_ascii_digit() });
            if !is_date {
                self.problem("api-version", "is no date: write it like 2026-03-10");
                return None;
            }
            return Some(version);
        }
        Some(newest_version(api_url?.host_str().unwrap_or_default()).to_owned())
    }

    /// The authorities of `ca-file`; `SSL_CERT_FILE` is read by the TLS library, and only looked at here.
    fn roots(&mut self) -> Option<Roots> {
        let ssl_cert_file = self.given.ssl_cert_file.as_deref().map(Roots::read);
        if let Some(Err(message)) = ssl_cert_file {
            self.problems.push(Problem::of_variable("SSL_CERT_FILE", message));
        }
        let Some(path) = &self.given.raw.ca_file else { return Some(Roots::default()) };
        Roots::read(&self.given.workspace().join(path)).map_err(|message| self.problem("ca-file", message)).ok()
    }

    fn boolean(&mut self, input: &str, field: impl Fn(&Raw) -> &Option<String>) -> Option<bool> {
        let text = field(&self.given.raw).clone()?;
        match text.as_str() {
            "true" | "True" | "TRUE" => Some(true),
            "false" | "False" | "FALSE" => Some(false),
            _ => {
                self.problem(input, not_one_of(&text, &["true", "True", "TRUE", "false", "False", "FALSE"]));
                None
            }
        }
    }

    fn duration(
        &mut self,
        input: &str,
        field: impl Fn(&Raw) -> &Option<String>,
        default: Duration,
    ) -> Option<Duration> {
        let Some(text) = field(&self.given.raw).clone() else { return Some(default) };
        let duration = duration(&text);
        if duration.is_none() {
            let shown = text.escape_debug();
            self.problem(input, format!("is no duration: `{shown}`; write a number and s, m, h or d, like 30s or 10m"));
        }
        duration
    }

    /// Reads a closed word.
    fn word<T: Copy>(
        &mut self,
        input: &str,
        text: Option<String>,
        parse: impl Fn(&str) -> Option<T>,
        all: &[String],
    ) -> Option<T> {
        let text = text?;
        let word = parse(&text);
        if word.is_none() {
            self.problem(input, not_one_of(&text, &all.iter().map(String::as_str).collect::<Vec<_>>()));
        }
        word
    }

    fn registry_type(&mut self) -> Option<RegistryType> {
        let text = self.given.raw.registry_type.clone();
        let all: Vec<_> = RegistryType::ALL.iter().map(ToString::to_string).collect();
        self.word("registry-type", text, RegistryType::parse_any, &all)
    }

    fn auth_type(&mut self) -> Option<AuthType> {
        let text = self.given.raw.auth_type.clone();
        let all: Vec<_> = AuthType::ALL.iter().map(ToString::to_string).collect();
        self.word("auth-type", text, AuthType::parse, &all)
    }

    fn url(&mut self) -> Option<RegistryUrl> {
        let text = self.given.raw.url.clone()?;
        RegistryUrl::parse(&text).map_err(|message| self.problem("url", message)).ok()
    }

    /// GitHub's name for a configuration: opaque, but it must be a path segment of its own.
    fn name(&mut self) -> Option<String> {
        let name = self.given.raw.name.clone()?;
        if [".", "..", "public-key"].contains(&name.as_str()) || name.chars().any(char::is_control) {
            self.problem("name", "can't be the name of a configuration");
            return None;
        }
        Some(name)
    }

    fn task(&mut self, operation: Operation) -> Option<Task> {
        match operation {
            Operation::List => Some(Task::List),
            Operation::PublicKey => Some(Task::PublicKey),
            Operation::Get => self.existing().map(|(address, expected)| Task::Get(address, expected)),
            Operation::Delete => self.existing().map(|(address, expected)| Task::Delete(address, expected)),
            Operation::Create => self.desired(operation).map(Task::Create),
            Operation::Upsert => self.desired(operation).map(Task::Upsert),
            Operation::Update => self.edit().map(Task::Update),
            Operation::Validate => Some(Task::Validate(self.manifest())),
            Operation::Plan => {
                let fail_on_drift = self.boolean("fail-on-drift", |raw| &raw.fail_on_drift).unwrap_or_default();
                self.plan_options().map(|options| Task::Plan(options, fail_on_drift))
            }
            Operation::Apply => {
                let plan_id = self.given.raw.plan_id.clone();
                self.plan_options().map(|options| Task::Apply(options, plan_id))
            }
            Operation::Export => self.export(),
        }
    }

    fn export(&mut self) -> Option<Task> {
        let path = self.given.raw.export_path.as_ref().map(|path| self.given.workspace().join(path));
        if path.as_ref().is_some_and(|path| path.exists()) {
            self.problem("export-path", "names a file that exists: remove it, or name another");
            return None;
        }
        Some(Task::Export(path))
    }

    fn manifest(&mut self) -> ManifestTask {
        let given = self.given.raw.manifest.as_deref().unwrap_or(DEFAULT_MANIFEST);
        let workspace = self.given.workspace();
        let path = workspace.join(given);
        // Annotations only find their file by its path in the repository, however that was written.
        let shown = path.strip_prefix(&workspace).unwrap_or(&path).components().collect::<PathBuf>();
        let is_in_workspace = self.given.runner.workspace.is_some() && path.starts_with(&workspace);
        ManifestTask { shown: shown.display().to_string(), within: is_in_workspace.then_some(workspace), path }
    }

    fn plan_options(&mut self) -> Option<PlanOptions> {
        let manifest = self.manifest();
        let prune = self.boolean("prune", |raw| &raw.prune).unwrap_or_default();
        let max_deletes = match self.given.raw.max_deletes.clone() {
            None => DEFAULT_MAX_DELETES,
            Some(text) => {
                let number = text.parse();
                if number.is_err() {
                    self.problem("max-deletes", format!("is no number: `{}`", text.escape_debug()));
                }
                number.ok()?
            }
        };
        let resend = match self.given.raw.resend.clone() {
            None => Resend::Always,
            Some(text) => {
                let modes = [Resend::Always, Resend::OnChange];
                let parse = |text: &str| modes.into_iter().find(|mode| mode.as_str() == text);
                self.word("resend", Some(text), parse, &modes.map(|mode| mode.as_str().to_owned()))?
            }
        };
        Some(PlanOptions { manifest, prune, max_deletes, resend })
    }

    fn identity(&mut self) -> Identity {
        Identity {
            name: self.name(),
            registry_type: self.registry_type(),
            url: self.url(),
            auth_type: self.auth_type(),
        }
    }

    /// Which configuration is meant; what is missing for that is a problem.
    fn address(&mut self, identity: &Identity) -> Option<Address> {
        match identity {
            Identity { name: Some(name), .. } => Some(Address::Name(name.clone())),
            Identity { registry_type: Some(registry_type), url: Some(url), .. } => {
                Some(Address::Key { registry_type: *registry_type, url: url.clone() })
            }
            _ => {
                let raw = &self.given.raw;
                if raw.name.is_none() && (raw.registry_type.is_none() || raw.url.is_none()) {
                    self.problem("name", "is required, or both `registry-type` and `url`");
                }
                None
            }
        }
    }

    /// For `get` and `delete`, where everything besides the address is an expectation.
    fn existing(&mut self) -> Option<(Address, Expected)> {
        let identity = self.identity();
        let address = self.address(&identity)?;
        let Identity { name: _, registry_type, url, auth_type } = identity;
        Some((address, Expected { registry_type, auth_type, url }))
    }

    fn edit(&mut self) -> Option<Edit> {
        let identity = self.identity();
        let address = self.address(&identity);
        let Identity { name, registry_type, url, auth_type } = identity;
        // Without a name, the url says which one, not what to change.
        let settings = self.settings(url.filter(|_| name.is_some()));
        let credentials = self.credentials(auth_type, &settings);
        match auth_type.map_or_else(|| given_oidc_only(&credentials), |auth_type| Ok(Some(auth_type))) {
            Ok(Some(auth_type)) => self.complain(credentials.complaints(auth_type, false)),
            Ok(None) => {}
            Err(complaint) => self.complain(vec![complaint]),
        }
        if self.problems.is_empty() && says_nothing(&settings) {
            self.problem(
                "operation",
                "is update, but no field to change was given (an unset workflow secret arrives as an empty string)",
            );
        }
        self.advise(registry_type, auth_type, &settings, false);
        Some(Edit { address: address?, expected: Expected { registry_type, auth_type, url: None }, settings })
    }

    fn desired(&mut self, operation: Operation) -> Option<Desired> {
        let Identity { name, registry_type, url, auth_type } = self.identity();
        let name = name.filter(|_| operation == Operation::Upsert);
        let settings = self.settings(url);
        for (input, is_missing) in [
            ("registry-type", self.given.raw.registry_type.is_none()),
            ("url", self.given.raw.url.is_none()),
            ("visibility", self.given.raw.visibility.is_none() && self.given.raw.selected_repositories.is_none()),
        ] {
            if is_missing {
                self.problem(input, format!("is required by {operation}"));
            }
        }
        if operation == Operation::Create && settings.username == Some(Username::Cleared) {
            self.problem("clear-username", "is for update and upsert: leave `username` out instead");
        }
        let credentials = self.credentials(auth_type, &settings);
        let auth_type = match (self.given.raw.auth_type.is_some(), auth_type) {
            (true, None) => return None, // already complained about
            _ => credentials.infer().map_err(|complaint| self.complain(vec![complaint])).ok()?,
        };
        self.complain(credentials.complaints(auth_type, true));
        if self.given.raw.auth_type.is_none() {
            let message = format!("auth-type is {auth_type}, inferred from the inputs given");
            self.remarks.push(Remark { is_warning: false, message });
        }
        self.advise(registry_type, Some(auth_type), &settings, true);
        Some(Desired { label: None, position: None, name, registry_type: registry_type?, auth_type, settings })
    }

    /// No field of a registry has a line break: it was pasted along.
    fn one_line(&mut self) {
        let raw = &self.given.raw;
        let oidc = oidc(raw).into_iter().map(|(field, value)| (field.kebab(), value));
        let others = [("username", &raw.username), ("key-id", &raw.key_id)];
        let others = others.into_iter().filter_map(|(input, value)| Some((input.to_owned(), value.clone()?)));
        let broken: Vec<_> = oidc.chain(others).filter(|(_, value)| value.chars().any(char::is_control)).collect();
        for (input, _) in broken {
            self.problem(&input, "has a line break or another control character inside");
        }
    }

    fn settings(&mut self, url: Option<RegistryUrl>) -> Settings {
        self.one_line();
        let repositories = self.repositories();
        let all: Vec<_> = Visibility::ALL.iter().map(ToString::to_string).collect();
        let text = self.given.raw.visibility.clone();
        let visibility = self.word("visibility", text, Visibility::parse, &all);
        self.complain(selection_complaint(visibility, repositories.as_ref()).into_iter().collect());
        Settings {
            url,
            username: self.username(),
            replaces_base: self.boolean("replaces-base", |raw| &raw.replaces_base),
            visibility: visibility.or(repositories.as_ref().map(|_| Visibility::Selected)),
            oidc: oidc(&self.given.raw),
            secret: self.secret(),
            repositories,
        }
    }

    fn username(&mut self) -> Option<Username> {
        let clear = self.boolean("clear-username", |raw| &raw.clear_username).unwrap_or_default();
        match (self.given.raw.username.clone(), clear) {
            (Some(_), true) => {
                self.problem("clear-username", "contradicts `username`: give one of them");
                None
            }
            (Some(name), false) => Some(Username::Is(name)),
            (None, true) => Some(Username::Cleared),
            (None, false) => None,
        }
    }

    fn secret(&mut self) -> Option<SecretSource> {
        let raw = &self.given.raw;
        let (secret, encrypted_value, key_id) = (raw.secret.clone(), raw.encrypted_value.clone(), raw.key_id.clone());
        match (secret, encrypted_value, key_id) {
            (Some(secret), None, None) => match secrets::fit(&secret) {
                Ok(fit) => {
                    for notice in fit.notices {
                        self.remarks.push(Remark { is_warning: false, message: format!("input `secret` {notice}") });
                    }
                    Some(SecretSource::Given(fit.value))
                }
                Err(message) => {
                    self.problem("secret", message);
                    None
                }
            },
            (Some(_), _, _) => {
                self.problem(
                    "secret",
                    "contradicts `encrypted-value` and `key-id`: give the plaintext or the sealed one",
                );
                None
            }
            (None, Some(encrypted_value), Some(key_id)) => {
                if !secrets::is_sealed_box(&encrypted_value) {
                    self.problem("encrypted-value", "is no sealed box in padded standard base64");
                    return None;
                }
                Some(SecretSource::Sealed(SealedSecret { encrypted_value, key_id }))
            }
            (None, Some(_), None) => {
                self.problem(
                    "key-id",
                    "is required beside `encrypted-value`: the id of the key that it was sealed with",
                );
                None
            }
            (None, None, Some(_)) => {
                self.problem("encrypted-value", "is required beside `key-id`");
                None
            }
            (None, None, None) => None,
        }
    }

    fn repositories(&mut self) -> Option<Vec<Repository>> {
        let text = self.given.raw.selected_repositories.clone()?;
        let org = self.given.org();
        let mut repositories: Vec<Repository> = Vec::new();
        let mut identities = BTreeSet::new();
        for item in text.split([',', '\n']).map(str::trim).filter(|item| !item.is_empty()) {
            match Repository::parse(item) {
                Ok(Repository::Named { owner: Some(owner), .. }) if !owner.eq_ignore_ascii_case(&org) => {
                    self.problem(
                        "selected-repositories",
                        format!("names {item}, which is not in the organization {org}"),
                    );
                }
                Ok(repository) if !identities.insert(repository.identity()) => {}
                Ok(repository) => repositories.push(repository),
                Err(message) => self.problem("selected-repositories", format!("is wrong: {message}")),
            }
        }
        Some(repositories)
    }

    /// What was given. A secret that is wrong has its own problem, and is not missing besides.
    fn credentials(&self, auth_type: Option<AuthType>, settings: &Settings) -> Credentials {
        Credentials {
            auth_type,
            username: matches!(settings.username, Some(Username::Is(_))),
            secret: self.given.raw.secret.is_some() || self.given.raw.encrypted_value.is_some(),
            oidc: settings.oidc.keys().copied().collect(),
        }
    }

    fn complain(&mut self, complaints: Vec<Complaint>) {
        for Complaint { field, message } in complaints {
            let hint = if field == "secret" && message.contains("required") {
                " (an unset workflow secret arrives as an empty string)"
            } else {
                ""
            };
            self.problem(&field.replace('_', "-"), format!("{message}{hint}"));
        }
    }

    fn advise(
        &mut self,
        registry_type: Option<RegistryType>,
        auth_type: Option<AuthType>,
        settings: &Settings,
        is_whole: bool,
    ) {
        for Complaint { field, message } in advice(registry_type, auth_type, settings, is_whole) {
            let message = format!("input `{}` {message}", field.replace('_', "-"));
            self.remarks.push(Remark { is_warning: true, message });
        }
    }

    /// Inputs that this operation does not use are probably a mistake; those with their default value are action.yml's.
    fn unused(&mut self, operation: Operation) {
        let raw = &self.given.raw;
        let is_default = |input: &str| match input {
            "dry-run" => raw.dry_run.as_deref() == Some("false"),
            "manifest" => raw.manifest.as_deref() == Some(DEFAULT_MANIFEST),
            "prune" => raw.prune.as_deref() == Some("false"),
            "max-deletes" => raw.max_deletes.as_deref() == Some("5"),
            "resend" => raw.resend.as_deref() == Some("always"),
            "fail-on-drift" => raw.fail_on_drift.as_deref() == Some("false"),
            "max-wait" => raw.max_wait.as_deref() == Some("10m"),
            "write-interval" => raw.write_interval.as_deref() == Some("1s"),
            "token" | "org" | "api-url" | "api-version" | "ca-file" => true, // set for a whole job, harmless elsewhere
            _ => false,
        };
        let mut messages: Vec<String> = raw
            .given()
            .iter()
            .filter(|input| !operation.uses(input) && !is_default(input))
            .map(|input| format!("input `{input}` is not used by {operation}"))
            .collect();
        let names = super::input_names();
        messages.extend(self.given.unknown.iter().map(|input| {
            let hint = did_you_mean(input, names.iter().map(String::as_str));
            format!("there is no input `{}`{hint}", input.escape_debug())
        }));
        self.remarks.extend(messages.into_iter().map(|message| Remark { is_warning: true, message }));
    }
}

/// For an update, which need not say its auth type: the OIDC fields alone may tell, and must not contradict each other.
fn given_oidc_only(credentials: &Credentials) -> Result<Option<AuthType>, Complaint> {
    if credentials.oidc.is_empty() {
        return Ok(None);
    }
    match credentials.infer() {
        Ok(auth_type) => Ok(Some(auth_type)),
        Err(complaint) if complaint.field == "auth_type" => Ok(None), // several: the live one will tell
        Err(complaint) => Err(complaint),
    }
}

fn says_nothing(settings: &Settings) -> bool {
    let Settings { url, username, replaces_base, visibility, oidc, secret, repositories } = settings;
    url.is_none()
        && username.is_none()
        && replaces_base.is_none()
        && visibility.is_none()
        && oidc.is_empty()
        && secret.is_none()
        && repositories.is_none()
}

fn oidc(raw: &Raw) -> BTreeMap<OidcField, String> {
    let value = |field: &OidcField| match field {
        OidcField::TenantId => &raw.tenant_id,
        OidcField::ClientId => &raw.client_id,
        OidcField::AwsRegion => &raw.aws_region,
        OidcField::AccountId => &raw.account_id,
        OidcField::RoleName => &raw.role_name,
        OidcField::Domain => &raw.domain,
        OidcField::DomainOwner => &raw.domain_owner,
        OidcField::JfrogOidcProviderName => &raw.jfrog_oidc_provider_name,
        OidcField::Audience => &raw.audience,
        OidcField::IdentityMappingName => &raw.identity_mapping_name,
        OidcField::Namespace => &raw.namespace,
        OidcField::ServiceSlug => &raw.service_slug,
        OidcField::ApiHost => &raw.api_host,
        OidcField::WorkloadIdentityProvider => &raw.workload_identity_provider,
        OidcField::ServiceAccount => &raw.service_account,
    };
    OidcField::ALL.iter().filter_map(|field| Some((*field, value(field).clone()?))).collect()
}

fn not_one_of(text: &str, allowed: &[&str]) -> String {
    let hint = did_you_mean(text, allowed.iter().copied());
    format!("is `{}`, which is none of: {}{hint}", text.escape_debug(), allowed.join(", "))
}

/// api.github.com and GHE.com know the newer version; GitHub Enterprise Server may answer 400 to it.
fn newest_version(host: &str) -> &'static str {
    let is_cloud = host == "api.github.com" || (host.starts_with("api.") && host.ends_with(".ghe.com"));
    if is_cloud { "2026-03-10" } else { "2022-11-28" }
}

/// The API's base: https, or http to this machine itself.
fn api_url(text: &str) -> Result<url::Url, String> {
    let mut url = url::Url::parse(text).map_err(|error| format!("is no url ({error}), like {DEFAULT_API_URL}"))?;
    let is_loopback = match url.host() {
        Some(url::Host::Domain(domain)) => domain == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => return Err(format!("has no host: write it like {DEFAULT_API_URL}")),
    };
    if url.scheme() != "https" && !(url.scheme() == "http" && is_loopback) {
        return Err(
            "must be https (http is for loopback addresses only): the token would travel in the clear".to_owned()
        );
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("carries user information: the credential is the `token`".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("has a query or a fragment, which no API base has".to_owned());
    }
    match url.host_str() {
        Some("github.com") => return Err(format!("is GitHub's website: its API is {DEFAULT_API_URL}")),
        Some(host) if host.ends_with(".ghe.com") && !host.starts_with("api.") => {
            return Err(format!("is the website: its API is https://api.{host}"));
        }
        _ => {}
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}

/// `30s`, `10m`, `2h`, `90d`.
fn duration(text: &str) -> Option<Duration> {
    let unit = text.chars().next_back()?;
    let number = &text[..text.len() - unit.len_utf8()];
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 60 * 60,
        'd' => 24 * 60 * 60,
        _ => return None,
    };
    if !number.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    number.parse::<u32>().ok().map(|number| Duration::from_secs(u64::from(number) * seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_number_and_a_unit() {
        assert_eq!(duration("90d"), Some(Duration::from_hours(90 * 24)));
        assert_eq!(duration("0s"), Some(Duration::ZERO));
        for text in ["", "s", "10", "-1s", "1.5h", "10 s", "99999999999s", "1w", "5µ"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }

    #[test]
    fn the_newer_version_is_for_hosts_that_know_it() {
        for (host, version) in [
            ("api.github.com", "2026-03-10"),
            ("api.acme.ghe.com", "2026-03-10"),
            ("ghes.acme.dev", "2022-11-28"),
            ("api.acme.dev", "2022-11-28"),
            ("api.github.com.evil.dev", "2022-11-28"),
        ] {
            assert_eq!(newest_version(host), version, "{host}");
        }
    }

    #[test]
    fn the_api_url_is_https_or_loopback_and_keeps_its_path() {
        assert_eq!(api_url("https://ghes.example.com/api/v3/").unwrap().as_str(), "https://ghes.example.com/api/v3");
        for text in ["http://localhost:1/", "http://127.0.0.2:80", "http://[::1]:8080"] {
            assert!(api_url(text).is_ok(), "{text}");
        }
        for text in [
            "http://ghes.example.com",
            "https://a:b@ghes.example.com",
            "ftp://x.y",
            "ghes.example.com",
            "https://x.y/?a",
            "https://github.com",
            "https://acme.ghe.com",
        ] {
            assert!(api_url(text).is_err(), "{text}");
        }
    }
}
