//! Who is in a room, looked up.

use rusqlite::{Connection, OptionalExtension};

use crate::error::Result;
use crate::model::{Involvement, MessageId, RoomId, UserId};

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

/// Everybody in a room, in any state, by id.
pub fn member_ids(connection: &Connection, room_id: RoomId) -> Result<Vec<UserId>> {
    let ids = connection
        .prepare_cached("select user_id from memberships where room_id = ?1 order by user_id")?
        .query_map([room_id], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(ids)
}

/// The rooms a person is in, in any state.
pub fn room_ids_of(connection: &Connection, user_id: UserId) -> Result<Vec<RoomId>> {
    let ids = connection
        .prepare_cached("select room_id from memberships where user_id = ?1")?
        .query_map([user_id], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(ids)
}

/// How much a member wants to hear. `NotFound` for who is not in the room.
pub fn involvement(
    connection: &Connection,
    room_id: RoomId,
    user_id: UserId,
) -> Result<Involvement> {
    let found = connection
        .prepare_cached("select involvement from memberships where room_id = ?1 and user_id = ?2")?
        .query_row((room_id, user_id), |row| row.get(0))?;
    Ok(found)
}

/// Whether somebody has left a room of their own accord and not come back.
pub fn has_left(connection: &Connection, room_id: RoomId, user_id: UserId) -> Result<bool> {
    let found = connection
        .prepare_cached("select 1 from departures where user_id = ?1 and room_id = ?2")?
        .exists((user_id, room_id))?;
    Ok(found)
}

/// The rooms a person has not read to the end, each with its newest message.
pub fn unread_rooms(connection: &Connection, user_id: UserId) -> Result<Vec<(RoomId, MessageId)>> {
    let rooms = connection
        .prepare_cached(
            "select rooms.id, rooms.last_message_id
             from memberships join rooms on rooms.id = memberships.room_id
             where memberships.user_id = ?1
               and memberships.last_read_message_id < rooms.last_message_id",
        )?
        .query_map([user_id], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(rooms)
}

/// How far a member had read, if somebody else has written something since.
pub fn read_before_news(
    connection: &Connection,
    room_id: RoomId,
    user_id: UserId,
) -> Result<Option<MessageId>> {
    let found = connection
        .prepare_cached(
            "select last_read_message_id from memberships
             where room_id = ?1 and user_id = ?2 and exists (
                 select 1 from messages where messages.room_id = memberships.room_id
                   and messages.id > memberships.last_read_message_id
                   and messages.creator_id <> memberships.user_id)",
        )?
        .query_row((room_id, user_id), |row| row.get(0))
        .optional()?;
    Ok(found)
}

/// The rooms a person is in.
pub fn rooms_of(connection: &Connection, user_id: UserId) -> Result<Vec<RoomId>> {
    let rooms = connection
        .prepare_cached("select room_id from memberships where user_id = ?1")?
        .query_map([user_id], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(rooms)
}
