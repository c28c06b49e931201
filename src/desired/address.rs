//! Which configuration a one-off operation means, what that must be already, and what is to change.

use std::fmt;

use super::{Complaint, Settings};
use crate::registry::{AuthType, LiveRegistry, RegistryType, RegistryUrl};

/// Which configuration a one-off operation means.
#[derive(Clone, Debug)]
pub enum Address {
    /// The name GitHub gave it.
    Name(String),
    /// Its type and url, which exactly one must have.
    Key {
        /// Its type.
        registry_type: RegistryType,
        /// Its url.
        url: RegistryUrl,
    },
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "named {name}"),
            Self::Key { registry_type, url } => write!(f, "of type {registry_type} with the url {url}"),
        }
    }
}

/// What cannot be changed, and so must be what it is.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    /// The type it must have.
    pub registry_type: Option<RegistryType>,
    /// The auth type it must have.
    pub auth_type: Option<AuthType>,
    /// The url it must have, where the operation can't change it.
    pub url: Option<RegistryUrl>,
}

impl Expected {
    /// What a live configuration has that it should not have.
    pub fn contradictions(&self, live: &LiveRegistry) -> Vec<Complaint> {
        let Self { registry_type, auth_type, url } = self;
        let mut complaints = Vec::new();
        if let Some(expected) = registry_type
            && live.registry_type != expected.as_str()
        {
            complaints.push(Complaint::new(
                "registry_type",
                format!(
                    "is {expected}, but {} has {}, which can't be changed: correct it, or leave it out",
                    live.name, live.registry_type
                ),
            ));
        }
        if let (Some(expected), Some(has)) = (auth_type, &live.auth_type)
            && has != expected.as_str()
        {
            let message = format!(
                "is {expected}, but {} has {has}, which can't be changed: if {has} is meant, say so; else delete it and \
                 create it anew, or let `apply` replace it",
                live.name
            );
            complaints.push(Complaint::new("auth_type", message));
        }
        if let (Some(expected), Some(has)) = (url, &live.url)
            && !expected.is_same(has)
        {
            complaints.push(Complaint::new("url", format!("is {expected}, but {} has {has}", live.name)));
        }
        complaints
    }
}

/// Which configuration an update means, and what it changes.
#[derive(Clone, Debug)]
pub struct Edit {
    /// Which one.
    pub address: Address,
    /// What it must be already.
    pub expected: Expected,
    /// What to change.
    pub settings: Settings,
}
