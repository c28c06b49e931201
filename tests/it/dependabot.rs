//! A dependabot.yml as a manifest, with its registries unchanged.
//!
//! The blocks have the structure of public files and of GitHub's documentation, with other names.

use fake_github::FakeGitHub;
use private_registries::internals::desired::Desired;
use private_registries::internals::manifest::{self, Context, Manifest};
use private_registries::internals::registry::{AuthType, RegistryType, Visibility};
use proptest::prelude::*;
use proptest::sample::subsequence;

use crate::harness::{Run, Step, assert_run};

/// Every registry type, in the forms found in public files: quoted and bare references, urls without a scheme, an
/// indentation of four blanks, comments, `updates:` before and after.
const EVERY_TYPE: &str = r#"# To get started with Dependabot version updates, you'll need to specify which
# package ecosystems to update and where the package manifests are located.

version: 2
enable-beta-ecosystems: true
multi-ecosystem-groups:
  everything:
    schedule:
      interval: "weekly"
registries:
    cargo-example:
        type: cargo-registry
        registry: "name-of-your-registry"
        url: https://cargo.cloudsmith.io/acme/main/
        token: "Token ${{secrets.CARGO_TOKEN}}"
    private_packagist:
        type: composer-repository
        url: https://repo.packagist.com/acme/
        username: token
        password: ${{secrets.PRIVATE_PACKAGIST_AUTH_TOKEN}}
    dockerhub: # no scheme
        type: docker-registry
        url: registry.hub.docker.com
        username: octocat
        password: ${{ secrets.DOCKERHUB_PASSWORD }}
        replaces-base: true
    github-octocat:
        type: git
        url: https://github.com
        username: x-access-token
        password: ${{secrets.MY_GITHUB_PERSONAL_TOKEN}}
    go-proxy:
        type: goproxy-server
        url: https://acme.jfrog.io/artifactory/api/go/my-repo
        username: octocat
        password: ${{secrets.MY_GO_REGISTRY_TOKEN}}
    helm_registry:
        type: helm-registry
        url: https://registry.acme.dev
        username: octocat
        password: ${{secrets.MY_REGISTRY_PASSWORD}}
    github-hex-org:
        type: hex-organization
        organization: github
        key: ${{secrets.MY_HEX_ORGANIZATION_KEY}}
    github-hex-repository:
        type: hex-repository
        repo: private-repo
        url: https://private-repo.acme.dev
        auth-key: ${{secrets.MY_AUTH_KEY}}
        public-key-fingerprint: ${{secrets.MY_PUBLIC_KEY_FINGERPRINT}}
    maven-central:
        type: maven-repository
        url: https://repo.maven.apache.org/maven2
    maven-github:
        type: maven-repository
        url: https://maven.pkg.github.com/acme
        username: monalisa
        password: "${{secrets.DEPENDABOT_GITHUB_TOKEN}}"
    npm-github: {type: npm-registry, url: 'https://npm.pkg.github.com', token: '${{ secrets.DEPENDABOT_GITHUB_TOKEN }}'}
    nuget-azure-devops:
        type: nuget-feed
        url: https://pkgs.dev.azure.com/acme/_packaging/My_Feed/nuget/v3/index.json
        username: octocat@acme.dev
        password: ${{secrets.MY_AZURE_DEVOPS_TOKEN}}
    my-pub-registry:
        type: pub-repository
        url: https://example-private-pub-repo.dev/optional-path
        token: ${{secrets.MY_PUB_TOKEN}}
    python-registry:
        type: python-index
        url: https://europe-west3-python.pkg.dev/acme/python-registry
        username: "_json_key_base64" # <- Note the username
        password: ${{ secrets.ARTIFACTORY_REGISTRY_SERVICE_ACCOUNT_KEY_BASE64 }} # base64 encoded
    ruby-example:
        type: rubygems-server
        url: https://rubygems.acme.dev
        username: octocat@acme.dev
        password: ${{secrets.MY_RUBYGEMS_PASSWORD}}
    terraform-cloud:
        type: terraform-registry
        url: https://app.terraform.io
        token: ${{secrets.TF_API_TOKEN}}
    my-azure-devops-artifacts-feed:
        type: npm-registry
        url: https://pkgs.dev.azure.com/acme/main/_packaging/feed/npm/registry/
        tenant-id: 12345678-1234-1234-1234-123456789012
        client-id: abcdef01-2345-6789-abcd-ef0123456789
    my-jfrog-artifactory-feed:
        type: npm-registry
        url: https://acme.jfrog.io/artifactory/api/npm/main
        jfrog-oidc-provider-name: MY-PROVIDER
        audience: MY-AUDIENCE  # if required by your feed
