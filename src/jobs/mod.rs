//! Later: work that nobody waits for.

pub mod sweep;
