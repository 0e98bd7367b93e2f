//! Work that waits, looked up.

use rusqlite::Connection;

use crate::error::Result;
use crate::model::Timestamp;

/// When the next job is due that nobody works on; none when there is none.
pub fn next_due_at(connection: &Connection) -> Result<Option<Timestamp>> {
    let due = connection
        .prepare_cached("select min(run_at) from jobs where claimed_at is null")?
        .query_row([], |row| row.get(0))?;
    Ok(due)
}