updates:
  - package-ecosystem: "bundler"
    directory: "/rubygems-server"
    insecure-external-code-execution: allow
    registries: "*"
    schedule:
      interval: "monthly"
    ignore:
      - dependency-name: "*"
        update-types: ["version-update:semver-major"]
"#;

fn read(source: &str, default_visibility: Option<Visibility>) -> Result<Manifest, manifest::ManifestError> {
    manifest::read(source, &Context { file: "dependabot.yml", default_visibility, ..Context::default() })
}

fn is_valid(source: &str) -> Manifest {
    read(source, Some(Visibility::Private)).unwrap_or_else(|error| panic!("{error}\n{source}"))
}

/// Returns the messages about a dependabot.yml with this one entry.
fn problems(fields: &str) -> Vec<String> {
    let source = format!("version: 2\nregistries:\n  npm:\n{fields}updates: []\n");
    let told = |diagnostics: Vec<private_registries::internals::diagnostics::Diagnostic>| {
        diagnostics.into_iter().map(|diagnostic| diagnostic.message).collect()
    };
    match read(&source, Some(Visibility::Private)) {
        Ok(manifest) => panic!("{manifest:?}"),
        Err(error) => told(error.diagnostics),
    }
}

fn validate(yaml: &str) -> Step<'static> {
    let step = Step::offline("validate").with("manifest", ".github/dependabot.yml");
    step.with("default-visibility", "private").file(".github/dependabot.yml", yaml)
}

fn lines<'a>(run: &'a Run, level: &str) -> Vec<&'a str> {
    run.log.lines().filter(|line| line.starts_with(&format!("::{level} "))).collect()
}

#[test]
fn registries_of_a_dependabot_yml_are_read_unchanged() {
    let run = validate(EVERY_TYPE).run();
    assert_run!(run);
    let manifest = is_valid(EVERY_TYPE);
    for registry_type in RegistryType::ALL {
        let is_there = manifest.registries.iter().any(|desired| desired.registry_type == *registry_type);
        assert_eq!(is_there, *registry_type != RegistryType::HexOrganization, "{registry_type}");
    }
    assert!(manifest.registries.iter().all(|one| one.settings.visibility == Some(Visibility::Private)));
    let oidc = manifest.registries.iter().filter(|desired| desired.auth_type.is_oidc());
    assert_eq!(oidc.map(|one| one.auth_type).collect::<Vec<_>>(), [AuthType::OidcAzure, AuthType::OidcJfrog]);
}

#[test]
fn a_plan_and_an_apply_accept_a_dependabot_yml() {
    let github = FakeGitHub::start();
    let yaml = "version: 2\nregistries:\n  npm:\n    type: npm-registry\n    url: https://npm.acme.dev\n    scope: '@acme'\n    \
                token: ${{secrets.NPM_TOKEN}}\n    replaces-base: true\nupdates: []\n";
    let step = |operation| {
        let step = Step::new(&github, operation).with("manifest", ".github/dependabot.yml");
        step.file(".github/dependabot.yml", yaml).with("default-visibility", "all")
    };
    let plan = step("plan").run();
    assert_eq!((plan.status, plan.output("create-count")), (Some(0), "1"), "{}", plan.log);
    assert_eq!(lines(&plan, "notice").len(), 2, "the scope, and whose the secrets are: {}", plan.log);
    let missing = step("apply").run();
    assert!(missing.status == Some(2) && missing.errors()[0].contains("NPM_TOKEN is not set"), "{}", missing.log);
    let apply = step("apply").secret_env("NPM_TOKEN", "npm-secret-value").run();
    assert_eq!((apply.status, apply.output("create-count")), (Some(0), "1"), "{}", apply.log);
    assert_eq!(github.configurations()[0].visibility, "all");
}

#[test]
fn one_notice_explains_dependabot_secrets_with_the_block_to_paste() {
    let run = validate(EVERY_TYPE).run();
    let said: Vec<&str> =
        lines(&run, "notice").into_iter().filter(|line| line.contains("are Dependabot secrets")).collect();
    assert_eq!(said.len(), 1, "{}", run.log);
    let block = said[0].split_once("%0Aenv:%0A").expect("a block").1;
    let variables: Vec<&str> = block.split("%0A").map(|line| line.trim().split_once(':').expect("a line").0).collect();
    assert_eq!(variables.len(), 13, "{variables:?}");
    assert!(variables.is_sorted() && variables.contains(&"DEPENDABOT_GITHUB_TOKEN"), "{variables:?}");
    assert!(block.contains("  TF_API_TOKEN: ${{ secrets.TF_API_TOKEN }}"), "{block}");
    let oidc = "version: 2\nregistries:\n  npm: {type: npm-registry, url: 'https://acme.jfrog.io', jfrog-oidc-provider-name: p}\n";
    assert!(lines(&validate(oidc).run(), "notice").is_empty(), "there is none");
}

