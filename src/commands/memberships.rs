//! Who is in a room, and how far they have read.

use super::Tx;
use crate::db::Command;
use crate::error::Result;
use crate::events::Event;
use crate::model::{Involvement, MessageId, RoomId, RoomKind, UserId};
use crate::queries;

/// Moves a member's read position up to a message. Never moves it back; says nothing when it
/// already was there or the membership is gone.
pub struct ReadRoom {
    pub room_id: RoomId,
    pub user_id: UserId,
    pub up_to: MessageId,
}

impl Command<Event> for ReadRoom {
    type Output = ();

    fn apply(self, tx: &mut Tx<'_>) -> Result<()> {
        let moved = tx
            .prepare_cached(
                "update memberships set last_read_message_id = ?3
                 where room_id = ?1 and user_id = ?2 and last_read_message_id < ?3",
            )?
            .execute((self.room_id, self.user_id, self.up_to))?;
        if moved > 0 {
            tx.record(Event::RoomRead {
                room_id: self.room_id,
                user_id: self.user_id,
                last_read_message_id: self.up_to,
            });
        }
        Ok(())
    }
}

/// Lets somebody into a room. What was said before counts as read. Already in: nothing changes.
pub(super) fn grant(
    tx: &mut Tx<'_>,
    room_id: RoomId,
    kind: RoomKind,
    user_id: UserId,
) -> Result<()> {
    let involvement = Involvement::default_for(kind);
    let last = queries::rooms::last_message_id(tx, room_id)?;
    let added = tx
        .prepare_cached(
            "insert into memberships (room_id, user_id, involvement, last_read_message_id, created_at)
             values (?1, ?2, ?3, ?4, ?5) on conflict do nothing",
        )?
        .execute((room_id, user_id, involvement, last, tx.now))?;
    if added > 0 {
        tx.record(Event::MembershipGranted { room_id, user_id, involvement });
    }
    Ok(())
}
