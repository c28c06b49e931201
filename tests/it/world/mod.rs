//! Fixtures that several tests share: manifests and organizations, faults of GitHub, registries that answer, and the
//! files of this repository.

pub(crate) mod app;
pub(crate) mod canned;
pub(crate) mod changes;
pub(crate) mod faults;
pub(crate) mod generated;
pub(crate) mod page;
pub(crate) mod products;
pub(crate) mod registry;
pub(crate) mod writes;
pub(crate) mod yaml;

use std::path::{Path, PathBuf};

use fake_github::{Configuration, FakeGitHub};

use crate::harness::{Step, texts_below};

/// Returns the configurations that GitHub stores, without their times.
pub(crate) fn state(github: &FakeGitHub) -> Vec<Configuration> {
    let mut state = github.configurations();
    for configuration in &mut state {
        configuration.updated_at.clear();
        configuration.created_at.clear();
    }
    state
}

/// Returns the id of the current key, and a secret sealed with it outside of the program.
pub(crate) fn sealed_elsewhere(github: &FakeGitHub, secret: &str) -> (String, String) {
    use base64::Engine as _;
    use crypto_box::aead::OsRng;
    let (key_id, key) = github.public_key();
    let base64 = base64::engine::general_purpose::STANDARD;
    let key: [u8; 32] = base64.decode(key).unwrap().try_into().unwrap();
    let sealed = crypto_box::PublicKey::from(key).seal(&mut OsRng, secret.as_bytes()).unwrap();
    (key_id, base64.encode(sealed))
}

/// Returns a step that creates a private npm registry.
pub(crate) fn create_npm<'a>(github: &'a FakeGitHub, secret: &str) -> Step<'a> {
    Step::new(github, "create")
        .with("registry-type", "npm_registry")
        .with("url", "https://npm.acme.dev")
        .with("visibility", "private")
        .secret_input("secret", secret)
}

/// Returns the path of a file of this repository.
pub(crate) fn repository(path: impl AsRef<Path>) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Test files share code only through the harness, this module, and the `mod.rs` of their own folder.
#[test]
fn no_test_file_imports_from_another() {
    let mut borrowed = Vec::new();
    for (path, text) in texts_below(&repository("tests/it")) {
        let is_shared = path.starts_with("world") || path.starts_with("harness") || path == Path::new("harness.rs");
        if is_shared || path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let of_crate =
            text.split("crate::").skip(1).filter(|name| !["harness", "world"].iter().any(|it| name.starts_with(it)));
        let from_module = |name: &&str| name.split([';', ' ', '(']).next().is_some_and(|name| name.contains("::"));
        let of_folder = text.split("super::").skip(1).filter(from_module);
        borrowed.extend(
            of_crate
                .chain(of_folder)
                .map(|name| format!("{}: {}", path.display(), name.lines().next().unwrap_or_default())),
        );
    }
    assert!(borrowed.is_empty(), "move to world/ what these share: {borrowed:#?}");
}
