//! Entries that are pinned to a configuration by `name`: two for one registry, and how a replace affects a pin.

use fake_github::{FakeGitHub, Fault, Kind, Matcher, json};

use crate::harness::Step;

const FILE: &str = "file=.github/private-registries.yml";

fn step<'a>(github: &'a FakeGitHub, operation: &str, yaml: &str) -> Step<'a> {
    Step::new(github, operation)
        .manifest(yaml)
        .secret_env("ONE", "the-first-secret")
        .secret_env("TWO", "a-second-secret")
}

fn npm(github: &FakeGitHub, auth_type: &str) -> String {
    github.add(json!({
        "registry_type": "npm_registry", "url": "https://npm.acme.dev", "visibility": "private", "auth_type": auth_type,
        "username": if auth_type == "token" { None } else { Some("hubot") }, "secret": "old",
    }))
}

#[test]
fn one_registry_can_have_two_credentials_for_two_sets_of_repositories() {
    let github = FakeGitHub::start();
    let (one, two) = (npm(&github, "token"), npm(&github, "token"));
    let entry = |label: &str, variable: &str, name: &str, repository: &str| {
        format!(
            "  {label}: {{type: npm-registry, url: 'https://npm.acme.dev', token: '${{{variable}}}', name: {name}, \
             visibility: selected, selected-repositories: [{repository}]}}\n"
        )
    };
    let entries = entry("one", "ONE", &one, "api") + &entry("two", "TWO", &two, "web");
    let yaml = format!("version: 1\nregistries:\n{entries}");
    let run = step(&github, "apply", &yaml).with("prune", "true").run();
    assert_eq!(
        (run.status, run.output("update-count"), github.configurations().len()),
        (Some(0), "2", 2),
        "{}",
        run.log
    );
    let has = |name: &str| {
        let live = github.configuration(name).unwrap();
        (live.secret.unwrap(), live.selected_repository_ids)
    };
    assert_eq!(has(&one), ("the-first-secret".to_owned(), vec![1001]));
    assert_eq!(has(&two), ("a-second-secret".to_owned(), vec![1002]));
    let run = step(&github, "plan", &yaml).with("fail-on-drift", "true").run();
    assert_eq!((run.status, run.output("unmanaged-count")), (Some(0), "0"), "{}", run.log);

    // One of them is replaced; the other is not affected.
    github.change(&two, "auth_type", "username_password");
    let run = step(&github, "apply", &yaml).with("prune", "true").run();
    assert_eq!(
        (run.status, run.output("replace-count"), github.configurations().len()),
        (Some(0), "1", 2),
        "{}",
        run.log
    );
    assert_eq!(has(&one), ("the-first-secret".to_owned(), vec![1001]));
    assert!(!run.log.contains("there will be two"), "{}", run.log);
}

/// A message about an unmanaged configuration says what will happen to it.
#[test]
fn a_warning_about_something_unmanaged_says_that_prune_deletes_it() {
    let github = FakeGitHub::start();
    let (old, other) = (npm(&github, "username_password"), npm(&github, "token"));
    let yaml = format!(
        "version: 1\nregistries:\n  npm: {{type: npm-registry, url: 'https://npm.acme.dev', token: '${{ONE}}', \
         visibility: private, name: {old}}}\n"
    );
    for (prune, end) in [("false", "there will be two"), ("true", "`prune` deletes it")] {
        let run = step(&github, "plan", &yaml).with("prune", prune).run();
        let told = format!("this type and url already belong to {other}: pin that instead, or {end}");
        assert!(run.status == Some(0) && run.log.contains(&told), "{}", run.log);
    }
    let unpinned = yaml.replace(&format!(", name: {old}"), "");
    for (prune, end) in [("false", "`\n"), ("true", "; `prune` then deletes the others that have no entry\n")] {
        let run = step(&github, "plan", &unpinned).with("prune", prune).run();
        let told = format!("matches 2 configurations of its type and url: {old}, {other}. Pin the intended one");
        assert!(run.status == Some(1) && run.log.contains(&told) && run.log.contains(end), "{}", run.log);
    }
}

#[test]
fn the_new_name_of_a_replaced_entry_is_reported_by_the_apply_and_the_next_plan() {
    let github = FakeGitHub::start();
    let old = npm(&github, "username_password");
    let yaml = format!(
        "version: 1\nregistries:\n  npm:\n    type: npm-registry\n    url: https://npm.acme.dev\n    token: ${{ONE}}\n    \
         visibility: private\n    replaces-base: true\n    name: {old}\n"
    );
    let run = step(&github, "apply", &yaml).run();
    let told = "`npm` is now named NPM_REGISTRY_SECRET_2: write `name: NPM_REGISTRY_SECRET_2`";
    assert!(
        run.status == Some(0) && run.log.contains(&format!("::warning title=Renamed,{FILE},line=3,col=3::{told}")),
        "{}",
        run.log
    );
    let warned = format!("{told}, or the next plan is refused (.github/private-registries.yml:3:3)");
    assert_eq!(run.result()["warnings"], json!([warned]));
    assert!(run.summary.contains("is now named NPM_REGISTRY_SECRET_2"), "{}", run.summary);

    let run = step(&github, "plan", &yaml).run();
    let told = "`npm` is pinned to NPM_REGISTRY_SECRET, which does not exist: write `name: NPM_REGISTRY_SECRET_2`, which \
                has its type and url, or leave `name` out";
    assert!(run.status == Some(1) && run.log.contains(told), "{}", run.log);

    let run = step(&github, "plan", &yaml.replace(&old, "NPM_REGISTRY_SECRET_2")).with("fail-on-drift", "true").run();
    assert_eq!((run.status, run.output("resend-count")), (Some(0), "1"), "{}", run.log);
}

