//! A copy of the whole database as it is at one moment, taken while others go on writing.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, bail};
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

/// Pages copied between two looks at whether to go on: some milliseconds.
const PAGES: i32 = 1_000;

/// Copies the database behind `source`, which has to be in a transaction, to a new file that only
/// its owner can read. The copy is on the disk when this returns. `goes_on` is asked now and then.
///
/// # Errors
/// When there is such a file already, the disk does not take it, or it was not to go on. What was
/// written stays then.
pub fn copy(source: &Connection, into: &Path, goes_on: impl Fn() -> bool) -> anyhow::Result<()> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(into)
        .with_context(|| format!("{} cannot be made", into.display()))?;
    // A deferred transaction sees one moment from its first look on.
    let _: i64 = source.query_row("select count(*) from sqlite_schema", [], |row| row.get(0))?;
    let mut copy = Connection::open(into)?;
    // Flushed once, at the end.
    copy.pragma_update(None, "synchronous", "off")?;
    let backup = Backup::new(source, &mut copy)?;
    loop {
        let step = backup.step(PAGES).with_context(|| format!("writing {}", into.display()))?;
        match step {
            StepResult::Done => break,
            _ if !goes_on() => bail!("it was told to stop"),
            StepResult::Busy | StepResult::Locked => bail!("another program holds the database"),
            _ => {}
        }
    }
    drop(backup);
    copy.close().map_err(|(_, error)| error)?;
    File::open(into)?.sync_all().with_context(|| format!("writing {}", into.display()))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::connection::{open_writer, reader_manager};
    use r2d2::ManageConnection;

    #[test]
    fn a_copy_is_of_one_moment_whatever_is_written_meanwhile() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("test.db");
        let writer = open_writer(&path).unwrap();
        writer
            .execute_batch(
                "create table t (x); create table u (x);
                 with recursive n (x) as (select 1 union all select x + 1 from n where x < 300000)
                 insert into t select randomblob(40) from n;",
            )
            .unwrap();
        let mut reader = reader_manager(&path).connect().unwrap();
        let transaction = reader.transaction().unwrap();
        let into = directory.path().join("copy.db");
        let written = std::cell::Cell::new(0);
        copy(&transaction, &into, || {
            written.set(written.get() + 1);
            writer.execute_batch("insert into u values (1); delete from t where x is null").is_ok()
        })
        .unwrap();
        assert!(written.get() > 1, "nothing was written meanwhile");
        let copied = Connection::open(&into).unwrap();
        let rows = |sql: &str| copied.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!((rows("select count(*) from t"), rows("select count(*) from u")), (300_000, 0));
        assert!(copy(&transaction, &into, || true).is_err(), "nothing is written over");
    }
}
