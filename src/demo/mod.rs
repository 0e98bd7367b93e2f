//! A place to look around: made-up people who have talked for a week and go on talking. Only
//! `campfire demo` brings it about, on a data directory of its own.

pub mod answers;
pub mod cast;
pub mod company;
pub mod fill;
pub mod picture;
pub mod talk;
