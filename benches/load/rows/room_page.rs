//! The signed-in room page with 40 messages, gzipped, beside the smallest answer there is.

use std::cell::Cell;

use anyhow::{Context, Result, ensure};

use super::posts;
use crate::audit::Acknowledged;
use crate::clients::Clients;
use crate::disk;
use crate::http::{self, Answer};
use crate::measure::{Plan, alternate};
use crate::report::Report;
use crate::server::Server;

const CLIENTS: usize = 16;
/// More than a page, so that there are older ones.
const MESSAGES: usize = 60;
const ON_A_PAGE: usize = 40;

pub fn run(plan: &Plan, report: &mut Report) -> Result<()> {
    let directory = disk::directory()?;
    let data_dir = directory.path().join("data");
    let server = Server::start(&data_dir)?;
    let cookie = server.first_run()?;
    let acknowledged = filled(&server, &cookie)?;
    let expected = acknowledged.last(ON_A_PAGE);
    let page = http::get("/rooms/1", &format!("{cookie}Accept-Encoding: gzip\r\n"));
    let up = http::get("/up", "");
    let mut clients = Clients::connect(server.address, CLIENTS)?;
    let mut other_clients = Clients::connect(server.address, CLIENTS)?;
    let mut checked = Vec::new();
    let measured = alternate(
        plan,
        |length| {
            let (slice, exchanges) =
                clients.run(server.process_id(), length, || (0, page.clone()))?;
            for exchange in &exchanges {
                check(&exchange.answer, &expected, &mut checked)?;
            }
            Ok(slice)
        },
        |length| {
            let (slice, exchanges) =
                other_clients.run(server.process_id(), length, || (0, up.clone()))?;
            for exchange in &exchanges {
                exchange.answer.expect(200, "text/plain")?;
                ensure!(exchange.answer.raw_body() == b"ok\n", "/up says something else");
            }
            Ok(slice)
        },
    )?;
    report.compare(&format!("room page, {CLIENTS} clients"), "/up", &measured)?;
    let answer = http::ask(server.address, &page)?;
    let (wire, plain) = (answer.raw_body().len(), answer.text()?.len());
    report.figure("room page, bytes on the wire / plain", &format!("{wire} / {plain}"))?;
    server.stop()?;
    acknowledged.audit(&data_dir.join("campfire.db"))
}

/// Posts what the page shows.
fn filled(server: &Server, cookie: &str) -> Result<Acknowledged> {
    let (next, mut acknowledged) = (Cell::new(0), Acknowledged::default());
    for _ in 0..MESSAGES {
        let (number, request) = posts::post(cookie, &next);
        let answer = http::ask(server.address, &request)?;
        posts::note(number, &answer, &mut acknowledged)?;
    }
    Ok(acknowledged)
}

/// All 40 messages with their words, in order, and nothing else. Bytes that were checked before
/// are not looked into again.
fn check(answer: &Answer, expected: &[(i64, String)], checked: &mut Vec<u8>) -> Result<()> {
    answer.expect(200, "text/html; charset=utf-8")?;
    if answer.raw_body() == checked {
        return Ok(());
    }
    ensure!(answer.header("content-encoding") == Some("gzip"), "the page is not compressed");
    let html = answer.text()?;
    ensure!(posts::ids_in(&html).eq(expected.iter().map(|(id, _)| *id)), "other messages");
    let mut rest = html.as_str();
    for (id, text) in expected {
        let (_, after) =
            rest.split_once(text).with_context(|| format!("message {id} is not in its place"))?;
        rest = after;
    }
    ensure!(rest.trim_end().ends_with("</html>"), "the page does not end");
    answer.raw_body().clone_into(checked);
    Ok(())
}
