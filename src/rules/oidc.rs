//! Rules about OIDC: the registries it works for, and its fields.

use super::facts::{CODEQL, DOCS, Fact, PROXY, Source};
use super::scene::plain;
use super::{Address, Case, GitHub, Level, Rule, Scene, Subject, Told};
use crate::registry::{AuthType, OidcField, RegistryType};

static AZURE: Fact = Fact {
    says: "With `oidc_azure` the proxy asks `login.microsoftonline.com` for a token that is only for Azure DevOps.",
    sources: &[Source { origin: &PROXY, path: "internal/oidc/actions_oidc.go" }],
};
static AWS: Fact = Fact {
    says: "With `oidc_aws` it asks for a CodeArtifact token, at the addresses of AWS's standard partition, and sends \
           it to the url's host.",
    sources: &[Source { origin: &PROXY, path: "internal/oidc/actions_oidc.go" }],
};
static ROLE: Fact = Fact {
    says: "With `oidc_aws` it builds the role's ARN itself, as `arn:aws:iam::ACCOUNT-ID:role/ROLE-NAME`.",
    sources: &[Source { origin: &PROXY, path: "internal/oidc/actions_oidc.go" }],
};
static JFROG: Fact = Fact {
    says: "With `oidc_jfrog` it takes the platform's address, scheme included, from the url.",
    sources: &[Source { origin: &PROXY, path: "internal/oidc/oidc_credential.go" }],
};
static GIT: Fact = Fact {
    says: "The proxy's handler for git does not support OIDC, although GitHub's documentation lists it.",
    sources: &[
        Source { origin: &PROXY, path: "internal/handlers/git_server.go" },
        Source {
            origin: &DOCS,
            path: "code-security/dependabot/working-with-dependabot/configuring-access-to-private-registries-for-dependabot",
        },
    ],
};
static UNCHECKED: Fact = Fact {
    says: "With `oidc_gcp` and `oidc_cloudsmith` the proxy does not check the host.",
    sources: &[Source { origin: &PROXY, path: "internal/oidc/oidc_registry.go" }],
};
static CLOUDSMITH: Fact = Fact {
    says: "Code scanning's schema for Cloudsmith requires `api-host`, and drops the `audience` that the proxy needs.",
    sources: &[Source { origin: &CODEQL, path: "src/start-proxy/types.ts" }],
};
static SERVER: Fact = Fact {
    says: "GitHub Enterprise Server documents OIDC for an organization's registries since 3.22.",
    sources: &[Source {
        origin: &DOCS,
        path: "enterprise-server@3.22/rest/private-registries/organization-configurations",
    }],
};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "oidc-cannot-reach",
        level: Level::Warning,
        field: "auth_type",
        help: "store a credential that the registry accepts: `auth-type: username_password`",
        what: "The token that Dependabot's proxy gets is not for this registry. This is known for Azure container \
               registries, ECR, and AWS's partitions for China and the US government; for JFrog without a scheme in \
               the url; and for git, where it is only a notice because GitHub's documentation says otherwise. There is \
               no finding about other hosts, however unusual they look.",
        facts: &[&AZURE, &AWS, &JFROG, &GIT, &UNCHECKED],
        check: oidc_cannot_reach,
    },
    Rule {
        id: "role-name-with-prefix",
        level: Level::Warning,
        field: "role_name",
        help: "write only what comes after `role/`, the role's path included",
        what: "Dependabot's proxy puts an account and `role/` before the name, so it asks for a role that does not \
               exist. For a name that begins with `role/` it is a notice, because a role's path may have that name.",
        facts: &[&ROLE],
        check: role_name_with_prefix,
    },
    Rule {
        id: "cloudsmith-code-scanning",
        level: Level::Notice,
        field: "auth_type",
        help: "keep it if only Dependabot needs the registry; otherwise store a credential: `auth-type: token`",
        what: "Dependabot can use the configuration. Code scanning, which reads this type, can't.",
        facts: &[&CLOUDSMITH],
        check: cloudsmith_code_scanning,
    },
    Rule {
        id: "oidc-available",
        level: Level::Off,
        field: "auth_type",
        help: "give the fields of that auth type instead of a secret",
        what: "For organizations that want no stored secrets: Dependabot's proxy supports OIDC for this entry's host, \
               so there would be no secret to store, rotate or leak. The rule is off unless `rules` sets it by its id.",
        facts: &[&AZURE, &AWS, &JFROG, &UNCHECKED, &SERVER],
        check: oidc_available,
    },
];

