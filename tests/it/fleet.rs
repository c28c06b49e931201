//! Several organizations in one run. The harness checks after every run that no token of the App is left alive.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use fake_github::{FakeGitHub, Fault, Kind, Matcher, WRITE_TOKEN, json};
use serde_json::Value;

use crate::harness::{Run, Step, assert_run};
use crate::world::app::{READER, SECRETS, WRITER};

const MANIFEST: &str = "\
version: 1
defaults:
  visibility: private
registries:
  npm:
    type: npm-registry
    url: https://npm.acme.dev
    token: ${{ secrets.NPM }}
    replaces-base: true
  maven:
    type: maven-repository
    url: https://maven.acme.dev
    username: monalisa
    password: ${{ secrets.MAVEN }}
    visibility: selected
    selected-repositories: [acme/api, globex/web, initech/app]
    organizations: [acme, Globex]
";

/// Returns three organizations with an App that has write permission.
fn github() -> FakeGitHub {
    let github = FakeGitHub::start();
    for (org, repository, id) in [("globex", "web", 2002), ("initech", "app", 3003)] {
        github.add_organization(org);
        github.in_organization(org, |organization| organization.add_repository(repository, id, "private"));
    }
    for org in ["acme", "globex", "initech"] {
        github.install_app(org, WRITER);
    }
    github
}

fn step<'a>(github: &'a FakeGitHub, operation: &str, org: &str) -> Step<'a> {
    github.clear_requests();
    let step = Step::new(github, operation).signed_in_as_app().with("org", org).with("write-interval", "0s");
    step.manifest(MANIFEST).secrets(SECRETS)
}

fn names(github: &FakeGitHub, org: &str) -> Vec<String> {
    github.in_organization(org, |organization| {
        let mut names: Vec<String> = organization.configurations().iter().map(|live| live.name.clone()).collect();
        names.sort();
        names
    })
}

/// Counts the writes, without requests for the App's tokens and their revocations.
fn written(run: &Run) -> usize {
    run.writes().iter().filter(|request| !request.contains("installation")).count()
}

/// Asserts that nothing was sent to GitHub and that the message is there.
fn is_refused(run: &Run, message: &str) {
    assert_eq!((run.status, run.requests.len()), (Some(2), 0), "{}", run.log);
    assert!(run.log.contains(message), "{message}\n{}", run.log);
    assert_eq!(run.outputs["status"], "invalid");
}

