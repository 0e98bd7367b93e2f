//! What is told to a bot's program, once for each message that concerns the bot.

use super::timestamp::{DAY_MS, MINUTE_MS};
use super::{DeliveryId, MessageId, RoomId, Timestamp, User, UserId, Webhook};

/// A delivery waits this long at most, and is remembered this long, in milliseconds.
pub const KEEP_MS: i64 = DAY_MS;
/// How often one that failed is tried again.
pub const MOST_RETRIES: u32 = 3;
/// Starts of one delivery at most, those included that the end of the server cut short.
pub const MOST_ATTEMPTS: u32 = 12;
/// How often one bot's program is told within a minute; what is beyond waits.
pub const MOST_A_MINUTE: usize = 60;
/// Bot messages in a chain that one person began. The last of them is told to no bot.
pub const MOST_IN_CHAIN: i64 = 10;
/// What a bot writes within this time after it was told of something counts as following from it,
/// in milliseconds.
pub const CHAIN_WINDOW_MS: i64 = 5 * MINUTE_MS;

/// Why no bot is told of the last message of a chain.
pub const CHAIN_AT_ITS_END: &str = "Not sent: bots had answered each other ten times.";
/// Why nothing is sent to a bot without a webhook.
pub const NO_WEBHOOK: &str = "Not sent: the bot has no webhook any more.";
/// Why nothing is sent that waited for a day.
pub const TOO_OLD: &str = "Given up after a day.";

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    /// Not heard yet; it is tried, or tried again.
    Waiting,
    /// The program has answered.
    Delivered,
    /// It was tried, and will not be tried again.
    Failed,
    /// Never sent, for the reason given.
    Dropped,
}

impl DeliveryState {
    const ALL: [Self; 4] = [Self::Waiting, Self::Delivered, Self::Failed, Self::Dropped];

    pub fn as_str(self) -> &'static str {
        match self {
            DeliveryState::Waiting => "waiting",
            DeliveryState::Delivered => "delivered",
            DeliveryState::Failed => "failed",
            DeliveryState::Dropped => "dropped",
        }
    }

    pub fn from_stored(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// A delivery as administrators see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    pub id: DeliveryId,
    pub room_id: RoomId,
    /// None for pings, and for rooms that are gone.
    pub room_name: Option<String>,
    /// None for a test event.
    pub message_id: Option<MessageId>,
    pub state: DeliveryState,
    pub attempts: u32,
    /// What the program answered last.
    pub http_status: Option<u16>,
    /// What became of it, in a sentence.
    pub outcome: Option<String>,
    pub run_at: Timestamp,
    pub created_at: Timestamp,
    pub settled_at: Option<Timestamp>,
}

/// All that is needed to tell a bot's program.
#[derive(Clone, Debug)]
pub struct ToDeliver {
    pub id: DeliveryId,
    pub created_at: Timestamp,
    /// This attempt is the first, second, ...
    pub attempt: u32,
    pub bot: User,
    pub webhook: Webhook,
    /// None if it has no key.
    pub sealed_token: Option<String>,
    /// Who wrote the message, or asked for a test.
    pub author_id: UserId,
    pub author_name: String,
    pub room_id: RoomId,
    /// None for pings.
    pub room_name: Option<String>,
    /// None for a test event.
    pub message: Option<Told>,
}

impl ToDeliver {
    /// The same at every attempt, and no other delivery's, not even in a restored copy of the
    /// database: by it a program tells what it has heard before.
    pub fn idempotency_key(&self) -> String {
        format!("{}-{}", self.created_at.0, self.id)
    }
}

/// A message as a bot's program hears of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub id: MessageId,
    /// None if it is nothing but a file.
    pub html: Option<String>,
    /// Its text; the file's name if it is nothing but a file.
    pub plain: String,
}
