//! Rules about the repositories that may use a configuration.

use super::facts::{DOCS, Fact, Source};
use super::{Case, Level, Origin, Rule, Scene, Subject};
use crate::registry::Visibility;

static WHO: Fact = Fact {
    says: "`all` means every repository of the organization, `private` its private and internal repositories, \
           `selected` the repositories in a list, which may be empty and is never returned.",
    sources: &[Source { origin: &DOCS, path: "rest/private-registries/organization-configurations" }],
};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "visible-to-public",
        level: Level::Warning,
        field: "visibility",
        help: "set `visibility: private` or `selected`; if public repositories need it, allow this rule for the entry",
        what: "Workflows of Dependabot and code scanning in public repositories get the credential too.",
        facts: &[&WHO],
        check: visible_to_public,
    },
    Rule {
        id: "no-repositories",
        level: Level::Warning,
        field: "visibility",
        help: "name the repositories in `selected-repositories`",
        what: "With `visibility: selected` and no repositories, nobody can use the configuration. If the list is \
               omitted, a new configuration has no repositories, and an existing one keeps its own.",
        facts: &[&WHO],
        check: no_repositories,
    },
];

fn visible_to_public(subject: &Subject, _: &Scene) -> Option<Case> {
    (subject.visibility == Some(Visibility::All))
        .then(|| Case::warning("`visibility` is `all`: public repositories may use this registry too"))
}

fn no_repositories(subject: &Subject, _: &Scene) -> Option<Case> {
    if subject.visibility != Some(Visibility::Selected) || subject.origin == Origin::Live {
        return None;
    }
    if subject.is_for_nobody() {
        let message =
            "`visibility` is `selected`, but `selected-repositories` is empty: no repository may use this registry";
        return Some(Case::warning(message).at("selected_repositories"));
    }
    subject.selection.is_none().then(|| {
        Case::warning(
            "`visibility` is `selected`, but no repository is named: a new configuration then has none, and an \
             existing one keeps its own",
        )
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::fixture::{cloud, level, message};
    use super::super::judge;
    use super::*;
    use crate::desired::Settings;
    use crate::registry::LiveRegistry;

    const ENTRY: &str = "pub-repository https://pub.acme.dev token";

    #[test]
    fn visibility_all_is_found() {
        assert_eq!(level("visible-to-public", &format!("{ENTRY} visibility=all")), Some(Level::Warning));
        for visibility in ["private", "selected"] {
            assert_eq!(level("visible-to-public", &format!("{ENTRY} visibility={visibility}")), None);
        }
    }

    #[test]
    fn an_empty_and_an_omitted_selection_are_found() {
        let rule = "no-repositories";
        assert!(message(rule, &format!("{ENTRY} visibility=selected")).contains("no repository is named"));
        assert!(message(rule, &format!("{ENTRY} visibility=selected repositories=")).contains("is empty"));
        assert_eq!(level(rule, &format!("{ENTRY} visibility=selected repositories=web")), None);
        assert_eq!(level(rule, ENTRY), None);
        let settings = Settings { visibility: Some(Visibility::Selected), ..Settings::default() };
        let edit = Subject::of_edit("PUB", None, None, &settings);
        assert_eq!(judge(&[edit], &cloud())[0].findings[0].rule, rule);
        let live = json!({"name": "PUB", "registry_type": "pub_repository", "visibility": "selected"});
        let live = Subject::of_live(&LiveRegistry::from_json(live).expect("a configuration"));
        assert!(judge(&[live], &cloud())[0].findings.is_empty(), "GitHub never returns the list");
    }
}
