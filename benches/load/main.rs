//! Measures the real server beside its limits on this machine, and checks every answer it gives.
//!
//! `cargo bench --bench load` runs all rows, `-- posts` one of them, `-- --quick` checks the same
//! things in under a minute without asking for any speed.

mod audit;
mod bare_writer;
// The tests' own, which may fail loudly.
#[allow(clippy::unwrap_used, dead_code)]
#[path = "../../tests/it/support/campfire_storage.rs"]
mod campfire_storage;
mod clients;
mod constant;
mod cpu;
mod disk;
mod http;
mod measure;
mod report;
mod rows;
mod server;
mod wire;
mod words;

use std::process::ExitCode;

use anyhow::{Result, bail};

use measure::Plan;
use report::Report;

type Row = fn(&Plan, &mut Report) -> Result<()>;

const ROWS: [(&str, Row); 13] = [
    ("start", rows::start::run),
    ("posts", rows::posts::run),
    ("durable", rows::durable::run),
    ("bot-posts", rows::bot_posts::run),
    ("room-page", rows::room_page::run),
    ("visits", rows::visits::run),
    ("lists", rows::lists::run),
    ("sockets", rows::sockets::run),
    ("sign-ins", rows::sign_ins::run),
    ("growth", rows::growth::run),
    ("search", rows::search::run),
    ("day", rows::day::run),
    ("moving-in", rows::moving_in::run),
];

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("load: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    if arguments.first().is_some_and(|first| first == constant::FLAG) {
        return constant::serve(&arguments[1..]);
    }
    let mut plan = Plan::FULL;
    let mut chosen = Vec::new();
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            // Cargo says so to every bench target.
            "--bench" => {}
            "--quick" => plan = Plan::QUICK,
            name => match ROWS.iter().find(|(known, _)| *known == name) {
                Some(row) => chosen.push(*row),
                None => bail!("{name} is none of the rows: {}", ROWS.map(|(n, _)| n).join(", ")),
            },
        }
    }
    if chosen.is_empty() {
        chosen.extend(ROWS);
    }
    let mut report = Report::default();
    let outcome = chosen.into_iter().try_for_each(|(name, row)| {
        eprintln!("{name} …");
        row(&plan, &mut report).map_err(|error| error.context(name))
    });
    // What was measured before something failed was true.
    print!("{}", report.text()?);
    outcome
}
