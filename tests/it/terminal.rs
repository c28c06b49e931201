//! What a person sees in a terminal: colours, and a line about what takes long. The terminal is a real one.

use std::fs::File;
use std::io::Read as _;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use fake_github::{FakeGitHub, WRITE_TOKEN, json};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use tempfile::TempDir;

use crate::harness::{BINARY, assert_no_leak};

/// Where the program's two output streams go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Output {
    Terminal,
    Pipe,
}

/// Returns everything that the program wrote, to standard output and standard error together.
fn written(github: &FakeGitHub, arguments: &[&str], variables: &[(&str, &str)], output: Output) -> String {
    let (_checkout, mut command) = command(github, arguments, variables);
    if output == Output::Terminal {
        return without_secrets(on_a_terminal(command)).replace("\r\n", "\n");
    }
    let output = command.output().expect("it ends");
    without_secrets([output.stdout, output.stderr].concat())
}

/// The program, and the checkout that it starts in.
fn command(github: &FakeGitHub, arguments: &[&str], variables: &[(&str, &str)]) -> (TempDir, Command) {
    let checkout = TempDir::new().expect("a folder");
    std::fs::write(checkout.path().join("m.yml"), MANIFEST).expect("a file");
    let mut command = Command::new(BINARY);
    command
        .args(arguments)
        .args(["--org", "acme", "--manifest", "m.yml"])
        .env_clear()
        .env("INPUT_API_URL", github.url())
        .env("INPUT_TOKEN", WRITE_TOKEN)
        .env("TOKEN", "a-secret-value")
        .envs(variables.iter().copied())
        .current_dir(checkout.path())
        .stdin(Stdio::null());
    (checkout, command)
}

/// Everything that it writes to a terminal.
fn on_a_terminal(mut command: Command) -> Vec<u8> {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    grantpt(&master).expect("a terminal");
    unlockpt(&master).expect("a terminal");
    let name = ptsname(&master, Vec::new()).expect("its name").into_string().expect("text");
    let slave = || File::options().read(true).write(true).open(&name).expect("the terminal");
    let mut child = command.stdout(slave()).stderr(slave()).spawn().expect("it starts");
    drop(command); // the command keeps the terminal open
    let reader = thread::spawn(move || {
        let mut seen = Vec::new();
        let mut part = [0; 4096];
        let mut master = File::from(master);
        // Reading fails once nobody has the terminal open any more.
        while let Ok(length) = master.read(&mut part)
            && length > 0
        {
            seen.extend_from_slice(&part[..length]);
        }
        seen
    });
    child.wait().expect("it ends");
    reader.join().expect("it is read")
}

fn without_secrets(written: Vec<u8>) -> String {
    let written = String::from_utf8(written).expect("text");
    assert_no_leak(&[WRITE_TOKEN, "a-secret-value"].map(str::to_owned), "terminal", &written);
    written
}

const MANIFEST: &str = "\
version: 1
defaults: {visibility: private}
registries:
  pypi: {type: python-index, url: https://pypi.acme.dev, token: '${TOKEN}'}
  crates: {type: cargo-registry, url: https://cargo.acme.dev, token: '${TOKEN}'}
";

fn organization() -> FakeGitHub {
    let github = FakeGitHub::start();
    let add = |registry_type: &str, url: &str| {
        github.add(json!({"registry_type": registry_type, "url": url, "visibility": "all", "secret": "x"}));
    };
    add("cargo_registry", "https://cargo.acme.dev");
    add("pub_repository", "https://pub.acme.dev");
    github
}

/// Returns what stays on the screen: without colours, and without overwritten text.
fn seen(written: &str) -> String {
    let mut seen = String::new();
    let mut rest = written;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '\r' => seen.truncate(seen.rfind('\n').map_or(0, |end| end + 1)),
            '\u{1b}' => {
                let end = rest.find(char::is_alphabetic).expect("the end of a command");
                assert!(["m", "K"].contains(&&rest[end..=end]), "{written:?}");
                rest = &rest[end + 1..];
            }
            c => seen.push(c),
        }
    }
    seen
}

#[test]
fn only_a_terminal_gets_colours() {
    let github = organization();
    let shown = |variables: &[(&str, &str)], output| {
        written(&github, &["plan", "--prune", "--fail-on-drift"], variables, output)
    };
    let plain = shown(&[], Output::Pipe);
    assert!(!plain.contains('\u{1b}') && !plain.contains('\r'), "{plain:?}");
    for (variables, output, has_colours) in [
        (&[][..], Output::Terminal, true),
        (&[("NO_COLOR", "1")], Output::Terminal, false),
        (&[("TERM", "dumb")], Output::Terminal, false),
        (&[("CLICOLOR_FORCE", "1")], Output::Pipe, true),
        (&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], Output::Pipe, false),
    ] {
        let text = shown(variables, output);
        assert_eq!(seen(&text), plain, "{variables:?}");
        for painted in [
            "\u{1b}[1;31m- delete\u{1b}[0m PUB_REPOSITORY_SECRET ",
            "\u{1b}[33m~ update\u{1b}[0m crates ",
            "\u{1b}[32m+ create\u{1b}[0m pypi ",
            "\u{1b}[1;31merror:\u{1b}[0m GitHub differs",
        ] {
            assert_eq!(text.contains(painted), has_colours, "{variables:?}: {painted:?} in {text:?}");
        }
        assert_eq!(text.contains('\u{1b}'), has_colours, "{variables:?}: {text:?}");
    }
}

