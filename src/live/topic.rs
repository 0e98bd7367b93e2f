//! What can be listened to, what is delivered, and why a listener is sent away.

use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::model::{Cursor, RoomId, SessionId, UserId};
use crate::words::Language;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// What happens in a room, for those who look at it.
    Room(RoomId),
    /// What concerns one person: their sidebar, unread counts, session.
    User(UserId),
    /// What concerns everybody who is signed in.
    Everyone,
}

/// A piece of HTML on its way to browsers. Clones share the bytes, which are known to be text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The number of the room's change this frame shows; none for what no cursor covers.
    pub cursor: Option<Cursor>,
    /// Who else than those who read this language gets another one; none: it says no word.
    pub language: Option<Language>,
    pub html: Utf8Bytes,
}

impl Frame {
    /// A frame that shows a numbered change of a room.
    pub fn of_change(cursor: Cursor, html: String) -> Self {
        Self { cursor: Some(cursor), language: None, html: html.into() }
    }

    pub fn unnumbered(html: String) -> Self {
        Self { cursor: None, language: None, html: html.into() }
    }
}

/// Why the server ends a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseReason {
    /// The server stops; come back.
    Restart,
    /// The listener does not keep up; come back with your cursor.
    TooSlow,
    SignedOut,
    NoLongerMember,
}

impl CloseReason {
    /// The WebSocket close code.
    pub fn code(self) -> u16 {
        match self {
            CloseReason::Restart => 1012,
            CloseReason::TooSlow => 1013,
            CloseReason::SignedOut => 4401,
            CloseReason::NoLongerMember => 4403,
        }
    }
}

/// Whose subscriptions are ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    Session(SessionId),
    User(UserId),
    UserInRoom(UserId, RoomId),
    Room(RoomId),
    Everyone,
}
