//! A replacement that GitHub refuses: the old configuration is deleted only if its existence is certainly the reason.

use fake_github::{FakeGitHub, Fault, Kind, Matcher, Options, SameUrl, Value, json};

use crate::harness::{Run, Step};

const POST: &str = "POST /orgs/acme/private-registries";
const DELETE: &str = "DELETE /orgs/acme/private-registries/NPM_REGISTRY_SECRET";

/// Returns an organization with one registry that is to be replaced.
fn github(same_url: SameUrl) -> FakeGitHub {
    let github = FakeGitHub::with(Options { same_url, ..Options::default() });
    github.add(json!({"registry_type": "npm_registry", "url": "https://npm.acme.dev", "secret": "old",
        "auth_type": "username_password", "username": "monalisa", "visibility": "selected", "replaces_base": true,
        "selected_repository_ids": [1001]}));
    github
}

fn replace(github: &FakeGitHub) -> Step<'_> {
    let manifest = "version: 1\nregistries:\n  npm: {type: npm-registry, url: 'https://npm.acme.dev', token: '${A}', \
                    visibility: private}\n";
    Step::new(github, "apply").manifest(manifest).secret_env("A", "the-secret")
}

fn refused(status: u16, body: &Value) -> Fault {
    Fault::new(Matcher::method("POST"), Kind::answer(status, body.clone()))
}

fn already_exists(field: &str) -> Value {
    json!({"resource": "PrivateRegistry", "code": "already_exists", "field": field})
}

fn run_refused(status: u16, body: &Value) -> (Run, FakeGitHub) {
    let github = github(SameUrl::Accept);
    github.fault(refused(status, body));
    (replace(&github).run(), github)
}

#[test]
fn only_an_unambiguous_duplicate_error_deletes_the_old_one_first() {
    let message = |message: &str| json!({"message": message});
    let errors = |errors: Value| json!({"message": "Validation Failed", "errors": errors});
    let taken = [
        errors(json!([already_exists("url")])),
        errors(json!([already_exists("registry_type"), already_exists("url")])),
        errors(json!([already_exists("type")])),
        errors(json!(already_exists("name"))),
        errors(json!(["url has already been taken"])),
        errors(json!(["Url already exists."])),
        errors(json!("URL has already been taken.")),
        errors(json!(["Registry type already exists", already_exists("url")])),
        message("Url has already been taken"),
        json!({"message": "URL already exists.", "errors": []}),
        json!({"message": "Name has already been taken", "errors": null}),
    ];
    for body in taken {
        for status in [409, 422] {
            let (run, github) = run_refused(status, &body);
            let expected = [POST, DELETE, POST].map(str::to_owned).to_vec();
            assert_eq!((run.status, run.writes()), (Some(0), expected), "{body}: {}", run.log);
            assert_eq!(github.configurations().len(), 1);
        }
    }
}

/// Each of these is, or may be, about something else.
#[test]
fn any_other_refusal_keeps_the_old_one_and_suggests_delete_first() {
    let message = |message: &str| json!({"message": message});
    let errors = |errors: Value| json!({"message": "Validation Failed", "errors": errors});
    let others = [
        message("selected_repository_ids contains duplicate ids"),
        message("The organization already has a pending migration"),
        message("https://npm.acme.dev/duplicate is not reachable"),
        message("Name must be unique"),
        message("This url is already in use"),
        message("A private registry configuration with this registry_type and url already exists"),
        message("Validation failed: Url has already been taken"),
        message("url already exists and visibility is invalid"),
        message("key_name already exists"),
        message("already exists"),
        message("replaces_base for this registry_type has already been taken"),
        errors(json!(["selected_repository_ids has already been taken"])),
        errors(json!([{"code": "already_exists"}])),
        errors(json!([already_exists("selected_repository_ids")])),
        errors(json!([{"code": "invalid", "field": "url", "message": "url already exists"}])),
        errors(json!([already_exists("url"), {"code": "invalid", "field": "username"}])),
        errors(json!(["url already exists", "tenant_id is unknown"])),
        json!({"message": "url already exists", "errors": ["visibility is not allowed"]}),
        json!({"errors": []}),
        json!(["url already exists"]),
        Value::Null,
    ];
    for body in others {
        for status in [409, 422] {
            let (run, github) = run_refused(status, &body);
            assert_eq!((run.status, run.writes()), (Some(1), vec![POST.to_owned()]), "{body}: {}", run.log);
            assert_eq!(run.output("changed"), "false");
            assert_eq!(github.configurations()[0].secret.as_deref(), Some("old"), "{body}");
            assert!(run.log.contains("the old NPM_REGISTRY_SECRET was left in place"), "{body}: {}", run.log);
            assert!(run.log.contains("`replace: delete-first`") && run.summary.contains("delete-first"), "{}", run.log);
        }
    }
}

