//! Whole runs of the real binary against a fake GitHub: one scenario a file, each with its log, outputs, summary and
//! requests as one snapshot.

mod create;
mod harness;
mod inputs;
mod read;
mod refusals;
mod reporting;
mod update;
mod upsert_delete;
mod validate;