fn oidc_cannot_reach(subject: &Subject, _: &Scene) -> Option<Case> {
    let auth_type = subject.auth_type.filter(|auth_type| auth_type.is_oidc())?;
    let as_of = PROXY.as_of();
    if subject.registry_type == Some(RegistryType::GitSource) {
        let message =
            format!("Dependabot's proxy has no OIDC support for `git`, {as_of}, although GitHub documents it");
        return Some(Case::notice(message).dependabot_may());
    }
    let address = subject.address();
    let host = address.map(|address| address.host.as_str()).unwrap_or_default();
    match auth_type {
        AuthType::OidcAzure if address?.is_azure_container_registry() => {
            let message = format!(
                "with `oidc_azure` Dependabot's proxy gets a token for Azure DevOps, {as_of}, but `{host}` is an Azure \
                 container registry"
            );
            Some(Case::warning(message).nobody_can())
        }
        AuthType::OidcAws if address.is_some_and(super::Address::is_ecr) => {
            let message = format!(
                "with `oidc_aws` Dependabot's proxy gets a token for CodeArtifact, {as_of}, but `{host}` is an ECR \
                 registry"
            );
            let help = "give the id of an AWS access key as `username` and its secret as the password; the proxy \
                        exchanges them for a token";
            Some(Case::warning(message).help(help).nobody_can())
        }
        AuthType::OidcAws => {
            let region = subject.oidc.get(&OidcField::AwsRegion)?;
            let is_elsewhere = region.starts_with("cn-") || region.starts_with("us-gov-");
            let message = format!(
                "with `oidc_aws` Dependabot's proxy supports only AWS's standard partition, {as_of}, but `{region}` is \
                 in another"
            );
            is_elsewhere.then(|| Case::warning(message).at("aws_region").nobody_can())
        }
        AuthType::OidcJfrog if address?.scheme.is_none() => {
            let shown = address?.shown();
            let message = format!(
                "with `oidc_jfrog` Dependabot's proxy takes the platform's address from the url, {as_of}, but \
                 `{shown}` has no scheme"
            );
            let help = format!("write `https://{shown}`");
            Some(Case::warning(message).at("url").help(help).dependabot_may())
        }
        _ => None,
    }
}

fn role_name_with_prefix(subject: &Subject, _: &Scene) -> Option<Case> {
    let name = subject.oidc.get(&OidcField::RoleName)?;
    let is_arn = name.starts_with("arn:");
    let after = name.split_once("role/").map(|(_, after)| after).filter(|_| is_arn || name.starts_with("role/"));
    if subject.auth_type != Some(AuthType::OidcAws) || (after.is_none() && !is_arn) {
        return None;
    }
    let message = format!(
        "`{}` must be only what comes after `role/`: Dependabot's proxy puts the account and `role/` before it, {}",
        plain(name),
        PROXY.as_of()
    );
    let case = if is_arn { Case::warning(message).dependabot_may() } else { Case::notice(message) };
    Some(match after.filter(|after| !after.is_empty()) {
        Some(after) => case.help(format!("write `role-name: {}`", plain(after))),
        None => case,
    })
}

fn cloudsmith_code_scanning(subject: &Subject, _: &Scene) -> Option<Case> {
    subject.reader()?.language?;
    (subject.auth_type == Some(AuthType::OidcCloudsmith)).then(|| {
        let (kind, as_of) = (subject.kind(), CODEQL.as_of());
        let message = format!("code scanning drops the `audience` that `oidc_cloudsmith` needs for `{kind}`, {as_of}");
        Case::notice(message).code_scanning_cannot()
    })
}

fn oidc_available(subject: &Subject, scene: &Scene) -> Option<Case> {
    let (address, auth_type) = available(subject, scene)?;
    let message = format!("`{}` supports `{auth_type}`, so no secret needs to be stored", address.host);
    Some(Case::new(Level::Off, message).help(fields(subject, address, auth_type)))
}

/// Says what to write instead of a stored secret if OIDC is available. The text has no full stop, so more may follow.
pub(super) fn offer(subject: &Subject, scene: &Scene) -> Option<String> {
    available(subject, scene).map(|(address, auth_type)| fields(subject, address, auth_type))
}

/// Returns the OIDC auth type that every reader could use instead of a stored secret.
fn available<'a>(subject: &'a Subject, scene: &Scene) -> Option<(&'a Address, AuthType)> {
    let is_stored = subject.auth_type.is_some_and(|auth_type| !auth_type.is_oidc());
    let reader = subject.reader().filter(|reader| is_stored && reader.oidc)?;
    let address = subject.address()?;
    let auth_type = address.oidc()?;
    let is_known = match &scene.home.github {
        GitHub::Cloud | GitHub::DataResidency => true,
        server @ GitHub::Server { .. } => server.is_server_from((3, 22)),
    };
    let is_read_by_all = auth_type != AuthType::OidcCloudsmith || reader.language.is_none();
    (is_known && is_read_by_all).then_some((address, auth_type))
}

