//! The variables that the runner sets.

use std::path::PathBuf;

use serde::Deserialize;

use crate::http::Proxies;

/// The variables that the runner sets, and others that are no inputs.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Runner {
    pub(super) actions: Option<String>,
    pub(super) api_url: Option<String>,
    pub(super) event_name: Option<String>,
    pub(super) output: Option<String>,
    pub(super) repository_owner: Option<String>,
    pub(super) step_summary: Option<String>,
    pub(super) workspace: Option<String>,
    /// `SSL_CERT_FILE`, which the TLS library reads. It is checked here because the library's own error is not helpful.
    #[serde(skip)]
    pub(super) ssl_cert_file: Option<PathBuf>,
    #[serde(skip)]
    pub(super) proxies: Proxies,
}

impl Runner {
    /// Returns whether the run is a step in GitHub Actions.
    pub(super) fn is_actions(&self) -> bool {
        self.actions.as_deref() == Some("true")
    }

    /// Returns the folder that relative paths start from; empty for the working directory.
    pub(super) fn workspace(&self) -> PathBuf {
        self.workspace.as_ref().map_or_else(PathBuf::new, PathBuf::from)
    }
}
