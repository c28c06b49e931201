//! The word that was probably meant.

/// A longer word is no slip of the pen, and would take long to compare.
const LONGEST: usize = 100;

/// The candidate that a misspelt word is nearest to, if one is near.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let simple = |text: &str| text.to_lowercase().replace('_', "-");
    if word.len() > LONGEST {
        return None;
    }
    let word = simple(word);
    candidates
        .into_iter()
        .map(|candidate| (similarity(&word, &simple(candidate)), candidate))
        .filter(|(similarity, _)| *similarity > 0.84)
        // Of several equally near ones the first, which is the usual spelling.
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .map(|(_, candidate)| candidate)
}

/// From 0 to 1. A word that another begins with is near, however much follows: `npm` means `npm-registry`.
fn similarity(word: &str, candidate: &str) -> f64 {
    let begins = candidate.strip_prefix(word).is_some_and(|rest| rest.starts_with('-'));
    if begins { 0.99 } else { strsim::jaro_winkler(word, candidate) }
}

/// `; did you mean …?`, or nothing.
pub(crate) fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, candidates).map_or_else(String::new, |candidate| format!("; did you mean `{candidate}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant_and_nothing_far_off() {
        let words = ["private", "selected", "all"];
        assert_eq!(nearest("privat", words), Some("private"));
        assert_eq!(nearest("Select", words), Some("selected"));
        assert_eq!(nearest("everyone", words), None);
        assert_eq!(nearest("npm", ["pub_repository", "npm_registry"]), Some("npm_registry"));
        assert_eq!(nearest("tru", ["true", "TRUE"]), Some("true"));
    }
}
