//! Channels, private channels and direct messages as rooms, and who is in them.

use std::collections::{BTreeSet, HashMap, HashSet};

use rusqlite::{Connection, Transaction};
use serde_json::Value;

use super::people::{People, is_guest};
use super::text;
use crate::import::Report;
use crate::import::names::line;
use crate::import::report::{Carried, Note};
use crate::model::room::{MAX_ROOM_NAME, direct_key};
use crate::model::{Timestamp, UserId};

/// The lists of an export.
#[derive(Default)]
pub struct Lists {
    pub users: Vec<Value>,
    pub channels: Vec<Value>,
    pub groups: Vec<Value>,
    pub dms: Vec<Value>,
    pub mpims: Vec<Value>,
}

impl Lists {
    /// Every conversation with the kind of room it becomes.
    fn conversations(&self) -> impl Iterator<Item = (&Value, &'static str)> {
        fn of<'l>(
            list: &'l [Value],
            kind: &'static str,
        ) -> impl Iterator<Item = (&'l Value, &'static str)> {
            list.iter().map(move |value| (value, kind))
        }
        of(&self.channels, "open")
            .chain(of(&self.groups, "closed"))
            .chain(of(&self.dms, "direct"))
            .chain(of(&self.mpims, "direct"))
    }
}

/// Rooms by what Slack calls them.
#[derive(Clone, Default)]
pub struct Rooms {
    /// By the name of the folder their messages are in.
    folders: HashMap<String, i64>,
    /// Names of channels that everybody may know of, by id.
    pub open_names: HashMap<String, String>,
}

impl Rooms {
    /// Reads them back. A folder is named by the channel, or by its id.
    ///
    /// # Errors
    /// When the database fails.
    pub fn read(connection: &Connection, lists: &Lists) -> anyhow::Result<Self> {
        let ids: HashMap<String, i64> = connection
            .prepare("select slack_id, room_id from slack_rooms")?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        let mut rooms = Self { folders: ids.clone(), open_names: HashMap::new() };
        for (conversation, kind) in lists.conversations() {
            let (slack_id, name) = (text(conversation, "id"), text(conversation, "name"));
            if kind == "open" {
                rooms.open_names.insert(slack_id.to_owned(), name.to_owned());
            }
            if let Some(room_id) = ids.get(slack_id).filter(|_| !name.is_empty()) {
                rooms.folders.entry(name.to_owned()).or_insert(*room_id);
            }
        }
        Ok(rooms)
    }

    pub fn of_folder(&self, folder: &str) -> Option<i64> {
        self.folders.get(folder).copied()
    }
}

/// Carries all rooms and memberships. The first direct room of a set of people is theirs.
///
/// # Errors
/// When the database fails.
pub fn rooms(
    lists: &Lists,
    now: Timestamp,
    tx: &Transaction<'_>,
    people: &mut People,
    report: &mut Report,
) -> anyhow::Result<()> {
    let everybody = everybody(lists, tx, people)?;
    let (mut keys, mut seen) = (HashSet::new(), HashSet::new());
    for (conversation, kind) in lists.conversations() {
        let slack_id = text(conversation, "id");
        if slack_id.is_empty() || !seen.insert(slack_id) {
            report.note(Note::StrayRoom);
            continue;
        }
        let members = members(conversation, kind, tx, people, report)?;
        let creator_id = match (text(conversation, "creator"), members.first()) {
            ("", Some(first)) => *first,
            (creator, _) => people.or_stand_in(tx, creator, None, report)?,
        };
        let key =
            (kind == "direct").then(|| direct_key(&members.iter().copied().collect::<Vec<_>>()));
        let repeats = key.as_ref().is_some_and(|key| !keys.insert(key.clone()));
        let name = (kind != "direct").then(|| room_name(conversation, slack_id, report));
        let created = conversation.get("created").and_then(Value::as_i64).filter(|at| *at > 0);
        let created_at = created.map_or(now.0, |at| at.saturating_mul(1000));
        let is_archived = conversation.get("is_archived") == Some(&Value::Bool(true));
        tx.prepare_cached(
            "insert into rooms (kind, name, creator_id, direct_key, created_at, active_at, archived_at)
             values (?1, ?2, ?3, ?4, ?5, ?5, ?6)",
        )?
        .execute((
            kind,
            name,
            creator_id,
            // Until the number is known that makes it unlike any other.
            if repeats { Some(format!("again {slack_id}")) } else { key.clone() },
            created_at,
            is_archived.then_some(now),
        ))?;
        let room_id = tx.last_insert_rowid();
        if let Some(key) = key.filter(|_| repeats) {
            report.note_of(Note::SameDirectRoom, format_args!("{slack_id}"));
            tx.execute(
                "update rooms set direct_key = ?2 || ' in ' || id where id = ?1",
                (room_id, key),
            )?;
        }
        tx.execute(
            "insert into slack_rooms (slack_id, room_id) values (?1, ?2)",
            (slack_id, room_id),
        )?;
        report.carry(Carried::Rooms, 1);
        left_out(conversation, report);
        let room = Room { id: room_id, kind, created_at };
        room.let_in(&members, &everybody, tx, report)?;
    }
    Ok(())
}

