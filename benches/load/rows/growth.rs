//! The same requests to a server with a long past and to one with a short one, and to one with many
//! people and to one with few.

use std::cell::{Cell, RefCell};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::room_page::check_order;
use super::{beside, posts};
use crate::clients::Clients;
use crate::disk;
use crate::http;
use crate::measure::{Plan, alternate};
use crate::report::{Report, megabytes, spread};
use crate::server::{Server, populate};

const CLIENTS: usize = 16;

pub fn run(plan: &Plan, report: &mut Report) -> Result<()> {
    let directory = disk::directory()?;
    let place = |name: &str| directory.path().join(name);
    let (many, few) = if plan.is_quick() { (20_000, 200) } else { (2_000_000, 200) };
    populate(&place("long"), 10, 1, many)?;
    populate(&place("short"), 10, 1, few)?;
    let (many, few) = (format!("{many} messages"), format!("{few}"));
    reading(plan, report, &place("long"), &place("short"), (&many, &few))?;
    posting(plan, report, &place("long"), &place("short"), (&many, &few))?;

    crowd(plan, report, directory.path())?;

    let (people, rooms, messages) =
        if plan.is_quick() { (50, 20, 10_000) } else { (500, 200, 1_000_000) };
    populate(&place("year"), people, rooms, messages)?;
    let mut starts = Vec::new();
    for _ in 0..plan.starts {
        let begun = Instant::now();
        let server = Server::start(&place("year"))?;
        http::ask(server.address, &http::get("/up", ""))?.expect(200, "text/plain")?;
        starts.push(begun.elapsed());
        server.stop()?;
    }
    let whole = format!("{people} people, {rooms} rooms, {messages} messages");
    report.figure(&format!("start to first 200, {whole}"), &spread(&starts))?;
    let year = Past::start(&place("year"), &[])?;
    http::ask(year.server.address, &http::get("/rooms/1", &year.packed()))?.expect(200, "text")?;
    report.figure(&format!("resident, {whole}"), &megabytes(year.server.resident()?))?;
    year.server.stop()
}

/// A room that thousands are members of, beside one of ten.
fn crowd(plan: &Plan, report: &mut Report, directory: &Path) -> Result<()> {
    let (many, few) = (if plan.is_quick() { 200 } else { 5_000 }, 10);
    let (large, small) = (directory.join("large"), directory.join("small"));
    populate(&large, many, 1, 200)?;
    populate(&small, few, 1, 200)?;
    let (many, few) = (format!("{many} people"), format!("{few}"));
    reading(plan, report, &large, &small, (&many, &few))?;
    posting(plan, report, &large, &small, (&many, &few))
}

/// The page of a room and the list of rooms, kept and drawn each time.
fn reading(
    plan: &Plan,
    report: &mut Report,
    large: &Path,
    small: &Path,
    (many, few): (&str, &str),
) -> Result<()> {
    for (cache, how) in [("16", "kept"), ("0", "drawn each time")] {
        let settings = [("PAGE_CACHE_MB", cache)];
        let (large, small) = (Past::start(large, &settings)?, Past::start(small, &settings)?);
        let page = |past: &Past| http::get("/rooms/1", &past.packed());
        let name = format!("room page, {many}, {how}");
        compare(plan, report, (&name, few), &large, &small, page)?;
        let list = |past: &Past| http::get("/users/me/sidebar", &past.packed());
        let name = format!("list of rooms, {many}, {how}");
        compare(plan, report, (&name, few), &large, &small, list)?;
        large.server.stop()?;
        small.server.stop()?;
    }
    Ok(())
}

struct Past {
    server: Server,
    cookie: String,
}

impl Past {
    fn start(data_dir: &Path, settings: &[(&str, &str)]) -> Result<Self> {
        let server = Server::start_with(data_dir, settings)?;
        let cookie = server.sign_in(1)?;
        Ok(Self { server, cookie })
    }

    fn packed(&self) -> String {
        format!("{}Accept-Encoding: gzip\r\n", self.cookie)
    }
}

fn compare(
    plan: &Plan,
    report: &mut Report,
    (name, limit): (&str, &str),
    long: &Past,
    short: &Past,
    request: impl Fn(&Past) -> Vec<u8>,
) -> Result<()> {
    let side =
        |past: &Past| -> Result<_> {
            let is_page = request(past).starts_with(b"GET /rooms");
            let clients = RefCell::new(Clients::connect(past.server.address, CLIENTS)?);
            let likeness = RefCell::new(beside::Likeness::new(move |answer: &http::Answer| {
                if is_page { check_order(answer) } else { Ok(()) }
            }));
            let (bytes, server) = (request(past), past.server.process_id());
            Ok(move |length: Duration| {
                let (slice, exchanges) =
                    clients.borrow_mut().run(server, length, || (0, bytes.clone()))?;
                let mut likeness = likeness.borrow_mut();
                exchanges.iter().try_for_each(|exchange| likeness.check(&exchange.answer))?;
                Ok(slice)
            })
        };
    let measured = alternate(plan, side(long)?, side(short)?)?;
    report.compare(&format!("{name}, {CLIENTS} clients"), limit, &measured)
}

fn posting(
    plan: &Plan,
    report: &mut Report,
    long: &Path,
    short: &Path,
    (many, few): (&str, &str),
) -> Result<()> {
    let (long, short) = (Past::start(long, &[])?, Past::start(short, &[])?);
    let next = Cell::new(5_000_000_000);
    let side = |past: &Past| -> Result<_> {
        let clients = RefCell::new(Clients::connect(past.server.address, CLIENTS)?);
        let (cookie, server, next) = (past.cookie.clone(), past.server.process_id(), &next);
        Ok(move |length: Duration| {
            let (slice, exchanges) =
                clients.borrow_mut().run(server, length, || posts::post(&cookie, next))?;
            for exchange in &exchanges {
                ensure!(exchange.answer.status() == 200, "a post failed");
            }
            Ok(slice)
        })
    };
    let measured = alternate(plan, side(&long)?, side(&short)?)?;
    report.compare(&format!("post, {many}, {CLIENTS} clients"), few, &measured)?;
    long.server.stop()?;
    short.server.stop()
}
