//! Whose work the processors did: the server's, ours, or somebody else's.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// What the kernel counts in; 100 a second for every program on Linux.
const TICK: Duration = Duration::from_millis(10);

/// CPU time of one slice.
#[derive(Clone, Copy, Default)]
pub struct Usage {
    /// User and system time of the server.
    pub server: Duration,
    /// User and system time of this program: the clients, or the limit itself.
    pub own: Duration,
    /// Part of the whole machine that everybody else used, 0 to 1.
    pub foreign: f64,
}

/// Counts from its making on.
pub struct Meter {
    server: Option<u32>,
    begun: Instant,
    before: Ticks,
}

#[derive(Clone, Copy)]
struct Ticks {
    busy: u32,
    server: u32,
    own: u32,
}

impl Meter {
    pub fn start(server: Option<u32>) -> Result<Self> {
        Ok(Self { server, begun: Instant::now(), before: Ticks::now(server)? })
    }

    pub fn stop(self) -> Result<Usage> {
        let after = Ticks::now(self.server)?;
        let server = after.server - self.before.server;
        let own = after.own - self.before.own;
        let foreign = (after.busy - self.before.busy).saturating_sub(server + own);
        let processors = std::thread::available_parallelism()?.get();
        let whole = self.begun.elapsed().as_secs_f64() * processors as f64;
        Ok(Usage {
            server: TICK * server,
            own: TICK * own,
            foreign: (TICK * foreign).as_secs_f64() / whole,
        })
    }
}

impl Ticks {
    fn now(server: Option<u32>) -> Result<Self> {
        let server = match server {
            Some(process_id) => ticks_of(&process_id.to_string())?,
            None => 0,
        };
        Ok(Self { busy: busy_ticks()?, server, own: ticks_of("self")? })
    }
}

fn busy_ticks() -> Result<u32> {
    let text = fs::read_to_string("/proc/stat")?;
    let line = text.lines().next().context("/proc/stat is empty")?;
    // user nice system idle iowait irq softirq steal; the guests' time is in user already.
    let fields: Vec<u32> = line.split_whitespace().skip(1).map_while(|f| f.parse().ok()).collect();
    Ok(fields.iter().take(8).enumerate().filter(|(at, _)| !matches!(at, 3 | 4)).map(|f| f.1).sum())
}

fn ticks_of(process: &str) -> Result<u32> {
    let text = fs::read_to_string(format!("/proc/{process}/stat"))?;
    let (_, after_name) = text.rsplit_once(')').context("a process without a name")?;
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    let field = |at: usize| -> Result<u32> { Ok(fields.get(at).context("a short line")?.parse()?) };
    Ok(field(11)? + field(12)?)
}
