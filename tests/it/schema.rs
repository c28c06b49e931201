//! Checks that the published JSON Schema is generated from the code, and agrees with the program about manifests.

use std::fs;

use private_registries::internals::manifest::{self, Context, json_schema};

use crate::harness::Step;
use crate::world::changes::MANIFEST;
use crate::world::{repository, yaml};

#[test]
#[expect(clippy::disallowed_methods, reason = "how a person asks for the file to be written")]
fn the_published_schema_is_generated_from_the_code() {
    let path = repository("schema/private-registries.schema.json");
    let generated = format!("{:#}\n", json_schema());
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, &generated).expect("the schema is written");
    }
    let published = fs::read_to_string(&path).unwrap_or_default();
    assert!(published == generated, "the schema is stale: run UPDATE_SCHEMA=1 cargo test --test it schema");
}

#[test]
fn every_example_conforms_to_the_schema_and_is_valid() {
    let schema = jsonschema::validator_for(&json_schema()).expect("a schema");
    let mut examples = 0;
    for entry in fs::read_dir(repository("examples")).expect("examples").flatten() {
        if entry.path().extension().is_none_or(|extension| extension != "yml") {
            continue;
        }
        examples += 1;
        let text = fs::read_to_string(entry.path()).expect("an example");
        let errors: Vec<String> =
            schema.iter_errors(&yaml::read(&text)).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{}: {errors:?}", entry.path().display());
        assert!(text.starts_with("# yaml-language-server: $schema="), "{}", entry.path().display());
        let run = Step::offline("validate").manifest(&text).run();
        assert_eq!(run.status, Some(0), "{}: {}", entry.path().display(), run.log);
        assert!(!run.log.contains("::warning") && !run.log.contains("::notice"), "an example sets one: {}", run.log);
    }
    assert!(examples >= 2);
}

#[test]
fn the_schema_and_the_program_agree() {
    let schema = jsonschema::validator_for(&json_schema()).expect("a schema");
    let head = "version: 1\nregistries:\n  r:\n";
    let good = "    type: git\n    url: https://git.acme.dev\n    visibility: private\n    token: ${A}\n";
    let cases = [
        (MANIFEST.to_owned(), true),
        ("version: 1\nregistries: {}\n".to_owned(), true),
        ("version: 1\nregistries:\n".to_owned(), true),
        (format!("{head}{good}"), true),
        (format!("{head}{}", good.replace("type: git", "type: git_source")), true),
        (format!("{head}{}", good.replace("type: git", "type: git-source")), true),
        (
            format!("{head}{good}    username:\n    auth-type: username-password\n")
                .replace("username:\n", "username: u\n"),
            true,
        ),
        (format!("{head}{good}    username:\n"), true),
        (format!("{head}{good}    replaces_base: true\n"), true),
        (format!("{head}{good}    replaces-base: 'true'\n"), false),
        (format!("{head}{good}    scope: x\n"), false),
        (format!("{head}{}", good.replace("${A}", "literal")), false),
        (format!("{head}{}", good.replace("${A}", "Bearer ${{ secrets.A }}")), true),
        (format!("{head}{}", good.replace("${A}", "PAT:${A}")), true),
        (format!("{head}{}", good.replace("${A}", "${{secrets.A}}:${B}")), true),
        (format!("{head}{}", good.replace("${A}", "bearer ${A}")), false),
        (format!("{head}{}", good.replace("${A}", "ghp_x:${A}")), false),
        (format!("{head}{}", good.replace("${A}", "${A}:${B}:${C}")), false),
        (format!("{head}{}", good.replace("${A}", "${A}${B}")), false),
        (format!("{head}{good}    expires: 2027-01-31\n"), true),
        (format!("{head}{good}    expires: 2027-1-31\n"), false),
        (format!("{head}{}", good.replace("type: git", "type: gti")), false),
        (format!("{head}{}", good.replace("private", "privat")), false),
        (format!("{head}{}", good.replace("    url: https://git.acme.dev\n", "")), false),
        (format!("{head}{}", good.replace("private", "selected\n    selected-repositories: [api, 12]")), true),
        (format!("{head}{}", good.replace("private", "selected\n    selected-repositories: api")), false),
        (format!("{head}{}", good.replace("private", "selected\n    selected-repositories: [api, api]")), false),
        ("version: 2\nregistries: {}\n".to_owned(), false),
        ("version: 1\n".to_owned(), false),
        ("version: 1\nregistries: []\n".to_owned(), false),
        ("version: 1\nregistries: {}\nupdates: []\n".to_owned(), false),
        ("version: 1\nregistries: {}\ndefaults: {url: x}\n".to_owned(), false),
    ];
    for (text, is_valid) in cases {
        assert_eq!(schema.is_valid(&yaml::read(&text)), is_valid, "the schema on {text}");
        assert_eq!(manifest::read(&text, &Context::default()).is_ok(), is_valid, "the program on {text}");
    }
}
