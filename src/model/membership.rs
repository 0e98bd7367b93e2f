//! A user in a room: how much they want to hear, and how far they have read.

use serde::{Deserialize, Serialize};

use super::{MessageId, RoomId, RoomKind, UserId};

/// How much of a room reaches a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Involvement {
    /// Not listed, no unread mark, no push.
    Invisible,
    /// Listed and marked unread, no push.
    Nothing,
    /// Push only when mentioned.
    Mentions,
    /// Push for every message.
    Everything,
}

impl Involvement {
    pub const ALL: [Involvement; 4] = [
        Involvement::Mentions,
        Involvement::Everything,
        Involvement::Nothing,
        Involvement::Invisible,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Involvement::Invisible => "invisible",
            Involvement::Nothing => "nothing",
            Involvement::Mentions => "mentions",
            Involvement::Everything => "everything",
        }
    }

    /// From a form or from the database; none for any other word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|i| i.as_str() == text)
    }

    /// What a new member of such a room starts with.
    pub fn default_for(kind: RoomKind) -> Self {
        match kind {
            RoomKind::Direct => Involvement::Everything,
            RoomKind::Open | RoomKind::Closed => Involvement::Mentions,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    pub room_id: RoomId,
    pub user_id: UserId,
    pub involvement: Involvement,
    /// The newest message this member has seen; 0 before the first.
    pub last_read_message_id: MessageId,
}
