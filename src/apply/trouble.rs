//! What went wrong with one change, in words.

use crate::github::ApiError;

/// What went wrong with one change: a sentence for a row, and all of it for the person who mends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// One sentence.
    pub headline: String,
    /// What there is to say besides, each on a line of its own.
    pub details: Vec<String>,
    /// The same words for errors that differ only in the request's path and id.
    pub gist: Option<String>,
}

impl Trouble {
    /// A trouble that one sentence tells.
    pub fn new(headline: impl Into<String>) -> Self {
        Self { headline: headline.into(), details: Vec::new(), gist: None }
    }

    /// A request's error is all that went wrong.
    pub fn of(error: &ApiError) -> Self {
        Self { headline: error.headline(), details: error.details(), gist: Some(error.gist()) }
    }

    /// The same, with something more to say.
    #[must_use]
    pub fn and(mut self, detail: impl Into<String>) -> Self {
        self.details.push(detail.into());
        // It is about this change alone.
        self.gist = None;
        self
    }

    /// The whole text.
    pub fn text(&self) -> String {
        let mut lines = vec![self.headline.as_str()];
        lines.extend(self.details.iter().map(String::as_str));
        lines.join("\n")
    }

    /// What is the same for equal errors.
    pub fn gist(&self) -> String {
        self.gist.clone().unwrap_or_else(|| self.text())
    }

    /// Every text in it, to be redacted.
    pub fn texts_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let Self { headline, details, gist } = self;
        std::iter::once(headline).chain(details).chain(gist)
    }
}
