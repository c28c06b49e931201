//! Escapes text from outside for a terminal, for the runner and for JSON.

use std::fmt::Write as _;

/// Escapes every character that could control a terminal or mislead a reader. Line feeds and tabs stay.
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c != '\n' && c != '\t' && deceives(c) { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    out
}

/// Reports whether a character is printable ASCII, the space included.
pub fn is_printable_ascii(c: char) -> bool {
    (' '..='~').contains(&c)
}

/// Reports whether a character is invisible or easily taken for another: control characters, characters that change the
/// direction of text, white space other than the ordinary space, and characters that display nothing.
pub fn deceives(c: char) -> bool {
    if c.is_ascii() {
        return c.is_control();
    }
    // Rust escapes everything but letters, marks, numbers, punctuation and symbols. The characters below belong to one
    // of these categories but are invisible: <https://www.unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt>,
    // Default_Ignorable_Code_Point
    let is_escaped = || format!("a{c}").escape_debug().nth(2).is_some();
    matches!(
        c,
        '\u{34f}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{2800}' // the Braille pattern without dots
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{ffa0}'
            | '\u{e0100}'..='\u{e01ef}'
    ) || is_escaped()
}

/// Like [`printable`], but on one line, so that text from outside can't pass for a line of our own.
pub fn one_line(text: &str) -> String {
    printable(text).replace('\n', "\\n").replace('\t', "\\t")
}

/// Like [`printable`], but in JSON's own escapes. No value changes, because such characters occur only inside strings.
pub fn printable_json(json: String) -> String {
    if !json.contains(deceives) {
        return json;
    }
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if deceives(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// The prefixes of well-known tokens, each with the minimum number of letters, digits and underscores after it.
const TOKENS: [(&str, usize); 9] = [
    ("ghp_", 10),
    ("gho_", 10),
    ("ghu_", 10),
    ("ghs_", 10),
    ("ghr_", 10),
    ("github_pat_", 10),
    ("glpat-", 16),
    ("dckr_pat_", 16),
    ("npm_", 30), // a shorter one may be a registry type
];
/// With so many characters after it, a prefix begins a token even in the middle of a word.
const LONG: usize = 30;

/// Replaces everything with the form of a well-known token, except its prefix.
pub fn without_tokens(text: &str) -> String {
    if !TOKENS.iter().any(|(beginning, _)| text.contains(beginning)) {
        return text.to_owned();
    }
    let is_part = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_part) {
        let (before, from) = rest.split_at(start);
        let (word, after) = from.split_at(from.find(|c| !is_part(c)).unwrap_or(from.len()));
        out.push_str(before);
        match token(word) {
            Some(shown) => {
                out.push_str(&word[..shown]);
                out.push('…');
                out.push_str(&word[word.trim_end_matches(['.', '-']).len()..]);
            }
            None => out.push_str(word),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Returns the number of bytes of a word up to the end of a token's prefix, if it contains a token.
fn token(word: &str) -> Option<usize> {
    let found = |(beginning, least): (&str, usize)| {
        word.match_indices(beginning).find_map(|(at, _)| {
            let (before, end) = (&word[..at], at + beginning.len());
            let is_in_word = before.ends_with(|c: char| c.is_ascii_alphanumeric());
            let is_token = |c: &char| c.is_ascii_alphanumeric() || (*c == '_' && beginning != "npm_");
            let length = word[end..].chars().take_while(is_token).count();
            (length >= if is_in_word { least.max(LONG) } else { least }).then_some(end)
        })
    };
    TOKENS.into_iter().filter_map(found).min()
}

/// Escapes text so that no line of it is a workflow command, in the runner's current (`::`) or old (`##[`) syntax.
pub fn harmless(text: &str) -> String {
    let lines: Vec<String> = printable(text)
        .split('\n')
        .map(|line| {
            let line = line.replace("##[", "##\\[");
            if line.trim_start().starts_with("::") { line.replacen("::", ":\\:", 1) } else { line }
        })
        .collect();
    lines.join("\n")
}

/// Escapes the message of a workflow command.
pub fn escape_data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property of a workflow command.
pub fn escape_property(text: &str) -> String {
    escape_data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_outside_never_becomes_a_command() {
        let hostile = "::set-output name=x::y\n  ::error::z\n##[add-mask]q a ##[error]b\r::warning::\u{1b}[2J";
        for line in harmless(hostile).lines() {
            assert!(!line.trim_start().starts_with("::") && !line.contains("##["), "{line}");
            assert!(!line.contains(['\r', '\u{1b}']), "{line}");
        }
    }

    #[test]
    fn a_token_is_known_by_its_form() {
        let tail = "x7Kd92mQpLr5TnVbWc8YzAe3FgHj1S";
        for beginning in TOKENS.map(|(beginning, _)| beginning) {
            for (before, after) in
                [("", ""), ("`", "`"), ("--", ""), ("a=", ";"), ("//", "@npm.acme.dev"), ("--org", "")]
            {
                let shown = without_tokens(&format!("{before}{beginning}{tail}{after} and {beginning}{tail}."));
                assert_eq!(shown, format!("{before}{beginning}…{after} and {beginning}…."));
            }
        }
        assert_eq!(without_tokens("ghs_1234567_eyJhbGciOi.eyJpc3Mi.c2ln-bmF0dXJl, too"), "ghs_…, too");
        for text in [
            "npm_registry",
            "npm_registry_of_the_platform_team_and_others",
            "https://npm.acme.dev/highs_and_lows_of_the_team",
            "ghp_short",
            "`GHP_NAME_OF_A_VARIABLE`",
            "…ghp_…",
        ] {
            assert_eq!(without_tokens(text), text);
        }
    }

    #[test]
    fn invisible_and_direction_changing_characters_are_shown() {
        assert_eq!(printable("a\u{202e}b\u{0}c\td"), "a\\u{202e}b\\u{0}c\td");
        for c in "\u{7f}\u{85}\u{a0}\u{ad}\u{34f}\u{61c}\u{115f}\u{1160}\u{17b4}\u{180b}\u{180e}\u{2000}\u{200b}\u{200f}\
                  \u{2028}\u{202f}\u{2060}\u{206f}\u{2800}\u{3000}\u{3164}\u{e000}\u{fe0f}\u{feff}\u{ffa0}\u{fff9}\u{fffb}\
                  \u{1d173}\u{e0001}\u{e0041}\u{e007f}\u{e0100}\u{10fffd}"
            .chars()
        {
            assert_eq!(printable(&format!("{c}")), format!("\\u{{{:x}}}", u32::from(c)));
        }
        for text in ["naïve e\u{301} 日本 한국 עברית हिन्दी 😀 € ½ – “”", "~!@#$%^&*()_+`'\"\\"]
        {
            assert_eq!(printable(text), text);
        }
    }
}
