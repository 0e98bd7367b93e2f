//! Messages in the order they were said, a day of all conversations at a time.

use std::collections::BTreeMap;
use std::thread;

use anyhow::{Context, anyhow};
use rusqlite::{OptionalExtension, Transaction, params};
use serde_json::value::RawValue;

use super::archive::Archive;
use super::files::Moving;
use super::lines::{self, Known, Line, Reaction, Sender, Stamp};
use super::people::People;
use super::rooms::Rooms;
use crate::import::report::{Carried, Note};
use crate::import::{Report, cards};
use crate::model::{MessageId, UserId};

/// Messages in one transaction.
pub const PORTION: usize = 2_000;
/// Threads that read messages, which is most of the work.
const READERS: usize = 2;

/// What was said on one day, anywhere.
#[derive(Default)]
pub struct Day {
    /// Room and file.
    files: Vec<(i64, String)>,
    /// Size of the files.
    pub bytes: u64,
}

/// The days there are, and the folders that belong to no room.
pub fn days(archive: &Archive, rooms: &Rooms) -> (BTreeMap<String, Day>, Vec<String>) {
    let mut days: BTreeMap<String, Day> = BTreeMap::new();
    let mut strays = Vec::new();
    for (name, size) in archive.names() {
        let Some((folder, file)) = name.split_once('/') else { continue };
        let Some(day) = file.strip_suffix(".json").filter(|day| is_day(day)) else { continue };
        match rooms.of_folder(folder) {
            Some(room_id) => {
                let on = days.entry(day.to_owned()).or_default();
                on.files.push((room_id, name.to_owned()));
                on.bytes += size;
            }
            None if strays.last().is_none_or(|last| last != folder) => {
                strays.push(folder.to_owned())
            }
            None => {}
        }
    }
    (days, strays)
}

/// `2020-01-31`
fn is_day(name: &str) -> bool {
    name.len() == 10
        && name.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

impl Day {
    /// Reads its files.
    ///
    /// # Errors
    /// One sentence when one is damaged.
    pub fn read(&self, archive: &mut Archive) -> anyhow::Result<Vec<(i64, String, Vec<u8>)>> {
        self.files
            .iter()
            .map(|(room_id, name)| Ok((*room_id, name.clone(), archive.bytes(name)?)))
            .collect()
    }
}

/// A line where it stands.
pub struct Raw<'d> {
    room_id: i64,
    folder: &'d str,
    text: &'d str,
}

/// All lines of a day in the order they were said; those without a time come last.
///
/// # Errors
/// One sentence when a file is no list.
pub fn in_order(read: &[(i64, String, Vec<u8>)]) -> anyhow::Result<Vec<Raw<'_>>> {
    let mut lines = Vec::new();
    for (room_id, name, bytes) in read {
        let list: Vec<&RawValue> = serde_json::from_slice(bytes)
            .map_err(|error| anyhow!("“{name}” in the export cannot be read: {error}"))?;
        let folder = name.split('/').next().unwrap_or_default();
        for raw in list {
            let text = raw.get();
            let at = lines::stamp_of(text).map_or(i64::MAX, Stamp::micros);
            lines.push((at, Raw { room_id: *room_id, folder, text }));
        }
    }
    lines.sort_by_key(|(at, raw)| (*at, raw.room_id));
    Ok(lines.into_iter().map(|(_, raw)| raw).collect())
}

type Read = Result<Box<Line>, Note>;

