//! Messages about an invalid manifest.

use super::{FINE, error_of, errors_of};
use crate::harness::Step;

#[test]
fn an_almost_correct_reference_gets_the_correct_form_and_no_mention_of_git() {
    let write = "rite `${{ secrets.TOKEN }}`";
    for text in [
        "${{ vars.TOKEN }}",
        "${{ secrets['TOKEN'] }}",
        "${{ secrets[\"TOKEN\"] }}",
        "${{ SECRETS.TOKEN }}",
        "${{ TOKEN }}",
        "$(TOKEN)",
        "$TOKEN",
        "${TOKEN:-x}",
        "${secrets.TOKEN}",
        "$env:TOKEN",
        "'%TOKEN%'",
        "'{{ secrets.TOKEN }}'",
        "{{ secrets.TOKEN }}",
        "secrets.TOKEN",
        "${{ secrets.TOKEN }",
        "\"${{ secrets.TOKEN }}/${{ secrets.B }}\"",
    ] {
        let error = error_of(&format!("{FINE}    token: {text}"));
        assert!(error.starts_with("8:12 ") && error.contains(write), "{text}: {error}");
        assert!(!error.contains(" git"), "{text}: {error}");
    }
    for (text, told) in [
        ("${{ secrets.A || secrets.B }}", "expressions are not evaluated here, neither `||` nor functions. Write one"),
        ("${{ secrets.A && 'hunter2-literal' }}", "like `${{ secrets.A }}`, and no text in quotes"),
        ("${{ fromJSON(secrets.A).token }}", "like `${{ secrets.A }}`"),
        ("${{ secrets.NPM-TOKEN }}", "only letters, digits and `_`"),
        ("${{ github.token }}", "the job's own token"),
        ("${{ steps.login.outputs.token }}", "`steps` can't be used here. Set a variable in this step's `env:` to it"),
    ] {
        let error = error_of(&format!("{FINE}    password: {text}\n    username: me"));
        assert!(error.contains(told) && !error.contains("hunter2") && !error.contains(" git"), "{text}: {error}");
    }
    for text in ["hunter2-literal", "${{ hunter2-literal }}", "$hunter2", "'{{ hunter2 }}'", "[hunter2]"] {
        let error = error_of(&format!("{FINE}    token: {text}"));
        let told = "must be a reference and nothing else, like ${{ secrets.NPM_TOKEN }}. If a secret is written here, it may \
                    be in git: revoke it";
        assert!(error.contains(told) && !error.contains("hunter2"), "{text}: {error}");
    }
}

#[test]
fn a_reference_in_a_flow_mapping_must_be_quoted() {
    for (entry, shown) in [
        ("{ type: nuget-feed, url: 'https://a.dev', token: ${{ secrets.X }} }", "${{ secrets.X }}"),
        ("{type: nuget-feed, token: ${{secrets.X}}, url: 'https://a.dev'}", "${{secrets.X}}"),
        ("{token: ${X}, type: nuget-feed}", "${X}"),
        ("[${{ env.X }}]", "${{ env.X }}"),
        ("{token: ${{ secrets.A || 'hunter2-literal' }}}", "${{ secrets.NAME }}"),
        ("{token: ${{ secrets.X }", "${{ secrets.NAME }}"),
    ] {
        let errors = errors_of(&format!("version: 1\nregistries:\n  a: {entry}\n"));
        let column = 6 + entry.find('$').expect("a reference");
        let told =
            format!("3:{column} between `{{` and `}}`, or `[` and `]`, a reference needs quotes: write \"{shown}\"");
        assert_eq!(errors, [told], "{entry}");
    }
}

#[test]
fn errors_about_invalid_yaml_say_what_to_write() {
    for (text, told) in [
        (
            "  a:\n    token: @x",
            "4:12 the manifest is not YAML: unexpected character: `@'. A value that begins with this",
        ),
        ("  a:\n    token: %X%", "needs quotes"),
        ("\ta: b", "Indent with spaces"),
        ("  a:\n    type:git\n    url: x", "that a space follows the colon in the line before"),
        ("  a:\n    username: a: b", "A value with `: ` in it needs quotes"),
        ("  a:\n    type: git\n   url: x", "Check the indentation"),
        ("  a: {type: git url: x}", "Write a comma between the values"),
        ("  a:\n    token: *X", "A value that begins with `*` needs quotes"),
        ("  a: {{ x }}", "a `$` is missing before it"),
    ] {
        let errors = errors_of(&format!("version: 1\nregistries:\n{text}\n"));
        assert!(errors.len() == 1 && errors[0].contains(told), "{text}: {errors:?}");
    }
}

