//! Misleading answers, and what must not be concluded from them.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use fake_github::{FakeGitHub, Fault, Kind, Matcher, Options, SameUrl, Value, json};

use crate::harness::{Run, Step};
use crate::world::writes::{MANIFEST, apply, is_converged, organization};
use crate::world::{create_npm, state};

const POST: &str = "POST /orgs/acme/private-registries";

/// Returns a fault on the second list; the key is requested in between.
fn second_list(kind: Kind) -> Fault {
    Fault::new(Matcher::method("GET").and_path("private-registries"), kind).skip(2)
}

fn npm_step<'a>(github: &'a FakeGitHub, urls: &[&str]) -> Step<'a> {
    let entry =
        |url: &&str| format!("  r-{url}: {{type: npm-registry, url: 'https://{url}.acme.dev', token: '${{A}}'}}\n");
    let entries: String = urls.iter().map(entry).collect();
    let manifest = format!("version: 1\ndefaults: {{visibility: private}}\nregistries:\n{entries}");
    Step::new(github, "apply").manifest(&manifest).secret_env("A", "the-secret")
}

fn npm(github: &FakeGitHub, urls: &[&str]) -> Run {
    npm_step(github, urls).run()
}

/// Returns an organization with one registry that is to be replaced, on a GitHub that refuses a second registry of the
/// same type and url.
fn organization_refusing_duplicates() -> FakeGitHub {
    let github = FakeGitHub::with(Options { same_url: SameUrl::Refuse, ..Options::default() });
    github.add(json!({"registry_type": "npm_registry", "url": "https://npm.acme.dev", "secret": "old",
        "auth_type": "username_password", "username": "old"}));
    github
}

#[test]
fn an_incomplete_list_does_not_settle_a_lost_creation() {
    let github = FakeGitHub::start();
    github.fault(Fault::new(Matcher::method("POST"), Kind::DropAfter));
    github.fault(second_list(Kind::answer(200, json!({"total_count": 1, "configurations": []}))));
    let run = npm(&github, &["npm"]);
    assert_eq!((run.status, run.writes()), (Some(1), vec![POST.to_owned()]), "{}", run.log);
    assert!(run.log.contains("list was incomplete"), "{}", run.log);
    assert_eq!((run.output("changed"), github.configurations().len()), ("true", 1));
}

#[test]
fn a_configuration_created_by_this_run_does_not_settle_another_lost_creation() {
    let github = FakeGitHub::start();
    github.fault(Fault::new(Matcher::method("POST"), Kind::DropBefore).skip(1));
    // A server that does not return the url.
    let first = json!({"name": "NPM_REGISTRY_SECRET", "registry_type": "npm_registry", "visibility": "private"});
    github.fault(second_list(Kind::answer(200, json!({"total_count": 1, "configurations": [first]}))));
    let run = npm(&github, &["a", "b"]);
    assert_eq!((run.status, run.output("create-count")), (Some(0), "2"), "{}", run.log);
    assert_eq!((run.writes().len(), github.configurations().len()), (3, 2));
}

#[test]
fn a_refusal_that_is_not_about_a_duplicate_deletes_nothing() {
    let no_duplicates = [
        (422, "visibility conflicts with the policy of the organization"),
        (422, "replaces_base is only one of: true, false"),
        (422, "auth_type token is already deprecated"),
        (422, "the key exists no more"),
        (409, "Conflict"),
        (403, "A configuration for this url already exists"),
        (403, "Url already exists"),
    ];
    for (status, message) in no_duplicates {
        let github = organization_refusing_duplicates();
        github.fault(Fault::new(Matcher::method("POST"), Kind::refusal(status, message)));
        let run = npm(&github, &["npm"]);
        assert_eq!((run.status, run.writes()), (Some(1), vec![POST.to_owned()]), "{message}: {}", run.log);
    }
}

