//! What an operation shows, such as a list or a key, and the outputs for it.

use serde_json::Value;

use crate::registry::LiveRegistry;
use crate::secrets::PublicKey;
use crate::text::printable_json;

/// What an operation shows.
#[derive(Debug, Default)]
pub enum Shown {
    /// Nothing, or nothing yet.
    #[default]
    Nothing,
    /// Every configuration.
    List {
        /// The configurations, in GitHub's order.
        registries: Vec<LiveRegistry>,
        /// The number of configurations that GitHub counts.
        total_count: usize,
    },
    /// One configuration.
    One(Box<LiveRegistry>),
    /// The name of one configuration that is to be changed or deleted.
    Name(String),
    /// The organization's public key, which secrets are sealed with.
    Key(PublicKey),
    /// A manifest, and the configurations that it was made from.
    Manifest {
        /// The YAML text.
        text: String,
        /// The configurations, in GitHub's order.
        registries: Vec<LiveRegistry>,
    },
}

impl Shown {
    /// Returns the operation's own outputs.
    pub(super) fn outputs(&self) -> Vec<(&'static str, String)> {
        self.values().into_iter().map(|(name, value)| (name, output(&value))).collect()
    }

    /// Returns the operation's own outputs as JSON values.
    pub(super) fn values(&self) -> Vec<(&'static str, Value)> {
        match self {
            Self::Nothing => Vec::new(),
            Self::List { registries, total_count } => {
                let raw: Vec<Value> = registries.iter().map(|live| live.raw.clone()).collect();
                let names: Vec<&str> = registries.iter().map(|live| live.name.as_str()).collect();
                vec![
                    ("registries", Value::from(raw)),
                    ("names", Value::from(names)),
                    ("total-count", Value::from(*total_count)),
                ]
            }
            Self::One(live) => vec![("registry", live.raw.clone()), ("name", Value::from(live.name.clone()))],
            Self::Name(name) => vec![("name", Value::from(name.clone()))],
            Self::Key(key) => vec![("key-id", Value::from(key.key_id.clone())), ("key", Value::from(key.key.clone()))],
            Self::Manifest { text, registries: _ } => vec![("manifest", Value::from(text.clone()))],
        }
    }

    /// Returns the configurations in it.
    pub(super) fn registries(&self) -> Vec<&LiveRegistry> {
        match self {
            Self::Nothing | Self::Name(_) | Self::Key(_) => Vec::new(),
            Self::List { registries, .. } | Self::Manifest { registries, .. } => registries.iter().collect(),
            Self::One(live) => vec![live],
        }
    }
}

/// Formats a value as an output: text without quotes, everything else as JSON on one line.
pub(super) fn output(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => printable_json(other.to_string()),
    }
}
