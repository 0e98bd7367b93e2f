//! Links that sign somebody in once, looked up.

use rusqlite::{Connection, OptionalExtension};

use crate::error::Result;
use crate::events::TokenHash;
use crate::model::{Timestamp, UserId};

/// Whom an unused link signs in, if its time is not over.
pub fn whom(
    connection: &Connection,
    token_hash: &TokenHash,
    now: Timestamp,
) -> Result<Option<UserId>> {
    let found = connection
        .prepare_cached("select user_id from transfers where token_hash = ?1 and expires_at > ?2")?
        .query_row((token_hash, now), |row| row.get(0))
        .optional()?;
    Ok(found)
}
