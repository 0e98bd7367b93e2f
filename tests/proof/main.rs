//! Proofs of what is promised when processes die, lines break and people are shut out, made with
//! the real program in a process of its own.
//!
//! `cargo test --test proof` tries a little of everything within a few minutes. The figures of the
//! promises are tried, and a table printed, by
//!
//! ```text
//! PROOF=full cargo test --release --test proof
//! ```
//!
//! Names after `--` choose proofs (`-- kills fan-out`), `PROOF_SEED` repeats a run: what is left to
//! chance is rolled from it, but not the moments at which processes and threads do things. A
//! failure prints the line that repeats it. What is promised without exception (nothing lost,
//! nothing twice, nobody told who may not be) fails the run; how long things took is only printed,
//! as it says as much about the machine.
//!
//! `tests/proof/mutants.md` says which mistakes the proofs were seen to catch.

// A proof that cannot go on says so by failing.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod promises;
mod rig;

use std::process::ExitCode;
use std::time::Instant;

use rig::{Row, report};

fn main() -> ExitCode {
    let full = std::env::var("PROOF").is_ok_and(|value| value == "full");
    let seed = std::env::var("PROOF_SEED").ok().and_then(|seed| seed.parse().ok());
    // The short form is the same each time, as it stands between people and their changes.
    let seed = seed.unwrap_or_else(|| if full { rand::random::<u64>() >> 40 } else { 1 });
    let plan = rig::Plan { full, seed };
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [role, rest @ ..] = arguments.as_slice()
        && role == promises::slow_readers::ROLE
    {
        return promises::slow_readers::hold_sockets(rest);
    }
    let chosen: Vec<&String> = arguments.iter().filter(|name| !name.starts_with('-')).collect();
    let is_chosen =
        |name: &str| chosen.is_empty() || chosen.iter().any(|part| name.contains(*part));

    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let (mut rows, mut failed) = (Vec::new(), 0);
    // What is mostly waiting runs beside all others. Tasks of their own, so that a panic ends one.
    let (name, proof) = promises::BESIDE;
    let beside = is_chosen(name).then(|| (name, runtime.spawn(proof(plan))));
    let others = promises::ALL.iter().filter(|(name, _)| is_chosen(name));
    let others = others.map(|(name, proof)| (*name, None, Some(proof)));
    let all = others.chain(beside.map(|(name, running)| (name, Some(running), None)));
    for (name, running, proof) in all {
        let began = Instant::now();
        println!("{name} …");
        let outcome = runtime.block_on(async {
            match (running, proof) {
                (Some(running), _) => running.await,
                (None, Some(proof)) => tokio::spawn(proof(plan)).await,
                (None, None) => Ok(Vec::new()),
            }
        });
        match outcome {
            Ok(reached) => {
                println!("{name}: kept, {:.1} s", began.elapsed().as_secs_f64());
                // A run that is ended early has said what it reached until then.
                for Row { promise, reached, .. } in &reached {
                    println!("  {promise}: {reached}");
                }
                rows.extend(reached.into_iter().map(|row| (row, plan.seed)));
            }
            Err(_) => {
                println!("{name}: BROKEN; {}", plan.line(name));
                failed += 1;
            }
        }
    }
    println!("\n{}\n\n{}", plan.line("all"), report::table(&rows));
    if failed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
