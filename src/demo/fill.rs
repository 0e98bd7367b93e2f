//! Fills an empty database with the people of the demo and the week they have behind them. Writes
//! rows directly, as nobody listens yet.

use anyhow::{Context, anyhow, bail};
use rusqlite::{Connection, Transaction};

use super::cast::{ACCOUNT, BOT, CAST, typed};
use super::talk::{self, Conversation, Line, Place};
use crate::clock;
use crate::commands::messages::index_everything;
use crate::model::room::direct_key;
use crate::model::timestamp::{DAY_MS, HOUR_MS};
use crate::model::{BodyFormat, MessageId, RoomId, UserId};
use crate::queries;
use crate::richtext::{Composed, People, compose_with};
use crate::tokens::{TokenKey, fresh_bot_token};

/// How long ago everything began.
const BEGAN_MS: i64 = 30 * DAY_MS;

/// One message on its way to its place among all others.
struct Said {
    room_id: RoomId,
    at: i64,
    line: Line,
    /// Which of all lines it is, and which one it answers.
    number: usize,
    answers: Option<usize>,
}

/// Fills the database, which has its schema and nobody in it, in one transaction.
///
/// # Errors
/// There are people in it already; the database does not take it.
pub fn fill(connection: &mut Connection, tokens: &TokenKey) -> anyhow::Result<()> {
    let people: i64 = connection.query_row("select count(*) from users", [], |row| row.get(0))?;
    if people > 0 {
        bail!("there are people in it already");
    }
    let now = clock::now().0;
    let tx = connection.transaction()?;
    // A mark for ever, in every copy: no server takes it for the place of real people.
    tx.execute("insert into facts (name, value) values ('demo', 'made up')", [])?;
    tx.execute(
        "insert into accounts (id, name, join_code, created_at) values (1, ?1, 'Demo-Demo-Demo', ?2)",
        (ACCOUNT, now - BEGAN_MS),
    )?;
    cast(&tx, tokens, now)?;
    let mut said = Vec::new();
    for text in talk::PAST {
        for conversation in talk::read(text).map_err(|line| anyhow!(line))? {
            let room_id = room(&tx, &conversation.place, now)?;
            place(&mut said, room_id, conversation, now);
        }
    }
    // Numbers of messages rise with time, whatever the room.
    said.sort_by_key(|one| (one.at, one.number));
    messages(&tx, &said)?;
    tx.execute_batch(
        "insert into changes (room_id, message_id, kind, at)
             select room_id, id, 'posted', created_at from messages order by id;
         update rooms set last_message_id =
             coalesce((select max(id) from messages where room_id = rooms.id), 0);
         update rooms set active_at =
             coalesce((select created_at from messages where id = last_message_id), created_at);
         update memberships set last_read_message_id = coalesce((
             select this.id from messages as this where this.room_id = memberships.room_id
                 and (memberships.user_id * 3 + memberships.room_id * 5) % 7 = (
                     select count(*) from messages as later
                     where later.room_id = this.room_id and later.id > this.id)), 0);",
    )?;
    index_everything(&tx)?;
    tx.commit()?;
    Ok(())
}

fn cast(tx: &Transaction<'_>, tokens: &TokenKey, now: i64) -> anyhow::Result<()> {
    let mut insert = tx.prepare(
        "insert into users (name, email_address, role, bio, created_at) values (?1, ?2, ?3, ?4, ?5)",
    )?;
    for (id, one) in (1..).map(UserId).zip(&CAST) {
        let (role, address) = match id {
            BOT => ("bot", None),
            UserId(1) => ("administrator", Some(format!("{}@hollowhill.example", one.key))),
            _ => ("member", Some(format!("{}@hollowhill.example", one.key))),
        };
        insert.execute((one.name, address, role, one.about, now - BEGAN_MS + id.0))?;
    }
    let token = tokens.stored_bot_token(&fresh_bot_token()).context("making the bot's key")?;
    tx.execute(
        "update users set bot_token_hash = ?2, bot_token = ?3 where id = ?1",
        (BOT, token.hash, token.sealed),
    )?;
    Ok(())
}

