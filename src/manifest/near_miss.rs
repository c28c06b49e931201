//! What to write instead of a secret's reference that is spelled as the manifest does not read it. Messages repeat the
//! names of variables and nothing else: whatever stands beside one may be the secret itself.

use crate::diagnostics::nearest;
use crate::secrets::Reference;

/// What the expressions of a workflow begin with: <https://docs.github.com/actions/reference/workflows-and-actions/contexts>
const CONTEXTS: [&str; 12] =
    ["secrets", "env", "vars", "github", "inputs", "job", "jobs", "matrix", "needs", "runner", "steps", "strategy"];
/// The name in an example.
const EXAMPLE: &str = "NPM_TOKEN";

/// What to write for a text that refers to a secret, but not as the manifest reads it. `None` when it refers to nothing,
/// so that it may be the secret itself.
pub(super) fn advice(text: &str) -> Option<String> {
    let text = unquoted(text.trim());
    if text.contains("${{") { in_expression(text) } else { in_another_syntax(text) }
}

/// The reference to write, for a message.
fn reference(name: &str) -> String {
    written("secrets", name)
}

fn written(context: &str, name: &str) -> String {
    format!("`${{{{ {context}.{name} }}}}`")
}

/// `${{ … }}`, alone or with something beside it.
fn in_expression(text: &str) -> Option<String> {
    let (before, rest) = text.split_once("${{")?;
    let Some((inner, after)) = rest.split_once("}}") else {
        let name = named(rest)?;
        return Some(format!("the expression has no `}}}}` at its end. Write {}", reference(name)));
    };
    if Reference::variable(&format!("${{{{{inner}}}}}")).is_none() {
        return of_expression(inner.trim());
    }
    let is_second = before.is_empty() && after.trim_start().starts_with("${{");
    let what = if is_second { "a second reference" } else { "other text" };
    let name = named(inner).unwrap_or(EXAMPLE);
    Some(format!(
        "{what} stands beside it. Only `Bearer `, `Token `, `Basic ` or a name and a colon may stand before a reference, and \
         a colon between two. Else write {} alone, and put the whole text into that secret",
        reference(name)
    ))
}

/// What stands between `${{` and `}}` and is no reference.
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

/// `secrets.NAME`, `secrets['NAME']`: one value of a context, with nothing computed.
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
            ("secrets" | "env", Some(name)) => format!("this spelling is not read. Write {}", written(context, name)),
            ("secrets" | "env", None) => format!(
                "the name of a variable has only letters, digits and `_`, and does not begin with a digit. Set such a \
                 variable in this step's `env:`, and write it like {}",
                reference(EXAMPLE)
            ),
            ("vars", name) => format!(
                "`vars` are not secret, and not read here. Store the value as a secret of Actions, and write {}",
                reference(name.unwrap_or(EXAMPLE))
            ),
            ("github", Some("token")) => format!(
                "`github.token` is the token of the job itself, which a manifest may not send to a registry. Store one for \
                 the registry as a secret, and write it like {}",
                reference(EXAMPLE)
            ),
            (other, _) => format!(
                "`{other}` is not read here. Set a variable in this step's `env:` to it, and write it like {}",
                written("env", EXAMPLE)
            ),
        })
    }
}

/// Operators and functions, if they are about a secret at all.
fn of_computation(inner: &str) -> Option<String> {
    let uses_a_context = |context: &&str| {
        let after = inner.split_once(*context).map(|(_, rest)| rest.trim_start());
        after.is_some_and(|rest| rest.starts_with(['.', '[']))
    };
    CONTEXTS.iter().find(|context| uses_a_context(context))?;
    let name = named(inner).unwrap_or(EXAMPLE);
    let fallback =
        if inner.contains('\'') { ", and nothing in quotes: whoever reads this file reads that too" } else { "" };
    Some(format!(
        "nothing is computed here, neither with `||` nor with a function. Write one reference, like {}{fallback}",
        reference(name)
    ))
}

