//! The database that is being filled, until it is whole and moves into its place.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use rusqlite::{Connection, OptionalExtension, Transaction};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Report;
use crate::data_dir::DataDir;
use crate::db::{connection, migrations};

const FOLDER: &str = "importing";
const DATABASE: &str = "campfire.db";
/// Where the state of the import is kept among the facts.
const STATE: &str = "import";

/// What a second run needs to know.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct State<P> {
    /// Tells the source from another one.
    pub source: String,
    pub place: P,
    pub report: Report,
}

/// A database on its way.
pub struct Unfinished<P> {
    data_dir: DataDir,
    home: PathBuf,
    folder: PathBuf,
    pub connection: Connection,
    pub state: State<P>,
}

impl<P: Clone + Default + Serialize + DeserializeOwned> Unfinished<P> {
    /// Goes on with the import of `source` that was begun here, or begins one.
    ///
    /// # Errors
    /// One sentence when the directory is in use or holds people already.
    pub fn open(home: &Path, source: &str) -> anyhow::Result<Self> {
        let data_dir = DataDir::open(home)?;
        must_be_empty(home)?;
        let folder = folder(home)?;
        let path = folder.join(DATABASE);
        let mut connection = begin(&path)?;
        let mut state: Option<State<P>> = stored(&connection)?;
        if state.as_ref().is_none_or(|state| state.source != source) {
            drop(connection);
            forget(&path)?;
            connection = begin(&path)?;
            state = None;
        }
        let state = state.unwrap_or_else(|| State {
            source: source.to_owned(),
            place: P::default(),
            report: Report::default(),
        });
        Ok(Self { data_dir, home: home.to_owned(), folder, connection, state })
    }

    /// Where stored files go: their final place, as nothing refers to them before the end.
    pub fn files(&self) -> PathBuf {
        self.data_dir.files()
    }

    /// The secret that seals what is stored, made if this directory has none.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn secret_key_base(&self) -> anyhow::Result<String> {
        Ok(self.data_dir.secrets()?.secret_key_base)
    }

    /// Does one step: what it writes and how far it is are there together or not at all.
    ///
    /// # Errors
    /// When the database does not take it, or the step fails.
    pub fn step(
        &mut self,
        work: impl FnOnce(&Transaction<'_>, &mut State<P>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let mut state = self.state.clone();
        let tx = self.connection.transaction()?;
        work(&tx, &mut state)?;
        tx.execute(
            "insert into facts (name, value) values (?1, ?2)
             on conflict (name) do update set value = excluded.value",
            (STATE, serde_json::to_string(&state)?),
        )?;
        tx.commit()?;
        self.state = state;
        Ok(())
    }

    /// Checks the whole, moves it into its place and gives the report.
    ///
    /// # Errors
    /// When something is wrong with what was written; nothing is moved then.
    pub fn finish(self) -> anyhow::Result<Report> {
        let Self { data_dir: _held, home, folder, connection, state } = self;
        check(&connection)?;
        connection.execute("delete from facts where name = ?1", [STATE])?;
        connection.execute_batch("pragma optimize; pragma wal_checkpoint(truncate);")?;
        connection.close().map_err(|(_, error)| error).context("closing the database")?;
        let place = home.join(DATABASE);
        forget(&place)?;
        std::fs::rename(folder.join(DATABASE), &place).context("moving the database")?;
        File::open(&home)?.sync_all()?;
        std::fs::remove_dir_all(&folder).context("tidying up")?;
        Ok(state.report)
    }
}

/// The folder for what is only needed while an import runs.
pub fn folder(home: &Path) -> anyhow::Result<PathBuf> {
    let folder = home.join(FOLDER);
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("{} cannot be made", folder.display()))?;
    Ok(folder)
}

/// Refuses a data directory with people in it.
///
/// # Errors
/// One sentence for the operator.
pub fn must_be_empty(home: &Path) -> anyhow::Result<()> {
    if holds_people(&home.join(DATABASE))? {
        bail!(
            "There are people in {} already. Import into an empty data directory.",
            home.display()
        );
    }
    Ok(())
}

fn begin(path: &Path) -> anyhow::Result<Connection> {
    let mut connection = connection::open_writer(path)?;
    // What a crash takes away is imported again; the end is flushed as a whole.
    connection.pragma_update(None, "synchronous", "normal")?;
    connection.pragma_update(None, "wal_autocheckpoint", connection::WAL_RESTART_PAGES)?;
    migrations::apply(&mut connection, path.parent().unwrap_or(path))?;
    Ok(connection)
}

fn stored<P: DeserializeOwned>(connection: &Connection) -> anyhow::Result<Option<State<P>>> {
    let text: Option<String> = connection
        .query_row("select value from facts where name = ?1", [STATE], |row| row.get(0))
        .optional()?;
    // One that this version cannot read was begun by another one: it begins anew.
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

fn holds_people(path: &Path) -> anyhow::Result<bool> {
    if std::fs::metadata(path).map_or(0, |found| found.len()) == 0 {
        return Ok(false);
    }
    let connection = connection::open_writer(path)?;
    let found = connection
        .query_row("select exists (select 1 from users)", [], |row| row.get(0))
        .with_context(|| format!("{} is no Campfire database", path.display()))?;
    Ok(found)
}

fn forget(path: &Path) -> anyhow::Result<()> {
    for suffix in ["", "-wal", "-shm"] {
        let mut part = path.as_os_str().to_owned();
        part.push(suffix);
        match std::fs::remove_file(&part) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}

fn check(connection: &Connection) -> anyhow::Result<()> {
    let verdict: String = connection.query_row("pragma integrity_check", [], |row| row.get(0))?;
    ensure!(verdict == "ok", "the new database is not sound: {verdict}");
    let dangling: i64 =
        connection
            .query_row("select count(*) from pragma_foreign_key_check", [], |row| row.get(0))?;
    ensure!(dangling == 0, "{dangling} rows of the new database refer to nothing");
    Ok(())
}
