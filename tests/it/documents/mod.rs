//! What the documents tell people is true: every example runs or is read, every message that they quote exists, every
//! link leads somewhere.

mod ci;
mod examples;
mod links;
mod messages;
mod terminal;
