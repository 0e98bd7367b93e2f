//! People who go on posting while something else is measured.

use std::cell::Cell;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};

use super::posts;
use crate::http::Line;

/// Threads that share a rate.
const THREADS: u32 = 8;
/// Numbers of their own for each thread, above those of every other message.
const NUMBERS: u64 = 1_000_000_000;
static STARTED: AtomicU64 = AtomicU64::new(0);

pub struct Chatter {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<Result<u64>>>,
}

impl Chatter {
    /// Posts so many messages a second, as evenly as they are acknowledged, to these rooms in turn.
    pub fn start(address: SocketAddr, cookie: &str, rooms: &[i64], rate: u32) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let threads = rate.min(THREADS);
        let pause = Duration::from_secs(1) * threads / rate.max(1);
        let threads = (0..threads).map(|n| {
            let (stop, cookie, rooms) = (stop.clone(), cookie.to_owned(), rooms.to_vec());
            thread::spawn(move || {
                let started = STARTED.fetch_add(1, Ordering::Relaxed) + 1;
                let next = Cell::new(NUMBERS * started);
                let mut line = Line::connect(address)?;
                let mut due = Instant::now() + pause * n / THREADS;
                let mut said = 0;
                while !stop.load(Ordering::Relaxed) {
                    thread::sleep(due.saturating_duration_since(Instant::now()));
                    due += pause;
                    let room = rooms[usize::try_from(said)? % rooms.len()];
                    line.ask(&posts::post_to(room, &cookie, &next).1)?.expect(200, "text/html")?;
                    said += 1;
                }
                Ok(said)
            })
        });
        Self { threads: threads.collect(), stop }
    }

    /// Ends it; how many were acknowledged.
    pub fn stop(self) -> Result<u64> {
        self.stop.store(true, Ordering::Relaxed);
        let counts = self.threads.into_iter().map(|thread| {
            thread.join().unwrap_or_else(|_| Err(anyhow!("somebody who posted died")))
        });
        counts.sum()
    }
}
