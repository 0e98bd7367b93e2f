//! Files of messages: what a message shows of them, and what it takes to serve one.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Row};

use super::messages::grouped;
use crate::error::Result;
use crate::model::{Attachment, AttachmentId, MessageId, RoomId, Timestamp, UserId};

const COLUMNS: &str = "attachments.id, filename, content_type, byte_size, width, height, preview,
        animated";

/// Reads [`COLUMNS`] from this column on.
fn attachment(row: &Row<'_>, from: usize) -> rusqlite::Result<Attachment> {
    Ok(Attachment {
        id: row.get(from)?,
        filename: row.get(from + 1)?,
        content_type: row.get(from + 2)?,
        byte_size: row.get(from + 3)?,
        width: row.get(from + 4)?,
        height: row.get(from + 5)?,
        preview: row.get(from + 6)?,
        animated: row.get(from + 7)?,
    })
}

/// The files of these messages, in their order. `ids` is a JSON list.
pub(super) fn of_messages(
    connection: &Connection,
    ids: &str,
) -> Result<HashMap<MessageId, Vec<Attachment>>> {
    let sql = format!(
        "select message_id, {COLUMNS} from attachments
         where message_id in (select value from json_each(?1)) order by message_id, position"
    );
    grouped(connection, &sql, ids, |row| attachment(row, 1))
}

/// The files of one message, in their order.
pub fn of_message(connection: &Connection, id: MessageId) -> Result<Vec<Attachment>> {
    let found = of_messages(connection, &format!("[{id}]"))?.remove(&id);
    Ok(found.unwrap_or_default())
}

/// A file somebody has sent whose message is not posted yet; none if there is no such file of
/// theirs.
pub fn unposted(
    connection: &Connection,
    id: AttachmentId,
    uploader_id: UserId,
) -> Result<Option<Attachment>> {
    let found = connection
        .prepare_cached(&format!(
            "select {COLUMNS} from attachments
             where id = ?1 and uploader_id = ?2 and message_id is null"
        ))?
        .query_row((id, uploader_id), |row| attachment(row, 0))
        .optional()?;
    Ok(found)
}

/// What it takes to serve a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served {
    /// The room its message is in.
    pub room_id: RoomId,
    pub attachment: Attachment,
    pub storage_key: String,
    pub thumbnail_key: Option<String>,
    pub sha256: Option<Vec<u8>>,
}

/// A file of a posted message. `NotFound` if there is none.
pub fn served(connection: &Connection, id: AttachmentId) -> Result<Served> {
    let found = connection
        .prepare_cached(&format!(
            "select {COLUMNS}, messages.room_id, storage_key, thumbnail_key, sha256
             from attachments join messages on messages.id = attachments.message_id
             where attachments.id = ?1"
        ))?
        .query_row([id], |row| {
            Ok(Served {
                attachment: attachment(row, 0)?,
                room_id: row.get(8)?,
                storage_key: row.get(9)?,
                thumbnail_key: row.get(10)?,
                sha256: row.get(11)?,
            })
        })?;
    Ok(found)
}

/// The room and the message a file is in. `NotFound` if it is in none.
pub fn place_of(connection: &Connection, id: AttachmentId) -> Result<(RoomId, MessageId)> {
    let place = connection
        .prepare_cached(
            "select messages.room_id, messages.id
             from attachments join messages on messages.id = attachments.message_id
             where attachments.id = ?1",
        )?
        .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(place)
}

/// A file whose small copy is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Awaiting {
    pub content_type: String,
    pub storage_key: String,
    /// Of a picture.
    pub pixels: u64,
}

/// A file whose small copy is to be made; none if that is done or the file is gone.
pub fn awaiting_preview(connection: &Connection, id: AttachmentId) -> Result<Option<Awaiting>> {
    let found = connection
        .prepare_cached(
            "select content_type, storage_key, coalesce(width * height, 0) from attachments
             where id = ?1 and preview = 'pending'",
        )?
        .query_row([id], |row| {
            let pixels: i64 = row.get(2)?;
            Ok(Awaiting {
                content_type: row.get(0)?,
                storage_key: row.get(1)?,
                pixels: pixels.try_into().unwrap_or(0),
            })
        })
        .optional()?;
    Ok(found)
}

/// Bytes stored in all.
pub fn total_size(connection: &Connection) -> Result<i64> {
    let total = connection
        .prepare_cached("select coalesce(sum(byte_size), 0) from attachments")?
        .query_row([], |row| row.get(0))?;
    Ok(total)
}

/// Bytes that one person has stored.
pub fn size_of_person(connection: &Connection, user_id: UserId) -> Result<i64> {
    let total = connection
        .prepare_cached(
            "select coalesce(sum(byte_size), 0) from attachments where uploader_id = ?1",
        )?
        .query_row([user_id], |row| row.get(0))?;
    Ok(total)
}

/// Whether files were sent before `since` whose message never was.
pub fn any_unposted(connection: &Connection, since: Timestamp) -> Result<bool> {
    let found = connection
        .prepare_cached(
            "select 1 from attachments where message_id is null and created_at < ?1 limit 1",
        )?
        .exists([since])?;
    Ok(found)
}
