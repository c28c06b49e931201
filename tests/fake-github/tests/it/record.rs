//! What the fake records about requests.

use std::time::{Duration, Instant};

use fake_github::{FakeGitHub, WRITE_TOKEN, json};

use crate::client::{Connection, LIST, create, get, npm};

#[test]
fn a_request_is_one_line_without_anything_random() {
    let github = FakeGitHub::start();
    create(&github, &npm(&github, "s3cret"));
    get(&github, &format!("{LIST}?per_page=100"));

    let lines: Vec<String> = github.requests().iter().map(ToString::to_string).collect();

    let key_id = github.public_key().0;
    assert_eq!(
        lines,
        [
            format!(
                "POST /orgs/acme/private-registries {{\"encrypted_value\":\"<sealed 54 bytes>\",\"key_id\":\"{key_id}\",\
                 \"registry_type\":\"npm_registry\",\"url\":\"https://npm.acme.dev\",\"visibility\":\"all\"}} -> 201"
            ),
            "GET /orgs/acme/private-registries?per_page=100 -> 200".to_owned(),
        ]
    );
}

#[test]
fn connections_are_told_apart_and_kept_alive() {
    let github = FakeGitHub::start();
    let mut first = Connection::to(&github);
    for _ in 0..2 {
        first.send("GET", LIST, None).expect("an answer");
    }
    get(&github, LIST);

    let requests = github.requests();

    assert_eq!(requests.iter().map(|request| request.connection).collect::<Vec<_>>(), [1, 1, 2]);
    assert_eq!(requests[0].token.as_deref(), Some(WRITE_TOKEN));
    assert_eq!(requests[0].headers["user-agent"], "it");
    github.clear_requests();
    assert!(github.requests().is_empty());
}

#[test]
fn latency_delays_every_answer() {
    let github = FakeGitHub::start();
    github.set_latency(Duration::from_millis(50));
    let start = Instant::now();
    get(&github, LIST);
    assert!(start.elapsed() >= Duration::from_millis(50));
}

#[test]
fn the_final_state_serializes_for_a_snapshot() {
    let github = FakeGitHub::start();
    github.add(json!({"registry_type": "npm_registry", "secret": "x", "created_at": "c", "updated_at": "u"}));

    let state = serde_json::to_value(github.configurations()).expect("JSON");

    assert_eq!(
        state,
        json!([{
            "name": "NPM_REGISTRY_SECRET", "registry_type": "npm_registry", "auth_type": "token", "username": null,
            "replaces_base": false, "visibility": "all", "selected_repository_ids": [], "secret": "x",
            "created_at": "c", "updated_at": "u",
        }])
    );
}
