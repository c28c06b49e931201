//! Escapes text for GitHub's Markdown.

use std::fmt::Write as _;

use crate::text::printable;

/// Escapes text so that it is shown as it is: no markup, HTML, link, mention, reference to an issue, or new table cell.
/// Only text between two backticks becomes code, as our own messages intend it. Outside data can do the same, but no
/// more.
///
/// GitHub looks for mentions and references in the HTML, where escaped characters are like all others and only code is
/// left alone: <https://github.com/github/cmark-gfm/issues/181>. So the character that would make one becomes code,
/// too.
pub(super) fn escape(text: &str) -> String {
    let text = printable(text);
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some((before, quoted, after)) = next_quoted(rest) {
        out.push_str(&literal(before, false));
        out.push_str(&code(quoted));
        rest = after;
    }
    out.push_str(&literal(rest, false));
    out
}

/// Escapes text and shows all of it, including backticks, as code.
pub(super) fn code(text: &str) -> String {
    format!("<code>{}</code>", literal(&printable(text), true))
}

/// Returns the first text between two backticks on one line, with the text before and after.
fn next_quoted(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    loop {
        let start = from + text[from..].find('`')?;
        let (quoted, after) = text[start + 1..].split_once('`')?;
        if !quoted.is_empty() && !quoted.contains('\n') {
            return Some((&text[..start], quoted, after));
        }
        from = start + 1;
    }
}

fn literal(text: &str, is_code: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let next = characters.peek();
        let refers = match c {
            '@' => next.is_some_and(|next| !next.is_whitespace()),
            '#' => next.is_some_and(char::is_ascii_digit),
            '-' => next.is_some_and(char::is_ascii_digit) && ends_in_gh(&out),
            _ => false,
        };
        match c {
            c if refers && !is_code => {
                let _ = write!(out, "<code>&#{};</code>", u32::from(c));
            }
            '\n' => out.push_str("<br>"),
            '\t' => out.push(' '),
            // This punctuation neither begins markup nor makes a link.
            ' ' | ',' | ';' | '-' | '/' | '=' | '(' | ')' | '"' | '\'' | '?' | '%' | '$' => out.push(c),
            '.' if !ends_in_www(&out) => out.push(c),
            c if c.is_ascii_punctuation() && c != '_' => {
                let _ = write!(out, "&#{};", u32::from(c));
            }
            // Inside of a word, an underscore is not emphasis in GitHub's Markdown.
            '_' if out.ends_with(|c: char| c.is_ascii_alphanumeric()) => out.push(c),
            '_' => out.push_str("&#95;"),
            c => out.push(c),
        }
    }
    out
}

/// Reports whether a text ends in the word `GH`, which becomes a reference with a hyphen and a number.
fn ends_in_gh(text: &str) -> bool {
    let mut tail = text.chars().rev().map(|c| c.to_ascii_lowercase());
    (tail.next(), tail.next()) == (Some('h'), Some('g')) && !tail.next().is_some_and(|c| c.is_ascii_alphanumeric())
}

fn ends_in_www(text: &str) -> bool {
    let tail: String = text.chars().rev().take(3).collect();
    tail.eq_ignore_ascii_case("www")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn markup_html_links_and_mentions_are_only_text() {
        let hostile =
            "a|b ``c <img src=x> [x](y) @acme #1 https://evil.example **bold** _it_ snake_case\nwww.evil.example";
        let escaped = escape(hostile);
        for forbidden in ["|", "`", "<img", "[", "@", " #1", "://", "**", " _it", "\n", "www.e"] {
            assert!(!escaped.contains(forbidden), "{forbidden} in {escaped}");
        }
        assert!(escaped.contains("snake_case"));
        assert_eq!(escape("npm.pkg/x, y (z)"), "npm.pkg/x, y (z)");
    }

    #[test]
    fn our_own_quotes_have_a_fixed_width_face() {
        assert_eq!(escape("`a|b` and `c`"), "<code>a&#124;b</code> and <code>c</code>");
        assert_eq!(escape("a ` b\n`c`"), "a &#96; b<br><code>c</code>");
        assert_eq!(escape("``"), "&#96;&#96;");
        assert_eq!(code("a `b` c"), "<code>a &#96;b&#96; c</code>");
        assert_eq!(escape("@a, gh-1, high-2"), "<code>&#64;</code>a, gh<code>&#45;</code>1, high-2");
        assert_eq!(code("@a #1"), "<code>&#64;a &#35;1</code>");
    }

    /// Returns the texts of a page in which GitHub looks for mentions: those between tags, decoded, without code.
    fn texts(html: &str) -> Vec<String> {
        let add = |texts: &mut Vec<String>, c, is_code: bool| {
            if let Some(text) = texts.last_mut().filter(|_| !is_code) {
                text.push(c);
            }
        };
        let mut texts = vec![String::new()];
        let mut is_code = false;
        let mut rest = html;
        while let Some(c) = rest.chars().next() {
            let tag = ["<code>", "</code>", "<br>"].into_iter().find(|tag| rest.starts_with(tag));
            assert!(tag.is_some() || (c != '<' && c != '>'), "{html}");
            let length = if let Some(tag) = tag {
                if tag != "<br>" {
                    assert_eq!(tag == "</code>", is_code, "{html}");
                    is_code = !is_code;
                }
                texts.push(String::new());
                tag.len()
            } else if let Some(end) = rest.strip_prefix("&#").and_then(|number| number.find(';')) {
                let decoded = rest[2..2 + end].parse().ok().and_then(char::from_u32).expect("a character");
                add(&mut texts, decoded, is_code);
                end + 3
            } else {
                add(&mut texts, c, is_code);
                c.len_utf8()
            };
            rest = &rest[length..];
        }
        assert!(!is_code, "{html}");
        texts
    }

    /// Reports whether GitHub would turn a part of the text into a mention, a reference or a link to an address.
    fn refers(text: &str) -> bool {
        let text = text.to_lowercase();
        let follows = |mark: &str, is: fn(char) -> bool| {
            text.match_indices(mark).any(|(at, mark)| text[at + mark.len()..].starts_with(is))
        };
        let is_word = |at: usize| text[..at].ends_with(|c: char| c.is_ascii_alphanumeric());
        follows("@", |c| !c.is_whitespace())
            || follows("#", |c| c.is_ascii_digit())
            || text
                .match_indices("gh-")
                .any(|(at, _)| !is_word(at) && text[at + 3..].starts_with(|c: char| c.is_ascii_digit()))
    }

    proptest! {
        #[test]
        fn nobody_is_mentioned_and_nothing_referred_to(
            words in prop::collection::vec(
                prop::sample::select(vec![
                    "@", "#", "GH-", "gh-", "octocat", "acme/web", "1", "23", "`", "``", " ", "\n", "<b>", "&#64;", "-",
                    "_", "a", "www.", "https://github.com/", "<!-- ", "-->", "é", "\u{200b}", "|", "*", "a@b.dev",
                ]),
                0..24,
            ),
        ) {
            let text = words.concat();
            for html in [escape(&text), format!("{}{}", code(&text), escape(&text))] {
                let texts = texts(&html);
                prop_assert!(!texts.iter().any(|text| refers(text)), "{}", html);
                prop_assert!(!html.contains(['`', '|', '\n', '@', '*']), "{}", html);
            }
            // Nothing is lost.
            let quotes = |text: &str| text.replace(['`', '\n'], "");
            let shown = code(&text);
            let shown = texts(&shown["<code>".len()..shown.len() - "</code>".len()]).concat();
            prop_assert_eq!(quotes(&shown), quotes(&printable(&text)));
        }
    }
}
