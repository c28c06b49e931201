//! What is asked of a registry, per type: something that a package manager asks too and that changes nothing.

use url::Url;

use crate::registry::RegistryType;

/// What no registry has, asked for where only the way in matters. Nothing but the answer's status is looked at, so it
/// does no harm if somebody takes the name.
pub(super) const MADE_UP: &str = "private-registries-credential-check";

/// Requests, and how their answers are to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Question {
    /// One after the other, until one tells something. Only the last may ask for what is not there.
    Status(Vec<Url>),
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

/// The question of a type for a url.
///
/// # Errors
/// Says why there is none, as the reason of a verdict.
pub(super) fn question(registry_type: RegistryType, url: &Url) -> Result<Question, String> {
    let at = |path: &str| below(url, path);
    Ok(match registry_type {
        RegistryType::CargoRegistry => Question::Status(vec![at("config.json")]),
        // As Composer does: a url may name the file itself.
        RegistryType::ComposerRepository if url.path().contains(".json") => Question::Status(vec![url.clone()]),
        RegistryType::ComposerRepository => Question::Status(vec![at("packages.json")]),
        RegistryType::DockerRegistry => Question::Docker(at_root(url, "/v2/")),
        RegistryType::GitSource => Question::Status(repository(url)?),
        RegistryType::GoproxyServer => {
            // No name below it exists, so a server that would fetch it learns so at once.
            Question::Status(vec![at("private-registries.invalid/credential-check/@v/list")])
        }
        RegistryType::HelmRegistry => Question::Status(vec![at("index.yaml")]),
        RegistryType::MavenRepository => Question::Status(with_and_without_slash(url)),
        RegistryType::NpmRegistry => Question::Npm { whoami: at("-/whoami"), package: at(MADE_UP) },
        RegistryType::NugetFeed => Question::Status(vec![url.clone()]),
        RegistryType::PubRepository => {
            Question::Status(vec![at(&format!("api/packages/{}", MADE_UP.replace('-', "_")))])
        }
        RegistryType::PythonIndex => Question::Status(vec![at(""), at(&format!("{MADE_UP}/"))]),
        RegistryType::RubygemsServer => Question::Status(vec![at("versions"), at("specs.4.8.gz")]),
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

/// A folder is redirected to its name with a slash by many servers, and no redirect is followed.
fn with_and_without_slash(url: &Url) -> Vec<Url> {
    if url.path().ends_with('/') { vec![url.clone()] } else { vec![url.clone(), below(url, "")] }
}

/// The references of a repository, which is where every clone begins; a host or an owner has none.
fn repository(url: &Url) -> Result<Vec<Url>, String> {
    let path = url.path().trim_end_matches('/');
    let segments = path.split('/').filter(|segment| !segment.is_empty()).count();
    let has_suffix = path.ends_with(".git");
    if segments < 2 && !has_suffix {
        return Err("the url names a git host and no repository, so there is nothing to ask for".to_owned());
    }
    let references = |path: &str| {
        let mut url = at_root(url, &format!("{path}/info/refs"));
        url.set_query(Some("service=git-upload-pack"));
        url
    };
    let mut all = vec![references(path)];
    // GitLab redirects the one to the other.
    all.extend((!has_suffix).then(|| references(&format!("{path}.git"))));
    Ok(all)
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
                    Ok(Question::Status(urls)) => list(&urls),
                    Ok(Question::Npm { whoami, package }) => list(&[whoami, package]),
                    Ok(Question::Docker(url)) => format!("{url}, then its token server"),
                    Ok(Question::Terraform { discovery, .. }) => format!("{discovery}, then a module"),
                    Err(why) => format!("nothing: {why}"),
                };
                let _ = writeln!(text, "  {registry_type:19} {asked}");
            }
        }
        insta::assert_snapshot!(text);
    }

    fn list(urls: &[Url]) -> String {
        urls.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }
}
