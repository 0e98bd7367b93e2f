//! Taking messages away: one by somebody who may, or all that a banned person wrote.

use super::{make_unfindable, record_change, redraw_replies};
use crate::commands::attachments::GRACE_MS;
use crate::commands::{Tx, jobs};
use crate::db::Command;
use crate::error::{Error, Result};
use crate::events::Event;
use crate::model::{ChangeKind, Cursor, Job, MessageId, RoomId, UserId};

/// Removes a message with its boosts, mentions, files and place in the search index. The caller
/// has checked who may. `NotFound` if it is in another room or gone.
pub(in crate::commands) fn remove_message(
    tx: &mut Tx<'_>,
    room_id: RoomId,
    id: MessageId,
) -> Result<Cursor> {
    tx.prepare_cached("select 1 from messages where id = ?1 and room_id = ?2")?
        .query_row((id, room_id), |_| Ok(()))
        .map_err(Error::from)?;
    make_unfindable(tx, id)?;
    let keys = stored_files(tx, id)?;
    if !keys.is_empty() {
        jobs::enqueue_later(tx, &Job::RemoveFiles { keys }, GRACE_MS)?;
    }
    // Boosts, mentions and attachments go with the row.
    tx.prepare_cached("delete from messages where id = ?1")?.execute([id])?;
    tx.prepare_cached(
        "update rooms set last_message_id =
             coalesce((select max(id) from messages where room_id = ?1), 0)
         where id = ?1 and last_message_id = ?2",
    )?
    .execute((room_id, id))?;
    let cursor = record_change(tx, room_id, id, ChangeKind::Deleted)?;
    tx.record(Event::MessageDeleted { cursor, room_id, message_id: id });
    redraw_replies(tx, room_id, id)?;
    Ok(cursor)
}

/// The keys of the files of a message and of their previews.
pub(in crate::commands) fn stored_files(tx: &Tx<'_>, id: MessageId) -> Result<Vec<String>> {
    let keys = tx
        .prepare_cached(
            "select storage_key from attachments where message_id = ?1
             union all
             select thumbnail_key from attachments
             where message_id = ?1 and thumbnail_key is not null
             union all
             select picture_key from link_previews
             where message_id = ?1 and picture_key is not null",
        )?
        .query_map([id], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(keys)
}

/// Removes some of what one person wrote in any room, the newest first. Gives the number removed:
/// fewer than `at_most` means that nothing is left. Small portions, as everybody else's commands
/// wait meanwhile.
pub struct RemoveMessagesOf {
    pub user_id: UserId,
    /// What was written after this message stays.
    pub up_to: MessageId,
    pub at_most: usize,
}

impl Command<Event> for RemoveMessagesOf {
    type Output = usize;

    fn apply(self, tx: &mut Tx<'_>) -> Result<usize> {
        let mut found: Vec<(RoomId, MessageId)> = tx
            .prepare_cached(
                "select room_id, id from messages where creator_id = ?1 and id <= ?2
                 order by id desc limit ?3",
            )?
            .query_map((self.user_id, self.up_to, self.at_most as i64), |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?
            .collect::<rusqlite::Result<_>>()?;
        // The search index forgets them best in the order of their ids.
        found.reverse();
        for (room_id, id) in &found {
            remove_message(tx, *room_id, *id)?;
        }
        Ok(found.len())
    }
}
