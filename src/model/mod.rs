//! The nouns and their rules. Pure: no I/O, no clock, no SQL, no templates.

pub mod account;
pub mod attachment;
pub mod attention;
pub mod audit_log;
pub mod ban;
pub mod boost;
pub mod bot;
mod common_passwords;
pub mod condition;
pub mod cursor;
pub mod delivery;
pub mod ids;
pub mod job;
pub mod link_preview;
pub mod look_alikes;
pub mod membership;
pub mod message;
pub mod push_subscription;
pub mod quiet_hours;
pub mod room;
pub mod search;
pub mod session;
pub mod text;
pub mod theme;
pub mod timestamp;
pub mod transfer;
pub mod user;
pub mod webhook;

pub use account::{Account, AccountName, CustomStyles, JoinCode};
pub use attachment::{Attachment, NewAttachment, Preview};
pub use attention::Attention;
pub use audit_log::Deed;
pub use boost::{Boost, BoostContent};
pub use bot::{Bot, BotKey, BotToken, StoredBotToken};
pub use cursor::{ChangeKind, Cursor, Epoch, Position};
pub use delivery::{Delivery, DeliveryState, ToDeliver, Told};
pub use ids::{
    AttachmentId, BoostId, DeliveryId, JobId, MessageId, PushSubscriptionId, RoomId, SessionId,
    UserId,
};
pub use job::{Job, Lane};
pub use link_preview::LinkPreview;
pub use membership::{Involvement, Membership};
pub use message::{Author, Body, BodyFormat, ClientMessageId, Message, Original, ReplyTo};
pub use room::{Room, RoomKind, RoomName};
pub use session::Session;
pub use theme::Theme;
pub use timestamp::Timestamp;
pub use user::{Bio, EmailAddress, NamedUser, Password, Role, Status, User, UserName};
pub use webhook::{Webhook, WebhookSecret, WebhookUrl};
