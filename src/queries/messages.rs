//! Messages, looked up: by page, by place, by the id their sender chose.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Params, Row};

use super::{attachments, link_previews, mentions, replies};
use crate::error::Result;
use crate::model::message::PAGE_SIZE;
use crate::model::{
    Author, BodyFormat, Boost, ClientMessageId, Message, MessageId, ReplyTo, RoomId, UserId,
};

const SELECT: &str =
    "select messages.id, messages.room_id, messages.body_html, messages.plain_text,
        messages.client_message_id, messages.created_at, messages.edited_at,
        users.id, users.name, users.role, users.avatar_changed_at, messages.reply_to_id
    from messages join users on users.id = messages.creator_id";

fn message(row: &Row<'_>) -> rusqlite::Result<Message> {
    Ok(Message {
        id: row.get(0)?,
        room_id: row.get(1)?,
        body_html: row.get(2)?,
        plain_text: row.get(3)?,
        client_message_id: ClientMessageId::from_stored(row.get(4)?),
        created_at: row.get(5)?,
        edited_at: row.get(6)?,
        author: Author {
            id: row.get(7)?,
            name: row.get(8)?,
            role: row.get(9)?,
            avatar_changed_at: row.get(10)?,
        },
        reply_to: row.get::<_, Option<MessageId>>(11)?.map(|id| ReplyTo { id, original: None }),
        mentioned: Vec::new(),
        boosts: Vec::new(),
        attachments: Vec::new(),
        link_preview: None,
    })
}

/// Some consecutive messages of a room, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Page {
    pub messages: Vec<Message>,
    pub has_older: bool,
    pub has_newer: bool,
}

/// The newest 40.
pub fn last_page(connection: &Connection, room_id: RoomId) -> Result<Page> {
    page_before(connection, room_id, MessageId(i64::MAX))
}

/// Up to 40 older than `pivot`, which need not exist any more.
pub fn page_before(connection: &Connection, room_id: RoomId, pivot: MessageId) -> Result<Page> {
    let (messages, has_older) = older(connection, room_id, pivot, PAGE_SIZE)?;
    let has_newer = pivot.0 != i64::MAX;
    Ok(Page { messages: with_parts(connection, messages)?, has_older, has_newer })
}

/// Up to 40 newer than `pivot`.
pub fn page_after(connection: &Connection, room_id: RoomId, pivot: MessageId) -> Result<Page> {
    let (messages, has_newer) = newer(connection, room_id, pivot, PAGE_SIZE)?;
    Ok(Page { messages: with_parts(connection, messages)?, has_older: true, has_newer })
}

/// `pivot` in the middle of up to 41; none if it is not in this room.
pub fn page_around(
    connection: &Connection,
    room_id: RoomId,
    pivot: MessageId,
) -> Result<Option<Page>> {
    let Some(middle) = row_of(connection, room_id, pivot)? else {
        return Ok(None);
    };
    let (mut messages, has_older) = older(connection, room_id, pivot, PAGE_SIZE / 2)?;
    let (after, has_newer) = newer(connection, room_id, pivot, PAGE_SIZE / 2)?;
    messages.push(middle);
    messages.extend(after);
    Ok(Some(Page { messages: with_parts(connection, messages)?, has_older, has_newer }))
}

fn older(
    connection: &Connection,
    room_id: RoomId,
    pivot: MessageId,
    limit: usize,
) -> Result<(Vec<Message>, bool)> {
    let sql = format!(
        "{SELECT} where messages.room_id = ?1 and messages.id < ?2 order by messages.id desc limit ?3"
    );
    let (mut messages, more) = limited(connection, &sql, room_id, pivot, limit)?;
    messages.reverse();
    Ok((messages, more))
}

fn newer(
    connection: &Connection,
    room_id: RoomId,
    pivot: MessageId,
    limit: usize,
) -> Result<(Vec<Message>, bool)> {
    let sql = format!(
        "{SELECT} where messages.room_id = ?1 and messages.id > ?2 order by messages.id limit ?3"
    );
    limited(connection, &sql, room_id, pivot, limit)
}

/// Asks for one more than wanted, to learn whether there are any beyond.
fn limited(
    connection: &Connection,
    sql: &str,
    room_id: RoomId,
    pivot: MessageId,
    limit: usize,
) -> Result<(Vec<Message>, bool)> {
    let mut messages = rows(connection, sql, (room_id, pivot, limit as i64 + 1))?;
    let more = messages.len() > limit;
    messages.truncate(limit);
    Ok((messages, more))
}

fn rows(connection: &Connection, sql: &str, params: impl Params) -> Result<Vec<Message>> {
    let found = connection
        .prepare_cached(sql)?
        .query_map(params, message)?
        .collect::<rusqlite::Result<_>>()?;
    Ok(found)
}

fn row_of(connection: &Connection, room_id: RoomId, id: MessageId) -> Result<Option<Message>> {
    let found = connection
        .prepare_cached(&format!("{SELECT} where messages.id = ?1 and messages.room_id = ?2"))?
        .query_row((id, room_id), message)
        .optional()?;
    Ok(found)
}

/// One message of a room. `NotFound` if it is in another room or gone.
pub fn by_id(connection: &Connection, room_id: RoomId, id: MessageId) -> Result<Message> {
    let found = row_of(connection, room_id, id)?.ok_or(crate::error::Error::NotFound)?;
    let mut complete = with_parts(connection, vec![found])?;
    complete.pop().ok_or(crate::error::Error::NotFound)
}

