//! Checks that every message quoted on the troubleshooting page is one of the program's.

use std::path::Path;

use crate::harness::texts_below;
use crate::world::page::Page;
use crate::world::repository;

/// Returns everything that the program can print: its sources, with texts joined as the compiler joins them, and what
/// the tests have seen it print.
fn possible_messages() -> String {
    let folders = ["src", "tests/fake-github/src", "tests/it/snapshots"]; // the second one has GitHub's own messages
    let files = folders.iter().flat_map(|folder| texts_below(&repository(folder)));
    let is_said = |path: &Path| path.extension().is_some_and(|extension| extension == "rs" || extension == "snap");
    let joined = files.filter(|(path, _)| is_said(path)).map(|(_, text)| {
        let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        let text = code.join("\n");
        let mut parts = text.split("\\\n");
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |joined, part| joined + part.trim_start())
    });
    simple(&joined.collect::<Vec<_>>().join("\n"))
}

/// Removes markup, and replaces each number and each inserted value with `#`.
fn simple(text: &str) -> String {
    let mut simple = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let inside = rest.find('}').filter(|end| c == '{' && *end < 40 && !rest[..*end].contains(char::is_whitespace));
        rest = match (c, inside) {
            ('`' | '\\', _) => &rest[1..],
            (_, Some(end)) => {
                simple.push('#');
                &rest[end + 1..]
            }
            (c, _) if c.is_ascii_digit() => {
                simple.push('#');
                rest.trim_start_matches(|c: char| c.is_ascii_digit())
            }
            _ => {
                simple.push(c);
                &rest[c.len_utf8()..]
            }
        };
    }
    simple
}

/// Returns the messages in the first column of a page's tables, each split at `…`, which stands for any text.
fn quoted(page: &Page) -> Vec<Vec<String>> {
    let cells =
        page.text.lines().filter_map(|line| line.strip_prefix("| `")).filter_map(|rest| rest.split("` |").next());
    cells
        .flat_map(|cell| cell.split("`, `").map(str::to_owned).collect::<Vec<_>>())
        .map(|message| message.split('…').map(|part| simple(part.trim())).filter(|part| !part.is_empty()).collect())
        .collect()
}

#[test]
fn every_quoted_message_is_one_of_the_programs() {
    let possible_messages = possible_messages();
    let page = Page::read("docs/troubleshooting.md");
    let messages = quoted(&page);
    let mut missing = Vec::new();
    for message in &messages {
        assert!(message.iter().any(|part| part.len() > 7), "{message:?} says too little to be found");
        missing.extend(message.iter().filter(|part| !possible_messages.contains(part.as_str())));
    }
    assert!(missing.is_empty(), "the program does not say: {missing:#?}");
    assert!(messages.len() > 30, "only {} messages were found", messages.len());
}
