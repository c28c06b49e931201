//! The fake is what the other tests stand on, so it is tested itself: over the wire, as a client sees it.

mod access;
mod app;
mod client;
mod endpoints;
mod faults;
mod options;
mod record;
mod validation;
