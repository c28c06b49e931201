//! What an operation was asked to show, and its outputs.

use serde_json::Value;

use crate::registry::LiveRegistry;
use crate::secrets::PublicKey;
use crate::text::printable_json;

/// What an operation was asked to show.
#[derive(Debug, Default)]
pub enum Shown {
    /// Nothing, or nothing yet.
    #[default]
    Nothing,
    /// Every configuration.
    List {
        /// Those that came.
        registries: Vec<LiveRegistry>,
        /// How many GitHub counts.
        total_count: usize,
    },
    /// One configuration.
    One(Box<LiveRegistry>),
    /// One configuration, of which only the name is told: it changes, or is gone.
    Name(String),
    /// The key to seal with.
    Key(PublicKey),
    /// A manifest, and the configurations that it was made from.
    Manifest {
        /// The YAML text.
        text: String,
        /// In GitHub's order.
        registries: Vec<LiveRegistry>,
    },
}

impl Shown {
    /// The operation's own outputs.
    pub(super) fn outputs(&self) -> Vec<(&'static str, String)> {
        self.values().into_iter().map(|(name, value)| (name, output(&value))).collect()
    }

    /// The same as values.
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

    /// The configurations in it.
    pub(super) fn registries(&self) -> Vec<&LiveRegistry> {
        match self {
            Self::Nothing | Self::Name(_) | Self::Key(_) => Vec::new(),
            Self::List { registries, .. } | Self::Manifest { registries, .. } => registries.iter().collect(),
            Self::One(live) => vec![live],
        }
    }
}

/// A value as an output: text as it is, everything else as JSON on one line.
pub(super) fn output(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => printable_json(other.to_string()),
    }
}
