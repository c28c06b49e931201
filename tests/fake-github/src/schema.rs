//! The bodies that GitHub's published `OpenAPI` description allows, as JSON Schema.
//!
//! `scripts/github-schema.sh` downloads the description from GitHub again.

use jsonschema::Validator;
use jsonschema::error::ValidationErrorKind;
use serde_json::{Map, Value, json};

/// The part of GitHub's description that covers private registries.
const PUBLISHED: &str = include_str!("private-registries.json");

/// The bodies that the two writing operations accept.
#[derive(Debug)]
pub(crate) struct Schemas {
    /// The body of `POST /orgs/{org}/private-registries`.
    pub(crate) create: Validator,
    /// The body of `PATCH /orgs/{org}/private-registries/{secret_name}`.
    pub(crate) update: Validator,
}

impl Schemas {
    pub(crate) fn published() -> Self {
        let description: Value = serde_json::from_str(PUBLISHED).expect("GitHub's description is JSON");
        let paths = &description["paths"];
        Self {
            create: validator(&paths["/orgs/{org}/private-registries"]["post"]),
            update: validator(&paths["/orgs/{org}/private-registries/{secret_name}"]["patch"]),
        }
    }
}

fn validator(operation: &Value) -> Validator {
    let published = &operation["requestBody"]["content"]["application/json"]["schema"];
    let Value::Object(mut schema) = translated(published) else {
        panic!("the operation has a body in GitHub's description: {operation}");
    };
    // GitHub does not document that it refuses unknown fields; the fake does, so that a misspelt field is noticed.
    schema.insert("additionalProperties".into(), false.into());
    jsonschema::options()
        .should_validate_formats(true)
        .build(&Value::Object(schema))
        .expect("GitHub's description is a schema")
}

/// Translates `nullable`, which exists only in `OpenAPI` 3.0, into JSON Schema.
fn translated(schema: &Value) -> Value {
    match schema {
        Value::Object(fields) => {
            let mut fields: Map<_, _> =
                fields.iter().map(|(field, value)| (field.clone(), translated(value))).collect();
            if fields.remove("nullable") == Some(Value::Bool(true))
                && let Some(kind) = fields.remove("type")
            {
                fields.insert("type".into(), json!([kind, "null"]));
            }
            Value::Object(fields)
        }
        Value::Array(items) => items.iter().map(translated).collect(),
        other => other.clone(),
    }
}

/// Returns everything that is wrong with a body, as entries of a 422's `errors`.
pub(crate) fn problems(schema: &Validator, body: &Value) -> Vec<Value> {
    schema
        .iter_errors(body)
        .map(|error| {
            let at = error.instance_path().to_string();
            let (code, field) = match error.kind() {
                ValidationErrorKind::Required { property } => {
                    ("missing_field", property.as_str().unwrap_or_default().to_owned())
                }
                ValidationErrorKind::AdditionalProperties { unexpected } => ("invalid", unexpected.join(", ")),
                _ => ("invalid", at.trim_start_matches('/').to_owned()),
            };
            json!({
                "resource": "PrivateRegistryConfiguration",
                "field": field,
                "code": code,
                "message": error.masked_with("the value").to_string(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{PUBLISHED, problems, translated};
    use crate::configuration::Configuration;
    use crate::options::Options;

    /// Checks an answer of the fake against GitHub's description of the operation.
    fn check(operation: &str, status: &str, answer: &Value) {
        let description: Value = serde_json::from_str(PUBLISHED).expect("JSON");
        let (method, path) = operation.split_once(' ').expect("a method and a path");
        let described =
            &description["paths"][path][method]["responses"][status]["content"]["application/json"]["schema"];
        assert!(described.is_object(), "{operation} is described");
        let schema =
            jsonschema::options().should_validate_formats(true).build(&translated(described)).expect("a schema");
        assert_eq!(problems(&schema, answer), Vec::<Value>::new(), "{answer}");
    }

    #[test]
    fn answers_conform_to_githubs_description() {
        let given = json!({"registry_type": "npm_registry", "url": "https://npm.acme.dev", "visibility": "selected"});
        let fields = given.as_object().expect("an object");
        let held = Configuration::new("NPM_REGISTRY_SECRET", fields, "2026-11-25T00:00:00Z").expect("a configuration");

        check("post /orgs/{org}/private-registries", "201", &held.as_created());
        let read = held.as_read(&Options::default());
        check("get /orgs/{org}/private-registries/{secret_name}", "200", &read);
        let list = json!({"total_count": 1, "configurations": [read]});
        check("get /orgs/{org}/private-registries", "200", &list);
    }
}
