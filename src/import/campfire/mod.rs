//! Reads a copy of a Campfire storage directory: the same ids, permalinks, passwords, bot keys.

mod belongings;
mod blobs;
mod check;
mod files;
mod messages;
mod people;
mod rooms;
mod source;

use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::{Context, anyhow};
use rusqlite::Transaction;
use serde::{Deserialize, Serialize};

use self::files::{ATTACHED, Moving};
use self::people::People;
use self::source::Source;
use super::Report;
use super::report::Carried;
use super::unfinished::{State, Unfinished, Workplace};
use crate::clock;
use crate::commands::messages::index_after;
use crate::files::Files;
use crate::model::{BotToken, MessageId};
use crate::pictures::workshop::Workshop;
use crate::progress::Progress;
use crate::tokens::TokenKey;

/// Messages indexed in one transaction.
const INDEXED_AT_ONCE: i64 = 5_000;

/// What of the new server's settings an import has to know.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    /// What seals the keys of bots; the data directory's own if there is none.
    pub secret_key_base: Option<String>,
    /// What push services know the old server by: with it devices go on getting notifications.
    pub vapid_private_key: Option<String>,
    /// Hosts of push services beside those of the usual browsers.
    pub push_services: Vec<String>,
}

/// How far an import is.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Place {
    has_people: bool,
    last_message_id: i64,
    has_boosts: bool,
    last_file_id: i64,
    /// Files that were looked at, brought along or not.
    files: u64,
    has_pictures: bool,
    last_indexed_id: i64,
    indexed: u64,
    has_changes: bool,
}

/// Fills the empty data directory `home` from the storage directory `directory`, or goes on with
/// it, and gives a report.
///
/// # Errors
/// One sentence for the operator: not a storage directory, a database that is not whole, a data
/// directory that is in use or not empty, a disk that is full. What was done so far is kept for
/// the next run; nothing is ever written to `directory`.
pub fn import(directory: &Path, home: &Path, keys: &Keys) -> anyhow::Result<Report> {
    let mut begun = begin(directory, home)?;
    let files = begun.unfinished.files()?;
    carry(&mut begun, keys, Some(&files))?;
    check::everything(&begun.source, &mut begun.unfinished, Some(&files))?;
    begun.unfinished.finish()
}

/// Does all of it but for storing files, in a directory of its own, which is removed again.
///
/// # Errors
/// As those of [`import`].
pub fn try_out(directory: &Path, keys: &Keys) -> anyhow::Result<Report> {
    let home = TemporaryFolder::make()?;
    let mut begun = begin(directory, &home.0)?;
    carry(&mut begun, keys, None)?;
    check::everything(&begun.source, &mut begun.unfinished, None)?;
    Ok(begun.unfinished.state.report)
}

struct Begun {
    source: Source,
    unfinished: Unfinished<Place>,
}

fn begin(directory: &Path, home: &Path) -> anyhow::Result<Begun> {
    // Before anything is made for it.
    source::find_database(directory)?;
    let workplace = Workplace::open(home)?;
    match Source::open(directory, workplace.folder()) {
        Ok(source) => {
            let unfinished = workplace.begin(&source.fingerprint)?;
            Ok(Begun { source, unfinished })
        }
        Err(error) => {
            workplace.give_up();
            Err(error)
        }
    }
}

struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    fn make() -> anyhow::Result<Self> {
        let name = format!("campfire-dry-run-{:032x}", rand::random::<u128>());
        let path = std::env::temp_dir().join(name);
        std::fs::DirBuilder::new()
            .mode(0o700)
            .create(&path)
            .with_context(|| format!("{} cannot be made", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(folder = %self.0.display(), %error, "a temporary folder stays behind");
        }
    }
}

/// Each part goes on where an earlier run left it.
fn carry(begun: &mut Begun, keys: &Keys, into: Option<&Files>) -> anyhow::Result<()> {
    let Begun { source, unfinished } = begun;
    let secret = match &keys.secret_key_base {
        Some(secret) => secret.clone(),
        None => unfinished.secret_key_base()?,
    };
    if let Some(key) = &keys.vapid_private_key {
        unfinished.keep_vapid_private_key(key)?;
    }
    carry_people(source, unfinished, &TokenKey::new(secret), keys)
        .context("bringing people and rooms")?;
    carry_messages(source, unfinished).context("bringing messages")?;
    carry_files(source, unfinished, into).context("bringing files")?;
    index(source, unfinished).context("indexing messages")
}

