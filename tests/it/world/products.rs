//! How products answer, as their documentation and sources say, to what is asked to try a credential.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::registry::{Answer, Asked, Registry};

pub(crate) const USER: &str = "monalisa";
pub(crate) const GOOD: &str = "good-secret-value";
pub(crate) const BAD: &str = "bad-secret-value";
pub(crate) const EXPIRED: &str = "expired-secret-value";

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Nobody,
    /// A credential that is known.
    Known,
    /// Any other.
    Unknown,
}

/// Who a request is from: by Basic or Bearer, as a package manager would send it.
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

/// A web server before files, as nginx with `auth_basic`: the files that exist are these.
pub(crate) fn files(paths: &'static [&'static str]) -> Registry {
    Registry::start(move |asked| match who(asked) {
        Who::Known if paths.contains(&asked.path.as_str()) => Answer::status(200),
        Who::Known => Answer::status(404),
        Who::Nobody | Who::Unknown => unauthorized(),
    })
}

/// The same open to everybody: what is sent is not even looked at.
pub(crate) fn open() -> Registry {
    Registry::start(|_| Answer::body("{\"username\": \"everybody\"}"))
}

/// Open to read, but a credential that is sent must be known: as Nexus with anonymous access.
pub(crate) fn open_but_strict() -> Registry {
    Registry::start(|asked| match who(asked) {
        Who::Unknown => unauthorized(),
        Who::Nobody | Who::Known => Answer::status(200),
    })
}

/// Nexus with anonymous access, asked who signs in: it names the user `anonymous` too.
pub(crate) fn nexus_npm() -> Registry {
    Registry::start(|asked| match who(asked) {
        Who::Nobody => Answer::body("{\"username\": \"anonymous\"}"),
        Who::Known => Answer::body("{\"username\": \"monalisa\"}"),
        Who::Unknown => unauthorized(),
    })
}

/// GitLab: npm has no `whoami`; the root of a Python index is 404; what is not known gets 401.
pub(crate) fn gitlab() -> Registry {
    Registry::start(|asked| match (asked.path.as_str(), who(asked)) {
        (path, _) if path.ends_with("/-/whoami") || path.ends_with("/simple/") => Answer::status(404),
        (_, Who::Known) => Answer::status(404),
        (_, Who::Nobody | Who::Unknown) => unauthorized(),
    })
}

/// GitLab's own npm registry, which sends what it does not have to npmjs.org, unless the token is not known.
pub(crate) fn gitlab_forwarding(elsewhere: &Registry) -> Registry {
    let location = elsewhere.url("/private-registries-credential-check");
    Registry::start(move |asked| match (asked.path.as_str(), who(asked)) {
        (path, _) if path.ends_with("/-/whoami") => Answer::status(404),
        (_, Who::Unknown) => unauthorized(),
        (_, Who::Nobody | Who::Known) => Answer::status(302).with("location", location.clone()),
    })
}

/// Azure Artifacts: no `whoami`; a page to sign in at, with 203, for some tokens that are not known.
pub(crate) fn azure() -> Registry {
    Registry::start(|asked| match (asked.path.as_str(), who(asked)) {
        (_, Who::Unknown) if asked.authorization.as_deref() == Some(&format!("Bearer {EXPIRED}")) => {
            Answer::Status(203, Vec::new(), "<html>Sign in</html>".to_owned())
        }
        (_, Who::Nobody | Who::Unknown) => unauthorized(),
        (_, Who::Known) => Answer::status(404),
    })
}

/// `JFrog`: 400 to whoever does not sign in, for a Cargo index.
pub(crate) fn jfrog_cargo() -> Registry {
    Registry::start(|asked| match who(asked) {
        Who::Nobody => Answer::status(400),
        Who::Known => Answer::body("{\"dl\": \"x\"}"),
        Who::Unknown => Answer::status(401),
    })
}

/// Says who signs in, as npm's protocol has it.
pub(crate) fn verdaccio() -> Registry {
    Registry::start(|asked| match (asked.path.as_str(), who(asked)) {
        (path, Who::Known) if path.ends_with("/-/whoami") => Answer::body("{\"username\": \"monalisa\"}"),
        (_, Who::Known) => Answer::status(404),
        (_, Who::Nobody | Who::Unknown) => unauthorized(),
    })
}

/// Docker's registry with a file of passwords.
pub(crate) fn docker_basic() -> Registry {
    files(&["/v2/"])
}

/// Docker's registry with a token server, whether that gives nobody a token too, and whom the registry takes it from.
pub(crate) fn docker(everybody_gets_a_token: bool) -> (Registry, Registry) {
    let server = Registry::start(move |asked| match who(asked) {
        Who::Known => Answer::body("{\"token\": \"a-granted-token\"}"),
        Who::Nobody if everybody_gets_a_token => Answer::body("{\"access_token\": \"a-token-for-everybody\"}"),
        Who::Nobody | Who::Unknown => Answer::status(401),
    });
    let registry = docker_with(&server.url("/token"));
    (registry, server)
}

/// Docker's registry that names this token server.
pub(crate) fn docker_with(realm: &str) -> Registry {
    let challenge = format!("Bearer realm=\"{realm}\",service=\"registry.acme.dev\"");
    Registry::start(move |asked| match asked.authorization.as_deref() {
        Some("Bearer a-granted-token" | "Bearer a-token-for-everybody") => Answer::status(200),
        _ => Answer::status(401).with("www-authenticate", challenge.clone()),
    })
}

/// A manifest with one registry, which is on this machine and open to everybody; its secret is `NPM_TOKEN`.
pub(crate) fn open_manifest() -> String {
    format!(
        "version: 1\nregistries:\n  npm-internal:\n    type: npm-registry\n    url: {}\n    token: ${{{{ secrets.NPM_TOKEN \
         }}}}\n    visibility: private\n",
        open().url("/npm/")
    )
}

/// A Terraform registry whose discovery document names this base for modules.
pub(crate) fn terraform(modules: &str) -> Registry {
    let document = format!("{{\"modules.v1\": \"{modules}\"}}");
    Registry::start(move |asked| match (asked.path.as_str(), who(asked)) {
        ("/.well-known/terraform.json", _) => Answer::body(&document),
        (_, Who::Known) => Answer::status(404),
        (_, Who::Nobody | Who::Unknown) => Answer::status(401),
    })
}
