//! Generates any manifest together with any live organization. There are few distinct values, so that they often
//! coincide: the same registry in other spellings, pinned names, other auth types, fields and values that GitHub does
//! not have yet.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use private_registries::internals::plan::Resend;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Map, Value, json};

use crate::harness::Inputs;

/// Registries, each in equivalent spellings.
const URLS: [[&str; 4]; 4] = [
    ["https://npm.acme.dev", "https://NPM.acme.dev/", "npm.acme.dev", "HTTPS://npm.acme.dev:443"],
    ["https://acme.dev/maven", "https://acme.dev/maven/", "acme.dev/maven", "https://ACME.dev/maven//"],
    ["https://acme.dev/Maven", "https://acme.dev/Maven/", "acme.dev/Maven", "https://acme.dev:443/Maven"],
    ["http://localhost:8080/x", "http://LOCALHOST:8080/x/", "HTTP://localhost:8080/x", "http://localhost:8080/x//"],
];

/// Registry types by their names in dependabot.yml and in the API.
const TYPES: [(&str, &str); 3] =
    [("npm-registry", "npm_registry"), ("maven-repository", "maven_repository"), ("git", "git_source")];

/// The OIDC auth types with their required and their optional fields.
const OIDC: [(&str, &[&str], &[&str]); 5] = [
    ("oidc_azure", &["tenant_id", "client_id"], &[]),
    ("oidc_aws", &["aws_region", "account_id", "role_name", "domain", "domain_owner"], &["audience"]),
    ("oidc_jfrog", &["jfrog_oidc_provider_name"], &["audience", "identity_mapping_name"]),
    ("oidc_cloudsmith", &["namespace", "service_slug", "audience"], &["api_host"]),
    ("oidc_gcp", &["workload_identity_provider"], &["service_account", "audience"]),
];

/// A registry's identity: indices into [`TYPES`] and [`URLS`].
pub(crate) type Key = (usize, usize);

/// A manifest, an organization, and the options of a run.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) live: Vec<Live>,
    pub(crate) entries: Vec<Entry>,
    pub(crate) prune: bool,
    pub(crate) resend: Resend,
}

/// One configuration on GitHub.
#[derive(Clone, Debug)]
pub(crate) struct Live {
    pub(crate) name: String,
    pub(crate) key: Key,
    auth: Auth,
    visibility: &'static str,
    /// The fields as GitHub's GET shows them.
    pub(crate) fields: Map<String, Value>,
}

/// One entry of a manifest.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) label: String,
    /// The name on GitHub that the entry is pinned to.
    pub(crate) pinned: Option<String>,
    pub(crate) key: Key,
    spelling: usize,
    auth: Auth,
    visibility: &'static str,
    repositories: Option<Vec<&'static str>>,
    replaces_base: Option<bool>,
}

#[derive(Clone, Debug)]
enum Auth {
    Static { auth_type: Option<&'static str>, username: Option<&'static str>, secret: usize },
    Oidc { auth_type: &'static str, fields: Vec<(&'static str, &'static str)> },
}

impl World {
    /// Returns the manifest as a person would write it.
    pub(crate) fn manifest(&self) -> String {
        let mut yaml = "version: 1\nregistries:\n".to_owned();
        for entry in &self.entries {
            entry.write(&mut yaml);
        }
        if self.entries.is_empty() { "version: 1\nregistries: {}\n".to_owned() } else { yaml }
    }

