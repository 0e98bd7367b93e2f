//! Who is in a room, looked up.

use rusqlite::Connection;

use crate::error::Result;
use crate::model::{RoomId, UserId};

/// Whether this user is in this room now.
pub fn exists(connection: &Connection, room_id: RoomId, user_id: UserId) -> Result<bool> {
    let found = connection
        .prepare_cached("select 1 from memberships where room_id = ?1 and user_id = ?2")?
        .exists((room_id, user_id))?;
    Ok(found)
}
