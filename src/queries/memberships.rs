//! Who is in a room, looked up.

use rusqlite::{Connection, OptionalExtension};

use crate::error::Result;
use crate::model::{MessageId, RoomId, UserId};

/// Whether this user is in this room now.
pub fn exists(connection: &Connection, room_id: RoomId, user_id: UserId) -> Result<bool> {
    let found = connection
        .prepare_cached("select 1 from memberships where room_id = ?1 and user_id = ?2")?
        .exists((room_id, user_id))?;
    Ok(found)
}

/// The newest message of a room if this member has not read that far; none when all is read.
pub fn unread_up_to(
    connection: &Connection,
    room_id: RoomId,
    user_id: UserId,
) -> Result<Option<MessageId>> {
    let found = connection
        .prepare_cached(
            "select rooms.last_message_id
             from memberships join rooms on rooms.id = memberships.room_id
             where memberships.room_id = ?1 and memberships.user_id = ?2
               and memberships.last_read_message_id < rooms.last_message_id",
        )?
        .query_row((room_id, user_id), |row| row.get(0))
        .optional()?;
    Ok(found)
}
