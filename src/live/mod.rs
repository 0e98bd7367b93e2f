//! Who is listening. Mechanism only: no database, no rendering.

use std::sync::Arc;

pub mod heartbeat;
pub mod hub;
pub mod online;
pub mod presence;
pub mod threads;
pub mod topic;
pub mod typing;

pub use heartbeat::{Beat, Heartbeat};
pub use hub::{Hub, Publisher, Subscription, Subscriptions};
pub use online::Online;
pub use presence::Presence;
pub use threads::SocketThreads;
pub use topic::{CloseReason, Frame, Topic, Whom};
pub use typing::Typing;

/// What is told without a commit.
#[derive(Clone)]
pub struct Signals {
    pub typing: Arc<Typing>,
    pub presence: Arc<Presence>,
    pub online: Arc<Online>,
}
