//! The requests for each registry type. Package managers send them too, and they change nothing.

use url::Url;

use super::compare::Because;
use crate::registry::RegistryType;

/// The name of a package that no registry has, requested where only the authentication matters. Only the answer's
/// status is used, so it does no harm if somebody publishes a package of this name.
pub(super) const MADE_UP: &str = "private-registries-credential-check";

/// The requests that try a credential, by the way their answers are interpreted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Question {
    /// Requests in order, until one gives a result.
    Status(Vec<Step>),
    /// The user name or, if the registry does not support that, a made-up package.
    Npm {
        /// The url that returns the user name.
        whoami: Url,
        /// The url of a made-up package.
        package: Url,
    },
    /// The base of the API, with a token from the token server if the registry requires one.
    Docker(Url),
    /// The discovery document, and then a made-up module.
    Terraform {
        /// The url of the document.
        discovery: Url,
        /// The entry's url; Dependabot's proxy sends the credential only below it.
        below: Url,
    },
}

/// One of several requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) url: Url,
    /// The results of the previous request after which this one is sent. The first request is always sent.
    pub(super) after: &'static [Because],
}

impl Step {
    fn first(url: Url) -> Self {
        Self { url, after: &[] }
    }

    fn after(after: &'static [Because], url: Url) -> Self {
        Self { url, after }
    }
}

/// Returns the requests for a registry's type and url.
///
/// # Errors
/// The reason why there are none, for a verdict.
pub(super) fn question(registry_type: RegistryType, url: &Url) -> Result<Question, String> {
    let at = |path: &str| below(url, path);
    let only = |url: Url| Question::Status(vec![Step::first(url)]);
    Ok(match registry_type {
        RegistryType::CargoRegistry => only(at("config.json")),
        // As in Composer, the url may name the file itself.
        RegistryType::ComposerRepository if url.path().contains(".json") => only(url.clone()),
        RegistryType::ComposerRepository => only(at("packages.json")),
        RegistryType::DockerRegistry => Question::Docker(at_root(url, "/v2/")),
        RegistryType::GitSource => Question::Status(repository(url)?),
        // No name below `.invalid` exists (RFC 2606), so a server that fetches modules from elsewhere fails at once.
        RegistryType::GoproxyServer => only(at("private-registries.invalid/credential-check/@v/list")),
        RegistryType::HelmRegistry => only(at("index.yaml")),
        RegistryType::MavenRepository => Question::Status(maven(url)),
        RegistryType::NpmRegistry => Question::Npm { whoami: at("-/whoami"), package: at(MADE_UP) },
        RegistryType::NugetFeed => only(url.clone()),
        RegistryType::PubRepository => only(at(&format!("api/packages/{}", MADE_UP.replace('-', "_")))),
        RegistryType::PythonIndex => Question::Status(vec![
            Step::first(at(&format!("{MADE_UP}/"))),
            Step::after(&[Because::NotThere, Because::Redirected], at("")),
        ]),
        RegistryType::RubygemsServer => Question::Status(vec![
            Step::first(at("versions")),
            Step::after(&[Because::NotThere, Because::Redirected], at("specs.4.8.gz")),
        ]),
        RegistryType::TerraformRegistry => {
            Question::Terraform { discovery: at_root(url, "/.well-known/terraform.json"), below: url.clone() }
        }
        RegistryType::HexOrganization | RegistryType::HexRepository => {
            return Err(format!("there is no request that tries a credential for `{}`", registry_type.dependabot()));
        }
    })
}

/// Appends a path to a url.
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

/// Returns the requests for a Maven repository. A made-up artifact comes first: many servers answer 403 to everybody who
/// requests a folder, which proves nothing, and after 403 no other request is sent. Many redirect a folder to its name
/// with a slash.
fn maven(url: &Url) -> Vec<Step> {
    let made_up = below(url, "private-registries/credential-check/maven-metadata.xml");
    let mut steps = vec![Step::first(made_up), Step::after(&[Because::NotThere, Because::Redirected], url.clone())];
    if !url.path().ends_with('/') {
        steps.push(Step::after(&[Because::Redirected], below(url, "")));
    }
    steps
}

/// Returns the requests for the references of a git repository, with which every clone begins. A host or an owner has
/// no references.
fn repository(url: &Url) -> Result<Vec<Step>, String> {
    let path = url.path().trim_end_matches('/');
    let segments = path.split('/').filter(|segment| !segment.is_empty()).count();
    let has_suffix = path.strip_suffix(".git").is_some();
    if segments < 2 && !has_suffix {
        return Err("the url names a git host but no repository, so there is nothing to request".to_owned());
    }
    let references = |path: &str| {
        let mut url = at_root(url, &format!("{path}/info/refs"));
        url.set_query(Some("service=git-upload-pack"));
        url
    };
    let mut steps = vec![Step::first(references(path))];
    if !has_suffix {
        // GitLab redirects the path without `.git` to the one with it.
        steps.push(Step::after(&[Because::NotThere, Because::Redirected], references(&format!("{path}.git"))));
    }
    Ok(steps)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    #[test]
    fn every_type_gets_the_requests_of_its_package_manager() {
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
