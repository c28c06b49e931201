//! Advice on references to secrets that are written in an unsupported way. Messages repeat the names of variables and
//! nothing else, because any other text may be the secret itself.

use crate::diagnostics::nearest;
use crate::secrets::Reference;

/// The contexts of workflow expressions: <https://docs.github.com/actions/reference/workflows-and-actions/contexts>
const CONTEXTS: [&str; 12] =
    ["secrets", "env", "vars", "github", "inputs", "job", "jobs", "matrix", "needs", "runner", "steps", "strategy"];
/// The variable's name in examples.
const EXAMPLE: &str = "NPM_TOKEN";

/// Says what to write instead of a text that refers to a secret in an unsupported way. `None` if the text refers to
/// nothing, so that it may be the secret itself.
pub(super) fn advice(text: &str) -> Option<String> {
    let text = unquoted(text.trim());
    if text.contains("${{") { in_expression(text) } else { in_another_syntax(text) }
}

/// Formats a reference to a secret for a message.
fn reference(name: &str) -> String {
    written("secrets", name)
}

fn written(context: &str, name: &str) -> String {
    format!("`${{{{ {context}.{name} }}}}`")
}

/// Advises on text with `${{ … }}` in it.
fn in_expression(text: &str) -> Option<String> {
    let (before, rest) = text.split_once("${{")?;
    let Some((inner, after)) = rest.split_once("}}") else {
        let name = named(rest)?;
        return Some(format!("the expression has no closing `}}}}`. Write {}", reference(name)));
    };
    if Reference::variable(&format!("${{{{{inner}}}}}")).is_none() {
        return of_expression(inner.trim());
    }
    let is_second = before.is_empty() && after.trim_start().starts_with("${{");
    let what = if is_second { "a second reference" } else { "other text" };
    let name = named(inner).unwrap_or(EXAMPLE);
    Some(format!(
        "there is {what} beside it. Only `Bearer `, `Token `, `Basic ` or a name and a colon may come before a \
         reference, and a colon between two. Otherwise write {} alone, and put the whole text into that secret",
        reference(name)
    ))
}

/// Advises on an expression, without its `${{` and `}}`, that is not a reference.
fn of_expression(inner: &str) -> Option<String> {
    if inner.is_empty() {
        return Some(format!("the expression is empty. Write it like {}", reference(EXAMPLE)));
    }
    if let Some(name) = variable(inner).filter(|name| is_capital(name)) {
        return Some(format!("`secrets.` is missing. Write {}", reference(name)));
    }
    match Access::read(inner) {
        Some(access) => access.advice(),
        None => of_computation(inner),
    }
}

/// An access to one value of a context, such as `secrets.NAME` or `secrets['NAME']`.
struct Access<'a> {
    context: &'a str,
    name: &'a str,
}

impl<'a> Access<'a> {
    fn read(expression: &'a str) -> Option<Self> {
        let end = expression.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-')?;
        let (context, rest) = expression.split_at(end);
        let rest = rest.trim();
        let name = match rest.strip_prefix('.') {
            Some(name) => name.trim(),
            None => unquoted(rest.strip_prefix('[')?.strip_suffix(']')?.trim()),
        };
        let is_word = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
        (!context.is_empty() && !name.is_empty() && name.chars().all(is_word)).then_some(Self { context, name })
    }

    fn advice(&self) -> Option<String> {
        let context = nearest(self.context, CONTEXTS)?;
        let name = variable(self.name);
        Some(match (context, name) {
            ("secrets" | "env", Some(name)) => {
                format!("this spelling is not supported. Write {}", written(context, name))
            }
            ("secrets" | "env", None) => format!(
                "the name of a variable must have only letters, digits and `_`, and not begin with a digit. Set such \
                 a variable in this step's `env:`, and write it like {}",
                reference(EXAMPLE)
            ),
            ("vars", name) => format!(
                "`vars` are not secret, and can't be used here. Store the value as an Actions secret, and write {}",
                reference(name.unwrap_or(EXAMPLE))
            ),
            ("github", Some("token")) => format!(
                "`github.token` is the job's own token, which a manifest may not send to a registry. Store a token for \
                 the registry as a secret, and write it like {}",
                reference(EXAMPLE)
            ),
            (other, _) => format!(
                "`{other}` can't be used here. Set a variable in this step's `env:` to it, and write it like {}",
                written("env", EXAMPLE)
            ),
        })
    }
}

