//! Work that waits, looked up.

use rusqlite::{Connection, OptionalExtension};

use crate::error::Result;
use crate::model::condition::Waiting;
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

/// What waits or is being worked on, one line for each kind of work.
pub fn waiting(connection: &Connection) -> Result<Vec<Waiting>> {
    let found = connection
        .prepare_cached("select kind, count(*), min(run_at) from jobs group by kind order by kind")?
        .query_map([], |row| {
            Ok(Waiting { kind: row.get(0)?, count: row.get(1)?, due_at: row.get(2)? })
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(found)
}
