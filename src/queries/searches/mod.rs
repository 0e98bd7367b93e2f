//! Finding messages. Whoever asks is part of every query: what is not theirs to read is never
//! looked at, and somebody who was let go a moment ago finds nothing any more.

mod narrowing;

use rusqlite::{Connection, OptionalExtension, Row};

use crate::error::Result;
use crate::model::search::{HITS, Query, passage};
use crate::model::{Author, MessageId, RoomId, RoomKind, Timestamp, UserId};
pub use narrowing::Narrowed;

/// The fact that says up to which message the index is not filled yet.
pub const MISSING_UP_TO: &str = "search_missing_up_to";
/// Hits that are compared with each other for the best: the newest ones.
pub const COMPARED: usize = 500;

/// A message that fits, as far as a list of hits shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    pub id: MessageId,
    pub room_id: RoomId,
    pub room_kind: RoomKind,
    /// None for a ping.
    pub room_name: Option<String>,
    pub author: Author,
    pub plain_text: String,
    pub file_names: Vec<String>,
    pub created_at: Timestamp,
}

/// Some hits, and where to go on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    pub hits: Vec<Hit>,
    pub next: Option<Next>,
}

/// Where the next hits are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// The newest ones older than this message.
    Before(MessageId),
    /// Of the best of those up to `newest`, the ones after the first `skip`.
    Best { skip: usize, newest: MessageId },
}

const FROM: &str = "from message_search
    cross join messages on messages.id = message_search.rowid
    cross join memberships on memberships.room_id = messages.room_id
        and memberships.user_id = ?1";

const WHERE: &str = "where message_search match ?2
    and message_search.rowid < ?3 and message_search.rowid >= ?4
    and messages.created_at >= ?5 and messages.created_at < ?6
    order by message_search.rowid desc limit ?7";

/// The newest messages that fit, older than `before`, 20 at a time.
pub fn newest(
    connection: &Connection,
    user_id: UserId,
    wanted: &Narrowed,
    before: MessageId,
) -> Result<Found> {
    let ids = matching(connection, user_id, wanted, before, HITS + 1)?;
    let next = (ids.len() > HITS).then(|| ids.get(HITS - 1).copied()).flatten();
    let shown: Vec<MessageId> = ids.into_iter().take(HITS).collect();
    Ok(Found { hits: hits(connection, user_id, &shown)?, next: next.map(Next::Before) })
}

/// The best of the newest [`COMPARED`] messages that fit, up to and with `newest`, 20 at a time;
/// after them the older ones follow as in [`newest`].
pub fn best(
    connection: &Connection,
    user_id: UserId,
    wanted: &Narrowed,
    query: &Query,
    skip: usize,
    newest: MessageId,
) -> Result<Found> {
    let before = MessageId(newest.0.saturating_add(1));
    let texts = texts(connection, user_id, wanted, before)?;
    let first = texts.first().map(|(id, _)| *id).unwrap_or(newest);
    let last = texts.last().map(|(id, _)| *id);
    let is_full = texts.len() >= COMPARED;
    let mut scored: Vec<(u32, MessageId)> =
        texts.into_iter().map(|(id, text)| (passage::score(&text, &query.terms), id)).collect();
    scored.sort_unstable_by(|one, other| other.cmp(one));
    let shown: Vec<MessageId> = scored.iter().skip(skip).take(HITS).map(|(_, id)| *id).collect();
    let shown_all = skip.saturating_add(HITS) >= scored.len();
    let next = match (shown_all, last.filter(|_| is_full)) {
        (false, _) => Some(Next::Best { skip: skip.saturating_add(HITS), newest: first }),
        (true, Some(last)) => Some(Next::Before(last)),
        (true, None) => None,
    };
    Ok(Found { hits: hits(connection, user_id, &shown)?, next })
}

