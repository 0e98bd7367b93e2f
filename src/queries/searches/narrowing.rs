//! From what was asked for to what the index is asked: names become numbers, days become times.

use std::ops::Range;

use rusqlite::{Connection, OptionalExtension};

use crate::error::Result;
use crate::model::room::ping_title;
use crate::model::search::entry::{by_author, has_file, has_link, in_room};
use crate::model::search::{Day, Filter, Query, Term};
use crate::model::timestamp::DAY_MS;
use crate::model::{MessageId, RoomId, Timestamp, UserId};
use crate::queries;
use crate::words;

/// With more rooms than this the index is not asked for the rooms; what it finds is still checked.
/// Each room is one more list to go through beside the words, which soon costs more than looking
/// over what was said in other rooms: among a million messages 50 ms for 200 rooms, against 1 ms.
const MOST_MARKED_ROOMS: usize = 16;
/// How far the order of ids and the order of times may differ, in milliseconds.
const SLACK_MS: i64 = DAY_MS;

/// A query for one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Narrowed {
    /// In the language of the index; empty when nothing can fit.
    pub expression: String,
    pub ids: Range<MessageId>,
    pub times: Range<Timestamp>,
    /// Why nothing can be found, or what was not understood: sentences.
    pub notes: Vec<String>,
}

impl Narrowed {
    /// Looks up whom and where a query means. Times are days in UTC, and `now` says which is today.
    pub fn of(
        connection: &Connection,
        user_id: UserId,
        query: &Query,
        now: Timestamp,
    ) -> Result<Self> {
        let mut narrowing = Narrowing {
            all: query.terms.iter().map(Term::expression).collect(),
            rooms: None,
            people: None,
            times: Timestamp(i64::MIN)..Timestamp(i64::MAX),
            notes: Vec::new(),
        };
        for words in &query.not_understood {
            narrowing.notes.push(words::not_understood(words).to_string());
        }
        for filter in &query.filters {
            narrowing.add(connection, user_id, filter, now)?;
        }
        narrowing.finish(connection, user_id)
    }

    /// This, if anything can fit.
    pub(super) fn possible(&self) -> Option<&Self> {
        (!self.expression.is_empty()).then_some(self)
    }
}

struct Narrowing {
    /// All of these have to fit.
    all: Vec<String>,
    /// One of these.
    rooms: Option<Vec<RoomId>>,
    people: Option<Vec<UserId>>,
    times: Range<Timestamp>,
    notes: Vec<String>,
}

impl Narrowing {
    fn add(
        &mut self,
        connection: &Connection,
        user_id: UserId,
        filter: &Filter,
        now: Timestamp,
    ) -> Result<()> {
        match filter {
            Filter::From(name) => {
                let found = people_called(connection, user_id, name)?;
                if found.is_empty() {
                    self.notes.push(words::nobody_here_is_called(name).to_string());
                }
                self.people.get_or_insert_default().extend(found);
            }
            Filter::In(name) => {
                let found = rooms_called(connection, user_id, name)?;
                if found.is_empty() {
                    self.notes.push(words::no_room_called(name).to_string());
                }
                self.rooms.get_or_insert_default().extend(found);
            }
            Filter::Before(day) => {
                self.times.end = self.times.end.min(begin_of(*day, now));
            }
            Filter::After(day) => {
                self.times.start = self.times.start.max(begin_of(*day, now));
            }
            Filter::HasFile => self.all.push(format!("\"{}\"", has_file())),
            Filter::HasLink => self.all.push(format!("\"{}\"", has_link())),
        }
        Ok(())
    }

    fn finish(mut self, connection: &Connection, user_id: UserId) -> Result<Narrowed> {
        let asks_something = !self.all.is_empty()
            || self.rooms.is_some()
            || self.people.is_some()
            || self.times != (Timestamp(i64::MIN)..Timestamp(i64::MAX));
        let named = self.rooms.is_some();
        let rooms = match self.rooms {
            Some(rooms) => rooms,
            None => queries::memberships::rooms_of(connection, user_id)?,
        };
        let nobody = self.people.as_ref().is_some_and(Vec::is_empty);
        let mut expression = String::new();
        if asks_something && !rooms.is_empty() && !nobody {
            if let Some(people) = self.people {
                self.all.push(one_of(people.into_iter().map(by_author)));
            }
            // The index must be asked for something.
            if named || self.all.is_empty() || rooms.len() <= MOST_MARKED_ROOMS {
                self.all.push(one_of(rooms.into_iter().map(in_room)));
            }
            expression = self.all.join(" AND ");
        }
        let ids = ids_around(connection, &self.times)?;
        Ok(Narrowed { expression, ids, times: self.times, notes: self.notes })
    }
}

