//! Whole runs of the real binary against a fake GitHub: one scenario a file, each with its log, outputs, summary and
//! requests as one snapshot.

mod faults;
mod harness;
mod laws;
mod one_off;
