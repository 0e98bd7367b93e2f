//! Work that waits, looked up.

use rusqlite::Connection;

use crate::error::Result;
use crate::model::Timestamp;
use crate::model::condition::Waiting;

/// When the next job is due that nobody works on; none when there is none. Those that make small
/// copies may be left out.
pub fn next_due_at(connection: &Connection, no_preview: bool) -> Result<Option<Timestamp>> {
    let due = connection
        .prepare_cached(
            "select min(run_at) from jobs
             where claimed_at is null and not (?1 and kind = 'make_preview')",
        )?
        .query_row([no_preview], |row| row.get(0))?;
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
