//! The operations, each with what it needs.

use std::path::PathBuf;

use super::Connection;
use crate::desired::{Address, Desired, Edit, Expected};
use crate::plan::Policy;

/// Everything this program can be asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Every configuration.
    List,
    /// One configuration.
    Get,
    /// The key to seal with.
    PublicKey,
    /// A new configuration.
    Create,
    /// Just the given fields of one.
    Update,
    /// Create, or update what matches.
    Upsert,
    /// Delete one.
    Delete,
    /// Read the manifest.
    Validate,
    /// Compare the manifest with GitHub.
    Plan,
    /// Carry the plan out.
    Apply,
    /// Write the configurations as a manifest.
    Export,
}

impl Operation {
    /// Every operation, in the order of the documentation.
    pub const ALL: [Self; 11] = [
        Self::List,
        Self::Get,
        Self::PublicKey,
        Self::Create,
        Self::Update,
        Self::Upsert,
        Self::Delete,
        Self::Validate,
        Self::Plan,
        Self::Apply,
        Self::Export,
    ];

    /// As the input spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Get => "get",
            Self::PublicKey => "public-key",
            Self::Create => "create",
            Self::Update => "update",
            Self::Upsert => "upsert",
            Self::Delete => "delete",
            Self::Validate => "validate",
            Self::Plan => "plan",
            Self::Apply => "apply",
            Self::Export => "export",
        }
    }

    /// Reads the input's spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.as_str() == text)
    }

    /// Whether it uses an input, beside those that every operation uses.
    pub(super) fn uses(self, input: &str) -> bool {
        match input {
            "operation" | "result-path" => true,
            "token" | "org" | "api-url" | "api-version" | "ca-file" | "max-wait" => self != Self::Validate,
            "dry-run" | "write-interval" => self.writes(),
            "name" | "registry-type" | "url" => {
                matches!(self, Self::Get | Self::Create | Self::Update | Self::Upsert | Self::Delete)
                    && !(self == Self::Create && input == "name")
            }
            "auth-type" => self.sets() || matches!(self, Self::Get | Self::Delete),
            "clear-username" => matches!(self, Self::Update | Self::Upsert),
            "manifest" => self.reads_manifest(),
            "prune" | "max-deletes" | "replace" | "resend" => matches!(self, Self::Plan | Self::Apply),
            "plan-id" | "require-plan-id" => self == Self::Apply,
            "fail-on-drift" => self == Self::Plan,
            "export-path" => self == Self::Export,
            _ => self.sets(),
        }
    }

    /// Whether it may send something other than a GET.
    pub const fn writes(self) -> bool {
        matches!(self, Self::Create | Self::Update | Self::Upsert | Self::Delete | Self::Apply)
    }

    /// Whether the inputs describe a configuration.
    const fn sets(self) -> bool {
        matches!(self, Self::Create | Self::Update | Self::Upsert)
    }

    /// Whether it starts from the manifest.
    pub const fn reads_manifest(self) -> bool {
        matches!(self, Self::Validate | Self::Plan | Self::Apply)
    }
}

impl std::fmt::Display for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What is to be done, and where.
#[derive(Debug)]
pub enum Work {
    /// Read the manifest, which needs neither token nor network.
    Here(ManifestFile),
    /// Everything else.
    OnGitHub(Connection, Box<Task>),
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
