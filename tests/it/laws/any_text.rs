//! Law 5: reading any text as a manifest quickly gives a valid manifest or a list of problems, in little memory.

use std::time::{Duration, Instant};

use private_registries::internals::manifest::{self, Context};
use private_registries::internals::registry::{OidcField, Visibility};
use proptest::prelude::*;

use crate::harness::cases;
use crate::world::generated::worlds;

/// Far longer than any text needs in a debug build on a busy machine, and far shorter than a runaway takes.
const SOON: Duration = Duration::from_secs(20);

fn read(text: &str) -> Option<usize> {
    let began = Instant::now();
    let read = manifest::read(text, &Context { file: "m.yml", ..Context::default() });
    assert!(began.elapsed() < SOON, "{:?} for {} bytes", began.elapsed(), text.len());
    match read {
        Ok(manifest) => Some(manifest.registries.len()),
        Err(error) => {
            assert!(
                !error.diagnostics.is_empty() && error.diagnostics.len() < 1_000,
                "{} notes",
                error.diagnostics.len()
            );
            assert!(error.diagnostics.iter().all(|note| !note.message.is_empty()));
            None
        }
    }
}

/// Generates pieces of YAML and of manifests.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[ \n\t:,\\[\\]{}#&*!|>'\"%@`?-]{1,3}",
        "\\PC{0,5}",
        any::<char>().prop_map(String::from),
        prop::sample::select(vec![
            "version: 1\n",
            "registries:\n",
            "registries: {",
            "  a:\n",
            "    type: git\n",
            "    url: a.b\n",
            "&a ",
            "*a ",
            "<<: *a\n",
            "token: ${{ secrets.A }}\n",
            "visibility: selected\n",
            "defaults:\n",
            "---\n",
            "...\n",
            "!!binary ",
            "? ",
            "- ",
            "\u{feff}",
            "\r",
            "\u{85}",
            "\u{2028}",
            "0x1f",
            "~",
            "~: ~\n",
            "%YAML 1.2\n",
            "    selected-repositories: [api, API, 1, acme/x]\n",
            "'",
            "\"\\x",
            "\"\\ud800\"",
            "|2\n",
        ])
        .prop_map(str::to_owned),
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn any_text_is_read_quickly(text in pieces()) {
        read(&text);
    }

    #[test]
    fn a_manifest_with_a_part_added_or_removed_is_read_quickly(
        world in worlds(),
        at in any::<prop::sample::Index>(),
        removed in 0..20_usize,
        put_in in pieces(),
    ) {
        let mut text: Vec<char> = world.manifest().chars().collect();
        let start = at.index(text.len());
        let end = (start + removed).min(text.len());
        text.splice(start..end, put_in.chars());
        read(&text.into_iter().collect::<String>());
    }

    /// A secret written in place of a reference is never repeated.
    #[test]
    fn a_literal_secret_is_not_repeated(key in "password|token|key|secret", secret in "[a-zA-Z0-9]{12,20}") {
        let text = format!("version: 1\nregistries:\n  a: {{type: git, url: a.b, {key}: {secret}, vsibility: all}}\n");
        let error = manifest::read(&text, &Context { file: "m.yml", ..Context::default() }).unwrap_err();
        for note in error.diagnostics {
            prop_assert!(!format!("{note:?}").contains(&secret), "{note:?}");
        }
    }
}

/// Valid entries, one for each way to authenticate.
const SOUND: [&str; 8] = [
    "token: '${A}'",
    "username: me\npassword: '${A}'",
    "tenant-id: t\nclient-id: c",
    "aws-region: us-east-1\naccount-id: '123456789012'\nrole-name: r\ndomain: d\ndomain-owner: '123456789012'",
    "jfrog-oidc-provider-name: p",
    "namespace: n\nservice-slug: s\naudience: a",
    "workload-identity-provider: p",
    "username: me\nkey: '${A}'",
];

/// Returns the problems of an entry with these lines.
fn problems(version: u8, lines: &str) -> Vec<String> {
    let visibility = if version == 1 { "visibility: private\n" } else { "" };
    let lines = format!("type: nuget-feed\nurl: https://a.dev\n{visibility}{lines}").replace('\n', "\n    ");
    let text = format!("version: {version}\nregistries:\n  a:\n    {lines}\n");
    let context = Context {
        file: "m.yml",
        default_visibility: (version == 2).then_some(Visibility::Private),
        ..Context::default()
    };
    let problems = manifest::read(&text, &context).map_or_else(|error| error.diagnostics, |_| Vec::new());
    problems.into_iter().map(|problem| problem.message).collect()
}

/// Returns a key with a letter missing or doubled.
fn misspelt(key: &str, at: usize, is_missing: bool) -> String {
    let (before, after) = key.split_at(at % key.len());
    if is_missing { format!("{before}{}", &after[1..]) } else { format!("{before}{}{after}", &after[..1]) }
}

fn keys() -> Vec<String> {
    let others = [
        "username",
        "password",
        "token",
        "secret",
        "encrypted-value",
        "auth-type",
        "replaces-base",
        "visibility",
        "name",
        "expires",
        "organizations",
        "selected-repositories",
    ];
    OidcField::ALL.iter().map(|field| field.kebab()).chain(others.map(str::to_owned)).collect()
}

