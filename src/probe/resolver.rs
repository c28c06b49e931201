//! Resolves the addresses of a host, and refuses a name that resolves to this machine. The owner of a name decides what
//! it resolves to, and local services trust local clients.

use std::error::Error;
use std::fmt;
use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// The error that a name resolves to this machine.
#[derive(Debug)]
pub(super) struct LeadsHere;

impl fmt::Display for LeadsHere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("its name resolves to this machine, to which secrets go only by a literal loopback address")
    }
}

impl Error for LeadsHere {}

/// The system's resolver, restricted to the addresses that are allowed for a host.
#[derive(Clone, Copy, Debug)]
pub(super) struct Resolver {
    /// Whether the host is literally `localhost`, which may resolve only to this machine.
    pub(super) is_loopback: bool,
}

impl Resolver {
    /// Returns the addresses of a name that may be connected to.
    fn admit(self, addresses: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, LeadsHere> {
        let (here, elsewhere): (Vec<_>, Vec<_>) = addresses.into_iter().partition(is_here);
        match (self.is_loopback, here.is_empty()) {
            (true, _) => Ok(here),
            (false, true) => Ok(elsewhere),
            (false, false) => Err(LeadsHere),
        }
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let resolver = *self;
        Box::pin(async move {
            let addresses = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let admitted: Addrs = Box::new(resolver.admit(addresses)?.into_iter());
            Ok(admitted)
        })
    }
}

/// Reports whether a name resolves to this machine. A proxy resolves names itself, so its result may differ.
pub(super) async fn leads_here(host: &str) -> bool {
    let found = tokio::net::lookup_host((host.trim_matches(['[', ']']), 0)).await;
    found.is_ok_and(|mut addresses| addresses.any(|address| is_here(&address)))
}

/// Reports whether an address is this machine's: a loopback address, or an unspecified one, which leads here too.
fn is_here(address: &SocketAddr) -> bool {
    let address = address.ip().to_canonical();
    address.is_loopback() || address.is_unspecified()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_resolves_to_loopback_is_refused_whole() {
        let addresses = |texts: &[&str]| texts.iter().map(|text| format!("{text}:0").parse().unwrap()).collect();
        let admit = |is_loopback, texts: &[&str]| Resolver { is_loopback }.admit(addresses(texts));
        for texts in [
            &["127.0.0.1"][..],
            &["127.1.2.3"],
            &["[::1]"],
            &["[::ffff:127.0.0.1]"],
            &["0.0.0.0"],
            &["[::]"],
            // Another address does not make up for it.
            &["192.0.2.1", "127.0.0.1"],
        ] {
            assert!(admit(false, texts).is_err(), "{texts:?}");
        }
        assert_eq!(admit(false, &["192.0.2.1", "[2001:db8::1]"]).unwrap().len(), 2);
        assert_eq!(admit(true, &["192.0.2.1", "127.0.0.1"]).unwrap(), addresses(&["127.0.0.1"]));
    }

    /// `localhost` is the one name that resolves to this machine everywhere.
    #[test]
    fn localhost_is_refused_unless_it_is_literal() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let resolve = |is_loopback| {
            let name = "localhost".parse().unwrap();
            runtime.block_on(Resolver { is_loopback }.resolve(name)).map(Iterator::count)
        };
        assert!(resolve(false).unwrap_err().is::<LeadsHere>());
        assert!(resolve(true).unwrap() > 0);
        assert!(runtime.block_on(leads_here("localhost")) && !runtime.block_on(leads_here("192.0.2.1")));
    }
}
