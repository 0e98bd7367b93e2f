//! The power goes while people write (D2, R8): what the program asks of the disk is recorded, and the
//! disk is laid out as it may be found after a cut at every one of these moments. Whatever anybody
//! had been told by then is there, nothing is broken, and the program starts on it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;
use sha2::{Digest, Sha256};

use crate::promises::kills::watch;
use crate::rig::auditor::{stored, verify};
use crate::rig::disk::{Disk, Loss};
use crate::rig::ledger::Ledger;
use crate::rig::person::Outcome;
use crate::rig::trace::{self, Happened};
use crate::rig::{Dice, Person, Plan, Row, Server, within};

const HANDS: usize = 4;
/// What one of the hands sends with each message, in bytes.
const FILE: usize = 9_000;

/// What was recorded.
struct Recording {
    server: Server,
    ledger: Ledger,
    happened: Vec<Happened>,
}

pub async fn run(plan: Plan) -> Vec<Row> {
    let (posts, start_every, verify_every) = plan.pick((24, 300, 200), (300, 1_000, 250));
    let mut dice = plan.dice().fork(2);
    let recording = record(&mut dice, posts).await;
    let replay = move || replay(&recording, &mut dice, start_every, verify_every);
    let found = tokio::task::spawn_blocking(replay).await.unwrap();
    vec![Row::new(
        "D2 power cut",
        format!(
            "{posts} posts, a cut at every write, flush and answer, two kinds of loss: \
             0 acknowledged lost, 0 shown lost, 0 broken"
        ),
        format!(
            "{} disks after cuts at {} moments: all {} messages that anybody had heard of there, \
             with their files; {} judged by verify, {} started on",
            found.disks, found.moments, found.told, found.verified, found.started
        ),
    )]
}

/// Hands post, one of them files, while every call to the system is written down.
async fn record(dice: &mut Dice, posts: usize) -> Recording {
    let mut server = Server::prepare(dice);
    let notes = server.data_dir().with_file_name("notes");
    server.before = trace::noting(&notes);
    server.start_again();
    let ada = Person::first_run(server.address()).await;
    let mut people = vec![ada.clone(), ada.join(2).await, ada.join(3).await];
    people.push(ada.make_bot("Herald").await);
    // Somebody looks on, so that what leaves over sockets is recorded as well.
    let onlookers: Vec<_> = (1..3)
        .map(|number| {
            tokio::spawn(watch(people[number].clone(), server.address(), 0, Arc::default()))
        })
        .collect();
    let hands: Vec<_> = (0..HANDS)
        .map(|hand| {
            let (person, dice) = (people[hand].clone(), dice.fork(hand as u64));
            tokio::spawn(post(person, hand == 0, format!("hand {hand}"), dice, posts / HANDS))
        })
        .collect();
    let mut ledger = Ledger::default();
    for hand in hands {
        ledger.absorb(within("a hand is done", hand).await.unwrap());
    }
    // The log is copied into the database at the end, so that cuts fall into that as well.
    server.term();
    for onlooker in onlookers {
        let (shown, _) = within("an onlooker sees the end", onlooker).await.unwrap();
        assert!(shown.len() >= posts / 2, "only {} messages were shown", shown.len());
    }
    let happened = trace::read(&notes, &server.data_dir());
    server.before.clear();
    Recording { server, ledger, happened }
}

async fn post(person: Person, files: bool, label: String, mut dice: Dice, posts: usize) -> Ledger {
    let mut ledger = Ledger::default();
    for number in 0..posts {
        let (uuid, text) = (dice.uuid(), format!("{label} post {number}"));
        ledger.begin(&uuid, 1, person.id, &text);
        let outcome = if files {
            let file: Vec<u8> = (0..FILE / 8).flat_map(|_| dice.next().to_le_bytes()).collect();
            ledger.with_file(&uuid, file.clone());
            person.post_file(1, &uuid, &text, &file).await
        } else {
            person.post(1, &uuid, &text).await
        };
        assert!(matches!(outcome, Outcome::Acked { .. }), "{text}: {outcome:?}");
        ledger.settle(&uuid, outcome);
    }
    ledger
}

#[derive(Default)]
struct Found {
    moments: usize,
    disks: usize,
    told: usize,
    verified: usize,
    started: usize,
}

