//! The database that is being filled, until it is whole and moves into its place.

use std::fs::File;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use rusqlite::{Connection, OptionalExtension, Transaction};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Report;
use crate::data_dir::DataDir;
use crate::db::{connection, migrations};
use crate::files::Files;

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

/// A data directory that is held and empty, with a folder for what is not whole yet.
pub struct Workplace {
    data_dir: DataDir,
    folder: PathBuf,
}

impl Workplace {
    /// Holds the data directory `home`.
    ///
    /// # Errors
    /// One sentence when the directory is in use, cannot be written or holds people already.
    pub fn open(home: &Path) -> anyhow::Result<Self> {
        let data_dir = DataDir::open_for_import(home)?;
        let folder = data_dir.importing();
        if holds_people(&home.join(DATABASE))? {
            bail!(
                "There are people in {} already. Import into an empty data directory.",
                home.display()
            );
        }
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)
            .with_context(|| format!("{} cannot be made", folder.display()))?;
        Ok(Self { data_dir, folder })
    }

    /// For what is only needed while the import runs.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Leaves nothing behind, unless an earlier run has begun something.
    pub fn give_up(self) {
        if !self.folder.join(DATABASE).exists()
            && let Err(error) = std::fs::remove_dir_all(&self.folder)
        {
            tracing::warn!(folder = %self.folder.display(), %error, "a folder stays behind");
        }
    }

    /// Goes on with the import of `source` that was begun here, or begins one.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn begin<P>(self, source: &str) -> anyhow::Result<Unfinished<P>>
    where
        P: Clone + Default + Serialize + DeserializeOwned,
    {
        let path = self.folder.join(DATABASE);
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
        Ok(Unfinished { workplace: self, connection, state })
    }
}

/// A database on its way.
pub struct Unfinished<P> {
    workplace: Workplace,
    pub connection: Connection,
    pub state: State<P>,
}

impl<P: Clone + Default + Serialize + DeserializeOwned> Unfinished<P> {
    /// Where stored files go: their final place, as nothing refers to them before the end. What an
    /// interrupted run leaves there without a row is swept away by the server.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn files(&self) -> anyhow::Result<Files> {
        Files::open_folder(self.workplace.data_dir.files()).context("reading the stored files")
    }

    /// The secret that seals what is stored, made if this directory has none.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn secret_key_base(&self) -> anyhow::Result<String> {
        Ok(self.workplace.data_dir.secrets()?.secret_key_base)
    }

    /// Keeps what push services know this server by, instead of one of its own.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep_vapid_private_key(&self, key: &str) -> anyhow::Result<()> {
        self.workplace.data_dir.keep_vapid_private_key(key)
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

    /// Moves the whole into its place and gives the report.
    ///
    /// # Errors
    /// When the disk does not take it; it is tried again by the next run.
    pub fn finish(self) -> anyhow::Result<Report> {
        let Self { workplace: Workplace { data_dir, folder }, connection, state } = self;
        connection.execute("delete from facts where name = ?1", [STATE])?;
        connection.execute_batch("pragma optimize; pragma wal_checkpoint(truncate);")?;
        connection.close().map_err(|(_, error)| error).context("closing the database")?;
        let place = data_dir.path().join(DATABASE);
        forget(&place)?;
        std::fs::rename(folder.join(DATABASE), &place).context("moving the database")?;
        File::open(data_dir.path())?.sync_all()?;
        std::fs::remove_dir_all(&folder).context("tidying up")?;
        Ok(state.report)
    }
}

fn begin(path: &Path) -> anyhow::Result<Connection> {
    let mut connection = connection::open_writer(path)?;
    // What a crash takes away is imported again; the end is flushed as a whole.
    connection.pragma_update(None, "synchronous", "normal")?;
    connection.pragma_update(None, "wal_autocheckpoint", connection::WAL_RESTART_PAGES)?;
    migrations::apply(&mut connection, None)?;
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
