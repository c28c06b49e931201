//! Tests of the live smoke test, against the fake GitHub.

use std::ffi::OsString;

use fake_github::{Change, FakeGitHub, Fault, Kind, Matcher, Naming, Options, SameUrl, WRITE_TOKEN, json};
use private_registries::Environment;

use crate::api::Stop;
use crate::{DONE, FAILED, NOT_BEGUN, run};

/// Starts a GitHub with two registries that the run must not touch.
fn github(options: Options) -> FakeGitHub {
    let github = FakeGitHub::with(options);
    github.add(json!({"registry_type": "npm_registry", "url": "https://npm.acme.dev"}));
    github.add(json!({"registry_type": "pub_repository", "url": "https://pub.acme.dev", "secret": "theirs"}));
    github
}

/// Runs the test with confirmation.
async fn ask(github: &FakeGitHub, more: &[(&str, &str)], stop: &Stop) -> (u8, String) {
    let url = github.url();
    let usual =
        [("LIVE_API_URL", url.as_str()), ("LIVE_ORG", "acme"), ("LIVE_TOKEN", WRITE_TOKEN), ("LIVE_CONFIRM", "yes")];
    let (status, text) = run(&environment(&[&usual[..], more].concat()), stop).await;
    assert!(!text.contains(WRITE_TOKEN), "the token shows:\n{text}");
    (status, text)
}

fn environment(variables: &[(&str, &str)]) -> Environment {
    variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))).collect()
}

#[tokio::test]
async fn every_question_is_answered_and_nothing_is_left_behind() {
    let github = github(Options::default());
    let before = github.configurations();

    let (status, text) = ask(&github, &[], &Stop::default()).await;

    assert_eq!((status, github.configurations()), (DONE, before));
    insta::assert_snapshot!(text);
}

#[tokio::test]
async fn another_github_gives_other_answers() {
    let options =
        Options { naming: Naming::Opaque, same_url: SameUrl::Refuse, ids_need_visibility: false, ..Options::default() };
    let github = github(options);
    let before = github.configurations();

    let (status, text) = ask(&github, &[("LIVE_REPOSITORY_ID", "1001")], &Stop::default()).await;

    assert_eq!((status, github.configurations()), (DONE, before));
    insta::assert_snapshot!(text);
}

#[tokio::test]
async fn nothing_is_sent_before_it_is_confirmed() {
    let github = github(Options::default());
    for confirmed in ["", "no", "YES "] {
        let (status, text) = ask(&github, &[("LIVE_CONFIRM", confirmed)], &Stop::default()).await;
        assert_eq!(status, NOT_BEGUN);
        assert!(text.contains("the organization acme at http://127.0.0.1:"), "{text}");
    }
    assert_eq!(github.requests(), []);
}

#[tokio::test]
async fn everything_wrong_with_the_variables_is_said_and_no_token_is_sent_in_the_clear() {
    let variables = [("LIVE_API_URL", "http://api.acme.dev"), ("LIVE_REPOSITORY_ID", "api"), ("LIVE_CONFIRM", "yes")];
    let (status, text) = run(&environment(&variables), &Stop::default()).await;
    assert_eq!(status, NOT_BEGUN);
    insta::assert_snapshot!(text);
}

#[tokio::test]
async fn an_app_is_asked_for_a_token_which_is_revoked_and_never_shown() {
    let github = github(Options::default());
    let answer = |path: &str, status: u16, body| {
        let headers = Vec::new();
        github.fault(Fault::new(Matcher::path(path), Kind::Status { status, body, headers }));
    };
    answer("/orgs/acme/installation", 200, json!({"id": 7}));
    let granted = json!({"organization_private_registries": "read"});
    answer("/app/installations/7/access_tokens", 201, json!({"token": "minted", "permissions": granted}));
    answer("/installation/token", 204, json!(null));

    let (status, text) = ask(&github, &[("LIVE_APP_JWT", "a-jwt")], &Stop::default()).await;

    assert_eq!(status, DONE);
    let answered = r#"? | yes: 201, with `{"organization_private_registries":"read"}` |"#;
    assert!(text.contains(answered) && !text.contains("minted") && !text.contains("a-jwt"), "{text}");
    let sent = github.requests();
    let as_whom =
        |path: &str| sent.iter().find(|request| request.path == path).and_then(|request| request.token.clone());
    assert_eq!(as_whom("/orgs/acme/installation").as_deref(), Some("a-jwt"));
    assert_eq!(as_whom("/installation/token").as_deref(), Some("minted"));
}

