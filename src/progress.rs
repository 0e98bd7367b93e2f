//! How far a long piece of work is, for somebody who waits at a terminal: a line every two
//! seconds, with the time left.

use std::io::Write;
use std::time::{Duration, Instant};

const EVERY: Duration = Duration::from_secs(2);

/// Says on standard error how far one part of the work is.
pub struct Progress {
    what: &'static str,
    total: u64,
    /// Done by an earlier run.
    before: u64,
    started: Instant,
    said: Instant,
}

impl Progress {
    /// `before` of `total` were done by an earlier run.
    pub fn new(what: &'static str, total: u64, before: u64) -> Self {
        let now = Instant::now();
        Self { what, total, before, started: now, said: now }
    }

    /// Told how many are done by now.
    pub fn at(&mut self, done: u64) {
        if self.said.elapsed() < EVERY || done <= self.before {
            return;
        }
        self.said = Instant::now();
        let left = self
            .started
            .elapsed()
            .mul_f64((self.total.saturating_sub(done)) as f64 / (done - self.before) as f64);
        let line = format!("{} of {} {}, {} s left", done, self.total, self.what, left.as_secs());
        // Nobody may be listening.
        let _ = writeln!(std::io::stderr(), "{line}");
    }
}
