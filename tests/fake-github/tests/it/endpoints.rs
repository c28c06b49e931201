//! The answer of each endpoint, and what GitHub stores afterwards.

use fake_github::{FakeGitHub, Options, json};

use crate::client::{LIST, create, get, npm, send, with};

#[test]
fn post_picks_a_name_opens_the_box_and_returns_all_fields() {
    let github = FakeGitHub::start();
    let body = with(npm(&github, "s3cret"), json!({"visibility": "selected", "selected_repository_ids": [1001, 1003]}));

    let answer = create(&github, &body);

    assert_eq!(answer.status, 201);
    let created = answer.json();
    assert_eq!(created["name"], "NPM_REGISTRY_SECRET");
    assert_eq!(created["auth_type"], "token");
    assert_eq!(created["replaces_base"], false);
    assert_eq!(created["selected_repository_ids"], json!([1001, 1003]));
    assert!(created["created_at"].as_str().is_some_and(|at| at.len() == 20 && at.ends_with('Z')), "{created}");
    let held = github.configuration("NPM_REGISTRY_SECRET").expect("the configuration");
    assert_eq!(held.secret.as_deref(), Some("s3cret"));
    assert_eq!(held.selected_repository_ids, [1001, 1003]);
}

#[test]
fn names_of_a_type_are_numbered_and_freed_names_are_reused() {
    let github = FakeGitHub::start();
    let name = || create(&github, &npm(&github, "x")).json()["name"].clone();

    assert_eq!([name(), name(), name()], ["NPM_REGISTRY_SECRET", "NPM_REGISTRY_SECRET_2", "NPM_REGISTRY_SECRET_3"]);
    github.remove("NPM_REGISTRY_SECRET_2");
    assert_eq!(name(), "NPM_REGISTRY_SECRET_2");
}

#[test]
fn write_only_fields_are_never_returned() {
    let github = FakeGitHub::start();
    let body = with(npm(&github, "s3cret"), json!({"visibility": "selected", "selected_repository_ids": [1001]}));
    create(&github, &body);

    let one = get(&github, "/orgs/acme/private-registries/NPM_REGISTRY_SECRET");
    let all = get(&github, LIST);

    for field in ["encrypted_value", "key_id", "secret", "selected_repository_ids"] {
        assert!(!one.body.contains(field), "{}", one.body);
        assert!(!all.body.contains(field), "{}", all.body);
    }
    assert_eq!(one.json()["username"], json!(null));
    assert_eq!(all.json()["configurations"][0], one.json());
}

#[test]
fn patch_changes_only_the_given_fields_and_returns_no_body() {
    let github = FakeGitHub::start();
    create(&github, &with(npm(&github, "s3cret"), json!({"username": "bot"})));
    let path = "/orgs/acme/private-registries/NPM_REGISTRY_SECRET";

    let answer = send(&github, "PATCH", path, Some(&json!({"url": "https://two.acme.dev"})));

    assert_eq!((answer.status, answer.body.as_str()), (204, ""));
    let held = github.configurations().remove(0);
    assert_eq!(held.url.as_deref(), Some("https://two.acme.dev"));
    assert_eq!(held.username.as_deref(), Some("bot"));
    assert_eq!(held.secret.as_deref(), Some("s3cret"));

    for cleared in [json!(null), json!("")] {
        github.change("NPM_REGISTRY_SECRET", "username", "bot");
        assert_eq!(send(&github, "PATCH", path, Some(&json!({"username": cleared}))).status, 204);
        assert_eq!(github.configurations()[0].username, None);
    }
    let wider = json!({"visibility": "private"});
    github.change("NPM_REGISTRY_SECRET", "visibility", "selected");
    github.change("NPM_REGISTRY_SECRET", "selected_repository_ids", json!([1001]));
    send(&github, "PATCH", path, Some(&wider));
    assert!(github.configurations()[0].selected_repository_ids.is_empty());
}

#[test]
fn delete_is_final() {
    let github = FakeGitHub::start();
    let name = github.add(json!({"registry_type": "git_source", "url": "https://git.acme.dev"}));
    let path = format!("{LIST}/{name}");

    assert_eq!(send(&github, "DELETE", &path, None).status, 204);
    assert_eq!(send(&github, "DELETE", &path, None).status, 404);
    assert_eq!(get(&github, &path).status, 404);
    assert!(github.configurations().is_empty());
}

