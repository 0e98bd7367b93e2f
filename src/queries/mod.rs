//! Looked up: functions of a connection, used by readers and inside commands. Nothing here writes.

pub mod access;
pub mod accounts;
pub mod attachments;
pub mod audit;
pub mod boosts;
pub mod bots;
pub mod changes;
pub mod columns;
pub mod epochs;
pub mod export;
pub mod files;
pub mod jobs;
pub mod link_previews;
pub mod memberships;
pub mod mentions;
pub mod messages;
pub mod people;
pub mod replies;
pub mod rooms;
pub mod searches;
pub mod sessions;
pub mod sidebar;
pub mod transfers;
pub mod users;
pub mod webhooks;