fn one_of(marks: impl Iterator<Item = String>) -> String {
    let marks: Vec<String> = marks.map(|mark| format!("\"{mark}\"")).collect();
    format!("({})", marks.join(" OR "))
}

/// As names are compared: whoever types `all-talk` means `All Talk`.
fn plain(name: &str) -> String {
    name.to_lowercase().replace(['-', '_', '.'], " ")
}

/// Those whose name is just this; otherwise those in whose name it stands.
fn called<T: Copy>(named: Vec<(T, String)>, wanted: &str) -> Vec<T> {
    let wanted = plain(wanted);
    let fitting = |fits: &dyn Fn(&str) -> bool| -> Vec<T> {
        named.iter().filter(|(_, name)| fits(&plain(name))).map(|(id, _)| *id).collect()
    };
    let exactly = fitting(&|name| name == wanted);
    if exactly.is_empty() { fitting(&|name| name.contains(&wanted)) } else { exactly }
}

/// Also people who are gone: what they said is still there.
fn people_called(connection: &Connection, user_id: UserId, name: &str) -> Result<Vec<UserId>> {
    if name.eq_ignore_ascii_case("me") {
        return Ok(vec![user_id]);
    }
    let everybody = connection
        .prepare_cached("select id, name from users")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(called(everybody, name))
}

/// Rooms of this person, and pings by the names of the people in them.
fn rooms_called(connection: &Connection, user_id: UserId, name: &str) -> Result<Vec<RoomId>> {
    let rooms = queries::rooms::all_of_user(connection, user_id)?;
    let pings: Vec<RoomId> =
        rooms.iter().filter(|(room, _)| room.name.is_none()).map(|(room, _)| room.id).collect();
    let mut people = queries::sidebar::people_in(connection, user_id, &pings)?;
    let named = rooms
        .into_iter()
        .map(|(room, _)| {
            let name = room.name.unwrap_or_else(|| {
                let people = people.remove(&room.id).unwrap_or_default();
                let names: Vec<&str> = people.iter().map(|one| one.name.as_str()).collect();
                ping_title(&names)
            });
            (room.id, name)
        })
        .collect();
    Ok(called(named, name))
}

fn begin_of(day: Day, now: Timestamp) -> Timestamp {
    let today = Timestamp(now.0 - now.0.rem_euclid(DAY_MS));
    match day {
        Day::Today => today,
        Day::Yesterday => today.plus_ms(-DAY_MS),
        Day::Date { year, month, day } => jiff::civil::Date::new(year, month, day)
            .and_then(|date| date.to_zoned(jiff::tz::TimeZone::UTC))
            .map_or(today, |begin| Timestamp(begin.timestamp().as_millisecond())),
    }
}

/// The numbers of the messages of a time and of a day around it: they come in the order of time
/// but for a clock that was set back.
fn ids_around(connection: &Connection, times: &Range<Timestamp>) -> Result<Range<MessageId>> {
    let mut ids = MessageId(i64::MIN)..MessageId(i64::MAX);
    if times.start.0 != i64::MIN {
        ids.start = first_since(connection, times.start.plus_ms(-SLACK_MS))?;
    }
    if times.end.0 != i64::MAX {
        ids.end = first_since(connection, times.end.plus_ms(SLACK_MS))?;
    }
    Ok(ids)
}

/// The first message at or after a moment, by halving: there is no index of times.
fn first_since(connection: &Connection, moment: Timestamp) -> Result<MessageId> {
    let last: Option<i64> = connection
        .prepare_cached("select max(id) from messages")?
        .query_row([], |row| row.get(0))?;
    let mut at_or_after = connection
        .prepare_cached("select id, created_at from messages where id >= ?1 order by id limit 1")?;
    let (mut low, mut high) = (0_i64, last.unwrap_or(0).saturating_add(1));
    while low < high {
        let middle = low + ((high - low) >> 1);
        let found: Option<(i64, Timestamp)> =
            at_or_after.query_row([middle], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        match found {
            Some((id, at)) if at < moment => low = id + 1,
            _ => high = middle,
        }
    }
    Ok(MessageId(low))
}
