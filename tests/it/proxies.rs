//! How GitHub is reached: which proxy is used, and which failures are not retried. `scripts/networks.sh` tests it with
//! real TLS and a real proxy.

use std::time::{Duration, Instant};

use crate::harness::{Run, Step};
use crate::world::canned::CannedServer;

/// Returns a step that lists from a host that does not exist, with ten seconds for further attempts.
fn list(api_url: &str) -> Step<'static> {
    let step = Step::offline("list").with("api-url", api_url).with("org", "acme").with("max-wait", "10s");
    step.secret_input("token", "a-token")
}

/// Runs a step, and checks that nothing was tried a second time.
fn run_without_retry(step: Step<'_>) -> Run {
    let began = Instant::now();
    let run = step.run();
    assert!(began.elapsed() < Duration::from_secs(5) && !run.log.contains("title=Waiting"), "{}", run.log);
    assert_eq!(run.status, Some(1), "{}", run.log);
    run
}

const REFUSED: &str = "HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic\r\n\r\n";

#[test]
fn a_proxy_that_refuses_the_password_is_asked_once() {
    let proxy = CannedServer::start(REFUSED);
    for (empty, variable) in [("", "https_proxy"), (" ", "all_proxy")] {
        let url = format!(" http://me:hunter%212@127.0.0.1:{}/\r\n", proxy.port);
        // An empty variable does not hide another one.
        let step = list("https://ghes.acme.test/api/v3").env("HTTPS_PROXY", empty).secret_env(variable, &url);
        let run = run_without_retry(step.never_shows("hunter!2"));
        assert!(run.log.contains("the proxy did not accept the user name and password"), "{}", run.log);
        assert!(run.log.contains("check the user name and password in HTTPS_PROXY"), "{}", run.log);
        let received = proxy.received();
        assert_eq!(received.len(), 1, "{received:?}");
        assert!(received[0].starts_with("CONNECT ghes.acme.test:443 "), "{received:?}");
        assert!(received[0].contains("Basic bWU6aHVudGVyITI="), "{received:?}");
    }
}

/// Not every proxy answers 407, and the connector does not pass on its answer: the proxy is asked once more just to see
/// it.
#[test]
fn a_proxy_that_refuses_to_connect_is_retried_only_after_a_server_error() {
    for (answer, told) in [
        ("HTTP/1.0 401 Unauthorized\r\n\r\n", "did not accept the user name and password (the proxy answered 401"),
        ("HTTP/1.1 403 Forbidden\r\n\r\n", "the proxy refuses to connect to it (the proxy answered 403 to CONNECT)"),
    ] {
        let proxy = CannedServer::start(answer);
        let step = list("https://ghes.acme.test").env("HTTPS_PROXY", &format!("me:hunter2@127.0.0.1:{}", proxy.port));
        let run = run_without_retry(step);
        assert!(run.log.contains(told), "{}", run.log);
        let received = proxy.received();
        assert!(
            received.len() == 2 && received.iter().all(|received| received.contains("Basic bWU6aHVudGVyMg==")),
            "{received:?}"
        );
    }
    let proxy = CannedServer::start("HTTP/1.1 503 Service Unavailable\r\n\r\n");
    let step = list("https://ghes.acme.test").env("HTTPS_PROXY", &format!("127.0.0.1:{}", proxy.port));
    let run = step.with("max-wait", "1s").run();
    assert!(run.status == Some(1) && run.log.contains("the proxy answered 503 to CONNECT"), "{}", run.log);
    assert!(run.log.contains("title=Waiting"), "{}", run.log);
}

#[test]
fn an_invalid_proxy_is_an_error_and_not_ignored() {
    for value in ["CORP\\me:hunter2/w@127.0.0.1", "\"http://me:hunter2@127.0.0.1\"", "http://me:hunter2@127.0.0.1:x"] {
        let run = list("https://ghes.acme.test").secret_env("https_proxy", value).never_shows("hunter2").run();
        assert_eq!(run.status, Some(2), "{}", run.log);
        assert!(run.log.contains("environment variable https_proxy "), "{}", run.log);
        assert!(run.log.contains("::add-mask::hunter2"), "{}", run.log);
    }
    let run = list("https://ghes.acme.test").garbled_env("ALL_PROXY").run();
    assert!(run.status == Some(2) && run.log.contains("ALL_PROXY is not valid UTF-8"), "{}", run.log);
}

#[test]
fn no_proxy_accepts_ports_and_wildcards() {
    let (proxy, host) = (CannedServer::start(REFUSED), CannedServer::start("no TLS"));
    let (url, port) = (format!("http://127.0.0.1:{}", proxy.port), host.port);
    for (exceptions, is_direct) in [
        (format!("localhost:{port}"), true),
        (format!("x.dev,localhost:{port}"), true),
        ("*host".to_owned(), true),
        ("local*".to_owned(), true),
        ("localhost:443".to_owned(), false),
        ("*.localhost".to_owned(), false),
    ] {
        let step = list(&format!("https://localhost:{port}")).env("HTTPS_PROXY", &url).env("NO_PROXY", &exceptions);
        let run = run_without_retry(step);
        assert_eq!(
            (host.received().len(), proxy.received().len()),
            (is_direct.into(), (!is_direct).into()),
            "{exceptions}"
        );
        assert_eq!(run.log.contains("it does not speak TLS 1.2 or 1.3 on that port"), is_direct, "{}", run.log);
    }
}

#[test]
fn an_invalid_host_name_is_not_looked_up_again() {
    // Labels of a name can't be empty, so no name server is asked.
    let run = run_without_retry(list("https://ghes..acme.test"));
    assert!(
        run.log.contains("ghes..acme.test can't be reached") && run.log.contains("no host has that name"),
        "{}",
        run.log
    );
    let run = run_without_retry(list("https://ghes.acme.test").env("HTTPS_PROXY", "http://proxy..acme.test"));
    assert!(run.log.contains("no host has the name of the proxy"), "{}", run.log);
}
