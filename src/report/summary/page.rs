//! A page that stays below the runner's limit.

use std::fmt::Write as _;

/// The runner drops a summary of more than 1 MiB whole; this leaves room for what follows the cut.
pub(super) const LIMIT: usize = 1024 * 1024 - 4096;

/// A summary that stays below the runner's limit: the pieces of a list are left out where they would pass it, and
/// counted; what frames them has a reserve.
pub(super) struct Page {
    text: String,
    left_out: usize,
    limit: usize,
}

impl Default for Page {
    fn default() -> Self {
        Self::within(LIMIT)
    }
}

impl Page {
    /// A page, or a part of one, of so many bytes.
    pub(super) const fn within(limit: usize) -> Self {
        Self { text: String::new(), left_out: 0, limit }
    }

    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// Adds what frames a list.
    pub(super) fn push(&mut self, piece: &str) {
        self.text.push_str(piece);
    }

    /// Adds the pieces of a list, each whole or, after the first that does not fit, not at all.
    pub(super) fn push_all(&mut self, pieces: impl Iterator<Item = String>) {
        for piece in pieces {
            if self.left_out == 0 && self.text.len() + piece.len() <= self.limit {
                self.text.push_str(&piece);
            } else {
                self.left_out += 1;
            }
        }
    }

    pub(super) fn finish(mut self) -> String {
        if self.left_out > 0 {
            let _ = write!(
                self.text,
                "\n**{} more are left out, because a summary may have 1 MiB: see the log or `result`.**\n",
                self.left_out
            );
        }
        self.text
    }
}
