//! Each fault on each request of an apply. Set `FAULT_MATRIX=all` to include combinations that differ little from
//! others.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use fake_github::{FakeGitHub, Fault, Kind, Matcher, Options, SameUrl, Stamps, json};

use super::{assert_converges, assert_true};
use crate::harness::Step;
use crate::world::faults::{all, faults, lasting};
use crate::world::writes::{apply, is_converged, organization};
use crate::world::{create_npm, state};

/// Returns the requests of an apply in order, each with the number of matching requests before it.
fn requests() -> Vec<(&'static str, Matcher, usize)> {
    let method = Matcher::method;
    vec![
        ("list", method("GET").and_path("/private-registries"), 0),
        ("key", Matcher::path("/public-key"), 0),
        ("repository", Matcher::path("/repos/"), 0),
        ("second repository", Matcher::path("/repos/"), 1),
        ("POST of a creation", method("POST"), 0),
        ("PATCH", method("PATCH"), 0),
        ("POST of a replacement", method("POST"), 1),
        ("DELETE of a replacement", method("DELETE"), 0),
        ("DELETE", method("DELETE"), 1),
    ]
}

/// Returns the faults that can hit only a POST.
fn faults_of_a_creation() -> Vec<(&'static str, Kind, usize, bool)> {
    let refused = |error| Kind::answer(422, json!({"errors": [error]}));
    vec![
        ("carried out late", Kind::Late(Duration::from_secs(1)), 1, true),
        ("forestalled", Kind::Forestalled { fields: json!({}) }, 1, true),
        ("refused because of the url", refused(json!({"code": "already_exists", "field": "url"})), 1, false),
        ("refused for a reason that sounds like the url", refused(json!("duplicate url")), 1, false),
        ("never answered", Kind::DropBefore, usize::MAX, false),
    ]
}

type Case = ((&'static str, Matcher, usize), (&'static str, Kind, usize, bool), SameUrl);

fn name(((request, ..), (fault, ..), same_url): &Case) -> String {
    format!("{fault} on {request} ({same_url:?})")
}

fn check(case: &Case) {
    check_with(case, Stamps::True);
}

fn check_with(((request, on, skip), (_, kind, times, recovers), same_url): &Case, stamps: Stamps) {
    let github = organization(Options { same_url: *same_url, stamps, ..Options::default() });
    let before = state(&github);
    github.fault(Fault::new(on.clone(), kind.clone()).skip(*skip).times(*times));
    let run = apply(&github).run();
    assert_true(&run, &before, &state(&github));
    let is_write = !["list", "key", "repository", "second repository"].contains(request);
    if *recovers {
        assert_eq!(run.status, Some(0), "{}", run.log);
        assert!(is_converged(&state(&github)), "{:#?}\n{}", state(&github), run.log);
    } else {
        assert_eq!(run.status, Some(1), "{}", run.log);
        assert!(is_write || state(&github) == before, "something was written before everything was known");
    }
    assert_converges(&github, &run);
}

fn run(faults: &[(&'static str, Kind, usize, bool)], requests: &[(&'static str, Matcher, usize)], same_url: SameUrl) {
    let cases: Vec<Case> = requests
        .iter()
        .flat_map(|request| faults.iter().map(move |fault| (request.clone(), fault.clone(), same_url)))
        .collect();
    all(&cases, name, check);
}

/// Returns all requests, or only those that no other one represents.
#[expect(clippy::disallowed_methods, reason = "a person asks with it for more")]
fn chosen(requests: Vec<(&'static str, Matcher, usize)>, like_another: &[&str]) -> Vec<(&'static str, Matcher, usize)> {
    let wants_all = std::env::var("FAULT_MATRIX").is_ok_and(|text| text == "all");
    requests.into_iter().filter(|(name, ..)| wants_all || !like_another.contains(name)).collect()
}

#[test]
fn every_fault_on_every_request_of_an_apply() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let requests = chosen(requests(), &["second repository", "POST of a creation", "DELETE"]);
    run(&faults(&elsewhere.local_addr().unwrap().to_string()), &requests, SameUrl::Accept);
    let visit = elsewhere.accept().map_err(|error| error.kind()).map(|(_, from)| from);
    assert_eq!(visit, Err(io::ErrorKind::WouldBlock), "a request went to another host");
}

