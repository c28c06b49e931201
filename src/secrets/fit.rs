//! Whether a value can be a registry's secret.

use secrecy::{ExposeSecret as _, SecretString};

use super::Remark;
use super::reference::is_variable_name;
use crate::diagnostics::{Diagnostic, Severity};

/// GitHub's documented limit for secrets of Actions; for this API it is not known.
const USUAL_LIMIT: usize = 48 * 1024;

/// A value fit to be sealed, and what was noticed about it.
#[derive(Debug)]
pub struct Fit {
    /// The value to seal.
    pub value: SecretString,
    /// What the person should know: a dropped line break.
    pub notice: Option<String>,
    /// What may hurt: an unusual size.
    pub warning: Option<String>,
}

impl Fit {
    /// What there is to say about the value of a variable.
    pub(super) fn remarks(&self, variable: &str) -> Vec<Remark> {
        let remark = |severity, message: &String| Remark::new(variable, severity, message.as_str());
        let notice = self.notice.iter().map(|notice| remark(Severity::Notice, notice));
        notice.chain(self.warning.iter().map(|warning| remark(Severity::Warning, warning))).collect()
    }

    /// What there is to say about the value, each message read after `subject`.
    pub fn diagnostics(&self, title: &str, subject: &str) -> impl Iterator<Item = Diagnostic> {
        let notices = self.notice.iter().map(move |notice| Diagnostic::notice(title, format!("{subject} {notice}")));
        let warning = move |warning| Diagnostic::warning(title, format!("{subject} {warning}"));
        notices.chain(self.warning.iter().map(warning))
    }
}

/// Drops one trailing line break and refuses what no registry could mean as a credential.
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
        return Err("has a control character inside, which no registry accepts: store the secret again".to_owned());
    }
    if let Some(problem) = unresolved(value, "secret") {
        return Err(format!("{problem}. If that is the secret, give it sealed, as `encrypted-value`"));
    }
    let more = if trimmed.ends_with(['\n', '\r']) { "; it still ends in one" } else { "" };
    let is_cut = trimmed.len() < text.len();
    let large = (trimmed.len() > USUAL_LIMIT)
        .then(|| format!("is larger than {} KB, which GitHub may refuse", USUAL_LIMIT / 1024));
    Ok(Fit {
        value: SecretString::from(trimmed),
        notice: is_cut.then(|| format!("ends in a line break, which was dropped{more}")),
        warning: large,
    })
}

/// What is wrong with a value that nothing but refers to what it should be. `what` names that, such as `token`.
pub fn unresolved(value: &SecretString, what: &str) -> Option<String> {
    is_unresolved(value.expose_secret()).then(|| {
        format!(
            "is not a {what} but a reference that nothing has resolved, like $(NAME) or ${{{{ … }}}}, or a masked value \
             (***): set it to the {what} itself, like ${{{{ secrets.NAME }}}} in a workflow"
        )
    })
}

/// Whether a value only refers to a secret, or shows that one is hidden.
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
    fn one_trailing_line_break_is_dropped_and_said() {
        for text in ["abc\n", "abc\r\n"] {
            let fit = fit(&secret(text)).unwrap();
            assert_eq!((fit.value.expose_secret(), fit.notice.is_some()), ("abc", true));
        }
        let two = fit(&secret("a\nb\n\n")).unwrap();
        assert_eq!(two.value.expose_secret(), "a\nb\n");
        assert!(two.notice.unwrap().ends_with("; it still ends in one"));
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
    fn an_unusually_large_value_is_said_and_kept() {
        let is_said = |length| fit(&secret(&"x".repeat(length))).unwrap().warning.is_some();
        assert_eq!((is_said(49_152), is_said(49_153)), (false, true));
    }

    #[test]
    fn what_only_refers_to_a_secret_is_refused() {
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
            assert!(error.contains("a reference that nothing has resolved") && !error.contains("NPM"), "{error}");
        }
        for text in
            ["pa$$word", "$2b$12$abcdefghij", "a$NPM_TOKEN", "$1", "$ecret!", "p{a}ss", "50%", "%41%42", "ab***", "$("]
        {
            assert!(fit(&secret(text)).is_ok(), "{text}");
        }
    }
}