#[tokio::test]
async fn a_name_that_was_there_before_is_never_touched() {
    let github = github(Options::default());
    let before = github.configurations();
    let body = json!({"name": "PUB_REPOSITORY_SECRET"});
    github.fault(Fault::new(Matcher::method("POST"), Kind::Status { status: 201, body, headers: Vec::new() }).skip(1));

    let (status, text) = ask(&github, &[], &Stop::default()).await;

    assert_eq!((status, github.configurations()), (FAILED, before));
    assert!(text.contains("`PUB_REPOSITORY_SECRET` existed before"), "{text}");
    assert_touches_only_its_own(&github);
}

/// Whichever request fails, existing configurations stay as they are, and whatever is left behind is named.
#[tokio::test]
async fn what_is_left_after_a_fault_is_named() {
    let faultless = github(Options::default());
    ask(&faultless, &[], &Stop::default()).await;
    let kinds = [
        Kind::DropBefore,
        Kind::DropAfter,
        Kind::Truncated,
        Kind::Html { status: 502 },
        Kind::HtmlAfter { status: 502 },
    ];
    for nth in 0..faultless.requests().len() {
        for kind in &kinds {
            let github = github(Options::default());
            let before = github.configurations();
            github.fault(Fault::new(Matcher::any(), kind.clone()).skip(nth));

            let (status, text) = ask(&github, &[], &Stop::default()).await;

            let (kept, left): (Vec<_>, Vec<_>) =
                github.configurations().into_iter().partition(|live| before.contains(live));
            assert_eq!(kept, before, "{kind:?} on request {nth}:\n{text}");
            assert!(left.is_empty() || status == FAILED, "{kind:?} on request {nth}:\n{text}");
            for live in left {
                let by_hand = format!("/orgs/acme/private-registries/{}'", live.name);
                assert!(text.contains(&by_hand), "{kind:?} on request {nth}: {}\n{text}", live.name);
            }
            assert_touches_only_its_own(&github);
        }
    }
}

#[tokio::test]
async fn a_run_that_is_stopped_leaves_nothing_behind() {
    let faultless = github(Options::default());
    ask(&faultless, &[], &Stop::default()).await;
    let questions = faultless.requests().iter().take_while(|request| request.method != "DELETE").count();
    for nth in 2..questions - 1 {
        let github = github(Options::default());
        let before = github.configurations();
        let stop = Stop::default();
        let requested = stop.clone();
        github
            .fault(Fault::new(Matcher::any(), Kind::ChangeFirst(Change::new(move |_| requested.request()))).skip(nth));

        let (status, text) = ask(&github, &[], &stop).await;

        assert_eq!((status, github.configurations()), (FAILED, before), "on request {nth}:\n{text}");
        assert!(text.contains("**no answer:** the run was stopped"), "{text}");
    }
}

/// Checks that the run changed and deleted only its own configurations, and that their urls belong to nobody.
fn assert_touches_only_its_own(github: &FakeGitHub) {
    for request in github.requests() {
        let is_theirs =
            ["/NPM_REGISTRY_SECRET", "/PUB_REPOSITORY_SECRET"].iter().any(|name| request.path.ends_with(name));
        assert!(!is_theirs, "{request}");
        if let Some(url) = request.body.as_ref().and_then(|body| body["url"].as_str()) {
            assert!(url.starts_with("https://live-smoke-test.invalid/"), "{request}");
        }
    }
}
