//! Brings the file to the schema this binary knows: all or nothing, with a copy kept before.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use rusqlite::{Connection, OpenFlags};
use rusqlite_migration::{M, Migrations, SchemaVersion};

use super::snapshot;

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

/// Copies from before a migration that are kept; each is as large as the database was.
const COPIES_KEPT: usize = 3;
/// What a copy is called while it is not whole, or not known to be.
const PART: &str = "part";

/// Applies what is missing, all of it or nothing. A database with rows in it is first copied into
/// `backups`, if a folder is given; the copy's path is returned.
///
/// # Errors
/// One sentence when the schema is newer than this binary, when the copy cannot be made or is not
/// whole, or when a step fails: the database is as it was then.
pub fn apply(
    connection: &mut Connection,
    backups: Option<&Path>,
) -> anyhow::Result<Option<PathBuf>> {
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
    let folder = backups.filter(|_| found > 0);
    let kept = folder.map(|folder| keep_copy(connection, folder, found)).transpose();
    let kept = kept.context("copying the database before its schema is changed")?;
    // Now, as a start that is ended over and over in what follows makes a copy each time.
    if let Some(folder) = folder {
        forget_old_copies(folder);
    }
    Migrations::from_slice(STEPS).to_latest(connection).context("migrating the database")?;
    Ok(kept)
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

/// The database as it is now, under a name of its own once the copy is on the disk and was looked
/// through: going back must not begin with a surprise.
fn keep_copy(connection: &mut Connection, folder: &Path, version: i64) -> anyhow::Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    // Beyond all that are there: a number that was pruned would be taken for the oldest.
    let before = copies(folder)?.into_iter().filter(|(of, ..)| i64::from(*of) == version + 1);
    let n = before.map(|(_, n, _)| n.saturating_add(1)).max().unwrap_or(0);
    let path = folder.join(format!("before-schema-{}-{n}.db", version + 1));
    let part = path.with_extension(PART);
    // Left over by a start that was ended in the middle of it.
    let _ = std::fs::remove_file(&part);
    let one_moment = connection.transaction()?;
    let made = snapshot::copy(&one_moment, &part, || true);
    drop(one_moment);
    let made = made.and_then(|()| must_be_whole(&part, version));
    if let Err(error) = made {
        let _ = std::fs::remove_file(&part);
        return Err(error);
    }
    std::fs::rename(&part, &path)?;
    File::open(folder)?.sync_all()?;
    Ok(path)
}

fn must_be_whole(copy: &Path, version: i64) -> anyhow::Result<()> {
    let path = copy.to_str().context("the path of the backups is not UTF-8")?;
    let path = path.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    // As a file that nobody writes: otherwise a log would be put beside it.
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    let copy = Connection::open_with_flags(format!("file:{path}?immutable=1"), flags)?;
    let found: i64 = copy.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let verdict: String = copy.query_row("pragma quick_check(1)", [], |row| row.get(0))?;
    ensure!(
        found == version && verdict == "ok",
        "the copy is damaged (schema {found}, {verdict}), and so the database may be: look at it with campfire verify"
    );
    Ok(())
}

/// Those with names of ours: the schema they are from before, their number, where they are.
fn copies(folder: &Path) -> std::io::Result<Vec<(u32, u32, PathBuf)>> {
    let entries = std::fs::read_dir(folder)?;
    let copies = entries.filter_map(|entry| {
        let path = entry.ok()?.path();
        let (version, n) = path
            .file_name()?
            .to_str()?
            .strip_prefix("before-schema-")?
            .strip_suffix(".db")?
            .split_once('-')?;
        Some((version.parse().ok()?, n.parse().ok()?, path))
    });
    Ok(copies.collect())
}

