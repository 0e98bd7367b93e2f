//! Posts by a bot, as `curl -d` sends them, beside posts by a person on the same server; afterwards
//! every acknowledged one is looked for in the database.

use std::cell::Cell;
use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use rusqlite::Connection;
use serde_json::Value;

use super::posts;
use crate::clients::Clients;
use crate::disk;
use crate::http::{self, Answer};
use crate::measure::{Plan, alternate};
use crate::report::Report;
use crate::server::Server;
use crate::words;

const CLIENTS: [usize; 2] = [1, 64];

pub fn run(plan: &Plan, report: &mut Report) -> Result<()> {
    let directory = disk::directory()?;
    let data_dir = directory.path().join("data");
    let server = Server::start(&data_dir)?;
    let cookie = server.first_run()?;
    let path = format!("/rooms/1/{}/messages", make_bot(&server, &cookie)?);
    let (next, said) = (Cell::new(0), Cell::new(BTreeMap::new()));
    for count in CLIENTS {
        let mut bots = Clients::connect(server.address, count)?;
        let mut people = Clients::connect(server.address, count)?;
        let measured = alternate(
            plan,
            |length| {
                let ask = || bot_post(&path, &next);
                let (slice, exchanges) = bots.run(server.process_id(), length, ask)?;
                exchanges.iter().try_for_each(|e| note(id_of(&e.answer)?, e.number, &said))?;
                Ok(slice)
            },
            |length| {
                let ask = || posts::post(&cookie, &next);
                let (slice, exchanges) = people.run(server.process_id(), length, ask)?;
                exchanges.iter().try_for_each(|e| {
                    e.answer.expect(200, "text/html")?;
                    let id = posts::ids_in(&e.answer.text()?).next();
                    note(id.context("an answer without an id")?, e.number, &said)
                })?;
                Ok(slice)
            },
        )?;
        let (bot, person) = (format!("bot's post, {count} clients"), "a person's post");
        report.compare(&bot, person, &measured)?;
    }
    server.stop()?;
    let said = said.take();
    audit(&Connection::open(data_dir.join("campfire.db"))?, &said)?;
    report.figure("acknowledged posts by bots and people, all found", &said.len().to_string())
}

fn make_bot(server: &Server, cookie: &str) -> Result<String> {
    let headers = format!("{cookie}Accept: application/json\r\n");
    let answer = http::ask(server.address, &http::post("/account/bots", &headers, "name=Bell"))?;
    answer.expect(201, "application/json")?;
    let made: Value = serde_json::from_str(&answer.text()?)?;
    Ok(made["key"].as_str().context("a bot without a key")?.to_owned())
}

fn bot_post(path: &str, next: &Cell<u64>) -> (u64, Vec<u8>) {
    let number = next.replace(next.get() + 1);
    (number, http::post(path, "", &words::text(number)))
}

fn id_of(answer: &Answer) -> Result<i64> {
    answer.expect(201, "application/json")?;
    let message: Value = serde_json::from_str(&answer.text()?)?;
    message["id"].as_i64().context("an answer without an id")
}

fn note(id: i64, number: u64, said: &Cell<BTreeMap<i64, u64>>) -> Result<()> {
    let mut all = said.take();
    let before = all.insert(id, number);
    said.set(all);
    ensure!(before.is_none(), "message {id} was acknowledged twice");
    Ok(())
}

/// Every acknowledged message is there with its words, and there is no other.
fn audit(db: &Connection, said: &BTreeMap<i64, u64>) -> Result<()> {
    let mut statement = db.prepare("select id, plain_text from messages order by id")?;
    let mut rows = statement.query([])?;
    for (id, number) in said {
        let row = rows.next()?.with_context(|| format!("message {id} is missing"))?;
        let found: (i64, String) = (row.get(0)?, row.get(1)?);
        ensure!(found == (*id, words::text(*number)), "message {id} became {found:?}");
    }
    ensure!(rows.next()?.is_none(), "there are messages that nobody was told of");
    Ok(())
}
