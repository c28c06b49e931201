//! What is asked of a registry, per type: something that a package manager asks too and that changes nothing.

use url::Url;

use super::compare::Because;
use crate::registry::RegistryType;

/// What no registry has, asked for where only the way in matters. Nothing but the answer's status is looked at, so it
/// does no harm if somebody takes the name.
pub(super) const MADE_UP: &str = "private-registries-credential-check";

/// Requests, and how their answers are to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Question {
    /// One after the other, until one tells something.
    Status(Vec<Step>),
    /// Who signs in; where nobody answers that, a package that is made up.
    Npm {
        /// Answers with a user's name.
        whoami: Url,
        /// Made up.
        package: Url,
    },
    /// The base of the API, and what it takes to get in.
    Docker(Url),
    /// The discovery document, and then a module that is made up.
    Terraform {
        /// Where the document is.
        discovery: Url,
        /// What the credential is for: the proxy signs in below it.
        below: Url,
    },
}

/// One of several requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) url: Url,
    /// What must have come of the one before; the first is always sent.
    pub(super) after: &'static [Because],
}

impl Step {
    /// The first.
    fn first(url: Url) -> Self {
        Self { url, after: &[] }
    }

    fn after(after: &'static [Because], url: Url) -> Self {
        Self { url, after }
    }
}

/// The question of a type for a url.
///
/// # Errors
/// Says why there is none, as the reason of a verdict.
pub(super) fn question(registry_type: RegistryType, url: &Url) -> Result<Question, String> {
    let at = |path: &str| below(url, path);
    let only = |url: Url| Question::Status(vec![Step::first(url)]);
    Ok(match registry_type {
        RegistryType::CargoRegistry => only(at("config.json")),
        // As Composer does: a url may name the file itself.
        RegistryType::ComposerRepository if url.path().contains(".json") => only(url.clone()),
        RegistryType::ComposerRepository => only(at("packages.json")),
        RegistryType::DockerRegistry => Question::Docker(at_root(url, "/v2/")),
        RegistryType::GitSource => Question::Status(repository(url)?),
        // No name below it exists, so a server that would fetch it learns so at once.
        RegistryType::GoproxyServer => only(at("private-registries.invalid/credential-check/@v/list")),
        RegistryType::HelmRegistry => only(at("index.yaml")),
        RegistryType::MavenRepository => Question::Status(maven(url)),
        RegistryType::NpmRegistry => Question::Npm { whoami: at("-/whoami"), package: at(MADE_UP) },
        RegistryType::NugetFeed => only(url.clone()),
        RegistryType::PubRepository => only(at(&format!("api/packages/{}", MADE_UP.replace('-', "_")))),
        RegistryType::PythonIndex => Question::Status(vec![
            Step::first(at("")),
            Step::after(&[Because::NotThere, Because::Redirected, Because::Forbidden], at(&format!("{MADE_UP}/"))),
        ]),
        RegistryType::RubygemsServer => Question::Status(vec![
            Step::first(at("versions")),
            Step::after(&[Because::NotThere, Because::Redirected], at("specs.4.8.gz")),
        ]),
        RegistryType::TerraformRegistry => {
            Question::Terraform { discovery: at_root(url, "/.well-known/terraform.json"), below: url.clone() }
        }
        RegistryType::HexOrganization | RegistryType::HexRepository => {
            return Err(format!("there is no question to ask for `{}`", registry_type.dependabot()));
        }
    })
}

/// A path below a url.
pub(super) fn below(url: &Url, path: &str) -> Url {
    let mut below = url.clone();
    below.set_path(&format!("{}/{path}", url.path().trim_end_matches('/')));
    below.set_query(None);
    below.set_fragment(None);
    below
}

fn at_root(url: &Url, path: &str) -> Url {
    let mut root = url.clone();
    root.set_path(path);
    root.set_query(None);
    root.set_fragment(None);
    root
}

/// The repository itself. Many servers redirect a folder to its name with a slash, and many list the files in a folder to
/// nobody, which says nothing of the credential.
fn maven(url: &Url) -> Vec<Step> {
    let mut steps = vec![Step::first(url.clone())];
    if !url.path().ends_with('/') {
        steps.push(Step::after(&[Because::Redirected], below(url, "")));
    }
    let made_up = below(url, "private-registries/credential-check/maven-metadata.xml");
    steps.push(Step::after(&[Because::Forbidden], made_up));
    steps
}

/// The references of a repository, which is where every clone begins; a host or an owner has none.
fn repository(url: &Url) -> Result<Vec<Step>, String> {
    let path = url.path().trim_end_matches('/');
    let segments = path.split('/').filter(|segment| !segment.is_empty()).count();
    let has_suffix = path.strip_suffix(".git").is_some();
    if segments < 2 && !has_suffix {
        return Err("the url names a git host and no repository, so there is nothing to ask for".to_owned());
    }
    let references = |path: &str| {
        let mut url = at_root(url, &format!("{path}/info/refs"));
        url.set_query(Some("service=git-upload-pack"));
        url
    };
    let mut steps = vec![Step::first(references(path))];
    if !has_suffix {
        // GitLab redirects the one to the other.
        steps.push(Step::after(&[Because::NotThere, Because::Redirected], references(&format!("{path}.git"))));
    }
    Ok(steps)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    #[test]
    fn every_type_is_asked_what_its_package_manager_asks() {
        let mut text = String::new();
        for url in [
            "https://registry.acme.dev",
            "https://registry.acme.dev:8443/team/main/?a=b#c",
            "https://registry.acme.dev/team/main.git",
            "https://registry.acme.dev/team/packages.json",
        ] {
            let _ = writeln!(text, "{url}");
            for registry_type in RegistryType::ALL {
                let asked = match question(*registry_type, &Url::parse(url).unwrap()) {
                    Ok(Question::Status(steps)) => list(&steps),
                    Ok(Question::Npm { whoami, package }) => format!("{whoami}, {package} after [NotThere]"),
                    Ok(Question::Docker(url)) => format!("{url}, then its token server"),
                    Ok(Question::Terraform { discovery, .. }) => format!("{discovery}, then a module"),
                    Err(why) => format!("nothing: {why}"),
                };
                let _ = writeln!(text, "  {registry_type:19} {asked}");
            }
        }
        insta::assert_snapshot!(text);
    }

    fn list(steps: &[Step]) -> String {
        let shown = |Step { url, after }: &Step| {
            if after.is_empty() { url.to_string() } else { format!("{url} after {after:?}") }
        };
        steps.iter().map(shown).collect::<Vec<_>>().join(", ")
    }
}
