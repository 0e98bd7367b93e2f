//! What is measured, one module each.

pub mod bot_posts;
pub mod posts;
pub mod room_page;
pub mod start;
