//! The description of what went wrong with a change.

use crate::github::ApiError;

/// The description of what went wrong with a change: a headline for tables, and details for whoever fixes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// One sentence.
    pub headline: String,
    /// Everything else, one item per line.
    pub details: Vec<String>,
    /// A text that is equal for errors that differ only in the request's path and id.
    pub gist: Option<String>,
}

impl Trouble {
    /// Creates a description of one sentence.
    pub fn new(headline: impl Into<String>) -> Self {
        Self { headline: headline.into(), details: Vec::new(), gist: None }
    }

    /// Creates a description from a request's error.
    pub fn of(error: &ApiError) -> Self {
        Self { headline: error.headline(), details: error.details(), gist: Some(error.gist()) }
    }

    /// Adds a detail.
    #[must_use]
    pub fn and(mut self, detail: impl Into<String>) -> Self {
        self.details.push(detail.into());
        // With the detail, it is specific to this change.
        self.gist = None;
        self
    }

    /// Returns the whole text.
    pub fn text(&self) -> String {
        let mut lines = vec![self.headline.as_str()];
        lines.extend(self.details.iter().map(String::as_str));
        lines.join("\n")
    }

    /// Returns the text that is equal for equal errors.
    pub fn gist(&self) -> String {
        self.gist.clone().unwrap_or_else(|| self.text())
    }

    /// Returns every text in it, for redaction.
    pub fn texts_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let Self { headline, details, gist } = self;
        std::iter::once(headline).chain(details).chain(gist)
    }
}
