//! What is refused with a 422, and in which of GitHub's formats.

use fake_github::{FakeGitHub, Value, WRITE_TOKEN, json};

use crate::client::{Connection, LIST, create, npm, seal, send, with};

#[test]
fn schema_violations_are_reported_as_objects() {
    let github = FakeGitHub::start();
    let cases = [
        (json!({"url": null}), "url", "missing_field"),
        (json!({"registry_type": "conda_channel"}), "registry_type", "invalid"),
        (json!({"visibility": "public"}), "visibility", "invalid"),
        (json!({"url": "npm.acme.dev"}), "url", "invalid"),
        (json!({"replaces_base": "true"}), "replaces_base", "invalid"),
        (json!({"selected_repository_ids": ["api"]}), "selected_repository_ids/0", "invalid"),
        (json!({"encrypted_value": "not base64"}), "encrypted_value", "invalid"),
        (json!({"pasword": "x"}), "pasword", "invalid"),
    ];
    for (changes, field, code) in cases {
        let answer = create(&github, &with(npm(&github, "x"), changes));

        let body = answer.json();
        assert_eq!(answer.status, 422, "{field}: {body}");
        assert_eq!(body["errors"][0]["field"], field, "{body}");
        assert_eq!(body["errors"][0]["code"], code, "{body}");
        assert!(body["message"].as_str().is_some_and(|message| message.starts_with("Invalid request.\n\n")), "{body}");
    }
    assert!(github.configurations().is_empty());
}

#[test]
fn each_auth_type_has_required_fields() {
    let github = FakeGitHub::start();
    let cases = [
        ("token", vec!["encrypted_value", "key_id"]),
        ("username_password", vec!["username", "encrypted_value", "key_id"]),
        ("oidc_azure", vec!["tenant_id", "client_id"]),
        ("oidc_aws", vec!["aws_region", "account_id", "role_name", "domain", "domain_owner"]),
        ("oidc_jfrog", vec!["jfrog_oidc_provider_name"]),
        ("oidc_cloudsmith", vec!["namespace", "service_slug", "audience"]),
        ("oidc_gcp", vec!["workload_identity_provider"]),
    ];
    for (auth_type, required) in cases {
        let bare = json!({"registry_type": "npm_registry", "url": "https://a.dev", "visibility": "all"});
        let bare = with(bare, json!({"auth_type": auth_type}));

        let answer = create(&github, &bare);

        assert_eq!(answer.status, 422);
        assert_eq!(answer.json()["message"], "Failed to create private registry configuration");
        let expected: Vec<_> =
            required.iter().map(|field| format!("{field} is required for auth_type {auth_type}")).collect();
        assert_eq!(answer.json()["errors"], json!(expected));
    }
}

#[test]
fn oidc_ignores_a_secret_but_the_request_shows_it() {
    let github = FakeGitHub::start();
    let oidc = json!({"auth_type": "oidc_jfrog", "jfrog_oidc_provider_name": "github"});

    assert_eq!(create(&github, &with(npm(&github, "x"), oidc)).status, 201);

    assert_eq!(github.configurations()[0].secret, None);
    let sent = github.requests().remove(0).body.expect("a body");
    assert!(sent["encrypted_value"].is_string());
}

#[test]
fn a_box_must_be_sealed_for_the_current_key() {
    let github = FakeGitHub::start();
    let elsewhere = FakeGitHub::start();
    elsewhere.rotate_key();
    let (_, foreign) = elsewhere.public_key();

    let cases = [
        (json!({"encrypted_value": seal(&foreign, "x")}), "encrypted_value could not be decrypted"),
        (json!({"encrypted_value": "AAAA"}), "encrypted_value could not be decrypted"),
        (json!({"key_id": "012345"}), "key_id is not the current public key"),
    ];
    for (changes, reason) in cases {
        let answer = create(&github, &with(npm(&github, "x"), changes));
        assert_eq!((answer.status, &answer.json()["errors"]), (422, &json!([reason])));
    }
}

#[test]
fn selected_repositories_must_exist_and_need_the_visibility_selected() {
    let github = FakeGitHub::start();
    let name = github.add(json!({"registry_type": "npm_registry", "visibility": "selected"}));
    let path = format!("{LIST}/{name}");
    let update = |body: Value| send(&github, "PATCH", &path, Some(&body));

    assert_eq!(update(json!({"selected_repository_ids": [1001]})).status, 422);
    assert_eq!(update(json!({"visibility": "all", "selected_repository_ids": [1001]})).status, 422);
    let unknown = update(json!({"visibility": "selected", "selected_repository_ids": [1001, 5]}));
    assert_eq!(unknown.status, 422);
    assert_eq!(unknown.json()["errors"][0]["value"], 5);
    assert_eq!(update(json!({"visibility": "selected", "selected_repository_ids": [1001]})).status, 204);
    assert_eq!(github.configurations()[0].selected_repository_ids, [1001]);
}

#[test]
fn registry_type_and_auth_type_cannot_change() {
    let github = FakeGitHub::start();
    let name = github.add(json!({"registry_type": "npm_registry"}));
    let path = format!("{LIST}/{name}");

    let changed = json!({"auth_type": "username_password", "registry_type": "git_source"});
    let answer = send(&github, "PATCH", &path, Some(&changed));
    assert_eq!(answer.status, 422);
    assert_eq!(answer.json()["message"], "Failed to update private registry configuration");
    assert_eq!(answer.json()["errors"].as_array().map(Vec::len), Some(2));
    let same = json!({"auth_type": "token", "registry_type": "npm_registry"});
    assert_eq!(send(&github, "PATCH", &path, Some(&same)).status, 204);
}

#[test]
fn a_body_must_be_an_object_and_not_too_large() {
    let github = FakeGitHub::start();
    let headers = format!("user-agent: it\r\nauthorization: Bearer {WRITE_TOKEN}\r\n");
    let post = |body: &str| Connection::to(&github).send_raw("POST", LIST, &headers, body).expect("an answer");

    assert_eq!(post("{").status, 400);
    assert_eq!(post("[]").status, 400);
    assert_eq!(post("").status, 422);
    assert_eq!(post(&"x".repeat(2 * 1024 * 1024)).status, 413);
}