#[test]
fn the_old_one_is_kept_unless_it_is_certainly_the_duplicate() {
    let old = json!({"name": "NPM_REGISTRY_SECRET", "registry_type": "npm_registry", "visibility": "all"});
    let other = json!({"name": "NPM_REGISTRY_SECRET_2", "registry_type": "npm_registry", "visibility": "all"});
    for list in [
        json!({"total_count": 2, "configurations": [old]}), // incomplete
        json!({"total_count": 2, "configurations": [old, other]}), // another one, whose url is unknown
    ] {
        let github = organization_refusing_duplicates();
        github.fault(second_list(Kind::answer(200, list)));
        let run = npm(&github, &["npm"]);
        assert_eq!((run.status, run.writes()), (Some(1), vec![POST.to_owned()]), "{}", run.log);
        assert_eq!(run.output("changed"), "false");
    }
}

#[test]
fn a_deletion_that_may_have_been_carried_out_is_reported() {
    let github = organization_refusing_duplicates();
    github.fault(Fault::new(Matcher::method("DELETE"), Kind::DropAfter));
    github.fault(Fault::new(Matcher::method("DELETE"), Kind::refusal(401, "Bad credentials")));
    let run = npm(&github, &["npm"]);
    assert_eq!((run.status, run.output("changed")), (Some(1), "true"), "{}", run.log);
    assert!(run.log.contains("NPM_REGISTRY_SECRET may have been deleted"), "{}", run.log);
    assert!(run.log.contains("an earlier attempt of the write got no clear answer"), "{}", run.log);
}

/// A change made by a PATCH counts as made, even if its answer was lost and the next attempt fails because of the key.
#[test]
fn a_lost_write_is_reported_although_a_key_error_followed() {
    let refused = || Kind::refusal(401, "Bad credentials");
    let again = || Matcher::path("/public-key");
    let then = [
        vec![Fault::new(again(), refused()).skip(1)],
        vec![Fault::new(again(), Kind::RotateKeyFirst).skip(1), Fault::new(Matcher::method("PATCH"), refused())],
    ];
    for faults in then {
        let github = organization(Options::default());
        github.fault(Fault::new(Matcher::method("PATCH"), Kind::DropAfter));
        github.fault(Fault::new(Matcher::method("PATCH"), Kind::refusal(422, "key_id is an old one")));
        for fault in faults {
            github.fault(fault);
        }
        let run = apply(&github).run();
        assert_eq!((run.status_of("npm").as_str(), run.output("changed")), ("failed", "true"), "{}", run.log);
        assert!(run.log.contains("an earlier attempt of the write got no clear answer"), "{}", run.log);
    }
}

#[test]
fn a_replacement_created_otherwise_than_requested_keeps_the_old_one() {
    let asked = json!({"name": "NEW", "registry_type": "git_source", "auth_type": "token",
        "url": "https://git.acme.dev", "visibility": "private"});
    for (field, value) in [("url", "https://git2.acme.dev"), ("visibility", "all"), ("auth_type", "oidc_aws")] {
        let github = organization(Options::default());
        let mut other = asked.clone();
        other[field] = json!(value);
        github.fault(Fault::new(Matcher::method("POST"), Kind::answer(201, other)).skip(1));
        let run = apply(&github).run();
        assert_eq!(run.status_of("git"), "failed", "{}", run.log);
        assert!(run.log.contains("GitHub created NEW, but not as requested"), "{}", run.log);
        assert!(github.configuration("GIT_SOURCE_SECRET").is_some());
    }
}

/// An error, a list or an empty object is not the answer to a successful write, whatever its status.
#[test]
fn only_documented_answers_count_as_a_successful_write() {
    for kind in [Kind::refusal(200, "Server Error"), Kind::answer(200, json!([])), Kind::answer(202, json!({}))] {
        for method in ["PATCH", "DELETE"] {
            let github = organization(Options::default());
            github.fault(Fault::new(Matcher::method(method), kind.clone()).times(usize::MAX));
            let run = apply(&github).with("max-wait", "0s").run();
            let title = if method == "PATCH" { "npm" } else { "git" };
            assert_eq!((run.status, run.status_of(title).as_str()), (Some(1), "failed"), "{kind:?}: {}", run.log);
            assert!(run.log.contains("its body is not a configuration"), "{}", run.log);
        }
    }
}

