//! The checks and log lines before the first request: events that don't allow one, and where each secret will go.

use super::Probe;

/// Events besides `pull_request…` that a stranger can cause, or in whose runs the manifest may be a stranger's.
const REFUSED: [&str; 2] = ["workflow_run", "issue_comment"];

/// Reports whether an event (`GITHUB_EVENT_NAME`) forbids trying a secret in its run: the manifest may be that of a
/// pull request, and a secret would go to whatever host it names.
pub fn refused_event(event: &str) -> bool {
    let event = event.trim().to_ascii_lowercase();
    event.starts_with("pull_request") || REFUSED.contains(&event.as_str())
}

/// Returns the log lines to print before the first request: one for each source of a secret, such as `NPM_TOKEN`, and
/// the host it goes to, in the order of the probes.
pub fn announcement<'a>(probes: impl IntoIterator<Item = (&'a str, &'a Probe)>) -> Vec<String> {
    let mut lines = Vec::new();
    for (source, probe) in probes {
        let and = if probe.has_token_server() { ", and to the token server that it names" } else { "" };
        // A composed secret has several variables.
        let go = if source.contains(", ") { "go" } else { "goes" };
        let line = format!("{source} {go} to {}{and}", probe.origin());
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::super::{Candidate, Value};
    use super::*;
    use crate::registry::{AuthType, RegistryType};

    #[test]
    fn no_registry_is_asked_for_a_stranger() {
        for event in [
            "pull_request",
            "pull_request_target",
            "pull_request_review",
            "pull_request_review_comment",
            "workflow_run",
            "issue_comment",
            " Pull_Request ",
        ] {
            assert!(refused_event(event), "{event}");
        }
        for event in
            ["push", "schedule", "workflow_dispatch", "workflow_call", "repository_dispatch", "merge_group", ""]
        {
            assert!(!refused_event(event), "{event}");
        }
    }

    #[test]
    fn each_variable_is_announced_with_its_host_once() {
        let probe = |registry_type, url: &str| {
            let candidate = Candidate {
                registry_type: Some(registry_type),
                auth_type: Some(AuthType::UsernamePassword),
                url: Some(url.to_owned()),
                username: Some("me".to_owned()),
                value: Value::Plain(SecretString::from("s3cret")),
            };
            Probe::new(&candidate).unwrap()
        };
        let (npm, docker) = (
            probe(RegistryType::NpmRegistry, "https://npm.acme.dev/a"),
            probe(RegistryType::DockerRegistry, "https://registry.acme.dev:5000/a"),
        );
        let all = [("NPM_TOKEN", &npm), ("DOCKER_PASSWORD", &docker), ("NPM_TOKEN", &npm), ("A, B", &npm)];
        let lines = announcement(all);
        assert_eq!(
            lines,
            [
                "NPM_TOKEN goes to https://npm.acme.dev",
                "DOCKER_PASSWORD goes to https://registry.acme.dev:5000, and to the token server that it names",
                "A, B go to https://npm.acme.dev"
            ]
        );
    }
}
