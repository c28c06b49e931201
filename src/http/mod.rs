//! Requests over HTTP, whoever they are for: roots, proxies, bounded bodies, and why there is no answer.

mod barrier;
pub mod body;
pub mod proxy;
mod roots;
mod transport;
mod tunnel;

pub use barrier::Barrier;
pub use proxy::{Proxies, Proxy};
pub use roots::Roots;
pub use transport::Unreachable;
pub use transport::{chain, client, client_with};
pub use tunnel::Tunnel;