/// Names the fields to write, with the values that the url reveals.
fn fields(subject: &Subject, address: &Address, auth_type: AuthType) -> String {
    let known = known_fields(address);
    let field = |field: &OidcField| match known.iter().find(|(known, _)| known == field) {
        Some((_, value)) => format!("`{}: {}`", field.kebab(), plain(value)),
        None => format!("`{}`", field.kebab()),
    };
    let fields: Vec<String> = auth_type.required().iter().map(field).collect();
    let username = if matches!(subject.username, Told::Is(_)) { " and `username`" } else { "" };
    format!("write {} instead of the secret{username}", listed(&fields))
}

/// Returns the values of OIDC fields that a registry's url reveals.
fn known_fields(address: &Address) -> Vec<(OidcField, String)> {
    let mut path = address.path.split('/').filter(|part| !part.is_empty());
    if address.is_codeartifact() {
        // `DOMAIN-OWNER.d.codeartifact.REGION.amazonaws.com`
        let mut labels = address.host.split('.');
        let (domain, region) = (labels.next().and_then(|label| label.rsplit_once('-')), labels.nth(2));
        let domain = domain.map(|(domain, owner)| [(OidcField::Domain, domain), (OidcField::DomainOwner, owner)]);
        let known = region.map(|region| (OidcField::AwsRegion, region)).into_iter().chain(domain.into_iter().flatten());
        return known.map(|(field, value)| (field, value.to_owned())).collect();
    }
    if address.is_in("cloudsmith.io") {
        // `/basic/WORKSPACE/REPOSITORY/…` below `dl.cloudsmith.io`, `/WORKSPACE/REPOSITORY/…` elsewhere
        let workspace = if address.host == "dl.cloudsmith.io" { path.nth(1) } else { path.next() };
        return workspace.map(|workspace| (OidcField::Namespace, workspace.to_owned())).into_iter().collect();
    }
    Vec::new()
}

