//! The numbered alterations of rooms, and the number of the last one a reader has seen.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{MessageId, RoomId, Timestamp};

/// The number of the last change a reader has seen. Change numbers rise through the whole
/// database and are never used twice; 0 is before the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(pub i64);

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Cursor {
    type Err = super::ids::NotAnId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "0" => Ok(Cursor(0)),
            _ => text.parse::<MessageId>().map(|id| Cursor(id.0)),
        }
    }
}

/// A returning reader who missed more changes than this gets the last page instead.
pub const MAX_REPLAYED_CHANGES: usize = 1_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    Posted,
    Edited,
    Deleted,
    Boosted,
}

impl ChangeKind {
    pub fn as_str(self) -> &'static str {
        match self {
            ChangeKind::Posted => "posted",
            ChangeKind::Edited => "edited",
            ChangeKind::Deleted => "deleted",
            ChangeKind::Boosted => "boosted",
        }
    }

    pub fn from_stored(text: &str) -> Option<Self> {
        [ChangeKind::Posted, ChangeKind::Edited, ChangeKind::Deleted, ChangeKind::Boosted]
            .into_iter()
            .find(|k| k.as_str() == text)
    }
}

/// One committed alteration of a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub cursor: Cursor,
    pub room_id: RoomId,
    pub message_id: MessageId,
    pub kind: ChangeKind,
    pub at: Timestamp,
}
