//! The repositories that an entry selects: each is looked up once, and a problem with one is reported where the
//! manifest names it, with a remedy.

use fake_github::{FakeGitHub, Fault, Kind, Matcher, Options, json};

use crate::harness::{Run, Step};

const MANIFEST: &str = "\
version: 1
registries:
  npm:
    type: npm-registry
    url: https://npm.acme.dev
    token: ${{ secrets.TOKEN }}
    visibility: selected
    selected-repositories:
      - api
      - acme/web
";

/// Returns the beginning of an annotation on an item of the list.
fn at(level: &str, line: usize) -> String {
    format!("::{level} title=Repository,file=.github/private-registries.yml,line={line},col=9::")
}

fn run<'a>(github: &'a FakeGitHub, operation: &str, yaml: &str) -> Step<'a> {
    Step::new(github, operation).manifest(yaml).secret_env("TOKEN", "the-secret")
}

fn refuse(github: &FakeGitHub, path: &str, status: u16, message: &str, headers: &[(&str, &str)]) {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let kind = Kind::Status { status, body: json!({"message": message}), headers };
    github.fault(Fault::new(Matcher::path(path), kind).times(usize::MAX));
}

/// Asserts that nothing was written, and that each text is in the log and, without its place, in the summary.
fn assert_refused(run: &Run, told: &[String]) {
    assert_eq!((run.status, run.writes().len(), run.output("plan-id")), (Some(1), 0, ""), "{}", run.log);
    for told in told {
        assert!(run.log.contains(told), "{told}\n{}", run.log);
    }
    assert_eq!(run.errors().len(), told.len(), "{}", run.log);
}

#[test]
fn an_unknown_repository_is_reported_at_its_item_with_a_remedy() {
    let yaml = MANIFEST.replace("- api", "- nil").replace("acme/web", "acme/zip");
    for (operation, dry_run) in [("plan", "false"), ("apply", "true"), ("apply", "false")] {
        let github = FakeGitHub::start();
        let step = run(&github, operation, &yaml);
        let run = if dry_run == "true" { step.with("dry-run", dry_run).run() } else { step.run() };
        let told = |name, line| {
            at("error", line)
                + &format!(
                    "there is no repository acme/{name}, or the `token` may not see it (metadata: read) (selected by \
                     `npm`). A token from actions/create-github-app-token sees only the workflow's own repository unless \
                     `owner: acme` is set, and only repositories on which the App is installed%0Arequest id: "
                )
        };
        assert_refused(&run, &[told("nil", 9), told("zip", 10)]);
        assert!(run.summary.contains("(.github/private-registries.yml&#58;10&#58;9)"), "{}", run.summary);
    }
}

#[test]
fn a_renamed_repository_is_followed_on_the_same_host_and_reported() {
    let options = Options { base_path: "/api/v3".into(), ..Options::default() };
    for options in [Options::default(), options] {
        let github = FakeGitHub::with(options);
        github.move_repository("api", "acme", "backend");
        for operation in ["plan", "apply"] {
            let run = run(&github, operation, MANIFEST).run();
            assert_eq!(run.status, Some(0), "{}", run.log);
            let told = "the repository acme/api was renamed to backend: use the new name (selected by `npm`)";
            assert!(run.log.contains(&(at("warning", 9) + told)), "{}", run.log);
            assert!(run.summary.contains("acme/api was renamed to backend"), "{}", run.summary);
            let asked = |part: &str| run.requests.iter().filter(|request| request.path.contains(part)).count();
            assert_eq!((asked("/repos/"), asked("/repositories/")), (2, 1));
        }
        assert_eq!(github.configurations()[0].selected_repository_ids, [1001, 1002]);
    }
}

#[test]
fn a_repository_moved_to_another_organization_is_not_selected() {
    let github = FakeGitHub::start();
    github.move_repository("web", "other", "site");
    let told = "the repository acme/web was moved to other/site, which is not in the organization acme: remove it \
                (selected by `npm`)";
    assert_refused(&run(&github, "apply", MANIFEST).run(), &[at("error", 10) + told]);
}

