//! The inputs for an App, and places where its key is not allowed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use fake_github::{APP_CLIENT_ID, APP_ID, json, keys};

use crate::harness::Step;
use crate::world::app::{READER, WRITER, github, step};

#[test]
fn an_app_has_a_client_id_or_a_numeric_id_and_its_key_has_two_formats() {
    for (id, key) in [
        (APP_CLIENT_ID.to_owned(), keys::APP.replace('\n', "\\n")),
        (APP_ID.to_string(), keys::APP.to_owned()),
        (APP_ID.to_string(), keys::APP_PKCS8.to_owned()),
        (APP_CLIENT_ID.to_owned(), keys::APP_PKCS8.trim().replace('\n', "\r\n")),
    ] {
        let github = github(READER);
        let run = step(&github, "list").with("app-client-id", &id).secret_input("app-private-key", &key).run();
        assert_eq!(run.status, Some(0), "{}", run.log);
        // The runner masks every line of the key too, before anything else is printed.
        let masked: Vec<&str> = run.log.lines().map_while(|line| line.strip_prefix("::add-mask::")).collect();
        assert!(key.replace("\\n", "\n").lines().all(|line| masked.contains(&line)), "{}", run.log);
    }
}

#[test]
fn invalid_app_inputs_are_reported_before_anything_is_sent() {
    let github = github(WRITER);
    let list = || step(&github, "list");
    let key = |key: &str| list().secret_input("app-private-key", key);
    for (step, told) in [
        (list().secret_input("token", "ghp_of_somebody"), "input `token` is set, and so is an App"),
        (list().without("INPUT_APP-PRIVATE-KEY"), "input `app-private-key` is required with `app-client-id`"),
        (list().with("app-private-key", " "), "input `app-private-key` is required with `app-client-id`"),
        (list().without("INPUT_APP-CLIENT-ID"), "input `app-client-id` is required with `app-private-key`"),
        (list().with("app-client-id", "my app"), "input `app-client-id` is neither a client id"),
        (list().with("app-client-id", keys::OTHER), "input `app-client-id` is a private key"),
        (
            list().with("app-permissions", "narow"),
            "input `app-permissions` is `narow`, which is none of: narrow, inherit",
        ),
        (key(keys::ENCRYPTED), "input `app-private-key` is encrypted with a passphrase"),
        (key(keys::ENCRYPTED_TRADITIONAL), "input `app-private-key` is encrypted with a passphrase"),
        (key(keys::PUBLIC), "input `app-private-key` is a public key"),
        (key(keys::CERTIFICATE), "input `app-private-key` is a certificate"),
        (key(keys::ELLIPTIC), "input `app-private-key` is not an RSA key"),
        (key(keys::SHORT), "not an RSA key of at least 2048 bits"),
        (key("hunter2-hunter2"), "input `app-private-key` is not a private key"),
        (
            Step::new(&github, "list").without("INPUT_TOKEN"),
            "Or sign in as a GitHub App with `app-client-id` and `app-private-key`",
        ),
    ] {
        let run = step.run();
        assert_eq!((run.status, run.errors().len(), run.requests.len()), (Some(2), 1, 0), "{told}\n{}", run.log);
        assert!(run.log.contains(told), "{told}\n{}", run.log);
    }
}

/// The input is given in both spellings of its name, and either of the two keys may be the wrong one.
#[test]
fn a_key_given_in_two_spellings_is_never_shown() {
    let github = github(WRITER);
    let run = step(&github, "list").secret_env("INPUT_APP_PRIVATE_KEY", keys::OTHER).run();
    assert_eq!((run.status, run.requests.len()), (Some(2), 0), "{}", run.log);
    assert!(run.log.contains("input `app-private-key` is set twice"), "{}", run.log);
}

#[test]
fn no_registry_gets_the_key_of_the_app() {
    let github = github(WRITER);
    let line = keys::APP.lines().nth(7).expect("a line");
    let joined = keys::APP.replace('\n', " ");
    let json = json!({"private_key": keys::APP}).to_string();
    let encoded = BASE64.encode(keys::APP);
    let body: String = keys::APP.lines().filter(|line| !line.starts_with('-')).collect();
    let other_lines = body.as_bytes().chunks(76).map(String::from_utf8_lossy).collect::<Vec<_>>().join("\n");
    let variable = keys::APP.replace('\n', "\\n");
    for secret in [keys::APP, &variable, line, &joined, &json, &encoded, &body, &other_lines] {
        let run = step(&github, "apply").secret_env("NPM", secret).run();
        assert_eq!((run.status, run.writes().iter().filter(|write| write.contains("/orgs/")).count()), (Some(2), 0));
        assert!(
            run.log.contains("(NPM) contains the App's `app-private-key`, which must not be sent to a registry"),
            "{}",
            run.log
        );
    }
    // Another key of the same kind is a secret like any other.
    assert_eq!(step(&github, "apply").secret_env("NPM", keys::OTHER).run().status, Some(0));
}
