//! HTTP independent of GitHub: certificate authorities, proxies, bounded bodies, and the causes of failed connections.

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
