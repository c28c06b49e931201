//! Renders diagnostics for the Actions runner and for a terminal. The summary's Markdown is rendered in `report`.

use std::fmt::Write as _;

use super::{Diagnostic, Location, Severity};
use crate::colour::{Colour, Tone};
use crate::text::{escape_data, escape_property, harmless, printable};

/// Renders a workflow command: `::error title=…,file=…,line=…,col=…::message`.
pub fn annotation(diagnostic: &Diagnostic) -> String {
    let mut properties = vec![format!("title={}", escape_property(&printable(&diagnostic.title)))];
    if let Some(Location { file, line, column }) = &diagnostic.location {
        properties.push(format!("file={}", escape_property(&printable(file))));
        properties.push(format!("line={line}"));
        properties.push(format!("col={column}"));
    }
    let message = escape_data(&printable(&diagnostic.text()));
    format!("::{} {}::{message}", diagnostic.severity.as_str(), properties.join(","))
}

/// Renders `error: message`, followed by the location and the excerpt, like a compiler.
pub fn terminal(diagnostic: &Diagnostic, colour: Colour) -> String {
    let message = harmless(&diagnostic.text()).replace('\n', "\n  ");
    let tone = match diagnostic.severity {
        Severity::Error => Tone::Removed,
        Severity::Warning => Tone::Careful,
        Severity::Notice => Tone::Known,
    };
    let mut text = format!("{} {message}", colour.paint(tone, &format!("{}:", diagnostic.severity.as_str())));
    if let Some(location) = &diagnostic.location {
        let _ = write!(text, "\n  {} {}", colour.paint(Tone::Known, "-->"), printable(&location.to_string()));
    }
    if let Some(excerpt) = &diagnostic.excerpt {
        let _ = write!(text, "\n{}", harmless(excerpt));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diagnostic_can_t_forge_a_property_or_a_command() {
        let location = Location { file: "x,line=9::y".into(), line: 3, column: 4 };
        let hostile = Diagnostic::error("a,b:c::d\n::error::", "m%0A\n::set-env name=A::B").at(Some(location));
        assert_eq!(
            annotation(&hostile),
            "::error title=a%2Cb%3Ac%3A%3Ad%0A%3A%3Aerror%3A%3A,file=x%2Cline=9%3A%3Ay,line=3,col=4::\
             m%250A%0A::set-env name=A::B"
        );
    }

    #[test]
    fn a_terminal_names_the_place_as_a_compiler_does() {
        let location = Location { file: "m.yml".into(), line: 3, column: 4 };
        let wrong = Diagnostic::error("t", "wrong").with_help(Some("right".into())).at(Some(location));
        assert_eq!(terminal(&wrong, Colour::Off), "error: wrong\n  hint: right\n  --> m.yml:3:4");
        let painted = terminal(&wrong, Colour::On);
        assert_eq!(painted, "\u{1b}[1;31merror:\u{1b}[0m wrong\n  hint: right\n  \u{1b}[36m-->\u{1b}[0m m.yml:3:4");
    }
}
