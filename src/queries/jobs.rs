//! Work that waits, looked up.

use rusqlite::Connection;

use crate::error::Result;
use crate::model::Timestamp;

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
