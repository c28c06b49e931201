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

/// A summary that stays below the limit: the pieces of a list are left out where they would pass it, and those that the
/// page is about are counted; what frames them has a reserve.
pub(super) struct Page {
    place: Place,
    text: String,
    /// Whether anything was left out.
    is_cut: bool,
    /// How much of what the page is about was left out.
    left_out: usize,
    limit: usize,
}

impl Page {
    pub(super) const fn new(place: Place) -> Self {
        Self::within(place, place.room())
    }

    /// A part of a page, of so many bytes.
    pub(super) const fn within(place: Place, limit: usize) -> Self {
        Self { place, text: String::new(), is_cut: false, left_out: 0, limit }
    }

    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// Adds what frames a list.
    pub(super) fn push(&mut self, piece: &str) {
        self.text.push_str(piece);
    }

    /// Adds the pieces of a list, each whole or, after the first that does not fit, not at all. They are what the page is
    /// about, such as changes.
    pub(super) fn push_all(&mut self, pieces: impl Iterator<Item = String>) {
        pieces.for_each(|piece| self.push_piece(&piece, 1));
    }

    /// The same of what is said besides.
    pub(super) fn push_notes(&mut self, pieces: impl Iterator<Item = String>) {
        pieces.for_each(|piece| self.push_piece(&piece, 0));
    }

    /// The same of one piece, which has so many of what the page is about.
    pub(super) fn push_piece(&mut self, piece: &str, number: usize) {
        self.is_cut |= !self.has_room(piece);
        if self.is_cut {
            self.left_out += number;
        } else {
            self.text.push_str(piece);
        }
    }

    /// Adds a block that makes sense only as a whole, wherever the lists were cut.
    pub(super) fn push_block(&mut self, block: &str) {
        if self.has_room(block) {
            self.text.push_str(block);
        } else {
            self.is_cut = true;
        }
    }

    fn has_room(&self, piece: &str) -> bool {
        self.text.len() + piece.len() <= self.limit
    }

    pub(super) fn finish(mut self) -> String {
        let reason = self.place.reason();
        if self.left_out > 0 {
            let _ = write!(self.text, "\n**{} more are left out, because {reason}.**\n", self.left_out);
        } else if self.is_cut {
            let _ = write!(self.text, "\n**Something is left out, because {reason}.**\n");
        }
        self.text
    }
}
