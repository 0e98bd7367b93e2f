//! Rooms: open to everyone, closed to all but the chosen, or direct between an exact set.

use serde::{Deserialize, Serialize};

use super::text::{Refused, required_line};
use super::user::initials;
use super::{RoomId, Timestamp, UserId};
use crate::words;

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

impl Room {
    /// Administrators and whoever made a room may change it. A ping belongs to all in it alike,
    /// and nothing about it can be changed.
    pub fn may_be_changed_by(&self, user_id: UserId, is_administrator: bool) -> bool {
        self.kind != RoomKind::Direct && (is_administrator || self.creator_id == user_id)
    }
}

/// What identifies a direct room: the sorted ids of the people in it, `3,7`. The same set in any
/// order, named once or twice, is the same room.
pub fn direct_key(ids: &[UserId]) -> String {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// The names of the people in a ping as a sentence lists them: `Ada`, `Ada and Ben`,
/// `Ada, Ben, and Cleo`.
pub fn ping_title<S: AsRef<str>>(names: &[S]) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [one, other] => words::two_names(one, other).to_string(),
        [first @ .., last] => words::many_names(first.join(", "), last).to_string(),
    }
}

/// The same where there is little room: the first word of one name, the initials of several.
pub fn ping_label<S: AsRef<str>>(names: &[S]) -> String {
    if let [one] = names {
        let name = one.as_ref();
        return name.split_whitespace().next().unwrap_or(name).to_owned();
    }
    let short: Vec<String> = names.iter().map(|name| short_initials(name.as_ref())).collect();
    match short.as_slice() {
        [one, other] => format!("{one}+{other}"),
        all => ping_title(all),
    }
}

fn short_initials(name: &str) -> String {
    let letters = initials(name).chars().take(3).collect::<String>();
    if letters.is_empty() { name.chars().take(1).collect() } else { letters }
}

/// A room name of 1 to 100 characters, cleaned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomName(String);

impl RoomName {
    pub fn parse(text: &str) -> Result<Self, Refused> {
        required_line(words::the_rooms_name, text, MAX_ROOM_NAME).map(Self)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_of_people_has_one_key() {
        let key = |ids: &[i64]| direct_key(&ids.iter().map(|id| UserId(*id)).collect::<Vec<_>>());
        assert_eq!(key(&[7, 3, 12, 3]), "3,7,12");
        assert_eq!(key(&[12, 7, 3]), key(&[3, 7, 12]));
        assert_eq!(key(&[5]), "5");
    }

    #[test]
    fn pings_are_called_after_the_people_in_them() {
        assert_eq!(ping_title(&["Ada"]), "Ada");
        assert_eq!(ping_title(&["Ada", "Ben"]), "Ada and Ben");
        assert_eq!(ping_title(&["Ada", "Ben", "Cleo"]), "Ada, Ben, and Cleo");
        assert_eq!(ping_label(&["Ada Lovelace"]), "Ada");
        assert_eq!(ping_label(&["Ada Lovelace", "Ben"]), "AL+B");
        assert_eq!(ping_label(&["Ada B. Lovelace King", "Ben", "Cleo"]), "ABL, B, and C");
    }

    #[test]
    fn nobody_changes_a_ping() {
        let room = |kind| Room {
            id: RoomId(1),
            kind,
            name: None,
            creator_id: UserId(7),
            created_at: Timestamp(0),
            archived_at: None,
        };
        assert!(room(RoomKind::Open).may_be_changed_by(UserId(7), false));
        assert!(room(RoomKind::Closed).may_be_changed_by(UserId(8), true));
        assert!(!room(RoomKind::Open).may_be_changed_by(UserId(8), false));
        assert!(!room(RoomKind::Direct).may_be_changed_by(UserId(7), true));
    }
}
