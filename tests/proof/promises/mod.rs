//! One module for each promise, or for a few that are tried together.

mod backups;
mod convergence;
mod dead_peers;
mod fan_out;
mod full_disk;
mod hostile_frames;
mod io_faults;
mod kills;
mod log_size;
mod lost_answers;
mod never_busy;
mod old_data;
mod outsiders;
mod power_cut;
mod races;
mod restart_storm;
mod resume;
mod revocation;
pub mod slow_readers;
mod starts;

use std::future::Future;
use std::pin::Pin;

use crate::rig::{Plan, Row};

type Running = Pin<Box<dyn Future<Output = Vec<Row>> + Send>>;
type Proof = fn(Plan) -> Running;

/// Every proof by its name, in the order in which they run.
pub const ALL: &[(&str, Proof)] = &[
    ("kills", |plan| Box::pin(kills::run(plan))),
    ("starts", |plan| Box::pin(starts::run(plan))),
    ("old-data", |plan| Box::pin(old_data::run(plan))),
    ("lost-answers", |plan| Box::pin(lost_answers::run(plan))),
    ("power-cut", |plan| Box::pin(power_cut::run(plan))),
    ("io-faults", |plan| Box::pin(io_faults::run(plan))),
    ("full-disk", |plan| Box::pin(full_disk::run(plan))),
    ("log-size", |plan| Box::pin(log_size::run(plan))),
    ("never-busy", |plan| Box::pin(never_busy::run(plan))),
    ("convergence", |plan| Box::pin(convergence::run(plan))),
    ("resume", |plan| Box::pin(resume::run(plan))),
    ("slow-readers", |plan| Box::pin(slow_readers::run(plan))),
    ("fan-out", |plan| Box::pin(fan_out::run(plan))),
    ("restart-storm", |plan| Box::pin(restart_storm::run(plan))),
    ("hostile-frames", |plan| Box::pin(hostile_frames::run(plan))),
    ("revocation", |plan| Box::pin(revocation::run(plan))),
    ("races", |plan| Box::pin(races::run(plan))),
    ("backups", |plan| Box::pin(backups::run(plan))),
    ("outsiders", |plan| Box::pin(outsiders::run(plan))),
];

/// Takes a minute and no effort.
pub const BESIDE: (&str, Proof) = ("dead-peers", |plan| Box::pin(dead_peers::run(plan)));
