//! Work that waits, looked up.

use rusqlite::{Connection, OptionalExtension};

use crate::error::Result;
use crate::model::{Lane, Timestamp};

/// Which jobs take a lane, as a condition.
pub fn of_lane(lane: Lane) -> String {
    let quoted = |lane: Lane| lane.kinds().iter().map(|kind| format!("'{kind}'"));
    match lane {
        Lane::Work => {
            let others: Vec<String> = Lane::ALL.into_iter().flat_map(quoted).collect();
            format!("kind not in ({})", others.join(", "))
        }
        lane => format!("kind in ({})", quoted(lane).collect::<Vec<_>>().join(", ")),
    }
}

/// When the next job of a lane is due that nobody works on; none when there is none.
pub fn next_due_at(connection: &Connection, lane: Lane) -> Result<Option<Timestamp>> {
    let sql = format!(
        "select run_at from jobs where claimed_at is null and {} order by run_at, id limit 1",
        of_lane(lane)
    );
    let due = connection.prepare_cached(&sql)?.query_row([], |row| row.get(0)).optional()?;
    Ok(due)
}
