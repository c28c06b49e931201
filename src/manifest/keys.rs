//! The keys of a manifest, and what to say of those that it does not have.

use crate::registry::OidcField;

/// At the top of the file.
pub(super) const TOP: [&str; 3] = ["version", "defaults", "registries"];

/// Under `defaults`.
pub(super) const DEFAULTS: [&str; 5] =
    ["visibility", "selected-repositories", "replaces-base", "allow", "organizations"];

/// dependabot.yml's names for the secret of an entry.
pub(super) const SECRETS: [&str; 4] = ["password", "token", "key", "secret"];

/// Of an entry, those that are not OIDC fields and not [`SECRETS`].
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

/// All that an entry may have, in kebab-case.
pub(super) fn entry_keys() -> Vec<String> {
    let words = KEYS.iter().chain(&SECRETS).map(|key| (*key).to_owned());
    words.chain(OidcField::ALL.iter().map(|field| field.kebab())).collect()
}

/// Keys of dependabot.yml that the API has no field for.
pub(super) fn entry_hint(key: &str) -> Option<&'static str> {
    Some(match key {
        "scope" => "is dependabot.yml's, and the API has no field for it: scopes go into each repository's .npmrc",
        "organization" => "is dependabot.yml's, and the API has no field for it: name the organization in `url`",
        "repo" => "is dependabot.yml's, and the API has no field for it: name the repository in `url`",
        "registry" => "is dependabot.yml's, and the API has no field for it: write the address as `url`",
        "auth-key" => "is dependabot.yml's name for it: write `key` here, with a reference to the secret",
        "public-key-fingerprint" => "is dependabot.yml's, and the API has no field for it: leave it out",
        _ => return None,
    })
}

/// Keys of dependabot.yml beside its registries.
pub(super) fn top_level_hint(key: &str) -> Option<&'static str> {
    (key == "updates").then_some("belongs to dependabot.yml: this manifest has only its `registries:` block")
}
