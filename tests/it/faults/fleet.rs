//! Faults that hit one of several organizations: the others are not affected, and the report on that one is true. The
//! harness checks that no token of the App outlives the run.

use fake_github::{FakeGitHub, Fault, Kind, Matcher};
use serde_json::Value;

use crate::harness::Step;
use crate::world::faults::{all, faults, lasting};

const ORGANIZATIONS: [&str; 3] = ["acme", "globex", "initech"];

const MANIFEST: &str = "\
version: 1
defaults:
  visibility: private
registries:
  docker:
    type: docker-registry
    url: https://docker.acme.dev
    username: monalisa
    password: ${{ secrets.DOCKER }}
  npm:
    type: npm-registry
    url: https://npm.acme.dev
    token: ${{ secrets.NPM }}
    replaces-base: true
";

/// Returns the requests about one of the organizations.
fn requests() -> Vec<(&'static str, Matcher)> {
    vec![
        ("token", Matcher::path("/app/installations/7002/access_tokens")),
        ("list", Matcher::method("GET").and_path("/orgs/globex/private-registries")),
        ("creation", Matcher::method("POST").and_path("/orgs/globex/private-registries")),
    ]
}

type Case = ((&'static str, Matcher), (&'static str, Kind, usize, bool));

fn name(((request, _), (fault, ..)): &Case) -> String {
    format!("{fault} on the {request} of one of several organizations")
}

fn configurations(github: &FakeGitHub, org: &str) -> usize {
    github.in_organization(org, |organization| organization.configurations().len())
}

fn check(((request, on), (fault, kind, times, recovers)): &Case) {
    let github = FakeGitHub::start();
    for org in ORGANIZATIONS {
        if org != "acme" {
            github.add_organization(org);
        }
        github.install_app(org, &[("organization_private_registries", "write")]);
    }
    github.fault(Fault::new(on.clone(), kind.clone()).times(*times));
    // Nobody can revoke a token whose answer was unreadable.
    let is_unread = (*request, *fault) == ("token", "huge headers");
    let step = Step::new(&github, "apply");
    let step = if is_unread { step.that_can_not_revoke() } else { step };
    let run = step
        .signed_in_as_app()
        .with("org", "*")
        .with("write-interval", "0s")
        .with("max-wait", "30s")
        .manifest(MANIFEST)
        .secret_env("DOCKER", "docker-secret-value")
        .secret_env("NPM", "npm-secret-value")
        .run();
    let result = run.result();
    let report = |org: &str| -> Value {
        let reports = result["organizations"].as_array().expect("reports");
        reports.iter().find(|report| report["org"] == org).expect(org).clone()
    };
    for org in ["acme", "initech"] {
        assert_eq!((&report(org)["status"], configurations(&github, org)), (&"done".into(), 2), "{org}: {}", run.log);
    }
    let globex = report("globex");
    let created = globex["counts"]["create"].as_u64().unwrap_or_default();
    assert_eq!(usize::try_from(created), Ok(configurations(&github, "globex")), "{}", run.log);
    // A token whose answer was lost or broken may or may not be asked for again.
    if *recovers && *request != "token" {
        assert_eq!((run.status, created), (Some(0), 2), "{fault}: {}", run.log);
    }
    assert_eq!(run.status == Some(0), created == 2, "{}", run.log);
}

#[test]
fn a_fault_affects_only_its_own_organization() {
    let is_slow = |fault: &&str| ["one-byte chunks", "huge body"].contains(fault);
    let faults: Vec<_> = faults("elsewhere.invalid").into_iter().filter(|(fault, ..)| !is_slow(fault)).collect();
    let every = |request: (&'static str, Matcher)| faults.iter().map(move |fault| (request.clone(), fault.clone()));
    let mut cases: Vec<Case> = requests().into_iter().flat_map(every).collect();
    cases.extend(requests().into_iter().zip(lasting()));
    all(&cases, name, check);
}
