//! Facts about a secret that do not reveal it.

use secrecy::{ExposeSecret as _, SecretString};

use super::Lifetime;
use crate::text::is_printable_ascii;

/// Facts about the value of a secret that do not reveal it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecretFacts {
    /// Whether every character is printable ASCII.
    pub is_printable: bool,
    /// Whether it contains a GitHub personal access token, by the rules that code scanning uses.
    pub is_github_token: bool,
    /// Whether it begins with `Bearer `.
    pub begins_with_bearer: bool,
    /// Its lifetime, if the value reveals one.
    pub lifetime: Option<Lifetime>,
}

impl SecretFacts {
    /// Returns the facts about a value as it would be stored.
    pub fn of(secret: &SecretString) -> Self {
        let text = secret.expose_secret();
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let is_token = |word: &str| {
            let classic = word.strip_prefix("ghp_");
            classic.is_some_and(|rest| rest.len() == 36 && rest.chars().all(|c| c.is_ascii_alphanumeric()))
                || word.strip_prefix("github_pat_").is_some_and(|rest| !rest.is_empty())
        };
        Self {
            is_printable: text.chars().all(is_printable_ascii),
            is_github_token: text.split(|c| !is_word(c)).any(is_token),
            begins_with_bearer: text.starts_with("Bearer "),
            lifetime: Lifetime::of(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_do_not_contain_the_value() {
        let facts = |text: &str| SecretFacts::of(&SecretString::from(text));
        let classic = format!("ghp_{}", "a1".repeat(18));
        assert!(facts(&classic).is_github_token && facts(&format!("me:{classic}")).is_github_token);
        assert!(facts("github_pat_11AA_bb").is_github_token);
        for text in [&classic[..39], &format!("{classic}x"), &format!("x{classic}"), "ghs_abc", "hunter2"] {
            assert!(!facts(text).is_github_token, "{text}");
        }
        assert!(facts("Bearer x").begins_with_bearer && !facts("bearer x").begins_with_bearer);
        for (text, is_printable) in [("a b~", true), ("a\nb", false), ("\u{feff}a", false), ("ü", false)] {
            assert_eq!(facts(text).is_printable, is_printable, "{text:?}");
        }
    }
}
