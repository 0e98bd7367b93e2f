//! Campfire on Rust: group chat that a team runs itself. The floors, top to bottom.

pub mod access;
pub mod commands;
pub mod db;
pub mod error;
pub mod events;
pub mod live;
pub mod model;
pub mod passwords;
pub mod queries;