fn carry_people(
    source: &Source,
    unfinished: &mut Unfinished<Place>,
    key: &TokenKey,
    keys: &Keys,
) -> anyhow::Result<()> {
    if unfinished.state.place.has_people {
        return Ok(());
    }
    let from = &source.connection;
    unfinished.step(|tx, State { place, report, .. }| {
        let seal = |token: &str| key.stored_bot_token(&BotToken::parse(token).ok()?);
        people::account(from, tx, report)?;
        people::people(from, tx, report, seal)?;
        let mut known = People::read(tx)?;
        rooms::rooms(from, tx, &mut known, report)?;
        belongings::belongings(source, tx, keys, report)?;
        place.has_people = true;
        Ok(())
    })
}

/// While one portion is written the bodies of the next are made.
fn carry_messages(source: &Source, unfinished: &mut Unfinished<Place>) -> anyhow::Result<()> {
    let from = &source.connection;
    let there = People::read(&unfinished.connection)?;
    let mut known = there.clone();
    let done = unfinished.state.report.carried(Carried::Messages);
    let mut progress = Progress::new("messages", source.count("messages")?, done);
    let begun = messages::read(from, unfinished.state.place.last_message_id)?;
    let mut portion = messages::compose(begun, &there);
    while let Some(last) = portion.last_id() {
        let next = messages::read(from, last)?;
        portion = thread::scope(|scope| {
            let composing = scope.spawn(|| messages::compose(next, &there));
            unfinished.step(|tx, State { place, report, .. }| {
                messages::insert(tx, portion, &mut known, report)?;
                place.last_message_id = last;
                Ok(())
            })?;
            composing.join().map_err(|_| anyhow!("messages could not be read"))
        })?;
        progress.at(unfinished.state.report.carried(Carried::Messages));
    }
    if !unfinished.state.place.has_boosts {
        unfinished.step(|tx, State { place, report, .. }| {
            messages::boosts(from, tx, &mut known, report)?;
            rooms::read_positions(from, tx)?;
            place.has_boosts = true;
            Ok(())
        })?;
    }
    Ok(())
}

fn carry_files(
    source: &Source,
    unfinished: &mut Unfinished<Place>,
    into: Option<&Files>,
) -> anyhow::Result<()> {
    let moving = Moving {
        from: &source.connection,
        folder: &source.files,
        into,
        reads_films: Workshop::open().reads_films(),
        now: clock::now(),
        total: source.count(ATTACHED)?,
    };
    let mut progress = Progress::new("files", moving.total, unfinished.state.place.files);
    let mut is_over = false;
    while !is_over {
        unfinished.step(|tx, State { place, report, .. }| {
            match moving.portion(tx, place.last_file_id, place.files, report)? {
                Some(last) => (place.last_file_id, place.files) = last,
                None => is_over = true,
            }
            Ok(())
        })?;
        progress.at(unfinished.state.place.files);
    }
    if !unfinished.state.place.has_pictures {
        unfinished.step(|tx, State { place, report, .. }| {
            moving.pictures(tx, report)?;
            place.has_pictures = true;
            Ok(())
        })?;
    }
    Ok(())
}

/// What follows from the messages: the search index and the numbers of their changes.
fn index(source: &Source, unfinished: &mut Unfinished<Place>) -> anyhow::Result<()> {
    let done = unfinished.state.place.indexed;
    let mut progress = Progress::new("messages indexed", source.count("messages")?, done);
    let mut is_over = false;
    while !is_over {
        unfinished.step(|tx, State { place, .. }| {
            match index_after(tx, MessageId(place.last_indexed_id), INDEXED_AT_ONCE)? {
                Some(last) => place.last_indexed_id = last.0,
                None => is_over = true,
            }
            place.indexed += u64::try_from(INDEXED_AT_ONCE)?;
            Ok(())
        })?;
        progress.at(unfinished.state.place.indexed);
    }
    if !unfinished.state.place.has_changes {
        unfinished.step(|tx, State { place, .. }| {
            number_changes(tx)?;
            place.has_changes = true;
            Ok(())
        })?;
    }
    Ok(())
}

fn number_changes(tx: &Transaction<'_>) -> rusqlite::Result<()> {
    tx.execute_batch(
        "insert into changes (room_id, message_id, kind, at)
             select room_id, id, 'posted', created_at from messages order by id;",
    )
}
