//! Boosts, looked up one by one; whole messages come with theirs.

use rusqlite::{Connection, OptionalExtension};

use crate::error::Result;
use crate::model::{BoostId, MessageId, UserId};

/// The boost with exactly this content that somebody gave a message.
pub fn own(
    connection: &Connection,
    message_id: MessageId,
    booster_id: UserId,
    content: &str,
) -> Result<Option<BoostId>> {
    let found = connection
        .prepare_cached(
            "select id from boosts where message_id = ?1 and booster_id = ?2 and content = ?3",
        )?
        .query_row((message_id, booster_id, content), |row| row.get(0))
        .optional()?;
    Ok(found)
}

/// How many boosts somebody gave a message.
pub fn count_by(
    connection: &Connection,
    message_id: MessageId,
    booster_id: UserId,
) -> Result<usize> {
    let count: i64 = connection
        .prepare_cached("select count(*) from boosts where message_id = ?1 and booster_id = ?2")?
        .query_row((message_id, booster_id), |row| row.get(0))?;
    Ok(usize::try_from(count).unwrap_or(0))
}

/// Whether a boost is on this message and by this person.
pub fn belongs_to(
    connection: &Connection,
    id: BoostId,
    message_id: MessageId,
    booster_id: UserId,
) -> Result<bool> {
    let found = connection
        .prepare_cached(
            "select 1 from boosts where id = ?1 and message_id = ?2 and booster_id = ?3",
        )?
        .exists((id, message_id, booster_id))?;
    Ok(found)
}
