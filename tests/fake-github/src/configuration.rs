//! One configuration as GitHub stores it, including the parts that it never returns.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::options::Options;

/// A private registry configuration: the fields of GitHub's answer, and the two that only tests can read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are GitHub's, and its documentation describes them")]
pub struct Configuration {
    pub name: String,
    pub registry_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The only field that is `null` rather than absent.
    #[serde(default)]
    pub username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaces_base: Option<bool>,
    pub visibility: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aws_region: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain_owner: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jfrog_oidc_provider_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity_mapping_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_slug: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_host: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workload_identity_provider: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_account: Option<String>,
    pub created_at: String,
    pub updated_at: String,
    /// Write-only at GitHub, except in the answer to the POST.
    #[serde(default)]
    pub selected_repository_ids: Vec<u64>,
    /// The decrypted plaintext of the last `encrypted_value`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// Fields that GitHub does not have yet, set by a test.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// The fields that GET guarantees, and `url`.
const MINIMAL: [&str; 6] = ["name", "registry_type", "visibility", "created_at", "updated_at", "url"];

impl Configuration {
    /// Makes a configuration from the given fields and the defaults that GitHub fills in.
    pub(crate) fn new(name: &str, given: &Map<String, Value>, now: &str) -> Result<Self, serde_json::Error> {
        let auth_type = given.get("auth_type").and_then(Value::as_str).unwrap_or("token");
        let mut fields = Map::from_iter([
            ("name".into(), name.into()),
            ("visibility".into(), "all".into()),
            ("auth_type".into(), auth_type.into()),
            ("replaces_base".into(), false.into()),
            ("created_at".into(), now.into()),
            ("updated_at".into(), now.into()),
        ]);
        match auth_type {
            "oidc_aws" => fields.insert("audience".into(), "sts.amazonaws.com".into()),
            "oidc_cloudsmith" => fields.insert("api_host".into(), "api.cloudsmith.io".into()),
            _ => None,
        };
        fields.extend(given.clone());
        Self::from_fields(fields)
    }

    /// Returns this configuration with some fields overwritten; `null` removes a field.
    pub(crate) fn with(&self, changes: &Map<String, Value>) -> Result<Self, serde_json::Error> {
        let mut fields = self.fields();
        fields.extend(changes.clone());
        Self::from_fields(fields)
    }

    fn from_fields(mut fields: Map<String, Value>) -> Result<Self, serde_json::Error> {
        if fields.get("username").is_some_and(|username| username == "") {
            fields.insert("username".into(), Value::Null);
        }
        if fields.get("visibility").is_some_and(|visibility| visibility != "selected") {
            fields.remove("selected_repository_ids");
        }
        serde_json::from_value(Value::Object(fields))
    }

    /// Returns the configuration as the answer to the POST shows it: the only answer with the selected repositories,
    /// and the only one whose `username` can't be `null` according to GitHub's schema.
    pub(crate) fn as_created(&self) -> Value {
        let mut fields = self.fields();
        fields.remove("secret");
        if self.visibility != "selected" {
            fields.remove("selected_repository_ids");
        }
        if self.username.is_none() {
            fields.remove("username");
        }
        fields.into()
    }

    /// Returns the configuration as GET and the list show it: without write-only fields.
    pub(crate) fn as_read(&self, options: &Options) -> Value {
        let mut fields = self.fields();
        fields.remove("secret");
        fields.remove("selected_repository_ids");
        if options.minimal_answers {
            fields.retain(|field, _| MINIMAL.contains(&field.as_str()));
        }
        fields.into()
    }

    fn fields(&self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(fields)) => fields,
            other => unreachable!("a struct with named fields serializes as an object, not {other:?}"),
        }
    }
}
