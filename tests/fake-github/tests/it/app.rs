//! Signing in as a GitHub App: its signature, its installations, and what its tokens may do and for how long.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine as _};
use fake_github::{
    APP_CLIENT_ID, APP_ID, FakeGitHub, Fault, Kind, Matcher, Options, PermissionRequest, Value, WRITE_TOKEN, json, keys,
};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};

use crate::client::{Answer, Connection, LIST, create, npm};

const REGISTRIES: &str = "organization_private_registries";
const INSTALLATION: &str = "/orgs/acme/installation";
const WRITER: &[(&str, &str)] = &[(REGISTRIES, "write"), ("metadata", "read")];

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs().cast_signed()
}

/// Signs with a different implementation than the one that verifies.
fn signed(key: &str, header: &Value, claims: &Value) -> String {
    let body: String = key.lines().filter(|line| !line.starts_with("-----")).collect();
    let key = RsaKeyPair::from_der(&BASE64_STANDARD.decode(body).expect("base64")).expect("a key");
    let encode = |part: &Value| BASE64_URL_SAFE_NO_PAD.encode(part.to_string());
    let message = format!("{}.{}", encode(header), encode(claims));
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).expect("a signature");
    format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}

fn jwt(claims: &Value) -> String {
    signed(keys::APP, &json!({"alg": "RS256", "typ": "JWT"}), claims)
}

fn valid_claims() -> Value {
    json!({"iat": now() - 60, "exp": now() + 540, "iss": APP_CLIENT_ID})
}

fn send(github: &FakeGitHub, token: &str, method: &str, path: &str, body: Option<&Value>) -> Answer {
    Connection::to(github).send_as(token, method, path, body).expect("an answer")
}

fn as_app(github: &FakeGitHub, method: &str, path: &str, body: Option<&Value>) -> Answer {
    send(github, &jwt(&valid_claims()), method, path, body)
}

fn issue(github: &FakeGitHub, id: u64, body: &Value) -> Answer {
    as_app(github, "POST", &format!("/app/installations/{id}/access_tokens"), Some(body))
}

/// Returns a token of an installation that has these permissions.
fn token(github: &FakeGitHub, id: u64, permissions: &Value) -> String {
    let issued = issue(github, id, &json!({"permissions": permissions}));
    assert_eq!(issued.status, 201, "{}", issued.body);
    issued.json()["token"].as_str().expect("a token").to_owned()
}

fn status(github: &FakeGitHub, token: &str, method: &str, path: &str) -> u16 {
    send(github, token, method, path, None).status
}

#[test]
fn a_signature_must_be_the_apps_own_and_currently_valid() {
    let github = FakeGitHub::start();
    github.install_app("acme", WRITER);
    let with = |changes: Value| crate::client::with(valid_claims(), changes);
    let rs256 = json!({"alg": "RS256"});
    for accepted in [
        jwt(&valid_claims()),
        jwt(&with(json!({"iss": APP_ID}))),
        jwt(&with(json!({"iss": APP_ID.to_string()}))),
        signed(keys::APP, &rs256, &valid_claims()),
    ] {
        assert_eq!(status(&github, &accepted, "GET", INSTALLATION), 200);
    }
    let unsigned = {
        let whole = jwt(&valid_claims());
        let (message, _) = whole.rsplit_once('.').expect("three parts");
        format!("{message}.")
    };
    let other_claims = {
        let (one, other) = (jwt(&valid_claims()), jwt(&with(json!({"exp": now() + 1}))));
        let (message, _) = other.rsplit_once('.').expect("three parts");
        let (_, signature) = one.rsplit_once('.').expect("three parts");
        format!("{message}.{signature}")
    };
    let undecodable = "A JSON web token could not be decoded";
    for (refused, status, message) in [
        (signed(keys::OTHER, &rs256, &valid_claims()), 401, undecodable),
        (signed(keys::APP, &json!({"alg": "none"}), &valid_claims()), 401, undecodable),
        (unsigned, 401, undecodable),
        (other_claims, 401, undecodable),
        (WRITE_TOKEN.to_owned(), 401, undecodable),
        (jwt(&with(json!({"iat": now() + 10}))), 401, "'Issued at' claim"),
        (jwt(&with(json!({"iat": "now"}))), 401, "'Issued at' claim"),
        (jwt(&with(json!({"exp": now() - 1}))), 401, "'Expiration time' claim ('exp') must be"),
        (jwt(&with(json!({"exp": null}))), 401, "'Expiration time' claim ('exp') must be"),
        (jwt(&with(json!({"exp": now() + 610}))), 401, "too far in the future"),
        (jwt(&with(json!({"iss": "Iv1.another"}))), 404, "Integration not found"),
        (jwt(&with(json!({"iss": null}))), 404, "Integration not found"),
    ] {
        for path in [INSTALLATION, "/app/installations"] {
            let answer = send(&github, &refused, "GET", path, None);
            assert_eq!(answer.status, status, "{refused}: {}", answer.body);
            assert!(answer.body.contains(message), "{message}: {}", answer.body);
        }
    }
}

