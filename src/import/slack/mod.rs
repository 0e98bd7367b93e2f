//! Reads an export from Slack: its people, conversations and messages, and the files in it.
//!
//! What Slack wrote down comes along; nothing is made up in place of what it left out. Messages get
//! numbers in the order in which they were said anywhere, as a day of all conversations is read at a
//! time.

mod archive;
mod files;
mod lines;
mod messages;
mod people;
mod rooms;

use std::path::Path;

use anyhow::{Context, ensure};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use self::archive::Archive;
use self::files::Moving;
use self::lines::Known;
use self::people::People;
use self::rooms::{Lists, Rooms};
use super::Report;
use super::attachments::Attaching;
use super::indexing::{Indexed, index};
use super::report::{Carried, Note};
use super::soundness::{self, rows};
use super::trial::TemporaryFolder;
use super::unfinished::{State, Unfinished, Workplace};
use crate::clock;
use crate::files::Files;
use crate::model::JoinCode;
use crate::model::account::DEFAULT_ACCOUNT_NAME;
use crate::progress::Progress;

/// What Slack calls everything, for as long as the import takes.
const NOTEBOOK: &str = "
    create table slack_people (slack_id text primary key, user_id integer not null) strict, without rowid;
    create table slack_rooms (slack_id text primary key, room_id integer not null) strict, without rowid;
    create table slack_threads (room_id integer, ts integer, message_id integer not null,
        primary key (room_id, ts)) strict, without rowid;
";
const NO_NOTEBOOK: &str =
    "drop table slack_people; drop table slack_rooms; drop table slack_threads;";

/// How far an import is.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Place {
    has_people: bool,
    /// The day that is being read, and how many of its lines are done.
    day: String,
    lines_of_day: usize,
    /// Lines that were looked at, carried or not.
    lines: u64,
    bytes: u64,
    has_messages: bool,
    indexed: Indexed,
    is_carried: bool,
}

/// Fills the empty data directory `home` from the archive, or goes on with it. Gives a report, and
/// the code by which people join.
///
/// # Errors
/// One sentence for the operator: no such file, not a whole archive, not an export or a dangerous
/// one, a data directory that is in use or not empty, a disk that is full. What was done so far is
/// kept for the next run.
pub fn import(export: &Path, home: &Path) -> anyhow::Result<(Report, String)> {
    // Before anything is made for it.
    let mut archive = Archive::open(export)?;
    let mut unfinished = Workplace::open(home)?.begin(&archive.fingerprint)?;
    let files = unfinished.files()?;
    carry(&mut archive, &mut unfinished, Some(&files))?;
    check(&mut unfinished, Some(&files))?;
    let code = join_code(&unfinished.connection)?;
    Ok((unfinished.finish()?, code))
}

/// Does all of it but for storing files, in a directory of its own, which is removed again.
///
/// # Errors
/// As those of [`import`].
pub fn try_out(export: &Path) -> anyhow::Result<Report> {
    let mut archive = Archive::open(export)?;
    let home = TemporaryFolder::make()?;
    let mut unfinished = Workplace::open(home.path())?.begin(&archive.fingerprint)?;
    carry(&mut archive, &mut unfinished, None)?;
    check(&mut unfinished, None)?;
    Ok(unfinished.state.report)
}

/// Each part goes on where an earlier run left it.
fn carry(
    archive: &mut Archive,
    unfinished: &mut Unfinished<Place>,
    into: Option<&Files>,
) -> anyhow::Result<()> {
    if unfinished.state.place.is_carried {
        return Ok(());
    }
    let lists = lists(archive)?;
    carry_people(&lists, unfinished).context("bringing people and rooms")?;
    carry_messages(archive, &lists, unfinished, into).context("bringing messages")?;
    index(unfinished, |place| &mut place.indexed).context("indexing messages")?;
    unfinished.step(|tx, State { place, .. }| {
        tx.execute_batch(NO_NOTEBOOK)?;
        place.is_carried = true;
        Ok(())
    })
}

fn lists(archive: &mut Archive) -> anyhow::Result<Lists> {
    let mut users = archive.list("users.json")?;
    users.extend(archive.list("org_users.json")?);
    Ok(Lists {
        users,
        channels: archive.list("channels.json")?,
        groups: archive.list("groups.json")?,
        dms: archive.list("dms.json")?,
        mpims: archive.list("mpims.json")?,
    })
}

