//! What is stored, held against what the senders know. The server is not running meanwhile.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use rusqlite::{Connection, OpenFlags};
use sha2::{Digest, Sha256};

use super::ledger::{Ledger, Presence};
use super::person::Outcome;

/// The program's own judgement of a data directory.
pub fn verify(data_dir: &Path) {
    let output = Command::new(env!("CARGO_BIN_EXE_campfire"))
        .arg("verify")
        .arg(data_dir)
        .env("RUST_LOG", "warn")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "campfire verify finds fault:\n{said}");
}

/// The program's judgement, and then every message: each acknowledged one is there once, as it was
/// sent, and there is none that nobody sent.
pub fn audit(data_dir: &Path, ledger: &Ledger) {
    verify(data_dir);
    let rows = stored(data_dir);
    let mut known = BTreeMap::new();
    for (uuid, entry) in &ledger.entries {
        let Outcome::Acked { id, .. } = entry.outcome else {
            assert_ne!(entry.outcome, Outcome::Unknown, "{uuid} was not asked about again");
            continue;
        };
        known.insert(id, uuid);
        let found = rows.get(&id);
        match (entry.presence, found) {
            (Presence::Gone | Presence::Either, None) => continue,
            (Presence::Gone, Some(_)) => panic!("message {id} was taken back and is there"),
            (Presence::There, None) => panic!("message {id} was acknowledged and is LOST"),
            (_, Some(row)) => {
                assert_eq!(&row.uuid, uuid, "message {id}");
                assert_eq!((row.room, row.sender), (entry.room, entry.sender), "message {id}");
                assert!(entry.texts.contains(&row.text), "message {id} says {:?}", row.text);
                // The program has compared the file with what the row says of it.
                let expected = entry.file.as_ref().map(|file| Sha256::digest(file).to_vec());
                assert_eq!(row.file, expected, "the file of message {id}");
            }
        }
    }
    let phantom = rows.iter().find(|(id, _)| !known.contains_key(id));
    assert!(phantom.is_none(), "a message that nobody knows of: {phantom:?}");
}

/// SQLite's short check, and the messages and changes that readers were shown.
pub fn quick_check(data_dir: &Path, shown: &[i64], last_change: i64) {
    let database = open(data_dir);
    let one = |sql: &str| -> String { database.query_row(sql, [], |row| row.get(0)).unwrap() };
    assert_eq!(one("pragma quick_check(1)"), "ok");
    let stored: i64 = one("select coalesce(max(id), 0) || '' from changes").parse().unwrap();
    assert!(stored >= last_change, "change {last_change} was shown and is gone: {stored} is last");
    let mut there = database.prepare("select 1 from messages where id = ?1").unwrap();
    for id in shown {
        assert!(there.exists([id]).unwrap(), "message {id} was shown and is gone");
    }
}

/// A message as it is stored.
#[derive(Debug)]
pub struct Stored {
    pub uuid: String,
    pub room: i64,
    pub sender: i64,
    pub text: String,
    /// The SHA-256 of what was sent with it.
    pub file: Option<Vec<u8>>,
}

/// All messages by their number.
pub fn stored(data_dir: &Path) -> BTreeMap<i64, Stored> {
    let database = open(data_dir);
    let mut statement = database
        .prepare(
            "select id, client_message_id, room_id, creator_id, body_source,
                 (select sha256 from attachments where message_id = messages.id) from messages",
        )
        .unwrap();
    let rows = statement.query_map([], |row| {
        let (uuid, room, sender, text) = (row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?);
        Ok((row.get(0)?, Stored { uuid, room, sender, text, file: row.get(5)? }))
    });
    rows.unwrap().map(Result::unwrap).collect()
}

/// Only to read, so that the server itself recovers what it left.
pub fn open(data_dir: &Path) -> Connection {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let database = Connection::open_with_flags(data_dir.join("campfire.db"), flags).unwrap();
    database.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
    database
}
