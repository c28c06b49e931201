//! Counts the answers 401 to each header at each host, since many hosts lock an account after a few of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use url::Url;

use super::candidate::SignIn;

/// The number of times that a host may answer 401 to a header that it has not accepted before. Many hosts lock an
/// account after five attempts.
pub(super) const MOST_FAILURES: usize = 3;

/// What became of each header at each host.
#[derive(Default)]
pub(super) struct Attempts(Mutex<BTreeMap<SignIn, Attempt>>);

#[derive(Default)]
struct Attempt {
    /// The urls that answered 401. A request that is not sent again does not count again.
    failed: BTreeSet<String>,
    /// Whether the host has accepted the header.
    is_known: bool,
}

impl Attempt {
    fn failures(&self) -> usize {
        if self.is_known { 0 } else { self.failed.len() }
    }
}

impl Attempts {
    /// Reports whether the header may be sent to a url. A request that was sent before is answered from memory.
    pub(super) fn allows(&self, sign_in: &SignIn, url: &Url) -> bool {
        let all = self.lock();
        all.get(sign_in)
            .is_none_or(|attempt| attempt.failures() < MOST_FAILURES || attempt.failed.contains(url.as_str()))
    }

    /// Records an answer 401.
    pub(super) fn failed(&self, sign_in: SignIn, url: &Url) {
        self.lock().entry(sign_in).or_default().failed.insert(url.as_str().to_owned());
    }

    /// Records that a host accepts the header. It may answer 401 at some of its paths all the same.
    pub(super) fn accepted(&self, sign_in: SignIn) {
        self.lock().entry(sign_in).or_default().is_known = true;
    }

    pub(super) fn is_known(&self, sign_in: &SignIn) -> bool {
        self.lock().get(sign_in).is_some_and(|attempt| attempt.is_known)
    }

    /// Reports whether the header must not be sent to this host any more.
    pub(super) fn is_spent(&self, sign_in: &SignIn) -> bool {
        self.lock().get(sign_in).is_some_and(|attempt| attempt.failures() >= MOST_FAILURES)
    }

    /// Returns the largest number of failures of a header at any one host.
    pub(super) fn most_failures(&self, digest: &[u8; 32]) -> usize {
        let all = self.lock();
        let of_header = all.iter().filter(|(sign_in, _)| sign_in.digest == *digest);
        of_header.map(|(_, attempt)| attempt.failures()).max().unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<SignIn, Attempt>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(path: &str) -> Url {
        Url::parse("https://auth.acme.dev").unwrap().join(path).unwrap()
    }

    #[test]
    fn a_header_is_spent_after_three_different_urls_refuse_it_unless_the_host_knows_it() {
        let attempts = Attempts::default();
        let sign_in = |origin: &str| SignIn { origin: origin.to_owned(), digest: [7; 32] };
        for path in ["/1", "/1", "/2"] {
            attempts.failed(sign_in("a"), &url(path));
        }
        assert!(attempts.allows(&sign_in("a"), &url("/3")) && attempts.most_failures(&[7; 32]) == 2);
        attempts.failed(sign_in("a"), &url("/3"));
        assert!(attempts.is_spent(&sign_in("a")) && !attempts.allows(&sign_in("a"), &url("/4")));
        assert!(attempts.allows(&sign_in("a"), &url("/2")), "it is answered from memory");
        assert!(attempts.allows(&sign_in("b"), &url("/4")) && attempts.most_failures(&[8; 32]) == 0);
        attempts.accepted(sign_in("a"));
        assert!(attempts.allows(&sign_in("a"), &url("/4")) && !attempts.is_spent(&sign_in("a")));
    }
}