#[test]
fn times_are_checked_against_githubs_clock() {
    let github = FakeGitHub::start();
    github.install_app("acme", WRITER);
    for (ahead, status, date) in [(400, 200, true), (900, 401, true), (-30, 200, true), (-90, 401, true)] {
        github.set_clock_ahead(ahead);
        let answer = as_app(&github, "GET", INSTALLATION, None);
        assert_eq!((answer.status, answer.header("date").is_some()), (status, date), "{ahead}: {}", answer.body);
    }
}

#[test]
fn installations_are_shown_one_by_one_and_in_pages() {
    let github = FakeGitHub::with(Options { largest_page: 2, ..Options::default() });
    for login in ["beta", "gamma"] {
        github.add_organization(login);
        github.install_app(login, WRITER);
    }
    github.install_app_for_user("monalisa", &[("metadata", "read")]);
    assert_eq!(as_app(&github, "GET", INSTALLATION, None).status, 404);

    let beta = as_app(&github, "GET", "/orgs/BETA/installation", None).json();
    assert_eq!((&beta["account"]["login"], &beta["target_type"]), (&json!("beta"), &json!("Organization")));
    assert_eq!((&beta["permissions"][REGISTRIES], &beta["suspended_at"]), (&json!("write"), &Value::Null));

    let first = as_app(&github, "GET", "/app/installations?per_page=100&page=1", None);
    assert!(first.header("link").is_some_and(|link| link.contains("rel=\"next\"")), "{:?}", first.headers);
    let second = as_app(&github, "GET", "/app/installations?per_page=100&page=2", None).json();
    assert_eq!((first.json().as_array().map(Vec::len), second[0]["target_type"].as_str()), (Some(2), Some("User")));
}

#[test]
fn a_token_may_do_what_was_asked_for_on_its_organization_and_no_more() {
    let github = FakeGitHub::start();
    github.add_organization("beta");
    let (acme, beta) = (github.install_app("acme", WRITER), github.install_app("beta", WRITER));
    let delete = format!("{LIST}/{}", github.add(json!({"registry_type": "npm_registry"})));
    let reader = token(&github, acme, &json!({REGISTRIES: "read"}));
    let writer = token(&github, acme, &json!({REGISTRIES: "write", "metadata": "read"}));
    let elsewhere = token(&github, beta, &json!({REGISTRIES: "write", "metadata": "read"}));
    let sees_only = token(&github, acme, &json!({"metadata": "read"}));

    for (token, list, repository, public) in
        [(&reader, 200, 403, 200), (&writer, 200, 200, 200), (&elsewhere, 404, 404, 200), (&sees_only, 403, 200, 200)]
    {
        assert_eq!(status(&github, token, "GET", LIST), list);
        assert_eq!(status(&github, token, "GET", "/repos/acme/api"), repository);
        assert_eq!(status(&github, token, "GET", "/repos/acme/docs"), public);
        assert_eq!(status(&github, token, "GET", INSTALLATION), 401);
    }
    let refused = send(&github, &reader, "DELETE", &delete, None);
    assert_eq!(refused.header("x-accepted-github-permissions"), Some("organization_private_registries=write"));
    assert_eq!(refused.status, 403);
    assert_eq!(status(&github, &elsewhere, "DELETE", &delete), 404);
    assert_eq!(status(&github, &writer, "DELETE", &delete), 204);
}