/// What has no place here.
fn left_out(conversation: &Value, report: &mut Report) {
    let said = |what: &str| {
        conversation.get(what).is_some_and(|about| !text(about, "value").trim().is_empty())
    };
    if said("topic") || said("purpose") {
        report.note(Note::TopicLeftOut);
    }
    let pins = conversation.get("pins").and_then(Value::as_array).map_or(0, Vec::len);
    for _ in 0..pins {
        report.note(Note::PinLeftOut);
    }
}

fn room_name(conversation: &Value, slack_id: &str, report: &mut Report) -> String {
    let typed = text(conversation, "name");
    let kept = line(typed, MAX_ROOM_NAME);
    if kept.as_deref() != Some(typed.trim()) {
        report.note_of(Note::RoomNamed, format_args!("{slack_id}"));
    }
    kept.unwrap_or_else(|| slack_id.chars().take(MAX_ROOM_NAME).collect())
}

/// Who is in it. A direct conversation keeps all its people, also those the export does not list.
fn members(
    conversation: &Value,
    kind: &str,
    tx: &Transaction<'_>,
    people: &mut People,
    report: &mut Report,
) -> anyhow::Result<BTreeSet<UserId>> {
    let mut members = BTreeSet::new();
    let listed = conversation.get("members").and_then(Value::as_array);
    for slack_id in listed.into_iter().flatten().filter_map(Value::as_str) {
        match people.id_of(slack_id) {
            Some(id) => {
                members.insert(id);
            }
            None if kind == "direct" => {
                members.insert(people.or_stand_in(tx, slack_id, None, report)?);
            }
            None => report.note(Note::StrayMembership),
        }
    }
    Ok(members)
}

/// All active people; and whether they are guests.
fn everybody(
    lists: &Lists,
    tx: &Transaction<'_>,
    people: &People,
) -> anyhow::Result<HashMap<UserId, bool>> {
    let guests: HashSet<UserId> = lists
        .users
        .iter()
        .filter(|person| is_guest(&|what| person.get(what) == Some(&Value::Bool(true))))
        .filter_map(|person| people.id_of(text(person, "id")))
        .collect();
    let active = tx
        .prepare("select id from users where status = 'active'")?
        .query_map([], |row| row.get(0))?
        .map(|id| id.map(|id| (id, guests.contains(&id))))
        .collect::<rusqlite::Result<_>>()?;
    Ok(active)
}

struct Room {
    id: i64,
    kind: &'static str,
    created_at: i64,
}

impl Room {
    /// Lets its members in. What was public everybody may read: it is out of the lists of those
    /// who were not in it. Guests stay out of what they were not asked to.
    fn let_in(
        &self,
        members: &BTreeSet<UserId>,
        everybody: &HashMap<UserId, bool>,
        tx: &Transaction<'_>,
        report: &mut Report,
    ) -> anyhow::Result<()> {
        let involvement = if self.kind == "direct" { "everything" } else { "mentions" };
        let mut inside = 0;
        for id in members {
            // As when somebody is removed here: only their pings stay theirs.
            if self.kind == "direct" || everybody.contains_key(id) {
                self.add(tx, *id, involvement)?;
                report.carry(Carried::Memberships, 1);
                inside += 1;
            }
        }
        if self.kind == "open" {
            for (id, is_guest) in everybody.iter().filter(|(id, _)| !members.contains(*id)) {
                if *is_guest {
                    tx.prepare_cached(
                        "insert into departures (user_id, room_id, left_at) values (?1, ?2, ?3)",
                    )?
                    .execute((id, self.id, self.created_at))?;
                } else {
                    self.add(tx, *id, "invisible")?;
                    report.carry(Carried::Memberships, 1);
                }
            }
        } else if inside == 0 {
            report.note_of(Note::RoomWithoutPeople, format_args!("room {}", self.id));
        }
        Ok(())
    }

    fn add(&self, tx: &Transaction<'_>, id: UserId, involvement: &str) -> anyhow::Result<()> {
        tx.prepare_cached(
            "insert into memberships (room_id, user_id, involvement, created_at)
             values (?1, ?2, ?3, ?4)",
        )?
        .execute((self.id, id, involvement, self.created_at))?;
        Ok(())
    }
}

/// Every room knows its last message, and everybody has read it.
///
/// # Errors
/// When the database fails.
pub fn read_positions(tx: &Transaction<'_>) -> rusqlite::Result<()> {
    tx.execute_batch(
        "update rooms set last_message_id =
             coalesce((select max(id) from messages where room_id = rooms.id), 0);
         update rooms set active_at = (select created_at from messages where id = last_message_id)
         where last_message_id > 0;
         update memberships set last_read_message_id =
             (select last_message_id from rooms where id = room_id);",
    )
}