/// Cuts the power at every moment.
fn replay(
    recording: &Recording,
    dice: &mut Dice,
    start_every: usize,
    verify_every: usize,
) -> Found {
    let watched = recording.server.data_dir();
    let known: BTreeMap<i64, (&String, &str, Option<Vec<u8>>)> = recording
        .ledger
        .entries
        .iter()
        .filter_map(|(uuid, entry)| match entry.outcome {
            Outcome::Acked { id, .. } => {
                let file = entry.file.as_ref().map(|file| Sha256::digest(file).to_vec());
                Some((id, (uuid, entry.texts[0].as_str(), file)))
            }
            _ => None,
        })
        .collect();
    let mut found_at = Server::prepare_in_memory(dice);
    let (mut disk, mut found, mut told) = (Disk::default(), Found::default(), Told::default());
    for (moment, happened) in recording.happened.iter().enumerate() {
        let alters = disk.take(happened);
        let tells = match happened {
            Happened::Said(bytes) => told.listen(bytes),
            _ => false,
        };
        if !alters && !tells {
            continue;
        }
        found.moments += 1;
        for loss in [Loss::Everything, Loss::Some(dice.fork(moment as u64))] {
            let mut loss = loss;
            let place = found_at.data_dir();
            disk.lay_out(&watched, &place, &mut loss);
            let kind = if matches!(loss, Loss::Everything) { "all" } else { "some" };
            let at = format!("cut at {moment}, {kind} of what was not flushed is lost");
            examine(&place, &told, &known, &at);
            found.disks += 1;
            if told.messages.is_empty() && moment % 7 != 0 {
                continue;
            }
            if found.disks % verify_every == 0 {
                verify(&place);
                found.verified += 1;
            }
            if found.disks % start_every == 0 {
                found_at.start_again();
                found_at.term();
                examine(&place, &told, &known, &format!("{at}, then started"));
                found.started += 1;
            }
        }
    }
    found.told = told.messages.len();
    assert!(known.keys().all(|id| told.messages.contains(id)), "answers that were not noted");
    found
}

/// What anybody had been told: messages, in answers and over sockets, and the last change.
#[derive(Default)]
pub struct Told {
    pub messages: Vec<i64>,
    change: i64,
}

impl Told {
    /// True when it is something new.
    pub fn listen(&mut self, bytes: &[u8]) -> bool {
        let text = String::from_utf8_lossy(bytes);
        let before = (self.messages.len(), self.change);
        for id in numbers(&text, "id=\"message_").chain(posted(&text)) {
            if !self.messages.contains(&id) {
                self.messages.push(id);
            }
        }
        self.change = numbers(&text, "data-cursor=\"").fold(self.change, i64::max);
        before != (self.messages.len(), self.change)
    }
}

fn numbers<'a>(text: &'a str, before: &'a str) -> impl Iterator<Item = i64> + 'a {
    let rest = text.split(before).skip(1);
    rest.filter_map(|rest| rest.split('"').next()?.parse().ok())
}

/// What a program is told of its message.
fn posted(text: &str) -> Option<i64> {
    let body = text.strip_prefix("HTTP/1.1 201")?.split_once("\r\n\r\n")?.1;
    let made: serde_json::Value = serde_json::from_str(body).ok()?;
    made.get("creator").and(made["id"].as_i64())
}

/// Looks at a disk as it was found.
fn examine(
    place: &Path,
    told: &Told,
    known: &BTreeMap<i64, (&String, &str, Option<Vec<u8>>)>,
    at: &str,
) {
    if !place.join("campfire.db").exists() {
        assert!(told.messages.is_empty(), "{at}: the database is gone");
        return;
    }
    // Not only to read, as the first writes of all are undone by a journal.
    let database = Connection::open(place.join("campfire.db")).unwrap();
    let check = database.query_row("pragma quick_check(1)", [], |row| row.get::<_, String>(0));
    assert_eq!(check.as_deref(), Ok("ok"), "{at}");
    let count = |sql: &str| database.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    if count("select count(*) from sqlite_schema where name = 'attachments'") == 0 {
        assert!(told.messages.is_empty(), "{at}: the tables are gone");
        return;
    }
    let last = count("select coalesce(max(id), 0) from changes");
    assert!(last >= told.change, "{at}: change {} was shown, {last} is the last", told.change);
    let rows = stored(place);
    for id in &told.messages {
        assert!(rows.contains_key(id), "{at}: message {id} was told of and is LOST");
    }
    for (id, row) in &rows {
        let Some((uuid, text, file)) = known.get(id) else { panic!("{at}: nobody sent {row:?}") };
        assert_eq!((&&row.uuid, &row.text.as_str(), &row.file), (uuid, text, file), "{at}: {id}");
    }
    let mut files = database.prepare("select storage_key, sha256 from attachments").unwrap();
    let files =
        files.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?)));
    for (key, digest) in files.unwrap().map(Result::unwrap) {
        let bytes = std::fs::read(place.join("files").join(&key[..2]).join(&key));
        let there = bytes.map(|bytes| Sha256::digest(bytes).to_vec());
        assert_eq!(there.ok(), Some(digest), "{at}: the file of a message is not whole");
    }
}
