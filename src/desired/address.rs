//! The target of a one-off operation: its address, the fields it is expected to have, and the changes to make.

use std::fmt;

use super::{Complaint, Settings};
use crate::registry::{AuthType, LiveRegistry, RegistryType, RegistryUrl};

/// The configuration that a one-off operation is about.
#[derive(Clone, Debug)]
pub enum Address {
    /// The configuration with the name that GitHub generated.
    Name(String),
    /// The only configuration of this type and url.
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

/// Immutable fields; a mismatch with the live configuration is an error.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    /// The expected type.
    pub registry_type: Option<RegistryType>,
    /// The expected auth type.
    pub auth_type: Option<AuthType>,
    /// The expected url, set if the operation can't change it.
    pub url: Option<RegistryUrl>,
}

impl Expected {
    /// Returns a complaint for each field in which a live configuration differs from the expected one.
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
                "is {expected}, but {} has {has}, which can't be changed: set it to {has} if you mean that; otherwise \
                 delete the configuration and create it again, or let `apply` replace it",
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

/// An update: the configuration it is about, and the changes to make.
#[derive(Clone, Debug)]
pub struct Edit {
    /// The configuration to update.
    pub address: Address,
    /// The immutable fields that it is expected to have.
    pub expected: Expected,
    /// The changes to make.
    pub settings: Settings,
}
