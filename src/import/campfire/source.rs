//! The storage directory of a Campfire: never written to, read from a copy of its database.

use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use anyhow::{Context, bail, ensure};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, Row};

/// The tables an import reads, each with a column that tells it from another one of that name.
const TABLES: [(&str, &str); 12] = [
    ("accounts", "join_code"),
    ("users", "bot_token"),
    ("rooms", "creator_id"),
    ("memberships", "involvement"),
    ("messages", "client_message_id"),
    ("boosts", "booster_id"),
    ("action_text_rich_texts", "record_type"),
    ("active_storage_blobs", "checksum"),
    ("active_storage_attachments", "blob_id"),
    ("searches", "query"),
    ("webhooks", "url"),
    ("bans", "ip_address"),
];

/// A directory that was found to be what it should be.
pub struct Source {
    pub connection: Connection,
    pub files: PathBuf,
    /// Tells this state of it from another one.
    pub fingerprint: String,
}

impl Source {
    /// Copies the database into `scratch`, if it is not there from an earlier run, and opens it.
    ///
    /// # Errors
    /// One sentence when this is no such directory, or its database is not whole.
    pub fn open(directory: &Path, scratch: &Path) -> anyhow::Result<Self> {
        let database = find_database(directory)?;
        let fingerprint = fingerprint(&database)?;
        let copy = scratch.join(format!("source-{fingerprint}.sqlite3"));
        if !copy.exists() {
            // Under another name until it is whole. The log first: what is in the database file
            // then is at least as new.
            let partial = scratch.join("source.part");
            let log = beside(&copy, "-wal");
            if beside(&database, "-wal").exists() {
                std::fs::copy(beside(&database, "-wal"), &log).context("copying the log")?;
            }
            std::fs::copy(&database, &partial)
                .and_then(|_| std::fs::rename(&partial, &copy))
                .with_context(|| format!("copying {}", database.display()))?;
        }
        let connection = Connection::open_with_flags(
            &copy,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        check(&connection)
            .with_context(|| format!("{} is not a whole Campfire database", database.display()))?;
        let files = directory.join("files");
        Ok(Self { connection, files, fingerprint })
    }

    /// Whether there is a table of this name: not every version had all of them.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn has_table(&self, name: &str) -> anyhow::Result<bool> {
        let found = self.connection.query_row(
            "select exists (select 1 from sqlite_schema where type = 'table' and name = ?1)",
            [name],
            |row| row.get(0),
        )?;
        Ok(found)
    }

    /// Rows of a table, under a condition if one is given.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn count(&self, from: &str) -> anyhow::Result<u64> {
        let count: i64 =
            self.connection
                .query_row(&format!("select count(*) from {from}"), [], |row| row.get(0))?;
        Ok(u64::try_from(count).unwrap_or(0))
    }
}

/// A stored time as milliseconds; null when it cannot be read.
pub fn time(column: &str) -> String {
    format!("cast(round(unixepoch({column}, 'subsec') * 1000) as integer)")
}

/// A column as text, whatever is in it: their tables are not strict.
pub fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<String>> {
    Ok(match row.get_ref(column)? {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => Some(number.to_string()),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
            Some(String::from_utf8_lossy(bytes).into_owned())
        }
    })
}

/// A column as a whole number; 0, which is nobody's, for anything else.
pub fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<i64> {
    Ok(match row.get_ref(column)? {
        ValueRef::Integer(number) => number,
        ValueRef::Text(bytes) => {
            std::str::from_utf8(bytes).ok().and_then(|text| text.parse().ok()).unwrap_or_default()
        }
        _ => 0,
    })
}

pub fn find_database(directory: &Path) -> anyhow::Result<PathBuf> {
    ensure!(directory.is_dir(), "{} is not a directory.", directory.display());
    let database = directory.join("db/production.sqlite3");
    if database.is_file() {
        return Ok(database);
    }
    if directory.join("storage/db/production.sqlite3").is_file() {
        bail!("Name the storage directory inside: {}.", directory.join("storage").display());
    }
    bail!(
        "There is no db/production.sqlite3 in {}. Name a copy of Campfire's storage directory.",
        directory.display()
    )
}

/// Changes with the database and with its log.
fn fingerprint(database: &Path) -> anyhow::Result<String> {
    let mut parts = Vec::new();
    for path in [database.to_owned(), beside(database, "-wal")] {
        match std::fs::metadata(&path) {
            Ok(found) => {
                let changed = found.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
                parts.push(format!("{:x}-{:x}", found.len(), changed.as_nanos()));
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                return Err(error).with_context(|| format!("{} cannot be read", path.display()));
            }
        }
    }
    Ok(parts.join("-"))
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(suffix);
    path.into()
}

fn check(connection: &Connection) -> anyhow::Result<()> {
    let verdict: String = connection.query_row("pragma quick_check(1)", [], |row| row.get(0))?;
    ensure!(verdict == "ok", "{verdict}");
    for (table, column) in TABLES {
        let found: bool = connection.query_row(
            "select exists (select 1 from pragma_table_info(?1) where name = ?2)",
            (table, column),
            |row| row.get(0),
        )?;
        ensure!(found, "it has no table “{table}” with a column “{column}”");
    }
    let accounts: i64 =
        connection.query_row("select count(*) from accounts", [], |row| row.get(0))?;
    ensure!(accounts > 0, "nobody has ever set an account up in it");
    Ok(())
}
