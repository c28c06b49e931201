//! What is sent, and where it goes: one test for each statement of SECURITY.md on checking credentials.

use std::time::{Duration, Instant};

use private_registries::internals::probe::{Probe, Verdict};
use private_registries::internals::registry::RegistryType;

use super::{candidate, try_all, try_one};
use crate::world::products::{self, BAD, GOOD, USER};
use crate::world::registry::{Answer, Asked, Registry};

#[test]
fn only_gets_are_sent_first_without_the_secret_and_then_with_the_header_of_the_proxy() {
    use RegistryType::{CargoRegistry, ComposerRepository, MavenRepository, NugetFeed, PythonIndex};
    for (registry_type, username, header) in [
        (CargoRegistry, None, GOOD.to_owned()),
        (ComposerRepository, None, format!("Bearer {GOOD}")),
        (MavenRepository, Some("me"), "Basic bWU6Z29vZC1zZWNyZXQtdmFsdWU=".to_owned()),
        (NugetFeed, None, format!("Bearer {GOOD}")),
        (PythonIndex, None, "Basic Z29vZC1zZWNyZXQtdmFsdWU6".to_owned()),
    ] {
        let registry = products::open_but_strict();
        try_one(candidate(registry_type, &registry.url("/x/"), username, GOOD));
        let asked = registry.asked();
        let sent: Vec<_> = asked.iter().map(|asked| asked.authorization.as_deref()).collect();
        assert_eq!(sent, [None, Some(header.as_str())], "{registry_type}");
        for asked in &asked {
            assert_eq!(asked.method, "GET");
            let names: Vec<&str> = asked.headers.iter().map(|(name, _)| name.as_str()).collect();
            assert!(!names.contains(&"cookie") && !names.contains(&"referer"), "{names:?}");
        }
    }
}

#[test]
fn no_redirect_is_followed() {
    for status in [301, 302, 303, 307, 308] {
        let trap = Registry::trap();
        let (location, other) = (trap.url("/"), trap.url("/v2/"));
        let registry = Registry::start(move |asked| {
            let location = if asked.path == "/v2/" { &other } else { &location };
            Answer::status(status).with("location", location.clone())
        });
        for registry_type in [
            RegistryType::NpmRegistry,
            RegistryType::MavenRepository,
            RegistryType::DockerRegistry,
            RegistryType::PythonIndex,
            RegistryType::GitSource,
        ] {
            let check = try_one(candidate(registry_type, &registry.url("/team/main"), Some(USER), GOOD));
            assert_eq!(check.verdict, Verdict::NotProven, "{registry_type}: {}", check.why);
            assert!(check.why.contains("redirects are not followed"), "{}", check.why);
        }
        let terraform = candidate(RegistryType::TerraformRegistry, &registry.url(""), None, GOOD);
        assert_eq!(try_one(terraform).verdict, Verdict::NotProven);
        trap.assert_untouched();
    }
    let elsewhere = Registry::trap();
    let gitlab = products::gitlab_forwarding(&elsewhere);
    let check = |secret| try_one(candidate(RegistryType::NpmRegistry, &gitlab.url("/npm/"), None, secret)).verdict;
    assert_eq!((check(GOOD), check(BAD)), (Verdict::NotProven, Verdict::Refused));
    elsewhere.assert_untouched();
}

#[test]
fn a_token_server_gets_the_password_once_and_only_if_allowed() {
    let (registry, server) = products::docker(false);
    try_one(candidate(RegistryType::DockerRegistry, &registry.url("/acme"), Some(USER), GOOD));
    let asked = server.asked();
    let headers: Vec<_> = asked.iter().map(|asked| asked.authorization.is_some()).collect();
    assert_eq!(headers, [false, true]);
    assert!(asked.iter().all(|asked| asked.method == "GET" && asked.path == "/token?service=registry.acme.dev"));
    // To another machine it would be sent in the clear, and its name may resolve to any host.
    for realm in ["http://auth.acme.dev/token", "ftp://auth.acme.dev", "http://0.0.0.0/", "nonsense"] {
        let registry = products::docker_with(realm);
        let check = try_one(candidate(RegistryType::DockerRegistry, &registry.url(""), Some(USER), GOOD));
        assert_eq!(check.verdict, Verdict::NotProven, "{realm}: {}", check.why);
    }
    // A redirect from the token server is not followed either.
    let trap = Registry::trap();
    let location = trap.url("/token");
    let server = Registry::start(move |_| Answer::status(307).with("location", location.clone()));
    let registry = products::docker_with(&server.url("/token"));
    let check = try_one(candidate(RegistryType::DockerRegistry, &registry.url(""), Some(USER), GOOD));
    assert_eq!(check.verdict, Verdict::NotProven, "{}", check.why);
    trap.assert_untouched();
}

