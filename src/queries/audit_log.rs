//! What administrators did, looked up.

use rusqlite::{Connection, Row};

use crate::error::Result;
use crate::model::UserId;
use crate::model::audit_log::Entry;

/// The latest entries of the log, or those before one; the newest first.
pub fn page(connection: &Connection, before: Option<i64>, limit: usize) -> Result<Vec<Entry>> {
    let entries = connection
        .prepare_cached(
            "select log.id, log.at, log.deed, log.detail,
                log.actor_id, actors.name, log.subject_id, subjects.name
             from audit_log log
             left join users actors on actors.id = log.actor_id
             left join users subjects on subjects.id = log.subject_id
             where log.id < ?1 order by log.id desc limit ?2",
        )?
        .query_map((before.unwrap_or(i64::MAX), limit as i64), entry)?
        .collect::<rusqlite::Result<_>>()?;
    Ok(entries)
}

fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let person = |at: usize| -> rusqlite::Result<Option<(UserId, String)>> {
        let id: Option<UserId> = row.get(at)?;
        id.map(|id| Ok((id, row.get(at + 1)?))).transpose()
    };
    Ok(Entry {
        id: row.get(0)?,
        at: row.get(1)?,
        deed: row.get(2)?,
        detail: row.get(3)?,
        actor: person(4)?,
        subject: person(6)?,
    })
}
