//! What altered a room, and how a returning reader catches up.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::messages::{self, Page};
use crate::error::Result;
use crate::model::cursor::MAX_REPLAYED_CHANGES;
use crate::model::{ChangeKind, Cursor, Message, MessageId, RoomId};

/// The number of the last change of a room; 0 before the first.
pub fn cursor_of(connection: &Connection, room_id: RoomId) -> Result<Cursor> {
    let last: Option<Cursor> = connection
        .prepare_cached("select max(id) from changes where room_id = ?1")?
        .query_row([room_id], |row| row.get(0))?;
    Ok(last.unwrap_or(Cursor(0)))
}

/// What somebody with a cursor has missed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missed {
    /// Each altered message once, in its present state, by rising id.
    Changes { cursor: Cursor, altered: Vec<Altered> },
    /// Too much, or the cursor is not one of ours: start over with the last page.
    Everything { cursor: Cursor, page: Page },
}

/// One message that is not what the reader last saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Altered {
    /// Posted since; may have been edited and boosted since, too.
    Posted(Message),
    /// Known to the reader, but edited or boosted since.
    Changed(Message),
    Deleted(MessageId),
}

/// What changed in a room after `since`, coalesced. One read transaction must cover the call.
pub fn missed(connection: &Connection, room_id: RoomId, since: Cursor) -> Result<Missed> {
    let cursor = cursor_of(connection, room_id)?;
    let changes = after(connection, room_id, since)?;
    if since > cursor_of_all(connection)? || changes.len() > MAX_REPLAYED_CHANGES {
        let page = messages::last_page(connection, room_id)?;
        return Ok(Missed::Everything { cursor, page });
    }
    let mut posted_since: BTreeMap<MessageId, bool> = BTreeMap::new();
    for (message_id, kind) in changes {
        *posted_since.entry(message_id).or_default() |= kind == ChangeKind::Posted;
    }
    let ids: Vec<MessageId> = posted_since.keys().copied().collect();
    let mut present = messages::by_ids(connection, room_id, &ids)?.into_iter().peekable();
    let mut altered = Vec::with_capacity(ids.len());
    for (id, posted) in posted_since {
        match present.next_if(|message| message.id == id) {
            Some(message) if posted => altered.push(Altered::Posted(message)),
            Some(message) => altered.push(Altered::Changed(message)),
            // Posted and deleted within the absence: the reader never saw it.
            None if posted => {}
            None => altered.push(Altered::Deleted(id)),
        }
    }
    Ok(Missed::Changes { cursor, altered })
}

fn after(
    connection: &Connection,
    room_id: RoomId,
    since: Cursor,
) -> Result<Vec<(MessageId, ChangeKind)>> {
    let changes = connection
        .prepare_cached(
            "select message_id, kind from changes where room_id = ?1 and id > ?2 order by id limit ?3",
        )?
        .query_map((room_id, since, MAX_REPLAYED_CHANGES as i64 + 1), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(changes)
}

/// The last number given anywhere, even to a change whose room is gone.
fn cursor_of_all(connection: &Connection) -> Result<Cursor> {
    let last: Option<Cursor> = connection
        .prepare_cached("select max(seq) from sqlite_sequence where name = 'changes'")?
        .query_row([], |row| row.get(0))?;
    Ok(last.unwrap_or(Cursor(0)))
}