#[test]
fn every_organization_gets_its_own_entries_and_repositories() {
    let github = github();
    let run = step(&github, "apply", "*").with("concurrency", "1").run();
    assert_run!(run);
    assert_eq!(names(&github, "acme"), ["MAVEN_REPOSITORY_SECRET", "NPM_REGISTRY_SECRET"]);
    assert_eq!(names(&github, "initech"), ["NPM_REGISTRY_SECRET"]);
    let selected = github.in_organization("globex", |organization| {
        organization.configuration("MAVEN_REPOSITORY_SECRET").map(|live| live.selected_repository_ids.clone())
    });
    assert_eq!(selected.map(|ids| format!("{ids:?}")), Some("[2002]".to_owned()));
    assert_eq!(run.outputs["organizations"], r#"["acme","globex","initech"]"#);
    let again = step(&github, "plan", "*").run();
    assert_eq!((again.status, again.outputs["drift"].as_str()), (Some(0), "false"), "{}", again.log);
}

#[test]
fn one_token_serves_all_organizations_too() {
    let github = github();
    let run = Step::new(&github, "apply").with("org", "initech, acme").manifest(MANIFEST).secrets(SECRETS).run();
    assert_eq!(run.status, Some(0), "{}", run.log);
    let document = run.result();
    let orgs: Vec<&str> =
        document["organizations"].as_array().unwrap().iter().map(|it| it["org"].as_str().unwrap()).collect();
    assert_eq!((orgs, document["counts"]["create"].as_u64()), (vec!["initech", "acme"], Some(3)));
    assert!(names(&github, "globex").is_empty());
}

#[test]
fn invalid_inputs_are_reported_before_anything_is_sent() {
    let github = github();
    for (operation, inputs, message) in [
        ("plan", vec![("org", "acme, ACME")], "names ACME twice (as acme and as ACME)"),
        ("plan", vec![("org", "acme,*")], "has both `*` and names"),
        ("plan", vec![("org", "acme,glo bex")], "is not the name of an organization: `glo bex`"),
        ("plan", vec![("org", ",")], "does not name any organization"),
        ("get", vec![("org", "acme,globex"), ("name", "X")], "names several, but get takes one organization"),
        ("plan", vec![("org", "acme,globex"), ("shard", "9/8")], "input `shard` is not a shard: `9/8`"),
        ("plan", vec![("org", "acme"), ("shard", "1/8")], "input `shard` is for several organizations"),
        (
            "plan",
            vec![("org", "acme,globex"), ("concurrency", "33")],
            "input `concurrency` is 33, but must be from 1 to 32",
        ),
        (
            "plan",
            vec![("org", "acme,globex"), ("concurrency", "0")],
            "input `concurrency` is 0, but must be from 1 to 32",
        ),
        ("export", vec![("org", "acme,globex"), ("export-path", "all.yml")], "is one file for several organizations"),
    ] {
        let run = step(&github, operation, "").inputs(&inputs).run();
        is_refused(&run, message);
    }
    github.clear_requests();
    let run = Step::new(&github, "plan").with("org", "*").manifest(MANIFEST).run();
    is_refused(&run, "only an App can list these");
    let run = Step::new(&github, "organizations").run();
    is_refused(&run, "`organizations` needs a GitHub App: set `app-client-id` and `app-private-key`");
}

#[test]
fn a_selection_that_excludes_an_organizations_repositories_is_an_error() {
    let github = github();
    let manifest = MANIFEST.replace("    organizations: [acme, Globex]\n", "").replace(", initech/app", "");
    for (org, status) in [("acme,initech", 2), ("initech", 2), ("acme", 0)] {
        let run = step(&github, "plan", org).manifest(&manifest).run();
        assert_eq!(run.status, Some(status), "{}", run.log);
        if status == 2 {
            is_refused(&run, "`selected-repositories` of `maven` has no repository of the organization initech");
            assert!(run.log.contains("file=.github/private-registries.yml,line=16,col=5"), "{}", run.log);
        }
    }
    let ids = MANIFEST.replace("[acme/api, globex/web, initech/app]", "[1001]");
    is_refused(
        &step(&github, "plan", "acme,globex").manifest(&ids).run(),
        "has the id 1001, which is a repository of one",
    );
    assert_eq!(step(&github, "plan", "acme,initech").manifest(&ids).run().status, Some(0));
}

#[test]
fn an_entry_for_an_organization_outside_the_run_is_a_warning() {
    let github = github();
    let run = step(&github, "plan", "acme, initech").run();
    assert!(run.log.contains("`organizations` names Globex, which is not in this run"), "{}", run.log);
    let shard = step(&github, "plan", "acme,globex,initech").with("shard", "1/2").run();
    assert!(!shard.log.contains("not in this run"), "{}", shard.log);
}

#[test]
fn each_organization_may_have_a_file_of_its_own() {
    let github = github();
    let one = |label: &str| {
        format!(
            "version: 1\nregistries:\n  {label}:\n    type: git\n    url: https://{label}.dev\n    username: a\n    password: ${{{{ secrets.NPM }}}}\n    visibility: private\n"
        )
    };
    let with_files = |step: Step<'static>| {
        step.file("registries/acme.yml", &one("one"))
            .file("registries/Globex.yml", &one("two"))
            .with("manifest", "registries/{org}.yml")
    };
    let github: &'static FakeGitHub = Box::leak(Box::new(github));
    let run = with_files(step(github, "apply", "*")).run();
    assert_eq!(run.status, Some(0), "{}", run.log);
    assert!(run.log.contains("not managed: it has no manifest"), "{}", run.log);
    let counts = [names(github, "acme").len(), names(github, "globex").len(), names(github, "initech").len()];
    assert_eq!(counts, [1, 1, 0]);
    let named = with_files(step(github, "plan", "acme,initech")).run();
    is_refused(&named, "the manifest registries/initech.yml of the organization initech does not exist");
    let single = with_files(step(github, "plan", "globex")).run();
    assert_eq!((single.status, single.outputs["drift"].as_str()), (Some(0), "false"), "{}", single.log);
    let all = with_files(Step::offline("validate").with("org", "*")).run();
    assert_eq!(all.status, Some(0), "{}", all.log);
    assert!(all.log.contains("registries/Globex.yml is valid for Globex: 1 registry"), "{}", all.log);
    let twice = with_files(step(github, "plan", "globex,acme")).file("registries/GLOBEX.yml", &one("three")).run();
    is_refused(
        &twice,
        "globex has 2 manifests whose names differ only in case: registries/GLOBEX.yml, registries/Globex.yml",
    );
}

