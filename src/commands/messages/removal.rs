//! Taking a message away with everything that hangs on it.

use super::{make_unfindable, record_change, redraw_replies};
use crate::commands::Tx;
use crate::error::{Error, Result};
use crate::events::Event;
use crate::model::{ChangeKind, Cursor, MessageId, RoomId};

/// Removes a message with its boosts, mentions and place in the search index; what is left is the
/// number of the change. The caller has checked who may. `NotFound` if it is in another room or
/// gone.
pub(in crate::commands) fn remove_message(
    tx: &mut Tx<'_>,
    room_id: RoomId,
    id: MessageId,
) -> Result<Cursor> {
    let plain_text: String = tx
        .prepare_cached("select plain_text from messages where id = ?1 and room_id = ?2")?
        .query_row((id, room_id), |row| row.get(0))
        .map_err(Error::from)?;
    // Boosts, mentions and attachments go with the row.
    tx.prepare_cached("delete from messages where id = ?1")?.execute([id])?;
    tx.prepare_cached(
        "update rooms set last_message_id =
             coalesce((select max(id) from messages where room_id = ?1), 0)
         where id = ?1 and last_message_id = ?2",
    )?
    .execute((room_id, id))?;
    make_unfindable(tx, id, plain_text);
    let cursor = record_change(tx, room_id, id, ChangeKind::Deleted)?;
    tx.record(Event::MessageDeleted { cursor, room_id, message_id: id });
    redraw_replies(tx, room_id, id)?;
    Ok(cursor)
}
