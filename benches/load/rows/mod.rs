//! What is measured, one module each.

pub mod beside;
pub mod bot_posts;
pub mod chatter;
pub mod day;
pub mod durable;
pub mod growth;
pub mod lists;
pub mod moving_in;
pub mod posts;
pub mod room_page;
pub mod search;
pub mod sign_ins;
pub mod sockets;
pub mod start;
pub mod visits;
