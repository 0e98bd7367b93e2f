//! Work that waits, looked up.

use rusqlite::{Connection, OptionalExtension};

use crate::error::Result;
use crate::model::{Lane, Timestamp};

/// When the next job of a lane is due that nobody works on; none when there is none.
pub fn next_due_at(connection: &Connection, lane: Lane) -> Result<Option<Timestamp>> {
    let due = connection
        .prepare_cached(
            "select run_at from jobs where claimed_at is null and lane = ?1
             order by run_at, id limit 1",
        )?
        .query_row([lane.as_str()], |row| row.get(0))
        .optional()?;
    Ok(due)
}
