//! What called somebody: where they are mentioned, what answers them, and pings not read yet.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension};

use super::searches::{Hit, hits};
use crate::error::Result;
use crate::model::search::HITS;
use crate::model::{MessageId, RoomId, UserId};

/// Calls not read yet are counted up to this many.
const COUNTED: i64 = 100;
/// The newest mentions looked at for that; older ones that were never read are not counted.
const LOOKED_AT: i64 = 300;

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

/// The newest calls older than `before`, 20 at most, and where to go on.
pub fn calls(
    connection: &Connection,
    user_id: UserId,
    before: MessageId,
) -> Result<(Vec<Call>, Option<MessageId>)> {
    let limit = HITS as i64 + 1;
    let mut ids = BTreeSet::new();
    for sql in [MENTIONS, PINGS] {
        let mut statement = connection.prepare_cached(sql)?;
        let found = statement.query_map((user_id, before, limit), |row| row.get(0))?;
        for id in found {
            ids.insert(id?);
        }
    }
    let newest: Vec<MessageId> = ids.iter().rev().take(HITS).copied().collect();
    let next = (ids.len() > HITS).then(|| newest.last().copied()).flatten();
    let calls = hits(connection, user_id, &newest)?
        .into_iter()
        .map(|hit| call(connection, user_id, hit))
        .collect::<Result<_>>()?;
    Ok((calls, next))
}

const MENTIONS: &str = "select mentions.message_id from mentions
    join messages on messages.id = mentions.message_id
    join memberships on memberships.room_id = messages.room_id
        and memberships.user_id = mentions.user_id
    where mentions.user_id = ?1 and mentions.message_id < ?2 and messages.creator_id <> ?1
    order by mentions.message_id desc limit ?3";

const PINGS: &str = "select messages.id from memberships
    join rooms on rooms.id = memberships.room_id and rooms.kind = 'direct'
    join messages on messages.room_id = rooms.id
        and messages.id > memberships.last_read_message_id and messages.id < ?2
    where memberships.user_id = ?1 and messages.creator_id <> ?1
    order by messages.id desc limit ?3";

fn call(connection: &Connection, user_id: UserId, hit: Hit) -> Result<Call> {
    let (is_unread, answers): (bool, bool) = connection
        .prepare_cached(
            "select messages.id > memberships.last_read_message_id,
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

/// Calls that were not read yet, counted up to 100. What is in `current` is being read.
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
                 where messages.id > memberships.last_read_message_id
                   and messages.creator_id <> ?1 and messages.room_id is not ?2
                 union
                 select messages.id
                 from memberships
                 join rooms on rooms.id = memberships.room_id and rooms.kind = 'direct'
                 join messages on messages.room_id = rooms.id
                     and messages.id > memberships.last_read_message_id
                 where memberships.user_id = ?1 and memberships.involvement <> 'invisible'
                   and messages.creator_id <> ?1 and messages.room_id is not ?2
                 limit ?4)",
        )?
        .query_row((user_id, current, LOOKED_AT, COUNTED), |row| row.get(0))?;
    Ok(count)
}