/// What other tools write: `$(NAME)`, `${NAME:-x}`, `$NAME`, `%NAME%`, `{{ secrets.NAME }}`, `secrets.NAME`.
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
                Some(format!("`{before}…{after}` is not read here. Write {}", reference(name.unwrap_or(EXAMPLE))))
            }
        });
    }
    let is_read = |access: &Access<'_>| ["secrets", "env", "vars"].contains(&access.context);
    if let Some(access) = Access::read(text).filter(is_read) {
        return access.advice();
    }
    // A password may begin with a dollar; a name in capitals is none.
    let of_shell = text.strip_prefix('$').or_else(|| text.strip_prefix('%')?.strip_suffix('%'));
    let name = text.strip_prefix("$env:").and_then(variable);
    let name = name.or_else(|| of_shell.and_then(variable).filter(|name| is_capital(name)))?;
    Some(format!("variables are not read in this spelling. Write {}", reference(name)))
}

/// The first variable that a text names: that of a context, or else a name in capitals at its beginning, which no secret
/// looks like.
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

/// A text that is the name of a variable.
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
    fn what_refers_to_a_secret_is_told_how_to_be_written() {
        for (text, told) in [
            (
                "${{ vars.X }}",
                "`vars` are not secret, and not read here. Store the value as a secret of Actions, and write `${{ secrets.X }}`",
            ),
            ("vars.X", "write `${{ secrets.X }}`"),
            ("${{ secrets['X'] }}", "this spelling is not read. Write `${{ secrets.X }}`"),
            ("${{ secrets[\"X\"] }}", "Write `${{ secrets.X }}`"),
            ("${{ env['X'] }}", "Write `${{ env.X }}`"),
            ("${{ SECRETS.X }}", "Write `${{ secrets.X }}`"),
            ("${{ secret.X }}", "Write `${{ secrets.X }}`"),
            ("${{ secrets . X }}", "Write `${{ secrets.X }}`"),
            ("'${{ secrets.X }", "has no `}}` at its end. Write `${{ secrets.X }}`"),
            ("${{ secrets.NPM-TOKEN }}", "only letters, digits and `_`"),
            ("${{ secrets.1A }}", "does not begin with a digit"),
            ("${{ X }}", "`secrets.` is missing. Write `${{ secrets.X }}`"),
            ("${{}}", "the expression is empty"),
            ("${{ github.token }}", "the token of the job itself"),
            ("${{ steps.login.outputs.token }}", "`steps` is not read here. Set a variable in this step's `env:`"),
            ("${{ inputs.token }}", "`inputs` is not read here"),
            (
                "${{ secrets.A || secrets.B }}",
                "nothing is computed here, neither with `||` nor with a function. Write one reference, like `${{ secrets.A }}`",
            ),
            ("${{ secrets.A || 'x' }}", "like `${{ secrets.A }}`, and nothing in quotes"),
            ("${{ fromJSON(secrets.A).token }}", "Write one reference, like `${{ secrets.A }}`"),
            ("${{ format('Bearer {0}', secrets.A) }}", "like `${{ secrets.A }}`"),
            ("x${{ secrets.A }}", "a colon between two. Else write `${{ secrets.A }}` alone"),
            ("${{ secrets.A }}${{ secrets.B }}", "a second reference stands beside it. Only `Bearer `"),
            ("$(X)", "`$(…)` is not read here. Write `${{ secrets.X }}`"),
            ("${X:-y}", "`${…}` is not read here. Write `${{ secrets.X }}`"),
            ("${env:X}", "Write `${{ secrets.X }}`"),
            ("${secrets.X}", "Write `${{ secrets.X }}`"),
            ("#{X}#", "`#{…}#` is not read here. Write `${{ secrets.X }}`"),
            ("$X", "variables are not read in this spelling. Write `${{ secrets.X }}`"),
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
    fn what_refers_to_nothing_may_be_the_secret_itself() {
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
        /// What is in small letters may be a secret, and is shown only where a context says that it is a name.
        #[test]
        fn nothing_but_names_is_repeated(before in "[^a-z]{0,6}", after in "[^a-z]{0,6}", mark in 0..8_usize) {
            const SECRET: &str = "hunter2literal";
            let (open, close) = [("", ""), ("${{", "}}"), ("$(", ")"), ("${", "}"), ("{{", "}}"), ("$", ""), ("%", "%"),
                ("${{ secrets.A || '", "' }}")][mark];
            let text = format!("{before}{open}{SECRET}{close}{after}");
            prop_assert!(advice(&text).is_none_or(|advice| !advice.contains(SECRET)), "{text}");
        }
    }
}
