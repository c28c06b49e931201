//! Each kind of fault as a client sees it, and whether GitHub carried out the request.

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use fake_github::{Change, FakeGitHub, Fault, Kind, Matcher, json};

use crate::client::{Answer, Connection, LIST, create, get, npm};

/// Sends one POST with a fault and returns the result and the number of configurations afterwards.
fn post(kind: Kind) -> (io::Result<Answer>, usize) {
    let github = FakeGitHub::start();
    github.fault(Fault::new(Matcher::method("POST"), kind));
    let answer = Connection::to(&github).send("POST", LIST, Some(&npm(&github, "x")));
    (answer, github.configurations().len())
}

/// Sends one POST with a fault that is answered, and returns the answer and the number of configurations afterwards.
fn answered(kind: Kind) -> (Answer, usize) {
    let (answer, held) = post(kind);
    (answer.expect("an answer"), held)
}

#[test]
fn connections_close() {
    for (kind, carried_out) in [(Kind::DropBefore, 0), (Kind::DropAfter, 1), (Kind::Truncated, 1)] {
        let (answer, held) = post(kind.clone());
        assert!(answer.is_err(), "{kind:?}: {answer:?}");
        assert_eq!(held, carried_out, "{kind:?}");
    }
}

#[test]
fn a_truncated_answer_ends_halfway() {
    let github = FakeGitHub::start();
    github.set_latency(Duration::from_millis(50));
    github.fault(Fault::new(Matcher::any(), Kind::Truncated));
    let error = Connection::to(&github).send("GET", LIST, None).expect_err("half an answer");
    // The head arrived, or the status would be missing; the connection ended, or this would be a timeout.
    assert_eq!(error.to_string(), "failed to fill whole buffer");
    assert_eq!(github.requests()[0].status, Some(200));
}

#[test]
fn dropped_requests_have_no_status_and_times_are_counted() {
    let github = FakeGitHub::start();
    github.fault(Fault::new(Matcher::method("GET").and_path("registries"), Kind::DropBefore).skip(1).times(2));

    let came: Vec<bool> = (0..4).map(|_| Connection::to(&github).send("GET", LIST, None).is_ok()).collect();

    assert_eq!(came, [true, false, false, true]);
    assert_eq!(github.requests()[1].status, None);
    assert!(github.requests()[1].to_string().ends_with(" -> no answer"));
}

#[test]
fn proxies_answer_html_without_githubs_headers() {
    for (kind, carried_out) in [(Kind::Html { status: 502 }, 0), (Kind::HtmlAfter { status: 502 }, 1)] {
        let (answer, held) = answered(kind);
        assert_eq!((answer.status, held), (502, carried_out));
        assert!(answer.body.starts_with("<html>"));
        assert_eq!(answer.header("x-github-request-id"), None);
    }
}

#[test]
fn any_status_can_be_returned() {
    let body = json!({"message": "Server Error"});
    let headers = vec![("X-GitHub-Request-Id".to_owned(), "mine".to_owned())];
    let (answer, held) = answered(Kind::Status { status: 500, body: body.clone(), headers });
    assert_eq!((answer.status, held), (500, 0));
    assert_eq!(answer.json(), body);
    assert_eq!(answer.header("x-github-request-id"), Some("mine"));
}

#[test]
fn rate_limits_are_reported_as_github_does() {
    let (secondary, held) = answered(Kind::Secondary403 { retry_after: Some(7) });
    assert_eq!((secondary.status, secondary.header("retry-after"), held), (403, Some("7"), 0));
    let (secondary, _) = answered(Kind::RateLimited429 { retry_after: None });
    assert_eq!((secondary.status, secondary.header("retry-after")), (429, None));
    let (primary, held) = answered(Kind::PrimaryExhausted { reset_in_secs: 9 });
    assert_eq!((primary.status, primary.header("x-ratelimit-remaining"), held), (403, Some("0"), 0));
}

#[test]
fn answers_can_be_delayed() {
    let start = Instant::now();
    let (slow, held) = answered(Kind::Slow(Duration::from_millis(50)));
    assert_eq!((slow.status, held), (201, 1));
    assert!(start.elapsed() >= Duration::from_millis(50));
}

#[test]
fn hanging_requests_get_no_answer_until_the_server_stops() {
    for carried_out in [false, true] {
        let github = FakeGitHub::start();
        github.fault(Fault::new(Matcher::any(), Kind::Hang { carried_out }));
        let body = npm(&github, "x");
        let mut connection = Connection::to(&github);
        let waiting = thread::spawn(move || connection.send("POST", LIST, Some(&body)));
        while github.requests().is_empty() {
            thread::yield_now();
        }
        assert_eq!(github.configurations().len(), usize::from(carried_out));
        assert!(!waiting.is_finished());

        drop(github);

        assert!(waiting.join().expect("no panic").is_err());
    }
}

