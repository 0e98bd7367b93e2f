//! People signing in as fast as the server lets them, beside a bare loop over passwords with as many
//! threads; and how a page does meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, ensure};
use campfire::model::Password;
use campfire::passwords::Passwords;

use super::{beside, room_page};
use crate::clients::Clients;
use crate::cpu::Meter;
use crate::disk;
use crate::http::{self, Line};
use crate::measure::{Plan, Slice, alternate};
use crate::report::Report;
use crate::server::Server;

/// More than the server hashes at the same time, fewer than may wait.
const CLIENTS: usize = 8;
const FORM: &str = "email_address=ada%40example.org&password=correct+horse+battery";

pub fn run(plan: &Plan, report: &mut Report) -> Result<()> {
    // A password takes 30 to 90 ms: a slice has to hold a few.
    let plan = Plan { slice: plan.slice * 4, ..*plan };
    let directory = disk::directory()?;
    let server = Server::start(&directory.path().join("data"))?;
    let cookie = server.first_run()?;
    room_page::filled(&server, &cookie)?;
    let request = http::post("/session", "", FORM);
    let mut clients = Clients::connect(server.address, CLIENTS)?;
    let measured = alternate(
        &plan,
        |length| {
            let (slice, exchanges) =
                clients.run(server.process_id(), length, || (0, request.clone()))?;
            for exchange in &exchanges {
                ensure!(exchange.answer.status() == 303, "signing in failed");
            }
            Ok(slice)
        },
        bare,
    )?;
    report.compare(&format!("signing in, {CLIENTS} clients"), "bare argon2id", &measured)?;
    pages_meanwhile(&plan, report, &server, &cookie)?;
    server.stop()
}

fn bare(length: Duration) -> Result<Slice> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let passwords = Passwords::start()?;
    let word =
        || Password::parse("correct horse battery").map_err(|refused| anyhow!("{}", refused.0));
    let digest = runtime.block_on(passwords.hash(word()?))?;
    let meter = Meter::start(None)?;
    let begun = Instant::now();
    let threads: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let (passwords, digest) = (passwords.clone(), digest.clone());
            thread::spawn(move || -> Result<Vec<Duration>> {
                let runtime = tokio::runtime::Builder::new_current_thread().build()?;
                let mut latencies = Vec::new();
                while begun.elapsed() < length {
                    let asked = Instant::now();
                    let word = Password::parse("correct horse battery");
                    let word = word.map_err(|refused| anyhow!("{}", refused.0))?;
                    let fits = runtime.block_on(passwords.verify(word, Some(digest.clone())))?;
                    ensure!(fits, "the password does not fit");
                    latencies.push(asked.elapsed());
                }
                Ok(latencies)
            })
        })
        .collect();
    let lists = threads.into_iter().map(|t| t.join().map_err(|_| anyhow!("a thread died"))?);
    let latencies = lists.collect::<Result<Vec<_>>>()?.concat();
    Ok(Slice { took: begun.elapsed(), latencies, usage: meter.stop()? })
}

fn pages_meanwhile(plan: &Plan, report: &mut Report, server: &Server, cookie: &str) -> Result<()> {
    let name = format!("room page, 1 client, {CLIENTS} signing in all the time");
    beside::quiet(plan, report, (&name, "nobody signs in"), server, cookie, |page| {
        let stop = Arc::new(AtomicBool::new(false));
        let crowd: Vec<_> = (0..CLIENTS)
            .map(|_| {
                let (stop, address) = (stop.clone(), server.address);
                thread::spawn(move || -> Result<()> {
                    let mut line = Line::connect(address)?;
                    while !stop.load(Ordering::Relaxed) {
                        line.ask(&http::post("/session", "", FORM))?;
                    }
                    Ok(())
                })
            })
            .collect();
        let slice = page();
        stop.store(true, Ordering::Relaxed);
        for somebody in crowd {
            somebody.join().map_err(|_| anyhow!("somebody died"))??;
        }
        slice
    })
}
