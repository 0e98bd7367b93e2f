//! Reads a copy of a Campfire storage directory: the same ids, permalinks, passwords, bot keys.

mod messages;
mod people;
mod rooms;
mod source;

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use rusqlite::{Connection, Transaction};
use serde::{Deserialize, Serialize};

use self::people::People;
use self::source::Source;
use super::Report;
use super::progress::Progress;
use super::report::Carried;
use super::unfinished::{self, State, Unfinished};
use crate::model::BotToken;
use crate::tokens::TokenKey;

/// How far an import is.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Place {
    has_people: bool,
    last_message_id: i64,
    has_boosts: bool,
    is_indexed: bool,
}

/// Fills the empty data directory `home` from the storage directory `directory`, or goes on with
/// it, and gives a report.
///
/// # Errors
/// One sentence for the operator: not a storage directory, a database that is not whole, a data
/// directory that is in use or not empty, a disk that is full. What was done so far is kept for
/// the next run; nothing is ever written to `directory`.
pub fn import(
    directory: &Path,
    home: &Path,
    secret_key_base: Option<&str>,
) -> anyhow::Result<Report> {
    unfinished::must_be_empty(home)?;
    let scratch = unfinished::folder(home)?;
    let source = Source::open(directory, &scratch)?;
    let mut unfinished = Unfinished::<Place>::open(home, &source.fingerprint)?;
    let secret = match secret_key_base {
        Some(secret) => secret.to_owned(),
        None => unfinished.secret_key_base()?,
    };
    carry(&source, &mut unfinished, &TokenKey::new(secret))?;
    check(&source, &unfinished)?;
    unfinished.finish()
}

/// Does all of it in a directory of its own, which is removed again.
///
/// # Errors
/// As those of [`import`].
pub fn try_out(directory: &Path) -> anyhow::Result<Report> {
    let home = TemporaryFolder::make()?;
    import(directory, &home.0, None)
}

struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    fn make() -> anyhow::Result<Self> {
        let name = format!("campfire-dry-run-{:032x}", rand::random::<u128>());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).with_context(|| format!("{} cannot be made", path.display()))?;
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

fn carry(
    source: &Source,
    unfinished: &mut Unfinished<Place>,
    key: &TokenKey,
) -> anyhow::Result<()> {
    let from = &source.connection;
    if !unfinished.state.place.has_people {
        unfinished.step(|tx, State { place, report, .. }| {
            let seal = |token: &str| key.stored_bot_token(&BotToken::parse(token).ok()?);
            people::account(from, tx, report)?;
            people::people(from, tx, report, seal)?;
            let mut known = People::read(tx)?;
            rooms::rooms(from, tx, &mut known, report)?;
            people::belongings(from, tx, &known, report)?;
            place.has_people = true;
            Ok(())
        })?;
    }
    let mut known = People::read(&unfinished.connection)?;
    let done = unfinished.state.report.carried(Carried::Messages);
    let mut progress = Progress::new("messages", source.count("messages")?, done);
    loop {
        let mut is_over = false;
        unfinished.step(|tx, State { place, report, .. }| {
            match messages::portion(from, tx, &mut known, place.last_message_id, report)? {
                Some(last) => place.last_message_id = last,
                None => is_over = true,
            }
            Ok(())
        })?;
        progress.at(unfinished.state.report.carried(Carried::Messages));
        if is_over {
            break;
        }
    }
    if !unfinished.state.place.has_boosts {
        unfinished.step(|tx, State { place, report, .. }| {
            messages::boosts(from, tx, &mut known, report)?;
            rooms::read_positions(from, tx)?;
            place.has_boosts = true;
            Ok(())
        })?;
    }
    if !unfinished.state.place.is_indexed {
        unfinished.step(|tx, State { place, .. }| {
            index(tx)?;
            place.is_indexed = true;
            Ok(())
        })?;
    }
    Ok(())
}

/// What follows from the messages: the numbers of their changes and the search index.
fn index(tx: &Transaction<'_>) -> anyhow::Result<()> {
    tx.execute_batch(
        "insert into changes (room_id, message_id, kind, at)
             select room_id, id, 'posted', created_at from messages order by id;
         insert into message_search (message_search) values ('rebuild');",
    )?;
    Ok(())
}

/// Every message and person of the source is there, or was counted as left out.
fn check(source: &Source, unfinished: &Unfinished<Place>) -> anyhow::Result<()> {
    let rows = |connection: &Connection, from: &str| -> anyhow::Result<u64> {
        let count: i64 =
            connection.query_row(&format!("select count(*) from {from}"), [], |row| row.get(0))?;
        Ok(u64::try_from(count)?)
    };
    let here = &unfinished.connection;
    let carried = unfinished.state.report.carried(Carried::Messages);
    ensure!(rows(here, "messages")? == carried, "not all messages were written");
    let stray = source.count("messages where room_id not in (select id from rooms)")?;
    ensure!(source.count("messages")? == carried + stray, "not all messages were read");
    let people = source.count("users")?;
    ensure!(rows(here, "users")? >= people, "not all people were written");
    ensure!(rows(here, "rooms")? == source.count("rooms")?, "not all rooms were written");
    Ok(())
}
