//! Who can be mentioned in a room, and the names of those who were.

use std::collections::BTreeSet;

use rusqlite::Connection;

use super::messages::grouped;
use crate::error::Result;
use crate::model::{Author, Message, MessageId, RoomId, UserId};

/// The active people and bots of a room, for finding `@Name` in what is written there. Of two with
/// the same name whoever was here first is meant.
pub fn candidates(connection: &Connection, room_id: RoomId) -> Result<Vec<(UserId, String)>> {
    let people = connection
        .prepare_cached(
            "select users.id, users.name from memberships
             join users on users.id = memberships.user_id and users.status = 'active'
             where memberships.room_id = ?1 order by users.id",
        )?
        .query_map([room_id], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(people)
}

/// The people that a completion may suggest: active, in the room if one is named, by name.
pub fn suggestible(connection: &Connection, room_id: Option<RoomId>) -> Result<Vec<Author>> {
    let people = connection
        .prepare_cached(
            "select id, name, role, avatar_changed_at from users
             where status = 'active' and (?1 is null or exists
                 (select 1 from memberships where room_id = ?1 and user_id = users.id))
             order by lower(name), id",
        )?
        .query_map([room_id], |row| {
            Ok(Author {
                id: row.get(0)?,
                name: row.get(1)?,
                role: row.get(2)?,
                avatar_changed_at: row.get(3)?,
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(people)
}

/// Those whom a message mentions or answers.
pub fn called_by(connection: &Connection, id: MessageId) -> Result<BTreeSet<UserId>> {
    let people = connection
        .prepare_cached("select user_id from mentions where message_id = ?1")?
        .query_map([id], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(people)
}

/// Adds the present names of those whom these messages mention. Most messages mention nobody.
pub(super) fn add_names(
    connection: &Connection,
    messages: &mut [Message],
    ids: &str,
) -> Result<()> {
    if !messages.iter().any(|message| message.body_html.contains("class=\"mention\"")) {
        return Ok(());
    }
    let mut names = grouped(
        connection,
        "select mentions.message_id, users.id, users.name
         from mentions join users on users.id = mentions.user_id
         where mentions.message_id in (select value from json_each(?1))
         order by mentions.message_id, users.id",
        ids,
        |row| Ok((row.get(1)?, row.get(2)?)),
    )?;
    for message in messages {
        message.mentioned = names.remove(&message.id).unwrap_or_default();
    }
    Ok(())
}
