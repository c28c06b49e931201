//! The work of a run: an operation with everything that it needs.

use std::path::{Component, Path, PathBuf};

use crate::desired::{Address, Desired, Edit, Expected};
use crate::github::Connection;
use crate::http::Roots;
use crate::plan::Policy;
use crate::registry::Visibility;

/// The work of a run, by where it takes place.
#[derive(Debug)]
pub enum Work {
    /// Checks the manifest, which needs neither a token nor the network.
    Here(ManifestFile),
    /// Tests the manifest's credentials at their registries, which needs no GitHub token.
    Check(ManifestFile, Roots),
    /// Does everything else.
    OnGitHub(Box<Connection>, Box<Task>),
}

/// An operation on GitHub with everything that it needs.
#[derive(Debug)]
pub enum Task {
    /// Shows every configuration.
    List,
    /// Lists where the App is installed.
    Organizations,
    /// Shows one configuration.
    Get(Address, Expected),
    /// Shows the public key for sealing secrets.
    PublicKey,
    /// Creates a configuration.
    Create(Desired),
    /// Changes the given fields of a configuration.
    Update(Box<Edit>),
    /// Creates a configuration, or updates the matching one.
    Upsert(Desired),
    /// Deletes a configuration.
    Delete(Address, Expected),
    /// Compares the manifest with GitHub.
    Plan {
        /// The manifest.
        file: ManifestFile,
        /// What the plan may do.
        policy: Policy,
        /// Whether drift ends the run with exit status 3.
        fail_on_drift: bool,
    },
    /// Carries the plan out.
    Apply {
        /// The manifest.
        file: ManifestFile,
        /// What the plan may do.
        policy: Policy,
        /// The id that the plan must have; `None` for any.
        plan_id: Option<String>,
    },
    /// Writes the configurations as a manifest.
    Export(Option<PathBuf>),
}

/// The options of `plan` and `apply`.
#[derive(Clone, Copy, Debug)]
pub struct Following<'a> {
    /// What the plan may do.
    pub policy: Policy,
    /// The id that the plan must have; `None` for any.
    pub plan_id: Option<&'a str>,
    /// Whether drift ends the run with exit status 3.
    pub fail_on_drift: bool,
    /// Whether the operation is `apply`.
    is_apply: bool,
}

impl Following<'_> {
    /// Returns whether the operation is `apply`, including a dry run of it.
    pub const fn applies(&self) -> bool {
        self.is_apply
    }
}

impl Task {
    /// Returns the options of `plan` or `apply`, if it is one of these.
    pub fn following(&self) -> Option<Following<'_>> {
        match self {
            Self::Plan { file: _, policy, fail_on_drift } => {
                Some(Following { policy: *policy, plan_id: None, fail_on_drift: *fail_on_drift, is_apply: false })
            }
            Self::Apply { file: _, policy, plan_id } => {
                Some(Following { policy: *policy, plan_id: plan_id.as_deref(), fail_on_drift: false, is_apply: true })
            }
            _ => None,
        }
    }

    /// Returns the manifest of `plan` or `apply`, if it is one of these.
    pub const fn manifest(&self) -> Option<&ManifestFile> {
        match self {
            Self::Plan { file, .. } | Self::Apply { file, .. } => Some(file),
            Self::List
            | Self::Organizations
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

/// The placeholder for the organization in a path.
pub const PLACEHOLDER: &str = "{org}";

/// The location of the manifest, and how to read it.
#[derive(Clone, Debug)]
pub struct ManifestFile {
    /// Its path.
    pub path: PathBuf,
    /// The folder that it must be in, also after following links; empty for the working directory.
    pub within: PathBuf,
    /// Its path relative to the repository, for messages.
    pub shown: String,
    /// The visibility for the entries of a dependabot.yml.
    pub default_visibility: Option<Visibility>,
    /// Whether configurations that it does not name are deleted.
    pub prune: bool,
}

impl ManifestFile {
    /// Returns whether each organization has a file of its own.
    pub fn is_per_organization(&self) -> bool {
        self.shown.contains(PLACEHOLDER)
    }

    /// Returns the file of one organization, unless its name can't be part of a path.
    pub fn of(&self, org: &str) -> Option<Self> {
        let Self { path, within, shown, default_visibility, prune } = self;
        let (path, shown) = (in_path(path, org)?, shown.replace(PLACEHOLDER, org));
        let (default_visibility, prune) = (*default_visibility, *prune);
        Some(Self { path, within: within.clone(), shown, default_visibility, prune })
    }
}

/// Replaces the placeholder in a path with an organization's name, unless that can't be part of a path. Names come from
/// the inputs and from GitHub's answers, and none of them may lead elsewhere.
pub fn in_path(path: &Path, org: &str) -> Option<PathBuf> {
    let replaced = |component: Component<'_>| match component.as_os_str().to_str() {
        Some(text) if text.contains(PLACEHOLDER) => {
            is_file_word(org).then(|| PathBuf::from(text.replace(PLACEHOLDER, org)))
        }
        _ => Some(PathBuf::from(component.as_os_str())),
    };
    path.components().map(replaced).collect()
}

/// Reports whether a name may become part of a path.
pub fn is_file_word(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}
