//! Words of a report that contain no secret. If one of them is hidden, some secret is too short or an ordinary word.

use super::Report;
use crate::inputs::Operation;
use crate::plan::Action;
use crate::registry::{AuthType, RegistryType, Visibility};

impl Report {
    /// Returns the texts that no secret should be a part of: the organization, the labels and hosts of the manifest,
    /// and the fixed words of the report.
    pub fn harmless(&self) -> impl Iterator<Item = String> {
        let entries = self.plan.iter().flat_map(|plan| &plan.changes).filter(|change| change.label.is_some());
        let hosts = entries.clone().filter_map(|change| change.url.as_deref().map(host));
        let labels = entries.filter_map(|change| change.label.clone());
        let own = Operation::ALL.iter().map(|operation| operation.as_str());
        let own = own.chain(Action::ALL.iter().map(|action| action.as_str()));
        let own = own.chain(RegistryType::ALL.iter().map(|kind| kind.as_str()));
        let own = own.chain(AuthType::ALL.iter().map(|auth_type| auth_type.as_str()));
        let own = own.chain(Visibility::ALL.iter().map(|visibility| visibility.as_str()));
        let own = own.chain(["true", "false"]).map(str::to_owned);
        std::iter::once(self.org.clone()).chain(labels).chain(hosts).chain(own)
    }
}

fn host(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default().to_owned()
}
