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

    /// What the bell goes through in a room of this kind, in this order.
    pub fn cycle(kind: RoomKind) -> &'static [Involvement] {
        match kind {
            RoomKind::Direct => &[Involvement::Everything, Involvement::Nothing],
            RoomKind::Open | RoomKind::Closed => &Self::ALL,
        }
    }

    /// The level that one press of the bell leads to. From a level this kind of room does not
    /// have: the first.
    pub fn next(self, kind: RoomKind) -> Self {
        let cycle = Self::cycle(kind);
        let at = cycle.iter().position(|level| *level == self).map_or(0, |at| at + 1);
        cycle.get(at).or(cycle.first()).copied().unwrap_or(Involvement::Everything)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bell_goes_round() {
        use Involvement::{Everything, Invisible, Mentions, Nothing};
        let round = |kind, from: Involvement| {
            let mut level = from;
            (0..4)
                .map(|_| {
                    level = level.next(kind);
                    level
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(round(RoomKind::Open, Mentions), [Everything, Nothing, Invisible, Mentions]);
        let ping = [Nothing, Everything, Nothing, Everything];
        assert_eq!(round(RoomKind::Direct, Everything), ping);
        assert_eq!(Mentions.next(RoomKind::Direct), Everything);
    }
}
