//! What leaves with an export: rooms with their people, and where files are stored.

use rusqlite::{Connection, OptionalExtension};

use crate::error::Result;
use crate::model::{AttachmentId, MessageId, RoomId, RoomKind, Timestamp, UserId};

/// A room, and who is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportedRoom {
    pub id: RoomId,
    pub kind: RoomKind,
    /// None for pings.
    pub name: Option<String>,
    pub creator_id: UserId,
    pub created_at: Timestamp,
    pub archived_at: Option<Timestamp>,
    pub members: Vec<(UserId, String)>,
    pub message_count: u64,
}

/// All rooms in the order of their numbers, pings too.
pub fn rooms(connection: &Connection) -> Result<Vec<ExportedRoom>> {
    let mut rooms: Vec<ExportedRoom> = connection
        .prepare(
            "select id, kind, name, creator_id, created_at, archived_at,
                 (select count(*) from messages where room_id = rooms.id)
             from rooms where deleted_at is null order by id",
        )?
        .query_map([], |row| {
            let message_count: i64 = row.get(6)?;
            Ok(ExportedRoom {
                id: row.get(0)?,
                kind: row.get(1)?,
                name: row.get(2)?,
                creator_id: row.get(3)?,
                created_at: row.get(4)?,
                archived_at: row.get(5)?,
                members: Vec::new(),
                message_count: message_count.unsigned_abs(),
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    let mut members = connection.prepare(
        "select users.id, users.name from memberships join users on users.id = memberships.user_id
         where room_id = ?1 order by users.id",
    )?;
    for room in &mut rooms {
        let found = members.query_map([room.id], |row| Ok((row.get(0)?, row.get(1)?)))?;
        room.members = found.collect::<rusqlite::Result<_>>()?;
    }
    Ok(rooms)
}

/// Where the file of a message is stored, and the SHA-256 of its content, if that is known.
/// `NotFound` without such a file.
pub fn stored_file(connection: &Connection, id: AttachmentId) -> Result<(String, Option<Vec<u8>>)> {
    let found = connection
        .prepare_cached("select storage_key, sha256 from attachments where id = ?1")?
        .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(found)
}

/// Messages of a room up to one, that one included: how many pages of an archive come before.
pub fn position(connection: &Connection, room_id: RoomId, id: MessageId) -> Result<Option<u64>> {
    let position: Option<i64> = connection
        .prepare_cached(
            "select (select count(*) from messages earlier
                     where earlier.room_id = ?1 and earlier.id < messages.id)
             from messages where room_id = ?1 and id = ?2",
        )?
        .query_row((room_id, id), |row| row.get(0))
        .optional()?;
    Ok(position.map(i64::unsigned_abs))
}
