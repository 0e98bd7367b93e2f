//! Posts a second that are on disk when they are acknowledged, beside a bare writer on the same
//! disk; afterwards every acknowledged one is looked for in the database.

use std::cell::Cell;

use anyhow::{Context, Result, ensure};

use crate::audit::Acknowledged;
use crate::bare_writer::BareWriter;
use crate::clients::Clients;
use crate::disk::{self, Disk};
use crate::http::{self, Answer};
use crate::measure::{Plan, alternate, median};
use crate::report::{Report, milliseconds, spread};
use crate::server::Server;
use crate::words;

const CLIENTS: [usize; 3] = [1, 16, 64];

pub fn run(plan: &Plan, report: &mut Report) -> Result<()> {
    let directory = disk::directory()?;
    let data_dir = directory.path().join("data");
    let server = Server::start(&data_dir)?;
    let cookie = server.first_run()?;
    let bare = BareWriter::start(directory.path())?;
    let mut disk = Disk::open(directory.path())?;
    let (next, mut acknowledged) = (Cell::new(0), Acknowledged::default());
    for count in CLIENTS {
        let mut clients = Clients::connect(server.address, count)?;
        let measured = alternate(
            plan,
            |length| {
                let (slice, exchanges) =
                    clients.run(server.process_id(), length, || post(&cookie, &next))?;
                for exchange in &exchanges {
                    note(exchange.number, &exchange.answer, &mut acknowledged)?;
                }
                Ok(slice)
            },
            |length| {
                disk.sync(plan.syncs_per_cycle)?;
                bare.run(count, length)
            },
        )?;
        report.compare(&format!("post, {count} clients"), "bare writer", &measured)?;
        let paths = measured.cycles.iter().flat_map(|cycle| &cycle.path.latencies);
        let acknowledgement = median(&paths.copied().collect::<Vec<_>>());
        let syncs = std::mem::take(&mut disk.times);
        let ratio = acknowledgement.as_secs_f64() / median(&syncs).as_secs_f64();
        report.figure(
            &format!("post, {count} clients: acknowledgement / fdatasync of 4 KB"),
            &format!("{} / {} = {ratio:.1}", milliseconds(acknowledgement), spread(&syncs)),
        )?;
    }
    server.stop()?;
    bare.stop()?;
    acknowledged.audit(&data_dir.join("campfire.db"))?;
    let all = format!("{}: room, text, search, change, integrity", acknowledged.count());
    report.figure("acknowledged posts, all found", &all)
}

/// The next message as htmx in a browser sends it to the first room.
pub fn post(cookie: &str, next: &Cell<u64>) -> (u64, Vec<u8>) {
    post_to(1, cookie, next)
}

/// The same to another room.
pub fn post_to(room: i64, cookie: &str, next: &Cell<u64>) -> (u64, Vec<u8>) {
    let number = next.replace(next.get() + 1);
    let form = format!(
        "body={}&client_message_id={}",
        words::text(number).replace(' ', "+"),
        words::client_message_id(number)
    );
    let headers = format!("{cookie}HX-Request: true\r\nAccept-Encoding: gzip\r\n");
    (number, http::post(&format!("/rooms/{room}/messages"), &headers, &form))
}

/// Checks the answer to a post and remembers what it promises.
pub fn note(number: u64, answer: &Answer, acknowledged: &mut Acknowledged) -> Result<()> {
    answer.expect(200, "text/html")?;
    let html = answer.text()?;
    for part in [words::text(number), words::client_message_id(number)] {
        ensure!(html.contains(&part), "the answer lacks {part}: {html}");
    }
    acknowledged.add(ids_in(&html).next().context("an answer without an id")?, number)
}

/// The messages on a page or in a fragment, in its order.
pub fn ids_in(html: &str) -> impl Iterator<Item = i64> {
    html.split("data-message-id=\"").skip(1).filter_map(|rest| rest.split('"').next()?.parse().ok())
}
