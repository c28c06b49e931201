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