#[test]
fn delete_first_deletes_the_old_one_once_the_new_secret_is_sealed() {
    for same_url in [SameUrl::Accept, SameUrl::Refuse] {
        let github = github(same_url);
        let planned = replace(&github).with("operation", "plan").with("replace", "delete-first").run();
        assert!(planned.log.contains("NPM_REGISTRY_SECRET is deleted, then a new one is created"), "{}", planned.log);
        let step = replace(&github).with("replace", "delete-first");
        let run = step.with("plan-id", planned.output("plan-id")).run();
        assert_eq!((run.status, run.writes()), (Some(0), [DELETE, POST].map(str::to_owned).to_vec()), "{}", run.log);
        assert_eq!(github.configurations()[0].secret.as_deref(), Some("the-secret"));
        assert_eq!((run.output("replace-count"), github.configurations().len()), ("1", 1));
    }
    // The order of deletion and creation is part of what is reviewed.
    let github = github(SameUrl::Accept);
    let reviewed = replace(&github).with("operation", "plan").run().output("plan-id").to_owned();
    let run = replace(&github).with("replace", "delete-first").with("plan-id", &reviewed).run();
    assert_eq!((run.status, run.writes().len()), (Some(1), 0), "{}", run.log);

    // Nothing is deleted before the secret and the key to seal it with are available.
    let run = replace(&github).with("replace", "delete-first").without("A").run();
    assert_eq!((run.status, run.writes().len()), (Some(2), 0), "{}", run.log);
    github.fault(Fault::new(Matcher::path("/public-key"), Kind::Html { status: 502 }).times(usize::MAX));
    for resend in ["always", "on-change"] {
        let step = replace(&github).with("replace", "delete-first").with("resend", resend);
        let run = step.with("max-wait", "0s").run();
        assert_eq!((run.status, run.writes().len()), (Some(1), 0), "{}", run.log);
    }
}

#[test]
fn a_refusal_after_the_deletion_is_retried_once() {
    for (same_url, order, before) in [(SameUrl::Refuse, "create-first", 1), (SameUrl::Accept, "delete-first", 0)] {
        let github = github(same_url);
        github.fault(refused(422, &json!({"message": "url already exists"})).skip(before));
        let run = replace(&github).with("replace", order).run();
        assert_eq!((run.status, run.output("replace-count")), (Some(0), "1"), "{}", run.log);
        assert_eq!(run.writes().len(), before + 3, "{:?}", run.writes());
        assert_eq!(github.configurations()[0].secret.as_deref(), Some("the-secret"));
    }
}

/// All fields are named, so that a person can create it again.
#[test]
fn a_lost_configuration_is_reported_with_all_its_fields() {
    for (same_url, order, before) in [(SameUrl::Refuse, "create-first", 1), (SameUrl::Accept, "delete-first", 0)] {
        let github = github(same_url);
        github.change("NPM_REGISTRY_SECRET", "some_new_field", "its value");
        github.fault(refused(422, &json!({"message": "Not today"})).skip(before).times(usize::MAX));
        let run = replace(&github).with("replace", order).run();
        assert_eq!((run.status, run.output("changed")), (Some(1), "true"), "{}", run.log);
        assert_eq!(run.writes().len(), before + 3, "{:?}", run.writes());
        let told = run.result()["changes"][0]["error"].as_str().unwrap().to_owned();
        for part in [
            "NPM_REGISTRY_SECRET was deleted",
            "Not today",
            "- registry_type: npm_registry",
            "- auth_type: username_password",
            "- url: https://npm.acme.dev",
            "- username: monalisa",
            "- visibility: selected",
            "- replaces_base: true",
            "- some_new_field: its value",
            "- secret: GitHub never returns it: set A again",
            "- selected_repository_ids: GitHub never returns them",
        ] {
            assert!(told.contains(part), "{part} in {told}");
        }
    }
}

/// An earlier lost creation may still be carried out, whatever fails afterwards.
#[test]
fn a_lost_creation_before_the_refusal_is_reported() {
    let github = github(SameUrl::Accept);
    github.fault(Fault::new(Matcher::method("POST"), Kind::DropBefore));
    github.fault(refused(422, &json!({"message": "url already exists"})));
    // The list, the key, two looks for the lost creation, and one after the refusal.
    let lists = Matcher::method("GET").and_path("/private-registries");
    let body = json!({"message": "Bad credentials"});
    github.fault(Fault::new(lists, Kind::answer(401, body)).skip(5));
    let run = replace(&github).run();
    assert_eq!((run.status, run.output("changed"), run.writes().len()), (Some(1), "true", 2), "{}", run.log);
    assert!(run.log.contains("an earlier attempt of the write got no clear answer"), "{}", run.log);
}

/// The POST after the deletion is lost; the program looks for it as for any other, and finds it.
#[test]
fn a_lost_creation_after_the_deletion_is_settled() {
    for kind in [Kind::DropAfter, Kind::DropBefore, Kind::HtmlAfter { status: 502 }] {
        let github = github(SameUrl::Accept);
        github.fault(Fault::new(Matcher::method("POST"), kind.clone()));
        let run = replace(&github).with("replace", "delete-first").run();
        assert_eq!((run.status, github.configurations().len()), (Some(0), 1), "{kind:?}: {}", run.log);
        assert_eq!(github.configurations()[0].secret.as_deref(), Some("the-secret"));
    }
}
