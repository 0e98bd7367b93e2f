//! The list of rooms and a piece of older messages beside the same bytes from the same router.

use anyhow::{Context, Result, ensure};

use super::room_page::{ON_A_PAGE, filled};
use super::{beside, posts};
use crate::clients::Clients;
use crate::disk;
use crate::http::{self, Answer};
use crate::measure::{Plan, alternate};
use crate::report::Report;
use crate::server::Server;

const CLIENTS: usize = 16;

pub fn run(plan: &Plan, report: &mut Report) -> Result<()> {
    let directory = disk::directory()?;
    let data_dir = directory.path().join("data");
    let server = Server::start(&data_dir)?;
    let cookie = server.first_run()?;
    let acknowledged = filled(&server, &cookie)?;
    let packed = format!("{cookie}Accept-Encoding: gzip\r\n");
    let sidebar = http::get("/users/me/sidebar", &packed);
    let look = |answer: &Answer| {
        ensure!(answer.text()?.contains("id=\"sidebar_room_1\""), "the room is not listed");
        Ok(())
    };
    beside::constant(plan, report, ("list of rooms", CLIENTS), &server, &sidebar, look)?;
    let newest = acknowledged.last(1).first().map_or(0, |(id, _)| *id);
    let path = format!("/rooms/1/messages?before={newest}");
    let older = http::get(&path, &format!("{packed}HX-Request: true\r\n"));
    let look = |answer: &Answer| {
        let ids: Vec<i64> = posts::ids_in(&answer.text()?).collect();
        ensure!(ids.len() == ON_A_PAGE && ids.is_sorted() && !ids.contains(&newest), "{ids:?}");
        Ok(())
    };
    beside::constant(plan, report, ("older messages", CLIENTS), &server, &older, look)?;
    not_changed(plan, report, &server, &packed)?;
    server.stop()?;
    acknowledged.audit(&data_dir.join("campfire.db"))
}

/// The list of rooms for who has it already.
fn not_changed(plan: &Plan, report: &mut Report, server: &Server, packed: &str) -> Result<()> {
    let sidebar = http::get("/users/me/sidebar", packed);
    let answer = http::ask(server.address, &sidebar)?;
    let tag = answer.header("etag").context("the list has no tag")?;
    let again = http::get("/users/me/sidebar", &format!("{packed}If-None-Match: {tag}\r\n"));
    let up = http::get("/up", "");
    let mut clients = Clients::connect(server.address, CLIENTS)?;
    let mut others = Clients::connect(server.address, CLIENTS)?;
    let run = |clients: &mut Clients, request: &[u8], status: u16, length| {
        let (slice, exchanges) =
            clients.run(server.process_id(), length, || (0, request.to_vec()))?;
        for exchange in &exchanges {
            ensure!(exchange.answer.status() == status, "expected {status}");
        }
        Ok(slice)
    };
    let measured = alternate(
        plan,
        |length| run(&mut clients, &again, 304, length),
        |length| run(&mut others, &up, 200, length),
    )?;
    report.compare(&format!("list of rooms, not changed, {CLIENTS} clients"), "/up", &measured)
}
