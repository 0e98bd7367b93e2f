//! Searches in a long past, for somebody in three rooms and for somebody in all of them, beside a
//! plain `LIKE` over the same database.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use campfire::clock;
use campfire::model::UserId;
use campfire::model::search::{HITS, Query};
use campfire::queries::searches::{Narrowed, plan as plan_of};
use rusqlite::{Connection, OpenFlags};

use crate::disk;
use crate::http::{self, Answer, Line};
use crate::measure::{Plan, median, quantile};
use crate::report::{Report, milliseconds};
use crate::server::{Server, populate};

/// The rooms of the person who is in three: a busy one, and two with less to say.
const FEW: [i64; 3] = [1, 61, 121];
/// The person in all rooms, and the person in three.
const PEOPLE: [(u32, &str); 2] = [(1, "in all rooms"), (2, "in 3 rooms")];

/// A kind of query; the same as a condition on `messages`, with `?1` the person who asks.
struct Kind {
    name: &'static str,
    query: &'static str,
    like: &'static str,
}

const KINDS: [Kind; 9] = [
    Kind { name: "rare word", query: "quicksilver", like: "plain_text like '%quicksilver%'" },
    Kind { name: "common word", query: "kindling", like: "plain_text like '%kindling%'" },
    Kind {
        name: "two words",
        query: "kindling zephyr",
        like: "plain_text like '%kindling%' and plain_text like '%zephyr%'",
    },
    Kind {
        name: "phrase",
        query: "\"quiet river spark\"",
        like: "plain_text like '%quiet river spark%'",
    },
    Kind { name: "prefix", query: "kindl*", like: "plain_text like '%kindl%'" },
    Kind { name: "part of an identifier", query: "controll", like: "plain_text like '%controll%'" },
    Kind {
        name: "one filter",
        query: "has:link kindling",
        like: "body_html like '%<a href=\"http%' and plain_text like '%kindling%'",
    },
    Kind {
        name: "two filters",
        query: "from:me has:link kindling",
        like: "creator_id = ?1 and body_html like '%<a href=\"http%' and plain_text like '%kindling%'",
    },
    Kind { name: "Chinese pair", query: "水泵", like: "plain_text like '%水泵%'" },
];

pub fn run(plan: &Plan, report: &mut Report) -> Result<()> {
    let directory = disk::directory()?;
    let data_dir = directory.path().join("year");
    let (people, rooms, messages, times) =
        if plan.is_quick() { (50, 130, 60_000, 4) } else { (500, 200, 1_000_000, 60) };
    populate(&data_dir, people, rooms, messages)?;
    let database = data_dir.join("campfire.db");
    leave_few_rooms(&database)?;
    let server = Server::start(&data_dir)?;
    let reader = Connection::open_with_flags(&database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    for (person, of_person) in PEOPLE {
        let cookie = server.sign_in(person)?;
        let mut line = Line::connect(server.address)?;
        for kind in &KINDS {
            let ids = by_like(&reader, person, kind, times)?;
            let request = request_of(kind, &cookie);
            let mut took = Vec::with_capacity(times);
            for round in 0..=times {
                let begun = Instant::now();
                let answer = line.ask(&request)?;
                // The first one brings statements and pages to life.
                if round > 0 {
                    took.push(begun.elapsed());
                }
                ensure!(hits_in(&answer)? == ids.hits, "{} {of_person}: other hits", kind.name);
            }
            let value = format!(
                "{} p50, {} p99; {} with LIKE; {} hits on the page",
                milliseconds(median(&took)),
                milliseconds(quantile(&took, 0.99)),
                milliseconds(ids.median),
                ids.hits.len(),
            );
            report.figure(
                &format!("search, {messages} messages, {of_person}: {}", kind.name),
                &value,
            )?;
            report.note(&explained(&reader, person, kind, of_person)?);
        }
    }
    drop(reader);
    server.stop()
}

fn request_of(kind: &Kind, cookie: &str) -> Vec<u8> {
    let query: String = kind.query.bytes().map(|byte| format!("%{byte:02X}")).collect();
    http::get(&format!("/searches?q={query}"), &format!("{cookie}HX-Request: true\r\n"))
}

/// Takes the second person out of all rooms but three.
fn leave_few_rooms(database: &Path) -> Result<()> {
    let db = Connection::open(database)?;
    db.execute("delete from memberships where user_id = 2", [])?;
    for room in FEW {
        db.execute(
            "insert into memberships (room_id, user_id, created_at)
             select id, 2, created_at from rooms where id = ?1 and kind <> 'direct'",
            [room],
        )?;
    }
    let rooms: i64 =
        db.query_row("select count(*) from memberships where user_id = 2", [], |row| row.get(0))?;
    ensure!(rooms == FEW.len() as i64, "the second person is in {rooms} rooms");
    Ok(())
}

struct Scanned {
    hits: Vec<i64>,
    median: Duration,
}

/// The newest messages that fit, found by looking at the text of each.
fn by_like(db: &Connection, person: u32, kind: &Kind, times: usize) -> Result<Scanned> {
    let mut scan = db.prepare(&format!(
        "select messages.id from messages
         join memberships on memberships.room_id = messages.room_id and memberships.user_id = ?1
         where {} order by messages.id desc limit {HITS}",
        kind.like
    ))?;
    let (mut hits, mut took) = (Vec::new(), Vec::new());
    for _ in 0..times.min(5) {
        let begun = Instant::now();
        hits = scan.query_map([person], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        took.push(begun.elapsed());
    }
    Ok(Scanned { hits, median: median(&took) })
}

fn hits_in(answer: &Answer) -> Result<Vec<i64>> {
    answer.expect(200, "text/html; charset=utf-8")?;
    let text = answer.text()?;
    let ids = text.split("id=\"hit_").skip(1).map(|rest| rest.split('"').next().unwrap_or(""));
    Ok(ids.map(str::parse).collect::<std::result::Result<_, _>>()?)
}

/// What the index is asked, and how SQLite goes about it.
fn explained(db: &Connection, person: u32, kind: &Kind, of_person: &str) -> Result<String> {
    let user_id = UserId(i64::from(person));
    let wanted = Narrowed::of(db, user_id, &Query::parse(kind.query), clock::now())?;
    let expression: String = wanted.expression.chars().map(shown).collect();
    let steps = plan_of(db, user_id, &wanted)?.join("\n    ");
    Ok(format!("{}, {of_person}: {}\n    match {expression}\n    {steps}", kind.name, kind.query))
}

/// What marks tokens of the index is no character that is shown.
fn shown(c: char) -> char {
    if ('\u{E000}'..='\u{F8FF}').contains(&c) { '~' } else { c }
}