#[test]
fn permissions_not_granted_are_refused_and_the_default_is_all_granted_ones() {
    let github = FakeGitHub::start();
    let id = github.install_app("acme", &[(REGISTRIES, "read"), ("contents", "write")]);
    for permissions in [json!({REGISTRIES: "write"}), json!({"metadata": "read"}), json!({REGISTRIES: "all"})] {
        let refused = issue(&github, id, &json!({"permissions": permissions}));
        assert_eq!((refused.status, github.issued_tokens().len()), (422, 0));
        assert_eq!(refused.json()["message"], "The permissions requested are not granted to this installation.");
    }
    let inherited = issue(&github, id, &json!({}));
    assert_eq!(inherited.json()["permissions"], json!({REGISTRIES: "read", "contents": "write"}));
    assert_eq!(issue(&github, id + 1, &json!({})).status, 404);
}

#[test]
fn undocumented_handling_of_the_permission_can_be_chosen() {
    let asked = json!({"permissions": {REGISTRIES: "read", "metadata": "read"}});
    for (request, status, told) in [
        (PermissionRequest::Accepted, 201, json!({REGISTRIES: "read", "metadata": "read"})),
        (PermissionRequest::Refused, 422, Value::Null),
        (PermissionRequest::Unknown, 422, Value::Null),
        (PermissionRequest::Ignored, 201, json!({REGISTRIES: "write", "metadata": "read"})),
        (PermissionRequest::LeftOut, 201, json!({"metadata": "read"})),
    ] {
        let github = FakeGitHub::with(Options { permission_request: request, ..Options::default() });
        let id = github.install_app("acme", WRITER);
        let answer = issue(&github, id, &asked);
        assert_eq!((answer.status, &answer.json()["permissions"]), (status, &told), "{request:?}: {}", answer.body);
        let is_not_granted = answer.body.contains("not granted");
        assert_eq!(is_not_granted, request == PermissionRequest::Unknown, "{request:?}: {}", answer.body);
    }
}

#[test]
fn a_token_expires_and_can_be_revoked_once() {
    let github = FakeGitHub::start();
    let id = github.install_app("acme", WRITER);
    github.set_token_lifetime(Duration::from_secs(1));
    let short = token(&github, id, &json!({REGISTRIES: "read"}));
    github.set_token_lifetime(Duration::from_hours(1));
    let revoked = token(&github, id, &json!({REGISTRIES: "read"}));
    assert_eq!((status(&github, &short, "GET", LIST), github.live_tokens().len()), (200, 2));

    assert_eq!(status(&github, &revoked, "DELETE", "/installation/token"), 204);
    assert_eq!(status(&github, &revoked, "DELETE", "/installation/token"), 401);
    assert_eq!(status(&github, &revoked, "GET", LIST), 401);
    assert_eq!(github.live_tokens().len(), 1);

    std::thread::sleep(Duration::from_millis(1_100));
    assert_eq!((status(&github, &short, "GET", LIST), github.live_tokens().len()), (401, 0));
    assert!(github.issued_tokens().iter().map(|issued| issued.is_revoked).eq([false, true]));
    assert_eq!(status(&github, WRITE_TOKEN, "DELETE", "/installation/token"), 404);
}

#[test]
fn tokens_have_both_of_githubs_formats() {
    let github = FakeGitHub::start();
    let id = github.install_app("acme", WRITER);
    let [short, long] = [0, 1].map(|_| token(&github, id, &json!({REGISTRIES: "read"})));
    assert_eq!((short.len(), long.len() > 400), (40, true));
    assert!(long.contains('.') && long.contains(['-', '_']));
}