/// A replace that kept its name or failed, and an entry that is not pinned, cause no such warning.
#[test]
fn no_new_name_is_reported_if_there_is_none() {
    let yaml = "version: 1\nregistries:\n  npm: {type: npm-registry, url: 'https://npm.acme.dev', token: '${ONE}', \
                visibility: private}\n";
    let github = FakeGitHub::start();
    let old = npm(&github, "username_password");
    let run = step(&github, "apply", yaml).run();
    assert!(run.output("replace-count") == "1" && !run.log.contains("is now named"), "{}", run.log);

    let github = FakeGitHub::start();
    npm(&github, "username_password");
    let refusal = Kind::refusal(422, "No");
    github.fault(Fault::new(Matcher::method("POST"), refusal));
    let pinned = yaml.replace("visibility", &format!("name: {old}, visibility"));
    let run = step(&github, "apply", &pinned).run();
    assert!(run.status == Some(1) && !run.log.contains("is now named"), "{}", run.log);
}

#[test]
fn a_missing_pin_suggests_the_likely_configuration_or_how_to_find_it() {
    let yaml = "version: 1\nregistries:\n  npm: {type: npm-registry, url: 'https://npm.acme.dev', token: '${ONE}', \
                visibility: private, name: NPM_REGISTRY_SECRET_9}\n";
    let told = |github: &FakeGitHub, yaml: &str| {
        let run = step(github, "plan", yaml).run();
        assert_eq!((run.status, run.errors().len()), (Some(1), 1), "{}", run.log);
        run.errors()[0].split("which does not exist: ").last().unwrap().to_owned()
    };
    let github = FakeGitHub::start();
    assert_eq!(told(&github, yaml), "leave `name` out to create it");

    let git = json!({"registry_type": "npm_registry", "url": "https://other.acme.dev"});
    github.add(git);
    let near = "; similar names: NPM_REGISTRY_SECRET (npm_registry https://other.acme.dev)";
    assert_eq!(told(&github, yaml), format!("leave `name` out to create it{near}"));

    let alone = npm(&github, "username_password");
    let only = format!("write `name: {alone}`, which has its type and url, or leave `name` out");
    assert_eq!(told(&github, yaml), only);

    let alike = npm(&github, "token");
    let one =
        format!("write `name: {alike}`: of {alone}, {alike}, which have its type and url, it is most like the entry");
    assert_eq!(told(&github, yaml), one);

    // Two with the same auth type, one of which has another visibility.
    let other = npm(&github, "token");
    github.change(&other, "visibility", "all");
    assert!(told(&github, yaml).starts_with(&format!("write `name: {alike}`: of")));

    github.change(&other, "visibility", "private");
    let how = told(&github, yaml);
    assert!(
        how.starts_with(&format!(
            "its type and url belong to {alone} (username_password, as hubot, private, created 2"
        )),
        "{how}"
    );
    assert!(
        how.ends_with(". Write the `name` of the intended one; if a replace created it, it is the newest"),
        "{how}"
    );

    // A configuration that another entry is pinned to is not suggested.
    let mine = yaml.replace("  npm:", "  mine:").replace("NPM_REGISTRY_SECRET_9", &other);
    let both = yaml.to_owned() + mine.split("registries:\n").last().unwrap();
    let doubt = ". If `mine` (of the same type and url) was replaced in the same run, ";
    assert!(told(&github, &both).starts_with(&format!("{one}{doubt}")), "{}", told(&github, &both));
}

/// The first replacement frees a name, which the second one gets: both pins are wrong, but only one of the names is
/// missing.
#[test]
fn a_name_freed_by_another_replacement_is_reported() {
    let github = FakeGitHub::start();
    let (first, second) = (npm(&github, "token"), npm(&github, "token"));
    let entry = |label: &str, secret: &str, name: &str| {
        format!(
            "  {label}: {{type: npm-registry, url: 'https://npm.acme.dev', username: hubot, password: '${{{secret}}}', \
             visibility: private, name: {name}}}\n"
        )
    };
    let yaml = |one: &str, two: &str| {
        format!("version: 1\nregistries:\n{}{}", entry("one", "ONE", one), entry("two", "TWO", two))
    };
    let run = step(&github, "apply", &yaml(&first, &second)).run();
    assert_eq!((run.status, run.output("replace-count")), (Some(0), "2"), "{}", run.log);
    let third = "NPM_REGISTRY_SECRET_3";
    for told in [format!("`one` is now named {third}: write"), format!("`two` is now named {first}: write")] {
        assert!(run.log.contains(&told), "{told} in {}", run.log);
    }
    let run = step(&github, "plan", &yaml(&first, &second)).run();
    let told = "If `one` (of the same type and url) was replaced in the same run, GitHub may have given one of them the \
                other's old name: take all names from the warnings of that run";
    assert!(run.status == Some(1) && run.log.contains(told), "{}", run.log);
    let run = step(&github, "plan", &yaml(third, &first)).with("fail-on-drift", "true").run();
    assert_eq!(run.status, Some(0), "{}", run.log);
}

/// If a server does not return urls, any configuration of the type may be meant.
#[test]
fn a_missing_pin_suggests_configurations_of_its_type_if_no_url_is_returned() {
    let github = FakeGitHub::start();
    let name = npm(&github, "token");
    github.change(&name, "url", fake_github::Value::Null);
    let yaml = "version: 1\nregistries:\n  npm: {type: npm-registry, url: 'https://npm.acme.dev', token: '${ONE}', \
                visibility: private, name: GONE}\n";
    let run = step(&github, "plan", yaml).run();
    assert!(run.status == Some(1) && run.log.contains(&format!("write `name: {name}`")), "{}", run.log);
}
