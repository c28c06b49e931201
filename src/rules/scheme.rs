//! A rule about urls whose scheme is neither https nor http.

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
    what: "Package managers write some urls with a scheme of their own, such as `sparse+https://` or `git+https://`. \
           This is a notice, because it is not known whether the readers support it. Over SSH and other protocols the \
           credential can't be used.",
    facts: &[&HTTPS],
    check: url_scheme,
}];

fn url_scheme(subject: &Subject, _: &Scene) -> Option<Case> {
    let address = subject.address()?;
    let scheme = address.scheme.as_deref().filter(|scheme| !["http", "https"].contains(scheme))?;
    let is_helm_oci = scheme == "oci" && subject.registry_type == Some(RegistryType::HelmRegistry);
    // The rule `helm-oci` reports these.
    (!is_helm_oci).then(|| spelling(scheme, address).unwrap_or_else(|| protocol(scheme, address)))
}

/// Recognizes a tool's own scheme for an https url.
fn spelling(scheme: &str, address: &Address) -> Option<Case> {
    let what = match scheme {
        "sparse+https" | "sparse+http" | "registry+https" | "registry+http" => "Cargo's notation for an index",
        "git+https" | "git+http" => "pip's and npm's notation for a git repository",
        "oci" => "Helm's notation for an OCI registry",
        "docker" => "the notation of container tools for an image",
        _ => return None,
    };
    let shown = address.shown();
    let case = Case::notice(format!("`{shown}` is {what}, and it is not known whether Dependabot's proxy supports it"));
    Some(case.help(format!("write `https://` in place of `{scheme}://`")))
}

/// Returns the case of a scheme that is another protocol's, or misspelt.
fn protocol(scheme: &str, address: &Address) -> Case {
    let (shown, as_of) = (address.shown(), PROXY.as_of());
    let https_only = format!("Dependabot's proxy sends credentials over https, {as_of}");
    let case = match (scheme, nearest(scheme, ["https", "http"])) {
        ("ssh" | "git+ssh" | "git" | "svn+ssh", _) => {
            Case::warning(format!("`{shown}` is the url of a repository over another protocol: {https_only}"))
        }
        (_, Some(meant)) => {
            Case::warning(format!("`{shown}` begins with `{scheme}`, but `{meant}` was probably meant"))
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
    fn each_kind_of_scheme_has_its_message() {
        for (line, told, expected) in [
            (
                "cargo-registry sparse+https://cargo.acme.dev/index/ token",
                "Cargo's notation for an index",
                Level::Notice,
            ),
            ("git git+https://git.acme.dev username_password", "pip's and npm's notation", Level::Notice),
            ("docker-registry oci://registry.acme.dev username_password", "Helm's notation", Level::Notice),
            ("npm-registry oci://registry.acme.dev token base=true", "Helm's notation", Level::Notice),
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
