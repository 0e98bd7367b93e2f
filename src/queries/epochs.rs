//! The starts of the server on this database.

use rusqlite::{Connection, OptionalExtension};

use crate::error::Result;
use crate::model::{Cursor, Epoch, Timestamp};

/// The last change number that was given in an epoch; for the latest one, the last given at all.
/// None for an epoch that this database does not know.
pub fn end_of(connection: &Connection, epoch: Epoch) -> Result<Option<Cursor>> {
    let next: Option<Option<Cursor>> = connection
        .prepare_cached(
            "select (select next.begins_after from epochs next where next.id > epochs.id
                     order by next.id limit 1)
             from epochs where name = ?1",
        )?
        .query_row([epoch.to_string()], |row| row.get(0))
        .optional()?;
    match next {
        Some(None) => last_cursor(connection).map(Some),
        known => Ok(known.flatten()),
    }
}

/// The last change number given anywhere, even to a change whose room is gone.
pub fn last_cursor(connection: &Connection) -> Result<Cursor> {
    let last: Option<Cursor> = connection
        .prepare_cached("select max(seq) from sqlite_sequence where name = 'changes'")?
        .query_row([], |row| row.get(0))?;
    Ok(last.unwrap_or(Cursor(0)))
}

/// When anything was last written down here, as far as rooms and starts tell.
pub fn latest_moment(connection: &Connection) -> Result<Option<Timestamp>> {
    let latest = connection.query_row(
        "select max(coalesce((select max(begun_at) from epochs), 0),
                    coalesce((select at from changes order by id desc limit 1), 0))",
        [],
        |row| row.get(0),
    )?;
    Ok(Some(latest).filter(|moment| *moment != Timestamp(0)))
}