#[test]
fn a_redirect_that_is_not_followed_is_reported_at_the_item() {
    let elsewhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let host = elsewhere.local_addr().unwrap();
    for location in [
        format!("http://{host}/repositories/1002"),
        format!("//{host}/repositories/1002"),
        "/repositories/1002/../../user".to_owned(),
        "/repositories/".to_owned(),
        "/orgs/acme/private-registries".to_owned(),
    ] {
        let github = FakeGitHub::start();
        refuse(&github, "/repos/acme/web", 301, "Moved Permanently", &[("location", &location)]);
        let run = run(&github, "apply", MANIFEST).run();
        let told = at("error", 10) + "the repository acme/web can't be looked up (selected by `npm`): ";
        assert_refused(&run, &[told]);
        assert!(run.log.contains("whether the repository was renamed"), "{}", run.log);
        assert!(run.requests.iter().all(|request| !request.path.starts_with("/repositories/")));
    }
    assert!(elsewhere.accept().is_err(), "a request went to another host");

    // It redirects to a repository that this token can't see.
    let github = FakeGitHub::start();
    refuse(&github, "/repos/acme/web", 301, "Moved Permanently", &[("location", "/repositories/77")]);
    let run = run(&github, "apply", MANIFEST).run();
    assert_refused(&run, &[at("error", 10) + "there is no repository acme/web, or the `token` may not see it"]);
    assert!(run.log.contains("its name redirects, so it was renamed or moved"), "{}", run.log);
}

#[test]
fn a_refused_look_up_is_reported_at_the_item_with_githubs_message_and_a_remedy() {
    let accepted = [("x-accepted-github-permissions", "metadata=read")];
    for (status, message, headers, hint) in [
        (403, "Resource not accessible by integration", &accepted[..], "it needs metadata=read"),
        (403, "Repository access blocked", &[], "the `token` may not read this repository: it needs metadata=read"),
        (451, "Repository access blocked", &[], "GitHub has blocked this repository: remove it from the list"),
        (400, "Bad Request", &[], "answered 400 to GET /repos/acme/web"),
    ] {
        for operation in ["plan", "apply"] {
            let github = FakeGitHub::start();
            refuse(&github, "/repos/acme/web", status, message, headers);
            let run = run(&github, operation, MANIFEST).run();
            let told = at("error", 10) + "the repository acme/web can't be looked up (selected by `npm`): ";
            assert_refused(&run, &[told]);
            assert!(run.log.contains(message) && run.log.contains(hint), "{}", run.log);
        }
    }
}

#[test]
fn a_permission_missing_for_all_repositories_is_reported_once_with_their_number() {
    let github = FakeGitHub::start();
    let accepted = [("x-accepted-github-permissions", "metadata=read")];
    refuse(&github, "/repos/", 403, "Resource not accessible by integration", &accepted);
    let names: Vec<String> = (0..40).map(|n| format!("      - r{n:02}\n")).collect();
    let yaml = MANIFEST.replace("      - api\n      - acme/web\n", &names.concat());
    let run = run(&github, "apply", &yaml).run();
    assert_refused(&run, &[at("error", 9) + "the repository acme/r00 can't be looked up (selected by `npm`): "]);
    let told = "the same for 15 more: r01, r02, r03, r04, r05, r06, r07, r08, r09, r10, r11, r12, r13, r14, r15%0A24 more \
                were not looked up";
    assert!(run.log.contains(told), "{}", run.log);
    assert_eq!(run.requests.iter().filter(|request| request.path.contains("/repos/")).count(), 16);
}

/// The list in the defaults is used by all entries that have none of their own.
#[test]
fn an_item_of_the_defaults_is_reported_once_with_its_entries() {
    let github = FakeGitHub::start();
    let yaml = "\
version: 1
defaults: {visibility: selected, selected-repositories: [nil]}
registries:
  one: {type: git, url: 'https://git1.acme.dev', token: '${TOKEN}'}
  two: {type: git, url: 'https://git2.acme.dev', token: '${TOKEN}'}
";
    let run = run(&github, "plan", yaml).run();
    let told =
        "::error title=Repository,file=.github/private-registries.yml,line=2,col=58::there is no repository acme/nil";
    assert_refused(&run, &[told.to_owned()]);
    assert!(run.log.contains("(selected by `one`, `two`)"), "{}", run.log);
}
