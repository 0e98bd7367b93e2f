//! Campfire on Rust: group chat that a team runs itself. Read from top to bottom: what is asked
//! for, what can change, what follows, and what all of them speak of.

pub mod cli;
pub mod config;
pub mod data_dir;
pub mod app;
pub mod web;
pub mod after_commit;
pub mod commands;
pub mod access;
pub mod queries;
pub mod db;
pub mod live;
pub mod views;
pub mod richtext;
pub mod passwords;
pub mod events;
pub mod error;
pub mod model;