/// Reads some lines, on all readers.
///
/// # Errors
/// When a line makes its reader fall over.
pub fn read(raw: &[Raw<'_>], known: &Known<'_>) -> anyhow::Result<Vec<Read>> {
    let each = raw.len().div_ceil(READERS).max(1);
    thread::scope(|scope| {
        let readers: Vec<_> = raw
            .chunks(each)
            .map(|chunk| {
                scope.spawn(move || {
                    chunk.iter().map(|raw| lines::read(raw.text, known)).collect::<Vec<_>>()
                })
            })
            .collect();
        let mut all = Vec::with_capacity(raw.len());
        for reader in readers {
            all.extend(reader.join().map_err(|_| anyhow!("a message could not be read"))?);
        }
        Ok(all)
    })
}

/// Writes lines that were read.
///
/// # Errors
/// When the database fails, or the disk does not take a file.
pub fn insert(
    tx: &Transaction<'_>,
    raw: &[Raw<'_>],
    read: Vec<Read>,
    people: &mut People,
    moving: &mut Moving<'_>,
    report: &mut Report,
) -> anyhow::Result<()> {
    for (raw, read) in raw.iter().zip(read) {
        let line = match read {
            Ok(line) => *line,
            Err(Note::UnreadableMessage) => {
                report.note_of(Note::UnreadableMessage, format_args!("in {}", raw.folder));
                continue;
            }
            Err(note) => {
                report.note(note);
                continue;
            }
        };
        let Some(message_id) = insert_one(tx, raw.room_id, &line, people, report)? else {
            report.note_of(
                Note::SameMessage,
                format_args!("{} in {}", line.stamp.client_id(), raw.folder),
            );
            continue;
        };
        report.carry(Carried::Messages, 1);
        for reaction in &line.reactions {
            boost(tx, message_id, line.stamp, reaction, people, report)?;
        }
        let address = line.said.body.lone_link.as_deref();
        cards::insert(tx, message_id.0, line.said.cards, address, line.stamp.millis(), report)?;
        for file in &line.files {
            moving.attach(tx, message_id.0, raw.folder, file, report)?;
        }
    }
    Ok(())
}

/// Answers with its number, unless it is there already.
fn insert_one(
    tx: &Transaction<'_>,
    room_id: i64,
    line: &Line,
    people: &mut People,
    report: &mut Report,
) -> anyhow::Result<Option<MessageId>> {
    let creator_id = match &line.sender {
        Sender::Person { slack_id, name } => {
            people.or_stand_in(tx, slack_id, name.as_deref(), report)?
        }
        Sender::Bot { bot_id, name } => people.or_bot(tx, bot_id, name, report)?,
    };
    let reply_to_id = match &line.replies_to {
        Some((root, author)) => root_of(tx, room_id, *root, people.id_of(author))?,
        None => None,
    };
    let body = &line.said.body;
    let added = tx
        .prepare_cached(
            "insert into messages (room_id, creator_id, client_message_id, body_html, body_source,
                 body_format, plain_text, reply_to_id, created_at, edited_at)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
             on conflict (room_id, creator_id, client_message_id) do nothing",
        )?
        .execute(params![
            room_id,
            creator_id,
            line.stamp.client_id(),
            body.html,
            body.source,
            body.format,
            body.plain_text,
            reply_to_id,
            line.stamp.millis(),
            line.edited_at,
        ])?;
    if added == 0 {
        return Ok(None);
    }
    let message_id = MessageId(tx.last_insert_rowid());
    if line.is_root {
        tx.prepare_cached(
            "insert or ignore into slack_threads (room_id, ts, message_id) values (?1, ?2, ?3)",
        )?
        .execute((room_id, line.stamp.micros(), message_id))?;
    }
    if line.replies_to.is_some() && reply_to_id.is_none() {
        report.note(Note::LostReply);
    }
    for _ in 0..line.said.lost_mentions {
        report.note(Note::LostMention);
    }
    for user_id in &line.said.mentions {
        tx.prepare_cached(
            "insert into mentions (message_id, user_id)
             select ?1, user_id from memberships where room_id = ?2 and user_id = ?3
             on conflict do nothing",
        )?
        .execute((message_id, room_id, user_id))?;
    }
    Ok(Some(message_id))
}

/// The message that begins a thread.
fn root_of(
    tx: &Transaction<'_>,
    room_id: i64,
    root: Stamp,
    author: Option<UserId>,
) -> anyhow::Result<Option<MessageId>> {
    let marked = tx
        .prepare_cached("select message_id from slack_threads where room_id = ?1 and ts = ?2")?
        .query_row((room_id, root.micros()), |row| row.get(0))
        .optional()?;
    let (None, Some(author)) = (marked, author) else { return Ok(marked) };
    tx.prepare_cached(
        "select id from messages
         where room_id = ?1 and creator_id = ?2 and client_message_id = ?3",
    )?
    .query_row((room_id, author, root.client_id()), |row| row.get(0))
    .optional()
    .context("looking for the beginning of a thread")
}

fn boost(
    tx: &Transaction<'_>,
    message_id: MessageId,
    stamp: Stamp,
    reaction: &Reaction,
    people: &mut People,
    report: &mut Report,
) -> anyhow::Result<()> {
    for slack_id in &reaction.slack_ids {
        let booster_id = people.or_stand_in(tx, slack_id, None, report)?;
        // Slack does not keep when it was.
        let added = tx
            .prepare_cached(
                "insert into boosts (message_id, booster_id, content, created_at)
                 values (?1, ?2, ?3, ?4) on conflict do nothing",
            )?
            .execute((message_id, booster_id, &reaction.content, stamp.millis()))?;
        match added {
            0 => report.note(Note::StrayBoost),
            _ => report.carry(Carried::Boosts, 1),
        }
        if reaction.is_cut {
            report.note_of(Note::BoostShortened, &reaction.content);
        }
    }
    for _ in 0..reaction.unnamed {
        report.note(Note::ReactionUnnamed);
    }
    Ok(())
}