/// One mistake is one error: a field that is missing because of it is not reported as well.
#[test]
fn one_mistake_causes_one_error() {
    for (lines, told) in [
        ("    auth-key: ${{ secrets.X }}", "write `key` instead"),
        ("    <<: {token: x}", "merge keys are not supported"),
        ("    <<: {token: x}\n    auth-type: oidc_azure", "merge keys are not supported"),
        ("    tokn: ${{ secrets.X }}", "did you mean `token`?"),
        ("    PASSWORD: ${{ secrets.X }}\n    username: me", "did you mean `password`?"),
        ("    encryptd-value: x\n    key-id: 1", "did you mean `encrypted-value`?"),
        ("    auth_typ: oidc_azure\n    token: ${X}", "did you mean `auth-type`?"),
        ("    tenant-id: t\n    clientid: c", "did you mean `client-id`?"),
        (
            "    username: ${{ secrets.X }}\n    auth-type: username_password\n    password: ${X}",
            "shows it: write the name",
        ),
        ("    usernam: me\n    auth-type: username_password\n    password: ${X}", "did you mean `username`?"),
    ] {
        let error = error_of(&format!("{FINE}{lines}"));
        assert!(error.contains(told), "{lines}: {error}");
    }
    let entry = "token: '${A}', url: 'https://a.dev', visibility: private";
    for (yaml, told) in [
        (format!("version: 1\nregistries:\n  a: {{typ: git, {entry}}}"), "did you mean `type`?"),
        (format!("version: 1\nregisteries:\n  a: {{type: git, {entry}}}"), "did you mean `registries`?"),
        (format!("verison: 1\nregistries:\n  a: {{type: git, {entry}}}"), "did you mean `version`?"),
        (
            "version: 1\nregistries:\n  a: {type: git, token: '${A}', registry: 'https://a.dev', visibility: all}"
                .to_owned(),
            "write the address as `url`",
        ),
    ] {
        let errors = errors_of(&yaml);
        assert!(errors.len() == 1 && errors[0].contains(told), "{yaml}: {errors:?}");
    }
    let entry = |n| format!("  r{n}: {{type: git, token: '${{A}}', url: 'https://g{n}.dev'}}\n");
    let entries = (0..5).map(entry).collect::<Vec<_>>().concat();
    for (defaults, told) in [
        ("{visibilty: private}", "did you mean `visibility`?"),
        ("{visibility: privat}", "did you mean `private`?"),
        ("{<<: {visibility: private}}", "merge keys"),
        ("[visibility]", "must be a mapping"),
    ] {
        let errors = errors_of(&format!("version: 1\ndefaults: {defaults}\nregistries:\n{entries}"));
        assert!(errors.len() == 1 && errors[0].contains(told), "{defaults}: {errors:?}");
    }
}

/// A mistake that many entries have in common is one annotation and one line of the summary.
#[test]
fn equal_errors_of_a_manifest_are_reported_once_with_their_entries() {
    let manifest = |entry: &dyn Fn(usize) -> String| {
        let entries: Vec<String> = (0..90).map(|n| format!("  r{n}: {{{}}}\n", entry(n))).collect();
        format!("version: 1\nregistries:\n{}", entries.concat())
    };
    let fine = |n: usize| format!("type: git, url: 'https://g{n}.dev', token: '${{A}}'");
    let listed =
        |from: usize| (from..from + 10).map(|n| format!("`r{n}` (line {})", n + 3)).collect::<Vec<_>>().join(", ");
    let first = format!("{} and 80 more: ", listed(0));
    for (entry, told) in [
        (&(|n| fine(n)) as &dyn Fn(usize) -> String, "{first}each needs `visibility`, here or in `defaults`"),
        (&|n| fine(n) + ", visibility: privat", "{first}`visibility` is `privat`, which is none of"),
        (
            &|n| fine(n).replace("token:", "tokn:") + ", visibility: all",
            "{first}`tokn` is not a key of an entry; did you",
        ),
        (
            &|n| fine(n).replace("'${A}'", "$(A)") + ", visibility: all",
            "{first}`token` must be a reference and nothing",
        ),
        (
            &|n| fine(n).replace(", token: '${A}'", "") + ", visibility: all",
            "{first}each lacks `password` (or `token`)",
        ),
        (
            &|_| "type: git, url: 'https://g.dev', token: '${A}', visibility: all".to_owned(),
            "{second}each has the same type and url as the entry on line 3: remove one",
        ),
    ] {
        let run = Step::offline("validate").manifest(&manifest(entry)).run();
        let second = format!("{} and 79 more: ", listed(1));
        let line = if told.starts_with("{second}") { 4 } else { 3 };
        let told = told.replace("{first}", &first).replace("{second}", &second);
        assert_eq!((run.status, run.errors().len()), (Some(2), 1), "{told}: {}", run.log);
        assert!(run.log.contains(&told) && run.log.contains(&format!("line={line},")), "{told}: {}", run.log);
        assert_eq!(run.result()["errors"].as_array().map(Vec::len), Some(1), "{}", run.log);
    }
    let yaml = "version: 1\ndefaults: {visibility: private, allow: [x, x, x]}\nregistries:\n";
    let errors = errors_of(yaml);
    assert!(errors.len() == 1 && errors[0].ends_with("(also on lines 2, 2)"), "{errors:?}");
}