fn carry_people(lists: &Lists, unfinished: &mut Unfinished<Place>) -> anyhow::Result<()> {
    if unfinished.state.place.has_people {
        return Ok(());
    }
    let now = clock::now();
    unfinished.step(|tx, State { place, report, .. }| {
        tx.execute_batch(NOTEBOOK)?;
        // An export does not say what the workspace is called.
        tx.execute(
            "insert into accounts (id, name, join_code, created_at) values (1, ?1, ?2, ?3)",
            (
                DEFAULT_ACCOUNT_NAME,
                JoinCode::from_random(std::iter::repeat_with(rand::random::<u8>)).as_str(),
                now,
            ),
        )?;
        people::people(&lists.users, now, tx, report)?;
        rooms::rooms(lists, now, tx, &mut People::read(tx)?, report)?;
        place.has_people = true;
        Ok(())
    })
}

fn carry_messages(
    archive: &mut Archive,
    lists: &Lists,
    unfinished: &mut Unfinished<Place>,
    into: Option<&Files>,
) -> anyhow::Result<()> {
    if unfinished.state.place.has_messages {
        return Ok(());
    }
    let rooms = Rooms::read(&unfinished.connection, lists)?;
    let mut people = People::read(&unfinished.connection)?;
    let attaching = Attaching::new(clock::now());
    let (days, strays) = messages::days(archive, &rooms);
    let total = days.values().map(|day| day.bytes).sum();
    let mut progress = Progress::new("bytes of messages", total, unfinished.state.place.bytes);
    for (name, day) in days.range(unfinished.state.place.day.clone()..) {
        let read = day.read(archive)?;
        let raw = messages::in_order(&read)?;
        let is_begun = unfinished.state.place.day == *name;
        let done = if is_begun { unfinished.state.place.lines_of_day } else { 0 };
        for portion in raw.get(done..).unwrap_or_default().chunks(messages::PORTION) {
            let said = messages::read(portion, &Known { people: &people, rooms: &rooms })?;
            unfinished.step(|tx, State { place, report, .. }| {
                if place.day != *name {
                    (place.day, place.lines_of_day) = (name.clone(), 0);
                }
                let mut moving = Moving { archive, into, attaching: &attaching };
                messages::insert(tx, portion, said, &mut people, &mut moving, report)?;
                place.lines_of_day += portion.len();
                place.lines += portion.len() as u64;
                Ok(())
            })?;
        }
        // What remains of it is nothing, however often this is run.
        unfinished.state.place.bytes += day.bytes;
        progress.at(unfinished.state.place.bytes);
    }
    unfinished.step(|tx, State { place, report, .. }| {
        for folder in &strays {
            report.note_of(Note::StrayFolder, folder);
        }
        rooms::read_positions(tx)?;
        place.has_messages = true;
        Ok(())
    })
}

/// Holds what was written against what was read.
fn check(unfinished: &mut Unfinished<Place>, files: Option<&Files>) -> anyhow::Result<()> {
    let (here, report) = (&unfinished.connection, &unfinished.state.report);
    for (table, carried) in [
        ("messages", Carried::Messages),
        ("rooms", Carried::Rooms),
        ("memberships", Carried::Memberships),
        ("boosts", Carried::Boosts),
        ("attachments", Carried::Files),
        ("link_previews", Carried::LinkCards),
    ] {
        ensure!(rows(here, table)? == report.carried(carried), "not all {table} were written");
    }
    let left_out = [
        Note::SystemLine,
        Note::DeletedLine,
        Note::EmptyMessage,
        Note::UnreadableMessage,
        Note::SameMessage,
    ];
    let left_out: u64 = left_out.into_iter().map(|note| report.noted(note)).sum();
    let read = report.carried(Carried::Messages) + left_out;
    ensure!(unfinished.state.place.lines == read, "not all messages were read");
    let people = report.carried(Carried::People) + report.carried(Carried::Bots);
    let placeholders = report.noted(Note::Placeholder);
    ensure!(rows(here, "users")? == people + placeholders, "not all people were written");
    soundness::check(&unfinished.connection, files, &mut unfinished.state.report)
}

fn join_code(connection: &Connection) -> anyhow::Result<String> {
    Ok(connection.query_row("select join_code from accounts", [], |row| row.get(0))?)
}

/// A member that is text; empty when it is not there or anything else.
fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}
