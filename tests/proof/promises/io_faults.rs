//! Every call to the disk fails once, or for a while (D6, D5): whatever was answered with yes is
//! there, whatever was refused is not, the server goes on, and after a failed flush nothing is
//! acknowledged before the database was opened anew.
//!
//! The calls of the real program are made to fail by `strace`, not by a file system of the tests
//! inside SQLite: `unsafe` is forbidden here, and so the program is tried as it is shipped.

use std::path::Path;
use std::time::Duration;

use crate::promises::power_cut::Told;
use crate::rig::auditor::audit;
use crate::rig::ledger::Ledger;
use crate::rig::person::Outcome;
use crate::rig::trace::{self, Happened};
use crate::rig::{Dice, Person, Plan, Row, Server, within};

/// A call with the error it fails with, whether only those on the database count, and how many of
/// them there are at least in one thread (fewer are tried where there are fewer).
const CALLS: &[(&str, &str, bool, usize)] = &[
    ("pwrite64", "EIO", false, 120),
    ("pwrite64", "ENOSPC", false, 120),
    ("pread64", "EIO", false, 60),
    ("fdatasync", "EIO", false, 24),
    ("fsync", "EIO", false, 12),
    ("openat", "EMFILE", true, 12),
    ("openat", "EIO", true, 12),
    ("ftruncate", "EIO", false, 4),
    ("rename", "EIO", false, 3),
    ("mkdir", "ENOSPC", false, 4),
    ("unlink", "EIO", false, 4),
];
/// Calls that fail when it lasts.
const A_WHILE: usize = 25;
/// Answers that are an honest no: no room, not now, or our fault.
const HONEST: [u16; 3] = [500, 503, 507];

#[derive(Default)]
struct Tally {
    runs: usize,
    spoiled: usize,
    would_not_start: usize,
    acked: usize,
    refused: usize,
}

pub async fn run(plan: Plan) -> Vec<Row> {
    let mut dice = plan.dice().fork(3);
    let base = prepare(&mut dice).await;
    let mut tally = Tally::default();
    for (call, error, only_database, most) in CALLS {
        // In full every one; the short form tries two of each kind, and one that lasts.
        let mut moments: Vec<usize> = (1..=*most).collect();
        if !plan.full {
            moments = vec![dice.below(*most / 2) + 1];
        }
        for first in moments {
            let lasts = dice.below(4) == 0;
            let last = if lasts { format!("..{}", first + A_WHILE) } else { String::new() };
            let what = format!("{call}:error={error}:when={first}{last}");
            let spoiled = once(&mut dice, &base, &what, *only_database, &mut tally).await;
            if !spoiled && plan.full {
                break;
            }
        }
    }
    vec![Row::new(
        "D6 every call to the disk fails",
        "once and for a while: 0 acknowledged lost, 0 refused there, no panic, works again",
        format!(
            "{} runs with {} failed calls: {} acknowledged and there, {} refused and not, {} starts \
             refused in words; each works again",
            tally.runs, tally.spoiled, tally.acked, tally.refused, tally.would_not_start
        ),
    )]
}

/// A server that is set up, stopped, and its administrator.
struct Base {
    server: Server,
    cookie: String,
}

async fn prepare(dice: &mut Dice) -> Base {
    let mut server = Server::start(dice);
    let ada = Person::first_run(server.address()).await;
    for number in 0..3 {
        let (uuid, text) = (dice.uuid(), format!("Before {number}"));
        assert!(matches!(ada.post(1, &uuid, &text).await, Outcome::Acked { .. }));
    }
    server.term();
    Base { server, cookie: ada.cookie }
}

/// One run on a copy of the base. True when a call did fail.
async fn once(
    dice: &mut Dice,
    base: &Base,
    what: &str,
    only_database: bool,
    tally: &mut Tally,
) -> bool {
    let mut server = Server::prepare(dice);
    copy(&base.server.data_dir(), &server.data_dir());
    let notes = server.data_dir().with_file_name("notes");
    let database = server.data_dir().join("campfire.db");
    let paths = [database.clone(), database.with_extension("db-wal")];
    let paths = if only_database { &paths[..] } else { &[] };
    server.before = trace::spoiling(&notes, what, paths);
    let ada = Person::with_cookie(server.address(), &base.cookie);
    let mut ledger = Ledger::default();
    match server.try_start() {
        Ok(_) => {
            write_everything(dice, &ada, &mut ledger, what).await;
            assert!(!server.has_ended(), "{what}: the server is gone\n{}", server.log());
            server.stop();
        }
        Err(said) => {
            assert!(said.lines().count() > 1, "{what}: it would not start and said nothing");
            tally.would_not_start += 1;
        }
    }
    assert!(!server.log().contains("panicked"), "{what}\n{}", server.log());
    let happened = trace::read(&notes, &server.data_dir());
    reopened_after_a_failed_flush(&happened, &database, what);
    // The disk is well again.
    server.before.clear();
    server.start_again();
    for uuid in ledger.unknown() {
        let text = ledger.entries[&uuid].texts[0].clone();
        let file = ledger.entries[&uuid].file.clone();
        ledger.settle(&uuid, send(&ada, &uuid, &text, file.as_deref()).await);
    }
    let (uuid, text) = (dice.uuid(), "Well again");
    ledger.begin(&uuid, 1, 1, text);
    let outcome = send(&ada, &uuid, text, None).await;
    assert!(matches!(outcome, Outcome::Acked { .. }), "{what}: {outcome:?} on a disk that is well");
    ledger.settle(&uuid, outcome);
    server.term();
    with_what_was_there(&mut ledger, &server.data_dir());
    audit(&server.data_dir(), &ledger);
    let spoiled = happened.iter().filter(|one| matches!(one, Happened::Spoiled { .. })).count();
    tally.runs += 1;
    tally.spoiled += spoiled;
    tally.acked += ledger.acked();
    tally.refused += ledger.entries.len() - ledger.acked();
    spoiled > 0
}