#[test]
fn help_has_colours_only_on_a_terminal() {
    let github = FakeGitHub::start();
    let help = |output| written(&github, &["--help"], &[], output);
    assert!(help(Output::Terminal).contains("\u{1b}[1mUsage:\u{1b}[0m"));
    assert_eq!(seen(&help(Output::Terminal)), help(Output::Pipe));
}

#[test]
fn text_from_outside_cannot_add_colours() {
    let github = organization();
    github.add(json!({"registry_type": "\u{1b}[32mgit_source", "url": "https://git.acme.dev/a-secret-value"}));
    let text = written(&github, &["apply", "--dry-run"], &[], Output::Terminal);
    assert!(text.contains("\\u{1b}[32mgit_source") && !text.contains("a-secret-value"), "{text:?}");
}

#[test]
fn progress_is_shown_on_a_terminal_after_a_second_and_leaves_no_trace() {
    let github = organization();
    github.remove("PUB_REPOSITORY_SECRET"); // or there would be a warning, which a pipe has at its end
    let plain = written(&github, &["plan"], &[], Output::Pipe);
    github.set_latency(Duration::from_millis(1900));
    let text = written(&github, &["plan"], &[], Output::Terminal);
    let line =
        format!("Waiting for {}: GET /orgs/acme/private-registries, 1 s", github.url().trim_start_matches("http://"));
    assert!(text.contains(&line), "{text:?}");
    assert_eq!(seen(&text), plain);
    for (variables, output) in [(&[("TERM", "dumb")][..], Output::Terminal), (&[], Output::Pipe)] {
        let text = written(&github, &["plan"], variables, output);
        assert_eq!(text, plain, "{variables:?}");
    }
    github.set_latency(Duration::from_millis(300));
    let text = written(&github, &["plan"], &[], Output::Terminal);
    assert!(!text.contains("Waiting"), "{text:?}");
}

/// An apply in a step of a job, which has a token and a secret to mask.
fn step(github: &FakeGitHub) -> (TempDir, Command) {
    command(github, &["apply"], &[("GITHUB_ACTIONS", "true")])
}

/// The masks of the token and of the secret come first, and nothing else holds either.
fn assert_masked(text: &str) {
    for secret in [WRITE_TOKEN, "a-secret-value"] {
        let lines: Vec<&str> = text.lines().filter(|line| line.contains(secret)).collect();
        assert_eq!(lines, [format!("::add-mask::{secret}")], "{text}");
    }
    assert!(text.starts_with("::add-mask::"), "{text}");
}

fn assert_no_secret(text: &str) {
    let secrets = [WRITE_TOKEN.to_owned(), "a-secret-value".to_owned()];
    assert_no_leak(&secrets, "kept text", text);
    assert!(!text.contains("::add-mask::"), "{text}");
}

#[test]
fn the_runner_is_told_what_to_mask_on_a_terminal() {
    let github = organization();
    let (_checkout, command) = step(&github);
    assert_masked(&String::from_utf8(on_a_terminal(command)).expect("text").replace("\r\n", "\n"));
}

#[test]
fn the_runner_is_told_what_to_mask_on_a_pipe() {
    let github = organization();
    let (_checkout, mut command) = step(&github);
    let output = command.output().expect("it ends");
    assert_masked(&String::from_utf8(output.stdout).expect("text"));
    assert_eq!(output.stderr, b"");
}

#[test]
fn a_file_that_the_log_is_sent_to_gets_no_mask_command() {
    let github = organization();
    let (checkout, mut command) = step(&github);
    let (kept, other) = (checkout.path().join("plan.txt"), checkout.path().join("errors.txt"));
    let file = |path| File::create(path).expect("a file");
    let output = command.stdout(file(&kept)).output().expect("it ends");
    let text = std::fs::read_to_string(&kept).expect("a file");
    assert!(text.contains("PYTHON_INDEX_SECRET"), "{text}");
    assert_no_secret(&text);
    assert_masked(&String::from_utf8(output.stderr).expect("text"));

    command.stdout(file(&kept)).stderr(file(&other)).status().expect("it ends");
    for path in [&kept, &other] {
        assert_no_secret(&std::fs::read_to_string(path).expect("a file"));
    }

    // A file that takes the errors alone takes nothing from the runner.
    let output = command.stdout(Stdio::piped()).stderr(file(&other)).output().expect("it ends");
    assert_masked(&String::from_utf8(output.stdout).expect("text"));
    assert_no_secret(&std::fs::read_to_string(&other).expect("a file"));
}
