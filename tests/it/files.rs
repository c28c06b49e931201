//! The files that a run reads and writes: it never writes through a link inside the checkout, never waits for a pipe,
//! and never loses an existing file.

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use fake_github::{FakeGitHub, Fault, Kind, Matcher, json};

use crate::harness::{Run, Step};
use crate::world::changes::MANIFEST;

fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().expect("mkfifo runs").success());
}

/// Returns a folder outside of any checkout.
fn outside() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().canonicalize().expect("its path");
    (folder, path)
}

fn assert_refused(run: &Run, message: &str) {
    assert_eq!((run.status, run.requests.len()), (Some(2), 0), "{}", run.log);
    assert!(run.log.contains(message), "{message}\n{}", run.log);
}

#[test]
fn a_manifest_stays_in_the_workspace_or_the_working_directory() {
    let (_folder, outside) = outside();
    let secret = "machine github.com password hunter2-outside";
    fs::write(outside.join("netrc"), secret).unwrap();
    let absolute = outside.join("netrc").to_string_lossy().into_owned();
    let beside = format!("sub/../../beside-{}.yml", std::process::id());
    for has_workspace in [true, false] {
        for manifest in ["link.yml", "folder/netrc", &beside, &absolute] {
            let step = Step::offline("validate").with("manifest", manifest).never_shows("hunter2-outside");
            let step = if has_workspace { step } else { step.without("GITHUB_WORKSPACE").in_terminal() };
            let root = if has_workspace { step.checkout() } else { step.checkout().join("..") };
            symlink(outside.join("netrc"), root.join("link.yml")).unwrap();
            symlink(&outside, root.join("folder")).unwrap();
            fs::create_dir(root.join("sub")).unwrap();
            fs::write(root.join(&beside), secret).unwrap();
            let beside = root.join(&beside).canonicalize().unwrap();
            let run = step.run();
            let _ = fs::remove_file(beside); // without a workspace it is in no folder of the step
            let fence =
                if has_workspace { "is outside of the workspace" } else { "is outside of the working directory" };
            assert_refused(&run, fence);
        }
    }
    // A link to a file inside is allowed, and so is a workspace that is itself a link.
    let step = Step::offline("validate").file("real.yml", "version: 1\nregistries:\n").with("manifest", "link.yml");
    symlink("real.yml", step.checkout().join("link.yml")).unwrap();
    symlink(step.checkout(), outside.join("workspace")).unwrap();
    let run = step.env("GITHUB_WORKSPACE", &outside.join("workspace").to_string_lossy()).run();
    assert_eq!(run.status, Some(0), "{}", run.log);
}

#[test]
fn reading_a_pipe_is_refused_without_waiting() {
    let step = Step::offline("validate").with("manifest", "pipe");
    pipe(&step.checkout().join("pipe"));
    assert_refused(&step.run(), "can't be read: it is not a regular file");
    let github = FakeGitHub::start();
    for file in ["pipe", "/dev/zero", "."] {
        let step = Step::new(&github, "list").with("ca-file", file);
        pipe(&step.checkout().join("pipe"));
        assert_refused(&step.run(), "can't be read: it is not a regular file");
        let step = Step::new(&github, "list");
        pipe(&step.checkout().join("pipe"));
        let path = step.checkout().join(file).to_string_lossy().into_owned();
        assert_refused(&step.env("SSL_CERT_FILE", &path).run(), "can't be read: it is not a regular file");
    }
}

#[test]
fn no_output_follows_a_link_inside_the_checkout() {
    let github = FakeGitHub::start();
    let (_folder, outside) = outside();
    fs::write(outside.join("precious"), "precious").unwrap();
    for (operation, input) in
        [("list", "result-path"), ("plan", "summary-path"), ("export", "result-path"), ("export", "export-path")]
    {
        for path in ["file", "folder/precious", "folder/new", "dangling", "device", "inside/new"] {
            let step = Step::new(&github, operation).with(input, path);
            let checkout = step.checkout();
            fs::create_dir(checkout.join("sub")).unwrap();
            symlink(outside.join("precious"), checkout.join("file")).unwrap();
            symlink(&outside, checkout.join("folder")).unwrap();
            symlink(outside.join("nothing"), checkout.join("dangling")).unwrap();
            symlink("/dev/null", checkout.join("device")).unwrap();
            symlink("sub", checkout.join("inside")).unwrap();
            assert_refused(&step.run(), "is a symbolic link, which is not followed inside the checkout");
        }
    }
    assert_eq!(fs::read_to_string(outside.join("precious")).unwrap(), "precious");
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 1);
    // Elsewhere the path is trusted as written.
    symlink("precious", outside.join("link")).unwrap();
    let path = outside.join("link").to_string_lossy().into_owned();
    let run = Step::new(&github, "list").with("result-path", &path).run();
    assert_eq!(run.status, Some(0), "{}", run.log);
    assert_eq!(fs::read_to_string(outside.join("precious")).unwrap().trim_end(), run.output("result"));
}