/// Joins items as in "a, b and c".
fn listed(items: &[String]) -> String {
    match items.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => items.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{cloud, judged, level, levels_at, message, server};
    use super::super::{CodeScanning, Dependabot};
    use super::*;

    #[test]
    fn oidc_works_only_for_the_service_of_its_token() {
        let rule = "oidc-cannot-reach";
        for (line, expected, verdict) in [
            ("docker-registry https://acme.azurecr.io oidc_azure", Some(Level::Warning), Dependabot::No),
            ("helm-registry https://acme.azurecr.io/helm oidc_azure", Some(Level::Warning), Dependabot::No),
            (
                "docker-registry https://1.dkr.ecr.eu-west-1.amazonaws.com oidc_aws",
                Some(Level::Warning),
                Dependabot::No,
            ),
            (
                "maven-repository https://a-1.d.codeartifact.cn-north-1.amazonaws.com.cn/m oidc_aws aws_region=cn-north-1",
                Some(Level::Warning),
                Dependabot::No,
            ),
            (
                "nuget-feed https://nuget.acme.dev oidc_aws aws_region=us-gov-west-1",
                Some(Level::Warning),
                Dependabot::No,
            ),
            ("maven-repository acme.jfrog.io/artifactory/main oidc_jfrog", Some(Level::Warning), Dependabot::Maybe),
            ("git https://git.acme.dev oidc_azure", Some(Level::Notice), Dependabot::Maybe),
            ("docker-registry https://acme.azurecr.io username_password", None, Dependabot::Yes),
            ("docker-registry https://acme.azurecr.io oidc_gcp", None, Dependabot::Yes),
            (
                "nuget-feed https://pkgs.dev.azure.com/acme/_packaging/a/nuget/v3/index.json oidc_azure",
                None,
                Dependabot::Yes,
            ),
            ("nuget-feed https://nuget.acme.dev/v3/index.json oidc_azure", None, Dependabot::Yes),
            ("maven-repository https://maven.acme.dev oidc_aws aws_region=eu-west-1", None, Dependabot::Yes),
            ("maven-repository https://acme.jfrog.io/artifactory/main oidc_jfrog", None, Dependabot::Yes),
            ("python-index https://unusual.acme.dev/simple/ oidc_cloudsmith", None, Dependabot::Yes),
        ] {
            assert_eq!(level(rule, line), expected, "{line}");
            assert_eq!(judged(&cloud(), &[line])[0].consumers.dependabot.verdict, verdict, "{line}");
        }
        let azure = message(rule, "docker-registry https://acme.azurecr.io oidc_azure");
        assert!(azure.contains("`acme.azurecr.io`") && azure.contains("as of 2026-08"), "{azure}");
    }

    #[test]
    fn a_role_name_with_a_prefix_is_found() {
        let rule = "role-name-with-prefix";
        let line = "maven-repository https://maven.acme.dev oidc_aws aws_region=eu-west-1";
        for (name, expected, verdict) in [
            ("arn:aws:iam::123456789012:role/ci/deploy", Some(Level::Warning), Dependabot::Maybe),
            ("arn:aws:iam::123456789012:user/deploy", Some(Level::Warning), Dependabot::Maybe),
            ("role/ci/deploy", Some(Level::Notice), Dependabot::Yes),
            ("deploy", None, Dependabot::Yes),
            ("ci/deploy", None, Dependabot::Yes),
            ("my-role/deploy", None, Dependabot::Yes),
        ] {
            let line = format!("{line} role_name={name}");
            assert_eq!(level(rule, &line), expected, "{line}");
            let judgement = judged(&cloud(), &[&line]).remove(0);
            assert_eq!(judgement.consumers.dependabot.verdict, verdict, "{line}");
            let help = judgement.findings.first().map(|finding| finding.help.as_str());
            assert_eq!(help == Some("write `role-name: ci/deploy`"), name.ends_with("role/ci/deploy"), "{line}");
        }
    }

    #[test]
    fn code_scanning_and_cloudsmith() {
        let rule = "cloudsmith-code-scanning";
        for kind in RegistryType::ALL {
            let line = format!("{} https://dl.acme.dev oidc_cloudsmith", kind.dependabot());
            let reads = super::super::facts::reader(*kind).language.is_some();
            assert_eq!(level(rule, &line), reads.then_some(Level::Notice), "{line}");
            let verdict = judged(&cloud(), &[&line])[0].consumers.code_scanning.verdict;
            assert_eq!(verdict, if reads { CodeScanning::No } else { CodeScanning::Other }, "{line}");
        }
        assert_eq!(level(rule, "nuget-feed https://dl.acme.dev oidc_gcp"), None);
    }

    #[test]
    fn the_fields_to_write_have_the_values_that_the_url_reveals() {
        let help = |line: &str| {
            let findings = judged(&cloud(), &[line]).remove(0).findings;
            findings.into_iter().find(|finding| finding.rule == "oidc-available").expect(line).help
        };
        for (line, expected) in [
            (
                "maven-repository https://my-domain-012345678901.d.codeartifact.eu-west-1.amazonaws.com/maven/main/ username_password",
                "write `aws-region: eu-west-1`, `account-id`, `role-name`, `domain: my-domain` and `domain-owner: \
                 012345678901` instead of the secret and `username`",
            ),
            (
                "nuget-feed https://pkgs.dev.azure.com/acme/_packaging/a/nuget/v3/index.json token",
                "write `tenant-id` and `client-id` instead of the secret",
            ),
            (
                "npm-registry https://acme.jfrog.io/artifactory/api/npm/npm/ token base=true",
                "write `jfrog-oidc-provider-name` instead of the secret",
            ),
            (
                "python-index https://dl.cloudsmith.io/basic/acme/main/python/simple/ token",
                "write `namespace: acme`, `service-slug` and `audience` instead of the secret",
            ),
            (
                "npm-registry https://npm.cloudsmith.io/acme/main/ token base=true",
                "write `namespace: acme`, `service-slug` and `audience` instead of the secret",
            ),
            (
                "docker-registry https://europe-docker.pkg.dev username_password",
                "write `workload-identity-provider` instead of the secret and `username`",
            ),
        ] {
            assert_eq!(help(line), expected, "{line}");
        }
    }

    #[test]
    fn a_stored_secret_where_oidc_would_do_is_found_and_off() {
        let rule = "oidc-available";
        let azure = "nuget-feed https://pkgs.dev.azure.com/acme/_packaging/a/nuget/v3/index.json";
        assert_eq!(level(rule, &format!("{azure} token")), Some(Level::Off));
        assert_eq!(level(rule, &format!("{azure} oidc_azure")), None);
        assert_eq!(level(rule, "docker-registry https://acme.azurecr.io username_password"), None);
        assert_eq!(level(rule, "npm-registry https://npm.acme.dev token"), None);
        assert_eq!(level(rule, "git https://europe.pkg.dev/acme username_password"), None, "git has no OIDC");
        assert_eq!(level(rule, "python-index https://dl.cloudsmith.io/acme token"), Some(Level::Off));
        assert_eq!(level(rule, "nuget-feed https://nuget.cloudsmith.io/acme token"), None, "code scanning could not");
        for (release, expected) in [(None, None), (Some((3, 21)), None), (Some((3, 22)), Some(Level::Off))] {
            assert_eq!(levels_at(&server(release), rule, &[&format!("{azure} token")]), [expected]);
        }
    }
}
