//! The keys of a manifest, and messages about keys that it does not have.

use crate::registry::OidcField;

/// The keys at the top of the file.
pub(super) const TOP: [&str; 3] = ["version", "defaults", "registries"];

/// The keys of `defaults`.
pub(super) const DEFAULTS: [&str; 5] =
    ["visibility", "selected-repositories", "replaces-base", "allow", "organizations"];

/// The keys of an entry's secret, which are dependabot.yml's names for it.
pub(super) const SECRETS: [&str; 4] = ["password", "token", "key", "secret"];

/// The keys of an entry other than OIDC fields and [`SECRETS`].
const KEYS: [&str; 13] = [
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
    "expires",
    "allow",
    "organizations",
];

/// Returns all keys that an entry may have, in kebab-case.
pub(super) fn entry_keys() -> Vec<String> {
    let words = KEYS.iter().chain(&SECRETS).map(|key| (*key).to_owned());
    words.chain(OidcField::ALL.iter().map(|field| field.kebab())).collect()
}

/// The message about a key that an entry of type `hex-organization` or `hex-repository` needs.
pub(super) const WITHOUT_HEX: &str = "has no field in the API, and Dependabot can't use Hex without it: keep this registry in \
                                      each repository's dependabot.yml";

/// Returns a message about a key of dependabot.yml that an entry of this program's manifests does not have.
pub(super) fn entry_hint(key: &str) -> Option<&'static str> {
    Some(match key {
        "scope" => "is a key of dependabot.yml that the API has no field for: put scopes in each repository's .npmrc",
        "organization" => "is a key of dependabot.yml that the API has no field for: name the organization in `url`",
        "repo" => "is a key of dependabot.yml that the API has no field for: name the repository in `url`",
        "registry" => "is a key of dependabot.yml that the API has no field for: write the address as `url`",
        "auth-key" => "is dependabot.yml's name for the secret: write `key` instead, with a reference to the secret",
        "public-key-fingerprint" => "is a key of dependabot.yml that the API has no field for: leave it out",
        _ => return None,
    })
}

/// Returns a message about a top-level key of dependabot.yml.
pub(super) fn top_level_hint(key: &str) -> Option<&'static str> {
    (key == "updates").then_some("belongs to dependabot.yml: this manifest has only its `registries:` block")
}
