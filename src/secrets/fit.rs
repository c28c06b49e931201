//! Checks whether a value can be a registry's secret.

use secrecy::{ExposeSecret as _, SecretString};

use super::Remark;
use super::reference::is_variable_name;
use crate::diagnostics::{Diagnostic, Severity};

/// The size limit, in bytes, that GitHub documents for Actions secrets; this API documents none.
const USUAL_LIMIT: usize = 48 * 1024;

/// A value that can be sealed, with a notice and a warning about it.
#[derive(Debug)]
pub struct Fit {
    /// The value to seal.
    pub value: SecretString,
    /// A notice that a line break was dropped.
    pub notice: Option<String>,
    /// A warning about an unusual size.
    pub warning: Option<String>,
}

impl Fit {
    /// Returns the notice and the warning as remarks about a variable.
    pub(super) fn remarks(&self, variable: &str) -> Vec<Remark> {
        let remark = |severity, message: &String| Remark::new(variable, severity, message.as_str());
        let notice = self.notice.iter().map(|notice| remark(Severity::Notice, notice));
        notice.chain(self.warning.iter().map(|warning| remark(Severity::Warning, warning))).collect()
    }

    /// Returns the notice and the warning as diagnostics; `subject` begins each message.
    pub fn diagnostics(&self, title: &str, subject: &str) -> impl Iterator<Item = Diagnostic> {
        let notices = self.notice.iter().map(move |notice| Diagnostic::notice(title, format!("{subject} {notice}")));
        let warning = move |warning| Diagnostic::warning(title, format!("{subject} {warning}"));
        notices.chain(self.warning.iter().map(warning))
    }
}

/// Drops one trailing line break, and rejects values that can't be a registry's credential.
///
/// # Errors
/// Says what is wrong with the value, never the value.
pub fn fit(value: &SecretString) -> Result<Fit, String> {
    let text = value.expose_secret();
    let trimmed = text.strip_suffix("\r\n").or_else(|| text.strip_suffix(['\n', '\r'])).unwrap_or(text);
    if trimmed.trim().is_empty() {
        return Err("is empty: an unset workflow secret arrives as an empty string".to_owned());
    }
    if trimmed.chars().any(|c| c.is_control() && c != '\n' && c != '\r') {
        return Err("contains a control character, which no registry accepts: store the secret again".to_owned());
    }
    if let Some(problem) = unexpanded(value, "secret") {
        return Err(format!("{problem}. If this is the secret, seal it yourself and give it as `encrypted-value`"));
    }
    let more = if trimmed.ends_with(['\n', '\r']) { "; it still ends with one" } else { "" };
    let is_cut = trimmed.len() < text.len();
    let large = (trimmed.len() > USUAL_LIMIT)
        .then(|| format!("is larger than {} KB, which GitHub may refuse", USUAL_LIMIT / 1024));
    Ok(Fit {
        value: SecretString::from(trimmed),
        notice: is_cut.then(|| format!("ends with a line break, which was dropped{more}")),
        warning: large,
    })
}

/// Returns the error about a value that is only a reference to what it should be, or a mask. `what` names the value,
/// such as `token`.
pub fn unexpanded(value: &SecretString, what: &str) -> Option<String> {
    is_unresolved(value.expose_secret()).then(|| {
        format!(
            "is not a {what} but an unexpanded reference, like $(NAME) or ${{{{ … }}}}, or a masked value (***): set it \
             to the {what} itself, like ${{{{ secrets.NAME }}}} in a workflow"
        )
    })
}

/// Reports whether a value is an unexpanded reference to a secret, or a mask.
fn is_unresolved(text: &str) -> bool {
    let text = text.trim();
    let quoted = ['"', '\''].iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote));
    let text = quoted.unwrap_or(text);
    let is_expression = text.split_once("${{").is_some_and(|(_, rest)| rest.contains("}}"));
    let is_enclosed = [("$(", ")"), ("${", "}"), ("{{", "}}")].iter().any(|marks| inside(text, *marks).is_some());
    let is_variable = [("$", ""), ("$env:", ""), ("%", "%")].iter().any(|marks| has_name_inside(text, *marks));
    // `Bearer $(NAME)`, `monalisa:${NAME}`
    let mut parts = text.split(|c: char| c.is_whitespace() || c == ':');
    let has_reference = parts.any(|part| has_name_inside(part, ("$(", ")")) || has_name_inside(part, ("${", "}")));
    let is_mask = text.chars().all(|c| c == '*');
    is_expression || is_enclosed || is_variable || has_reference || is_mask
}

fn inside<'a>(text: &'a str, (before, after): (&str, &str)) -> Option<&'a str> {
    text.strip_prefix(before)?.strip_suffix(after)
}

fn has_name_inside(text: &str, marks: (&str, &str)) -> bool {
    inside(text, marks).is_some_and(is_variable_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> SecretString {
        SecretString::from(text)
    }

    #[test]
    fn one_trailing_line_break_is_dropped_with_a_notice() {
        for text in ["abc\n", "abc\r\n"] {
            let fit = fit(&secret(text)).unwrap();
            assert_eq!((fit.value.expose_secret(), fit.notice.is_some()), ("abc", true));
        }
        let two = fit(&secret("a\nb\n\n")).unwrap();
        assert_eq!(two.value.expose_secret(), "a\nb\n");
        assert!(two.notice.unwrap().ends_with("; it still ends with one"));
        assert!(fit(&secret("abc")).unwrap().notice.is_none());
    }

    #[test]
    fn unfit_values_are_refused_without_being_repeated() {
        for text in ["", "\n", "  ", "hunter2\tx", "hunter2\u{1b}[0m"] {
            let error = fit(&secret(text)).unwrap_err();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn an_unusually_large_value_is_kept_with_a_warning() {
        let warns = |length| fit(&secret(&"x".repeat(length))).unwrap().warning.is_some();
        assert_eq!((warns(49_152), warns(49_153)), (false, true));
    }

    #[test]
    fn unexpanded_references_are_refused() {
        for text in [
            "$(NPM_TOKEN)",
            "$(cat token)",
            "${NPM_TOKEN}",
            "${NPM_TOKEN:-}",
            "$NPM_TOKEN",
            "$npm_token\n",
            "$env:NPM_TOKEN",
            "%NPM_TOKEN%",
            "${{ secrets.NPM_TOKEN }}",
            "${{secrets.NPM_TOKEN}}",
            " ${{ secrets.NPM_TOKEN }} ",
            "{{ secrets.NPM_TOKEN }}",
            "\"$NPM_TOKEN\"",
            "'${{ secrets.NPM_TOKEN }}'",
            "Bearer $(NPM_TOKEN)",
            "monalisa:${NPM_TOKEN}",
            "PAT:${{ secrets.NPM_TOKEN }}",
            "***",
            "***\n",
            "*",
        ] {
            let error = fit(&secret(text)).expect_err(text);
            assert!(error.contains("an unexpanded reference") && !error.contains("NPM"), "{error}");
        }
        for text in
            ["pa$$word", "$2b$12$abcdefghij", "a$NPM_TOKEN", "$1", "$ecret!", "p{a}ss", "50%", "%41%42", "ab***", "$("]
        {
            assert!(fit(&secret(text)).is_ok(), "{text}");
        }
    }
}
