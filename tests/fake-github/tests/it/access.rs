//! Tokens, API versions and the headers that every answer carries.

use fake_github::{FakeGitHub, NOBODY_TOKEN, Options, READ_TOKEN, WRITE_TOKEN, json};

use crate::client::{Answer, Connection, LIST, get};

fn send_as(github: &FakeGitHub, token: &str, method: &str, path: &str) -> Answer {
    let headers = format!("user-agent: it\r\nauthorization: Bearer {token}\r\n");
    Connection::to(github).send_raw(method, path, &headers, "").expect("an answer")
}

#[test]
fn a_read_only_token_cannot_write() {
    let github = FakeGitHub::start();
    let name = github.add(json!({"registry_type": "npm_registry"}));
    let path = format!("{LIST}/{name}");

    assert_eq!(send_as(&github, READ_TOKEN, "GET", LIST).status, 200);
    for (method, path) in [("POST", LIST), ("PATCH", &path), ("DELETE", &path)] {
        let refused = send_as(&github, READ_TOKEN, method, path);
        assert_eq!(refused.status, 403);
        assert_eq!(refused.json()["message"], "Resource not accessible by integration");
        let permission = refused.header("x-accepted-github-permissions");
        assert_eq!(permission, Some("organization_private_registries=write"));
    }
    assert_eq!(github.configurations().len(), 1);
}

#[test]
fn a_token_without_permission_gets_404_and_an_unknown_one_401() {
    let github = FakeGitHub::start();
    for path in [LIST, "/orgs/acme/private-registries/public-key", "/repos/acme/api"] {
        assert_eq!(send_as(&github, NOBODY_TOKEN, "GET", path).status, 404);
        let unknown = send_as(&github, "ghost", "GET", path);
        assert_eq!((unknown.status, &unknown.json()["message"]), (401, &json!("Bad credentials")));
    }
    let nobody = Connection::to(&github).send_raw("GET", LIST, "user-agent: it\r\n", "").expect("an answer");
    assert_eq!(nobody.status, 401);
}

#[test]
fn a_user_agent_and_a_known_version_are_required() {
    let github = FakeGitHub::start();
    let enterprise = FakeGitHub::with(Options { ghes: true, ..Options::default() });
    let with_version = |github: &FakeGitHub, version: &str| {
        let headers =
            format!("user-agent: it\r\nx-github-api-version: {version}\r\nauthorization: Bearer {WRITE_TOKEN}\r\n");
        Connection::to(github).send_raw("GET", LIST, &headers, "").expect("an answer").status
    };

    assert_eq!(with_version(&github, "2026-03-10"), 200);
    assert_eq!(with_version(&github, "2022-11-28"), 200);
    assert_eq!(with_version(&github, "1999-01-01"), 400);
    assert_eq!(with_version(&enterprise, "2022-11-28"), 200);
    assert_eq!(with_version(&enterprise, "2026-03-10"), 400);
    let headers = format!("authorization: Bearer {WRITE_TOKEN}\r\n");
    let anonymous = Connection::to(&github).send_raw("GET", LIST, &headers, "").expect("an answer");
    assert_eq!(anonymous.status, 403);
    assert!(anonymous.body.contains("User-Agent"));
}

#[test]
fn every_answer_carries_githubs_headers() {
    let github = FakeGitHub::start();
    let first = get(&github, LIST);
    let second = get(&github, "/nowhere");

    assert_eq!(first.header("x-github-request-id"), Some("FA4E:0001"));
    assert_eq!(second.header("x-github-request-id"), Some("FA4E:0002"));
    assert_eq!(second.header("x-ratelimit-remaining"), Some("4998"));
    assert!(second.header("x-ratelimit-reset").is_some());
    assert_eq!(second.header("content-type"), Some("application/json; charset=utf-8"));
}
