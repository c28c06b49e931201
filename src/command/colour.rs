//! Colours of a terminal.

use crate::environment::Environment;

/// Whether a text may have colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// For a terminal.
    On,
    /// For everything else.
    Off,
}

impl Colour {
    /// On a terminal, unless `NO_COLOR` is set or the terminal knows none; elsewhere only with `CLICOLOR_FORCE`
    /// (<https://no-color.org>, <https://bixense.com/clicolors/>).
    pub fn choose(environment: &Environment, is_terminal: bool) -> Self {
        let is_forced = environment.get("CLICOLOR_FORCE").is_some_and(|value| value != "0");
        let is_dumb = environment.get("TERM").is_some_and(|value| value == "dumb");
        let is_on = environment.get("NO_COLOR").is_none() && (is_forced || (is_terminal && !is_dumb));
        if is_on { Self::On } else { Self::Off }
    }

    /// For headings and names.
    pub fn bold(self, text: &str) -> String {
        self.styled("1", text)
    }

    /// For what is less important.
    pub fn dim(self, text: &str) -> String {
        self.styled("2", text)
    }

    fn styled(self, code: &str, text: &str) -> String {
        match self {
            Self::On => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            Self::Off => text.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_for_terminals_unless_somebody_says_otherwise() {
        let choose = |variables: &[(&str, &str)], is_terminal| {
            let variables = variables.iter().map(|(name, value)| ((*name).into(), (*value).into()));
            Colour::choose(&variables.collect(), is_terminal)
        };
        assert_eq!(choose(&[], true), Colour::On);
        assert_eq!(choose(&[], false), Colour::Off);
        assert_eq!(choose(&[("NO_COLOR", "1")], true), Colour::Off);
        assert_eq!(choose(&[("NO_COLOR", "")], true), Colour::On);
        assert_eq!(choose(&[("TERM", "dumb")], true), Colour::Off);
        assert_eq!(choose(&[("CLICOLOR_FORCE", "1")], false), Colour::On);
        assert_eq!(choose(&[("CLICOLOR_FORCE", "0")], false), Colour::Off);
        assert_eq!(choose(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], true), Colour::Off);
    }
}