#[test]
fn no_output_replaces_another_file_of_the_run() {
    let github = FakeGitHub::start();
    for (operation, input) in
        [("plan", "result-path"), ("list", "result-path"), ("validate", "result-path"), ("plan", "summary-path")]
    {
        for path in [".github/private-registries.yml", "./.github/../.github/private-registries.yml", "hard.yml"] {
            let step = Step::new(&github, operation).manifest(MANIFEST).with(input, path);
            fs::hard_link(step.checkout().join(".github/private-registries.yml"), step.checkout().join("hard.yml"))
                .unwrap();
            let run = step.run();
            assert_refused(&run, "it is the file that input `manifest` names: choose another");
            assert_eq!(run.files[Path::new(".github/private-registries.yml")], MANIFEST);
        }
    }
    let run = Step::new(&github, "plan").with("result-path", ".github/private-registries.yml").run();
    assert_refused(&run, "it is the file that input `manifest` names: choose another");
    assert!(run.files.is_empty(), "{:?}", run.files);
    let run = Step::new(&github, "list").with("result-path", "../output").run();
    assert_refused(&run, "it is the file that GITHUB_OUTPUT names: choose another");
    let run = Step::new(&github, "list").with("result-path", "../summary").run();
    assert_refused(&run, "it is the file that GITHUB_STEP_SUMMARY names: choose another");
    let run = Step::new(&github, "export").with("result-path", "one").with("export-path", "sub/../one").run();
    assert_refused(&run, "it is the file that input `result-path` names: choose another");
    let run = Step::new(&github, "export").with("summary-path", "one").with("export-path", "one").run();
    assert_refused(&run, "it is the file that input `summary-path` names: choose another");
    let run = Step::new(&github, "list").with("result-path", "one").with("summary-path", "./one").run();
    assert_refused(&run, "it is the file that input `result-path` names: choose another");
    let run = Step::new(&github, "list").with("summary-path", "../summary").run();
    assert_refused(&run, "it is the file that GITHUB_STEP_SUMMARY names: choose another");
}

#[test]
fn the_result_may_go_to_a_device_and_missing_folders_are_created() {
    let github = FakeGitHub::start();
    for path in ["/dev/null", "/dev/stdout", "/dev/stderr", "new/folders/result.json"] {
        let run = Step::new(&github, "list").with("result-path", path).run();
        assert_eq!(run.status, Some(0), "{path}: {}", run.log);
        let is_shown = run.log.lines().any(|line| line == run.output("result"));
        assert_eq!(is_shown, path.contains("std"), "{path}: {}", run.log);
        let written = run.files.get(Path::new("new/folders/result.json")).map(|result| result.trim_end());
        assert_eq!(written, (!path.starts_with('/')).then_some(run.output("result")), "{path}");
    }
}

/// The result is appended to the file of the log, and is not a workflow command there.
#[test]
fn the_result_may_go_where_the_log_goes() {
    let (_folder, folder) = outside();
    let hostile = "##[error]forged";
    let log = File::options().create_new(true).append(true).open(folder.join("log")).unwrap();
    let status = Command::new(env!("CARGO_BIN_EXE_private-registries"))
        .env_clear()
        .env("GITHUB_ACTIONS", "true")
        .env("INPUT_OPERATION", "validate")
        .env("INPUT_ORG", hostile)
        .env("INPUT_RESULT-PATH", "/dev/stdout")
        .current_dir(&folder)
        .stdout(log)
        .stderr(Stdio::null())
        .status();
    assert_eq!(status.unwrap().code(), Some(2));
    let log = fs::read_to_string(folder.join("log")).unwrap();
    assert!(log.starts_with("::error title=Input::"), "{log}");
    let result = log.lines().last().unwrap();
    assert!(!result.contains("##["), "{result}");
    assert_eq!(serde_json::from_str::<serde_json::Value>(result).unwrap()["org"], hostile);
}

#[test]
fn a_pipe_that_nobody_reads_ends_the_run_before_its_first_request() {
    let github = FakeGitHub::start();
    for name in ["INPUT_RESULT-PATH", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"] {
        let step = Step::new(&github, "list");
        let path = step.checkout().join("pipe");
        pipe(&path);
        assert_refused(&step.env(name, &path.to_string_lossy()).run(), "it is a pipe or a socket that nobody reads");
    }
}

