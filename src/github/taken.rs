//! Recognizes a refusal that means that the configuration already exists, by GitHub's documented error code or by one
//! of two unambiguous sentences:
//! <https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api#validation-failed>

use serde_json::Value;

/// Returns whether a refusal says only that the url, the type or the name is taken. GitHub does not document these
/// messages, and a registry may be deleted because of one. So only unambiguous ones count, and if there are several
/// errors, each must be one.
pub(super) fn says_taken(refusal: &Value) -> bool {
    let errors = match refusal.get("errors") {
        Some(Value::Array(errors)) => errors.iter().collect(),
        Some(Value::Null) | None => Vec::new(),
        Some(other) => vec![other],
    };
    match errors.as_slice() {
        [] => refusal.get("message").is_some_and(is_taken),
        errors => errors.iter().all(|error| is_taken(error)),
    }
}

/// Matches `{"code": "already_exists", "field": "url"}`, `Url has already been taken` and `URL already exists.`
fn is_taken(error: &Value) -> bool {
    const FIELDS: [&str; 4] = ["url", "registry_type", "type", "name"];
    if let Value::String(text) = error {
        let text = text.trim().trim_end_matches('.').to_lowercase();
        let field = text.strip_suffix(" has already been taken").or_else(|| text.strip_suffix(" already exists"));
        return field.is_some_and(|field| FIELDS.contains(&field.replace(' ', "_").as_str()));
    }
    let text = |key: &str| error.get(key).and_then(Value::as_str);
    text("code") == Some("already_exists") && text("field").is_some_and(|field| FIELDS.contains(&field))
}
