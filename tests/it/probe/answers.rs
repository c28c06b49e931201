//! How the answers of products are interpreted.

use private_registries::internals::probe::Verdict;
use private_registries::internals::registry::RegistryType;

use super::{candidate, try_one, verdict};
use crate::world::products::{self, BAD, EXPIRED, GOOD, USER};
use crate::world::registry::{Answer, Registry};

/// The verdicts for a good, a bad and an expired credential.
fn verdicts(registry: &Registry, registry_type: RegistryType, path: &str, username: Option<&str>) -> [Verdict; 3] {
    [GOOD, BAD, EXPIRED].map(|secret| verdict(candidate(registry_type, &registry.url(path), username, secret)))
}

const TELLS: [Verdict; 3] = [Verdict::Accepted, Verdict::Refused, Verdict::Refused];

#[test]
fn every_type_distinguishes_good_bad_and_expired_credentials() {
    use RegistryType::{
        CargoRegistry, ComposerRepository, DockerRegistry, GitSource, GoproxyServer, HelmRegistry, MavenRepository,
        NpmRegistry, NugetFeed, PubRepository, PythonIndex, RubygemsServer, TerraformRegistry,
    };
    let me = Some(USER);
    let (docker, _server) = products::docker(false);
    for (registry, registry_type, path, username) in [
        (products::files(&["/index/config.json"]), CargoRegistry, "/index", None),
        (products::files(&["/index/config.json"]), CargoRegistry, "/index/", me),
        (products::jfrog_cargo(), CargoRegistry, "/artifactory/api/cargo/main/index/", None),
        (products::files(&["/packages.json"]), ComposerRepository, "", None),
        (products::files(&["/all.json"]), ComposerRepository, "/all.json", me),
        (products::docker_basic(), DockerRegistry, "/acme/images", me),
        (docker, DockerRegistry, "", me),
        (products::files(&["/acme/api.git/info/refs?service=git-upload-pack"]), GitSource, "/acme/api.git", me),
        (products::files(&["/acme/api.git/info/refs?service=git-upload-pack"]), GitSource, "/acme/api", me),
        (products::files(&[]), GoproxyServer, "/goproxy", me),
        (products::files(&["/charts/index.yaml"]), HelmRegistry, "/charts/", me),
        (products::files(&["/maven/"]), MavenRepository, "/maven/", me),
        (products::files(&[]), MavenRepository, "/maven", me),
        (products::verdaccio(), NpmRegistry, "/npm/", None),
        (products::verdaccio(), NpmRegistry, "", me),
        (products::nexus_npm(), NpmRegistry, "/repository/npm/", None),
        (products::gitlab(), NpmRegistry, "/api/v4/groups/1/-/packages/npm/", None),
        (products::files(&["/v3/index.json"]), NugetFeed, "/v3/index.json", None),
        (products::files(&[]), PubRepository, "/pub", None),
        (products::files(&["/simple/"]), PythonIndex, "/simple", None),
        (products::gitlab(), PythonIndex, "/api/v4/projects/1/packages/pypi/simple", me),
        (products::files(&["/versions"]), RubygemsServer, "/", me),
        (products::files(&["/gems/specs.4.8.gz"]), RubygemsServer, "/gems/", None),
        (products::terraform("/v1/modules/"), TerraformRegistry, "", None),
    ] {
        assert_eq!(verdicts(&registry, registry_type, path, username), TELLS, "{registry_type} {path} {username:?}");
    }
}

#[test]
fn a_folder_that_cannot_be_listed_is_not_a_refusal() {
    // An nginx without `autoindex`, asked for a folder.
    let registry = Registry::start(|asked| match (asked.path.ends_with('/'), products::who(asked)) {
        (_, products::Who::Nobody | products::Who::Unknown) => Answer::status(401),
        (true, products::Who::Known) => Answer::status(403),
        (false, products::Who::Known) => Answer::status(404),
    });
    assert_eq!(verdicts(&registry, RegistryType::MavenRepository, "/maven/", Some(USER)), TELLS);
    // A credential that can't read anything at all is refused.
    let registry = Registry::start(|asked| Answer::status(if asked.authorization.is_some() { 403 } else { 401 }));
    for registry_type in [RegistryType::MavenRepository, RegistryType::PythonIndex, RegistryType::NpmRegistry] {
        let check = try_one(candidate(registry_type, &registry.url("/x/"), Some(USER), GOOD));
        assert_eq!(check.verdict, Verdict::Refused, "{registry_type}");
        assert_eq!(check.why, "the registry answers 403 to this credential, and 401 without it");
    }
}

