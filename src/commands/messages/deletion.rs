//! Taking back what was said.

use super::{note_if_of_another, remove_message, require_changeable};
use crate::commands::Tx;
use crate::db::Command;
use crate::error::Result;
use crate::events::Event;
use crate::model::{Cursor, Deed, MessageId, RoomId, UserId};

/// Deletes a message for everybody. For its author and for administrators, as long as they are in
/// the room: `NotFound` and `Forbidden` otherwise.
pub struct DeleteMessage {
    pub room_id: RoomId,
    pub id: MessageId,
    pub user_id: UserId,
}

impl Command<Event> for DeleteMessage {
    type Output = Cursor;

    fn apply(self, tx: &mut Tx<'_>) -> Result<Cursor> {
        let source = require_changeable(tx, self.room_id, self.id, self.user_id)?;
        note_if_of_another(tx, self.user_id, Deed::DeleteMessage, &source)?;
        remove_message(tx, self.room_id, self.id)
    }
}
