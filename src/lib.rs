//! Campfire on Rust: group chat that a team runs itself. Read from top to bottom: what is asked
//! for, what can change, what follows, and what all of them speak of.

pub mod access;
pub mod after_commit;
pub mod app;
pub mod backups;
pub mod certificates;
pub mod cli;
pub mod clock;
pub mod commands;
pub mod config;
pub mod data_dir;
pub mod db;
pub mod demo;
pub mod error;
pub mod events;
pub mod export;
pub mod files;
pub mod import;
pub mod jobs;
pub mod live;
pub mod machine;
pub mod measures;
pub mod model;
pub mod outbound;
pub mod pages;
pub mod passwords;
pub mod pictures;
pub mod progress;
pub mod queries;
pub mod richtext;
pub mod tokens;
pub mod views;
pub mod web;
