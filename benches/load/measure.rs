//! Runs a path and its limit in turns, so that both meet the same neighbours.

use std::time::Duration;

use anyhow::Result;

use crate::cpu::Usage;

/// A cycle is quiet while others use less than this part of the machine.
const QUIET: f64 = 0.10;
/// Cycles are measured until enough were quiet, but at most this many times the wanted number.
const PATIENCE: usize = 4;

/// How much is measured.
pub struct Plan {
    pub slice: Duration,
    pub cycles: usize,
    /// Starts of the server that are timed.
    pub starts: usize,
    pub syncs_per_cycle: usize,
}

impl Plan {
    /// Whether only correctness is asked for.
    pub fn is_quick(&self) -> bool {
        self.cycles == Self::QUICK.cycles
    }

    pub const FULL: Plan =
        Plan { slice: Duration::from_millis(300), cycles: 12, starts: 10, syncs_per_cycle: 20 };
    pub const QUICK: Plan =
        Plan { slice: Duration::from_millis(100), cycles: 2, starts: 2, syncs_per_cycle: 2 };
}

/// What happened in one slice.
pub struct Slice {
    pub took: Duration,
    /// One for each answer.
    pub latencies: Vec<Duration>,
    pub usage: Usage,
}

impl Slice {
    /// Answers a second.
    pub fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.took.as_secs_f64()
    }
}

/// One slice of each.
pub struct Cycle {
    pub path: Slice,
    pub limit: Slice,
}

impl Cycle {
    pub fn ratio(&self) -> f64 {
        self.path.rate() / self.limit.rate()
    }

    /// The part of the machine that others used meanwhile.
    pub fn foreign(&self) -> f64 {
        self.path.usage.foreign.max(self.limit.usage.foreign)
    }
}

/// The quietest cycles of a run.
pub struct Comparison {
    pub cycles: Vec<Cycle>,
    /// Cycles thrown away because others were louder then.
    pub discarded: usize,
}

/// Measures `path` and `limit` alternately; who goes first changes with every cycle.
pub fn alternate(
    plan: &Plan,
    mut path: impl FnMut(Duration) -> Result<Slice>,
    mut limit: impl FnMut(Duration) -> Result<Slice>,
) -> Result<Comparison> {
    // Caches, files and connections come to life outside of the count.
    path(plan.slice)?;
    limit(plan.slice)?;
    let mut cycles: Vec<Cycle> = Vec::new();
    let is_quiet = |cycle: &&Cycle| cycle.foreign() < QUIET;
    while cycles.iter().filter(is_quiet).count() < plan.cycles
        && cycles.len() < plan.cycles * PATIENCE
    {
        cycles.push(if cycles.len().is_multiple_of(2) {
            let path = path(plan.slice)?;
            Cycle { path, limit: limit(plan.slice)? }
        } else {
            let limit = limit(plan.slice)?;
            Cycle { path: path(plan.slice)?, limit }
        });
    }
    let measured = cycles.len();
    cycles.sort_by(|a, b| a.foreign().total_cmp(&b.foreign()));
    cycles.truncate(plan.cycles);
    Ok(Comparison { discarded: measured - cycles.len(), cycles })
}

/// The value below which this part (0 to 1) of the values lies; zero of none.
pub fn quantile<T: Copy + PartialOrd + Default>(values: &[T], part: f64) -> T {
    let mut sorted = values.to_vec();
    sorted.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    let at = (sorted.len().saturating_sub(1) as f64 * part).round() as usize;
    sorted.get(at).copied().unwrap_or_default()
}

pub fn median<T: Copy + PartialOrd + Default>(values: &[T]) -> T {
    quantile(values, 0.5)
}
