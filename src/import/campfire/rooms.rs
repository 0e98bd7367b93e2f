//! Rooms with their ids, and who is in them.

use std::collections::{BTreeMap, HashSet};

use rusqlite::{Connection, Transaction};

use super::people::People;
use super::source::{number, text, time};
use crate::import::Report;
use crate::import::names::line;
use crate::import::report::{Carried, Note};
use crate::model::UserId;
use crate::model::room::{MAX_ROOM_NAME, direct_key};

struct Room {
    id: i64,
    name: Option<String>,
    kind: &'static str,
    creator_id: UserId,
    created_at: Option<i64>,
    updated_at: Option<i64>,
}

/// Carries all rooms and memberships.
///
/// # Errors
/// When either database fails.
pub fn rooms(
    source: &Connection,
    tx: &Transaction<'_>,
    people: &mut People,
    report: &mut Report,
) -> anyhow::Result<()> {
    let members = members(source, people)?;
    let mut keys = HashSet::new();
    for room in all(source)? {
        people.stand_in(tx, room.creator_id, report)?;
        let key = (room.kind == "direct").then(|| {
            let ids: Vec<UserId> = members
                .range((room.id, UserId(0))..(room.id + 1, UserId(0)))
                .map(|(pair, ())| pair.1)
                .collect();
            let key = direct_key(&ids);
            if keys.insert(key.clone()) {
                return key;
            }
            // Kept beside the first one; asked for by its people, the first one is found.
            report.note_of(Note::SameDirectRoom, format_args!("room {}", room.id));
            format!("{key} in {}", room.id)
        });
        let name = (room.kind != "direct").then(|| {
            let typed = room.name.as_deref().unwrap_or_default();
            let kept = line(typed, MAX_ROOM_NAME);
            if kept.as_deref() != Some(typed.trim()) {
                report.note_of(Note::RoomNamed, format_args!("room {}", room.id));
            }
            kept.unwrap_or_else(|| format!("Room {}", room.id))
        });
        let created_at = room.created_at.unwrap_or_default();
        tx.execute(
            "insert into rooms (id, kind, name, creator_id, direct_key, created_at, active_at)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            (
                room.id,
                room.kind,
                name,
                room.creator_id,
                key,
                created_at,
                room.updated_at.unwrap_or(created_at),
            ),
        )?;
        report.carry(Carried::Rooms, 1);
    }
    memberships(source, tx, report)
}

fn all(source: &Connection) -> anyhow::Result<Vec<Room>> {
    let rooms = source
        .prepare(&format!(
            "select id, name, type, creator_id, {}, {} from rooms order by id",
            time("created_at"),
            time("updated_at")
        ))?
        .query_map([], |row| {
            Ok(Room {
                id: row.get(0)?,
                name: text(row, 1)?,
                kind: match text(row, 2)?.unwrap_or_default().as_str() {
                    "Rooms::Open" => "open",
                    "Rooms::Direct" => "direct",
                    // What is not known to be for everybody is for its members.
                    _ => "closed",
                },
                creator_id: UserId(number(row, 3)?),
                created_at: row.get(4)?,
                updated_at: row.get(5)?,
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(rooms)
}

/// Every room with every person in it.
fn members(source: &Connection, people: &People) -> anyhow::Result<BTreeMap<(i64, UserId), ()>> {
    let mut statement = source.prepare("select room_id, user_id from memberships")?;
    let rows = statement.query_map([], |row| Ok((number(row, 0)?, UserId(number(row, 1)?))))?;
    let mut members = BTreeMap::new();
    for row in rows {
        let (room_id, user_id) = row?;
        if people.has(user_id) {
            members.insert((room_id, user_id), ());
        }
    }
    Ok(members)
}

fn memberships(
    source: &Connection,
    tx: &Transaction<'_>,
    report: &mut Report,
) -> anyhow::Result<()> {
    let mut statement = source.prepare(&format!(
        "select room_id, user_id, involvement, {} from memberships order by room_id, user_id",
        time("created_at")
    ))?;
    let mut insert = tx.prepare(
        "insert into memberships (room_id, user_id, involvement, created_at)
         select rooms.id, users.id, ?3, ?4 from rooms, users
         where rooms.id = ?1 and users.id = ?2
         on conflict do nothing",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (room_id, user_id) = (number(row, 0)?, number(row, 1)?);
        let involvement = text(row, 2)?;
        let involvement = involvement
            .as_deref()
            .filter(|word| ["invisible", "nothing", "mentions", "everything"].contains(word));
        let created_at: Option<i64> = row.get(3)?;
        let added = insert.execute((
            room_id,
            user_id,
            involvement.unwrap_or("mentions"),
            created_at.unwrap_or_default(),
        ))?;
        match added {
            0 => report.note(Note::StrayMembership),
            _ => report.carry(Carried::Memberships, 1),
        }
    }
    Ok(())
}

/// Sets how far everybody has read, once the messages are there: up to the message before the
/// first one that is unread.
///
/// # Errors
/// When either database fails.
pub fn read_positions(source: &Connection, tx: &Transaction<'_>) -> anyhow::Result<()> {
    tx.execute_batch(
        "update rooms set last_message_id =
             coalesce((select max(id) from messages where room_id = rooms.id), 0);
         update memberships set last_read_message_id =
             (select last_message_id from rooms where id = room_id);",
    )?;
    let mut statement = source.prepare(&format!(
        "select room_id, user_id, {} from memberships where unread_at is not null",
        time("unread_at")
    ))?;
    let mut rows = statement.query([])?;
    let mut update = tx.prepare(
        "update memberships set last_read_message_id = coalesce(
             (select max(id) from messages
              where room_id = ?1 and id < coalesce(
                  (select min(id) from messages where room_id = ?1 and created_at >= ?3),
                  last_read_message_id + 1)), 0)
         where room_id = ?1 and user_id = ?2",
    )?;
    while let Some(row) = rows.next()? {
        let unread_at: Option<i64> = row.get(2)?;
        if let Some(unread_at) = unread_at {
            update.execute((number(row, 0)?, number(row, 1)?, unread_at))?;
        }
    }
    Ok(())
}
