//! Terminal colours: when to use them, and what they mean.

use crate::environment::Environment;

/// Whether to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Colour {
    /// Use colours.
    On,
    /// Use plain text.
    #[default]
    Off,
}

impl Colour {
    /// Decides whether to use colours: on a terminal unless `NO_COLOR` is set or the terminal is dumb, elsewhere only
    /// with `CLICOLOR_FORCE` (<https://no-color.org>, <https://bixense.com/clicolors/>).
    pub fn choose(environment: &Environment, is_terminal: bool) -> Self {
        let is_forced = environment.get("CLICOLOR_FORCE").is_some_and(|value| value != "0");
        let is_dumb = environment.get("TERM").is_some_and(|value| value == "dumb");
        let is_on = environment.get("NO_COLOR").is_none() && (is_forced || (is_terminal && !is_dumb));
        if is_on { Self::On } else { Self::Off }
    }

    /// Paints a text in a tone. It must not hold a line break, because not every log viewer continues a colour after
    /// one.
    pub fn paint(self, tone: Tone, text: &str) -> String {
        match (self, tone.code()) {
            (Self::On, Some(code)) if !text.is_empty() => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            _ => text.to_owned(),
        }
    }
}

/// The meaning of a piece of text, which determines its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Ordinary text.
    Plain,
    /// A heading, or a name to find.
    Strong,
    /// Something less important.
    Faint,
    /// Something new.
    Added,
    /// Something changed.
    Changed,
    /// Something deleted or failed.
    Removed,
    /// Something to be careful with.
    Careful,
    /// Something worth knowing.
    Known,
}

impl Tone {
    const fn code(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Strong => Some("1"),
            Self::Faint => Some("2"),
            Self::Added => Some("32"),
            Self::Changed => Some("33"),
            Self::Removed => Some("1;31"),
            Self::Careful => Some("1;33"),
            Self::Known => Some("36"),
        }
    }
}

/// A text whose pieces have tones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Styled(Vec<(Tone, String)>);

impl Styled {
    /// Adds a piece.
    pub fn push(&mut self, tone: Tone, text: impl Into<String>) {
        self.0.push((tone, text.into()));
    }

    /// Returns whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the text without colours.
    pub fn plain(&self) -> String {
        self.0.iter().map(|(_, text)| text.as_str()).collect()
    }

    /// Returns the text with its colours, or without if `colour` is off.
    pub fn painted(&self, colour: Colour) -> String {
        self.0.iter().map(|(tone, text)| colour.paint(*tone, text)).collect()
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

    #[test]
    fn a_text_is_the_same_with_its_colours_and_without() {
        let mut text = Styled::default();
        text.push(Tone::Removed, "- delete");
        text.push(Tone::Plain, "  X\n");
        assert_eq!(text.plain(), "- delete  X\n");
        assert_eq!(text.painted(Colour::Off), text.plain());
        assert_eq!(text.painted(Colour::On), "\u{1b}[1;31m- delete\u{1b}[0m  X\n");
    }
}
