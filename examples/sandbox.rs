//! The main use case, on a fake GitHub on this machine: an organization goes from no registries to those of its
//! manifest.
//!
//! `cargo run --example sandbox` runs the demonstration; with `-- --serve` only the GitHub runs, to try the program by
//! hand.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::Path;

use fake_github::{FakeGitHub, WRITE_TOKEN, json};
use private_registries::{Environment, Exit};

const MANIFEST: &str = include_str!("private-registries.yml");

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let github = FakeGitHub::start();
    if std::env::args().any(|argument| argument == "--serve") {
        serve(&github);
    }
    let folder = std::env::temp_dir().join(format!("private-registries-sandbox-{}", std::process::id()));
    fs::create_dir_all(folder.join(".github"))?;
    let story = Box::pin(tell(&github, &folder)).await;
    fs::remove_dir_all(&folder)?;
    story
}

async fn tell(github: &FakeGitHub, folder: &Path) -> io::Result<()> {
    let sandbox = Sandbox { github, folder };
    let secrets = [("NPM_TOKEN", "npm-secret-1"), ("MAVEN_PASSWORD", "maven-secret-1")];

    sandbox.manifest(MANIFEST)?;
    chapter("The manifest: the registries of dependabot.yml, plus the fields that an organization needs");
    println!("{MANIFEST}");

    chapter("plan: shows what would be done. It needs no secrets, so a pull request may run it");
    sandbox.run(&[("operation", "plan")], &[]).await;

    chapter("apply: carries out exactly that plan");
    sandbox.run(&[("operation", "apply")], &secrets).await;
    sandbox.what_github_can_open();

    chapter("plan again: nothing differs. Secrets can't be compared, so they would be sent again, which is not drift");
    sandbox.run(&[("operation", "plan"), ("fail_on_drift", "true")], &[]).await;

    chapter("Somebody changes the npm registry on the settings page, so that public repositories may use it too");
    github.change("NPM_REGISTRY_SECRET", "visibility", "all");
    sandbox.run(&[("operation", "plan"), ("resend", "on-change"), ("fail_on_drift", "true")], &[]).await;

    chapter("apply reverts that");
    sandbox.run(&[("operation", "apply"), ("resend", "on-change")], &secrets).await;

    chapter("Rotation: the step's environment has new secrets, and apply sends them");
    let rotated = [("NPM_TOKEN", "npm-secret-2"), ("MAVEN_PASSWORD", "maven-secret-2")];
    sandbox.run(&[("operation", "apply")], &rotated).await;
    sandbox.what_github_can_open();

    chapter("Two registries are not in the manifest; with max-deletes: 1, prune refuses to delete both");
    for url in ["https://old.acme.dev", "https://older.acme.dev"] {
        github.add(json!({"registry_type": "pub_repository", "url": url, "visibility": "all"}));
    }
    let prune = [("operation", "apply"), ("resend", "on-change"), ("prune", "true")];
    sandbox.run(&[&prune[..], &[("max_deletes", "1")]].concat(), &rotated).await;

    chapter("With max-deletes: 2, prune deletes them");
    let exit = sandbox.run(&[&prune[..], &[("max_deletes", "2")]].concat(), &rotated).await;
    println!("The job summary of this run:\n\n{}", fs::read_to_string(folder.join("summary.md"))?);

    chapter("Every endpoint is also an operation of its own: rotate one secret, and change nothing else");
    sandbox.run(&[("operation", "update"), ("name", "NPM_REGISTRY_SECRET"), ("secret", "npm-secret-3")], &[]).await;
    sandbox.what_github_can_open();

    let is_converged = exit == Exit::Done && github.configurations().len() == 3;
    println!("{}", if is_converged { "The organization matches its manifest." } else { "Something went wrong." });
    if is_converged { Ok(()) } else { Err(io::Error::other("the sandbox did not converge")) }
}

fn chapter(title: &str) {
    println!("\n━━ {title}\n");
}

/// A fake GitHub and a checkout.
struct Sandbox<'a> {
    github: &'a FakeGitHub,
    folder: &'a Path,
}

impl Sandbox<'_> {
    fn manifest(&self, text: &str) -> io::Result<()> {
        fs::write(self.folder.join(".github/private-registries.yml"), text)
    }

    /// Runs the program like a step of a workflow, with inputs and `env:`.
    async fn run(&self, inputs: &[(&str, &str)], env: &[(&str, &str)]) -> Exit {
        let shown: Vec<String> =
            inputs.iter().map(|(name, value)| format!("{}: {value}", name.replace('_', "-"))).collect();
        println!("$ with: {{{}}}", shown.join(", "));
        let _ = fs::remove_file(self.folder.join("summary.md"));
        let mut variables: Vec<(OsString, OsString)> = vec![
            ("GITHUB_WORKSPACE".into(), self.folder.into()),
            ("GITHUB_STEP_SUMMARY".into(), self.folder.join("summary.md").into()),
            ("GITHUB_OUTPUT".into(), self.folder.join("output").into()),
            ("INPUT_API_URL".into(), self.github.url().into()),
            ("INPUT_ORG".into(), "acme".into()),
            ("INPUT_TOKEN".into(), WRITE_TOKEN.into()),
        ];
        variables
            .extend(inputs.iter().map(|(name, value)| (format!("INPUT_{}", name.to_uppercase()).into(), value.into())));
        variables.extend(env.iter().map(|(name, value)| (name.into(), value.into())));
        let exit = private_registries::run(&variables.into_iter().collect::<Environment>()).await;
        println!("exit status {}\n", exit.status());
        exit
    }

    /// Shows the secrets that GitHub decrypted, as proof that they arrived.
    fn what_github_can_open(&self) {
        println!("The secrets that GitHub can decrypt:");
        for live in self.github.configurations() {
            println!("  {}: {}", live.name, live.secret.as_deref().unwrap_or("no secret (OIDC)"));
        }
    }
}

/// Keeps the GitHub running until the process is killed.
fn serve(github: &FakeGitHub) -> ! {
    println!(
        "# A GitHub with the organization acme and its repositories api, web, docs and tools. Type in another terminal:"
    );
    println!("export INPUT_API_URL={} INPUT_ORG=acme INPUT_TOKEN={WRITE_TOKEN}", github.url());
    println!("export INPUT_MANIFEST=examples/private-registries.yml NPM_TOKEN=npm-secret MAVEN_PASSWORD=maven-secret");
    println!("# Tokens with fewer permissions: {} {}", fake_github::READ_TOKEN, fake_github::NOBODY_TOKEN);
    println!("# Then, for example:");
    println!("cargo run -q -- plan");
    println!("cargo run -q -- apply");
    println!("# Stop the GitHub with Ctrl-C.");
    loop {
        std::thread::park();
    }
}