fn matching(
    connection: &Connection,
    user_id: UserId,
    wanted: &Narrowed,
    before: MessageId,
    limit: usize,
) -> Result<Vec<MessageId>> {
    let Some(wanted) = wanted.possible() else { return Ok(Vec::new()) };
    let ids = connection
        .prepare_cached(&format!("select messages.id {FROM} {WHERE}"))?
        .query_map(
            (
                user_id,
                &wanted.expression,
                before.min(wanted.ids.end),
                wanted.ids.start,
                wanted.times.start,
                wanted.times.end,
                limit as i64,
            ),
            |row| row.get(0),
        )?
        .collect::<rusqlite::Result<_>>()?;
    Ok(ids)
}

/// How SQLite goes about finding the newest messages that fit, step by step: for measurements.
pub fn plan(connection: &Connection, user_id: UserId, wanted: &Narrowed) -> Result<Vec<String>> {
    let steps = connection
        .prepare(&format!("explain query plan select messages.id {FROM} {WHERE}"))?
        .query_map(
            (
                user_id,
                &wanted.expression,
                wanted.ids.end,
                wanted.ids.start,
                wanted.times.start,
                wanted.times.end,
                HITS as i64 + 1,
            ),
            |row| row.get("detail"),
        )?
        .collect::<rusqlite::Result<_>>()?;
    Ok(steps)
}

fn texts(
    connection: &Connection,
    user_id: UserId,
    wanted: &Narrowed,
    before: MessageId,
) -> Result<Vec<(MessageId, String)>> {
    let Some(wanted) = wanted.possible() else { return Ok(Vec::new()) };
    // The beginning of a text tells enough about it.
    let texts = connection
        .prepare_cached(&format!(
            "select messages.id, substr(messages.plain_text, 1, 1000) {FROM} {WHERE}"
        ))?
        .query_map(
            (
                user_id,
                &wanted.expression,
                before.min(wanted.ids.end),
                wanted.ids.start,
                wanted.times.start,
                wanted.times.end,
                COMPARED as i64,
            ),
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?
        .collect::<rusqlite::Result<_>>()?;
    Ok(texts)
}

/// What is shown of these messages, in their order; those that are gone or not this person's to
/// read are left out.
pub(super) fn hits(
    connection: &Connection,
    user_id: UserId,
    ids: &[MessageId],
) -> Result<Vec<Hit>> {
    let mut statement = connection.prepare_cached(
        "select messages.id, messages.room_id, rooms.kind, rooms.name, messages.plain_text,
             messages.created_at, users.id, users.name, users.role, users.avatar_changed_at
         from messages
         join memberships on memberships.room_id = messages.room_id and memberships.user_id = ?2
         join rooms on rooms.id = messages.room_id
         join users on users.id = messages.creator_id
         where messages.id = ?1",
    )?;
    let mut names = connection.prepare_cached(
        "select filename from attachments where message_id = ?1 order by position, id",
    )?;
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        let Some(mut hit) = statement.query_row((id, user_id), hit).optional()? else { continue };
        hit.file_names =
            names.query_map([id], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        found.push(hit);
    }
    Ok(found)
}

fn hit(row: &Row<'_>) -> rusqlite::Result<Hit> {
    Ok(Hit {
        id: row.get(0)?,
        room_id: row.get(1)?,
        room_kind: row.get(2)?,
        room_name: row.get(3)?,
        plain_text: row.get(4)?,
        created_at: row.get(5)?,
        author: Author {
            id: row.get(6)?,
            name: row.get(7)?,
            role: row.get(8)?,
            avatar_changed_at: row.get(9)?,
        },
        file_names: Vec::new(),
    })
}

/// What a person looked for lately, the latest first.
pub fn recent(connection: &Connection, user_id: UserId) -> Result<Vec<String>> {
    let queries = connection
        .prepare_cached(
            "select query from searches where user_id = ?1 order by searched_at desc, id desc",
        )?
        .query_map([user_id], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(queries)
}

/// The newest message that is not in the index yet; none when all of them are.
pub fn missing_up_to(connection: &Connection) -> Result<Option<MessageId>> {
    let last = connection
        .prepare_cached("select cast(value as integer) from facts where name = ?1")?
        .query_row([MISSING_UP_TO], |row| row.get(0))
        .optional()?;
    Ok(last)
}
