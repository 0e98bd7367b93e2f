//! Messages with their ids, times and client ids, in portions; and the boosts on them.

use std::collections::HashSet;
use std::thread;

use rusqlite::{Connection, Transaction, params};
use unicode_segmentation::UnicodeSegmentation;

use super::people::People;
use super::source::{number, text, time};
use crate::import::Report;
use crate::import::cards;
use crate::import::report::{Carried, Note};
use crate::model::UserId;
use crate::model::boost::MAX_BOOST;
use crate::model::message::ClientMessageId;
use crate::richtext::campfire::{self, Imported};

/// Messages in one transaction.
const PORTION: i64 = 5_000;
/// Threads that read bodies, which is most of the work.
const READERS: usize = 2;

/// A message as it is stored there.
pub struct Stored {
    id: i64,
    room_id: i64,
    creator_id: UserId,
    client_message_id: String,
    created_at: Option<i64>,
    body: Option<String>,
}

/// Some messages with the bodies they will have here.
#[derive(Default)]
pub struct Portion {
    stored: Vec<Stored>,
    bodies: Vec<Imported>,
}

impl Portion {
    /// None at the end.
    pub fn last_id(&self) -> Option<i64> {
        self.stored.last().map(|message| message.id)
    }
}

/// Reads the messages after `after`, as many as go into one transaction; none at the end.
///
/// # Errors
/// When the database fails.
pub fn read(source: &Connection, after: i64) -> anyhow::Result<Vec<Stored>> {
    let rows = source
        .prepare_cached(&format!(
            "select messages.id, room_id, creator_id, client_message_id, {}, body
             from messages left join action_text_rich_texts
                 on record_type = 'Message' and name = 'body' and record_id = messages.id
             where messages.id > ?1 order by messages.id limit ?2",
            time("messages.created_at")
        ))?
        .query_map([after, PORTION], |row| {
            Ok(Stored {
                id: row.get(0)?,
                room_id: number(row, 1)?,
                creator_id: UserId(number(row, 2)?),
                client_message_id: text(row, 3)?.unwrap_or_default(),
                created_at: row.get(4)?,
                body: text(row, 5)?,
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(rows)
}

/// Makes their bodies. Who is mentioned is known by the people of the source.
pub fn compose(stored: Vec<Stored>, people: &People) -> Portion {
    let body = |message: &Stored| {
        campfire::body(message.body.as_deref().unwrap_or_default(), &|id| people.name_of(id))
    };
    let each = stored.len().div_ceil(READERS).max(1);
    let bodies = thread::scope(|scope| {
        let readers: Vec<_> = stored
            .chunks(each)
            .map(|chunk| (chunk, scope.spawn(move || chunk.iter().map(body).collect::<Vec<_>>())))
            .collect();
        let read = readers.into_iter().map(|(chunk, reader)| {
            // A body that makes the reader fall over is kept as it is written.
            reader.join().unwrap_or_else(|_| {
                chunk
                    .iter()
                    .map(|message| campfire::as_text(message.body.as_deref().unwrap_or_default()))
                    .collect()
            })
        });
        read.flatten().collect()
    });
    Portion { stored, bodies }
}

/// Writes them.
///
/// # Errors
/// When the database fails.
pub fn insert(
    tx: &Transaction<'_>,
    portion: Portion,
    people: &mut People,
    report: &mut Report,
) -> anyhow::Result<()> {
    let Portion { stored, bodies } = portion;
    let mut mention = tx.prepare_cached(
        "insert into mentions (message_id, user_id)
         select ?1, user_id from memberships where room_id = ?2 and user_id = ?3
         on conflict do nothing",
    )?;
    let mut last_at = 0;
    for (stored, imported) in stored.into_iter().zip(bodies) {
        let created_at = stored.created_at.unwrap_or_else(|| {
            report.note_of(Note::UnreadableTime, format_args!("message {}", stored.id));
            last_at
        });
        last_at = created_at;
        people.stand_in(tx, stored.creator_id, report)?;
        if !insert_one(tx, &stored, &imported, created_at, report)? {
            report.note_of(Note::StrayMessage, format_args!("message {}", stored.id));
            continue;
        }
        report.carry(Carried::Messages, 1);
        if imported.is_fallback && stored.body.is_some() {
            report.note_of(Note::ReadAsText, format_args!("message {}", stored.id));
        }
        for _ in 0..imported.lost_mentions {
            report.note(Note::LostMention);
        }
        for user_id in imported.mentions {
            mention.execute((stored.id, stored.room_id, user_id))?;
        }
        let address = imported.body.lone_link.as_deref();
        cards::insert(tx, stored.id, imported.cards, address, created_at, report)?;
    }
    Ok(())
}

/// Answers whether there is a room for it.
fn insert_one(
    tx: &Transaction<'_>,
    stored: &Stored,
    imported: &Imported,
    created_at: i64,
    report: &mut Report,
) -> anyhow::Result<bool> {
    let mut message = tx.prepare_cached(
        "insert into messages (id, room_id, creator_id, client_message_id, body_html, body_source,
             body_format, plain_text, created_at)
         select ?1, rooms.id, ?3, ?4, ?5, ?6, ?7, ?8, ?9 from rooms where rooms.id = ?2
         on conflict (room_id, creator_id, client_message_id) do nothing",
    )?;
    let body = &imported.body;
    let mut add = |client_id: &str| {
        message.execute(params![
            stored.id,
            stored.room_id,
            stored.creator_id,
            client_id,
            body.html,
            body.source,
            body.format,
            body.plain_text,
            created_at
        ])
    };
    let is_usable = (1..=64).contains(&stored.client_message_id.chars().count());
    if is_usable && add(&stored.client_message_id)? > 0 {
        return Ok(true);
    }
    let is_added = add(&fresh_client_id())? > 0;
    if is_added {
        report.note(Note::ClientIdReplaced);
    }
    Ok(is_added)
}

fn fresh_client_id() -> String {
    ClientMessageId::from_random(rand::random()).as_str().to_owned()
}

/// Carries all boosts. The same one twice by the same person is one here.
///
/// # Errors
/// When either database fails.
pub fn boosts(
    source: &Connection,
    tx: &Transaction<'_>,
    people: &mut People,
    report: &mut Report,
) -> anyhow::Result<()> {
    let mut statement = source.prepare(&format!(
        "select id, message_id, booster_id, content, {} from boosts order by id",
        time("created_at")
    ))?;
    let mut insert = tx.prepare(
        "insert into boosts (id, message_id, booster_id, content, created_at)
         select ?1, messages.id, ?3, ?4, ?5 from messages where messages.id = ?2
         on conflict do nothing",
    )?;
    let mut seen = HashSet::new();
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (id, message_id) = (number(row, 0)?, number(row, 1)?);
        let booster_id = UserId(number(row, 2)?);
        let typed = text(row, 3)?.unwrap_or_default();
        let content: String = typed.trim().graphemes(true).take(MAX_BOOST).collect();
        if content.is_empty() || !seen.insert((message_id, booster_id, content.clone())) {
            report.note(Note::StrayBoost);
            continue;
        }
        if content.len() < typed.trim().len() {
            report.note(Note::BoostShortened);
        }
        people.stand_in(tx, booster_id, report)?;
        let created_at: Option<i64> = row.get(4)?;
        match insert.execute((
            id,
            message_id,
            booster_id,
            content,
            created_at.unwrap_or_default(),
        ))? {
            0 => report.note(Note::StrayBoost),
            _ => report.carry(Carried::Boosts, 1),
        }
    }
    Ok(())
}
