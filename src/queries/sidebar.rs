//! What a person's sidebar lists. Everything is looked up from their memberships, so the cost grows
//! with the rooms they are in and not with what was ever said there.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Row};

use super::messages::json_list;
use super::users::author;
use crate::error::Result;
use crate::model::{Author, RoomId, RoomKind, Timestamp, UserId};

/// Unread messages are counted up to this many; more are shown as "99+".
pub const UNREAD_COUNTED: i64 = 100;
/// People in one's pings and people to ping are this many together, where there are enough.
const FAMILIAR_FACES: i64 = 20;

/// An open or closed room of the sidebar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedRoom {
    pub id: RoomId,
    pub name: String,
    /// Messages by others since this member last looked, counted up to [`UNREAD_COUNTED`].
    pub unread: i64,
}

/// A ping of the sidebar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedPing {
    pub id: RoomId,
    /// As in [`ListedRoom`].
    pub unread: i64,
    /// When something was last said.
    pub active_at: Timestamp,
    /// The other people, by name; alone: oneself.
    pub people: Vec<Author>,
}

const UNREAD: &str = "(select count(*) from (
    select 1 from messages
    where messages.room_id = memberships.room_id
      and messages.id > memberships.last_read_message_id
      and messages.creator_id <> memberships.user_id
    limit ?2))";

const IS_LISTED: &str = "memberships.involvement <> 'invisible'
    and rooms.kind <> 'direct' and rooms.archived_at is null";

/// A ping in which nothing was said yet is only listed for who began it.
const PING_IS_LISTED: &str = "memberships.involvement <> 'invisible' and rooms.kind = 'direct'
    and (rooms.last_message_id > 0 or rooms.creator_id = memberships.user_id)";

/// The open and closed rooms a user's sidebar lists, by name.
pub fn rooms(connection: &Connection, user_id: UserId) -> Result<Vec<ListedRoom>> {
    let rooms = connection
        .prepare_cached(&format!(
            "select rooms.id, coalesce(rooms.name, ''), {UNREAD}
             from memberships join rooms on rooms.id = memberships.room_id
             where memberships.user_id = ?1 and {IS_LISTED}
             order by lower(rooms.name), rooms.id"
        ))?
        .query_map((user_id, UNREAD_COUNTED), listed_room)?
        .collect::<rusqlite::Result<_>>()?;
    Ok(rooms)
}

/// One line of a user's sidebar; none if the room is not listed for them.
pub fn room(connection: &Connection, user_id: UserId, id: RoomId) -> Result<Option<ListedRoom>> {
    let found = connection
        .prepare_cached(&format!(
            "select rooms.id, coalesce(rooms.name, ''), {UNREAD}
             from memberships join rooms on rooms.id = memberships.room_id
             where memberships.user_id = ?1 and memberships.room_id = ?3 and {IS_LISTED}"
        ))?
        .query_row((user_id, UNREAD_COUNTED, id), listed_room)
        .optional()?;
    Ok(found)
}

fn listed_room(row: &Row<'_>) -> rusqlite::Result<ListedRoom> {
    Ok(ListedRoom { id: row.get(0)?, name: row.get(1)?, unread: row.get(2)? })
}

/// The pings a user's sidebar lists, the latest first. `current` is listed in any case: it is
/// the room on the page.
pub fn pings(
    connection: &Connection,
    user_id: UserId,
    current: Option<RoomId>,
) -> Result<Vec<ListedPing>> {
    let found = connection
        .prepare_cached(&format!(
            "select rooms.id, {UNREAD}, rooms.active_at
             from memberships join rooms on rooms.id = memberships.room_id
             where memberships.user_id = ?1
               and ({PING_IS_LISTED} or (rooms.id = ?3 and rooms.kind = 'direct'))
             order by rooms.active_at desc, rooms.id desc"
        ))?
        .query_map((user_id, UNREAD_COUNTED, current), listed_ping)?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    with_people(connection, user_id, found)
}

