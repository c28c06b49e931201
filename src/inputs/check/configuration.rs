//! The inputs of the operations on one configuration: which one is meant, and what it is to be.

use std::collections::{BTreeMap, BTreeSet};

use super::Check;
use crate::actions::Level;
use crate::desired::{
    Address, Complaint, Credentials, Desired, Edit, Expected, Repository, Settings, Username, advice, completions,
    selection_complaint,
};
use crate::inputs::Remark;
use crate::inputs::raw::Raw;
use crate::inputs::task::Operation;
use crate::registry::{AuthType, OidcField, RegistryType, RegistryUrl, Visibility};
use crate::secrets::{self, SealedSecret, SecretSource};

/// What the inputs say about which configuration is meant.
pub(super) struct Identity {
    name: Option<String>,
    registry_type: Option<RegistryType>,
    url: Option<RegistryUrl>,
    auth_type: Option<AuthType>,
}

impl Check {
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

    pub(super) fn identity(&mut self) -> Identity {
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
    pub(super) fn existing(&mut self, identity: Identity) -> Option<(Address, Expected)> {
        let address = self.address(&identity)?;
        let Identity { name: _, registry_type, url, auth_type } = identity;
        Some((address, Expected { registry_type, auth_type, url }))
    }

    pub(super) fn edit(&mut self, identity: Identity, settings: Settings) -> Option<Edit> {
        let address = self.address(&identity);
        let Identity { name, registry_type, url, auth_type } = identity;
        // Without a name, the url says which one, not what to change.
        let settings = Settings { url: url.filter(|_| name.is_some()), ..settings };
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

    pub(super) fn desired(&mut self, operation: Operation, identity: Identity, settings: Settings) -> Option<Desired> {
        let Identity { name, registry_type, url, auth_type } = identity;
        let name = name.filter(|_| operation == Operation::Upsert);
        let settings = Settings { url, ..settings };
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
            self.remarks.push(Remark { level: Level::Notice, message });
        }
        self.advise(registry_type, Some(auth_type), &settings, true);
        Some(Desired { label: None, place: None, name, registry_type: registry_type?, auth_type, settings })
    }

    /// No field of a registry has a line break: it was pasted along.
    fn no_line_breaks(&mut self) {
        let raw = &self.given.raw;
        let oidc = oidc(raw).into_iter().map(|(field, value)| (field.kebab(), value));
        let others = [("username", &raw.username), ("key-id", &raw.key_id)];
        let others = others.into_iter().filter_map(|(input, value)| Some((input.to_owned(), value.clone()?)));
        let broken: Vec<_> = oidc.chain(others).filter(|(_, value)| value.chars().any(char::is_control)).collect();
        for (input, _) in broken {
            self.problem(&input, "has a line break or another control character inside");
        }
    }

    /// Everything but the url, which may also only say which configuration is meant.
    pub(super) fn settings(&mut self) -> Settings {
        self.no_line_breaks();
        let repositories = self.repositories();
        let all: Vec<_> = Visibility::ALL.iter().map(ToString::to_string).collect();
        let text = self.given.raw.visibility.clone();
        let visibility = self.word("visibility", text, Visibility::parse, &all);
        self.complain(selection_complaint(visibility, repositories.as_ref()).into_iter().collect());
        Settings {
            url: None,
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
            (Some(secret), None, None) => {
                match self.given.own_credentials().refuse(&secret).and_then(|()| secrets::fit(&secret)) {
                    Ok(fit) => {
                        let remark = |(level, remark)| Remark { level, message: format!("input `secret` {remark}") };
                        self.remarks.extend(fit.remarks().map(remark));
                        Some(SecretSource::Given(fit.value))
                    }
                    Err(message) => {
                        self.problem("secret", message);
                        None
                    }
                }
            }
            (Some(_), _, _) => {
                self.problem(
                    "secret",
                    "contradicts `encrypted-value` and `key-id`: give the plaintext or the sealed one",
                );
                None
            }
            (None, Some(encrypted_value), Some(key_id)) => {
                if !secrets::is_sealed_box(&encrypted_value) {
                    self.problem("encrypted-value", "is not a sealed box in padded standard base64");
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
                Ok(repository) if repository.is_of_another(&org) => {
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
            secret: self.has_secret(),
            oidc: settings.oidc.keys().copied().collect(),
        }
    }

    fn has_secret(&self) -> bool {
        self.given.raw.secret.is_some() || self.given.raw.encrypted_value.is_some()
    }

    fn complain(&mut self, complaints: Vec<Complaint>) {
        for Complaint { field, message } in complaints {
            let is_missing = field == "secret" && !self.has_secret();
            let hint = if is_missing { " (an unset workflow secret arrives as an empty string)" } else { "" };
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
            self.remarks.push(Remark { level: Level::Warning, message });
        }
        for Complaint { field, message } in completions(settings) {
            self.remarks.push(Remark { level: Level::Notice, message: format!("input `{field}` {message}") });
        }
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