proptest! {
    #![proptest_config(cases(2_000))]

    /// The key that was probably meant is a guess, which must not cause another problem.
    #[test]
    fn an_unknown_key_is_one_problem(
        sound in prop::sample::select(&SOUND[..]), version in 1_u8..=2, key in prop::sample::select(keys()),
        at in 0_usize..30, is_missing: bool,
    ) {
        prop_assert_eq!(problems(version, sound), Vec::<String>::new());
        let key = misspelt(&key, at, is_missing);
        // `organization` is a valid key in a dependabot.yml.
        prop_assume!(!keys().contains(&key) && key != "organization");
        let found = problems(version, &format!("{sound}\n{key}: x"));
        prop_assert!(found.len() == 1 && found[0].contains(&format!("`{key}` ")), "{key}: {found:?}");
    }

    /// A misspelt required key is not reported as missing as well.
    #[test]
    fn a_misspelt_key_is_one_problem(
        sound in prop::sample::select(&SOUND[..]), line in any::<prop::sample::Index>(), at in 1_usize..30,
        is_missing: bool,
    ) {
        let lines: Vec<&str> = sound.lines().collect();
        let (key, value) = line.get(&lines).split_once(": ").expect("a key");
        let wrong = misspelt(key, at, is_missing);
        prop_assume!(key.len() > 4 && !keys().contains(&wrong));
        let found = problems(1, &sound.replace(&format!("{key}: {value}"), &format!("{wrong}: {value}")));
        prop_assert!(found.len() == 1 && found[0].contains(&format!("`{wrong}` is not a key")), "{found:?}");
    }
}

#[test]
fn a_key_of_another_dialect_decides_no_auth_type() {
    for key in ["name", "visibility", "expires", "allow", "selected-repositories"] {
        let found = problems(2, &format!("username: me\npassword: '${{A}}'\n{key}: x"));
        assert!(found.len() == 1 && found[0].contains(&format!("`{key}` ")), "{found:?}");
    }
    for key in ["domai", "role", "tenant", "namesp", "audienc", "labl"] {
        for sign_in in ["token: '${A}'", "username: me\npassword: '${A}'", "tenant-id: t\nclient-id: c"] {
            let found = problems(1, &format!("{sign_in}\n{key}: x"));
            assert!(found.len() == 1 && found[0].contains(&format!("`{key}` ")), "{found:?}");
        }
    }
}

#[test]
fn a_document_that_is_not_a_mapping_is_not_quoted() {
    for text in ["//npm.acme.dev/:_authToken=s3cretS3cret", "s3cretS3cret", "- s3cretS3cret\n- b", "[s3cretS3cret, 1]"]
    {
        let error = manifest::read(text, &Context { file: "m.yml", ..Context::default() }).unwrap_err();
        for note in error.diagnostics {
            assert!(note.excerpt.is_none() && !format!("{note:?}").contains("s3cret"), "{note:?}");
        }
    }
}

/// Texts that would need much time or memory, or a deep stack, without limits.
#[test]
fn hostile_texts_are_read_quickly() {
    let filled = |begin: &str, unit: &dyn Fn(usize) -> String| {
        let mut text = begin.to_owned();
        for number in 0.. {
            let unit = unit(number);
            if text.len() + unit.len() > manifest::LARGEST {
                break;
            }
            text.push_str(&unit);
        }
        text
    };
    let top = "version: 1\nregistries:\n";
    let valid = |n: usize| format!("  a{n}: {{type: git, url: a.b/{n}, token: \"${{A}}\", visibility: private}}\n");
    assert!(read(&filled(top, &valid)).is_some_and(|count| count > 10_000));
    // The same registry, the same label, and unknown keys, many times over, on many lines and on one.
    let again = |n: usize| format!("  a{n}: {{type: git, url: a.b, token: \"${{A}}\", visibility: private}}\n");
    for text in [
        filled(top, &again),
        filled(top, &|_| "  a:\n".to_owned()),
        filled(top, &|n| format!("  a{n}: {{pasword: x}}\n")),
        filled("version: 1\nregistries: {", &|n| format!("a{n}: {{pasword: xx}}, ")) + "}",
        filled("", &|_| "[".to_owned()),
        filled("", &|_| "{a: ".to_owned()),
        filled("", &|_| "- ".to_owned()),
        filled("", &|_| "? ".to_owned()),
        filled("a: ", &|_| "&a ".to_owned()),
        filled("", &|_| "!!!".to_owned()),
        filled("a: \"", &|_| "\\".to_owned()),
        filled("a: |\n", &|_| "\n".to_owned()),
        filled("? ", &|_| "x".to_owned()),
        filled("version: 1\n? ", &|_| "registries".to_owned()),
        filled("", &|_| "#\n".to_owned()),
        filled("", &|_| "a: *a\n".to_owned()),
        filled("", &|n| format!("a{n}: &a{n} [*a{}, *a{}]\n", n.saturating_sub(1), n.saturating_sub(1))),
        filled("a0: &a0 [x]\n", &|n| format!("a{0}: &a{0} {1}*a{n}{2}\n", n + 1, "[".repeat(30), "]".repeat(30))),
        (0..20_000).fold(String::new(), |text, depth| text + &" ".repeat(depth % 40) + "a:\n"),
        "[".repeat(20_000) + &"]".repeat(20_000),
    ] {
        assert_eq!(read(&text), None, "{text:.60}");
    }
}
