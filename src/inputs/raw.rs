//! `INPUT_*` and `GITHUB_*` as they came: text, not yet understood.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde::Deserialize;

use super::Problem;
use crate::environment::Environment;

/// Declares the inputs: their fields, and from the same words their names.
macro_rules! inputs {
    ($($field:ident: $kind:ty),+ $(,)?) => {
        /// Every input, as text; blank ones are `None`.
        #[derive(Debug, Default, Deserialize)]
        #[serde(rename_all = "kebab-case", default)]
        pub(super) struct Raw { $(pub(super) $field: Option<$kind>),+ }

        /// The names of the inputs, with underscores for hyphens.
        const FIELDS: &[&str] = &[$(stringify!($field)),+];

        impl Raw {
            /// The inputs that were given, by name.
            pub(super) fn given(&self) -> Vec<String> {
                let mut names = Vec::new();
                $(if self.$field.is_some() { names.push(stringify!($field).replace('_', "-")); })+
                names
            }
        }
    };
}

inputs! {
    operation: String,
    token: SecretString,
    org: String,
    api_url: String,
    api_version: String,
    ca_file: String,
    dry_run: String,
    name: String,
    registry_type: String,
    url: String,
    username: String,
    clear_username: String,
    secret: SecretString,
    encrypted_value: String,
    key_id: String,
    auth_type: String,
    replaces_base: String,
    visibility: String,
    selected_repositories: String,
    tenant_id: String,
    client_id: String,
    aws_region: String,
    account_id: String,
    role_name: String,
    domain: String,
    domain_owner: String,
    jfrog_oidc_provider_name: String,
    audience: String,
    identity_mapping_name: String,
    namespace: String,
    service_slug: String,
    api_host: String,
    workload_identity_provider: String,
    service_account: String,
    manifest: String,
    prune: String,
    max_deletes: String,
    replace: String,
    resend: String,
    plan_id: String,
    require_plan_id: String,
    fail_on_drift: String,
    export_path: String,
    result_path: String,
    max_wait: String,
    write_interval: String,
}

/// The names of all inputs, in the order of the documentation.
pub fn input_names() -> Vec<String> {
    FIELDS.iter().map(|field| field.replace('_', "-")).collect()
}

/// What the runner says about itself and the job.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Runner {
    pub(super) actions: Option<String>,
    pub(super) api_url: Option<String>,
    pub(super) output: Option<String>,
    pub(super) repository_owner: Option<String>,
    pub(super) step_summary: Option<String>,
    pub(super) workspace: Option<String>,
}

/// Inputs that mean something to the runner itself and reach every container.
const RUNNERS_INPUTS: [&str; 2] = ["args", "entrypoint"];

/// Reads the inputs: blanks dropped, white space trimmed but from the secret, both spellings of a name folded into
/// one. Returns them with what is wrong about the environment itself, and with names that are no input.
pub(super) fn read(environment: &Environment) -> (Raw, Runner, Vec<Problem>, Vec<String>) {
    let mut problems: Vec<Problem> = environment
        .garbled("INPUT_")
        .map(|variable| Problem::new(&input_name(&variable), "is not valid UTF-8"))
        .collect();
    let mut values: BTreeMap<String, &str> = BTreeMap::new();
    for (variable, value) in environment.with_prefix("INPUT_") {
        let name = input_name(variable);
        let value = if name == "secret" { value } else { value.trim() };
        if value.is_empty() {
            continue;
        }
        match values.get(&name) {
            Some(other) if *other != value => problems.push(Problem::new(
                &name,
                format!(
                    "is set twice to different values, as INPUT_{0} and with underscores: unset one",
                    name.to_uppercase()
                ),
            )),
            _ => {
                values.insert(name, value);
            }
        }
    }
    let known = input_names();
    let unknown = values
        .keys()
        .filter(|name| !known.contains(name) && !RUNNERS_INPUTS.contains(&name.as_str()))
        .cloned()
        .collect();
    let variables = values.into_iter().map(|(name, value)| (format!("INPUT_{name}"), value.to_owned()));
    let raw = from_variables("INPUT_", variables);
    let runner = environment
        .with_prefix("GITHUB_")
        // The runner's are in capitals; another spelling beside one of them would be the same field twice.
        .filter(|(name, value)| !value.trim().is_empty() && !name.contains(char::is_lowercase))
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    (raw, from_variables("GITHUB_", runner), problems, unknown)
}

/// The values of the inputs that are secrets, in whatever spelling: which of two is meant is not known, and neither may
/// be shown.
pub(super) fn secrets(environment: &Environment) -> Vec<SecretString> {
    let value = |(variable, value): (&str, &str)| match input_name(variable).as_str() {
        "token" => Some(SecretString::from(value.trim())),
        "secret" => Some(SecretString::from(value)),
        _ => None,
    };
    environment.with_prefix("INPUT_").filter_map(value).collect()
}

/// Every field is optional text, so that reading can't fail; understanding comes later, with all its problems at once.
fn from_variables<T: Default + serde::de::DeserializeOwned>(
    prefix: &str,
    variables: impl Iterator<Item = (String, String)>,
) -> T {
    envy::prefixed(prefix).from_iter(variables).unwrap_or_default()
}

fn input_name(variable: &str) -> String {
    variable.strip_prefix("INPUT_").unwrap_or(variable).to_lowercase().replace('_', "-")
}
