//! Rooms, looked up through the membership: what one is not in is not found.

use rusqlite::{Connection, OptionalExtension, Row};

use crate::error::Result;
use crate::model::{MessageId, Room, RoomId, RoomKind, UserId};

/// Unread messages are counted up to this many; more are shown as "99+".
pub const UNREAD_COUNTED: i64 = 100;

const COLUMNS: &str =
    "rooms.id, rooms.kind, rooms.name, rooms.creator_id, rooms.created_at, rooms.archived_at";

fn room(row: &Row<'_>) -> rusqlite::Result<Room> {
    Ok(Room {
        id: row.get(0)?,
        kind: row.get(1)?,
        name: row.get(2)?,
        creator_id: row.get(3)?,
        created_at: row.get(4)?,
        archived_at: row.get(5)?,
    })
}

/// The room, if this user is in it. `NotFound` otherwise.
pub fn of_member(connection: &Connection, id: RoomId, user_id: UserId) -> Result<Room> {
    let found = connection
        .prepare_cached(&format!(
            "select {COLUMNS} from memberships join rooms on rooms.id = memberships.room_id
             where memberships.room_id = ?1 and memberships.user_id = ?2"
        ))?
        .query_row((id, user_id), room)?;
    Ok(found)
}

/// A line of the sidebar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedRoom {
    pub id: RoomId,
    pub name: String,
    /// Messages by others since this member last looked, counted up to [`UNREAD_COUNTED`].
    pub unread: i64,
}

const UNREAD: &str = "(select count(*) from (
    select 1 from messages
    where messages.room_id = memberships.room_id
      and messages.id > memberships.last_read_message_id
      and messages.creator_id <> memberships.user_id
    limit ?2))";

/// The open and closed rooms a user's sidebar lists, by name.
pub fn listed(connection: &Connection, user_id: UserId) -> Result<Vec<ListedRoom>> {
    let rooms = connection
        .prepare_cached(&format!(
            "select rooms.id, coalesce(rooms.name, ''), {UNREAD}
             from memberships join rooms on rooms.id = memberships.room_id
             where memberships.user_id = ?1 and memberships.involvement <> 'invisible'
               and rooms.kind <> 'direct' and rooms.archived_at is null
             order by lower(rooms.name), rooms.id"
        ))?
        .query_map((user_id, UNREAD_COUNTED), listed_room)?
        .collect::<rusqlite::Result<_>>()?;
    Ok(rooms)
}

/// One line of a user's sidebar; none if the room is not listed for them.
pub fn listed_one(
    connection: &Connection,
    user_id: UserId,
    id: RoomId,
) -> Result<Option<ListedRoom>> {
    let found = connection
        .prepare_cached(&format!(
            "select rooms.id, coalesce(rooms.name, ''), {UNREAD}
             from memberships join rooms on rooms.id = memberships.room_id
             where memberships.user_id = ?1 and memberships.room_id = ?3
               and memberships.involvement <> 'invisible'
               and rooms.kind <> 'direct' and rooms.archived_at is null"
        ))?
        .query_row((user_id, UNREAD_COUNTED, id), listed_room)
        .optional()?;
    Ok(found)
}

fn listed_room(row: &Row<'_>) -> rusqlite::Result<ListedRoom> {
    Ok(ListedRoom { id: row.get(0)?, name: row.get(1)?, unread: row.get(2)? })
}

/// Where somebody lands who names no room: the oldest one they are in.
pub fn oldest_of_user(connection: &Connection, user_id: UserId) -> Result<Option<RoomId>> {
    let found = connection
        .prepare_cached(
            "select room_id from memberships where user_id = ?1 order by room_id limit 1",
        )?
        .query_row([user_id], |row| row.get(0))
        .optional()?;
    Ok(found)
}

/// Whether this is the oldest room of the account: the one that shows the invitation at first.
pub fn is_first(connection: &Connection, id: RoomId) -> Result<bool> {
    let first: Option<RoomId> =
        connection.prepare_cached("select min(id) from rooms")?.query_row([], |row| row.get(0))?;
    Ok(first == Some(id))
}

/// The ids of all open rooms.
pub fn open_ids(connection: &Connection) -> Result<Vec<RoomId>> {
    let ids = connection
        .prepare_cached("select id from rooms where kind = ?1 order by id")?
        .query_map([RoomKind::Open], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(ids)
}

/// The newest message of a room; 0 when nothing was said yet.
pub fn last_message_id(connection: &Connection, id: RoomId) -> Result<MessageId> {
    let last = connection
        .prepare_cached("select last_message_id from rooms where id = ?1")?
        .query_row([id], |row| row.get(0))?;
    Ok(last)
}
