//! What stands before the first request: the events that nobody's registry is asked for, and what is announced.

use super::Probe;

/// Events besides `pull_request…` in whose runs the manifest, or what starts the run, may be a stranger's.
const REFUSED: [&str; 2] = ["workflow_run", "issue_comment"];

/// Whether no secret may be tried in a run that this event started (`GITHUB_EVENT_NAME`): the manifest may be that of a
/// pull request, and a secret would go wherever it says.
pub fn refused_event(event: &str) -> bool {
    let event = event.trim().to_ascii_lowercase();
    event.starts_with("pull_request") || REFUSED.contains(&event.as_str())
}

/// One line for each source of a secret and the host it goes to, in the order of the probes: what the log says before the
/// first request. A source is such as `NPM_TOKEN`.
pub fn announcement<'a>(probes: impl IntoIterator<Item = (&'a str, &'a Probe)>) -> Vec<String> {
    let mut lines = Vec::new();
    for (source, probe) in probes {
        let and = if probe.has_token_server() { ", and to the token server that it names" } else { "" };
        // A composed secret has several.
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
