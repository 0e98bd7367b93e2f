//! Rooms, looked up through the membership: what one is not in is not found.

use rusqlite::{Connection, OptionalExtension, Row};

use crate::error::Result;
use crate::model::{Involvement, MessageId, Room, RoomId, RoomKind, UserId};

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

/// The rooms that show somebody: those they are in, have written or boosted in, or are mentioned in.
pub fn showing(connection: &Connection, user_id: UserId) -> Result<Vec<RoomId>> {
    let ids = connection
        .prepare_cached(
            "select id from rooms where deleted_at is null and (
                 exists (select 1 from memberships where room_id = rooms.id and user_id = ?1)
                 or exists (select 1 from messages where room_id = rooms.id and creator_id = ?1)
                 or id in (select messages.room_id from boosts
                           join messages on messages.id = boosts.message_id
                           where boosts.booster_id = ?1)
                 or id in (select messages.room_id from mentions
                           join messages on messages.id = mentions.message_id
                           where mentions.user_id = ?1))
             order by id",
        )?
        .query_map([user_id], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(ids)
}

/// Where somebody lands who names no room: the oldest one they are in.
pub fn oldest_of_user(connection: &Connection, user_id: UserId) -> Result<Option<RoomId>> {
    let found = connection
        .prepare_cached(
            "select rooms.id from memberships join rooms on rooms.id = memberships.room_id
             where memberships.user_id = ?1 and rooms.archived_at is null
             order by memberships.room_id limit 1",
        )?
        .query_row([user_id], |row| row.get(0))
        .optional()?;
    Ok(found)
}

/// Whether this is the oldest room of the account: the one that shows the invitation at first.
pub fn is_first(connection: &Connection, id: RoomId) -> Result<bool> {
    let has_older = connection
        .prepare_cached("select 1 from rooms where id < ?1 and deleted_at is null")?
        .exists([id])?;
    Ok(!has_older)
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

/// Whether somebody who is not in it may join: open, not archived.
pub fn can_be_joined(connection: &Connection, id: RoomId) -> Result<bool> {
    let found = connection
        .prepare_cached(
            "select 1 from rooms where id = ?1 and kind = 'open' and archived_at is null",
        )?
        .exists([id])?;
    Ok(found)
}

/// The direct room of exactly these people, if there is one.
pub fn direct_with_key(connection: &Connection, key: &str) -> Result<Option<RoomId>> {
    let found = connection
        .prepare_cached("select id from rooms where direct_key = ?1")?
        .query_row([key], |row| row.get(0))
        .optional()?;
    Ok(found)
}

/// Whether a room was deleted and still has content to be removed.
pub fn is_deleted(connection: &Connection, id: RoomId) -> Result<bool> {
    let found = connection
        .prepare_cached("select 1 from rooms where id = ?1 and deleted_at is not null")?
        .exists([id])?;
    Ok(found)
}

/// Every room a person is in with how much of it they want to hear: rooms by name, then pings,
/// the latest first; archived ones too.
pub fn all_of_user(connection: &Connection, user_id: UserId) -> Result<Vec<(Room, Involvement)>> {
    let rooms = connection
        .prepare_cached(&format!(
            "select {COLUMNS}, memberships.involvement
             from memberships join rooms on rooms.id = memberships.room_id
             where memberships.user_id = ?1
             order by rooms.kind = 'direct', lower(rooms.name), rooms.active_at desc, rooms.id"
        ))?
        .query_map([user_id], |row| Ok((room(row)?, row.get(6)?)))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(rooms)
}

/// What an open or closed room is called; none for pings and for rooms that are gone.
pub fn name(connection: &Connection, id: RoomId) -> Result<Option<String>> {
    let found: Option<Option<String>> = connection
        .prepare_cached("select name from rooms where id = ?1 and deleted_at is null")?
        .query_row([id], |row| row.get(0))
        .optional()?;
    Ok(found.flatten())
}