/// An organization whose manifest has a slightly different name is not silently left alone.
#[test]
fn a_misnamed_manifest_of_an_organization_is_named() {
    let github = github();
    let files = |step: Step<'static>| {
        let empty = "version: 1\nregistries: {}\n";
        step.file("registries/acme.yaml", empty)
            .file("registries/globex.yml", empty)
            .with("manifest", "registries/{org}.yml")
    };
    let github: &'static FakeGitHub = Box::leak(Box::new(github));
    let all = files(step(github, "plan", "*")).run();
    assert_eq!(all.status, Some(0), "{}", all.log);
    let message = "acme is not managed: registries/acme.yml does not exist, but registries/acme.yaml does. Rename that";
    assert!(all.log.contains(message), "{}", all.log);
    assert!(!all.log.contains("initech is not managed"), "{}", all.log);
    let named = files(step(github, "plan", "acme,globex")).run();
    is_refused(
        &named,
        "registries/acme.yml of the organization acme does not exist, but registries/acme.yaml does: rename",
    );
    let other_case = "version: 1\nregistries: {}\n";
    let validated = files(Step::offline("validate").with("org", "*")).file("registries/GLOBEX.yml", other_case).run();
    assert_eq!(validated.status, Some(0), "{}", validated.log);
    let message = "registries/GLOBEX.yml and registries/globex.yml differ only in case";
    assert!(validated.log.contains(message), "{}", validated.log);
}