#[test]
fn lists_come_in_pages_that_link_to_each_other() {
    let github = FakeGitHub::start();
    for n in 0..31 {
        github.add(json!({"registry_type": "npm_registry", "url": format!("https://{n}.acme.dev")}));
    }

    let first = get(&github, LIST);
    assert_eq!(first.json()["total_count"], 31);
    assert_eq!(first.json()["configurations"].as_array().map(Vec::len), Some(30));
    let next = "<http://fake/orgs/acme/private-registries?per_page=30&page=2>";
    assert_eq!(first.header("link"), Some(format!("{next}; rel=\"next\", {next}; rel=\"last\"").as_str()));

    let second = get(&github, &format!("{LIST}?page=2"));
    assert_eq!(second.json()["configurations"][0]["url"], "https://30.acme.dev");
    let all = get(&github, &format!("{LIST}?per_page=100"));
    assert_eq!(all.json()["configurations"].as_array().map(Vec::len), Some(31));
    assert_eq!(all.header("link"), None);
}

#[test]
fn defaults_are_filled_in_where_github_documents_them() {
    let github = FakeGitHub::start();
    let aws = github.add(json!({"registry_type": "npm_registry", "auth_type": "oidc_aws"}));
    let cloudsmith =
        github.add(json!({"registry_type": "npm_registry", "auth_type": "oidc_cloudsmith", "audience": "a"}));

    let held = |name| github.configuration(name).expect("the configuration");
    assert_eq!(held(&aws).audience.as_deref(), Some("sts.amazonaws.com"));
    assert_eq!(held(&aws).api_host, None);
    assert_eq!(held(&cloudsmith).audience.as_deref(), Some("a"));
    assert_eq!(held(&cloudsmith).api_host.as_deref(), Some("api.cloudsmith.io"));
}

#[test]
fn repositories_and_organizations_are_found_in_any_case() {
    let github = FakeGitHub::start();
    github.add_repository("Infra", 7, "internal");

    let infra = get(&github, "/repos/ACME/infra").json();
    assert_eq!(infra["id"], 7);
    assert_eq!(infra["full_name"], "acme/Infra");
    assert_eq!(infra["private"], true);
    assert_eq!(get(&github, "/repos/acme/docs").json()["private"], false);
    assert_eq!(get(&github, "/repos/acme/none").status, 404);
    assert_eq!(get(&github, "/repos/other/api").status, 404);
    assert_eq!(get(&github, "/orgs/Acme/private-registries").status, 200);
}

#[test]
fn the_former_name_of_a_repository_redirects_to_it() {
    let github = FakeGitHub::with(Options { base_path: "/api/v3".into(), ..Options::default() });
    github.move_repository("api", "acme", "backend");
    github.move_repository("web", "other", "site");
    for (former, id, full_name) in [("api", 1001, "acme/backend"), ("web", 1002, "other/site")] {
        let moved = get(&github, &format!("/repos/acme/{former}"));
        let location = format!("http://fake/api/v3/repositories/{id}");
        assert_eq!((moved.status, moved.header("location")), (301, Some(location.as_str())));
        let found = get(&github, &format!("/repositories/{id}")).json();
        assert_eq!((&found["id"], &found["full_name"]), (&json!(id), &json!(full_name)));
    }
    assert_eq!(get(&github, "/repos/acme/backend").json()["id"], 1001);
    assert_eq!(get(&github, "/repos/acme/site").status, 404);
}

#[test]
fn unknown_paths_and_names_are_not_found() {
    let github = FakeGitHub::start();
    for (method, path) in [("GET", "/"), ("GET", "/orgs/other/private-registries"), ("PUT", LIST), ("DELETE", LIST)] {
        let answer = send(&github, method, path, None);
        assert_eq!(answer.status, 404);
        assert_eq!(answer.json()["message"], "Not Found");
        assert_eq!(answer.json()["status"], "404");
    }
}

#[test]
fn unknown_fields_and_values_are_returned() {
    let github = FakeGitHub::start();
    let name = github.add(json!({"registry_type": "conda_channel", "auth_type": null, "colour": "blue"}));
    assert_eq!(name, "CONDA_CHANNEL_SECRET");

    let shown = get(&github, &format!("{LIST}/{name}")).json();

    assert_eq!(shown["colour"], "blue");
    assert_eq!(shown.get("auth_type"), None);
}

#[test]
fn a_rotated_key_is_served_and_the_old_one_refused() {
    let github = FakeGitHub::start();
    let old = npm(&github, "x");
    github.rotate_key();

    let served = get(&github, "/orgs/acme/private-registries/public-key").json();
    let (key_id, key) = github.public_key();
    assert_eq!(served, json!({"key_id": key_id, "key": key}));
    let refused = create(&github, &old);
    assert_eq!(refused.status, 422);
    assert_eq!(refused.json()["errors"], json!(["key_id is not the current public key"]));
    assert_eq!(create(&github, &npm(&github, "x")).status, 201);
}
