//! What replies point at, and which replies point at a message.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Row};

use super::messages::json_list;
use crate::error::Result;
use crate::model::message::first_line;
use crate::model::{Message, MessageId, Original, RoomId};

/// Characters of a text that are looked at for its first line. Files without words are told by
/// their names.
const LOOKED_AT: &str = "substr(iif(messages.plain_text = '', messages.file_names,
        messages.plain_text), 1, 500)";

fn original(row: &Row<'_>) -> rusqlite::Result<Original> {
    Ok(Original {
        author_id: row.get(1)?,
        author_name: row.get(2)?,
        first_line: first_line(&row.get::<_, String>(3)?),
    })
}

/// As much of a message as a reply to it shows; none if it is in another room or gone.
pub fn original_of(
    connection: &Connection,
    room_id: RoomId,
    id: MessageId,
) -> Result<Option<Original>> {
    let found = connection
        .prepare_cached(&format!(
            "select messages.id, users.id, users.name, {LOOKED_AT}
             from messages join users on users.id = messages.creator_id
             where messages.id = ?1 and messages.room_id = ?2"
        ))?
        .query_row((id, room_id), original)
        .optional()?;
    Ok(found)
}

/// Whether a message of this number has been in some room and is in none any more.
pub fn was_deleted(connection: &Connection, id: MessageId) -> Result<bool> {
    let deleted = connection
        .prepare_cached(
            "select 1 from sqlite_sequence where name = 'messages' and seq >= ?1
               and not exists (select 1 from messages where id = ?1)",
        )?
        .exists([id])?;
    Ok(deleted)
}

/// The replies to a message, oldest first.
pub fn ids_of_replies(
    connection: &Connection,
    room_id: RoomId,
    id: MessageId,
) -> Result<Vec<MessageId>> {
    let ids = connection
        .prepare_cached(
            "select id from messages where reply_to_id = ?1 and room_id = ?2 order by id",
        )?
        .query_map((id, room_id), |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(ids)
}

/// Adds what is still there of the originals. Most messages answer none.
pub(super) fn add_originals(connection: &Connection, messages: &mut [Message]) -> Result<()> {
    let ids = json_list(messages.iter().filter_map(|m| m.reply_to.as_ref()).map(|r| r.id.0));
    if ids == "[]" {
        return Ok(());
    }
    let mut statement = connection.prepare_cached(&format!(
        "select messages.id, users.id, users.name, {LOOKED_AT}, messages.room_id
         from messages join users on users.id = messages.creator_id
         where messages.id in (select value from json_each(?1))"
    ))?;
    let mut rows = statement.query([ids])?;
    let mut originals: HashMap<(MessageId, RoomId), Original> = HashMap::new();
    while let Some(row) = rows.next()? {
        originals.insert((row.get(0)?, row.get(4)?), original(row)?);
    }
    for message in messages {
        if let Some(reply) = &mut message.reply_to {
            reply.original = originals.get(&(reply.id, message.room_id)).cloned();
        }
    }
    Ok(())
}
