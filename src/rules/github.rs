//! The kinds of GitHub that an organization can be on, and the hosts of GitHub's own services.

use super::Address;

/// A release of GitHub Enterprise Server: 3.23 is `(3, 23)`.
pub type Release = (u32, u32);

/// The GitHub that an organization is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GitHub {
    /// github.com.
    Cloud,
    /// `SUBDOMAIN.ghe.com`.
    DataResidency,
    /// GitHub Enterprise Server.
    Server {
        /// The host, in lower case.
        host: String,
        /// The release, if it is known.
        release: Option<Release>,
    },
}

impl GitHub {
    /// Returns the GitHub that an API host belongs to. A server sends its release in the header
    /// `X-GitHub-Enterprise-Version` of every answer; a loopback host that does not send it counts as github.com.
    pub fn of_api(host: &str, enterprise_version: Option<&str>) -> Self {
        let host = host.to_lowercase();
        let is_loopback = matches!(host.as_str(), "localhost" | "::1" | "[::1]") || host.starts_with("127.");
        if enterprise_version.is_none() && (host == "api.github.com" || is_loopback) {
            Self::Cloud
        } else if host.ends_with(".ghe.com") {
            Self::DataResidency
        } else {
            Self::Server { host, release: enterprise_version.and_then(release) }
        }
    }

    /// Reports whether this is a server of at least this release. A server of unknown release is not.
    pub fn is_server_from(&self, first: Release) -> bool {
        matches!(self, Self::Server { release: Some(release), .. } if *release >= first)
    }

    /// Reports whether GitHub hosts it, so that it always has the latest release.
    pub const fn is_hosted(&self) -> bool {
        matches!(self, Self::Cloud | Self::DataResidency)
    }

    /// Returns the GitHub service at an address. The hosts of github.com and ghe.com are recognized on every GitHub,
    /// those of a server only on that server.
    pub fn service(&self, address: &Address) -> Option<Service> {
        if address.host == "github.com" {
            return Some(Service::Git);
        }
        if address.host == "ghcr.io" {
            return Some(Service::Containers);
        }
        if let Some(name) = address.host.strip_suffix(".pkg.github.com") {
            return Some(Service::named(name));
        }
        if let Some(rest) = address.host.strip_suffix(".ghe.com") {
            // `npm.acme.ghe.com`, or `acme.ghe.com` itself.
            let service = rest.split_once('.').map_or(Service::Git, |(name, _)| Service::named(name));
            return Some(service).filter(|service| *service != Service::Other);
        }
        let Self::Server { host, .. } = self else { return None };
        if address.host == *host {
            // Without subdomain isolation everything is below one path.
            let name = address.path.strip_prefix("/_registry/").and_then(|rest| rest.split('/').next());
            return Some(name.map_or(Service::Git, Service::named));
        }
        let name = address.host.strip_suffix(host.as_str())?.strip_suffix('.')?;
        Some(Service::named(name)).filter(|service| *service != Service::Other)
    }
}

/// A GitHub service that hosts registries or repositories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Git repositories.
    Git,
    /// GitHub Packages for npm.
    Npm,
    /// GitHub Packages for Maven and Gradle.
    Maven,
    /// GitHub Packages for .NET.
    Nuget,
    /// GitHub Packages for Ruby.
    Rubygems,
    /// The container registry, and its predecessor, the Docker registry.
    Containers,
    /// Another host of GitHub Packages.
    Other,
}

impl Service {
    fn named(name: &str) -> Self {
        match name {
            "npm" => Self::Npm,
            "maven" => Self::Maven,
            "nuget" => Self::Nuget,
            "rubygems" => Self::Rubygems,
            "containers" | "docker" => Self::Containers,
            _ => Self::Other,
        }
    }

    /// Reports whether it is part of GitHub Packages.
    pub fn is_packages(self) -> bool {
        self != Self::Git
    }
}

/// Parses the release from a version like `3.23.1`.
fn release(version: &str) -> Option<Release> {
    let mut numbers = version.trim().split('.').map(str::parse);
    match (numbers.next()?, numbers.next()?) {
        (Ok(major), Ok(minor)) => Some((major, minor)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(host: &str, release: Option<Release>) -> GitHub {
        GitHub::Server { host: host.to_owned(), release }
    }

    #[test]
    fn the_api_host_and_its_header_tell_which_github_it_is() {
        for (host, version, expected) in [
            ("api.github.com", None, GitHub::Cloud),
            ("127.0.0.1", None, GitHub::Cloud),
            ("API.acme.ghe.com", None, GitHub::DataResidency),
            ("GitHub.acme.dev", None, server("github.acme.dev", None)),
            ("github.acme.dev", Some("3.23.1"), server("github.acme.dev", Some((3, 23)))),
            ("localhost", Some("3.9.0"), server("localhost", Some((3, 9)))),
            ("github.acme.dev", Some("next"), server("github.acme.dev", None)),
        ] {
            assert_eq!(GitHub::of_api(host, version), expected, "{host}");
        }
        assert!(
            server("g", Some((3, 23))).is_server_from((3, 23)) && server("g", Some((4, 0))).is_server_from((3, 23))
        );
        assert!(!server("g", Some((3, 9))).is_server_from((3, 23)) && !server("g", None).is_server_from((3, 23)));
    }

    #[test]
    fn all_of_github_s_hosts_are_known() {
        let here = server("github.acme.dev", None);
        for (url, expected) in [
            ("https://github.com/acme", Some(Service::Git)),
            ("https://npm.pkg.github.com", Some(Service::Npm)),
            ("https://maven.pkg.github.com/acme/", Some(Service::Maven)),
            ("https://nuget.pkg.github.com/acme/index.json", Some(Service::Nuget)),
            ("https://rubygems.pkg.github.com/acme", Some(Service::Rubygems)),
            ("https://containers.pkg.github.com", Some(Service::Containers)),
            ("https://docker.pkg.github.com", Some(Service::Containers)),
            ("https://GHCR.io/acme", Some(Service::Containers)),
            ("https://pypi.pkg.github.com", Some(Service::Other)),
            ("https://acme.ghe.com", Some(Service::Git)),
            ("https://npm.acme.ghe.com", Some(Service::Npm)),
            ("https://containers.acme.ghe.com", Some(Service::Containers)),
            ("https://api.acme.ghe.com", None),
            ("https://github.acme.dev/acme/api", Some(Service::Git)),
            ("https://npm.github.acme.dev", Some(Service::Npm)),
            ("https://github.acme.dev/_registry/nuget/acme/index.json", Some(Service::Nuget)),
            ("https://artifacts.github.acme.dev", None),
            ("https://npm.acme.dev", None),
            ("https://notghe.com", None),
            ("https://pkg.github.com.acme.dev", None),
        ] {
            let address = Address::parse(url).expect("a url");
            assert_eq!(here.service(&address), expected, "{url}");
            let is_the_servers = url.contains("github.acme.dev");
            assert_eq!(GitHub::Cloud.service(&address), expected.filter(|_| !is_the_servers), "{url}");
        }
    }
}
