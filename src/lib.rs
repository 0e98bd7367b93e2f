//! Campfire on Rust: group chat that a team runs itself. The floors, top to bottom.

pub mod model;
pub mod views;
pub mod web;