#[test]
fn a_registry_open_to_everybody_proves_nothing_and_the_message_says_so() {
    for registry_type in RegistryType::ALL {
        let reads = private_registries::internals::rules::facts::reader(*registry_type).reads;
        let username = (reads == private_registries::internals::rules::facts::Reads::Password).then_some(USER);
        if reads == private_registries::internals::rules::facts::Reads::Neither
            || *registry_type == RegistryType::TerraformRegistry
        {
            continue;
        }
        for secret in [GOOD, BAD] {
            let open = products::open();
            let check = try_one(candidate(*registry_type, &open.url("/team/main"), username, secret));
            assert_eq!(check.verdict, Verdict::NotProven, "{registry_type}: {}", check.why);
            let says_so = check.why.contains("answers 200 to everybody") || check.why.contains("names the same user");
            assert!(says_so, "{registry_type}: {}", check.why);
        }
    }
}

#[test]
fn an_open_registry_that_checks_credentials_refuses_a_bad_one() {
    let registry = products::open_but_strict();
    let verdicts = verdicts(&registry, RegistryType::PythonIndex, "/simple/", Some(USER));
    assert_eq!(verdicts, [Verdict::NotProven, Verdict::Refused, Verdict::Refused]);
    let why = try_one(candidate(RegistryType::PythonIndex, &registry.url("/simple/"), Some(USER), BAD)).why;
    assert_eq!(why, "the registry answers 401 to this credential, and 200 without it");
}

#[test]
fn a_token_server_open_to_everybody_proves_nothing_but_refuses_invalid_credentials() {
    let (registry, server) = products::docker(true);
    let verdicts = verdicts(&registry, RegistryType::DockerRegistry, "", Some(USER));
    assert_eq!(verdicts, [Verdict::NotProven, Verdict::Refused, Verdict::Refused]);
    let passwords = server.asked().iter().filter(|asked| asked.authorization.is_some()).count();
    assert_eq!(passwords, 3, "each password once");
    let (registry, _server) = products::docker(false);
    let good = try_one(candidate(RegistryType::DockerRegistry, &registry.url(""), Some(USER), GOOD));
    assert!(good.why.contains("whether it may read an image is not proven"), "{}", good.why);
    let bad = try_one(candidate(RegistryType::DockerRegistry, &registry.url(""), Some(USER), BAD));
    assert!(bad.why.contains("its token server answers 401"), "{}", bad.why);
}

#[test]
fn an_html_page_is_not_a_user_and_a_sign_in_page_not_a_success() {
    // A page for every request, as an intranet's gateway sends.
    let page = Registry::start(|_| Answer::body("<html>Welcome</html>"));
    let check = try_one(candidate(RegistryType::NpmRegistry, &page.url("/npm/"), None, GOOD));
    assert_eq!((check.verdict, check.why.as_str()), (Verdict::NotProven, "the registry answers 200 to everybody"));
    let azure = products::azure();
    assert_eq!(verdict(candidate(RegistryType::NpmRegistry, &azure.url("/npm/"), None, GOOD)), Verdict::Accepted);
    assert_eq!(verdict(candidate(RegistryType::NpmRegistry, &azure.url("/npm/"), None, EXPIRED)), Verdict::NotProven);
}

#[test]
fn discovery_alone_proves_nothing() {
    let elsewhere = products::terraform("/v1/modules/");
    for modules in [elsewhere.url("/v1/modules/"), String::new(), "https://tf.acme.dev/v1/".to_owned()] {
        let registry = products::terraform(&modules);
        let modules_of_nobody = modules.is_empty();
        let check = try_one(candidate(RegistryType::TerraformRegistry, &registry.url(""), None, GOOD));
        if modules_of_nobody {
            // The address is relative to the document, so it has the same host.
            assert_eq!(check.verdict, Verdict::Accepted, "{}", check.why);
        } else {
            assert_eq!(check.verdict, Verdict::NotProven, "{}", check.why);
            assert!(check.why.contains("names another host"), "{}", check.why);
        }
        elsewhere.assert_untouched();
    }
    let without = Registry::start(|_| Answer::body("{\"providers.v1\": \"/v1/providers/\"}"));
    let check = try_one(candidate(RegistryType::TerraformRegistry, &without.url(""), None, GOOD));
    assert_eq!(check.verdict, Verdict::NotProven);
    assert!(without.asked().iter().all(|asked| asked.authorization.is_none()), "nothing to send it for");
}

#[test]
fn a_server_error_is_not_a_refusal_and_the_secret_is_not_sent_after_it() {
    for status in [429, 500, 502, 503] {
        let registry = Registry::start(move |_| Answer::status(status));
        let check = try_one(candidate(RegistryType::MavenRepository, &registry.url("/maven/"), Some(USER), GOOD));
        assert_eq!(check.verdict, Verdict::Unreachable);
        assert!(check.why.contains(&status.to_string()) && check.why.contains("another network"), "{}", check.why);
        assert!(registry.asked().iter().all(|asked| asked.authorization.is_none()));
    }
}
