//! Addresses with a scheme that is neither https nor http: told as what they are.

use super::facts::PROXY;
use super::url::HTTPS;
use super::{Address, Case, Level, Rule, Scene, Subject};
use crate::diagnostics::nearest;
use crate::registry::RegistryType;

pub(super) static RULES: &[Rule] = &[Rule {
    id: "url-scheme",
    level: Level::Warning,
    field: "url",
    help: "write `https://`",
    what: "Package managers write some addresses with a scheme of their own, such as `sparse+https://` or `git+https://`. \
           That is a notice: it is not known whether the readers understand it. Over SSH and other protocols the \
           credential can't be used.",
    facts: &[&HTTPS],
    check: url_scheme,
}];

fn url_scheme(subject: &Subject, _: &Scene) -> Option<Case> {
    let address = subject.address()?;
    let scheme = address.scheme.as_deref().filter(|scheme| !["http", "https"].contains(scheme))?;
    let is_helm_oci = scheme == "oci" && subject.registry_type == Some(RegistryType::HelmRegistry);
    // Another rule says more.
    (!is_helm_oci).then(|| spelling(scheme, address).unwrap_or_else(|| protocol(scheme, address)))
}

/// A scheme that a tool puts before an address over https.
fn spelling(scheme: &str, address: &Address) -> Option<Case> {
    let what = match scheme {
        "sparse+https" | "sparse+http" | "registry+https" | "registry+http" => "Cargo's spelling of an index",
        "git+https" | "git+http" => "pip's and npm's spelling of a git repository",
        "oci" => "Helm's spelling of a registry of OCI artifacts",
        "docker" => "the spelling that container tools have of an image",
        _ => return None,
    };
    let shown = address.shown();
    let case = Case::notice(format!("`{shown}` is {what}, and it is not known whether Dependabot's proxy reads it"));
    Some(case.help(format!("write `https://` in place of `{scheme}://`")))
}

/// A scheme of another protocol, or none at all.
fn protocol(scheme: &str, address: &Address) -> Case {
    let (shown, as_of) = (address.shown(), PROXY.as_of());
    let https_only = format!("Dependabot's proxy signs in over https, {as_of}");
    let case = match (scheme, nearest(scheme, ["https", "http"])) {
        ("ssh" | "git+ssh" | "git" | "svn+ssh", _) => {
            Case::warning(format!("`{shown}` is the address of a repository over another protocol: {https_only}"))
        }
        (_, Some(meant)) => {
            Case::warning(format!("`{shown}` begins with `{scheme}`, and `{meant}` was probably meant"))
        }
        (_, None) => Case::warning(format!("`{shown}` begins with `{scheme}`: {https_only}")),
    };
    case.help(format!("write `https://{}`", address.without_scheme())).dependabot_may()
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{level, message};
    use super::*;

    #[test]
    fn a_scheme_is_told_as_what_it_is() {
        for (line, told, expected) in [
            (
                "cargo-registry sparse+https://cargo.acme.dev/index/ token",
                "Cargo's spelling of an index",
                Level::Notice,
            ),
            ("git git+https://git.acme.dev username_password", "pip's and npm's spelling", Level::Notice),
            ("docker-registry oci://registry.acme.dev username_password", "Helm's spelling", Level::Notice),
            ("npm-registry oci://registry.acme.dev token base=true", "Helm's spelling", Level::Notice),
            ("docker-registry docker://registry.acme.dev username_password", "an image", Level::Notice),
            ("git ssh://git.acme.dev/api username_password", "over another protocol", Level::Warning),
            ("git git+ssh://git.acme.dev/api username_password", "over another protocol", Level::Warning),
            ("npm-registry htps://npm.acme.dev token base=true", "`https` was probably meant", Level::Warning),
            ("npm-registry ftp://npm.acme.dev token base=true", "begins with `ftp`", Level::Warning),
        ] {
            assert_eq!(level("url-scheme", line), Some(expected), "{line}");
            assert!(message("url-scheme", line).contains(told), "{line}: {}", message("url-scheme", line));
        }
        for line in [
            "helm-registry oci://registry.acme.dev username_password",
            "npm-registry http://npm.acme.dev token base=true",
            "npm-registry npm.acme.dev token base=true",
            "npm-registry https://npm.acme.dev token base=true",
        ] {
            assert_eq!(level("url-scheme", line), None, "{line}");
        }
    }
}