#[test]
fn small_answers_that_need_much_memory_are_refused() {
    let list = |values: usize| {
        let hollow: Vec<Value> = vec![json!({"": 0}); values];
        Kind::answer(200, json!({"total_count": 1_700, "configurations": [{"name": "A", "x": hollow}]}))
    };
    for (values, told) in [(30_000, "its body takes more than 8 MiB"), (20_000, "its list takes more than 64 MiB")] {
        let github = FakeGitHub::start();
        github.fault(Fault::new(Matcher::any(), list(values)).times(usize::MAX));
        let run = Step::new(&github, "list").with("max-wait", "0s").run();
        assert!(run.status == Some(1) && run.log.contains(told), "{}", run.log);
    }
}

#[test]
fn a_secret_that_github_repeats_in_a_name_a_key_or_a_host_is_hidden() {
    let secret = "Hunter2-Secret";
    let configuration = json!({"name": secret, "registry_type": "npm_registry", "visibility": "all", secret: 1});
    let elsewhere = vec![("location".to_owned(), format!("https://{secret}.acme.dev/"))];
    for kind in [Kind::answer(201, configuration), Kind::Status { status: 307, body: json!({}), headers: elsewhere }] {
        let github = FakeGitHub::start();
        github.fault(Fault::new(Matcher::method("POST"), kind));
        let run = create_npm(&github, secret).with("visibility", "all").run();
        let lower = secret.to_lowercase();
        for text in [&run.summary, run.output("result"), run.output("name"), run.output("registry")] {
            assert!(!text.to_lowercase().contains(&lower), "{text}");
        }
        let unmasked = run.log.lines().filter(|line| !line.starts_with("::add-mask::"));
        assert!(!unmasked.collect::<String>().to_lowercase().contains(&lower), "{}", run.log);
    }
}

/// GitHub documents 204, but any 2xx without a body counts as a success.
#[test]
fn a_success_without_a_body_completes_a_write_in_one_request() {
    for status in [200, 202, 204] {
        let github = organization(Options::default());
        for method in ["PATCH", "DELETE"] {
            github.fault(Fault::new(Matcher::method(method), Kind::Empty { status }).times(usize::MAX));
        }
        let run = apply(&github).run();
        assert_eq!((run.status, run.output("failure-count")), (Some(0), "0"), "{status}: {}", run.log);
        let sent = |method: &str| run.writes().iter().filter(|write| write.starts_with(method)).count();
        assert_eq!((sent("PATCH"), sent("DELETE")), (1, 2), "{status}: {:?}", run.writes());
        assert!(is_converged(&state(&github)), "{:#?}", state(&github));
    }
    // The answer to a creation without a body does not name what was created, so the program looks for it.
    let github = organization(Options::default());
    github.fault(Fault::new(Matcher::method("POST"), Kind::Empty { status: 202 }));
    let run = apply(&github).run();
    assert_eq!((run.status, is_converged(&state(&github))), (Some(0), true), "{}", run.log);
}

/// A captive portal answers every request with a page and status 200.
#[test]
fn an_html_page_is_not_a_successful_write() {
    for method in ["PATCH", "DELETE"] {
        let github = organization(Options::default());
        let before = state(&github);
        github.fault(Fault::new(Matcher::method(method), Kind::Html { status: 200 }).times(usize::MAX));
        let run = apply(&github).with("max-wait", "0s").run();
        assert_eq!(run.status, Some(1), "{}", run.log);
        assert!(run.log.contains("its body is not JSON"), "{}", run.log);
        let title = if method == "PATCH" { "npm" } else { "git" };
        assert_eq!(run.status_of(title), "failed");
        assert!(before.iter().all(|was| state(&github).iter().any(|is| is.name == was.name)), "{}", run.log);
    }
}

/// Lists from a server whose answers are a function of their number; returns the run and the number of requests.
fn list_from(answer: impl Fn(usize) -> String + Send + 'static) -> (Run, usize) {
    list_with(answer, |step| step)
}

fn list_with(
    answer: impl Fn(usize) -> String + Send + 'static,
    change: impl FnOnce(Step<'static>) -> Step<'static>,
) -> (Run, usize) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for (number, client) in listener.incoming().enumerate() {
            let mut client = client.unwrap();
            let _ = client.read(&mut [0; 4096]).unwrap();
            tell.send(()).unwrap();
            let _ = client.write_all(format!("HTTP/1.1 {}", answer(number + 1)).as_bytes());
        }
    });
    let step = Step::offline("list").with("api-url", &url).with("org", "acme").with("max-wait", "1s");
    let run = change(step.secret_input("token", "a-token")).run();
    (run, told.try_iter().count())
}

