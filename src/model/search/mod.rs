//! Finding what was said: the words a text is found by, and what a query asks for. Both sides of
//! the comparison are made here, so that they agree.

pub mod entry;
pub mod passage;
pub mod query;
mod stems;
pub mod words;

pub use entry::Entry;
pub use passage::{Passage, Piece};
pub use query::{Day, Filter, Query, Term};

/// Longest query, in characters.
pub const MAX_QUERY: usize = 200;
/// Hits on one page.
pub const HITS: usize = 20;
/// Queries remembered for each person.
pub const REMEMBERED: usize = 10;