    /// Returns the configurations that are not in the manifest.
    pub(crate) fn unmanaged(&self) -> impl Iterator<Item = &Live> {
        let pinned: BTreeSet<&str> = self.entries.iter().filter_map(|entry| entry.pinned.as_deref()).collect();
        let keys: BTreeSet<Key> =
            self.entries.iter().filter(|entry| entry.pinned.is_none()).map(|entry| entry.key).collect();
        self.live.iter().filter(move |live| !pinned.contains(live.name.as_str()) && !keys.contains(&live.key))
    }
}

impl Entry {
    fn write(&self, yaml: &mut String) {
        let Self { label, pinned, key: (registry_type, url), spelling, auth, visibility, repositories, replaces_base } =
            self;
        let mut line = |key: &str, value: &str| {
            let _ = writeln!(yaml, "    {key}: {value}");
        };
        line("type", TYPES[*registry_type].0);
        line("url", URLS[*url][*spelling]);
        line("visibility", visibility);
        if let Some(name) = pinned {
            line("name", name);
        }
        if let Some(repositories) = repositories {
            line("selected-repositories", &format!("[{}]", repositories.join(", ")));
        }
        if let Some(replaces_base) = replaces_base {
            line("replaces-base", &replaces_base.to_string());
        }
        match auth {
            Auth::Static { auth_type, username, secret } => {
                line("token", &format!("${{{{ secrets.SECRET_{secret} }}}}"));
                for (key, value) in [("auth-type", auth_type), ("username", username)] {
                    if let Some(value) = value {
                        line(key, value);
                    }
                }
            }
            Auth::Oidc { auth_type, fields } => {
                line("auth-type", auth_type);
                for (field, value) in fields {
                    line(&field.replace('_', "-"), value);
                }
            }
        }
        let at = yaml.rfind("    type:").unwrap_or_default();
        yaml.insert_str(at, &format!("  {label}:\n"));
    }
}

/// The secrets that manifests refer to, by variable.
pub(crate) const SECRETS: Inputs = &[("SECRET_0", "the-first-secret"), ("SECRET_1", "the-second-secret")];

/// Generates any world.
pub(crate) fn worlds() -> impl Strategy<Value = World> {
    let live = proptest::collection::vec(live(), 0..7);
    // Two live configurations for one registry are legal, but mostly lead to a refusal, so they are rare.
    let (twins, prune, always) = (prop::bool::weighted(0.1), any::<bool>(), any::<bool>());
    (live, twins).prop_flat_map(move |(live, twins)| {
        let live = named(live, twins);
        let entries = proptest::collection::vec(entry(live.clone()), 0..6);
        (Just(live), entries, prune, always).prop_map(|(live, entries, prune, always)| World {
            live,
            entries: distinct(entries),
            prune,
            resend: if always { Resend::Always } else { Resend::OnChange },
        })
    })
}

fn named(live: Vec<Live>, twins: bool) -> Vec<Live> {
    let mut keys = BTreeSet::new();
    let mut kept: Vec<Live> = live.into_iter().filter(|live| keys.insert(live.key) || twins).collect();
    for (number, live) in kept.iter_mut().enumerate() {
        live.name = format!("{}_SECRET_{}", TYPES[live.key.0].1.to_uppercase(), number + 1);
        live.fields.insert("name".to_owned(), json!(live.name));
    }
    kept
}

/// Makes entries distinct: those with the same type and url are each pinned to their own configuration.
fn distinct(entries: Vec<Entry>) -> Vec<Entry> {
    let mut kept: Vec<Entry> = Vec::new();
    for entry in entries {
        let excludes = |other: &Entry| match (&entry.pinned, &other.pinned) {
            (Some(one), Some(other)) => one == other,
            _ => entry.key == other.key,
        };
        if !kept.iter().any(excludes) {
            kept.push(entry);
        }
    }
    for (number, entry) in kept.iter_mut().enumerate() {
        // The order of labels differs from that of the entries.
        entry.label = format!("entry-{}", (number * 5 + 3) % 7);
    }
    kept
}

fn key() -> impl Strategy<Value = Key> {
    (0..TYPES.len(), 0..URLS.len())
}

fn text() -> impl Strategy<Value = &'static str> {
    select(vec!["alpha", "beta"])
}

fn live() -> impl Strategy<Value = Live> {
    let visibility = select(vec!["all", "private", "selected", "friends"]);
    let live = (key(), 0..4_usize, auth(), visibility, any::<bool>(), 0..8_usize);
    live.prop_map(|(key, spelling, auth, visibility, replaces_base, odds)| {
        let mut fields = Map::from_iter([
            ("registry_type".to_owned(), json!(TYPES[key.0].1)),
            ("url".to_owned(), json!(URLS[key.1][spelling])),
            ("visibility".to_owned(), json!(visibility)),
            ("replaces_base".to_owned(), json!(replaces_base)),
        ]);
        fields.extend(auth.fields());
        if odds < 2 {
            fields.insert("moon_phase".to_owned(), json!("full"));
        }
        if odds < 1 {
            fields.insert("auth_type".to_owned(), json!("oidc_of_tomorrow"));
        }
        Live { name: String::new(), key, auth, visibility, fields }
    })
}

