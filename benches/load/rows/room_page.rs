//! The signed-in room page with 40 messages beside the same bytes from the same router: alone,
//! while others post, with nothing kept, and with many clients.

use std::cell::Cell;

use anyhow::{Context, Result, ensure};

use super::beside::{self, Likeness};
use super::chatter::Chatter;
use super::posts;
use crate::audit::Acknowledged;
use crate::clients::Clients;
use crate::disk;
use crate::http::{self, Answer};
use crate::measure::{Plan, alternate};
use crate::report::Report;
use crate::server::Server;

const CLIENTS: usize = 16;
const MANY: usize = 256;
/// More than a page, so that there are older ones.
const MESSAGES: usize = 60;
pub const ON_A_PAGE: usize = 40;

pub fn run(plan: &Plan, report: &mut Report) -> Result<()> {
    let directory = disk::directory()?;
    let data_dir = directory.path().join("data");
    let server = Server::start(&data_dir)?;
    let cookie = server.first_run()?;
    let acknowledged = filled(&server, &cookie)?;
    let expected = acknowledged.last(ON_A_PAGE);
    let page = http::get("/rooms/1", &format!("{cookie}Accept-Encoding: gzip\r\n"));
    let look = |answer: &Answer| check(answer, &expected);
    beside::constant(plan, report, ("room page", CLIENTS), &server, &page, look)?;
    beside_up(plan, report, &server, &page, look)?;
    many(plan, report, &server, &page, look)?;
    let answer = http::ask(server.address, &page)?;
    let (wire, plain) = (answer.raw_body().len(), answer.text()?.len());
    report.figure("room page, bytes on the wire / plain", &format!("{wire} / {plain}"))?;
    server.stop()?;
    acknowledged.audit(&data_dir.join("campfire.db"))?;

    let server = Server::start_with(&data_dir, &[("PAGE_CACHE_MB", "0")])?;
    let plain = http::get("/rooms/1", &cookie);
    let name = ("room page, nothing kept, not packed", CLIENTS);
    beside::constant(plan, report, name, &server, &plain, look)?;
    server.stop()?;
    while_others_post(plan, report, &data_dir, &cookie, acknowledged.count() as u64)
}

fn while_others_post(
    plan: &Plan,
    report: &mut Report,
    data_dir: &std::path::Path,
    cookie: &str,
    mut said: u64,
) -> Result<()> {
    let server = Server::start(data_dir)?;
    let page = http::get("/rooms/1", &format!("{cookie}Accept-Encoding: gzip\r\n"));
    for n in 2..=21 {
        let made = http::post("/rooms/opens", cookie, &format!("name=Room+{n}"));
        ensure!(http::ask(server.address, &made)?.status() == 303, "room {n} was not made");
    }
    let others: Vec<i64> = (2..=21).collect();
    for (name, rooms, rate) in [
        ("room page while 10 a second are posted to it", &[1][..], 10),
        ("room page while 100 a second are posted to it", &[1][..], 100),
        ("room page while 1,000 a second are posted elsewhere", &others[..], 1_000),
    ] {
        let chatter = Chatter::start(server.address, cookie, rooms, rate);
        let measured = beside::constant(plan, report, (name, CLIENTS), &server, &page, check_order);
        said += chatter.stop()?;
        measured?;
    }
    server.stop()?;
    let db = rusqlite::Connection::open(data_dir.join("campfire.db"))?;
    let stored: i64 = db.query_row("select count(*) from messages", [], |row| row.get(0))?;
    ensure!(u64::try_from(stored) == Ok(said), "{stored} messages for {said} acknowledgements");
    Ok(())
}

fn beside_up(
    plan: &Plan,
    report: &mut Report,
    server: &Server,
    page: &[u8],
    look: impl FnMut(&Answer) -> Result<()>,
) -> Result<()> {
    let up = http::get("/up", "");
    let mut clients = Clients::connect(server.address, CLIENTS)?;
    let mut others = Clients::connect(server.address, CLIENTS)?;
    let mut likeness = Likeness::new(look);
    let measured = alternate(
        plan,
        |length| {
            let (slice, exchanges) =
                clients.run(server.process_id(), length, || (0, page.to_vec()))?;
            exchanges.iter().try_for_each(|exchange| likeness.check(&exchange.answer))?;
            Ok(slice)
        },
        |length| {
            let (slice, exchanges) = others.run(server.process_id(), length, || (0, up.clone()))?;
            for exchange in &exchanges {
                exchange.answer.expect(200, "text/plain")?;
                ensure!(exchange.answer.raw_body() == b"ok\n", "/up says something else");
            }
            Ok(slice)
        },
    )?;
    report.compare(&format!("room page, {CLIENTS} clients"), "/up", &measured)
}

/// The same page asked for by many beside few.
fn many(
    plan: &Plan,
    report: &mut Report,
    server: &Server,
    page: &[u8],
    look: impl FnMut(&Answer) -> Result<()>,
) -> Result<()> {
    let mut many = Clients::connect(server.address, MANY)?;
    let mut few = Clients::connect(server.address, CLIENTS)?;
    let likeness = std::cell::RefCell::new(Likeness::new(look));
    let run = |clients: &mut Clients, length| {
        let (slice, exchanges) = clients.run(server.process_id(), length, || (0, page.to_vec()))?;
        let mut likeness = likeness.borrow_mut();
        exchanges.iter().try_for_each(|exchange| likeness.check(&exchange.answer))?;
        Ok(slice)
    };
    let measured =
        alternate(plan, |length| run(&mut many, length), |length| run(&mut few, length))?;
    report.compare(&format!("room page, {MANY} clients"), &format!("{CLIENTS} clients"), &measured)
}

/// Posts what the page shows.
pub fn filled(server: &Server, cookie: &str) -> Result<Acknowledged> {
    let (next, mut acknowledged) = (Cell::new(0), Acknowledged::default());
    for _ in 0..MESSAGES {
        let (number, request) = posts::post(cookie, &next);
        let answer = http::ask(server.address, &request)?;
        posts::note(number, &answer, &mut acknowledged)?;
    }
    Ok(acknowledged)
}

/// All 40 messages with their words, in order, and nothing else.
fn check(answer: &Answer, expected: &[(i64, String)]) -> Result<()> {
    let html = answer.text()?;
    ensure!(posts::ids_in(&html).eq(expected.iter().map(|(id, _)| *id)), "other messages");
    let mut rest = html.as_str();
    for (id, text) in expected {
        let (_, after) =
            rest.split_once(text).with_context(|| format!("message {id} is not in its place"))?;
        rest = after;
    }
    ensure!(rest.trim_end().ends_with("</html>"), "the page does not end");
    Ok(())
}

/// Forty messages in order, whichever they are just now.
pub fn check_order(answer: &Answer) -> Result<()> {
    let html = answer.text()?;
    let ids: Vec<i64> = posts::ids_in(&html).collect();
    ensure!(ids.len() == ON_A_PAGE && ids.is_sorted(), "messages {ids:?}");
    ensure!(html.trim_end().ends_with("</html>"), "the page does not end");
    Ok(())
}