/// Returns a name of this machine in `/etc/hosts` other than `localhost`, if there is one.
fn name_of_this_machine() -> Option<String> {
    let hosts = std::fs::read_to_string("/etc/hosts").unwrap_or_default();
    let names = hosts.lines().filter_map(|line| line.split('#').next()?.strip_prefix("127."));
    names.flat_map(|line| line.split_whitespace().skip(1)).find(|name| *name != "localhost").map(str::to_owned)
}

#[test]
fn a_name_that_resolves_to_loopback_gets_nothing() {
    let trap = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    trap.set_nonblocking(true).unwrap();
    let port = trap.local_addr().unwrap().port();
    let known = name_of_this_machine();
    // Without one, use a name that is not a literal address either; the unit tests of the look-up cover that it
    // resolves to this machine.
    let name = known.clone().unwrap_or_else(|| "localhost.".to_owned());
    let url = format!("https://{name}:{port}/npm/");
    let check = try_one(candidate(RegistryType::NpmRegistry, &url, None, GOOD));
    assert_eq!(check.verdict, Verdict::Unreachable, "{}", check.why);
    assert!(known.is_none() || check.why.contains("its name resolves to this machine"), "{}", check.why);
    assert!(trap.accept().is_err(), "a connection was opened to {url}");
}

#[test]
fn localhost_is_this_machine_and_is_contacted() {
    let registry = products::verdaccio();
    let url = format!("http://localhost:{}/npm/", registry.port());
    assert_eq!(try_one(candidate(RegistryType::NpmRegistry, &url, None, GOOD)).verdict, Verdict::Accepted);
}

#[test]
fn a_hanging_or_endless_answer_is_abandoned() {
    let began = Instant::now();
    let hanging = Registry::start(|_| Answer::Never);
    let half = Registry::start(|asked| match asked.authorization {
        None => Answer::status(401),
        Some(_) => Answer::Never,
    });
    let endless = Registry::start(|asked| match asked.authorization {
        None => Answer::status(401),
        Some(_) => Answer::Endless,
    });
    let npm = |registry: &Registry| candidate(RegistryType::NpmRegistry, &registry.url("/npm/"), None, GOOD);
    let maven = |registry: &Registry| candidate(RegistryType::MavenRepository, &registry.url("/"), Some(USER), GOOD);
    let checks = try_all(&[npm(&hanging), npm(&half), maven(&half), npm(&endless), maven(&endless)]);
    let verdicts: Vec<Verdict> = checks.iter().map(|check| check.verdict).collect();
    let (silent, ok) = (Verdict::Unreachable, Verdict::Accepted);
    assert_eq!(verdicts, [silent, silent, silent, ok, ok], "{checks:?}");
    assert!(checks[0].why.contains("did not answer within 10 s"), "{}", checks[0].why);
    assert!(hanging.asked().iter().all(|asked| asked.authorization.is_none()), "the secret need not be sent");
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
}