/// A piece of a body takes more memory than the one byte in it.
#[test]
fn a_body_in_one_byte_chunks_takes_no_more_memory_than_another() {
    let body = "{\"total_count\": 0, \"configurations\": []}".to_owned() + &" ".repeat(1 << 19);
    let chunks: Vec<String> = body.chars().map(|byte| format!("1\r\n{byte}\r\n")).collect();
    let chunks = chunks.concat() + "0\r\n\r\n";
    let answer = move |_| format!("200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n{chunks}");
    let (run, _) = list_with(answer, |step| step.within_memory(16).with("max-wait", "0s"));
    assert_eq!((run.status, run.output("total-count")), (Some(0), "0"), "{}", run.log);
}

fn broken_off(head: &'static str) -> (Run, usize) {
    list_from(move |_| format!("{head}\r\ncontent-length: 100\r\n\r\n{{\"mess"))
}

#[test]
fn an_endless_list_is_an_error() {
    let page = |number| {
        let one = json!({"total_count": 1, "configurations": [{"name": format!("N{number}")}]}).to_string();
        let next = "link: <https://api.github.com/>; rel=\"next\"";
        format!("200 OK\r\n{next}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{one}", one.len())
    };
    let (run, asked) = list_from(page);
    assert_eq!((run.status, asked), (Some(1), 1_000), "{}", run.log);
    assert!(run.log.contains("its list has more than 1000 pages"), "{}", run.log);
}

#[test]
fn a_status_counts_without_its_body_except_where_the_body_decides() {
    let (run, asked) = broken_off("401 Unauthorized");
    assert_eq!((run.status, asked), (Some(1), 1), "{}", run.log);
    assert!(run.log.contains("answered 401 to GET") && run.log.contains("(an empty answer)"), "{}", run.log);
    // Only the body tells a rate limit from a final refusal; this header does too.
    let (run, asked) = broken_off("403 Forbidden");
    assert!(asked > 1 && run.log.contains("answered 403 to GET"), "{asked}: {}", run.log);
    let (run, asked) = broken_off("403 Forbidden\r\nretry-after: 9");
    assert!(asked == 1 && run.log.contains("rate limit asks for it with retry-after"), "{asked}: {}", run.log);
}

#[test]
fn a_next_page_is_read_although_the_count_says_there_is_none() {
    let github = FakeGitHub::start();
    let one = |name: &str| json!({"name": name, "registry_type": "npm_registry", "visibility": "all"});
    let next = vec![("link".to_owned(), "<https://api.github.com/?page=2>; rel=\"next\"".to_owned())];
    let first = json!({"total_count": 1, "configurations": [one("A")]});
    github.fault(Fault::new(Matcher::any(), Kind::Status { status: 200, body: first, headers: next.clone() }));
    github
        .fault(Fault::new(Matcher::any(), Kind::answer(200, json!({"total_count": 1, "configurations": [one("B")]}))));
    let run = Step::new(&github, "list").run();
    assert_eq!((run.status, run.output("names")), (Some(0), "[\"A\",\"B\"]"), "{}", run.log);

    // A count that is far too high leads to only one batch of requests for further pages.
    let first = json!({"total_count": 1_000_000_000, "configurations": [one("A")]});
    let empty = json!({"total_count": 1_000_000_000, "configurations": []});
    github.fault(Fault::new(Matcher::any(), Kind::answer(200, first)));
    github.fault(Fault::new(Matcher::any(), Kind::answer(200, empty)).times(16));
    let run = Step::new(&github, "list").run();
    assert_eq!((run.status, run.requests.len()), (Some(1), 17), "{}", run.log);

    // The list ends at the first empty page, even if that links to another one.
    let first = json!({"total_count": 1, "configurations": [one("A")]});
    let empty = json!({"total_count": 1, "configurations": []});
    github.fault(Fault::new(Matcher::any(), Kind::Status { status: 200, body: first, headers: next.clone() }));
    let for_ever = Kind::Status { status: 200, body: empty, headers: next };
    github.fault(Fault::new(Matcher::any(), for_ever).times(usize::MAX));
    let run = Step::new(&github, "list").run();
    assert_eq!((run.status, run.output("names"), run.requests.len()), (Some(0), "[\"A\"]", 2), "{}", run.log);
}

