//! What has happened: the closed list of committed facts. Plain data, so that one day they can
//! leave the process; everything that follows from a change is decided from these alone.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::model::{
    Author, Cursor, Involvement, Lane, Message, MessageId, Role, RoomId, RoomKind, SessionId,
    Status, Timestamp, UserId,
};
use crate::words::Language;

/// Keyed hash of a secret token: what the database and the access index know a browser or a bot by.
pub type TokenHash = [u8; 32];

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    AccountChanged,
    /// A new person or bot, or one whose role or status is now this.
    UserAdmitted {
        user_id: UserId,
        role: Role,
        status: Status,
    },
    /// Nobody may write from this address while this user is banned.
    AddressBanned {
        user_id: UserId,
        address: IpAddr,
    },
    /// The addresses of this user are free again.
    BanLifted {
        user_id: UserId,
    },
    /// A bot is known by another key from now on.
    BotKeyChanged {
        user_id: UserId,
        token_hash: TokenHash,
    },
    /// Somebody reads our pages in this language from now on; none: in that of their browser.
    LanguageChosen {
        user_id: UserId,
        language: Option<Language>,
    },
    /// Name, picture or another shown field changed.
    UserChanged {
        user_id: UserId,
    },
    /// A room shows this person, whose name or picture is this now.
    PersonRenamed {
        cursor: Cursor,
        room_id: RoomId,
        person: Author,
    },
    SessionStarted {
        session: SessionStarted,
    },
    SessionTouched {
        token_hash: TokenHash,
        at: Timestamp,
    },
    SessionEnded {
        token_hash: TokenHash,
        session_id: SessionId,
        user_id: UserId,
    },
    RoomCreated {
        room_id: RoomId,
        kind: RoomKind,
    },
    /// Name or kind changed.
    RoomChanged {
        room_id: RoomId,
        kind: RoomKind,
        was: RoomKind,
    },
    RoomDeleted {
        room_id: RoomId,
        kind: RoomKind,
        member_ids: Vec<UserId>,
    },
    MembershipGranted {
        room_id: RoomId,
        user_id: UserId,
        involvement: Involvement,
    },
    MembershipRevoked {
        room_id: RoomId,
        user_id: UserId,
    },
    /// Read-only and out of the sidebars from now on.
    RoomArchived {
        room_id: RoomId,
        kind: RoomKind,
    },
    /// No longer archived.
    RoomRestored {
        room_id: RoomId,
        kind: RoomKind,
    },
    /// How much of a room a member wants to hear.
    InvolvementChanged {
        room_id: RoomId,
        user_id: UserId,
        involvement: Involvement,
    },
    /// A member has now seen everything up to this message.
    RoomRead {
        room_id: RoomId,
        user_id: UserId,
        last_read_message_id: MessageId,
    },
    /// A member wants what follows this message to count as unread again.
    RoomMarkedUnread {
        room_id: RoomId,
        user_id: UserId,
        last_read_message_id: MessageId,
    },
    MessagePosted {
        cursor: Cursor,
        message: Box<Message>,
    },
    MessageEdited {
        cursor: Cursor,
        message: Box<Message>,
    },
    /// What calls these people is something else now: a message was changed that called them, or
    /// that calls them now.
    CallsChanged {
        user_ids: Vec<UserId>,
    },
    /// Somebody gave it a boost or took one back.
    MessageBoosted {
        cursor: Cursor,
        message: Box<Message>,
    },
    MessageDeleted {
        cursor: Cursor,
        room_id: RoomId,
        message_id: MessageId,
    },
    /// There is work to be done after this.
    JobQueued {
        lane: Lane,
    },
    /// The program behind a bot is to be told something.
    DeliveryQueued,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionStarted {
    pub token_hash: TokenHash,
    pub session_id: SessionId,
    pub user_id: UserId,
    pub created_at: Timestamp,
    pub last_active_at: Timestamp,
}
