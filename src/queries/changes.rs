//! What altered a room, and how a returning reader catches up.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;

use super::messages::{self, Page};
use super::{epochs, users};
use crate::error::Result;
use crate::model::cursor::MAX_REPLAYED_CHANGES;
use crate::model::{Author, ChangeKind, Cursor, Message, MessageId, Position, RoomId, UserId};

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
    /// Each altered message once, in its present state, by rising id; then each person whose
    /// name or picture is another one.
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
    /// Shown by another name or picture since.
    Renamed(Author),
}

/// What changed in a room after `since`, coalesced. One read transaction must cover the call.
pub fn missed(connection: &Connection, room_id: RoomId, since: Position) -> Result<Missed> {
    let cursor = cursor_of(connection, room_id)?;
    let changes = after(connection, room_id, since.cursor)?;
    if !is_ours(connection, since)? || changes.len() > MAX_REPLAYED_CHANGES {
        let page = messages::last_page(connection, room_id)?;
        return Ok(Missed::Everything { cursor, page });
    }
    let mut posted_since: BTreeMap<MessageId, bool> = BTreeMap::new();
    let mut renamed = BTreeSet::new();
    for change in changes {
        if let Some(message_id) = change.message_id {
            *posted_since.entry(message_id).or_default() |= change.kind == ChangeKind::Posted;
        }
        renamed.extend(change.user_id);
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
    for user_id in renamed {
        altered.push(Altered::Renamed(users::author_by_id(connection, user_id)?));
    }
    Ok(Missed::Changes { cursor, altered })
}

/// Whether a reader has seen only what is in this database's past. One who heard of more than was
/// kept, as after a backup was put back, would miss what the same numbers stand for now.
fn is_ours(connection: &Connection, since: Position) -> Result<bool> {
    let end = match since.epoch {
        Some(epoch) => epochs::end_of(connection, epoch)?,
        None => Some(epochs::last_cursor(connection)?),
    };
    Ok(end.is_some_and(|end| since.cursor <= end))
}

struct Change {
    message_id: Option<MessageId>,
    user_id: Option<UserId>,
    kind: ChangeKind,
}

fn after(connection: &Connection, room_id: RoomId, since: Cursor) -> Result<Vec<Change>> {
    let changes = connection
        .prepare_cached(
            "select message_id, user_id, kind from changes
             where room_id = ?1 and id > ?2 order by id limit ?3",
        )?
        .query_map((room_id, since, MAX_REPLAYED_CHANGES as i64 + 1), |row| {
            Ok(Change { message_id: row.get(0)?, user_id: row.get(1)?, kind: row.get(2)? })
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(changes)
}
