//! Facts about the programs that read a configuration, from public sources. Rules, verdicts and `docs/rules.md` all
//! take them from here.

use crate::registry::RegistryType;

/// A public source of facts, as of a date.
#[derive(Debug)]
pub struct Origin {
    /// Its name; empty if the paths begin with the name.
    pub name: &'static str,
    /// The url that its paths are appended to.
    pub base: &'static str,
    /// The day or month in which it was read.
    pub as_of: &'static str,
    /// The release that was read, if it has releases.
    pub release: Option<&'static str>,
}

impl Origin {
    const fn new(name: &'static str, base: &'static str, as_of: &'static str) -> Self {
        Self { name, base, as_of, release: None }
    }

    /// Returns the date for a message, such as `as of 2026-08`.
    pub fn as_of(&self) -> String {
        let month = self.as_of.get(.."2026-08".len()).unwrap_or(self.as_of);
        let release = self.release.map_or_else(String::new, |release| format!("{release} of "));
        format!("as of {release}{month}")
    }
}

/// The proxy between Dependabot's updater and the registries. Only the proxy gets the secrets.
pub static PROXY: Origin =
    Origin::new("dependabot/proxy", "https://github.com/dependabot/proxy/blob/main/", "2026-08-21");
/// The action that starts the updater and the proxy in a workflow.
pub static ACTION: Origin = Origin::new(
    "dependabot/dependabot-action",
    "https://github.com/dependabot/dependabot-action/blob/main/",
    "2026-08-18",
);
/// Dependabot's updater.
pub static CORE: Origin =
    Origin::new("dependabot/dependabot-core", "https://github.com/dependabot/dependabot-core/blob/main/", "2026-08-22");
/// The action that code scanning's default setup runs.
pub static CODEQL: Origin = Origin {
    release: Some("codeql-action v4.36.3"),
    ..Origin::new("github/codeql-action", "https://github.com/github/codeql-action/blob/v4.36.3/", "2026-06-13")
};
/// GitHub's documentation.
pub static DOCS: Origin = Origin::new("docs.github.com", "https://docs.github.com/en/", "2026-08");
/// GitHub's announcements.
pub static BLOG: Origin = Origin::new("github.blog", "https://github.blog/changelog/", "2026-06-30");
/// Public issues and pull requests.
pub static ISSUES: Origin = Origin::new("", "https://github.com/", "2026-08");
/// GitHub's documentation, as of the latest announcement of automatic access to GitHub Packages.
pub static AUTOMATIC: Origin = Origin::new("docs.github.com", "https://docs.github.com/en/", "2026-09-08");

/// Internet standards.
pub static RFC: Origin = Origin::new("rfc-editor.org", "https://www.rfc-editor.org/rfc/", "2026-11");
/// Amazon's documentation.
pub static AWS: Origin = Origin::new("docs.aws.amazon.com", "https://docs.aws.amazon.com/", "2026-11");
/// Microsoft's documentation.
pub static AZURE: Origin = Origin::new("learn.microsoft.com", "https://learn.microsoft.com/en-us/", "2026-11");
/// Google's documentation.
pub static GOOGLE: Origin = Origin::new("cloud.google.com", "https://cloud.google.com/", "2026-11");

/// A file or page of an origin.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// The origin.
    pub origin: &'static Origin,
    /// The path of the file or page.
    pub path: &'static str,
}

/// A fact with its sources.
#[derive(Debug)]
pub struct Fact {
    /// The fact, in full sentences.
    pub says: &'static str,
    /// The sources that it was read in.
    pub sources: &'static [Source],
}

/// The kinds of stored credential that the readers of a type accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// A token, or a username and a password.
    Either,
    /// Only a token.
    Token,
    /// Only a username and a password.
    Password,
    /// None, without a field that GitHub's API does not have.
    Neither,
}

/// The way the proxy selects the credential for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matching {
    /// By host, on port 443. An organization's configuration has no `registry` field, which would be more precise.
    Host,
    /// By host, on any port.
    HostAnyPort,
    /// The first entry whose path the request's path begins with, even in the middle of a segment.
    FirstPrefix,
    /// The entry with the longest path that the request's path begins with.
    LongestPrefix,
    /// By a field that is not in the configuration.
    Nothing,
}

/// The effect of `replaces-base`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// The first entry with it replaces the public registry.
    First,
    /// Every entry with it is used.
    Each,
    /// It has no effect.
    Unread,
}

/// The languages for which code scanning uses private registries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// `nuget-feed`.
    CSharp,
    /// `maven-repository`.
    Java,
    /// `goproxy-server` and `git`.
    Go,
}

/// The way the readers handle one type of registry.
#[derive(Debug)]
pub struct Reader {
    /// The type.
    pub registry_type: RegistryType,
    /// The proxy's source file, below `internal/handlers/`.
    pub handler: &'static str,
    /// The kinds of stored credential that are accepted.
    pub reads: Reads,
    /// The header that the proxy builds.
    pub header: &'static str,
    /// Whether OIDC is supported.
    pub oidc: bool,
    /// Whether a static credential is also sent over http.
    pub http: bool,
    /// The way the credential for a request is selected.
    pub matching: Matching,
    /// The effect of `replaces-base`.
    pub base: Base,
    /// The language for which code scanning reads the type.
    pub language: Option<Language>,
}

