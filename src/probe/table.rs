//! The table of requests and their sources for `docs/credentials.md`.

use std::fmt::Write as _;

use crate::registry::RegistryType;
use crate::rules::facts::{self, PROXY};

/// The requests for a type.
struct Row {
    registry_type: RegistryType,
    asked: &'static str,
    /// The public documentation of the request.
    source: &'static str,
}

const ROWS: [Row; 15] = [
    Row {
        registry_type: RegistryType::CargoRegistry,
        asked: "`{url}/config.json`, the configuration of a sparse index",
        source: "https://doc.rust-lang.org/cargo/reference/registry-index.html",
    },
    Row {
        registry_type: RegistryType::ComposerRepository,
        asked: "`{url}/packages.json`, or the url itself if it names a `.json` file",
        source: "https://getcomposer.org/doc/05-repositories.md",
    },
    Row {
        registry_type: RegistryType::DockerRegistry,
        asked: "`/v2/` at the host's root, and the token server that the answer names. This never proves that an image \
                may be read. An AWS access key for ECR is not tried",
        source: "https://distribution.github.io/distribution/spec/auth/token/",
    },
    Row {
        registry_type: RegistryType::GitSource,
        asked: "`{url}/info/refs?service=git-upload-pack`, then the same with `.git`, if the url is that of a \
                repository; nothing for a host or an owner alone",
        source: "https://git-scm.com/docs/http-protocol",
    },
    Row {
        registry_type: RegistryType::GoproxyServer,
        asked: "`{url}/…/@v/list` of a made-up module",
        source: "https://go.dev/ref/mod#goproxy-protocol",
    },
    Row {
        registry_type: RegistryType::HelmRegistry,
        asked: "`{url}/index.yaml`",
        source: "https://helm.sh/docs/topics/chart_repository/",
    },
    Row {
        registry_type: RegistryType::HexOrganization,
        asked: "nothing: Dependabot needs a field that GitHub's API does not have",
        source: "https://github.com/hexpm/specifications/blob/main/endpoints.md",
    },
    Row {
        registry_type: RegistryType::HexRepository,
        asked: "nothing: Dependabot needs a field that GitHub's API does not have",
        source: "https://github.com/hexpm/specifications/blob/main/endpoints.md",
    },
    Row {
        registry_type: RegistryType::MavenRepository,
        asked: "a made-up artifact; if the answers are the same for everybody, the url itself, with a slash at its end if \
                that is a redirect",
        source: "https://maven.apache.org/repository/layout.html",
    },
    Row {
        registry_type: RegistryType::NpmRegistry,
        asked: "`{url}/-/whoami`, whose answer must name a user; if the registry does not support that (400, 404, \
                405), a made-up package",
        source: "https://docs.npmjs.com/cli/commands/npm-whoami",
    },
    Row {
        registry_type: RegistryType::NugetFeed,
        asked: "the url itself, which is the service index",
        source: "https://learn.microsoft.com/en-us/nuget/api/service-index",
    },
    Row {
        registry_type: RegistryType::PubRepository,
        asked: "`{url}/api/packages/…` of a made-up package; by the specification, an unknown token gets 401",
        source: "https://github.com/dart-lang/pub/blob/master/doc/repository-spec-v2.md",
    },
    Row {
        registry_type: RegistryType::PythonIndex,
        asked: "a made-up project, then `{url}/`",
        source: "https://packaging.python.org/en/latest/specifications/simple-repository-api/",
    },
    Row {
        registry_type: RegistryType::RubygemsServer,
        asked: "`{url}/versions`, or else `{url}/specs.4.8.gz`",
        source: "https://guides.rubygems.org/rubygems-org-compact-index-api/",
    },
    Row {
        registry_type: RegistryType::TerraformRegistry,
        asked: "`/.well-known/terraform.json` at the host's root, without the token if the host allows that; then a \
                made-up module at the url that the document gives, on the same host only",
        source: "https://developer.hashicorp.com/terraform/internals/module-registry-protocol",
    },
];

/// Returns the table in Markdown.
pub fn markdown() -> String {
    let mut text = "| Type | Asked | Header | Source |\n|---|---|---|---|\n".to_owned();
    for Row { registry_type, asked, source } in &ROWS {
        let reader = facts::reader(*registry_type);
        let handler = format!("{}internal/handlers/{}", PROXY.base, reader.handler);
        let _ = writeln!(
            text,
            "| `{}` | {asked} | {} | [protocol]({source}), [proxy]({handler}) |",
            registry_type.dependabot(),
            reader.header
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_one_row_in_the_order_of_the_types() {
        let rows: Vec<_> = ROWS.iter().map(|row| row.registry_type).collect();
        assert_eq!(rows, RegistryType::ALL);
    }
}
