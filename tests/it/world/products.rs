//! The answers of products to the requests that check a credential, according to their documentation and source code.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::registry::{Answer, Asked, Registry};

pub(crate) const USER: &str = "monalisa";
pub(crate) const GOOD: &str = "good-secret-value";
pub(crate) const BAD: &str = "bad-secret-value";
pub(crate) const EXPIRED: &str = "expired-secret-value";

/// The sender of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Nobody,
    /// A valid credential.
    Known,
    /// Any other credential.
    Unknown,
}

/// Returns the sender of a request, from Basic or Bearer authentication as a package manager would send it.
pub(crate) fn who(asked: &Asked) -> Who {
    let Some(header) = &asked.authorization else { return Who::Nobody };
    let known = [
        format!("Bearer {GOOD}"),
        GOOD.to_owned(),
        format!("Basic {}", BASE64.encode(format!("{USER}:{GOOD}"))),
        format!("Basic {}", BASE64.encode(format!("{GOOD}:"))),
        format!("Basic {}", BASE64.encode(format!(":{GOOD}"))),
    ];
    if known.contains(header) { Who::Known } else { Who::Unknown }
}

fn unauthorized() -> Answer {
    Answer::status(401).with("www-authenticate", "Basic realm=\"Registry\"")
}

/// Starts a web server that serves these files, such as nginx with `auth_basic`.
pub(crate) fn files(paths: &'static [&'static str]) -> Registry {
    Registry::start(move |asked| match who(asked) {
        Who::Known if paths.contains(&asked.path.as_str()) => Answer::status(200),
        Who::Known => Answer::status(404),
        Who::Nobody | Who::Unknown => unauthorized(),
    })
}

/// Starts a web server open to everybody, which does not look at credentials.
pub(crate) fn open() -> Registry {
    Registry::start(|_| Answer::body("{\"username\": \"everybody\"}"))
}

/// Starts a registry that is open to read but refuses invalid credentials, such as Nexus with anonymous access.
pub(crate) fn open_but_strict() -> Registry {
    Registry::start(|asked| match who(asked) {
        Who::Unknown => unauthorized(),
        Who::Nobody | Who::Known => Answer::status(200),
    })
}

/// Starts Nexus with anonymous access, asked for the current user: without credentials it answers `anonymous`.
pub(crate) fn nexus_npm() -> Registry {
    Registry::start(|asked| match who(asked) {
        Who::Nobody => Answer::body("{\"username\": \"anonymous\"}"),
        Who::Known => Answer::body("{\"username\": \"monalisa\"}"),
        Who::Unknown => unauthorized(),
    })
}

/// Starts GitLab: npm has no `whoami`, the root of a Python index is a 404, and invalid credentials get a 401.
pub(crate) fn gitlab() -> Registry {
    Registry::start(|asked| match (asked.path.as_str(), who(asked)) {
        (path, _) if path.ends_with("/-/whoami") || path.ends_with("/simple/") => Answer::status(404),
        (_, Who::Known) => Answer::status(404),
        (_, Who::Nobody | Who::Unknown) => unauthorized(),
    })
}

/// Starts GitLab's own npm registry, which redirects to npmjs.org for packages it does not have, unless the token is
/// invalid.
pub(crate) fn gitlab_forwarding(elsewhere: &Registry) -> Registry {
    let location = elsewhere.url("/private-registries-credential-check");
    Registry::start(move |asked| match (asked.path.as_str(), who(asked)) {
        (path, _) if path.ends_with("/-/whoami") => Answer::status(404),
        (_, Who::Unknown) => unauthorized(),
        (_, Who::Nobody | Who::Known) => Answer::status(302).with("location", location.clone()),
    })
}

/// Starts Azure Artifacts: there is no `whoami`, and some invalid tokens get a sign-in page with status 203.
pub(crate) fn azure() -> Registry {
    Registry::start(|asked| match (asked.path.as_str(), who(asked)) {
        (_, Who::Unknown) if asked.authorization.as_deref() == Some(&format!("Bearer {EXPIRED}")) => {
            Answer::Status(203, Vec::new(), "<html>Sign in</html>".to_owned())
        }
        (_, Who::Nobody | Who::Unknown) => unauthorized(),
        (_, Who::Known) => Answer::status(404),
    })
}

/// Starts `JFrog`, asked for a Cargo index: requests without credentials get a 400.
pub(crate) fn jfrog_cargo() -> Registry {
    Registry::start(|asked| match who(asked) {
        Who::Nobody => Answer::status(400),
        Who::Known => Answer::body("{\"dl\": \"x\"}"),
        Who::Unknown => Answer::status(401),
    })
}

/// Starts a registry that answers with the current user, as npm's protocol specifies.
pub(crate) fn verdaccio() -> Registry {
    Registry::start(|asked| match (asked.path.as_str(), who(asked)) {
        (path, Who::Known) if path.ends_with("/-/whoami") => Answer::body("{\"username\": \"monalisa\"}"),
        (_, Who::Known) => Answer::status(404),
        (_, Who::Nobody | Who::Unknown) => unauthorized(),
    })
}

/// Starts Docker's registry with a password file.
pub(crate) fn docker_basic() -> Registry {
    files(&["/v2/"])
}

/// Starts Docker's registry and its token server, which can give a token to everybody.
pub(crate) fn docker(everybody_gets_a_token: bool) -> (Registry, Registry) {
    let server = Registry::start(move |asked| match who(asked) {
        Who::Known => Answer::body("{\"token\": \"a-granted-token\"}"),
        Who::Nobody if everybody_gets_a_token => Answer::body("{\"access_token\": \"a-token-for-everybody\"}"),
        Who::Nobody | Who::Unknown => Answer::status(401),
    });
    let registry = docker_with(&server.url("/token"));
    (registry, server)
}

/// Starts a Docker registry that names this token server.
pub(crate) fn docker_with(realm: &str) -> Registry {
    let challenge = format!("Bearer realm=\"{realm}\",service=\"registry.acme.dev\"");
    Registry::start(move |asked| match asked.authorization.as_deref() {
        Some("Bearer a-granted-token" | "Bearer a-token-for-everybody") => Answer::status(200),
        _ => Answer::status(401).with("www-authenticate", challenge.clone()),
    })
}

/// Returns a manifest with one registry, which is on this machine and open to everybody; its secret is `NPM_TOKEN`.
pub(crate) fn open_manifest() -> String {
    format!(
        "version: 1\nregistries:\n  npm-internal:\n    type: npm-registry\n    url: {}\n    token: ${{{{ secrets.NPM_TOKEN \
         }}}}\n    visibility: private\n",
        open().url("/npm/")
    )
}

/// Starts a Terraform registry whose discovery document names this base address for modules.
pub(crate) fn terraform(modules: &str) -> Registry {
    let document = format!("{{\"modules.v1\": \"{modules}\"}}");
    Registry::start(move |asked| match (asked.path.as_str(), who(asked)) {
        ("/.well-known/terraform.json", _) => Answer::body(&document),
        (_, Who::Known) => Answer::status(404),
        (_, Who::Nobody | Who::Unknown) => Answer::status(401),
    })
}