/// Makes a room and puts its people into it.
fn room(tx: &Transaction<'_>, place: &Place, now: i64) -> anyhow::Result<RoomId> {
    let everybody: Vec<UserId> = (1..).map(UserId).take(CAST.len()).collect();
    let (kind, name, key, members) = match place {
        Place::Room(name, None) => ("open", Some(name), None, everybody),
        Place::Room(name, Some(members)) => ("closed", Some(name), None, members.clone()),
        Place::Ping(members) => ("direct", None, Some(direct_key(members)), members.clone()),
        Place::Scene(_) => bail!("a scene is no room"),
    };
    tx.execute(
        "insert into rooms (kind, name, creator_id, direct_key, created_at, active_at)
         values (?1, ?2, ?3, ?4, ?5, ?5)",
        (kind, name, members.first(), key, now - BEGAN_MS),
    )?;
    let room_id = RoomId(tx.last_insert_rowid());
    let involvement = if kind == "direct" { "everything" } else { "mentions" };
    for user_id in members {
        tx.execute(
            "insert into memberships (room_id, user_id, involvement, created_at) values (?1, ?2, ?3, ?4)",
            (room_id, user_id, involvement, now - BEGAN_MS),
        )?;
    }
    Ok(room_id)
}

/// Gives each line its moment: some time after the one before.
fn place(said: &mut Vec<Said>, room_id: RoomId, conversation: Conversation, now: i64) {
    for line in conversation.lines {
        let number = said.len();
        let pause_ms = line.place_in_stretch * 61_000
            + (room_id.0 * 7_919 + line.place_in_stretch * 13_007) % 40_000;
        let at = now - line.hours_ago * HOUR_MS + pause_ms + room_id.0 * 97_000;
        let answers = line.answers.then(|| number.checked_sub(1)).flatten();
        said.push(Said { room_id, at, line, number, answers });
    }
}

fn messages(tx: &Transaction<'_>, said: &[Said]) -> anyhow::Result<()> {
    let mut insert = tx.prepare(
        "insert into messages (room_id, creator_id, client_message_id, body_html, body_source,
             body_format, plain_text, reply_to_id, created_at)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    let mut mention = tx.prepare(
        "insert into mentions (message_id, user_id) select ?1, user_id from memberships
         where room_id = ?2 and user_id = ?3 and user_id <> ?4 on conflict do nothing",
    )?;
    let mut boost = tx.prepare(
        "insert into boosts (message_id, booster_id, content, created_at) values (?1, ?2, ?3, ?4)",
    )?;
    let mut ids: Vec<Option<(MessageId, UserId)>> = vec![None; said.len()];
    for one in said {
        let candidates = queries::mentions::candidates(tx, one.room_id)?;
        let people = People::new(candidates);
        let Composed { body, mentions } =
            compose_with(&typed(&one.line.text), BodyFormat::Markdown, &people)
                .map_err(|refused| anyhow!("“{}”: {}", one.line.text, refused))?;
        let original = one.answers.and_then(|number| ids.get(number).copied().flatten());
        let client_id = format!("00000000-0000-4000-8000-{:012x}", one.number);
        insert.execute((
            one.room_id,
            one.line.who,
            client_id,
            &body.html,
            &body.source,
            body.format,
            &body.plain_text,
            original.map(|(id, _)| id),
            one.at,
        ))?;
        let id = MessageId(tx.last_insert_rowid());
        if let Some(slot) = ids.get_mut(one.number) {
            *slot = Some((id, one.line.who));
        }
        for user_id in mentions.into_iter().chain(original.map(|(_, author)| author)) {
            mention.execute((id, one.room_id, user_id, one.line.who))?;
        }
        for (content, boosters) in &one.line.boosts {
            for (n, booster) in (1..).zip(boosters) {
                boost.execute((id, booster, content, one.at + n * 5_000))?;
            }
        }
    }
    Ok(())
}
