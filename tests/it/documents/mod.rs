//! Checks that the documents are true: every example runs or can be read, every quoted message exists, and every link
//! leads somewhere.

mod ci;
mod examples;
mod links;
mod messages;
mod terminal;
