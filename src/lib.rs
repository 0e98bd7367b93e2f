//! Campfire on Rust: group chat that a team runs itself. The floors, top to bottom.

pub mod richtext;

pub mod model;
