//! Everything that can change: one struct and one `apply` each, run on the writer thread only.

pub mod accounts;
pub mod attachments;
mod audit_log;
pub mod bans;
pub mod boosts;
pub mod bots;
pub mod deactivations;
pub mod directs;
pub mod epochs;
pub mod jobs;
pub mod memberships;
pub mod messages;
pub mod profiles;
pub mod push_subscriptions;
pub mod roles;
pub mod rooms;
pub mod searches;
pub mod sessions;
pub mod transfers;
pub mod users;
pub mod webhooks;

/// The transaction our commands run in.
pub type Tx<'a> = crate::db::WriteTx<'a, crate::events::Event>;
/// The handle our commands are sent through.
pub type Writer = crate::db::Writer<crate::events::Event>;