#[test]
fn a_pipe_gets_the_result_as_fast_as_its_reader_reads() {
    let github = large();
    let step = Step::new(&github, "list").with("result-path", "pipe");
    let path = step.checkout().join("pipe");
    pipe(&path);
    let mut reader = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(&path).unwrap();
    let running = step.start();
    after_requests(&github, 1);
    let mut result = Vec::new();
    let began = Instant::now();
    while !result.ends_with(b"\n") && began.elapsed() < Duration::from_secs(20) {
        let mut part = [0; 4096];
        let length = reader.read(&mut part).unwrap_or_default();
        result.extend_from_slice(&part[..length]);
        std::thread::sleep(Duration::from_millis(1));
    }
    let run = running.wait();
    assert_eq!(run.status, Some(0), "{}", run.log);
    assert_eq!(String::from_utf8(result).unwrap().trim_end(), run.output("result"));
}

#[test]
fn a_signal_ends_a_run_whose_result_nobody_reads() {
    let github = large();
    for (signal, status) in [("TERM", 143), ("INT", 130)] {
        let step = Step::new(&github, "list").with("result-path", "pipe");
        let path = step.checkout().join("pipe");
        pipe(&path);
        let reader = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(&path).unwrap();
        let running = step.start();
        after_requests(&github, 1);
        std::thread::sleep(Duration::from_millis(300));
        let began = Instant::now();
        running.signal(signal);
        let run = running.wait();
        assert_eq!(run.status, Some(status), "{}", run.log);
        assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
        assert!(
            run.log.contains("nobody reads what is written to this pipe") && !run.summary.is_empty(),
            "{}",
            run.log
        );
        drop(reader);
    }
}

/// Returns an organization whose result is larger than a pipe's buffer, but whose log is not.
fn large() -> FakeGitHub {
    let github = FakeGitHub::start();
    for n in 0..90 {
        let (url, username) = (format!("https://git{n}.acme.dev"), "x".repeat(1_000));
        github.add(json!({"registry_type": "git_source", "url": url, "username": username, "visibility": "private"}));
    }
    github
}

fn after_requests(github: &FakeGitHub, count: usize) {
    let began = Instant::now();
    while github.requests().len() < count {
        assert!(began.elapsed() < Duration::from_secs(20), "{count} requests were not sent");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_run_that_is_killed_leaves_the_old_result() {
    let github = FakeGitHub::start();
    github.fault(Fault::new(Matcher::any(), Kind::Slow(Duration::from_secs(20))));
    let step = Step::new(&github, "list").with("result-path", "result.json").file("result.json", "the old result");
    let running = step.start();
    after_requests(&github, 1);
    running.signal("KILL");
    assert_eq!(running.wait().files[Path::new("result.json")], "the old result");
}

#[test]
fn an_export_that_fails_leaves_no_file_behind() {
    let github = FakeGitHub::start();
    github.fault(Fault::new(Matcher::any(), Kind::IncompleteList));
    let run = Step::new(&github, "export").with("export-path", "new.yml").run();
    assert_eq!((run.status, run.files.len()), (Some(1), 0), "{}", run.log);
    let run = Step::new(&github, "export").with("export-path", "new.yml").with("max-wait", "x").run();
    assert_eq!((run.status, run.files.len()), (Some(2), 0), "{}", run.log);
    let run = Step::new(&github, "list").with("export-path", "new.yml").run();
    assert_eq!((run.status, run.files.len()), (Some(0), 0), "{}", run.log);
    let run = Step::new(&github, "export").with("export-path", "new.yml").run();
    assert_eq!(run.files[Path::new("new.yml")], run.output("manifest"));
}

#[test]
fn an_export_refuses_whatever_exists() {
    let github = FakeGitHub::start();
    let step = Step::new(&github, "export").with("export-path", "pipe").with("max-wait", "x");
    pipe(&step.checkout().join("pipe"));
    let run = step.run();
    assert_refused(&run, "input `export-path` names an existing file");
    assert!(run.log.contains("input `max-wait`"), "everything is told at once: {}", run.log);
    let mut file = File::create(tempfile::tempdir().unwrap().path().join("x")).unwrap();
    file.write_all(b"x").unwrap();
    assert_refused(&Step::new(&github, "export").with("export-path", "/dev/stdout").run(), "names an existing file");
    let step = Step::new(&github, "export").with("export-path", "folder");
    fs::create_dir(step.checkout().join("folder")).unwrap();
    assert_refused(&step.run(), "it is a folder");
}
