//! The parts of a registry's url that rules use, and the services that its host belongs to.

use ::url::Url;

use crate::registry::AuthType;

/// The address of a registry, without the url's query and user information, so that no finding can repeat them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The scheme in lower case; `None` if the url was written without one.
    pub scheme: Option<String>,
    /// The host in lower case, without the port.
    pub host: String,
    /// The port, if it is not the scheme's default.
    pub port: Option<u16>,
    /// The path as written, with its slashes.
    pub path: String,
    /// Whether there is a query that is not empty.
    pub has_query: bool,
}

impl Address {
    /// Parses any url, GitHub's included; `None` if it has no host.
    pub fn parse(text: &str) -> Option<Self> {
        let has_scheme = text.contains("://");
        let url = if has_scheme { Url::parse(text) } else { Url::parse(&format!("https://{text}")) }.ok()?;
        let host = url.host_str().filter(|host| !host.is_empty())?.to_lowercase();
        Some(Self {
            scheme: has_scheme.then(|| url.scheme().to_owned()),
            host,
            port: url.port(),
            path: url.path().to_owned(),
            has_query: url.query().is_some_and(|query| !query.is_empty()),
        })
    }

    /// Returns host, port and path.
    pub fn without_scheme(&self) -> String {
        let port = self.port.map_or_else(String::new, |port| format!(":{port}"));
        format!("{}{port}{}", self.host, self.path.trim_end_matches('/'))
    }

    /// Returns the url without query and user information.
    pub fn shown(&self) -> String {
        let scheme = self.scheme.as_ref().map_or_else(String::new, |scheme| format!("{scheme}://"));
        format!("{scheme}{}", self.without_scheme())
    }

    /// Reports whether the host is this domain or a subdomain of it.
    pub fn is_in(&self, domain: &str) -> bool {
        self.host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    }

    /// Reports whether it is an Azure container registry.
    pub fn is_azure_container_registry(&self) -> bool {
        self.is_in("azurecr.io") && self.host != "azurecr.io"
    }

    /// Reports whether it is an AWS container registry, in any partition.
    pub fn is_ecr(&self) -> bool {
        self.host.contains(".dkr.ecr.") && (self.is_in("amazonaws.com") || self.is_in("amazonaws.com.cn"))
    }

    /// Reports whether it is an AWS `CodeArtifact` repository, in any partition.
    pub fn is_codeartifact(&self) -> bool {
        self.host.contains(".d.codeartifact.") && (self.is_in("amazonaws.com") || self.is_in("amazonaws.com.cn"))
    }

    /// Reports whether it is a `JFrog` platform: in their cloud, or with Artifactory's path.
    pub fn is_jfrog(&self) -> bool {
        self.is_in("jfrog.io") || self.path.starts_with("/artifactory/")
    }

    /// Returns the OIDC auth type with which Dependabot's proxy can get a token for this host, if the url reveals it.
    pub fn oidc(&self) -> Option<AuthType> {
        let is_azure_devops = self.host == "pkgs.dev.azure.com" || self.is_in("pkgs.visualstudio.com");
        if is_azure_devops && self.path.contains("/_packaging/") {
            Some(AuthType::OidcAzure)
        } else if self.is_codeartifact() && ![".us-gov-", ".cn-"].iter().any(|other| self.host.contains(other)) {
            Some(AuthType::OidcAws)
        } else if self.is_in("jfrog.io") {
            Some(AuthType::OidcJfrog)
        } else if self.is_in("cloudsmith.io") {
            Some(AuthType::OidcCloudsmith)
        } else if self.is_in("pkg.dev") {
            Some(AuthType::OidcGcp)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_shown_without_query_and_user_information() {
        for (text, shown) in [
            ("https://me:hunter2@NPM.acme.dev:443/a/?token=hunter2#hunter2", "https://npm.acme.dev/a"),
            ("npm.acme.dev:8443/a", "npm.acme.dev:8443/a"),
            ("oci://Registry.acme.dev/charts", "oci://registry.acme.dev/charts"),
            ("http://npm.acme.dev:80", "http://npm.acme.dev"),
        ] {
            assert_eq!(Address::parse(text).map(|address| address.shown()).as_deref(), Some(shown), "{text}");
        }
        for text in ["", "https://", "not a url", "://"] {
            assert_eq!(Address::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn services_are_recognized_by_host() {
        let address = |text| Address::parse(text).expect("a url");
        for (text, oidc) in [
            ("https://pkgs.dev.azure.com/acme/_packaging/main/nuget/v3/index.json", Some(AuthType::OidcAzure)),
            ("https://acme.pkgs.visualstudio.com/_packaging/main/npm/registry/", Some(AuthType::OidcAzure)),
            ("https://pkgs.dev.azure.com/acme", None),
            ("https://acme.azurecr.io", None),
            ("https://acme-0123.d.codeartifact.eu-west-1.amazonaws.com/npm/main/", Some(AuthType::OidcAws)),
            ("https://acme-0123.d.codeartifact.us-gov-west-1.amazonaws.com/npm/main/", None),
            ("https://0123.dkr.ecr.eu-west-1.amazonaws.com", None),
            ("https://acme.jfrog.io/artifactory/api/npm/npm/", Some(AuthType::OidcJfrog)),
            ("https://npm.cloudsmith.io/acme/main/", Some(AuthType::OidcCloudsmith)),
            ("https://europe-docker.pkg.dev/acme", Some(AuthType::OidcGcp)),
            ("https://notjfrog.io", None),
            ("https://npm.acme.dev", None),
        ] {
            assert_eq!(address(text).oidc(), oidc, "{text}");
        }
        assert!(address("https://1.dkr.ecr.us-east-2.amazonaws.com").is_ecr());
        assert!(address("https://1.dkr.ecr.cn-north-1.amazonaws.com.cn").is_ecr());
        assert!(!address("https://dkr.ecr.acme.dev").is_ecr());
        assert!(address("https://acme.azurecr.io").is_azure_container_registry());
        assert!(!address("https://acme-azurecr.io").is_azure_container_registry());
    }
}
