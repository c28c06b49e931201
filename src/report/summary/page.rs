//! A page that stays below the limit of whoever takes it.

use std::fmt::Write as _;

/// What takes the page, and how much of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The summary of a step, which the runner drops whole when it has more than 1 MiB.
    Step,
    /// A comment on a pull request, which GitHub refuses when it has more than 65,536 characters.
    Comment,
}

impl Place {
    /// So many bytes may the lists and what stands before them have. Bytes are at least as many as characters; the
    /// reserve is for the frames after the cut, and in a comment for a line with which a workflow marks its own.
    pub(super) const fn room(self) -> usize {
        match self {
            Self::Step => 1024 * 1024 - 4096,
            Self::Comment => 65_536 - 4096 - 512,
        }
    }

    const fn reason(self) -> &'static str {
        match self {
            Self::Step => "a summary may have 1 MiB: see the log or `result`",
            Self::Comment => "a comment may have 65,536 characters: see the job summary or the log",
        }
    }
}

/// A summary that stays below the limit: the pieces of a list are left out where they would pass it, and counted; what
/// frames them has a reserve.
pub(super) struct Page {
    place: Place,
    text: String,
    left_out: usize,
    limit: usize,
}

impl Page {
    pub(super) const fn new(place: Place) -> Self {
        Self::within(place, place.room())
    }

    /// A part of a page, of so many bytes.
    pub(super) const fn within(place: Place, limit: usize) -> Self {
        Self { place, text: String::new(), left_out: 0, limit }
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
            let _ = write!(self.text, "\n**{} more are left out, because {}.**\n", self.left_out, self.place.reason());
        }
        self.text
    }
}
