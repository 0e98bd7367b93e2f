//! Moving in: reads what another chat kept and fills an empty data directory with it.
//!
//! Everything is written to a database that is no server's yet, in `importing/` inside the data
//! directory, and moved into place as the last step. An import that is interrupted leaves nothing
//! that a server could take for the whole; run again, it goes on where it was.

mod attachments;
pub mod campfire;
mod cards;
mod indexing;
mod names;
mod report;
pub mod slack;
mod soundness;
mod trial;
mod unfinished;

pub use report::Report;