/// Returns the row of a type.
///
/// # Panics
/// Never: a test checks that every type has a row.
pub fn reader(registry_type: RegistryType) -> &'static Reader {
    READERS.iter().find(|reader| reader.registry_type == registry_type).expect("every type has a row")
}

/// The values that most types have in common.
const COMMON: Reader = Reader {
    registry_type: RegistryType::CargoRegistry,
    handler: "",
    reads: Reads::Either,
    header: "",
    oidc: true,
    http: false,
    matching: Matching::FirstPrefix,
    base: Base::Unread,
    language: None,
};

/// The way Dependabot's proxy and updater and code scanning handle each type.
pub static READERS: [Reader; 15] = [
    Reader {
        registry_type: RegistryType::CargoRegistry,
        handler: "cargo_registry.go",
        header: "the token as it is; otherwise Basic",
        ..COMMON
    },
    Reader {
        registry_type: RegistryType::ComposerRepository,
        handler: "composer.go",
        header: "Bearer for a token; otherwise Basic",
        ..COMMON
    },
    Reader {
        registry_type: RegistryType::DockerRegistry,
        handler: "docker_registry.go",
        reads: Reads::Password,
        header: "Basic, and the token that the registry's token server issues for it; for ECR a password made from an \
                 AWS access key",
        matching: Matching::Host,
        base: Base::First,
        ..COMMON
    },
    Reader {
        registry_type: RegistryType::GitSource,
        handler: "git_server.go",
        reads: Reads::Password,
        header: "Basic",
        oidc: false,
        matching: Matching::HostAnyPort,
        language: Some(Language::Go),
        ..COMMON
    },
    Reader {
        registry_type: RegistryType::GoproxyServer,
        handler: "goproxy_server_handler.go",
        reads: Reads::Password,
        header: "Basic",
        http: true,
        language: Some(Language::Go),
        ..COMMON
    },
    Reader {
        registry_type: RegistryType::HelmRegistry,
        handler: "helm_registry.go",
        reads: Reads::Password,
        header: "Basic",
        matching: Matching::Host,
        ..COMMON
    },
    Reader {
        registry_type: RegistryType::HexOrganization,
        handler: "hex_organization.go",
        reads: Reads::Neither,
        header: "the key as it is, for one `organization`",
        oidc: false,
        matching: Matching::Nothing,
        ..COMMON
    },
    Reader {
        registry_type: RegistryType::HexRepository,
        handler: "hex_repository.go",
        reads: Reads::Neither,
        header: "the `auth-key` as it is",
        ..COMMON
    },
    Reader {
        registry_type: RegistryType::MavenRepository,
        handler: "maven_repository.go",
        reads: Reads::Password,
        header: "Basic",
        http: true,
        base: Base::First,
        language: Some(Language::Java),
        ..COMMON
    },
    Reader {
        registry_type: RegistryType::NpmRegistry,
        handler: "npm_registry.go",
        header: "Basic for `a:b`, Bearer for another token; otherwise Basic",
        matching: Matching::Host,
        base: Base::First,
        ..COMMON
    },
    Reader {
        registry_type: RegistryType::NugetFeed,
        handler: "nuget_feed.go",
        header: "Basic for `a:b` and at Azure DevOps, Bearer for another token; otherwise Basic",
        http: true,
        matching: Matching::LongestPrefix,
        base: Base::Each,
        language: Some(Language::CSharp),
        ..COMMON
    },
    Reader {
        registry_type: RegistryType::PubRepository,
        handler: "pub_repository.go",
        reads: Reads::Token,
        header: "Bearer",
        ..COMMON
    },
    Reader {
        registry_type: RegistryType::PythonIndex,
        handler: "python_index.go",
        header: "Basic, with a token that is not `a:b` as the username",
        base: Base::Each,
        ..COMMON
    },
    Reader {
        registry_type: RegistryType::RubygemsServer,
        handler: "rubygems_server.go",
        header: "Basic, with a token that is not `a:b` as the username",
        base: Base::First,
        ..COMMON
    },
    Reader {
        registry_type: RegistryType::TerraformRegistry,
        handler: "terraform_registry.go",
        reads: Reads::Token,
        header: "Bearer",
        matching: Matching::LongestPrefix,
        ..COMMON
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_one_row_in_the_order_of_the_types() {
        let rows: Vec<_> = READERS.iter().map(|reader| reader.registry_type).collect();
        assert_eq!(rows, RegistryType::ALL);
        for reader in &READERS {
            assert!(
                reader.handler.strip_suffix(".go").is_some() && !reader.header.is_empty(),
                "{}",
                reader.registry_type
            );
        }
        let mut handlers: Vec<_> = READERS.iter().map(|reader| reader.handler).collect();
        handlers.sort_unstable();
        handlers.dedup();
        assert_eq!(handlers.len(), READERS.len());
    }

    #[test]
    fn a_message_says_the_month_and_the_release() {
        assert_eq!((PROXY.as_of(), DOCS.as_of()), ("as of 2026-08".to_owned(), "as of 2026-08".to_owned()));
        assert_eq!(CODEQL.as_of(), "as of codeql-action v4.36.3 of 2026-06");
    }
}
