//! The write-ahead log: how long it is, and how it is kept from growing without end.

use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use rusqlite::Connection;

use super::connection;

/// How long nobody must have woken the checkpointer before it gives the room of the log back.
const REST: Duration = Duration::from_secs(2);
/// Bytes the log keeps then: they are written over, which is quicker than making it longer.
const KEPT: u64 = 8 * 1024 * 1024;

/// Copies from the log into the database whenever it is told to; ends with the last who could tell.
/// What a busy time has made of the log is given back to the disk after it, or once the reader who
/// held it is gone.
pub fn copy_whenever_woken(connection: &Connection, woken: &Receiver<()>, log: &Path) {
    let mut is_long = true;
    loop {
        let call = if is_long {
            woken.recv_timeout(REST)
        } else {
            woken.recv().map_err(|_| RecvTimeoutError::Disconnected)
        };
        match call {
            Ok(()) => {
                checkpoint(connection, "passive");
                is_long = true;
            }
            Err(RecvTimeoutError::Timeout) => {
                give_room_back(connection, log);
                is_long = is_longer_than_kept(log);
            }
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// Empties a log that is longer than what it keeps, unless somebody still reads from it.
fn give_room_back(connection: &Connection, log: &Path) {
    if is_longer_than_kept(log) {
        without_waiting(connection, "truncate");
    }
}

fn is_longer_than_kept(log: &Path) -> bool {
    std::fs::metadata(log).is_ok_and(|about| about.len() > KEPT)
}

/// The pages of the log, and how many of them are in the database already.
pub fn pages(connection: &Connection) -> (i64, i64) {
    // A no-op checkpoint reports them without copying a page.
    connection
        .prepare_cached("pragma wal_checkpoint(noop)")
        .and_then(|mut noop| noop.query_row([], |row| Ok((row.get(1)?, row.get(2)?))))
        .unwrap_or((0, 0))
}

/// A checkpoint that is given up if a reader is in the way: those who wait for the writer must not
/// wait for a slow reader.
pub fn without_waiting(connection: &Connection, mode: &str) {
    let _ = connection.busy_timeout(Duration::ZERO);
    checkpoint(connection, mode);
    let _ = connection.busy_timeout(connection::BUSY_TIMEOUT);
}

/// Copies as much as readers allow. What fails is tried again by the next one.
pub fn checkpoint(connection: &Connection, mode: &str) {
    let outcome: rusqlite::Result<(i64, i64, i64)> =
        connection.query_row(&format!("pragma wal_checkpoint({mode})"), [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        });
    match outcome {
        Ok((_, log_pages, copied_pages)) => {
            tracing::debug!(mode, log_pages, copied_pages, "checkpoint");
        }
        Err(error) => tracing::warn!(%error, mode, "the checkpoint failed; it is tried again"),
    }
}

#[cfg(test)]
mod tests {
    use r2d2::ManageConnection;

    use super::*;
    use crate::db::connection::{open_writer, reader_manager};

    #[test]
    fn a_long_log_is_given_back_once_nobody_reads_from_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("test.db");
        let log = path.with_extension("db-wal");
        let (writer, copies) = (open_writer(&path).unwrap(), open_writer(&path).unwrap());
        writer.execute_batch("create table t (x)").unwrap();
        let write = |times: usize| {
            let row = "insert into t values (randomblob(1000000))";
            (0..times).for_each(|_| assert_eq!(writer.execute(row, []), Ok(1)));
        };
        write(2);
        give_room_back(&copies, &log);
        assert!(std::fs::metadata(&log).unwrap().len() > 0, "a short log is kept");

        let mut reader = reader_manager(&path).connect().unwrap();
        let moment = reader.transaction().unwrap();
        let rows = || moment.query_row("select count(*) from t", [], |row| row.get::<_, i64>(0));
        assert_eq!(rows(), Ok(2));
        write(10);
        give_room_back(&copies, &log);
        assert!(is_longer_than_kept(&log), "somebody reads from it");
        assert_eq!(rows(), Ok(2));
        drop(moment);
        give_room_back(&copies, &log);
        assert_eq!(std::fs::metadata(&log).unwrap().len(), 0);
        write(1);
        let rows: i64 = reader.query_row("select count(*) from t", [], |row| row.get(0)).unwrap();
        assert_eq!(rows, 13);
    }
}