/// A replacement deletes first there, and the new configuration may get the name of the old one.
#[test]
fn every_fault_where_github_refuses_a_second_configuration() {
    let faults: Vec<_> = faults("127.0.0.1:9").into_iter().filter(|(_, _, _, recovers)| *recovers).collect();
    let on = vec![
        ("POST of a replacement", Matcher::method("POST"), 1),
        ("DELETE of a replacement", Matcher::method("DELETE"), 0),
        ("second POST of a replacement", Matcher::method("POST"), 2),
    ];
    run(&faults, &chosen(on, &["POST of a replacement"]), SameUrl::Refuse);
}

#[test]
fn every_fault_of_a_creation_alone() {
    let mut cases: Vec<Case> = Vec::new();
    for (request, skip) in [("POST of a creation", 0), ("POST of a replacement", 1)] {
        let on = (request, Matcher::method("POST"), skip);
        for (fault, kind, times, recovers) in faults_of_a_creation() {
            // GitHub says that the old one is a duplicate, so it is deleted first.
            let recovers = recovers || (fault == "refused because of the url" && request == "POST of a replacement");
            cases.push((on.clone(), (fault, kind, times, recovers), SameUrl::Accept));
        }
    }
    all(&cases, name, check);
    // GitHub's dates need not be right.
    all(&cases, |case| format!("{}, with one date for all", name(case)), |case| check_with(case, Stamps::Constant));
}

/// Somebody else creates almost the same configuration, and the answer to ours is lost.
#[test]
fn a_foreign_twin_is_reported_and_left_alone() {
    let cases: Vec<(usize, &str)> =
        (0..2).flat_map(|skip| ["visibility", "username"].map(|field| (skip, field))).collect();
    all(
        &cases,
        |case| format!("{case:?}"),
        |(skip, field)| {
            let github = organization(Options::default());
            let before = state(&github);
            let value = if *field == "visibility" { "all" } else { "somebody" };
            let fields = json!({*field: value, "selected_repository_ids": []});
            github.fault(Fault::new(Matcher::method("POST"), Kind::Forestalled { fields }).skip(*skip));
            let run = apply(&github).run();
            assert_eq!(run.status, Some(0), "{}", run.log);
            let after = state(&github);
            assert_true(&run, &before, &after);
            let twins: Vec<_> =
                after.iter().filter(|live| live.secret.as_deref() == Some("somebody-elses-secret")).collect();
            let [twin] = twins.as_slice() else { panic!("{after:#?}") };
            assert!(run.log.contains(&format!("{} appeared while", twin.name)), "{}", run.log);
            assert_converges(&github, &run);
        },
    );
}

#[test]
fn lasting_faults_end_in_a_true_report() {
    let requests = chosen(requests(), &["key", "second repository", "POST of a replacement", "DELETE"]);
    run(&lasting(), &requests, SameUrl::Accept);
}

/// A replacement frees a name, GitHub gives it to the next configuration, and the answer to that creation is lost.
#[test]
fn a_creation_under_a_freed_name_is_found_after_its_answer_was_lost() {
    let github = FakeGitHub::start();
    for n in 1..=2 {
        github.add(json!({"registry_type": "npm_registry", "url": format!("https://npm{n}.acme.dev"),
            "auth_type": "username_password", "username": "old"}));
    }
    github.fault(Fault::new(Matcher::method("POST"), Kind::DropAfter).skip(1));
    let manifest = "version: 1\ndefaults: {visibility: private}\nregistries:\n  one: {type: npm-registry, url: \
         https://npm1.acme.dev, token: \"${A}\"}\n  two: {type: npm-registry, url: https://npm2.acme.dev, token: \"${A}\"}\n";
    let run = Step::new(&github, "apply").manifest(manifest).secret_env("A", "the-secret").run();
    assert_eq!(run.status, Some(0), "{}", run.log);
    assert_eq!(run.writes().iter().filter(|write| write.starts_with("POST")).count(), 2, "{:?}", run.writes());
    assert_eq!(github.configurations().len(), 2);
}

