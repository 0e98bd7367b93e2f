//! How many messages a second come along from a Campfire's storage directory, all told: read,
//! rewritten, indexed, numbered, checked.

use std::process::Command;
use std::time::Instant;

use anyhow::{Result, ensure};
use rusqlite::Connection;

use crate::campfire_storage::CampfireStorage;
use crate::disk;
use crate::measure::Plan;
use crate::report::{Report, milliseconds};
use crate::words;

const PEOPLE: i64 = 50;
const ROOMS: i64 = 20;
/// Files of this size, one with every so many messages.
const FILE_BYTES: usize = 40_000;
const FILE_EVERY: i64 = 1_000;

pub fn run(plan: &Plan, report: &mut Report) -> Result<()> {
    let messages: i64 = if plan.is_quick() { 2_000 } else { 100_000 };
    let storage = stored(messages)?;
    let directory = disk::directory()?;
    let home = directory.path().join("data");
    let begun = Instant::now();
    let moved = Command::new(env!("CARGO_BIN_EXE_campfire"))
        .env("DATA_DIR", &home)
        .args(["import", "campfire"])
        .arg(storage.path())
        .output()?;
    let took = begun.elapsed();
    ensure!(moved.status.success(), "{}", String::from_utf8_lossy(&moved.stderr));
    let database = Connection::open(home.join("campfire.db"))?;
    let stored: i64 =
        database.query_row("select count(*) from message_search_docsize", [], |row| row.get(0))?;
    ensure!(stored == messages, "{stored} of {messages} messages can be found");
    let rate = messages as f64 / took.as_secs_f64();
    report.figure(
        &format!("moving in: {messages} messages and {} files", messages / FILE_EVERY),
        &format!("{}, {rate:.0} messages a second", milliseconds(took)),
    )
}

/// Every third message mentions somebody, every fifth is a reply.
fn stored(messages: i64) -> Result<CampfireStorage> {
    let storage = CampfireStorage::new();
    for id in 1..=PEOPLE {
        storage.user(id, &format!("person{id}"), "secret123456", i64::from(id == 1), 0);
    }
    let everybody: Vec<i64> = (1..=PEOPLE).collect();
    for id in 1..=ROOMS {
        storage.room(id, "Open", Some("Room"), &everybody);
    }
    storage.sql("begin");
    for id in 1..=messages {
        let text = words::text(id.unsigned_abs());
        let html = match id % 15 {
            0 | 5 | 10 => format!(
                "<blockquote>{text}</blockquote><cite>Ada <a href=\"/rooms/1/@1\">#</a></cite><div>Yes</div>"
            ),
            n if n % 3 == 0 => format!(
                "<div>Look, <action-text-attachment sgid=\"{}\" content-type=\"application/vnd.campfire.mention\"></action-text-attachment><br>{text}</div>",
                "eyJfcmFpbHMiOnsiZGF0YSI6ImdpZDovL2NhbXBmaXJlL1VzZXIvNyJ9fQ==--00"
            ),
            _ => format!("<div>{text} <strong>indeed</strong></div>"),
        };
        storage.message(id, 1 + id % ROOMS, 1 + id % PEOPLE, &html);
    }
    storage.sql("commit");
    let bytes = vec![7; FILE_BYTES];
    for id in 1..=messages / FILE_EVERY {
        storage.file(id, ("Message", id * FILE_EVERY, "attachment"), "notes.bin", &bytes);
    }
    Ok(storage)
}
