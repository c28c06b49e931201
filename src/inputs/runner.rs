//! What the runner says about itself and the job.

use std::path::PathBuf;

use serde::Deserialize;

use crate::http::Proxies;

/// The runner's own variables, and another that the TLS library obeys.
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
    /// The TLS library obeys it, but says nothing useful when it names no usable file.
    #[serde(skip)]
    pub(super) ssl_cert_file: Option<PathBuf>,
    #[serde(skip)]
    pub(super) proxies: Proxies,
}

impl Runner {
    /// Whether the run is a step of Actions.
    pub(super) fn is_actions(&self) -> bool {
        self.actions.as_deref() == Some("true")
    }

    /// What relative paths start from.
    pub(super) fn workspace(&self) -> PathBuf {
        self.workspace.as_ref().map_or_else(PathBuf::new, PathBuf::from)
    }
}
