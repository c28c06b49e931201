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
        match self {
            Self::Nothing => Vec::new(),
            Self::List { registries, total_count } => {
                let raw: Vec<Value> = registries.iter().map(|live| live.raw.clone()).collect();
                let names: Vec<&str> = registries.iter().map(|live| live.name.as_str()).collect();
                vec![
                    ("registries", printable_json(&Value::from(raw).to_string())),
                    ("names", printable_json(&Value::from(names).to_string())),
                    ("total-count", total_count.to_string()),
                ]
            }
            Self::One(live) => {
                vec![("registry", printable_json(&live.raw.to_string())), ("name", live.name.clone())]
            }
            Self::Name(name) => vec![("name", name.clone())],
            Self::Key(key) => vec![("key-id", key.key_id.clone()), ("key", key.key.clone())],
            Self::Manifest { text, registries: _ } => vec![("manifest", text.clone())],
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
