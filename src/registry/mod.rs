//! GitHub's vocabulary for private registries.
//!
//! User input is checked against the enums here. GitHub's answers ([`LiveRegistry`]) keep their strings, because new
//! values may appear at any time and must pass through.

mod live;
mod url;

pub use live::text_or_number;
pub use live::{Listing, LiveRegistry, RegistryKey};
pub use url::{RegistryUrl, with_plain_start};

/// Declares an enum of GitHub's words, with the list of its variants, their spelling in the API, and a parser.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name { $($(#[$variant_doc])* #[doc = concat!("`", $word, "`")] $variant),+ }

        impl $name {
            /// All variants, in the order of GitHub's documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The API's spelling.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// Parses the API's spelling, or the same in kebab-case, as dependabot.yml has it.
            pub fn parse(text: &str) -> Option<Self> {
                let api = if text.contains('_') { text } else { &text.replace('-', "_") };
                Self::ALL.iter().copied().find(|word| word.as_str() == api)
            }

            /// Returns the spelling in kebab-case.
            pub fn kebab(self) -> String {
                self.as_str().replace('_', "-")
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// The kind of registry that a configuration is for. It can't be changed after creation.
    RegistryType {
        CargoRegistry = "cargo_registry",
        ComposerRepository = "composer_repository",
        DockerRegistry = "docker_registry",
        GitSource = "git_source",
        GoproxyServer = "goproxy_server",
        HelmRegistry = "helm_registry",
        HexOrganization = "hex_organization",
        HexRepository = "hex_repository",
        MavenRepository = "maven_repository",
        NpmRegistry = "npm_registry",
        NugetFeed = "nuget_feed",
        PubRepository = "pub_repository",
        PythonIndex = "python_index",
        RubygemsServer = "rubygems_server",
        TerraformRegistry = "terraform_registry",
    }
}

impl RegistryType {
    /// Returns the spelling in dependabot.yml, where a `git_source` is just `git`.
    pub fn dependabot(self) -> String {
        match self {
            Self::GitSource => "git".to_owned(),
            other => other.kebab(),
        }
    }

    /// Parses either spelling: the API's or dependabot.yml's.
    pub fn parse_any(text: &str) -> Option<Self> {
        if text == "git" { Some(Self::GitSource) } else { Self::parse(text) }
    }
}

words! {
    /// The way Dependabot and code scanning authenticate to the registry. It can't be changed after creation.
    AuthType {
        Token = "token",
        UsernamePassword = "username_password",
        OidcAzure = "oidc_azure",
        OidcAws = "oidc_aws",
        OidcJfrog = "oidc_jfrog",
        OidcCloudsmith = "oidc_cloudsmith",
        OidcGcp = "oidc_gcp",
    }
}

words! {
    /// The repositories of the organization that may use a configuration.
    Visibility {
        All = "all",
        /// Private and internal repositories.
        Private = "private",
        Selected = "selected",
    }
}

words! {
    /// A field that only some OIDC auth types accept.
    OidcField {
        TenantId = "tenant_id",
        ClientId = "client_id",
        AwsRegion = "aws_region",
        AccountId = "account_id",
        RoleName = "role_name",
        Domain = "domain",
        DomainOwner = "domain_owner",
        JfrogOidcProviderName = "jfrog_oidc_provider_name",
        Audience = "audience",
        IdentityMappingName = "identity_mapping_name",
        Namespace = "namespace",
        ServiceSlug = "service_slug",
        ApiHost = "api_host",
        WorkloadIdentityProvider = "workload_identity_provider",
        ServiceAccount = "service_account",
    }
}

impl AuthType {
    /// The OIDC fields that this auth type requires.
    pub const fn required(self) -> &'static [OidcField] {
        use OidcField::{
            AccountId, Audience, AwsRegion, ClientId, Domain, DomainOwner, JfrogOidcProviderName, Namespace, RoleName,
            ServiceSlug, TenantId, WorkloadIdentityProvider,
        };
        match self {
            Self::Token | Self::UsernamePassword => &[],
            Self::OidcAzure => &[TenantId, ClientId],
            Self::OidcAws => &[AwsRegion, AccountId, RoleName, Domain, DomainOwner],
            Self::OidcJfrog => &[JfrogOidcProviderName],
            Self::OidcCloudsmith => &[Namespace, ServiceSlug, Audience],
            Self::OidcGcp => &[WorkloadIdentityProvider],
        }
    }

    /// The OIDC fields that this auth type accepts optionally, each with the default that GitHub documents, if any.
    pub const fn optional(self) -> &'static [(OidcField, Option<&'static str>)] {
        use OidcField::{ApiHost, Audience, IdentityMappingName, ServiceAccount};
        match self {
            Self::Token | Self::UsernamePassword | Self::OidcAzure => &[],
            Self::OidcAws => &[(Audience, Some("sts.amazonaws.com"))],
            Self::OidcJfrog => &[(Audience, None), (IdentityMappingName, None)],
            Self::OidcCloudsmith => &[(ApiHost, Some("api.cloudsmith.io"))],
            Self::OidcGcp => &[(ServiceAccount, None), (Audience, None)],
        }
    }

    /// Reports whether this auth type accepts the field.
    pub fn takes(self, field: OidcField) -> bool {
        self.required().contains(&field) || self.optional().iter().any(|(optional, _)| *optional == field)
    }

    /// Reports whether the credential is obtained through OIDC, so that no secret is stored.
    pub const fn is_oidc(self) -> bool {
        !matches!(self, Self::Token | Self::UsernamePassword)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_of_every_type_are_read() {
        for registry_type in RegistryType::ALL {
            assert_eq!(RegistryType::parse_any(registry_type.as_str()), Some(*registry_type));
            assert_eq!(RegistryType::parse_any(&registry_type.dependabot()), Some(*registry_type));
        }
        assert_eq!(RegistryType::parse_any("NPM_REGISTRY"), None);
    }

    #[test]
    fn every_oidc_field_belongs_to_some_auth_type_and_none_to_a_static_one() {
        for field in OidcField::ALL {
            assert!(AuthType::ALL.iter().any(|auth| auth.takes(*field)), "{field}");
            assert!(!AuthType::Token.takes(*field) && !AuthType::UsernamePassword.takes(*field));
        }
    }
}
