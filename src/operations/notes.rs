//! What is to be said once a run is about to write, or has ended: each once, the most severe first, and of a file in the
//! order of its lines.

use crate::diagnostics::Diagnostic;

/// What has been noticed.
#[derive(Default)]
pub(super) struct Notes {
    pending: Vec<Diagnostic>,
    said: Vec<Diagnostic>,
}

impl Notes {
    /// Keeps it to be said; `false` when it was there already.
    pub(super) fn add(&mut self, diagnostic: Diagnostic) -> bool {
        let is_new = !self.pending.contains(&diagnostic) && !self.said.contains(&diagnostic);
        if is_new {
            self.pending.push(diagnostic);
        }
        is_new
    }

    /// Says what is pending.
    pub(super) fn say(&mut self, tell: impl Fn(&Diagnostic)) {
        self.pending.sort_by_key(|diagnostic| (diagnostic.severity, diagnostic.location.clone()));
        self.pending.iter().for_each(tell);
        self.said.append(&mut self.pending);
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn each_is_said_once_and_the_most_severe_first() {
        let mut notes = Notes::default();
        let notice = Diagnostic::notice("a", "notice");
        let kept = [notice.clone(), Diagnostic::warning("b", "1"), Diagnostic::error("c", "error"), notice.clone()]
            .map(|diagnostic| notes.add(diagnostic));
        assert_eq!(kept, [true, true, true, false]);
        let said = RefCell::new(Vec::new());
        let say = |notes: &mut Notes| notes.say(|diagnostic| said.borrow_mut().push(diagnostic.message.clone()));
        say(&mut notes);
        assert!(!notes.add(notice) && notes.add(Diagnostic::warning("b", "2")));
        say(&mut notes);
        assert_eq!(said.into_inner(), ["error", "1", "notice", "2"]);
    }
}
