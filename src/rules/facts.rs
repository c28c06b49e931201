//! What the readers of a configuration do with it, as it was read in their public sources: the one place that rules,
//! verdicts and `docs/rules.md` take it from.

use crate::registry::RegistryType;

/// A public source of facts, as of a day.
#[derive(Debug)]
pub struct Origin {
    /// What it is called; empty when the paths begin with that.
    pub name: &'static str,
    /// What a path of it begins with.
    pub base: &'static str,
    /// The day on which it was so, or the month.
    pub as_of: &'static str,
    /// The release that was read, where there are such.
    pub release: Option<&'static str>,
}

impl Origin {
    const fn new(name: &'static str, base: &'static str, as_of: &'static str) -> Self {
        Self { name, base, as_of, release: None }
    }

    /// For a message: when it was so.
    pub fn as_of(&self) -> String {
        let month = self.as_of.get(.."2026-08".len()).unwrap_or(self.as_of);
        let release = self.release.map_or_else(String::new, |release| format!("{release} of "));
        format!("as of {release}{month}")
    }
}

/// The proxy between Dependabot's updater and the registries, which alone has the secrets.
pub static PROXY: Origin =
    Origin::new("dependabot/proxy", "https://github.com/dependabot/proxy/blob/main/", "2026-08-21");
/// What starts both in a workflow.
pub static ACTION: Origin = Origin::new(
    "dependabot/dependabot-action",
    "https://github.com/dependabot/dependabot-action/blob/main/",
    "2026-08-18",
);
/// Dependabot's updater.
pub static CORE: Origin =
    Origin::new("dependabot/dependabot-core", "https://github.com/dependabot/dependabot-core/blob/main/", "2026-08-22");
/// What code scanning's default setup runs.
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
/// When the automatic access to GitHub Packages was last announced.
pub static AUTOMATIC: Origin = Origin::new("docs.github.com", "https://docs.github.com/en/", "2026-09-08");

/// The standards of the internet.
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
    /// Where.
    pub origin: &'static Origin,
    /// The file or page there.
    pub path: &'static str,
}

/// Something that was read, with where.
#[derive(Debug)]
pub struct Fact {
    /// A sentence.
    pub says: &'static str,
    /// Where it was read.
    pub sources: &'static [Source],
}

/// Ways to sign in that a secret is stored for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// A token, or a username and a password.
    Either,
    /// A token and nothing else.
    Token,
    /// A username and a password and nothing else.
    Password,
    /// Only together with a field that GitHub's API does not have.
    Neither,
}

/// How the proxy picks the credential for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matching {
    /// By host alone, on port 443: an organization's entry has no `registry` field, which would tell more.
    Host,
    /// By host alone, whatever the port.
    HostAnyPort,
    /// The first whose path the request's path begins with, even in the middle of a word.
    FirstPrefix,
    /// The longest path that the request's path begins with.
    LongestPrefix,
    /// By something that is not in the configuration.
    Nothing,
}

/// What `replaces-base` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// The first entry that has it is used instead of the public registry.
    First,
    /// Each entry that has it is used.
    Each,
    /// Nothing reads it.
    Unread,
}

/// The languages for which code scanning signs in to private registries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// `nuget-feed`.
    CSharp,
    /// `maven-repository`.
    Java,
    /// `goproxy-server` and `git`.
    Go,
}

/// What the readers do with one type of registry.
#[derive(Debug)]
pub struct Reader {
    /// The type.
    pub registry_type: RegistryType,
    /// Its file below `internal/handlers/` of the proxy.
    pub handler: &'static str,
    /// What is read of a stored credential.
    pub reads: Reads,
    /// The header that the proxy builds.
    pub header: &'static str,
    /// Whether it can sign in with OIDC.
    pub oidc: bool,
    /// Whether a static credential is sent over http too.
    pub http: bool,
    /// How the credential for a request is picked.
    pub matching: Matching,
    /// What `replaces-base` does.
    pub base: Base,
    /// The language for which code scanning reads it.
    pub language: Option<Language>,
}

/// The row of a type.
///
/// # Panics
/// Never: a test holds the table to the types.
pub fn reader(registry_type: RegistryType) -> &'static Reader {
    READERS.iter().find(|reader| reader.registry_type == registry_type).expect("every type has a row")
}

/// What most types have in common.
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

/// What Dependabot's proxy and updater and code scanning do with each type.
pub static READERS: [Reader; 15] = [
    Reader {
        registry_type: RegistryType::CargoRegistry,
        handler: "cargo_registry.go",
        header: "the token as it is; else Basic",
        ..COMMON
    },
    Reader {
        registry_type: RegistryType::ComposerRepository,
        handler: "composer.go",
        header: "Bearer for a token; else Basic",
        ..COMMON
    },
    Reader {
        registry_type: RegistryType::DockerRegistry,
        handler: "docker_registry.go",
        reads: Reads::Password,
        header: "Basic, and what the registry's token server answers to it; for ECR what an AWS access key is exchanged for",
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
        header: "Basic for `a:b`, Bearer for another token; else Basic",
        matching: Matching::Host,
        base: Base::First,
        ..COMMON
    },
    Reader {
        registry_type: RegistryType::NugetFeed,
        handler: "nuget_feed.go",
        header: "Basic for `a:b` and at Azure DevOps, Bearer for another token; else Basic",
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