/// One ping of a user's sidebar; none if it is not listed for them.
pub fn ping(connection: &Connection, user_id: UserId, id: RoomId) -> Result<Option<ListedPing>> {
    let found = connection
        .prepare_cached(&format!(
            "select rooms.id, {UNREAD}, rooms.active_at
             from memberships join rooms on rooms.id = memberships.room_id
             where memberships.user_id = ?1 and memberships.room_id = ?3 and {PING_IS_LISTED}"
        ))?
        .query_row((user_id, UNREAD_COUNTED, id), listed_ping)
        .optional()?;
    let complete = with_people(connection, user_id, found.into_iter().collect())?;
    Ok(complete.into_iter().next())
}

fn listed_ping(row: &Row<'_>) -> rusqlite::Result<ListedPing> {
    let people = Vec::new();
    Ok(ListedPing { id: row.get(0)?, unread: row.get(1)?, active_at: row.get(2)?, people })
}

fn with_people(
    connection: &Connection,
    user_id: UserId,
    mut pings: Vec<ListedPing>,
) -> Result<Vec<ListedPing>> {
    let ids: Vec<RoomId> = pings.iter().map(|ping| ping.id).collect();
    let mut people = people_in(connection, user_id, &ids)?;
    for ping in &mut pings {
        ping.people = people.remove(&ping.id).unwrap_or_default();
    }
    Ok(pings)
}

/// The people of direct rooms as one of them sees them: the others by name; alone, oneself.
pub fn people_in(
    connection: &Connection,
    user_id: UserId,
    room_ids: &[RoomId],
) -> Result<HashMap<RoomId, Vec<Author>>> {
    let mut people: HashMap<RoomId, Vec<Author>> = HashMap::new();
    let mut statement = connection.prepare_cached(
        "select users.id, users.name, users.role, users.avatar_changed_at, memberships.room_id
         from memberships join users on users.id = memberships.user_id
         where memberships.room_id in (select value from json_each(?1))
         order by lower(users.name), users.id",
    )?;
    let mut rows = statement.query([json_list(room_ids.iter().map(|id| id.0))])?;
    while let Some(row) = rows.next()? {
        people.entry(row.get(4)?).or_default().push(author(row)?);
    }
    for all in people.values_mut().filter(|all| all.len() > 1) {
        all.retain(|person| person.id != user_id);
    }
    Ok(people)
}

/// Open rooms a person is not in and may join, by name.
pub fn other_rooms(connection: &Connection, user_id: UserId) -> Result<Vec<(RoomId, String)>> {
    let rooms = connection
        .prepare_cached(
            "select id, name from rooms
             where kind = ?2 and archived_at is null and not exists (
                 select 1 from memberships where room_id = rooms.id and user_id = ?1)
             order by lower(name), id",
        )?
        .query_map((user_id, RoomKind::Open), |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(rooms)
}

/// One open room a person is not in and may join.
pub fn other_room(
    connection: &Connection,
    user_id: UserId,
    id: RoomId,
) -> Result<Option<(RoomId, String)>> {
    let found = connection
        .prepare_cached(
            "select id, name from rooms
             where id = ?3 and kind = ?2 and archived_at is null and not exists (
                 select 1 from memberships where room_id = rooms.id and user_id = ?1)",
        )?
        .query_row((user_id, RoomKind::Open, id), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(found)
}

/// Active people and bots one shares no ping with, the oldest first: as many as make twenty
/// together with those one does.
pub fn suggestions(connection: &Connection, user_id: UserId) -> Result<Vec<Author>> {
    let familiar: Vec<i64> = connection
        .prepare_cached(
            "select distinct others.user_id
             from memberships mine
             join rooms on rooms.id = mine.room_id and rooms.kind = 'direct'
             join memberships others on others.room_id = mine.room_id
             where mine.user_id = ?1",
        )?
        .query_map([user_id], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let others = familiar.iter().filter(|id| **id != user_id.0).count();
    let wanted = FAMILIAR_FACES - 1 - i64::try_from(others).unwrap_or(FAMILIAR_FACES);
    if wanted <= 0 {
        return Ok(Vec::new());
    }
    let people = connection
        .prepare_cached(
            "select id, name, role, avatar_changed_at from users
             where status = 'active' and id <> ?1
               and id not in (select value from json_each(?2))
             order by id limit ?3",
        )?
        .query_map((user_id, json_list(familiar.into_iter()), wanted), author)?
        .collect::<rusqlite::Result<_>>()?;
    Ok(people)
}
