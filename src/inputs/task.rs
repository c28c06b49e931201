//! What a run is to do: an operation with what it needs.

use std::path::PathBuf;

use crate::desired::{Address, Desired, Edit, Expected};
use crate::github::Connection;
use crate::http::Roots;
use crate::plan::Policy;

/// What is to be done, and where.
#[derive(Debug)]
pub enum Work {
    /// Read the manifest, which needs neither token nor network.
    Here(ManifestFile),
    /// Try the manifest's credentials at their registries, which needs no token.
    Check(ManifestFile, Roots),
    /// Everything else.
    OnGitHub(Box<Connection>, Box<Task>),
}

/// An operation on GitHub with what it needs.
#[derive(Debug)]
pub enum Task {
    /// Every configuration.
    List,
    /// One configuration.
    Get(Address, Expected),
    /// The key to seal with.
    PublicKey,
    /// A new configuration.
    Create(Desired),
    /// Just the given fields of one.
    Update(Box<Edit>),
    /// Create, or update what matches.
    Upsert(Desired),
    /// Delete one.
    Delete(Address, Expected),
    /// Compare the manifest with GitHub.
    Plan {
        /// The manifest.
        file: ManifestFile,
        /// What the plan may do.
        policy: Policy,
        /// Whether drift ends the run with a status of its own.
        fail_on_drift: bool,
    },
    /// Carry the plan out.
    Apply {
        /// The manifest.
        file: ManifestFile,
        /// What the plan may do.
        policy: Policy,
        /// The only plan to carry out, if one is named.
        plan_id: Option<String>,
    },
    /// Write the configurations as a manifest.
    Export(Option<PathBuf>),
}

impl Task {
    /// The manifest that it follows.
    pub const fn manifest(&self) -> Option<&ManifestFile> {
        match self {
            Self::Plan { file, .. } | Self::Apply { file, .. } => Some(file),
            Self::List
            | Self::Get(..)
            | Self::PublicKey
            | Self::Create(_)
            | Self::Update(_)
            | Self::Upsert(_)
            | Self::Delete(..)
            | Self::Export(_) => None,
        }
    }
}

/// Where the manifest is.
#[derive(Clone, Debug)]
pub struct ManifestFile {
    /// Where to read it.
    pub path: PathBuf,
    /// The folder that it must be in, links included; empty for the working directory.
    pub within: PathBuf,
    /// How to call it: relative to the repository.
    pub shown: String,
}
