//! Writes down what administrators do, in the transaction in which they do it.

use super::Tx;
use crate::error::Result;
use crate::model::audit_log::Deed;
use crate::model::{Room, RoomKind, UserId};

/// An administrator did something that is about nobody in particular.
pub(super) fn note(tx: &Tx<'_>, actor_id: UserId, deed: Deed) -> Result<()> {
    insert(tx, Some(actor_id), deed, None, "")
}

/// An administrator did something to a person or a bot, or to what they wrote.
pub(super) fn note_about(
    tx: &Tx<'_>,
    actor_id: UserId,
    deed: Deed,
    subject_id: UserId,
) -> Result<()> {
    insert(tx, Some(actor_id), deed, Some(subject_id), "")
}

/// The operator at the machine did something to a person.
pub(super) fn note_operator(tx: &Tx<'_>, deed: Deed, subject_id: UserId) -> Result<()> {
    insert(tx, None, deed, Some(subject_id), "")
}

/// An administrator did something to a room. What its creator does is nobody else's business, and
/// neither is the name of a room that not everybody may know of.
pub(super) fn note_room(tx: &Tx<'_>, actor_id: UserId, deed: Deed, room: &Room) -> Result<()> {
    if room.creator_id == actor_id || room.kind == RoomKind::Direct {
        return Ok(());
    }
    let name = room.name.as_deref().filter(|_| room.kind == RoomKind::Open);
    insert(tx, Some(actor_id), deed, None, name.unwrap_or_default())
}

fn insert(
    tx: &Tx<'_>,
    actor_id: Option<UserId>,
    deed: Deed,
    subject_id: Option<UserId>,
    detail: &str,
) -> Result<()> {
    tx.prepare_cached(
        "insert into audit_log (actor_id, deed, subject_id, detail, at)
         values (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute((actor_id, deed, subject_id, detail, tx.now))?;
    Ok(())
}