#[test]
fn a_change_can_be_made_just_before_a_request() {
    let (rotated, held) = answered(Kind::RotateKeyFirst);
    assert_eq!((rotated.status, held), (422, 0));

    let change = Change::new(|acme| {
        acme.add(json!({"registry_type": "npm_registry"}));
    });
    let (second, held) = answered(Kind::ChangeFirst(change));
    assert_eq!((second.json()["name"].as_str(), held), (Some("NPM_REGISTRY_SECRET_2"), 2));
}

#[test]
fn a_request_is_carried_out_after_its_connection_has_closed() {
    let github = FakeGitHub::start();
    github.fault(Fault::new(Matcher::method("POST"), Kind::Late(Duration::from_millis(100))));
    let answer = Connection::to(&github).send("POST", LIST, Some(&npm(&github, "x")));
    assert!(answer.is_err() && github.configurations().is_empty());
    let began = Instant::now();
    while github.configurations().is_empty() {
        assert!(began.elapsed() < Duration::from_secs(5), "it is carried out");
        thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(github.configurations()[0].secret.as_deref(), Some("x"));
}

#[test]
fn somebody_else_can_create_almost_the_same_configuration_first() {
    let github = FakeGitHub::start();
    let other = Kind::Forestalled { fields: json!({"visibility": "all"}) };
    github.fault(Fault::new(Matcher::method("POST"), other));
    assert!(Connection::to(&github).send("POST", LIST, Some(&npm(&github, "x"))).is_err());
    let held = github.configurations();
    let [twin] = held.as_slice() else { panic!("one of theirs, none of ours: {held:?}") };
    assert_eq!((twin.url.as_deref(), twin.visibility.as_str()), (Some("https://npm.acme.dev"), "all"));
    assert_eq!(twin.secret.as_deref(), Some("somebody-elses-secret"));
}

#[test]
fn redirects_point_to_the_given_address() {
    let (moved, held) = answered(Kind::Redirect { location: "http://elsewhere/".into() });
    assert_eq!((moved.status, moved.header("location"), held), (307, Some("http://elsewhere/"), 0));
}

#[test]
fn answers_can_be_mislabelled_empty_or_huge() {
    let (mislabelled, held) = answered(Kind::WrongContentType);
    assert_eq!((mislabelled.header("content-type"), held), (Some("text/html; charset=utf-8"), 1));
    assert_eq!(mislabelled.json()["name"], "NPM_REGISTRY_SECRET");

    let (empty, held) = answered(Kind::Empty { status: 200 });
    assert_eq!((empty.status, empty.body.as_str(), held), (200, "", 1));

    let (huge, _) = answered(Kind::HugeBody { bytes: 100_000 });
    assert_eq!(huge.body.len(), 100_000);
    assert_eq!(huge.json()["name"], "NPM_REGISTRY_SECRET");

    let (huge, _) = answered(Kind::HugeHeaders);
    assert!(huge.headers.values().map(String::len).sum::<usize>() > 1_000_000);
}

#[test]
fn lists_can_have_a_wrong_count_or_next_link() {
    let github = FakeGitHub::start();
    create(&github, &npm(&github, "x"));
    github.fault(Fault::new(Matcher::path("private-registries"), Kind::IncompleteList));
    github.fault(Fault::new(Matcher::any(), Kind::NextLinkElsewhere { url: "http://elsewhere/".into() }));

    let incomplete = get(&github, LIST);
    assert_eq!(incomplete.json()["total_count"], 2);
    assert_eq!(incomplete.json()["configurations"].as_array().map(Vec::len), Some(1));
    let elsewhere = get(&github, LIST);
    assert_eq!(elsewhere.header("link"), Some("<http://elsewhere/>; rel=\"next\""));
}

#[test]
fn an_answer_in_one_byte_chunks_is_whole() {
    let (answer, held) = answered(Kind::OneByteChunks);
    assert_eq!((answer.status, held), (201, 1));
    assert_eq!(answer.json()["name"], "NPM_REGISTRY_SECRET");
    let (answer, held) = answered(Kind::Text { status: 500, text: "no".to_owned() });
    assert_eq!((answer.status, answer.body.as_str(), held), (500, "no", 0));
}