/// GitHub refuses a duplicate of a configuration other than the one to be replaced, so the old one is kept.
#[test]
fn a_replacement_refused_because_of_a_third_configuration_loses_nothing() {
    let github = FakeGitHub::with(Options { same_url: SameUrl::Refuse, ..Options::default() });
    let old = github.add(json!({"registry_type": "npm_registry", "url": "https://old.acme.dev", "secret": "s"}));
    github.add(json!({"registry_type": "maven_repository", "url": "https://npm.acme.dev", "secret": "s"}));
    let manifest = format!(
        "version: 1\nregistries:\n  one: {{type: maven-repository, url: https://npm.acme.dev, token: \"${{A}}\", \
         visibility: private, name: {old}}}\n"
    );
    let before = state(&github);
    let run = Step::new(&github, "apply").manifest(&manifest).secret_env("A", "the-secret").run();
    assert_eq!(run.status, Some(1), "{}", run.log);
    assert_eq!(state(&github), before);
    assert_eq!(run.output("changed"), "false");
}

#[test]
fn a_configuration_deleted_by_somebody_else_is_not_reported_as_deleted() {
    let github = FakeGitHub::start();
    let name = github.add(json!({"registry_type": "npm_registry", "url": "https://npm.acme.dev"}));
    let gone = name.clone();
    let change = fake_github::Change::new(move |acme| acme.remove(&gone));
    github.fault(Fault::new(Matcher::method("DELETE"), Kind::ChangeFirst(change)));
    let run = Step::new(&github, "delete").with("name", &name).run();
    assert_eq!((run.status, run.output("changed")), (Some(0), "false"), "{}", run.log);
}

/// GitHub's clock, not the local one, distinguishes the lost creation from somebody else's configuration.
#[test]
fn a_one_off_creation_is_sent_once_although_its_answer_was_lost() {
    for kind in [Kind::DropAfter, Kind::HtmlAfter { status: 502 }, Kind::Truncated, Kind::Empty { status: 201 }] {
        let github = FakeGitHub::start();
        github.fault(Fault::new(Matcher::method("POST"), kind.clone()));
        let run = create_npm(&github, "the-secret").run();
        assert_eq!(run.status, Some(0), "{kind:?}: {}", run.log);
        assert_eq!(github.configurations().len(), 1, "{kind:?}");
        // The secret is sent again, since nobody can read which one is stored.
        let writes =
            ["POST", "PATCH"].map(|method| run.writes().iter().filter(|write| write.starts_with(method)).count());
        assert_eq!((writes, run.writes().len()), ([1, 1], 2), "{kind:?}");
        assert_eq!(run.output("name"), "NPM_REGISTRY_SECRET");
    }
}

/// Nothing listens at first, so nothing was sent, and even a POST may be sent again.
#[test]
fn a_refused_connection_is_tried_again() {
    let github = organization(Options::default());
    let before = state(&github);
    let door = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = door.local_addr().unwrap();
    drop(door);
    let running = apply(&github).with("api-url", &format!("http://{address}")).start();
    std::thread::sleep(Duration::from_millis(250));
    let target = github.url().replace("http://", "");
    let door = TcpListener::bind(address).unwrap();
    std::thread::spawn(move || {
        while let Ok((client, _)) = door.accept() {
            let github = TcpStream::connect(&target).unwrap();
            for (mut from, mut to) in [
                (client.try_clone().unwrap(), github.try_clone().unwrap()),
                (github.try_clone().unwrap(), client.try_clone().unwrap()),
            ] {
                std::thread::spawn(move || {
                    let mut buffer = [0; 16 * 1024];
                    while let Ok(read @ 1..) = from.read(&mut buffer) {
                        if to.write_all(&buffer[..read]).is_err() {
                            break;
                        }
                    }
                });
            }
        }
    });
    let run = running.wait();
    assert_true(&run, &before, &state(&github));
    assert_eq!(run.status, Some(0), "{}", run.log);
    assert!(run.log.contains("did not answer"), "{}", run.log);
}

/// A request may take 30 s; after that its answer counts as lost.
#[test]
#[ignore = "takes 30 s"]
fn a_request_without_an_answer_times_out() {
    let post = (requests()[4].clone(), ("hanging, carried out", Kind::Hang { carried_out: true }, 1, true));
    let patch = (requests()[5].clone(), ("hanging", Kind::Hang { carried_out: false }, 1, true));
    let list = (requests()[0].clone(), ("hanging", Kind::Hang { carried_out: false }, 1, true));
    let cases: Vec<Case> = [post, patch, list].map(|(on, fault)| (on, fault, SameUrl::Accept)).to_vec();
    all(&cases, name, check);
}
