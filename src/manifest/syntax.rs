//! Advice on text that is not YAML, or not the YAML that was meant.

use super::Problem;
use super::near_miss;
use super::tree::Span;
use crate::secrets::Reference;

/// Describes a syntax error of the parser, with advice where the cause is known.
pub(super) fn not_yaml(text: &str, span: &Span, info: &str) -> Problem {
    if let Some(problem) = unquoted_reference(text, span.range.start) {
        return problem;
    }
    let rest = text.get(span.range.start..).unwrap_or_default();
    if rest.starts_with('\t') || info.contains("tab") {
        return Problem::new(span, "the manifest is not YAML: a tab is not allowed here. Indent with spaces")
            .without_excerpt();
    }
    let hint = hint(rest, info);
    let hint = hint.map(|hint| format!(". {hint}")).unwrap_or_default();
    Problem::new(span, format!("the manifest is not YAML: {info}{hint}")).without_excerpt()
}

/// Recognizes `{ token: ${{ secrets.X }} }`: in a flow mapping or list the brace begins a mapping, and the value is
/// only the dollar sign before it.
fn unquoted_reference(text: &str, brace: usize) -> Option<Problem> {
    let start = brace.checked_sub(1)?;
    let written = text.get(start..).filter(|rest| rest.starts_with("${"))?;
    let line = written.lines().next().unwrap_or_default();
    let end =
        if line.starts_with("${{") { line.find("}}").map(|end| end + 2) } else { line.find('}').map(|end| end + 1) };
    let reference = end.map(|end| &line[..end]).filter(|reference| Reference::variable(reference).is_some());
    let shown = reference.unwrap_or("${{ secrets.NAME }}");
    let message = format!("between `{{` and `}}`, or `[` and `]`, a reference needs quotes: write \"{shown}\"");
    Some(Problem::new(&place(text, start), message).without_excerpt())
}

/// Recognizes `token: {{ secrets.X }}`, which is a mapping whose key is a mapping.
pub(super) fn doubled_brace(text: &str, inner: &Span) -> Option<Problem> {
    let start = inner.range.start.checked_sub(1)?;
    let written = text.get(start..).filter(|rest| rest.starts_with("{{"))?;
    let line = written.lines().next().unwrap_or_default();
    let advice = line.find("}}").and_then(|end| near_miss::advice(&line[..end + 2]));
    let advice =
        advice.unwrap_or_else(|| "a `$` is missing before it. Write it like `${{ secrets.NPM_TOKEN }}`".to_owned());
    Some(
        Problem::new(&place(text, start), format!("`{{{{ … }}}}` is a mapping in YAML, not a reference: {advice}"))
            .without_excerpt(),
    )
}

fn place(text: &str, offset: usize) -> Span {
    let before = &text[..offset];
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Span { line: before.matches('\n').count() + 1, column, range: offset..offset }
}

/// Explains the parser's message to the person who wrote the file; `rest` is the text from where the parser stopped.
fn hint(rest: &str, info: &str) -> Option<&'static str> {
    const QUOTES: &str = "A value that begins with this character needs quotes";
    let says = |words: &str| info.contains(words);
    Some(match rest.chars().next() {
        Some('@' | '`' | '%') => QUOTES,
        _ if says("unknown anchor") => {
            "There is no anchor `&name` before this `*name`. A value that begins with `*` needs quotes"
        }
        _ if says("mapping values are not allowed") => {
            "A value with `: ` in it needs quotes. If this is a key, check its indentation, and that a space follows \
             the colon in the line before"
        }
        _ if says("expected ','") => {
            "Write a comma between the values, and quotes around one that has a bracket or a comma in it"
        }
        _ if says("did not find expected key") || says("expected ':'") || says("indentation") => {
            "Check the indentation, and that a colon and a space follow each key"
        }
        _ if says("unexpected EOF") => "A bracket or a quotation mark is not closed",
        _ => return None,
    })
}
