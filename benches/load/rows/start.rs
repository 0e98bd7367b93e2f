//! How soon a server answers, what it occupies, and how big the program is.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::disk;
use crate::http;
use crate::measure::Plan;
use crate::report::{Report, megabytes, spread};
use crate::server::{self, Server};

/// Long enough for a start's last work to be done.
const REST: Duration = Duration::from_millis(300);

pub fn run(plan: &Plan, report: &mut Report) -> Result<()> {
    let directory = disk::directory()?;
    let mut empty = Vec::new();
    for n in 0..plan.starts {
        let (server, took) = timed_start(&directory.path().join(n.to_string()))?;
        empty.push(took);
        server.stop()?;
    }
    report.figure("start to first 200, empty data directory", &spread(&empty))?;

    let data_dir = directory.path().join("lived-in");
    let server = Server::start(&data_dir)?;
    http::ask(server.address, &http::get("/first_run", ""))?.expect(200, "text/html")?;
    thread::sleep(REST);
    report.figure("resident after the first page, no account", &megabytes(server.resident()?))?;
    let cookie = server.first_run()?;
    server.stop()?;

    let mut again = Vec::new();
    for _ in 0..plan.starts {
        let (server, took) = timed_start(&data_dir)?;
        again.push(took);
        server.stop()?;
    }
    report.figure("start to first 200, second start", &spread(&again))?;
    let server = Server::start(&data_dir)?;
    let page = http::get("/rooms/1", &format!("{cookie}Accept-Encoding: gzip\r\n"));
    http::ask(server.address, &page)?.expect(200, "text/html")?;
    thread::sleep(REST);
    report.figure("resident after the first room page", &megabytes(server.resident()?))?;
    server.stop()?;
    report.figure("program, everything embedded", &megabytes(server::program_size()?))
}

fn timed_start(data_dir: &Path) -> Result<(Server, Duration)> {
    let begun = Instant::now();
    let server = Server::start(data_dir)?;
    let answer = http::ask(server.address, &http::get("/up", ""))?;
    let took = begun.elapsed();
    answer.expect(200, "text/plain")?;
    ensure!(answer.raw_body() == b"ok\n", "/up says something else");
    Ok((server, took))
}
