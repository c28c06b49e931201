//! What a test can choose about GitHub.

use fake_github::{FakeGitHub, Naming, Options, SameUrl, Stamps, json};

use crate::client::{LIST, create, get, npm, send, with};

#[test]
fn opaque_names_survive_in_a_path_only_when_encoded() {
    let github = FakeGitHub::with(Options { naming: Naming::Opaque, ..Options::default() });

    assert_eq!(create(&github, &npm(&github, "x")).json()["name"], "npm registry/é #1");

    assert_eq!(get(&github, &format!("{LIST}/npm%20registry%2F%C3%A9%20%231")).status, 200);
}

#[test]
fn a_base_path_is_part_of_the_address() {
    let github = FakeGitHub::with(Options { base_path: "/api/v3".into(), ..Options::default() });

    assert!(github.url().ends_with("/api/v3"));
    assert_eq!(get(&github, LIST).status, 200);
    assert_eq!(github.requests()[0].path, "/api/v3/orgs/acme/private-registries");
}

#[test]
fn the_same_url_can_be_refused() {
    let github = FakeGitHub::with(Options { same_url: SameUrl::Refuse, ..Options::default() });
    let body = npm(&github, "x");
    assert_eq!(create(&github, &body).status, 201);

    let second = create(&github, &body);

    assert_eq!(second.status, 422);
    assert_eq!(second.json()["errors"][0]["code"], "already_exists");
    let other_type = with(body, json!({"registry_type": "git_source"}));
    assert_eq!(create(&github, &other_type).status, 201);
    let path = format!("{LIST}/NPM_REGISTRY_SECRET");
    assert_eq!(send(&github, "PATCH", &path, Some(&json!({"url": "https://npm.acme.dev"}))).status, 204);
}

#[test]
fn hex_can_be_refused() {
    let github = FakeGitHub::with(Options { hex_refused: true, ..Options::default() });

    let refused = create(&github, &with(npm(&github, "x"), json!({"registry_type": "hex_organization"})));

    assert_eq!(refused.status, 422);
    let errors = refused.json()["errors"].to_string();
    assert!(errors.starts_with("[\"registry_type must be one of: maven_repository, "), "{errors}");
}

#[test]
fn ids_can_be_accepted_without_a_visibility_in_the_same_body() {
    let github = FakeGitHub::with(Options { ids_need_visibility: false, ..Options::default() });
    let selected = github.add(json!({"registry_type": "npm_registry", "visibility": "selected"}));
    let all = github.add(json!({"registry_type": "npm_registry", "visibility": "all"}));
    let ids = json!({"selected_repository_ids": [1001]});

    assert_eq!(send(&github, "PATCH", &format!("{LIST}/{selected}"), Some(&ids)).status, 204);
    assert_eq!(send(&github, "PATCH", &format!("{LIST}/{all}"), Some(&ids)).status, 422);
}

#[test]
fn answers_can_be_minimal() {
    let github = FakeGitHub::with(Options { minimal_answers: true, ..Options::default() });
    let name = github.add(json!({"registry_type": "npm_registry", "url": "https://a.dev"}));

    let shown = get(&github, &format!("{LIST}/{name}")).json();

    let fields: Vec<_> = shown.as_object().expect("an object").keys().cloned().collect();
    assert_eq!(fields.len(), 6, "{fields:?}");
    assert_eq!(shown["url"], "https://a.dev");
}

#[test]
fn dates_can_be_wrong() {
    let created = |stamps| {
        let github = FakeGitHub::with(Options { stamps, ..Options::default() });
        create(&github, &npm(&github, "x")).json()["created_at"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(created(Stamps::Constant), "2011-01-26T19:01:12Z");
    let (behind, now) = (created(Stamps::Ahead(-86_400)), created(Stamps::True));
    assert!(behind < now && now < created(Stamps::Ahead(86_400)), "{behind} {now}");
}