#[test]
fn a_host_that_does_not_answer_is_waited_for_only_a_few_times() {
    let began = Instant::now();
    let hanging = Registry::start(|_| Answer::Never);
    let npm = |number: usize, url: &str| {
        let url = format!("{url}/{number}/");
        candidate(RegistryType::NpmRegistry, &url, None, GOOD)
    };
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let many: Vec<_> = (0..40)
        .map(|number| npm(number, &hanging.url("")))
        .chain((0..40).map(|number| npm(number, &format!("http://{closed}"))))
        .collect();
    let checks = try_all(&many);
    assert!(checks.iter().all(|check| check.verdict == Verdict::Unreachable), "{checks:?}");
    assert!(checks[39].why.contains("did not answer within 10 s"), "{}", checks[39].why);
    assert!(checks[79].why.contains("can't be reached"), "{}", checks[79].why);
    assert_eq!(hanging.asked().len(), 3);
    assert!(began.elapsed() < Duration::from_secs(25), "{:?}", began.elapsed());
}

#[test]
fn each_request_is_sent_once_in_a_run_and_never_again_after_401() {
    let registry = products::verdaccio();
    let npm = |path: &str, secret| candidate(RegistryType::NpmRegistry, &registry.url(path), None, secret);
    let with_secret = |asked: &[Asked]| asked.iter().filter(|asked| asked.authorization.is_some()).count();
    let twice = try_all(&[npm("/a/", GOOD), npm("/a/", GOOD), npm("/a", GOOD)]);
    assert!(twice.iter().all(|check| check.verdict == Verdict::Accepted), "{twice:?}");
    let asked = registry.asked();
    assert_eq!((asked.len(), with_secret(&asked)), (2, 1), "{asked:?}");
    // Other paths of the same host with the same credential: an account may be locked after a few attempts.
    let many: Vec<_> = (0..20).map(|number| npm(&format!("/{number}/"), BAD)).collect();
    let refused = try_all(&many);
    let verdicts: Vec<Verdict> = refused.iter().map(|check| check.verdict).collect();
    assert_eq!(verdicts[..3], [Verdict::Refused; 3]);
    assert_eq!(verdicts[3..], [Verdict::NotProven; 17], "what was not tried is not refused");
    assert!(refused[3].why.contains("not sent again"), "{}", refused[3].why);
    assert_eq!(with_secret(&registry.asked()), 3);
    // Another credential for that host is tried.
    let mixed = try_all(&[npm("/a/", BAD), npm("/b/", GOOD)]);
    let verdicts: Vec<Verdict> = mixed.iter().map(|check| check.verdict).collect();
    assert_eq!(verdicts, [Verdict::Refused, Verdict::Accepted]);
}

#[test]
fn a_credential_that_is_not_sent_again_is_never_refused() {
    let registry = Registry::start(|asked| match asked.path.as_str() {
        path if path.starts_with("/open/") => Answer::status(200),
        path if path.starts_with("/down/") => Answer::status(503),
        _ => Answer::status(401),
    });
    let maven = |path: &str| candidate(RegistryType::MavenRepository, &registry.url(path), Some(USER), BAD);
    let paths = ["/1/", "/2/", "/3/", "/4/", "/open/5/", "/down/6/"];
    let verdicts: Vec<Verdict> = try_all(&paths.map(maven)).iter().map(|check| check.verdict).collect();
    let (refused, not_proven) = (Verdict::Refused, Verdict::NotProven);
    assert_eq!(verdicts, [refused, refused, refused, not_proven, not_proven, Verdict::Unreachable]);
    let sent: Vec<_> = registry.asked().into_iter().filter(|asked| asked.authorization.is_some()).collect();
    assert_eq!(sent.len(), 3, "{sent:?}");
}

#[test]
fn a_token_server_gets_a_bad_password_at_most_three_times() {
    let (first, server) = products::docker(false);
    let realm = |number| server.url(&format!("/token?of={number}"));
    let others: Vec<Registry> = (0..5).map(|number| products::docker_with(&realm(number))).collect();
    let docker = |registry: &Registry| candidate(RegistryType::DockerRegistry, &registry.url(""), Some(USER), BAD);
    let elsewhere = products::docker(false);
    let all: Vec<_> = [&first].into_iter().chain(&others).chain([&elsewhere.0]).map(docker).collect();
    let checks = try_all(&all);
    let verdicts: Vec<Verdict> = checks.iter().map(|check| check.verdict).collect();
    let (refused, not_proven) = (Verdict::Refused, Verdict::NotProven);
    assert_eq!(verdicts, [refused, refused, refused, not_proven, not_proven, not_proven, refused], "{checks:?}");
    let passwords = |server: &Registry| server.asked().iter().filter(|asked| asked.authorization.is_some()).count();
    assert_eq!((passwords(&server), passwords(&elsewhere.1)), (3, 1));
    assert_eq!(try_all(&all), checks, "the same ones each time");
    // The same header at the same host counts, whatever the type, and also if the host is a token server.
    let maven = |path: &str| candidate(RegistryType::MavenRepository, &server.url(path), Some(USER), BAD);
    server.asked();
    try_all(&[docker(&first), maven("/1/"), docker(&others[0]), maven("/2/"), docker(&others[1]), maven("/3/")]);
    assert_eq!(passwords(&server), 3);
}

