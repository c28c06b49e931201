//! The job summary: decisions come first, details are folded, and even a large one can be read in a minute.

use std::fmt::Write as _;
use std::path::Path;

use fake_github::{FakeGitHub, json};

use crate::harness::{Run, Step, assert_run};

fn place(text: &str, what: &str) -> usize {
    text.find(what).unwrap_or_else(|| panic!("{what} is not in\n{text}"))
}

#[test]
fn required_decisions_come_first() {
    let github = FakeGitHub::start();
    let add = |registry_type: &str, url: &str, auth_type: &str| {
        github.add(json!({
            "registry_type": registry_type, "url": url, "visibility": "private", "auth_type": auth_type,
            "username": "hubot", "secret": "x",
        }));
    };
    add("python_index", "https://pypi.acme.dev", "username_password");
    add("cargo_registry", "https://cargo.acme.dev", "token");
    add("pub_repository", "https://pub.acme.dev", "token");
    let yaml = "\
version: 1
defaults: {visibility: private}
registries:
  pypi: {type: python-index, url: https://pypi.acme.dev, username: hubot, password: '${PYPI}'}
  crates: {type: cargo-registry, url: https://cargo.acme.dev, username: hubot, auth-type: username_password, password: '${CRATES}'}
  gems: {type: rubygems-server, url: https://gems.acme.dev, token: '${GEMS}'}
  images: {type: docker-registry, url: https://acme.azurecr.io, tenant-id: t, client-id: c}
";
    let run = Step::new(&github, "plan").manifest(yaml).run();
    assert_eq!(run.status, Some(0), "{}", run.log);
    let order = [
        "**2 to create, 1 to replace, 1 to resend, 1 unmanaged; 1 that neither Dependabot nor code scanning can use**",
        "> [!WARNING]",
        "### Deletes and replaces",
        "### Updates and creates",
        "<details><summary>1 to resend: secrets and repository selections, which GitHub never shows</summary>",
        "<details><summary>1 unmanaged: not in the manifest, left alone</summary>",
        "plan-id",
    ];
    let places: Vec<usize> = order.iter().map(|what| place(&run.summary, what)).collect();
    assert!(places.is_sorted(), "{places:?}\n{}", run.summary);
    assert_run!(run);
}

#[test]
fn a_summary_of_three_hundred_registries_is_short() {
    let github = FakeGitHub::start();
    let mut yaml = String::from("version: 1\ndefaults: {visibility: private}\nregistries:\n");
    for number in 0..300 {
        let url = format!("https://pypi-{number}.acme.dev");
        let _ = writeln!(yaml, "  r{number}: {{type: python-index, url: {url}, token: '${{TOKEN}}'}}");
        let visibility = if number < 3 { "all" } else { "private" };
        github.add(json!({"registry_type": "python_index", "url": url, "visibility": visibility, "secret": "x"}));
    }
    let run = Step::new(&github, "plan").manifest(&yaml).run();
    assert_eq!(run.status, Some(0), "{}", run.log);
    let open = &run.summary[..place(&run.summary, "<details>")];
    assert_eq!(open.matches("update<br><code>r").count(), 3, "only what changes is open:\n{open}");
    assert_eq!(open.matches("\n| ").count(), 4, "only what changes is open:\n{open}");
    assert_eq!(run.summary.matches("which GitHub never shows").count(), 1);
    assert!(run.summary.contains("<details><summary>297 to resend: "), "{open}");
}

/// A workflow puts the summary on the pull request, as far as a comment can hold it, however the run ended.
#[test]
fn the_summary_is_also_written_to_a_file_for_a_comment() {
    let github = FakeGitHub::start();
    let step = |operation: &str| Step::new(&github, operation).with("summary-path", "new/plan.md");
    let small = "version: 1\nregistries: {r: {type: git, url: https://git.acme.dev, tenant-id: t, client-id: c, visibility: all}}";
    let written = |run: &Run| run.files[Path::new("new/plan.md")].clone();
    for (step, status) in [
        (step("plan").manifest(small), 0),
        (step("plan").manifest("version: 1\nregistries: {r: {type: gti}}"), 2),
        (step("plan"), 2),
        (step("plan").with("org", "nobody").manifest(small), 1),
        (step("list"), 0),
        (step("plan").with("max-wait", "soon").manifest(small), 2),
    ] {
        let run = step.file("new/plan.md", &"old\n".repeat(10_000)).run();
        assert_eq!((run.status, written(&run)), (Some(status), run.summary.clone()), "{}", run.log);
        assert!(!run.summary.is_empty());
    }
    github.add_organization("globex");
    let run = step("plan").with("org", "acme, globex").manifest(small).run();
    assert_eq!((run.status, written(&run)), (Some(0), run.summary.clone()), "{}", run.log);
    let mut large = String::from("version: 1\ndefaults: {visibility: private}\nregistries:\n");
    for number in 0..1_000 {
        let _ = writeln!(
            large,
            "  r{number}: {{type: python-index, url: 'https://pypi-{number}.acme.dev/ä', token: '${{T}}'}}"
        );
    }
    let run = step("plan").manifest(&large).run();
    let comment = written(&run);
    assert!(
        comment.chars().count() <= 65_536 - 256,
        "{} characters leave no room for a marker",
        comment.chars().count()
    );
    assert!(comment.len() > 50_000 && run.summary.len() > 100_000 && !run.summary.contains("more are left out"));
    assert!(comment.contains(" more are left out, because a comment is limited to 65,536 characters"), "{comment}");
    assert!(run.summary.starts_with(comment.split("\n| ").next().unwrap()), "what decides is the same");
    assert!(comment.contains(&format!("plan-id: <code>{}</code>", run.output("plan-id"))), "{comment}");
}