#[test]
fn a_missing_visibility_is_reported_once() {
    let without = |operation: &str| {
        let step = Step::offline(operation).with("manifest", "d.yml").file("d.yml", EVERY_TYPE);
        step.with("org", "acme").secret_input("token", "token-value").with("api-url", "http://127.0.0.1:9")
    };
    for operation in ["validate", "plan", "apply"] {
        let run = without(operation).run();
        assert_eq!((run.status, run.errors().len()), (Some(2), 1), "{}", run.log);
        assert!(run.errors()[0].contains("line=10,col=1::a dependabot.yml does not define"), "{}", run.log);
        assert!(run.errors()[0].contains("`default-visibility`"), "{}", run.log);
    }
    let run = without("plan").with("default-visibility", "selected").run();
    assert!(
        run.status == Some(2) && run.errors()[0].contains("input `default-visibility` can't be `selected`"),
        "{}",
        run.log
    );
    let run = without("plan").with("default-visibility", "privat").run();
    assert!(run.status == Some(2) && run.errors()[0].contains("did you mean `private`?"), "{}", run.log);
    for operation in ["plan", "apply"] {
        let run = without(operation).with("default-visibility", "all").with("prune", "true").run();
        assert_eq!((run.status, run.errors().len()), (Some(2), 1), "{}", run.log);
        assert!(run.errors()[0].contains("line=4,col=10::input `prune` can't be true"), "{}", run.log);
    }
    let run =
        Step::offline("validate").with("default-visibility", "all").manifest("version: 1\nregistries: {}\n").run();
    assert!(run.status == Some(0) && lines(&run, "notice")[0].contains("has no effect here"), "{}", run.log);
}

#[test]
fn keys_of_our_own_format_and_misspelt_keys_are_errors() {
    let entry = "    type: npm-registry\n    url: https://npm.acme.dev\n    token: ${{secrets.NPM_TOKEN}}\n";
    for key in [
        "visibility",
        "selected-repositories",
        "name",
        "allow",
        "expires",
        "auth-type",
        "encrypted-value",
        "key-id",
        "secret",
    ] {
        let messages = problems(&format!("{entry}    {key}: x\n"));
        assert!(
            messages.iter().any(|message| message.starts_with(&format!("`{key}` is a key of this program's own"))),
            "{messages:?}"
        );
    }
    assert_eq!(
        problems(&format!("{entry}    replace-base: true\n")),
        ["`replace-base` is not a key of an entry; did you mean `replaces-base`?"]
    );
    let misspelt =
        problems("    type: npm-registry\n    ulr: https://npm.acme.dev\n    token: ${{secrets.NPM_TOKEN}}\n");
    assert_eq!(
        misspelt,
        ["`ulr` is not a key of an entry; did you mean `url`?"],
        "it is not left out without an error"
    );
    let literal = problems(&entry.replace("${{secrets.NPM_TOKEN}}", "hunter2"));
    assert!(literal.len() == 1 && !literal[0].contains("hunter2"), "{literal:?}");
    let username = problems(&format!("{entry}    username: ${{{{secrets.NPM_USER}}}}\n"));
    assert!(username.len() == 1 && username[0].contains("GitHub stores the user name in plain text"), "{username:?}");
    let twice = "version: 2\nregistries:\n  a: {type: git, url: 'https://g.dev', username: u, password: '${A}'}\n  b: {type: git, url: 'https://g.dev/', username: u, password: '${A}'}\n";
    let twice = read(twice, Some(Visibility::All)).unwrap_err().to_string();
    assert_eq!(twice, "`b` has the same type and url as the entry on line 3: remove one");
    for (text, message) in [
        ("version: 2\nupdates: []\n", "this dependabot.yml has no `registries:`"),
        ("version: 2\nregistrys: {}\n", "this dependabot.yml has no `registries:`; did you mean"),
        ("version: 2\nregistries: [npm]\n", "`registries` is a list, but must map labels to registries"),
        ("version: 2\nregistries: {}\nregistries: {}\n", "`registries` is already given on line 2"),
        ("version: 2\ndefaults: {}\nregistries: {}\n", "`defaults` is a key of this program's own"),
        ("version: 3\nregistries: {}\n", "`version` must be 1, or 2 in a dependabot.yml"),
    ] {
        let error = read(text, Some(Visibility::All)).expect_err(text).to_string();
        assert!(error.contains(message) && !error.contains('\n'), "{text}: {error}");
    }
    assert!(is_valid("version: 2\nregistries:\n").registries.is_empty());
}

