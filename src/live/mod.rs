//! Who is listening. Mechanism only: no database, no rendering.

pub mod heartbeat;
pub mod hub;
pub mod online;
pub mod presence;
pub mod topic;
pub mod typing;

pub use heartbeat::{Beat, Heartbeat};
pub use hub::{Hub, Publisher, Subscription, Subscriptions};
pub use online::Online;
pub use presence::Presence;
pub use topic::{CloseReason, Frame, Topic, Whom};
pub use typing::Typing;
