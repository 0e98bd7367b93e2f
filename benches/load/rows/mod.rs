//! What is measured, one module each.

pub mod posts;
pub mod room_page;
pub mod start;
