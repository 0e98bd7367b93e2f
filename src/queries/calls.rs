//! What called somebody: where they are mentioned, what answers them, and pings not read yet.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension};

use super::searches::{Hit, hits};
use super::sidebar::UNREAD_COUNTED;
use crate::error::Result;
use crate::model::search::HITS;
use crate::model::{MessageId, RoomId, UserId};

/// The newest mentions looked at when calls are counted; older ones that were never read are not.
const LOOKED_AT: i64 = 300;
/// Calls that are listed at once when a list that was read further down is drawn anew.
const REDRAWN: usize = 200;

/// Why a message is in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    Mention,
    Reply,
    Ping,
}

/// A message that called somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    pub hit: Hit,
    pub reason: Reason,
    pub is_unread: bool,
}

/// Which part of the list, the newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The next 20 older than this message.
    Before(MessageId),
    /// From the newest down to this message, but at most 200.
    DownTo(MessageId),
}

/// Some calls, and the message before which the list goes on.
pub fn calls(
    connection: &Connection,
    user_id: UserId,
    part: Part,
) -> Result<(Vec<Call>, Option<MessageId>)> {
    let (before, most) = match part {
        Part::Before(id) => (id, HITS),
        Part::DownTo(_) => (MessageId(i64::MAX), REDRAWN),
    };
    let mut ids = mentions(connection, user_id, before, most + 1)?;
    ids.extend(pings(connection, user_id, before, most + 1)?);
    let wanted = match part {
        Part::Before(_) => most,
        // As a list never ends before its first page is full.
        Part::DownTo(last) => ids.range(last..).count().clamp(HITS, most),
    };
    let newest: Vec<MessageId> = ids.iter().rev().take(wanted).copied().collect();
    let next = (ids.len() > wanted).then(|| newest.last().copied()).flatten();
    let calls = hits(connection, user_id, &newest)?
        .into_iter()
        .map(|hit| call(connection, user_id, hit))
        .collect::<Result<_>>()?;
    Ok((calls, next))
}

fn mentions(
    connection: &Connection,
    user_id: UserId,
    before: MessageId,
    most: usize,
) -> Result<BTreeSet<MessageId>> {
    let ids = connection
        .prepare_cached(
            "select mentions.message_id from mentions
             join messages on messages.id = mentions.message_id
             join memberships on memberships.room_id = messages.room_id
                 and memberships.user_id = mentions.user_id
             where mentions.user_id = ?1 and mentions.message_id < ?2
               and messages.creator_id <> ?1
             order by mentions.message_id desc limit ?3",
        )?
        .query_map((user_id, before, most as i64), |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(ids)
}

/// Ping by ping, as each has its messages in order: one that was never read can be long.
fn pings(
    connection: &Connection,
    user_id: UserId,
    before: MessageId,
    most: usize,
) -> Result<BTreeSet<MessageId>> {
    let unread: Vec<(RoomId, MessageId)> = connection
        .prepare_cached(
            "select rooms.id, memberships.last_read_message_id
             from memberships join rooms on rooms.id = memberships.room_id
             where memberships.user_id = ?1 and rooms.kind = 'direct'
               and rooms.last_message_id > memberships.last_read_message_id",
        )?
        .query_map([user_id], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let mut newest = connection.prepare_cached(
        "select id from messages
         where room_id = ?1 and id > ?2 and id < ?3 and creator_id <> ?4
         order by id desc limit ?5",
    )?;
    let mut ids = BTreeSet::new();
    for (room_id, read) in unread {
        let found =
            newest.query_map((room_id, read, before, user_id, most as i64), |row| row.get(0))?;
        for id in found {
            ids.insert(id?);
        }
    }
    Ok(ids)
}

fn call(connection: &Connection, user_id: UserId, hit: Hit) -> Result<Call> {
    let (is_unread, answers): (bool, bool) = connection
        .prepare_cached(
            "select messages.id > memberships.last_read_message_id
                     and memberships.involvement <> 'invisible',
                 exists (select 1 from messages originals
                         where originals.id = messages.reply_to_id and originals.creator_id = ?2)
             from messages
             join memberships on memberships.room_id = messages.room_id
                 and memberships.user_id = ?2
             where messages.id = ?1",
        )?
        .query_row((hit.id, user_id), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?
        .unwrap_or_default();
    let reason = match (&hit.room_name, answers) {
        (None, _) => Reason::Ping,
        (Some(_), true) => Reason::Reply,
        (Some(_), false) => Reason::Mention,
    };
    Ok(Call { hit, reason, is_unread })
}

/// Calls that were not read yet, counted up to 100; none from rooms that are hidden. What is in
/// `current` is being read.
pub fn unread(connection: &Connection, user_id: UserId, current: Option<RoomId>) -> Result<i64> {
    let count = connection
        .prepare_cached(
            "select count(*) from (
                 select messages.id
                 from (select message_id from mentions where user_id = ?1
                       order by message_id desc limit ?3) latest
                 join messages on messages.id = latest.message_id
                 join memberships on memberships.room_id = messages.room_id
                     and memberships.user_id = ?1 and memberships.involvement <> 'invisible'
                 join rooms on rooms.id = messages.room_id and rooms.kind <> 'direct'
                 where messages.id > memberships.last_read_message_id
                   and messages.creator_id <> ?1 and messages.room_id is not ?2
                 union all
                 select messages.id
                 from memberships
                 join rooms on rooms.id = memberships.room_id and rooms.kind = 'direct'
                     and rooms.last_message_id > memberships.last_read_message_id
                 join messages on messages.room_id = rooms.id
                     and messages.id > memberships.last_read_message_id
                 where memberships.user_id = ?1 and memberships.involvement <> 'invisible'
                   and messages.creator_id <> ?1 and messages.room_id is not ?2
                 limit ?4)",
        )?
        .query_row((user_id, current, LOOKED_AT, UNREAD_COUNTED), |row| row.get(0))?;
    Ok(count)
}
