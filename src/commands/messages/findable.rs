//! Into the search index and out of it. Its rows are written after the savepoints of a batch, as
//! FTS5 flushes at each; what they hold is made and kept at once, from the message as it then is.

use rusqlite::{Connection, OptionalExtension};

use crate::commands::Tx;
use crate::db::Command;
use crate::error::Result;
use crate::events::Event;
use crate::model::search::entry::{Entry, Findable};
use crate::model::{MessageId, RoomId, UserId};
use crate::queries;

/// Messages indexed in one command: some milliseconds, for which everybody else waits.
const PORTION: i64 = 200;

/// Takes a message out of the index. Answers whether it was there: one that was written before
/// the index may still wait for it.
pub(in crate::commands) fn make_unfindable(tx: &mut Tx<'_>, id: MessageId) -> Result<bool> {
    let held = tx
        .prepare_cached("delete from search_entries where id = ?1 returning words, parts, marks")?
        .query_row([id], |row| {
            Ok(Entry { words: row.get(0)?, parts: row.get(1)?, marks: row.get(2)? })
        })
        .optional()?;
    let Some(entry) = held else { return Ok(false) };
    tx.before_commit(move |connection| {
        connection
            .prepare_cached(
                "insert into message_search (message_search, rowid, words, parts, marks)
                 values ('delete', ?1, ?2, ?3, ?4)",
            )?
            .execute((id, entry.words, entry.parts, entry.marks))?;
        Ok(())
    });
    Ok(true)
}

/// Indexes a stored message as it is now, if it is in the index at all.
pub(super) fn refresh(tx: &mut Tx<'_>, id: MessageId) -> Result<()> {
    if make_unfindable(tx, id)?
        && let Some(entry) = read(tx, id)?
    {
        make_findable(tx, id, entry)?;
    }
    Ok(())
}

/// Puts a message into the search index.
pub(super) fn make_findable(tx: &mut Tx<'_>, id: MessageId, entry: Entry) -> Result<()> {
    keep(tx, id, &entry)?;
    tx.before_commit(move |connection| index(connection, id, &entry));
    Ok(())
}

/// What the index will have to be told when it is to forget the message.
fn keep(connection: &Connection, id: MessageId, entry: &Entry) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "insert into search_entries (id, words, parts, marks) values (?1, ?2, ?3, ?4)",
        )?
        .execute((id, &entry.words, &entry.parts, &entry.marks))?;
    Ok(())
}

fn index(connection: &Connection, id: MessageId, entry: &Entry) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "insert into message_search (rowid, words, parts, marks) values (?1, ?2, ?3, ?4)",
        )?
        .execute((id, &entry.words, &entry.parts, &entry.marks))?;
    Ok(())
}

fn read(connection: &Connection, id: MessageId) -> rusqlite::Result<Option<Entry>> {
    let found: Option<(RoomId, UserId, String, String)> = connection
        .prepare_cached(
            "select room_id, creator_id, plain_text, body_html from messages where id = ?1",
        )?
        .query_row([id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .optional()?;
    let Some((room_id, author_id, plain_text, body_html)) = found else { return Ok(None) };
    let file_names: Vec<String> = connection
        .prepare_cached(
            "select filename from attachments where message_id = ?1 order by position, id",
        )?
        .query_map([id], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let (plain_text, body_html, file_names) = (&plain_text, &body_html, &file_names);
    Ok(Some(Findable { room_id, author_id, plain_text, body_html, file_names }.entry()))
}

/// Indexes some messages that were there before the index was, the newest of them first. Answers
/// whether any are left.
pub struct IndexMessages;

impl Command<Event> for IndexMessages {
    type Output = bool;

    fn apply(self, tx: &mut Tx<'_>) -> Result<bool> {
        let Some(last) = queries::searches::missing_up_to(tx)? else { return Ok(false) };
        let mut ids: Vec<MessageId> = tx
            .prepare_cached("select id from messages where id <= ?1 order by id desc limit ?2")?
            .query_map((last, PORTION), |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        // The index takes them best in the order of their ids.
        ids.reverse();
        for id in &ids {
            if let Some(entry) = read(tx, *id)? {
                make_findable(tx, *id, entry)?;
            }
        }
        match ids.first() {
            Some(first) => {
                tx.prepare_cached("update facts set value = ?1 where name = ?2")?
                    .execute(((first.0 - 1).to_string(), queries::searches::MISSING_UP_TO))?;
            }
            None => {
                tx.prepare_cached("delete from facts where name = ?1")?
                    .execute([queries::searches::MISSING_UP_TO])?;
            }
        }
        Ok(!ids.is_empty())
    }
}

/// Indexes every message of a database that nobody else uses and whose index is empty.
///
/// # Errors
/// What the database says.
pub fn index_everything(connection: &Connection) -> rusqlite::Result<()> {
    index_after(connection, MessageId(0), i64::MAX).map(drop)
}

/// Indexes up to `limit` messages after `after`, none of which is in the index. Gives the last
/// one's id; none if there was none left.
///
/// # Errors
/// What the database says.
pub fn index_after(
    connection: &Connection,
    after: MessageId,
    limit: i64,
) -> rusqlite::Result<Option<MessageId>> {
    let mut ids =
        connection.prepare("select id from messages where id > ?1 order by id limit ?2")?;
    let mut rows = ids.query((after, limit))?;
    let mut last = None;
    while let Some(row) = rows.next()? {
        let id = row.get(0)?;
        if let Some(entry) = read(connection, id)? {
            keep(connection, id, &entry)?;
            index(connection, id, &entry)?;
        }
        last = Some(id);
    }
    Ok(last)
}