#[test]
fn a_limit_in_the_middle_of_a_replacement_ends_the_run_too() {
    let github = organization(Options::default());
    let limit = Kind::RateLimited429 { retry_after: Some(9_999) };
    github.fault(Fault::new(Matcher::method("DELETE"), limit));
    let sent_again =
        "  python: {type: python-index, url: https://python.acme.dev, token: \"${NPM}\", visibility: all}\n";
    let run = apply(&github).manifest(&format!("{MANIFEST}{sent_again}")).run();
    let statuses = ["npm", "git", "python"].map(|title| run.status_of(title));
    assert_eq!(statuses, ["applied", "failed", "skipped"], "{}", run.log);
    assert!(run.log.contains("GitHub's rate limit allows no further request within `max-wait`"), "{}", run.log);
}

/// Waits that overlap count once.
#[test]
fn simultaneous_waits_are_not_added_up() {
    let github = FakeGitHub::start();
    let limit = Kind::RateLimited429 { retry_after: Some(1) };
    github.fault(Fault::new(Matcher::path("/repos/"), limit).times(8));
    let step = Step::new(&github, "create").with("registry-type", "npm_registry").with("url", "https://npm.acme.dev");
    let step = step.with("visibility", "selected").with("max-wait", "2s").with("dry-run", "true");
    let names: Vec<String> = (0..8).map(|number| format!("r{number}")).collect();
    let run = step.with("selected-repositories", &names.join(",")).secret_input("secret", "the-secret").run();
    // None of them exists, which only GitHub's answer after the wait can show.
    assert_eq!(run.log.matches("there is no repository acme/r").count(), 8, "{}", run.log);
    assert!(run.log.contains("title=Waiting") && !run.log.contains("max-wait"), "{}", run.log);
}

/// Plain http is allowed only to this machine, and a proxy may be another one.
#[test]
fn requests_to_this_machine_use_no_proxy() {
    let github = FakeGitHub::start();
    let run = Step::new(&github, "list").env("HTTP_PROXY", "http://127.0.0.1:9").env("NO_PROXY", "").run();
    assert_eq!(run.status, Some(0), "{}", run.log);
}

#[test]
fn the_password_of_a_proxy_is_masked_with_and_without_a_scheme() {
    for proxy in ["http://a%40b:hunter%2122@127.0.0.1:9", "a%40b:hunter%2122@127.0.0.1:9"] {
        let run = Step::offline("validate").secret_env("HTTPS_PROXY", proxy).run();
        for mask in ["hunter!22", "hunter%252122", "YUBiOmh1bnRlciEyMg=="] {
            assert!(run.log.contains(&format!("::add-mask::{mask}\n")), "{mask}: {}", run.log);
        }
    }
}

/// A name that GitHub returns is shown, but never changes the meaning of a request.
#[test]
fn a_configuration_named_like_another_path_is_listed_and_never_changed() {
    for name in ["public-key", ".", ".."] {
        let github = FakeGitHub::start();
        let fields = json!({"name": name, "registry_type": "npm_registry", "url": "https://npm.acme.dev"});
        github.add(fields);
        let run = Step::new(&github, "list").run();
        assert_eq!((run.status, run.output("names")), (Some(0), json!([name]).to_string().as_str()), "{}", run.log);
        let by_url = |operation| {
            let step = Step::new(&github, operation).with("registry-type", "npm_registry");
            step.with("url", "https://npm.acme.dev")
        };
        let prune = npm_step(&github, &["other"]).with("prune", "true");
        for step in
            [npm_step(&github, &["npm"]), prune, by_url("delete"), by_url("update").with("visibility", "private")]
        {
            let run = step.run();
            assert!(run.requests.iter().all(|request| request.method == "GET" || request.path.ends_with("registries")));
            assert_eq!(run.status, Some(1), "{}", run.log);
            assert!(run.log.contains(&format!("nothing was sent: with the name {name}, ")), "{}", run.log);
            assert!(github.configuration(name).is_some());
        }
    }
}
