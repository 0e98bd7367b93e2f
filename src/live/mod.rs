//! Who is listening. Mechanism only: no database, no rendering.

pub mod hub;
pub mod topic;

pub use hub::{Hub, Publisher, Subscription, Subscriptions};
pub use topic::{CloseReason, Frame, Topic, Whom};
