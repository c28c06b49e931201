//! Text from outside, made harmless for GitHub's Markdown.

use std::fmt::Write as _;

use crate::text::printable;

/// Text that shows as it is: no markup, no HTML, no link, no mention, no new table cell.
pub(super) fn escape(text: &str) -> String {
    let text = printable(text);
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push_str("<br>"),
            '\t' => out.push(' '),
            // Punctuation that neither begins markup nor makes a link.
            ' ' | ',' | ';' | '-' | '/' | '=' | '(' | ')' | '"' | '\'' | '?' | '%' | '$' => out.push(c),
            '.' if !ends_in_www(&out) => out.push(c),
            c if c.is_ascii_punctuation() && c != '_' => {
                let _ = write!(out, "&#{};", u32::from(c));
            }
            // Inside a word an underscore is no emphasis in GitHub's Markdown.
            '_' if out.ends_with(|c: char| c.is_ascii_alphanumeric()) => out.push(c),
            '_' => out.push_str("&#95;"),
            c => out.push(c),
        }
    }
    out
}

/// The same in a fixed-width face.
pub(super) fn code(text: &str) -> String {
    format!("<code>{}</code>", escape(text))
}

fn ends_in_www(text: &str) -> bool {
    let tail: String = text.chars().rev().take(3).collect();
    tail.eq_ignore_ascii_case("www")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_html_links_and_mentions_are_only_text() {
        let hostile =
            "a|b `c` <img src=x> [x](y) @acme #1 https://evil.example **bold** _it_ snake_case\nwww.evil.example";
        let escaped = escape(hostile);
        for forbidden in ["|", "`", "<img", "[", "@", " #1", "://", "**", " _it", "\n", "www.e"] {
            assert!(!escaped.contains(forbidden), "{forbidden} in {escaped}");
        }
        assert!(escaped.contains("snake_case"));
        assert_eq!(escape("npm.pkg/x, y (z)"), "npm.pkg/x, y (z)");
    }
}
