//! Numbered messages, and how long each took to everybody who listens.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::wire::{Heard, Wire};
use super::{Dice, Person};

/// Most messages that are numbered in one go.
const MOST: usize = 1 << 20;

/// When each numbered message was sent.
pub struct Beats {
    started: Instant,
    /// Microseconds after the start.
    sent: Vec<AtomicU64>,
    count: AtomicUsize,
}

impl Beats {
    pub fn new() -> Arc<Beats> {
        let sent = (0..MOST).map(|_| AtomicU64::new(0)).collect();
        Arc::new(Beats { started: Instant::now(), sent, count: AtomicUsize::new(0) })
    }

    fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_micros()).unwrap()
    }

    /// The next number, as a text of at least so many bytes; it counts as sent from here on.
    pub fn begin(&self, bytes: usize) -> (usize, String) {
        let number = self.count.fetch_add(1, Ordering::SeqCst);
        self.sent[number].store(self.now(), Ordering::SeqCst);
        let mut text = format!("beat-{number}- ");
        // Three bytes each: longer than as many letters.
        while text.len() < bytes {
            text.push('火');
        }
        (number, text)
    }

    /// Numbers given so far.
    pub fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }

    /// Microseconds since this one was sent.
    fn age(&self, number: usize) -> u32 {
        let sent = self.sent[number].load(Ordering::SeqCst);
        u32::try_from(self.now().saturating_sub(sent)).unwrap_or(u32::MAX)
    }
}

/// The number of the message in a frame that brings one.
fn number_in(frame: &str) -> Option<usize> {
    if !frame.starts_with("<hx-upsert") {
        return None;
    }
    let rest = &frame[frame.find("beat-")? + 5..];
    rest.split('-').next()?.parse().ok()
}

/// What one listener has heard.
#[derive(Default)]
pub struct Heeded {
    /// Numbers in the order in which they came.
    pub numbers: Vec<usize>,
    /// How long each was under way, in microseconds.
    pub delays: Vec<u32>,
    /// Why the socket closed, if it did.
    pub closed: Option<u16>,
}

/// Somebody who listens and writes down what comes and when; it goes when dropped.
pub struct Listener {
    pub heeded: Arc<Mutex<Heeded>>,
    pub last: watch::Receiver<usize>,
    task: JoinHandle<()>,
}

impl Listener {
    /// Opens a socket at a path, which has to be accepted.
    pub async fn open(
        address: SocketAddr,
        path: &str,
        person: &Person,
        beats: &Arc<Beats>,
    ) -> Listener {
        let wire = Wire::open(address, path, person).await.unwrap().expect("a socket");
        let heeded = Arc::<Mutex<Heeded>>::default();
        let (tell, last) = watch::channel(0);
        let task = tokio::spawn(listen(wire, beats.clone(), heeded.clone(), tell));
        Listener { heeded, last, task }
    }

    pub fn count(&self) -> usize {
        self.heeded.lock().unwrap().numbers.len()
    }

    /// Takes what was heard so far.
    pub fn take(&self) -> Heeded {
        std::mem::take(&mut self.heeded.lock().unwrap())
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listen(
    mut wire: Wire,
    beats: Arc<Beats>,
    heeded: Arc<Mutex<Heeded>>,
    tell: watch::Sender<usize>,
) {
    loop {
        match wire.next().await {
            Heard::Text(frame) => {
                if let Some(number) = number_in(&frame) {
                    let age = beats.age(number);
                    let mut heeded = heeded.lock().unwrap();
                    heeded.numbers.push(number);
                    heeded.delays.push(age);
                    drop(heeded);
                    tell.send_replace(number + 1);
                }
            }
            Heard::Ping | Heard::Pong => {}
            Heard::Close(code) => {
                heeded.lock().unwrap().closed = Some(code);
                return;
            }
            Heard::Broken => {
                heeded.lock().unwrap().closed = Some(1006);
                return;
            }
        }
    }
}

/// Posts one numbered message after the other at a steady pace; gives how many were taken.
pub async fn steady(
    person: &Person,
    room: i64,
    beats: &Beats,
    bytes: usize,
    every: Duration,
    lasting: Duration,
    mut dice: Dice,
) -> usize {
    let mut ticks = tokio::time::interval(every);
    let (began, mut taken) = (Instant::now(), 0);
    while began.elapsed() < lasting {
        ticks.tick().await;
        let (number, text) = beats.begin(bytes);
        let outcome = person.post(room, &dice.uuid(), &text).await;
        let acked = matches!(outcome, super::person::Outcome::Acked { .. });
        assert!(acked, "message {number} was not taken: {outcome:?}");
        taken += 1;
    }
    taken
}

/// The part of the delays that is below the answer, in milliseconds.
pub fn percentile(delays: &mut [u32], part: f64) -> f64 {
    if delays.is_empty() {
        return 0.0;
    }
    delays.sort_unstable();
    let at = ((delays.len() - 1) as f64 * part).round() as usize;
    f64::from(delays[at]) / 1_000.0
}