fn oidc() -> impl Strategy<Value = (&'static str, Vec<(&'static str, &'static str)>)> {
    select(OIDC.to_vec()).prop_flat_map(|(auth_type, required, optional)| {
        subsequence(optional.to_vec(), 0..=optional.len()).prop_flat_map(move |optional| {
            let names: Vec<&'static str> = required.iter().copied().chain(optional).collect();
            let values = proptest::collection::vec(text(), names.len());
            values.prop_map(move |values| (auth_type, names.iter().copied().zip(values).collect()))
        })
    })
}

fn auth() -> impl Strategy<Value = Auth> {
    let secret = || 0..2_usize;
    prop_oneof![
        secret().prop_map(|secret| Auth::Static { auth_type: None, username: None, secret }),
        (text(), secret()).prop_map(|(name, secret)| Auth::Static { auth_type: None, username: Some(name), secret }),
        (text(), secret()).prop_map(|(name, secret)| Auth::Static {
            auth_type: Some("token"),
            username: Some(name),
            secret
        }),
        oidc().prop_map(|(auth_type, fields)| Auth::Oidc { auth_type, fields }),
    ]
}

impl Auth {
    /// Returns the fields as GitHub shows them.
    fn fields(&self) -> Map<String, Value> {
        let (auth_type, mut fields) = match self {
            Self::Static { auth_type, username: Some(name), .. } => {
                (auth_type.unwrap_or("username_password"), vec![("username", *name)])
            }
            Self::Static { .. } => ("token", Vec::new()),
            Self::Oidc { auth_type, fields } => (*auth_type, fields.clone()),
        };
        fields.push(("auth_type", auth_type));
        fields.into_iter().map(|(field, value)| (field.to_owned(), json!(value))).collect()
    }
}

/// Generates an entry. Most entries are about something live: as it is, with a change, or pinned.
fn entry(live: Vec<Live>) -> impl Strategy<Value = Entry> {
    if live.is_empty() {
        return fresh_entry().boxed();
    }
    let about = (select(live), fresh_entry(), 0..100_usize).prop_map(|(live, fresh, odds)| {
        let pinned = (odds % 7 == 0).then(|| live.name.clone());
        let entry = Entry { key: live.key, pinned, ..fresh.clone() };
        match odds {
            0..10 => Entry { pinned: Some(live.name), auth: live.auth, key: fresh.key, ..entry },
            10..30 => entry,
            30..50 => Entry { auth: live.auth, ..entry },
            _ => {
                let is_open = ["all", "private"].contains(&live.visibility);
                let visibility = if is_open { live.visibility } else { "selected" };
                let repositories = entry.repositories.filter(|_| !is_open);
                let replaces_base = live.fields["replaces_base"].as_bool();
                Entry { auth: live.auth, visibility, repositories, replaces_base, ..entry }
            }
        }
    });
    prop_oneof![3 => about, 1 => fresh_entry()].boxed()
}

fn fresh_entry() -> impl Strategy<Value = Entry> {
    let selections = prop_oneof![Just(None), subsequence(vec!["api", "web", "1003"], 0..=3).prop_map(Some)];
    let visibility = prop_oneof![
        select(vec!["all", "private"]).prop_map(|visibility| (visibility, None)),
        selections.prop_map(|repositories| ("selected", repositories)),
    ];
    let replaces_base = prop_oneof![Just(None), any::<bool>().prop_map(Some)];
    (key(), 0..4_usize, auth(), visibility, replaces_base).prop_map(
        |(key, spelling, auth, (visibility, repositories), replaces_base)| Entry {
            label: String::new(),
            pinned: None,
            key,
            spelling,
            auth,
            visibility,
            repositories,
            replaces_base,
        },
    )
}