/// Advises on operators and functions; `None` if they use no context.
fn of_computation(inner: &str) -> Option<String> {
    let uses_a_context = |context: &&str| {
        let after = inner.split_once(*context).map(|(_, rest)| rest.trim_start());
        after.is_some_and(|rest| rest.starts_with(['.', '[']))
    };
    CONTEXTS.iter().find(|context| uses_a_context(context))?;
    let name = named(inner).unwrap_or(EXAMPLE);
    let fallback =
        if inner.contains('\'') { ", and no text in quotes: everybody who can read this file can read it" } else { "" };
    Some(format!(
        "expressions are not evaluated here, neither `||` nor functions. Write one reference, like {}{fallback}",
        reference(name)
    ))
}

/// Advises on the syntax of other tools: `$(NAME)`, `${NAME:-x}`, `$NAME`, `%NAME%`, `{{ secrets.NAME }}`,
/// `secrets.NAME`.
fn in_another_syntax(text: &str) -> Option<String> {
    const MARKS: [(&str, &str); 6] = [("$(", ")"), ("${", "}"), ("$[", "]"), ("#{", "}#"), ("#{", "}"), ("{{", "}}")];
    for (before, after) in MARKS {
        let Some(inner) = text.strip_prefix(before).and_then(|rest| rest.strip_suffix(after)) else { continue };
        let access = Access::read(inner.trim()).and_then(|access| access.advice());
        let name = named(inner);
        return access.or_else(|| match (before, name) {
            ("{{", None) => None,
            ("{{", Some(name)) => Some(format!("a `$` is missing before it. Write {}", reference(name))),
            (_, name) => {
                let reference = reference(name.unwrap_or(EXAMPLE));
                Some(format!("`{before}…{after}` is not supported here. Write {reference}"))
            }
        });
    }
    let is_read = |access: &Access<'_>| ["secrets", "env", "vars"].contains(&access.context);
    if let Some(access) = Access::read(text).filter(is_read) {
        return access.advice();
    }
    // A password may begin with a dollar sign, but is not a name in capitals.
    let of_shell = text.strip_prefix('$').or_else(|| text.strip_prefix('%')?.strip_suffix('%'));
    let name = text.strip_prefix("$env:").and_then(variable);
    let name = name.or_else(|| of_shell.and_then(variable).filter(|name| is_capital(name)))?;
    Some(format!("this spelling of a variable is not supported. Write {}", reference(name)))
}

/// Returns the first variable that a text names: one after a context, or a name in capitals at its start, which no
/// secret looks like.
fn named(text: &str) -> Option<&str> {
    let of_context = |context: &str| first_word(text.split_once(context)?.1);
    let in_context = ["secrets.", "env.", "vars."].into_iter().find_map(of_context);
    let text = text.trim();
    in_context.or_else(|| first_word(text.strip_prefix("env:").unwrap_or(text)).filter(|name| is_capital(name)))
}

fn first_word(text: &str) -> Option<&str> {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    variable(&text[..end])
}

fn is_capital(name: &str) -> bool {
    name.contains(|c: char| c.is_ascii_uppercase()) && !name.contains(|c: char| c.is_ascii_lowercase())
}

/// Returns the text if it is the name of a variable.
fn variable(text: &str) -> Option<&str> {
    Reference::variable(&format!("${{{text}}}")).is_some().then_some(text).filter(|name| name.len() <= 100)
}