/// All but the newest.
fn forget_old_copies(folder: &Path) {
    let Ok(mut copies) = copies(folder) else { return };
    copies.sort();
    copies.reverse();
    for (.., path) in copies.into_iter().skip(COPIES_KEPT) {
        match std::fs::remove_file(&path) {
            Ok(()) => tracing::info!(copy = %path.display(), "removed an old copy of the database"),
            Err(error) => tracing::warn!(%error, copy = %path.display(), "an old copy stays"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::connection::open_writer;

    #[test]
    fn the_steps_are_valid_and_idempotent() {
        let directory = tempfile::tempdir().unwrap();
        let mut connection = open_writer(&directory.path().join("test.db")).unwrap();
        assert_eq!(apply(&mut connection, Some(directory.path())).unwrap(), None);
        assert!(is_current(&connection).unwrap());
        assert_eq!(apply(&mut connection, Some(directory.path())).unwrap(), None);
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
        apply(&mut connection, Some(directory.path())).unwrap();
        let next = "insert into changes (room_id, message_id, kind, at) values (1, 5, 'edited', 2)
                    returning id";
        let next: i64 = connection.query_row(next, [], |row| row.get(0)).unwrap();
        let kept: i64 = connection
            .query_row("select message_id from changes where id = 1", [], |row| row.get(0))
            .unwrap();
        assert_eq!((next, kept), (3, 5));
    }

    #[test]
    fn a_copy_is_what_was_there_and_the_last_three_are_kept() {
        let directory = tempfile::tempdir().unwrap();
        let backups = directory.path().join("backups");
        let mut connection = open_writer(&directory.path().join("test.db")).unwrap();
        Migrations::from_slice(&STEPS[..1]).to_latest(&mut connection).unwrap();
        connection
            .execute_batch("insert into users (id, name, created_at) values (1, 'Ada', 1)")
            .unwrap();
        std::fs::create_dir(&backups).unwrap();
        for old in ["before-schema-1-0.db", "before-schema-1-1.db", "before-schema-2-0.db"] {
            std::fs::write(backups.join(old), b"old").unwrap();
        }
        // Two of a start that was ended in the middle of it, and one of somebody else's.
        for other in ["before-schema-2-1.part", "before-schema-x.db"] {
            std::fs::write(backups.join(other), b"other").unwrap();
        }
        let copy = apply(&mut connection, Some(&backups)).unwrap().unwrap();
        let mut left: Vec<_> = std::fs::read_dir(&backups)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        let kept = ["before-schema-1-1.db", "before-schema-2-0.db", "before-schema-2-1.db"];
        assert_eq!(left, [&kept[..], &["before-schema-x.db"]].concat());
        assert!(copy.ends_with("before-schema-2-1.db"));
        must_be_whole(&copy, 1).unwrap();
        let (schema, name): (i64, String) = Connection::open(&copy)
            .unwrap()
            .query_row("select user_version, name from pragma_user_version, users", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .unwrap();
        assert_eq!((schema, name.as_str()), (1, "Ada"));
    }

    #[test]
    fn of_many_copies_the_newest_is_never_taken_for_an_old_one() {
        let directory = tempfile::tempdir().unwrap();
        let backups = directory.path().join("backups");
        // Every way back is followed by another way forward.
        for n in 0..6 {
            let path = directory.path().join(format!("{n}.db"));
            let mut connection = open_writer(&path).unwrap();
            Migrations::from_slice(&STEPS[..1]).to_latest(&mut connection).unwrap();
            let copy = apply(&mut connection, Some(&backups)).unwrap().unwrap();
            assert!(copy.ends_with(format!("before-schema-2-{n}.db")), "{}", copy.display());
            assert!(copy.exists(), "{} was removed", copy.display());
            assert_eq!(copies(&backups).unwrap().len(), COPIES_KEPT.min(n + 1));
        }
    }

    #[test]
    fn nothing_is_changed_when_there_is_no_whole_copy() {
        let directory = tempfile::tempdir().unwrap();
        let mut connection = open_writer(&directory.path().join("test.db")).unwrap();
        Migrations::from_slice(&STEPS[..1]).to_latest(&mut connection).unwrap();
        let version = |connection: &Connection| -> i64 {
            connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
        };
        let file = directory.path().join("file");
        std::fs::write(&file, b"").unwrap();
        assert!(apply(&mut connection, Some(&file)).is_err());
        assert_eq!(version(&connection), 1);
        std::fs::write(&file, b"SQLite format 3\0 and then nothing of the kind").unwrap();
        assert!(must_be_whole(&file, 1).is_err());
    }

    #[test]
    fn a_newer_schema_is_refused_in_one_line() {
        let directory = tempfile::tempdir().unwrap();
        let mut connection = open_writer(&directory.path().join("test.db")).unwrap();
        connection.pragma_update(None, "user_version", 99).unwrap();
        let refusal = apply(&mut connection, Some(directory.path())).unwrap_err().to_string();
        assert!(refusal.contains("newer version") && !refusal.contains('\n'), "{refusal}");
    }
}
