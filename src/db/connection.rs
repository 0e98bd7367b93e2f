//! One way to open the database, so that no connection ever lacks a safety setting.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use r2d2_sqlite::SqliteConnectionManager;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

/// The oldest SQLite that is safe with a checkpointer beside a writer (the WAL-reset bug is
/// mended from here on). The library is linked in, so this only fails if a build went wrong.
const OLDEST_SQLITE: i32 = 3_051_003;
/// How long a connection waits for another one's lock.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Prepared statements kept per connection; more than the program has distinct hot ones.
const STATEMENT_CACHE: usize = 128;
/// Pages of the database that the writer keeps in memory, in KiB.
const WRITER_CACHE_KIB: i64 = 4 * 1024;
/// The same for each reader. There are several, each is emptied by every commit of the writer, and
/// what one misses the system has in its memory.
const READER_CACHE_KIB: i64 = 1024;
/// Pages the log may reach before the writer restarts it from the beginning.
pub const WAL_RESTART_PAGES: i64 = 10_000;

/// Opens the read-write connection of the writer, making the file if there is none.
pub fn open_writer(path: &Path) -> anyhow::Result<Connection> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .with_context(|| format!("opening the database {}", path.display()))?;
    prepare(&connection, WRITER_CACHE_KIB)?;
    // The log is emptied by the checkpointer and the writer, never inside a commit that
    // somebody waits for.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    Ok(connection)
}

/// Tells the pool how to open a connection that cannot write.
pub fn reader_manager(path: &Path) -> SqliteConnectionManager {
    SqliteConnectionManager::file(path)
        .with_flags(OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .with_init(|connection| {
            prepare(connection, READER_CACHE_KIB)
                .and_then(|()| Ok(connection.pragma_update(None, "query_only", true)?))
                .map_err(|error| rusqlite::Error::UserFunctionError(error.into()))
        })
}

fn prepare(connection: &Connection, cache_kib: i64) -> anyhow::Result<()> {
    if rusqlite::version_number() < OLDEST_SQLITE {
        bail!("SQLite {} is too old to be safe; at least 3.51.3 is needed", rusqlite::version());
    }
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENT_CACHE);
    // Without this SQLite prepares a bound statement anew at every use to look at its values.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    let mode: String = connection.query_row("pragma journal_mode = wal", [], |row| row.get(0))?;
    ensure!(mode == "wal", "the database cannot use a write-ahead log here (journal mode {mode})");
    connection.execute_batch(
        "pragma synchronous = full;
         pragma foreign_keys = on;
         pragma secure_delete = on;
         pragma temp_store = memory;
         pragma journal_size_limit = 67108864;",
    )?;
    connection.pragma_update(None, "cache_size", -cache_kib)?;
    check(connection)
}

/// Reads the settings back: a pragma that was refused says nothing when it is set.
fn check(connection: &Connection) -> anyhow::Result<()> {
    for (pragma, expected) in [("synchronous", 2), ("foreign_keys", 1), ("trusted_schema", 0)] {
        let found: i64 = connection.pragma_query_value(None, pragma, |row| row.get(0))?;
        ensure!(found == expected, "pragma {pragma} is {found}, not {expected}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use r2d2::ManageConnection;

    use super::*;

    #[test]
    fn every_connection_is_durable_and_a_reader_cannot_write() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("test.db");
        let writer = open_writer(&path).unwrap();
        writer.execute_batch("create table t (x)").unwrap();
        let reader = reader_manager(&path).connect().unwrap();
        assert!(reader.execute("insert into t values (1)", []).is_err());
        assert!(check(&writer).is_ok() && check(&reader).is_ok());
    }
}
