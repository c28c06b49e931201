//! The `Authorization` header that Dependabot's proxy builds from what is stored.
//!
//! Source: <https://github.com/dependabot/proxy/tree/main/internal/handlers> as of 2026-08-21. Which of token, username
//! and password the proxy reads is in [`facts`].

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use crate::registry::{AuthType, RegistryType};
use crate::rules::facts::{self, PROXY, Reads};

/// Builds the header.
///
/// # Errors
/// The reason why the proxy sends none, for a verdict.
pub(super) fn authorization(
    registry_type: RegistryType,
    auth_type: AuthType,
    url: &Url,
    username: Option<&str>,
    secret: &SecretString,
) -> Result<SecretString, String> {
    let (kind, as_of) = (registry_type.dependabot(), PROXY.as_of());
    let secret = secret.expose_secret();
    let value = match (auth_type, facts::reader(registry_type).reads) {
        (AuthType::Token, Reads::Either | Reads::Token) => of_token(registry_type, url, secret),
        (AuthType::UsernamePassword, Reads::Either | Reads::Password) => {
            basic(&format!("{}:{secret}", username.unwrap_or_default()))
        }
        (AuthType::Token, Reads::Password) => {
            return Err(format!(
                "Dependabot's proxy ignores tokens for `{kind}`, {as_of}, so none is sent (rule `type-ignores-token`)"
            ));
        }
        (AuthType::UsernamePassword, Reads::Token) => {
            return Err(format!(
                "Dependabot's proxy reads only a token for `{kind}`, {as_of}, so nothing is sent (rule \
                 `type-needs-token`)"
            ));
        }
        (AuthType::Token | AuthType::UsernamePassword, Reads::Neither) => {
            return Err(format!(
                "Dependabot needs a field for `{kind}` that GitHub's API does not have, {as_of}, so nothing is sent"
            ));
        }
        (
            AuthType::OidcAzure
            | AuthType::OidcAws
            | AuthType::OidcJfrog
            | AuthType::OidcCloudsmith
            | AuthType::OidcGcp,
            _,
        ) => return Err("with OIDC no secret is stored: Dependabot gets a new one for each job".to_owned()),
    };
    if HeaderValue::from_str(&value).is_err() && HeaderValue::from_bytes(value.as_bytes()).is_err() {
        return Err("the secret contains a line break or a control character, which a header can't contain".to_owned());
    }
    Ok(SecretString::from(value))
}

/// Builds the header from a token without a username.
fn of_token(registry_type: RegistryType, url: &Url, token: &str) -> String {
    let is_pair = token.contains(':');
    match registry_type {
        RegistryType::CargoRegistry => token.to_owned(),
        RegistryType::NpmRegistry
        | RegistryType::NugetFeed
        | RegistryType::PythonIndex
        | RegistryType::RubygemsServer
            if is_pair =>
        {
            basic(token)
        }
        RegistryType::NugetFeed if takes_tokens_as_passwords(url) => basic(&format!(":{token}")),
        RegistryType::PythonIndex | RegistryType::RubygemsServer => basic(&format!("{token}:")),
        RegistryType::ComposerRepository
        | RegistryType::DockerRegistry
        | RegistryType::GitSource
        | RegistryType::GoproxyServer
        | RegistryType::HelmRegistry
        | RegistryType::HexOrganization
        | RegistryType::HexRepository
        | RegistryType::MavenRepository
        | RegistryType::NpmRegistry
        | RegistryType::NugetFeed
        | RegistryType::PubRepository
        | RegistryType::TerraformRegistry => format!("Bearer {token}"),
    }
}

fn basic(pair: &str) -> String {
    format!("Basic {}", BASE64.encode(pair))
}

/// Reports whether a url belongs to Azure DevOps, by the proxy's own test for `NuGet`.
fn takes_tokens_as_passwords(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    host == "pkgs.dev.azure.com" || (host.ends_with(".pkgs.visualstudio.com") && url.path().contains("/_packaging/"))
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    /// Returns the header with its base64 decoded.
    fn shown(header: Result<SecretString, String>) -> String {
        match header {
            Ok(header) => match header.expose_secret().strip_prefix("Basic ") {
                Some(pair) => format!("Basic {}", String::from_utf8(BASE64.decode(pair).unwrap()).unwrap()),
                None => header.expose_secret().to_owned(),
            },
            Err(why) => format!("none: {why}"),
        }
    }

    #[test]
    fn the_header_of_every_type_is_the_one_that_the_proxy_builds() {
        let url = Url::parse("https://registry.acme.dev/main/").unwrap();
        let azure = Url::parse("https://pkgs.dev.azure.com/acme/_packaging/main/nuget/v3/index.json").unwrap();
        let mut text = String::new();
        for registry_type in RegistryType::ALL {
            let _ = writeln!(text, "{registry_type}");
            let mut line = |what: &str, auth_type, url: &Url, username, secret: &str| {
                let header = authorization(*registry_type, auth_type, url, username, &SecretString::from(secret));
                let _ = writeln!(text, "  {what:26} {}", shown(header));
            };
            line("token s3cret", AuthType::Token, &url, None, "s3cret");
            line("token me:s3cret", AuthType::Token, &url, None, "me:s3cret");
            line("token s3cret of me", AuthType::Token, &url, Some("me"), "s3cret");
            line("me and s3cret", AuthType::UsernamePassword, &url, Some("me"), "s3cret");
            line("token s3cret at Azure", AuthType::Token, &azure, None, "s3cret");
            line("token with a line break", AuthType::Token, &url, None, "s3\ncret");
        }
        insta::assert_snapshot!(text);
    }

    #[test]
    fn nothing_is_sent_where_no_secret_is_stored() {
        let url = Url::parse("https://registry.acme.dev").unwrap();
        for auth_type in AuthType::ALL.iter().filter(|auth_type| auth_type.is_oidc()) {
            for registry_type in RegistryType::ALL {
                let header = authorization(*registry_type, *auth_type, &url, None, &SecretString::from("s3cret"));
                assert!(header.unwrap_err().contains("OIDC"), "{registry_type} {auth_type}");
            }
        }
    }

    #[test]
    fn azure_devops_is_recognized_as_the_proxy_does() {
        for (text, is_azure) in [
            ("https://pkgs.dev.azure.com/acme/nuget/index.json", true),
            ("https://acme.pkgs.visualstudio.com/_packaging/main/nuget/v3/index.json", true),
            ("https://acme.pkgs.visualstudio.com/main/nuget/v3/index.json", false),
            ("https://pkgs.dev.azure.com.acme.dev/_packaging/main", false),
        ] {
            assert_eq!(takes_tokens_as_passwords(&Url::parse(text).unwrap()), is_azure, "{text}");
        }
    }
}
