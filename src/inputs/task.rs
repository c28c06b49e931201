//! What a run is to do: an operation with what it needs.

use std::path::{Component, Path, PathBuf};

use crate::desired::{Address, Desired, Edit, Expected};
use crate::github::Connection;
use crate::http::Roots;
use crate::plan::Policy;
use crate::registry::Visibility;

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
    /// Where the App is installed.
    Organizations,
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

/// How a manifest is followed.
#[derive(Clone, Copy, Debug)]
pub struct Following<'a> {
    /// What the plan may do.
    pub policy: Policy,
    /// The only plan to carry out, if one is named.
    pub plan_id: Option<&'a str>,
    /// Whether drift ends the run with a status of its own.
    pub fail_on_drift: bool,
    /// Whether it is an `apply`.
    is_apply: bool,
}

impl Following<'_> {
    /// Whether it is an `apply`, though perhaps a dry run.
    pub const fn applies(&self) -> bool {
        self.is_apply
    }
}

impl Task {
    /// How it follows a manifest, if it does.
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

    /// The manifest that it follows.
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

/// What stands for the organization in a path.
pub const PLACEHOLDER: &str = "{org}";

/// Where the manifest is.
#[derive(Clone, Debug)]
pub struct ManifestFile {
    /// Where to read it.
    pub path: PathBuf,
    /// The folder that it must be in, links included; empty for the working directory.
    pub within: PathBuf,
    /// How to call it: relative to the repository.
    pub shown: String,
    /// The visibility of the entries of a dependabot.yml.
    pub default_visibility: Option<Visibility>,
    /// Whether what it does not name is to be deleted.
    pub prune: bool,
}

impl ManifestFile {
    /// Whether each organization has a file of its own.
    pub fn is_per_organization(&self) -> bool {
        self.shown.contains(PLACEHOLDER)
    }

    /// The file of one organization, whose name must be fit for a path.
    #[must_use]
    pub fn of(&self, org: &str) -> Self {
        let Self { path, within, shown, default_visibility, prune } = self;
        let (path, shown) = (in_path(path, org), shown.replace(PLACEHOLDER, org));
        let (default_visibility, prune) = (*default_visibility, *prune);
        Self { path, within: within.clone(), shown, default_visibility, prune }
    }
}

/// A path with an organization's name in the place of the placeholder.
pub fn in_path(path: &Path, org: &str) -> PathBuf {
    let replaced = |component: Component<'_>| match component.as_os_str().to_str() {
        Some(text) if text.contains(PLACEHOLDER) => PathBuf::from(text.replace(PLACEHOLDER, org)),
        _ => PathBuf::from(component.as_os_str()),
    };
    path.components().map(replaced).collect()
}