#[test]
fn after_a_403_the_credential_of_an_entry_is_not_sent_again() {
    let registry = Registry::start(|asked| Answer::status(if asked.authorization.is_some() { 403 } else { 401 }));
    for registry_type in RegistryType::ALL {
        // Terraform's discovery document is at the root, and gets the credential only if the entry is at the root too.
        let is_terraform = *registry_type == RegistryType::TerraformRegistry;
        let url = registry.url(if is_terraform { "" } else { "/team/main" });
        for username in [Some(USER), None] {
            let candidate = candidate(*registry_type, &url, username, GOOD);
            if Probe::new(&candidate).is_err() {
                continue;
            }
            let check = try_one(candidate);
            assert_eq!(check.verdict, Verdict::Refused, "{registry_type}: {}", check.why);
            let sent = registry.asked().iter().filter(|asked| asked.authorization.is_some()).count();
            assert_eq!(sent, 1, "{registry_type}");
        }
    }
}

#[test]
fn no_host_that_a_registry_names_is_shown() {
    // Hosts are converted to lower case, so a secret in one would not be found.
    for realm in [
        "https://Good-Secret-Value.acme.test/token",
        "http://Good-Secret-Value.acme.test/token",
        "https://me@Good-Secret-Value.acme.test/token",
    ] {
        let registry = products::docker_with(realm);
        let check = try_one(candidate(RegistryType::DockerRegistry, &registry.url(""), Some(USER), GOOD));
        assert!(!check.why.to_lowercase().contains(GOOD), "{}", check.why);
    }
    let registry = products::terraform("https://Good-Secret-Value.acme.test/v1/");
    let check = try_one(candidate(RegistryType::TerraformRegistry, &registry.url(""), None, GOOD));
    assert!(!check.why.to_lowercase().contains(GOOD), "{}", check.why);
}

#[test]
fn at_most_four_concurrent_requests_go_to_a_host() {
    let registry = Registry::start(|_| Answer::Late(Duration::from_millis(20), Box::new(Answer::status(401))));
    let many: Vec<_> = (0..20)
        .map(|number| candidate(RegistryType::NpmRegistry, &registry.url("/npm/"), None, &format!("secret-{number}")))
        .chain((0..20).map(|number| {
            candidate(RegistryType::MavenRepository, &registry.url(&format!("/{number}/")), Some(USER), GOOD)
        }))
        .collect();
    let checks = try_all(&many);
    assert_eq!(checks.len(), 40);
    let asked = registry.asked();
    let most = asked.iter().map(|asked| asked.others + 1).max();
    assert_eq!(most, Some(4), "{} requests", asked.len());
}

#[test]
fn the_same_requests_give_the_same_verdicts_in_the_same_order() {
    let registry = Registry::start(|asked| match products::who(asked) {
        products::Who::Known if asked.path.contains("/3/") => Answer::status(401),
        products::Who::Known => Answer::status(200),
        products::Who::Nobody | products::Who::Unknown => Answer::status(401),
    });
    let many: Vec<_> = (0..12)
        .map(|number| candidate(RegistryType::MavenRepository, &registry.url(&format!("/{number}/")), Some(USER), GOOD))
        .collect();
    let first = try_all(&many);
    for _ in 0..5 {
        assert_eq!(try_all(&many), first);
    }
}
