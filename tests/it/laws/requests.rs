//! Law 6: the number of requests is the least possible.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use fake_github::{FakeGitHub, json};

use crate::harness::{Run, Step};

const REPOSITORIES: [&str; 4] = ["api", "web", "docs", "tools"];

/// Returns a manifest with this many entries; every third selects repositories, and without secrets all of them use
/// OIDC.
fn manifest(entries: usize, repositories: usize, has_secrets: bool) -> String {
    let mut yaml = "version: 1\nregistries:\n".to_owned();
    for n in 0..entries {
        let _ = writeln!(yaml, "  entry-{n}:\n    type: npm-registry\n    url: https://npm.acme.dev/{n}");
        let auth = if has_secrets { "token: ${{ secrets.A }}" } else { "{tenant-id: t, client-id: c}" };
        for line in auth.trim_matches(['{', '}'].as_slice()).split(", ").filter(|_| !has_secrets) {
            let _ = writeln!(yaml, "    {line}");
        }
        if has_secrets {
            let _ = writeln!(yaml, "    {auth}");
        }
        if n % 3 == 0 && repositories > 0 {
            // The same names in another case, or with the owner, mean the same repositories.
            let names: Vec<String> = (0..repositories)
                .map(|at| match n % 2 {
                    0 => REPOSITORIES[at].to_owned(),
                    _ => format!("acme/{}", REPOSITORIES[at].to_uppercase()),
                })
                .collect();
            let _ = writeln!(yaml, "    visibility: selected\n    selected-repositories: [{}]", names.join(", "));
        } else {
            yaml.push_str("    visibility: private\n");
        }
    }
    yaml
}

fn apply(github: &FakeGitHub, yaml: &str, resend: &str) -> Run {
    let step = Step::new(github, "apply").manifest(yaml).with("resend", resend).with("write-interval", "0s");
    let run = step.secret_env("A", "the-secret-of-all").run();
    assert_eq!(run.status, Some(0), "{}", run.log);
    run
}

/// Counts the requests of a kind.
fn count(run: &Run, method: &str, path_part: &str) -> usize {
    run.requests.iter().filter(|request| request.method == method && request.path.contains(path_part)).count()
}

#[test]
fn a_first_apply_needs_two_lists_one_key_one_get_for_each_repository_and_one_post_for_each_entry() {
    for (entries, repositories, has_secrets) in
        [(1, 0, true), (4, 4, true), (23, 2, true), (5, 3, false), (120, 1, true)]
    {
        let github = FakeGitHub::start();
        let run = apply(&github, &manifest(entries, repositories, has_secrets), "always");
        let keys = usize::from(has_secrets);
        assert_eq!(count(&run, "POST", ""), entries);
        assert_eq!(count(&run, "GET", "/public-key"), keys);
        assert_eq!(count(&run, "GET", "/repos/"), repositories);
        // The last pages check for duplicates.
        let lists = 1 + entries.div_ceil(100);
        assert_eq!(run.requests.len(), lists + keys + repositories + entries, "{entries} entries");
        let looked_up: BTreeSet<_> = run
            .requests
            .iter()
            .filter(|request| request.path.contains("/repos/"))
            .collect::<Vec<_>>()
            .iter()
            .map(|request| request.path.clone())
            .collect();
        assert_eq!(looked_up.len(), repositories);
        assert_eq!(github.configurations().len(), entries);
    }
}

#[test]
fn a_no_op_needs_one_get_for_each_hundred_configurations() {
    for (live, gets) in [(0, 1), (1, 1), (99, 1), (100, 1), (101, 2), (250, 3)] {
        let github = FakeGitHub::start();
        for n in 0..live {
            let url = format!("https://npm.acme.dev/{n}");
            github.add(json!({"registry_type": "npm_registry", "url": url, "visibility": "private"}));
        }
        let mut yaml = manifest(live, 0, true);
        if live == 0 {
            "version: 1\nregistries: {}\n".clone_into(&mut yaml);
        }
        let run = apply(&github, &yaml, "on-change");
        assert_eq!((run.requests.len(), count(&run, "GET", "/private-registries")), (gets, gets), "{live} live");
        assert_eq!(run.output("changed"), "false");
    }
}

#[test]
fn unmanaged_configurations_cost_only_their_place_in_the_list() {
    let github = FakeGitHub::start();
    for n in 0..150 {
        github.add(json!({"registry_type": "npm_registry", "url": format!("https://other.acme.dev/{n}")}));
    }
    let run = apply(&github, &manifest(2, 1, true), "always");
    // The list has several pages and something will be created, so it is read twice before and once after.
    assert_eq!(run.requests.len(), 2 + 2 + 1 + 1 + 2 + 2);
}
