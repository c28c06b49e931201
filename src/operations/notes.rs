//! The diagnostics that are printed when a run is about to write or has ended: each once, the most severe first, and
//! those about a file in the order of its lines.

use crate::diagnostics::Diagnostic;

/// The diagnostics of a run.
#[derive(Default)]
pub(super) struct Notes {
    pending: Vec<Diagnostic>,
    printed: Vec<Diagnostic>,
}

impl Notes {
    /// Adds a diagnostic. Returns `false` if it was added before.
    pub(super) fn add(&mut self, diagnostic: Diagnostic) -> bool {
        let is_new = !self.pending.contains(&diagnostic) && !self.printed.contains(&diagnostic);
        if is_new {
            self.pending.push(diagnostic);
        }
        is_new
    }

    /// Passes what was not printed yet to `print`.
    pub(super) fn print(&mut self, print: impl Fn(&Diagnostic)) {
        self.pending.sort_by_key(|diagnostic| (diagnostic.severity, diagnostic.location.clone()));
        self.pending.iter().for_each(print);
        self.printed.append(&mut self.pending);
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn each_is_printed_once_and_the_most_severe_first() {
        let mut notes = Notes::default();
        let notice = Diagnostic::notice("a", "notice");
        let kept = [notice.clone(), Diagnostic::warning("b", "1"), Diagnostic::error("c", "error"), notice.clone()]
            .map(|diagnostic| notes.add(diagnostic));
        assert_eq!(kept, [true, true, true, false]);
        let printed = RefCell::new(Vec::new());
        let print = |notes: &mut Notes| notes.print(|diagnostic| printed.borrow_mut().push(diagnostic.message.clone()));
        print(&mut notes);
        assert!(!notes.add(notice) && notes.add(Diagnostic::warning("b", "2")));
        print(&mut notes);
        assert_eq!(printed.into_inner(), ["error", "1", "notice", "2"]);
    }
}
