//! The manifest's JSON Schema, built from the same tables as the checks.

use serde_json::{Map, Value, json};

use super::keys::SECRETS;
use crate::registry::{AuthType, OidcField, RegistryType, Visibility};
use crate::rules;

/// The pattern of a reference, which [`crate::secrets::Reference`] parses.
const REFERENCE: &str = r"(\$\{\{\s*(secrets|env)\.[A-Za-z_][A-Za-z0-9_]*\s*\}\}|\$\{[A-Za-z_][A-Za-z0-9_]*\})";
/// The pattern of the text that may come before a reference.
const BEFORE: &str = r"(Bearer |Token |Basic |(?!gh[pousr]_|github_pat_|glpat-|dckr_pat_)[A-Za-z0-9._@+\\/-]{1,100}:)?";

/// Returns the JSON Schema of a manifest, which is published as `schema/private-registries.schema.json`.
pub fn json_schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Private registries of a GitHub organization",
        "description": "The manifest of the action private-registries.",
        "type": "object",
        "required": ["version", "registries"],
        "additionalProperties": false,
        "properties": {
            "version": {"const": 1, "description": "The version of this format. Version 2 is a dependabot.yml."},
            "defaults": {
                "description": "Values for entries that do not set them.",
                "type": ["object", "null"],
                "additionalProperties": false,
                "properties": spellings(shared()),
            },
            "registries": {
                "description": "The registries, by a label of your own: shown in plans, never sent.",
                "type": ["object", "null"],
                "additionalProperties": entry(),
            },
        },
    })
}

fn entry() -> Value {
    let mut properties = shared();
    let mut add = |key: &str, schema: Value| drop(properties.insert(key.to_owned(), schema));
    let types: Vec<String> = RegistryType::ALL
        .iter()
        .flat_map(|registry_type| [registry_type.dependabot(), registry_type.to_string(), registry_type.kebab()])
        .collect();
    let auth_types: Vec<String> =
        AuthType::ALL.iter().flat_map(|auth_type| [auth_type.to_string(), auth_type.kebab()]).collect();
    add("type", json!({"enum": unique(types), "description": "As in dependabot.yml, or as in the API."}));
    add("url", json!({"type": "string", "description": "The registry's address, without user information."}));
    add("name", json!({"type": "string", "description": "Pins the entry to the configuration with this name."}));
    add("auth-type", json!({"enum": unique(auth_types), "description": "Inferred from the other fields unless set."}));
    add("username", json!({"type": ["string", "null"]}));
    for key in SECRETS {
        let description = "A reference to the secret: ${{ secrets.NAME }}, ${{ env.NAME }} or ${NAME}, perhaps after `Bearer `, `Token `, `Basic ` or a name and a colon; or two with a colon between them.";
        let pattern = format!(r"^\s*{BEFORE}{REFERENCE}(:{REFERENCE})?\s*$");
        add(key, json!({"type": "string", "pattern": pattern, "description": description}));
    }
    add(
        "expires",
        json!({
            "type": "string",
            "pattern": r"^\d{4}-\d{2}-\d{2}$",
            "description": "The last day on which the secret works, in UTC. Not with OIDC.",
        }),
    );
    add("encrypted-value", json!({"type": "string", "description": "The sealed secret, instead of a reference."}));
    add("key-id", json!({"type": ["string", "integer"], "description": "The id of the key that it was sealed with."}));
    for field in OidcField::ALL {
        let takers: Vec<&str> = AuthType::ALL
            .iter()
            .filter(|auth_type| auth_type.takes(*field))
            .map(|auth_type| auth_type.as_str())
            .collect();
        add(
            &field.kebab(),
            json!({"type": ["string", "integer"], "description": format!("For {}.", takers.join(", "))}),
        );
    }
    json!({
        "type": "object",
        "required": ["type", "url"],
        "additionalProperties": false,
        "properties": spellings(properties),
    })
}

/// Returns the properties that an entry and the defaults share.
fn shared() -> Map<String, Value> {
    let visibilities: Vec<&str> = Visibility::ALL.iter().map(|visibility| visibility.as_str()).collect();
    let schema = json!({
        "visibility": {
            "enum": visibilities,
            "description": "The repositories that may use it: all, private and internal ones, or selected ones.",
        },
        "selected-repositories": {
            "type": "array",
            "items": {"type": ["string", "integer"]},
            "uniqueItems": true,
            "description": "Names or ids, with visibility selected.",
        },
        "replaces-base": {
            "type": "boolean",
            "description": "Whether it replaces the ecosystem's public registry.",
        },
        "organizations": {
            "type": "array",
            "items": {"type": "string"},
            "minItems": 1,
            "uniqueItems": true,
            "description": "The organizations that the entry applies to, if one file serves several.",
        },
        "allow": {
            "type": "array",
            "items": {"enum": rules::all().map(|rule| rule.id).collect::<Vec<_>>()},
            "uniqueItems": true,
            "description": "The ids of rules whose findings are not reported here.",
        },
    });
    match schema {
        Value::Object(properties) => properties,
        _ => Map::new(),
    }
}

/// Adds every key in snake case to those in kebab-case.
fn spellings(properties: Map<String, Value>) -> Map<String, Value> {
    properties.into_iter().flat_map(|(key, schema)| [(key.replace('-', "_"), schema.clone()), (key, schema)]).collect()
}

fn unique(mut words: Vec<String>) -> Vec<String> {
    words.sort();
    words.dedup();
    words
}
