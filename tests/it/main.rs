//! Whole runs of the real binary against a fake GitHub: one scenario a file, each with its log, outputs, summary and
//! requests as one snapshot.

mod apply;
mod create;
mod export;
mod harness;
mod inputs;
mod plan;
mod read;
mod refusals;
mod reporting;
mod update;
mod upsert_delete;
mod validate;
