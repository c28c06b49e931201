//! Suggests the word that was probably meant.

/// The longest word, in bytes, that is compared: a longer one is not a typing mistake, and comparing it takes long.
const LONGEST: usize = 100;

/// Returns the candidate nearest to a misspelt word, if any is near enough.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Of several equally near candidates the first wins: it is the usual spelling.
    similar(word, candidates).reduce(|best, next| if next.0 > best.0 { next } else { best }).map(|(_, nearest)| nearest)
}

/// Returns up to three candidates near to a word, nearest first.
pub fn near<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut near: Vec<(f64, &str)> = similar(word, candidates).collect();
    near.sort_by(|one, other| other.0.total_cmp(&one.0));
    near.into_iter().take(3).map(|(_, candidate)| candidate).collect()
}

/// Returns the candidates near to a word, each with its similarity.
fn similar<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> impl Iterator<Item = (f64, &'a str)> {
    let simple = |text: &str| text.to_lowercase().replace('_', "-");
    let word = (word.len() <= LONGEST).then(|| simple(word));
    let similarity = move |candidate: &str| word.as_deref().map_or(0.0, |word| similarity(word, &simple(candidate)));
    let similar = candidates.into_iter().map(move |candidate| (similarity(candidate), candidate));
    similar.filter(|(similarity, _)| *similarity > 0.84)
}

/// Returns the similarity, from 0 to 1. A word that the candidate begins with is near, however much follows: `npm`
/// means `npm-registry`.
fn similarity(word: &str, candidate: &str) -> f64 {
    let begins = candidate.strip_prefix(word).is_some_and(|rest| rest.starts_with('-'));
    // The Jaro–Winkler similarity is too low for a swap of letters in a word of three.
    let is_one_slip = word.len() >= 3 && strsim::osa_distance(word, candidate) == 1;
    let least = if is_one_slip { 0.9 } else { 0.0 };
    if begins { 0.99 } else { strsim::jaro_winkler(word, candidate).max(least) }
}

/// Returns `; did you mean …?` for the nearest candidate, or an empty string if none is near.
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, candidates).map_or_else(String::new, |candidate| format!("; did you mean `{candidate}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_near_words_only() {
        let words = ["private", "selected", "all"];
        assert_eq!(nearest("privat", words), Some("private"));
        assert_eq!(nearest("Select", words), Some("selected"));
        assert_eq!(nearest("everyone", words), None);
        assert_eq!(nearest("npm", ["pub_repository", "npm_registry"]), Some("npm_registry"));
        assert_eq!(nearest("tru", ["true", "TRUE"]), Some("true"));
        assert_eq!(nearest("ulr", ["name", "key", "url"]), Some("url"));
        assert_eq!(nearest("uri", ["url"]), Some("url"));
    }

    #[test]
    fn near_words_are_sorted_nearest_first() {
        let names = ["NPM_REGISTRY_SECRET_12", "GIT_SOURCE_SECRET", "NPM_REGISTRY_SECRET", "NPM_REGISTRY_SECRET_2"];
        let near_names = ["NPM_REGISTRY_SECRET", "NPM_REGISTRY_SECRET_2", "NPM_REGISTRY_SECRET_12"];
        assert_eq!(near("npm_registry_secre", names), near_names);
        assert!(near("MAVEN", names).is_empty());
    }
}
