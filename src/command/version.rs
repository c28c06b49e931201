//! The version of the program.

/// The commit in an archive of the sources, into which `git archive`, and so GitHub, writes it; elsewhere the
/// placeholder. See `.gitattributes`.
const ARCHIVED: &str = include_str!("commit.txt");

/// Returns the version and the commit that it was built from. The commit comes from the build's variable
/// `PRIVATE_REGISTRIES_COMMIT`, which releases set, or from an archive of the sources.
pub fn version() -> String {
    let commit = commit(option_env!("PRIVATE_REGISTRIES_COMMIT"), ARCHIVED);
    let commit = commit.map_or("commit unknown".to_owned(), |commit| format!("commit {commit}"));
    format!("private-registries {} ({commit})", env!("CARGO_PKG_VERSION"))
}

fn commit<'a>(built: Option<&'a str>, archived: &'a str) -> Option<&'a str> {
    let is_commit = |text: &&str| text.len() >= 7 && text.chars().all(|c| c.is_ascii_hexdigit());
    built.map(str::trim).filter(is_commit).or_else(|| Some(archived.trim()).filter(is_commit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commit_is_the_builds_or_the_archives_or_unknown() {
        let (built, archived) = ("0123abcd", "89abcdef\n");
        assert_eq!(commit(Some(built), archived), Some(built));
        assert_eq!(commit(Some(""), archived), Some("89abcdef"));
        assert_eq!(commit(None, "$Format:%H$\n"), None);
    }
}