/// The message somebody already posted under this id of their own choosing.
pub fn by_client_id(
    connection: &Connection,
    room_id: RoomId,
    creator_id: UserId,
    client_message_id: &ClientMessageId,
) -> Result<Option<MessageId>> {
    let found = connection
        .prepare_cached(
            "select id from messages
             where room_id = ?1 and creator_id = ?2 and client_message_id = ?3",
        )?
        .query_row((room_id, creator_id, client_message_id.as_str()), |row| row.get(0))
        .optional()?;
    Ok(found)
}

/// The room a message is in. `NotFound` if it is gone.
pub fn room_of(connection: &Connection, id: MessageId) -> Result<RoomId> {
    let room_id = connection
        .prepare_cached("select room_id from messages where id = ?1")?
        .query_row([id], |row| row.get(0))?;
    Ok(room_id)
}

/// What a message was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    pub creator_id: UserId,
    pub text: String,
    pub format: BodyFormat,
}

/// The body as its author typed it. `NotFound` if the message is in another room or gone.
pub fn source_of(connection: &Connection, room_id: RoomId, id: MessageId) -> Result<Source> {
    let source = connection
        .prepare_cached(
            "select creator_id, body_source, body_format from messages
             where id = ?1 and room_id = ?2",
        )?
        .query_row((id, room_id), |row| {
            Ok(Source { creator_id: row.get(0)?, text: row.get(1)?, format: row.get(2)? })
        })?;
    Ok(source)
}

/// Whether a message is among the newest 40 of its room.
pub fn is_on_last_page(connection: &Connection, room_id: RoomId, id: MessageId) -> Result<bool> {
    let newer: i64 = connection
        .prepare_cached(
            "select count(*) from
                 (select 1 from messages where room_id = ?1 and id > ?2 limit ?3)",
        )?
        .query_row((room_id, id, PAGE_SIZE as i64), |row| row.get(0))?;
    Ok(newer < PAGE_SIZE as i64)
}

/// How many messages a room holds, counted up to `limit`.
pub fn count_up_to(connection: &Connection, room_id: RoomId, limit: i64) -> Result<i64> {
    let count = connection
        .prepare_cached(
            "select count(*) from (select 1 from messages where room_id = ?1 limit ?2)",
        )?
        .query_row((room_id, limit), |row| row.get(0))?;
    Ok(count)
}

/// The oldest messages of a room.
pub fn oldest(connection: &Connection, room_id: RoomId, limit: i64) -> Result<Vec<MessageId>> {
    let ids = connection
        .prepare_cached("select id from messages where room_id = ?1 order by id limit ?2")?
        .query_map((room_id, limit), |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(ids)
}

/// The present state of these messages, in the order of their ids; those that are gone are left out.
pub fn by_ids(connection: &Connection, room_id: RoomId, ids: &[MessageId]) -> Result<Vec<Message>> {
    let sql = format!(
        "{SELECT} where messages.room_id = ?1
           and messages.id in (select value from json_each(?2)) order by messages.id"
    );
    let messages = rows(connection, &sql, (room_id, json_list(ids.iter().map(|id| id.0))))?;
    with_parts(connection, messages)
}

/// Adds boosts, attachments, originals and names, each looked up once for all messages.
fn with_parts(connection: &Connection, mut messages: Vec<Message>) -> Result<Vec<Message>> {
    let ids = json_list(messages.iter().map(|m| m.id.0));
    replies::add_originals(connection, &mut messages)?;
    mentions::add_names(connection, &mut messages, &ids)?;
    let mut boosts = boosts_of(connection, &ids)?;
    let mut attachments = attachments::of_messages(connection, &ids)?;
    link_previews::add(connection, &mut messages, &ids)?;
    for message in &mut messages {
        message.boosts = boosts.remove(&message.id).unwrap_or_default();
        message.attachments = attachments.remove(&message.id).unwrap_or_default();
    }
    Ok(messages)
}

fn boosts_of(connection: &Connection, ids: &str) -> Result<HashMap<MessageId, Vec<Boost>>> {
    grouped(
        connection,
        "select boosts.message_id, boosts.id, boosts.content, boosts.booster_id, users.name, boosts.created_at
         from boosts join users on users.id = boosts.booster_id
         where boosts.message_id in (select value from json_each(?1)) order by boosts.id",
        ids,
        |row| {
            Ok(Boost {
                id: row.get(1)?,
                content: row.get(2)?,
                booster_id: row.get(3)?,
                booster_name: row.get(4)?,
                created_at: row.get(5)?,
            })
        },
    )
}

pub(super) fn grouped<T>(
    connection: &Connection,
    sql: &str,
    ids: &str,
    part: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<HashMap<MessageId, Vec<T>>> {
    let mut found: HashMap<MessageId, Vec<T>> = HashMap::new();
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([ids])?;
    while let Some(row) = rows.next()? {
        found.entry(row.get(0)?).or_default().push(part(row)?);
    }
    Ok(found)
}

pub(super) fn json_list(ids: impl Iterator<Item = i64>) -> String {
    let list: Vec<String> = ids.map(|id| id.to_string()).collect();
    format!("[{}]", list.join(","))
}
