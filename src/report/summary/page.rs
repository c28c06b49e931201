//! A page that stays below the size limit of the place where it is shown.

use std::fmt::Write as _;

/// The place where a page is shown, which limits its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The summary of a step. The runner drops the whole summary if it is larger than 1 MiB.
    Step,
    /// A comment on a pull request. GitHub refuses one of more than 65,536 characters.
    Comment,
}

impl Place {
    /// Returns the room for lists and the text before them, in bytes (a text has at least as many bytes as characters).
    /// The reserve is for the text around lists after a cut and, in a comment, for a line with which a workflow marks
    /// its own.
    pub(super) const fn room(self) -> usize {
        match self {
            Self::Step => 1024 * 1024 - 4096,
            Self::Comment => 65_536 - 4096 - 512,
        }
    }

    const fn reason(self) -> &'static str {
        match self {
            Self::Step => "a summary is limited to 1 MiB: see the log or `result`",
            Self::Comment => "a comment is limited to 65,536 characters: see the job summary or the log",
        }
    }
}

/// A page that stays below the limit: pieces of lists that would exceed it are left out, and the items among them (what
/// the page is about, such as changes) are counted. The text around lists has a reserve.
pub(super) struct Page {
    place: Place,
    text: String,
    /// Whether anything was left out.
    is_cut: bool,
    /// The number of items that were left out.
    left_out: usize,
    limit: usize,
}

impl Page {
    pub(super) const fn new(place: Place) -> Self {
        Self::within(place, place.room())
    }

    /// Creates a part of a page, of at most `limit` bytes.
    pub(super) const fn within(place: Place, limit: usize) -> Self {
        Self { place, text: String::new(), is_cut: false, left_out: 0, limit }
    }

    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// Adds text around lists.
    pub(super) fn push(&mut self, piece: &str) {
        self.text.push_str(piece);
    }

    /// Adds a list of items. Each is added whole or, from the first that does not fit, left out and counted.
    pub(super) fn push_all(&mut self, pieces: impl Iterator<Item = String>) {
        pieces.for_each(|piece| self.push_piece(&piece, 1));
    }

    /// Adds a list of remarks like [`Page::push_all`], without counting them.
    pub(super) fn push_notes(&mut self, pieces: impl Iterator<Item = String>) {
        pieces.for_each(|piece| self.push_piece(&piece, 0));
    }

    /// Adds one piece like [`Page::push_all`], and counts it as `number` items.
    pub(super) fn push_piece(&mut self, piece: &str, number: usize) {
        self.is_cut |= !self.has_room(piece);
        if self.is_cut {
            self.left_out += number;
        } else {
            self.text.push_str(piece);
        }
    }

    /// Adds a block that is only useful as a whole, if it fits, even after lists were cut.
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