fn unquoted(text: &str) -> &str {
    ['\'', '"'].iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn unsupported_references_are_told_what_to_write() {
        for (text, told) in [
            (
                "${{ vars.X }}",
                "`vars` are not secret, and can't be used here. Store the value as an Actions secret, and write \
                 `${{ secrets.X }}`",
            ),
            ("vars.X", "write `${{ secrets.X }}`"),
            ("${{ secrets['X'] }}", "this spelling is not supported. Write `${{ secrets.X }}`"),
            ("${{ secrets[\"X\"] }}", "Write `${{ secrets.X }}`"),
            ("${{ env['X'] }}", "Write `${{ env.X }}`"),
            ("${{ SECRETS.X }}", "Write `${{ secrets.X }}`"),
            ("${{ secret.X }}", "Write `${{ secrets.X }}`"),
            ("${{ secrets . X }}", "Write `${{ secrets.X }}`"),
            ("'${{ secrets.X }", "has no closing `}}`. Write `${{ secrets.X }}`"),
            ("${{ secrets.NPM-TOKEN }}", "only letters, digits and `_`"),
            ("${{ secrets.1A }}", "not begin with a digit"),
            ("${{ X }}", "`secrets.` is missing. Write `${{ secrets.X }}`"),
            ("${{}}", "the expression is empty"),
            ("${{ github.token }}", "the job's own token"),
            ("${{ steps.login.outputs.token }}", "`steps` can't be used here. Set a variable in this step's `env:`"),
            ("${{ inputs.token }}", "`inputs` can't be used here"),
            (
                "${{ secrets.A || secrets.B }}",
                "expressions are not evaluated here, neither `||` nor functions. Write one reference, like \
                 `${{ secrets.A }}`",
            ),
            ("${{ secrets.A || 'x' }}", "like `${{ secrets.A }}`, and no text in quotes"),
            ("${{ fromJSON(secrets.A).token }}", "Write one reference, like `${{ secrets.A }}`"),
            ("${{ format('Bearer {0}', secrets.A) }}", "like `${{ secrets.A }}`"),
            ("x${{ secrets.A }}", "a colon between two. Otherwise write `${{ secrets.A }}` alone"),
            ("${{ secrets.A }}${{ secrets.B }}", "there is a second reference beside it. Only `Bearer `"),
            ("$(X)", "`$(…)` is not supported here. Write `${{ secrets.X }}`"),
            ("${X:-y}", "`${…}` is not supported here. Write `${{ secrets.X }}`"),
            ("${env:X}", "Write `${{ secrets.X }}`"),
            ("${secrets.X}", "Write `${{ secrets.X }}`"),
            ("#{X}#", "`#{…}#` is not supported here. Write `${{ secrets.X }}`"),
            ("$X", "this spelling of a variable is not supported. Write `${{ secrets.X }}`"),
            ("%X%", "Write `${{ secrets.X }}`"),
            ("$env:X", "Write `${{ secrets.X }}`"),
            ("{{ X }}", "a `$` is missing before it. Write `${{ secrets.X }}`"),
            ("{{ secrets.X }}", "Write `${{ secrets.X }}`"),
            ("secrets.X", "Write `${{ secrets.X }}`"),
            ("\"${{ vars.X }}\"", "write `${{ secrets.X }}`"),
        ] {
            let advice = advice(text).unwrap_or_else(|| panic!("{text}"));
            assert!(advice.contains(told), "{text}: {advice}");
        }
    }

    #[test]
    fn text_that_refers_to_nothing_gets_no_advice() {
        for text in [
            "hunter2",
            "",
            "ghp_0123456789",
            "${{ ghp_0123456789 }}",
            "${{ hunter2! }}",
            "{{ hunter2 }}",
            "$hunter2",
            "%hunter2%",
            "$ecret(1)",
            "a.b",
            "NPM_TOKEN",
        ] {
            assert_eq!(advice(text), None, "{text}");
        }
    }

    proptest! {
        /// Text in lower case may be a secret, and is repeated only after a context, where it is a name.
        #[test]
        fn only_names_are_repeated(before in "[^a-z]{0,6}", after in "[^a-z]{0,6}", mark in 0..8_usize) {
            const SECRET: &str = "hunter2literal";
            let (open, close) = [("", ""), ("${{", "}}"), ("$(", ")"), ("${", "}"), ("{{", "}}"), ("$", ""), ("%", "%"),
                ("${{ secrets.A || '", "' }}")][mark];
            let text = format!("{before}{open}{SECRET}{close}{after}");
            prop_assert!(advice(&text).is_none_or(|advice| !advice.contains(SECRET)), "{text}");
        }
    }
}
