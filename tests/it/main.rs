//! Whole runs of the real binary against a fake GitHub: one scenario a file, each with its log, outputs, summary and
//! requests as one snapshot.

mod agreement;
mod app;
mod apply;
mod corpus;
mod create;
mod credentials;
mod echoes;
mod export;
mod faults;
mod files;
mod findings;
mod fleet;
mod harness;
mod inputs;
mod laws;
mod leaks;
mod pinned;
mod plan;
mod probe;
mod proxies;
mod read;
mod readme;
mod refusals;
mod reporting;
mod repositories;
mod rules;
mod schema;
mod secrets;
mod security;
mod summary;
mod update;
mod upsert_delete;
mod validate;
mod yaml;