/// Names come from GitHub's answers too; none of them may lead to a file elsewhere or forge a line of the log.
#[test]
fn no_organization_name_leads_out_of_the_folder_of_manifests() {
    let hostile = [
        "../../evil",
        "/tmp/evil",
        "..",
        ".git",
        "a/b",
        "acme\nforged: ok",
        "acme\u{2028}forged: ok",
        "acme\u{1b}[1Aforged: ok",
        "",
        "a.b",
    ];
    for operation in ["export", "organizations", "list"] {
        let github = github();
        for name in hostile {
            github.install_app(name, WRITER);
        }
        let run = Step::new(&github, operation).signed_in_as_app().with("org", "*");
        let run = if operation == "export" { run.with("export-path", "exported/{org}") } else { run }.run();
        assert_eq!(run.status, Some(0), "{operation}: {}", run.log);
        assert_eq!(run.outputs["organizations"], r#"["acme","globex","initech"]"#, "{operation}");
        assert!(
            run.log.contains("with the name `../../evil`, which is not a valid name: it is left out"),
            "{}",
            run.log
        );
        assert!(!run.log.contains("\nforged: ok") && !run.log.contains('\u{1b}'), "{}", run.log);
        assert!(run.requests.iter().all(|request| !request.path.contains("evil")), "{:?}", run.requests);
        if operation == "export" {
            let exported = run.files.keys().filter(|file| file.starts_with("exported")).count();
            assert_eq!(exported, 3, "{:?}", run.files.keys());
        }
    }
    for name in ["../../evil", "..", ".git"] {
        let run =
            Step::offline("export").with("token", WRITE_TOKEN).with("org", name).with("export-path", "x/{org}").run();
        assert_eq!((run.status, run.requests.len()), (Some(2), 0), "{}", run.log);
    }
}

#[test]
fn a_refusal_for_one_organization_does_not_affect_others() {
    let github = github();
    github.suspend_app("globex", true);
    github.set_app_permissions("initech", &[("metadata", "read")]);
    github.add(json!({"registry_type": "git_source", "url": "https://old.acme.dev", "auth_type": "token"}));
    let run =
        step(&github, "apply", "acme, globex, initech, umbrella").with("prune", "true").with("concurrency", "1").run();
    assert_run!(run);
    assert_eq!(
        names(&github, "acme"),
        ["MAVEN_REPOSITORY_SECRET", "NPM_REGISTRY_SECRET"],
        "its deletion is not held back"
    );
    let document = run.result();
    let status: Vec<&str> =
        document["organizations"].as_array().unwrap().iter().map(|it| it["status"].as_str().unwrap()).collect();
    assert_eq!(status, ["done", "failed", "failed", "failed"]);
    let all = step(&github, "plan", "*").run();
    assert_eq!(all.status, Some(1), "the missing permission is an error with `*` too: {}", all.log);
    assert_eq!(all.outputs["organizations"], r#"["acme","initech"]"#);
}

#[test]
fn max_deletes_and_the_plan_id_cover_the_whole_run() {
    let github = github();
    for org in ["acme", "globex", "initech"] {
        github.in_organization(org, |organization| {
            organization.add(json!({"registry_type": "git_source", "url": "https://old.dev", "auth_type": "token"}))
        });
    }
    let prune = |operation: &str, most: &str| {
        step(&github, operation, "acme,globex,initech").with("prune", "true").with("max-deletes", most)
    };
    let refused = prune("apply", "2").run();
    assert_eq!((refused.status, written(&refused)), (Some(1), 0), "{}", refused.log);
    assert!(refused.log.contains("GIT_SOURCE_SECRET of acme"), "{}", refused.log);
    let plan = prune("plan", "3").run();
    let id = plan.outputs["plan-id"].clone();
    let other_order = step(&github, "plan", "initech,acme,Globex").with("prune", "true").with("max-deletes", "3").run();
    assert_eq!(other_order.outputs["plan-id"], id);
    github.in_organization("initech", |organization| organization.change("GIT_SOURCE_SECRET", "username", "somebody"));
    let changed = prune("apply", "3").with("plan-id", &id).run();
    assert!(changed.status == Some(1) && changed.log.contains("title=Another plan"), "{}", changed.log);
    assert_eq!(names(&github, "acme"), ["GIT_SOURCE_SECRET"]);
    let id = prune("plan", "3").run().outputs["plan-id"].clone();
    github.suspend_app("globex", true);
    let incomplete = prune("apply", "3").with("plan-id", &id).run();
    assert!(incomplete.log.contains("globex could not be planned, so nothing is written"), "{}", incomplete.log);
    assert_eq!(names(&github, "acme"), ["GIT_SOURCE_SECRET"]);
    github.suspend_app("globex", false);
    let applied = prune("apply", "3").with("plan-id", &id).run();
    assert_eq!(
        (applied.status, names(&github, "initech")),
        (Some(0), vec!["NPM_REGISTRY_SECRET".to_owned()]),
        "{}",
        applied.log
    );
}

#[test]
fn a_secret_missing_in_one_organization_stops_all() {
    let github = github();
    let run = step(&github, "apply", "acme,initech").without("MAVEN").run();
    is_refused(&run, "environment variable MAVEN is not set");
    assert_eq!(run.log.matches("environment variable MAVEN is not set").count(), 1, "{}", run.log);
    // Which secrets will be sent is known only once the plans are made.
    let run = step(&github, "apply", "acme,initech").with("resend", "on-change").without("MAVEN").run();
    assert_eq!((run.status, written(&run)), (Some(2), 0), "{}", run.log);
    assert_eq!(run.log.matches("environment variable MAVEN is not set").count(), 1, "{}", run.log);
    assert!(names(&github, "initech").is_empty(), "{}", run.log);
    let finding = step(&github, "apply", "acme,initech")
        .with("rules", "all=error")
        .manifest(&MANIFEST.replace("    replaces-base: true\n", ""))
        .run();
    is_refused(&finding, "npm-without-replaces-base");
}

#[test]
fn an_app_lists_its_installations() {
    let github = github();
    github.suspend_app("globex", true);
    github.set_app_permissions("initech", &[("metadata", "read")]);
    github.install_app_for_user("monalisa", WRITER);
    let run = Step::new(&github, "organizations").signed_in_as_app().run();
    assert_run!(run);
    let one = Step::new(&github, "organizations").signed_in_as_app().with("org", "Acme\numbrella").run();
    assert_eq!(one.outputs["organizations"], r#"["Acme"]"#);
    assert_eq!(one.result()["organizations"][1], json!({"organization": "umbrella", "state": "not-installed"}));
}

#[test]
fn shards_divide_the_organizations() {
    let github = github();
    let mut all = BTreeSet::new();
    for number in 1..=3 {
        let run = step(&github, "plan", "*").with("shard", &format!("{number}/3")).run();
        assert_eq!(run.status, Some(0), "{}", run.log);
        let orgs: Vec<String> = serde_json::from_str(&run.outputs["organizations"]).unwrap();
        for org in orgs {
            assert!(all.insert(org.clone()), "{org} is in two shards");
        }
    }
    assert_eq!(all.into_iter().collect::<Vec<_>>(), ["acme", "globex", "initech"]);
}

#[test]
fn outputs_of_list_upsert_and_export_are_objects_by_organization() {
    let github = github();
    let registry = |step: Step<'static>| {
        step.with("registry-type", "npm_registry")
            .with("url", "https://npm.dev")
            .with("visibility", "selected")
            .with("replaces-base", "true")
    };
    let github: &'static FakeGitHub = Box::leak(Box::new(github));
    let upsert = registry(step(github, "upsert", "acme,globex"))
        .secret_input("secret", "other-secret-value")
        .with("selected-repositories", "acme/api, globex/web")
        .run();
    assert_eq!(upsert.status, Some(0), "{}", upsert.log);
    let names: Value = serde_json::from_str(&upsert.outputs["name"]).unwrap();
    assert_eq!(names, json!({"acme": "NPM_REGISTRY_SECRET", "globex": "NPM_REGISTRY_SECRET"}));
    let list = step(github, "list", "acme,globex,initech").run();
    let names: Value = serde_json::from_str(&list.outputs["names"]).unwrap();
    assert_eq!(names, json!({"acme": ["NPM_REGISTRY_SECRET"], "globex": ["NPM_REGISTRY_SECRET"], "initech": []}));
    assert_eq!(list.outputs["total-count"], "2");
    let export = step(github, "export", "acme,globex").with("export-path", "out/{org}.yml").run();
    assert_eq!(export.status, Some(0), "{}", export.log);
    assert!(export.files[Path::new("out/globex.yml")].contains("https://npm.dev"));
    let bare = registry(step(github, "upsert", "acme,initech"))
        .secret_input("secret", "other-secret-value")
        .with("selected-repositories", "acme/api")
        .run();
    is_refused(&bare, "names no repository of the organization initech");
}

#[test]
fn an_outcome_depends_neither_on_other_organizations_nor_on_concurrency() {
    let mut seen = BTreeSet::new();
    for concurrency in ["1", "2", "32"] {
        for others in ["acme,globex,initech", "initech,acme", "acme,umbrella"] {
            let github = github();
            github.fault(Fault::new(
                Matcher::path("/orgs/globex/private-registries"),
                Kind::refusal(403, "Resource not accessible by integration"),
            ));
            let run = step(&github, "apply", others).with("concurrency", concurrency).run();
            let document = run.result();
            let acme = document["organizations"].as_array().unwrap().iter().find(|it| it["org"] == "acme").unwrap();
            let mut acme = acme.clone();
            acme["registries"] = Value::Null; // contains times
            seen.insert(acme.to_string());
            assert_eq!(names(&github, "acme").len(), 2);
        }
    }
    assert_eq!(seen.len(), 1, "{seen:#?}");
}

#[test]
fn no_token_reaches_another_organization() {
    let github = github();
    let run = step(&github, "apply", "*").with("concurrency", "32").run();
    assert_eq!(run.status, Some(0), "{}", run.log);
    let issued = github.issued_tokens();
    assert_eq!(issued.len(), 3);
    for request in run.requests.iter().filter(|request| request.path.contains("/private-registries")) {
        let own =
            issued.iter().find(|issued| Some(&issued.token) == request.token.as_ref()).expect("a token of the App");
        assert!(request.path.starts_with(&format!("/orgs/{}/", own.organization)), "{request}");
    }
    assert!(!run.log.contains(WRITE_TOKEN));
}

#[test]
fn a_no_op_needs_a_token_a_list_and_a_revocation_for_each_organization() {
    let github = github();
    let manifest = "version: 1\nregistries: {}\n";
    for org in ["acme", "globex", "initech"] {
        github.set_app_permissions(org, READER);
    }
    let run = step(&github, "plan", "*").manifest(manifest).run();
    assert_eq!((run.status, run.requests.len()), (Some(0), 1 + 3 * 3), "{:#?}", run.requests);
}

/// Waits until GitHub has received this many requests.
fn after(github: &FakeGitHub, is_it: impl Fn(&fake_github::Request) -> bool, number: usize) {
    let began = Instant::now();
    while github.requests().iter().filter(|request| is_it(request)).count() < number {
        assert!(began.elapsed() < Duration::from_secs(20), "it was not sent");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_signal_lets_writes_in_flight_finish_and_revokes_every_token() {
    let github = FakeGitHub::start();
    let orgs: Vec<String> = (0..40).map(|number| format!("org-{number}")).collect();
    for org in &orgs {
        github.add_organization(org);
        github.install_app(org, WRITER);
    }
    github.set_latency(Duration::from_millis(50));
    let manifest = MANIFEST.split("  maven:").next().unwrap();
    let running = step(&github, "apply", "*").manifest(manifest).start();
    after(&github, |request| request.method == "POST" && request.path.ends_with("/private-registries"), 6);
    let began = Instant::now();
    running.signal("TERM");
    let run = running.wait();
    assert!(began.elapsed() < Duration::from_secs(7), "the runner kills after 7.5 s");
    assert_eq!((run.status, run.output("status")), (Some(143), "stopped"), "{}", run.log);
    let result = run.result();
    let reports = result["organizations"].as_array().unwrap();
    assert_eq!(reports.len(), 40);
    let done = |report: &&Value| report["counts"]["create"] == 1;
    let written = orgs.iter().filter(|org| !names(&github, org).is_empty()).count();
    assert_eq!(reports.iter().filter(done).count(), written, "what was done is told");
    assert!((6..40).contains(&written), "{written}");
}

#[test]
fn an_output_that_is_too_large_is_shortened_but_complete_in_the_file() {
    let github = FakeGitHub::start();
    for number in 0..3 {
        let org = format!("org-{number}");
        github.add_organization(&org);
        github.install_app(&org, READER);
        github.in_organization(&org, |organization| {
            for registry in 0..12 {
                let url = format!("https://registry-{registry}.dev/{}", "x".repeat(32_000));
                organization.add(json!({"registry_type": "git_source", "url": url, "auth_type": "token"}));
            }
        });
    }
    let run = step(&github, "list", "*").with("result-path", "result.json").run();
    assert_eq!(run.status, Some(0));
    assert!(
        run.log.contains("output `result` is larger than 1 MiB") && run.log.contains("output `registries` is larger")
    );
    assert!(run.outputs.values().all(|value| value.len() <= 1024 * 1024) && run.output("registries").is_empty());
    assert_eq!(run.result()["organizations"][2]["status"], "done");
    let whole: Value = serde_json::from_str(&run.files[Path::new("result.json")]).unwrap();
    assert_eq!(whole["organizations"][2]["registries"].as_array().unwrap().len(), 12);
    assert!(run.summary.len() <= 1024 * 1024);
}

#[test]
fn a_rate_limit_delays_every_organization_that_shares_the_token() {
    let limit = |github: &FakeGitHub| {
        let (body, headers) = (json!({"message": "API rate limit exceeded"}), vec![("retry-after".into(), "1".into())]);
        let kind = Kind::Status { status: 429, body, headers };
        github.fault(Fault::new(Matcher::method("GET").and_path("/orgs/globex/private-registries"), kind).times(1));
    };
    let order = |run: &Run| {
        let lists = |request: &&fake_github::Request| {
            request.path == "/orgs/globex/private-registries" && request.method == "GET"
        };
        let again = run.requests.iter().filter(lists).nth(1).expect("it is sent again").id.clone();
        let write = run.requests.iter().find(|request| request.method == "POST" && request.path.contains("/acme/"));
        write.expect("a write").id > again
    };
    let github = github();
    limit(&github);
    let run = Step::new(&github, "upsert").with("org", "globex,acme").with("registry-type", "git_source");
    let run =
        run.with("url", "https://git.dev").with("visibility", "private").secret_input("secret", "a-secret-value").run();
    assert_eq!((run.status, order(&run)), (Some(0), true), "{}", run.log);
}

/// The name of an organization is hidden if it is a secret too, but it is still part of the plan's id.
#[test]
fn the_plan_id_does_not_depend_on_which_names_are_secrets() {
    let github = github();
    let quiet = |operation| step(&github, operation, "acme,initech").with("resend", "on-change");
    assert_eq!(quiet("apply").run().status, Some(0));
    let plan = quiet("plan").run();
    let run = quiet("apply").with("plan-id", plan.output("plan-id")).env("NPM", "acme").run();
    assert_eq!((run.status, run.output("plan-id")), (Some(0), plan.output("plan-id")), "{}", run.log);
}