/// Posts, with and without a file, changes, boosts, deletes. What is refused is not tried again,
/// as it has to stay away; what may or may not have happened is, until somebody knows.
async fn write_everything(dice: &mut Dice, ada: &Person, ledger: &mut Ledger, what: &str) {
    for number in 0..6 {
        let (uuid, text) = (dice.uuid(), format!("During {number}"));
        ledger.begin(&uuid, 1, 1, &text);
        let file = (number % 2 == 1).then(|| dice.next().to_le_bytes().to_vec());
        if let Some(file) = &file {
            ledger.with_file(&uuid, file.clone());
        }
        let outcome = send(ada, &uuid, &text, file.as_deref()).await;
        if let Outcome::Refused(status) = outcome {
            assert!(HONEST.contains(&status), "{what}: {text} is refused with {status}");
        }
        ledger.settle(&uuid, outcome.clone());
        let Outcome::Acked { id, .. } = outcome else { continue };
        match number {
            2 => {
                let edited = ada.edit(1, id, "During 2, changed").await;
                ledger.edited(&uuid, "During 2, changed", &sure(edited));
            }
            3 => {
                let deleted = ada.delete(1, id).await;
                ledger.deleted(&uuid, &sure(deleted));
            }
            4 => {
                let _ = ada.boost(id, "Yes").await;
            }
            _ => {}
        }
    }
}

/// An answer that is our fault says nothing of what happened.
fn sure(outcome: Outcome) -> Outcome {
    if outcome == Outcome::Refused(500) { Outcome::Unknown } else { outcome }
}

/// Sends a message, again while the disk takes no writes, but not for ever.
async fn send(ada: &Person, uuid: &str, text: &str, file: Option<&[u8]>) -> Outcome {
    within("an answer that is not 'later'", async {
        for _ in 0..20 {
            let outcome = match file {
                Some(file) => ada.post_file(1, uuid, text, file).await,
                None => ada.post(1, uuid, text).await,
            };
            if outcome != Outcome::Unknown {
                return outcome;
            }
            tokio::time::sleep(Duration::from_millis(60)).await;
        }
        Outcome::Unknown
    })
    .await
}

/// SQLite does not know what a failed flush of its log has left on the disk, so nothing may be
/// acknowledged before that thread has opened it anew. (A failed flush of the database itself, in a
/// checkpoint, leaves everything in the log; and of the database SQLite may keep what is open.)
fn reopened_after_a_failed_flush(happened: &[Happened], database: &Path, what: &str) {
    let log = database.with_extension("db-wal");
    let (mut told, mut in_doubt) = (Told::default(), None);
    for one in happened {
        match one {
            Happened::Spoiled { thread, call, path }
                if call == "fdatasync" && path.as_ref() == Some(&log) =>
            {
                in_doubt = Some(*thread);
            }
            Happened::Opened { thread, path } if *path == log && in_doubt == Some(*thread) => {
                in_doubt = None;
            }
            Happened::Said(bytes) => {
                let before = told.messages.len();
                told.listen(bytes);
                let is_new = told.messages.len() > before;
                assert!(!(is_new && in_doubt.is_some()), "{what}: acknowledged in doubt");
            }
            _ => {}
        }
    }
}

/// The messages of the base.
fn with_what_was_there(ledger: &mut Ledger, data_dir: &Path) {
    for (id, row) in crate::rig::auditor::stored(data_dir) {
        if row.text.starts_with("Before ") {
            ledger.begin(&row.uuid, row.room, row.sender, &row.text);
            ledger.settle(&row.uuid, Outcome::Acked { id, cursor: 0 });
        }
    }
    let before = ledger.entries.values().filter(|entry| entry.texts[0].starts_with("Before"));
    assert_eq!(before.count(), 3, "what was there before is gone");
}

pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (kind, place) = (entry.file_type().unwrap(), to.join(entry.file_name()));
        if kind.is_dir() {
            copy(&entry.path(), &place);
        } else if kind.is_file() {
            std::fs::copy(entry.path(), place).unwrap();
        }
    }
}
