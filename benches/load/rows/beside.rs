//! Pages beside their limit: the same bytes, always, through the same router (see `constant`).

use std::cell::RefCell;
use std::fs;

use anyhow::{Result, ensure};

use crate::clients::Clients;
use crate::constant;
use crate::disk;
use crate::http::{self, Answer};
use crate::measure::{Plan, Slice, alternate};
use crate::report::Report;
use crate::server::Server;

/// Bytes two answers of the same state may differ in: the form's number, and checksums.
const NEW_IN_EACH: usize = 48;
/// One answer in so many is looked into, even if it resembles one that was.
const LOOKED_INTO: u64 = 64;

/// Checks answers, most of them by their likeness to one that was looked into.
pub struct Likeness<F> {
    look: F,
    seen: Vec<u8>,
    count: u64,
}

impl<F: FnMut(&Answer) -> Result<()>> Likeness<F> {
    pub fn new(look: F) -> Self {
        Self { look, seen: Vec::new(), count: 0 }
    }

    pub fn check(&mut self, answer: &Answer) -> Result<()> {
        answer.expect(200, "text/html; charset=utf-8")?;
        self.count += 1;
        let body = answer.raw_body();
        let other = body.iter().zip(&self.seen).filter(|(a, b)| a != b).count();
        let is_like = body.len() == self.seen.len() && other <= NEW_IN_EACH;
        if !is_like || self.count.is_multiple_of(LOOKED_INTO) {
            (self.look)(answer)?;
            body.clone_into(&mut self.seen);
        }
        Ok(())
    }
}

/// Measures one request of `clients` connections against its own bytes.
pub fn constant(
    plan: &Plan,
    report: &mut Report,
    (name, clients): (&str, usize),
    server: &Server,
    request: &[u8],
    look: impl FnMut(&Answer) -> Result<()>,
) -> Result<()> {
    let directory = disk::directory()?;
    let sample = http::ask(server.address, request)?;
    let file = directory.path().join("body");
    fs::write(&file, sample.body()?)?;
    let encoding = sample.header("content-encoding").unwrap_or("identity");
    let limit = Server::constant(&directory.path().join("data"), &file, encoding)?;
    let same = http::get(constant::PATH, "Accept-Encoding: gzip\r\n");
    let (mut asking, mut others) =
        (Clients::connect(server.address, clients)?, Clients::connect(limit.address, clients)?);
    let mut likeness = Likeness::new(look);
    let measured = alternate(
        plan,
        |length| {
            let (slice, exchanges) =
                asking.run(server.process_id(), length, || (0, request.to_vec()))?;
            exchanges.iter().try_for_each(|exchange| likeness.check(&exchange.answer))?;
            Ok(slice)
        },
        |length| {
            let (slice, exchanges) =
                others.run(limit.process_id(), length, || (0, same.clone()))?;
            for exchange in &exchanges {
                ensure!(exchange.answer.status() == 200, "the limit fails");
            }
            Ok(slice)
        },
    )?;
    report.compare(&format!("{name}, {clients} clients"), "the same bytes", &measured)
}

/// Measures one client's room pages while `meanwhile` disturbs the server beside the same pages
/// while it is left alone. `meanwhile` is given what fetches the pages of one slice.
pub fn quiet(
    plan: &Plan,
    report: &mut Report,
    (name, limit): (&str, &str),
    server: &Server,
    cookie: &str,
    meanwhile: impl Fn(&dyn Fn() -> Result<Slice>) -> Result<Slice>,
) -> Result<()> {
    let page = http::get("/rooms/1", &format!("{cookie}Accept-Encoding: gzip\r\n"));
    let one = RefCell::new(Clients::connect(server.address, 1)?);
    let run = |length| {
        let (slice, exchanges) =
            one.borrow_mut().run(server.process_id(), length, || (0, page.clone()))?;
        exchanges.iter().try_for_each(|exchange| exchange.answer.expect(200, "text/html"))?;
        Ok(slice)
    };
    let measured = alternate(plan, |length| meanwhile(&|| run(length)), run)?;
    report.compare(name, limit, &measured)
}
