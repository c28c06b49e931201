//! Values that are refused as a registry's secret, and those that are sent with a warning.

use fake_github::{FakeGitHub, Fault, Kind, Matcher, WRITE_TOKEN, json};

use crate::harness::{Run, Step};
use crate::world::create_npm;

const MANIFEST: &str = "\
version: 1
registries:
  npm:
    type: npm-registry
    url: https://npm.acme.dev
    token: ${{ secrets.NPM_TOKEN }}
    visibility: private
";

fn apply<'a>(github: &'a FakeGitHub, secret: &str) -> Step<'a> {
    Step::new(github, "apply").manifest(MANIFEST).secret_env("NPM_TOKEN", secret)
}

/// Asserts that nothing is written and, if an input was wrong, that nothing is sent.
fn assert_refused(run: &Run, message: &str) {
    assert_eq!((run.status, run.writes().len()), (Some(2), 0), "{}", run.log);
    let is_input = message.starts_with("input");
    assert!(!is_input || run.requests.is_empty(), "{}", run.log);
    let log = run.log.replace("%25", "%");
    assert!(log.contains(message), "{message}\n{log}");
    let at = "::error title=Secret,file=.github/private-registries.yml,line=6,col=12::";
    assert!(is_input || log.contains(at), "{log}");
}

#[test]
fn the_runs_own_credentials_are_refused_by_value() {
    let github = FakeGitHub::start();
    let proxy = "http://monalisa:corp%2Fproxy-password@proxy.acme.dev:3128";
    for (secret, what) in [
        (WRITE_TOKEN, "this step's `token`"),
        (&format!("{WRITE_TOKEN}\n"), "this step's `token`"),
        (&format!("Bearer {WRITE_TOKEN}"), "this step's `token`"),
        ("corp/proxy-password", "the password of a proxy"),
        ("corp%2Fproxy-password", "the password of a proxy"),
        (proxy, "the password of a proxy"),
    ] {
        // Requests to this machine use no proxy.
        let run = apply(&github, secret).env("HTTPS_PROXY", proxy).run();
        assert_refused(
            &run,
            &format!("the secret of `npm` (NPM_TOKEN) contains {what}, which must not be sent to a registry"),
        );
        let run = create_npm(&github, secret).env("https_proxy", proxy).run();
        assert_refused(&run, &format!("input `secret` contains {what}, which must not be sent to a registry"));
    }
    assert!(github.configurations().is_empty());
}

#[test]
fn variables_that_must_not_reach_a_registry_are_refused_by_name() {
    for variable in [
        "GITHUB_TOKEN",
        "github_token",
        "ACTIONS_RUNTIME_TOKEN",
        "INPUT_SECRET",
        "RUNNER_TEMP",
        "GH_TOKEN",
        "GH_ENTERPRISE_TOKEN",
        "GITHUB_ENTERPRISE_TOKEN",
        "CI_JOB_TOKEN",
        "SYSTEM_ACCESSTOKEN",
        "HTTPS_PROXY",
        "https_proxy",
        "HTTP_PROXY",
        "http_proxy",
        "ALL_PROXY",
        "all_proxy",
        "NO_PROXY",
    ] {
        let run = Step::offline("validate").manifest(&MANIFEST.replace("NPM_TOKEN", variable)).run();
        assert_eq!((run.status, run.errors().len()), (Some(2), 1), "{variable}: {}", run.log);
        assert!(run.log.contains(&format!("`token` refers to {variable}, which is ")), "{}", run.log);
        assert!(run.log.contains("Give the secret another name"), "{}", run.log);
    }
    for variable in ["NPM_TOKEN", "MY_GH_TOKEN", "PROXY_PASSWORD", "GH_TOKEN_2"] {
        let run = Step::offline("validate").manifest(&MANIFEST.replace("NPM_TOKEN", variable)).run();
        assert_eq!(run.status, Some(0), "{}", run.log);
    }
}

#[test]
fn an_unexpanded_reference_is_refused_like_an_empty_secret() {
    let github = FakeGitHub::start();
    for secret in ["$(NPM_TOKEN)", "${NPM_TOKEN}\n", "$NPM_TOKEN", "${{ secrets.NPM_TOKEN }}", "***"] {
        // None of it is a secret; the harness would find it where the manifest is quoted.
        let run = Step::new(&github, "apply").manifest(MANIFEST).env("NPM_TOKEN", secret).run();
        assert_refused(&run, "the secret of `npm` (NPM_TOKEN) is not a secret but an unexpanded reference");
        assert_refused(
            &create_npm(&github, "").with("secret", secret).run(),
            "input `secret` is not a secret but an unexpanded reference",
        );
    }
    assert!(github.configurations().is_empty());
}

#[test]
fn a_secret_that_code_scanning_cannot_use_is_sent_with_a_warning() {
    const FINDING: &str = "printable ASCII in the secret: code scanning then refuses every registry of the language";
    let maven =
        MANIFEST.replace("npm-registry", "maven-repository").replace("    token", "    username: me\n    password");
    for secret in ["{\n  \"private_key\": \"hunter2\"\n}", "\u{feff}hunter2", "hunter2\u{a0}", "hünter2"] {
        let github = FakeGitHub::start();
        let run = apply(&github, secret).manifest(&maven).run();
        assert_eq!(run.status, Some(0), "{}", run.log);
        assert!(
            run.log.contains("::warning title=not-printable-ascii,file=.github/private-registries.yml,line=7"),
            "{}",
            run.log
        );
        assert!(run.log.contains(FINDING) && run.summary.contains("printable ASCII in the secret"), "{}", run.summary);
        let run = create_npm(&github, secret).with("registry-type", "maven-repository").with("username", "me").run();
        assert!(run.log.contains(FINDING), "{}", run.log);
        assert!(github.configurations().iter().all(|live| live.secret.as_deref() == Some(secret)));
        // The consumers of npm registries accept it, and a plan does not look at secrets.
        let run = apply(&github, secret).run();
        assert!(!run.log.contains("not-printable-ascii"), "{}", run.log);
        let plan = Step::new(&github, "plan").manifest(&maven).secret_env("NPM_TOKEN", secret).run();
        assert!(!plan.log.contains("not-printable-ascii"), "{}", plan.log);
    }
}

#[test]
fn a_github_token_without_a_user_name_is_warned_about() {
    let nuget = MANIFEST.replace("npm-registry", "nuget-feed");
    let pat = format!("ghp_{}", "a1".repeat(18));
    let github = FakeGitHub::start();
    let run = apply(&github, &pat).manifest(&nuget).run();
    assert_eq!(run.status, Some(0), "{}", run.log);
    assert!(run.log.contains("title=github-token-without-username"), "{}", run.log);
    let strict = apply(&github, &pat).manifest(&nuget).with("rules", "github-token-without-username=error").run();
    assert_eq!((strict.status, strict.writes().len()), (Some(2), 0), "{}", strict.log);
}

#[test]
fn nothing_is_sealed_with_a_weak_public_key() {
    let github = FakeGitHub::start();
    for key in ["AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "4Ot6fDtBuK4WVuP68Z/EatoJjeucMrH9hmIFFl9JuIA="] {
        let body = json!({"key_id": "1", "key": key});
        let weak = Kind::answer(200, body);
        github.fault(Fault::new(Matcher::path("/public-key"), weak).times(2));
        for run in [apply(&github, "npm-secret-value").run(), create_npm(&github, "npm-secret-value").run()] {
            assert_eq!((run.status, run.writes().len()), (Some(1), 0), "{}", run.log);
            assert!(run.log.contains("anybody could open what is sealed with it"), "{}", run.log);
        }
    }
}
