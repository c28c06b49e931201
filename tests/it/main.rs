//! Whole runs of the real binary against a fake GitHub: one scenario a file, each with its log, outputs, summary and
//! requests as one snapshot.

mod agreement;
mod apply;
mod corpus;
mod create;
mod export;
mod faults;
mod harness;
mod inputs;
mod laws;
mod plan;
mod read;
mod readme;
mod refusals;
mod reporting;
mod rules;
mod schema;
mod update;
mod upsert_delete;
mod validate;
mod yaml;