#[test]
fn entries_not_allowed_in_an_organization_are_left_out_with_a_warning() {
    let run = validate(EVERY_TYPE).run();
    let left_out: Vec<&str> = lines(&run, "warning").into_iter().filter(|line| line.contains("is left out")).collect();
    assert_eq!(left_out.len(), 2, "{}", run.log);
    assert!(left_out[0].contains("line=42,col=5::`github-hex-org` is left out: it has no `url`"), "{}", left_out[0]);
    assert!(left_out[1].contains("`maven-central` is left out: it has no credential"), "{}", left_out[1]);
    for (registry, advice) in [
        ("npm.acme.dev", ": write `url: https://npm.acme.dev`"),
        ("https://npm.acme.dev/a", ": write `url: https://npm.acme.dev/a`"),
        ("me:hunter2@npm.acme.dev", "requires"),
    ] {
        let entry = format!(
            "version: 2\nregistries:\n  npm: {{type: npm-registry, registry: '{registry}', token: '${{A}}'}}\n"
        );
        let message = &is_valid(&entry).remarks.pop().expect("a warning").message;
        assert!(message.ends_with(advice), "{message}");
    }
    let half = problems("    type: npm-registry\n    url: https://npm.acme.dev\n    username: octocat\n");
    assert_eq!(
        half,
        ["`npm` lacks `password` (or `token`), which is required by auth type token"],
        "half a credential is a mistake"
    );
    let half =
        problems("    type: npm-registry\n    url: https://npm.acme.dev\n    username: octocat\n    password: ''\n");
    assert!(half.len() == 1 && half[0].starts_with("`password` is empty"), "{half:?}");
    let public = "version: 2\nregistries:\n  central: {type: maven-repository, url: 'https://repo.maven.apache.org/maven2', username: '', password: ''}\n";
    let public = is_valid(public);
    assert!(public.registries.is_empty() && public.remarks[0].message.contains("no credential"), "{public:?}");
}

/// Returns the entries of [`EVERY_TYPE`], unchanged.
fn entries() -> Vec<String> {
    let (_, rest) = EVERY_TYPE.split_once("\nregistries:\n").expect("registries");
    let (block, _) = rest.split_once("\nupdates:").expect("updates");
    let mut entries: Vec<String> = Vec::new();
    for line in block.lines() {
        let is_label = line.starts_with("    ") && !line.starts_with("     ");
        if is_label {
            entries.push(String::new());
        }
        let entry = entries.last_mut().expect("a label");
        entry.push_str(line);
        entry.push('\n');
    }
    entries
}

/// Returns the entry as it would be in a manifest of our own format; `None` if it is not allowed in an organization.
fn in_our_own_format(entry: &str) -> Option<String> {
    if entry.contains("hex-organization") || entry.contains("maven-central") {
        return None;
    }
    let without_field = ["registry:", "repo:", "public-key-fingerprint:"];
    let is_kept = |line: &&str| !without_field.iter().any(|key| line.trim_start().starts_with(key));
    let lines = entry.lines().filter(is_kept).map(|line| line.replace("auth-key:", "key:") + "\n");
    Some(lines.collect())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    /// This holds for any entries, in any order, and whatever else the file contains.
    #[test]
    fn a_dependabot_yml_means_the_same_as_a_manifest_with_its_entries(
        some in subsequence(entries(), 0..=entries().len()).prop_shuffle(),
        other_parts in subsequence(vec!["updates: []\n", "enable-beta-ecosystems: true\n", "x-anything: {registries: [a]}\n"], 0..=3),
        is_first in any::<bool>(),
    ) {
        let registries = |entries: Vec<String>| if entries.is_empty() { "registries:\n".to_owned() } else { format!("registries:\n{}", entries.concat()) };
        let (before, after) = if is_first { (other_parts.concat(), String::new()) } else { (String::new(), other_parts.concat()) };
        let theirs = is_valid(&format!("version: 2\n{before}{}{after}", registries(some.clone())));
        let left_out = theirs.remarks.iter().filter(|remark| remark.message.contains("is left out: it has no")).count();
        let ours: Vec<String> = some.iter().filter_map(|entry| in_our_own_format(entry)).collect();
        prop_assert_eq!(left_out, some.len() - ours.len());
        let ours = is_valid(&format!("version: 1\ndefaults: {{visibility: private}}\n{}", registries(ours)));
        let seen = |manifest: &Manifest| manifest.registries.iter().map(without_places).collect::<Vec<_>>();
        prop_assert_eq!(seen(&theirs), seen(&ours));
    }
}

/// Formats an entry without its location.
fn without_places(desired: &Desired) -> String {
    let text = format!("{:?}", Desired { location: None, ..desired.clone() });
    match text.split_once("location: Location") {
        Some((before, after)) => format!("{before}{}", after.split_once('}').map_or(after, |(_, after)| after)),
        None => text,
    }
}
