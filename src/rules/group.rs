//! Groups equal findings, so that each is reported once with all its entries.

use super::{Finding, order};

/// A finding with the entries that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The finding.
    pub finding: Finding,
    /// The labels of the entries, or the names of the configurations, in order.
    pub labels: Vec<String>,
}

/// The rules whose messages name the entries that they are about. In other messages a label may be a word by chance.
const NAMES_ENTRIES: [&str; 3] = ["base-replaced-twice", "path-prefix", "same-host"];

impl Group {
    /// Returns the labels to write before the message; none if the message names all of them.
    pub fn unnamed(&self) -> Vec<&str> {
        let labels: Vec<&str> = self.labels.iter().map(String::as_str).filter(|label| !label.is_empty()).collect();
        let is_named = |label: &&str| self.finding.message.contains(&format!("`{label}`"));
        let names_entries = NAMES_ENTRIES.contains(&self.finding.rule);
        if names_entries && labels.iter().all(is_named) { Vec::new() } else { labels }
    }
}

/// Groups equal findings: the most severe first, then in the order of the rules.
pub fn group<'a>(findings: impl IntoIterator<Item = (&'a str, Finding)>) -> Vec<Group> {
    let mut all: Vec<(&str, Finding)> = findings.into_iter().collect();
    let key = |finding: &Finding| (std::cmp::Reverse(finding.level), order(finding.rule));
    // The sort is stable, so the labels of equal findings keep their order.
    all.sort_by(|(_, one), (_, other)| {
        let texts = |finding: &Finding| (finding.message.clone(), finding.help.clone(), finding.field);
        key(one).cmp(&key(other)).then_with(|| texts(one).cmp(&texts(other)))
    });
    let mut groups: Vec<Group> = Vec::new();
    for (label, finding) in all {
        match groups.last_mut() {
            Some(group) if group.finding == finding => {
                if !group.labels.iter().any(|known| known == label) {
                    group.labels.push(label.to_owned());
                }
            }
            _ => groups.push(Group { finding, labels: vec![label.to_owned()] }),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;

    fn finding(rule: &'static str, level: Level, message: &str) -> Finding {
        Finding { rule, level, field: "url", message: message.to_owned(), help: String::new() }
    }

    #[test]
    fn labels_that_the_message_names_are_not_written_before_it() {
        let of_rule = |rule, labels: &[&str], message| Group {
            finding: finding(rule, Level::Warning, message),
            labels: labels.iter().map(|&label| label.to_owned()).collect(),
        };
        let group = |labels: &[&str], message| of_rule("same-host", labels, message);
        assert_eq!(of_rule("plain-http", &["git"], "`git` is a word here").unnamed(), ["git"]);
        assert!(NAMES_ENTRIES.iter().all(|id| super::super::rule(id).is_some()));
        assert_eq!(group(&["a", "b"], "`a` and `b` are all on one host").unnamed(), Vec::<&str>::new());
        assert_eq!(group(&["a", "b"], "`a` is").unnamed(), ["a", "b"]);
        assert_eq!(group(&[""], "`url` is").unnamed(), Vec::<&str>::new());
    }

    #[test]
    fn equal_findings_are_grouped_and_the_most_severe_come_first() {
        let public = finding("visible-to-public", Level::Warning, "`visibility` is `all`");
        let http = finding("plain-http", Level::Warning, "http://a");
        let other = finding("plain-http", Level::Warning, "http://b");
        let strict = finding("visible-to-public", Level::Error, "`visibility` is `all`");
        let groups = group([
            ("b", public.clone()),
            ("a", other.clone()),
            ("b", http.clone()),
            ("a", public.clone()),
            ("c", strict.clone()),
            ("a", public.clone()),
        ]);
        let seen: Vec<_> = groups.iter().map(|group| (&group.finding, group.labels.join(" "))).collect();
        assert_eq!(
            seen,
            [(&strict, "c".to_owned()), (&http, "b".to_owned()), (&other, "a".to_owned()), (&public, "b a".to_owned())]
        );
    }
}
