//! Rooms: open to everyone, closed to all but the chosen, or direct between an exact set.

use serde::{Deserialize, Serialize};

use super::text::{Refused, required_line};
use super::{RoomId, Timestamp, UserId};

/// Longest room name, in characters.
pub const MAX_ROOM_NAME: usize = 100;
/// While the first room holds at most this many messages it shows the invitation.
pub const INVITE_WHILE_MESSAGES: i64 = 40;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RoomKind {
    Open,
    Closed,
    Direct,
}

impl RoomKind {
    pub fn as_str(self) -> &'static str {
        match self {
            RoomKind::Open => "open",
            RoomKind::Closed => "closed",
            RoomKind::Direct => "direct",
        }
    }

    pub fn from_stored(text: &str) -> Option<Self> {
        [RoomKind::Open, RoomKind::Closed, RoomKind::Direct]
            .into_iter()
            .find(|k| k.as_str() == text)
    }
}

/// A room. A direct room has no name of its own; it is called after the people in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    pub id: RoomId,
    pub kind: RoomKind,
    pub name: Option<String>,
    pub creator_id: UserId,
    pub created_at: Timestamp,
    /// Read-only and out of the sidebar since then.
    pub archived_at: Option<Timestamp>,
}

/// A room name of 1 to 100 characters, cleaned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomName(String);

impl RoomName {
    pub fn parse(text: &str) -> Result<Self, Refused> {
        required_line("The room's name", text, MAX_ROOM_NAME).map(Self)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}
