//! Brings the file to the schema this binary knows: all or nothing, with a copy kept before.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use rusqlite::Connection;
use rusqlite_migration::{M, Migrations, SchemaVersion};

const STEPS: &[M<'static>] = &[
    M::up(include_str!("../../migrations/0001_initial.sql")),
    M::up(include_str!("../../migrations/0002_epochs.sql")),
    M::up(include_str!("../../migrations/0004_attachments.sql")),
    M::up(include_str!("../../migrations/0005_link_previews.sql")),
    M::up(include_str!("../../migrations/0006_webhook_deliveries.sql")),
    M::up(include_str!("../../migrations/0007_search.sql")),
    M::up(include_str!("../../migrations/0008_job_lanes.sql")),
    M::up(include_str!("../../migrations/0009_audit_log.sql")),
    M::up(include_str!("../../migrations/0010_unclaimed_people.sql")),
    M::up(include_str!("../../migrations/0012_languages.sql")),
];

/// Applies what is missing. A database with rows in it is first copied into `backups`; the copy's
/// path is returned. Refuses a schema newer than this binary.
pub fn apply(connection: &mut Connection, backups: &Path) -> anyhow::Result<Option<PathBuf>> {
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let known = i64::try_from(STEPS.len())?;
    if found > known {
        bail!(
            "The database was written by a newer version of Campfire (schema {found}, this one knows {known}). Start that version, or restore the copy made before the upgrade from backups/."
        );
    }
    if found == known {
        return Ok(None);
    }
    let snapshot = (found > 0).then(|| take_snapshot(connection, backups, found)).transpose()?;
    Migrations::from_slice(STEPS).to_latest(connection).context("migrating the database")?;
    Ok(snapshot)
}

/// The schema version this binary writes.
pub fn latest_version() -> usize {
    STEPS.len()
}

/// Whether the file has the schema of this binary.
pub fn is_current(connection: &Connection) -> anyhow::Result<bool> {
    let version = Migrations::from_slice(STEPS).current_version(connection)?;
    Ok(matches!(version, SchemaVersion::Inside(n) if n.get() == STEPS.len()))
}

fn take_snapshot(connection: &Connection, backups: &Path, version: i64) -> anyhow::Result<PathBuf> {
    std::fs::create_dir_all(backups)?;
    let path = (0..)
        .map(|n| backups.join(format!("before-schema-{}-{n}.db", version + 1)))
        .find(|path| !path.exists())
        .context("naming the copy")?;
    let text = path.to_str().context("the path of the backups is not UTF-8")?;
    connection
        .execute("vacuum into ?1", [text])
        .context("copying the database before migrating")?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::connection::open_writer;

    #[test]
    fn the_steps_are_valid_and_idempotent() {
        let directory = tempfile::tempdir().unwrap();
        let mut connection = open_writer(&directory.path().join("test.db")).unwrap();
        assert_eq!(apply(&mut connection, directory.path()).unwrap(), None);
        assert!(is_current(&connection).unwrap());
        assert_eq!(apply(&mut connection, directory.path()).unwrap(), None);
        let broken: i64 = connection
            .query_row("select count(*) from pragma_foreign_key_check", [], |row| row.get(0))
            .unwrap();
        assert_eq!(broken, 0);
    }

    #[test]
    fn change_numbers_go_on_where_they_were() {
        let directory = tempfile::tempdir().unwrap();
        let mut connection = open_writer(&directory.path().join("test.db")).unwrap();
        Migrations::from_slice(&STEPS[..1]).to_latest(&mut connection).unwrap();
        connection
            .execute_batch(
                "insert into users (id, name, created_at) values (1, 'Ada', 1);
                 insert into rooms (id, kind, name, creator_id, created_at, active_at)
                     values (1, 'open', 'All Talk', 1, 1, 1), (2, 'open', 'Gone', 1, 1, 1);
                 insert into changes (room_id, message_id, kind, at)
                     values (1, 5, 'posted', 1), (2, 6, 'posted', 1);
                 delete from rooms where id = 2;",
            )
            .unwrap();
        apply(&mut connection, directory.path()).unwrap();
        let next = "insert into changes (room_id, message_id, kind, at) values (1, 5, 'edited', 2)
                    returning id";
        let next: i64 = connection.query_row(next, [], |row| row.get(0)).unwrap();
        let kept: i64 = connection
            .query_row("select message_id from changes where id = 1", [], |row| row.get(0))
            .unwrap();
        assert_eq!((next, kept), (3, 5));
    }

    #[test]
    fn a_newer_schema_is_refused_in_one_line() {
        let directory = tempfile::tempdir().unwrap();
        let mut connection = open_writer(&directory.path().join("test.db")).unwrap();
        connection.pragma_update(None, "user_version", 99).unwrap();
        let refusal = apply(&mut connection, directory.path()).unwrap_err().to_string();
        assert!(refusal.contains("newer version") && !refusal.contains('\n'), "{refusal}");
    }
}