#[test]
fn a_suspended_app_is_shown_and_can_do_nothing() {
    let github = FakeGitHub::start();
    let id = github.install_app("acme", WRITER);
    let before = token(&github, id, &json!({REGISTRIES: "read"}));
    github.suspend_app("acme", true);

    assert!(as_app(&github, "GET", INSTALLATION, None).json()["suspended_at"].is_string());
    let refused = issue(&github, id, &json!({}));
    assert_eq!((refused.status, &refused.json()["message"]), (403, &json!("This installation has been suspended")));
    assert_eq!(status(&github, &before, "GET", LIST), 403);
    github.suspend_app("acme", false);
    assert_eq!(status(&github, &before, "GET", LIST), 200);
    github.uninstall_app("acme");
    assert_eq!(status(&github, &before, "GET", LIST), 401);
    assert_eq!(as_app(&github, "GET", INSTALLATION, None).status, 404);
}

#[test]
fn an_app_may_be_limited_to_some_repositories() {
    let github = FakeGitHub::start();
    let id = github.install_app("acme", WRITER);
    github.limit_app_to("acme", &["api"]);
    let issued = issue(&github, id, &json!({"permissions": {REGISTRIES: "read", "metadata": "read"}})).json();
    assert_eq!(issued["repository_selection"], "selected");
    let token = issued["token"].as_str().expect("a token");
    let found =
        ["api", "web", "docs", "tools"].map(|name| status(&github, token, "GET", &format!("/repos/acme/{name}")));
    assert_eq!(found, [200, 404, 200, 404]);
}

/// A client can't revoke a token that it never received.
#[test]
fn a_token_whose_answer_is_lost_does_not_count() {
    let github = FakeGitHub::start();
    let id = github.install_app("acme", WRITER);
    for kind in [Kind::DropAfter, Kind::Truncated, Kind::HtmlAfter { status: 502 }, Kind::Empty { status: 201 }] {
        github.fault(Fault::new(Matcher::path("access_tokens"), kind));
        let (token, path) = (jwt(&valid_claims()), format!("/app/installations/{id}/access_tokens"));
        let _ = Connection::to(&github).send_as(&token, "POST", &path, Some(&json!({})));
    }
    assert_eq!((github.issued_tokens().len(), github.live_tokens().len()), (4, 0));
    assert!(github.issued_tokens().iter().all(|issued| issued.is_lost));
}

#[test]
fn each_organization_has_its_own_configurations_repositories_and_key() {
    let github = FakeGitHub::start();
    github.add_organization("beta");
    assert_eq!(create(&github, &npm(&github, "of acme")).status, 201);
    let (key_id, key) = github.in_organization("beta", |beta| beta.public_key());
    assert!(github.public_key().0 != key_id && github.public_key().1 != key);
    let post = |body: &Value| send(&github, WRITE_TOKEN, "POST", "/orgs/BETA/private-registries", Some(body));
    assert_eq!(post(&npm(&github, "with the key of acme")).status, 422);

    let body = json!({
        "registry_type": "npm_registry",
        "url": "https://npm.beta.dev",
        "visibility": "selected",
        "selected_repository_ids": [2001],
        "encrypted_value": crate::client::seal(&key, "of beta"),
        "key_id": key_id,
    });
    assert_eq!(post(&body).status, 201);
    let held = github.in_organization("beta", |beta| beta.configurations().to_vec());
    assert_eq!((held.len(), held[0].secret.as_deref()), (1, Some("of beta")));
    assert_eq!(github.configurations()[0].secret.as_deref(), Some("of acme"));
    let repository = send(&github, WRITE_TOKEN, "GET", "/repos/beta/api", None).json();
    assert_eq!((&repository["id"], &repository["full_name"]), (&json!(2001), &json!("beta/api")));
    assert_eq!(send(&github, WRITE_TOKEN, "GET", "/repositories/2001", None).status, 200);
    assert_eq!(send(&github, WRITE_TOKEN, "GET", "/orgs/gamma/private-registries", None).status, 404);
}
