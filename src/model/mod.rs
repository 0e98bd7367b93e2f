//! The nouns and their rules. Pure: no I/O, no clock, no SQL, no templates.

pub mod account;
pub mod attachment;
pub mod ban;
pub mod boost;
pub mod bot;
pub mod cursor;
pub mod ids;
pub mod job;
pub mod membership;
pub mod message;
pub mod room;
pub mod session;
pub mod text;
pub mod theme;
pub mod timestamp;
pub mod transfer;
pub mod user;

pub use account::{Account, AccountName, CustomStyles, JoinCode};
pub use attachment::Attachment;
pub use boost::{Boost, BoostContent};
pub use bot::{Bot, BotKey, BotToken, StoredBotToken};
pub use cursor::{Change, ChangeKind, Cursor};
pub use ids::{AttachmentId, BoostId, JobId, MessageId, RoomId, SessionId, UserId};
pub use job::Job;
pub use membership::{Involvement, Membership};
pub use message::{Author, Body, BodyFormat, ClientMessageId, Message, Original, ReplyTo};
pub use room::{Room, RoomKind, RoomName};
pub use session::Session;
pub use theme::Theme;
pub use timestamp::Timestamp;
pub use user::{Bio, EmailAddress, NamedUser, Password, Role, Status, User, UserName};
