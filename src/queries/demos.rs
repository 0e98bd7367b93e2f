//! The demo: whether this database is one, and what visitors have said in it.

use rusqlite::Connection;

use super::users::{COLUMNS, user};
use crate::error::Result;
use crate::model::{MessageId, RoomId, User, UserId};

/// A message as the made-up people hear it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub id: MessageId,
    pub room_id: RoomId,
    pub author_id: UserId,
    pub plain_text: String,
}

/// Messages that are read at a time.
const AT_ONCE: i64 = 50;

/// Whether this database was made as a demo, or is a copy of one that was.
pub fn is_demo(connection: &Connection) -> Result<bool> {
    let is_marked = connection.query_row(
        "select exists (select 1 from facts where name = 'demo')",
        [],
        |row| row.get(0),
    )?;
    Ok(is_marked)
}

/// The newest message of all; 0 if there is none.
pub fn newest(connection: &Connection) -> Result<MessageId> {
    let id =
        connection.query_row("select coalesce(max(id), 0) from messages", [], |row| row.get(0))?;
    Ok(id)
}

/// Everybody whom a visitor can be.
pub fn people(connection: &Connection) -> Result<Vec<User>> {
    let people = connection
        .prepare_cached(&format!(
            "select {COLUMNS} from users where status = 'active' and role <> 'bot' order by id"
        ))?
        .query_map([], user)?
        .collect::<rusqlite::Result<_>>()?;
    Ok(people)
}

/// What was said after a message, in any room, at most 50 at a time.
pub fn said_after(connection: &Connection, after: MessageId) -> Result<Vec<Said>> {
    let said = connection
        .prepare_cached(
            "select id, room_id, creator_id, plain_text from messages
             where id > ?1 order by id limit ?2",
        )?
        .query_map((after, AT_ONCE), |row| {
            Ok(Said {
                id: row.get(0)?,
                room_id: row.get(1)?,
                author_id: row.get(2)?,
                plain_text: row.get(3)?,
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(said)
}
