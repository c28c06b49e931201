//! Tests of the fake itself, which the other tests depend on: over the wire, as a client sees it.

mod access;
mod app;
mod client;
mod endpoints;
mod faults;
mod options;
mod record;
mod validation;
