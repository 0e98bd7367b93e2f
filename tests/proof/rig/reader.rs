//! Somebody who keeps a room's page open through everything: applies what comes, comes back when
//! the line breaks, and notices when a change is missing, repeated or out of order.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;

use super::page::{Applied, Page};
use super::wire::{Heard, Wire};
use super::{Dice, Person};

/// When a reader whose line broke tries again.
#[derive(Clone, Copy)]
pub enum Policy {
    /// Again and again, this long apart, as careless programs do.
    Herd(Duration),
    /// As our pages do: twice as long each time, up to 30 s, and anything from none to twice that.
    Browser,
}

impl Policy {
    fn pause(self, attempt: u32, dice: &mut Dice) -> Duration {
        match self {
            Policy::Herd(pause) => pause,
            Policy::Browser => {
                let base = (1_000_u64 << attempt.min(6)).min(30_000);
                dice.millis(0, 2 * base)
            }
        }
    }
}

/// What is known of a reader from outside.
pub struct Shared {
    page: Mutex<Page>,
    /// What must not happen and did.
    wrongs: Mutex<Vec<String>>,
    pub live: AtomicBool,
    pub connections: AtomicUsize,
    pub changes: AtomicUsize,
    pub replaced: AtomicUsize,
    /// When the last connection was opened.
    since: Mutex<Instant>,
    finished: AtomicBool,
}

/// A reader; it goes when dropped.
pub struct Reader {
    pub shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl Reader {
    /// Starts from a page, by way of an address that leads to the server.
    pub fn start(
        person: &Person,
        address: SocketAddr,
        page: Page,
        policy: Policy,
        dice: Dice,
    ) -> Reader {
        let shared = Arc::new(Shared {
            page: Mutex::new(page),
            wrongs: Mutex::default(),
            live: AtomicBool::new(false),
            connections: AtomicUsize::new(0),
            changes: AtomicUsize::new(0),
            replaced: AtomicUsize::new(0),
            since: Mutex::new(Instant::now()),
            finished: AtomicBool::new(false),
        });
        let work = read(shared.clone(), person.clone(), address, policy, dice);
        Reader { shared, task: tokio::spawn(work) }
    }

    pub fn page(&self) -> MutexGuard<'_, Page> {
        self.shared.page.lock().unwrap()
    }

    pub fn cursor(&self) -> i64 {
        self.page().cursor
    }

    pub fn is_live(&self) -> bool {
        self.shared.live.load(Ordering::Relaxed)
    }

    /// When the present connection was opened.
    pub fn since(&self) -> Instant {
        *self.shared.since.lock().unwrap()
    }

    /// Fails if anything was applied that should not have been.
    pub fn assert_in_order(&self) {
        let wrongs = self.shared.wrongs.lock().unwrap();
        assert!(wrongs.is_empty(), "a reader was told wrong:\n{}", wrongs.join("\n"));
    }

    /// Fails unless this page shows what a fresh one does, byte for byte.
    pub fn assert_like(&self, fresh: &Page) {
        if let Some(difference) = self.page().difference(fresh) {
            panic!("a reader's page is not what a fresh one is:\n{difference}");
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.shared.finished.store(true, Ordering::Relaxed);
        self.task.abort();
    }
}

async fn read(
    shared: Arc<Shared>,
    person: Person,
    address: SocketAddr,
    policy: Policy,
    mut dice: Dice,
) {
    let mut attempt = 0;
    while !shared.finished.load(Ordering::Relaxed) {
        let path = shared.page.lock().unwrap().socket();
        let opening = Wire::open(address, &path, &person);
        match tokio::time::timeout(Duration::from_secs(10), opening).await {
            Ok(Ok(Ok(wire))) => {
                attempt = 0;
                shared.connections.fetch_add(1, Ordering::Relaxed);
                *shared.since.lock().unwrap() = Instant::now();
                shared.live.store(true, Ordering::Relaxed);
                let code = listen(&shared, wire).await;
                shared.live.store(false, Ordering::Relaxed);
                if !matches!(code, 1005 | 1006 | 1011 | 1012 | 1013) {
                    shared.wrongs.lock().unwrap().push(format!("closed with {code}"));
                    return;
                }
            }
            // Busy, or not there yet.
            Ok(Ok(Err(503)) | Err(_)) | Err(_) => {}
            Ok(Ok(Err(status))) => {
                shared.wrongs.lock().unwrap().push(format!("refused with {status}"));
                return;
            }
        }
        tokio::time::sleep(policy.pause(attempt, &mut dice)).await;
        attempt += 1;
    }
}

/// Applies what comes until the line breaks; gives the close code.
async fn listen(shared: &Shared, mut wire: Wire) -> u16 {
    let began = shared.page.lock().unwrap().cursor;
    // What was missed comes in pieces that carry the old cursor, the last one the new. After that
    // each change has the next number, as there is one room in these databases.
    let mut caught_up = false;
    loop {
        let frame = match wire.next().await {
            Heard::Text(frame) => frame,
            Heard::Ping | Heard::Pong => continue,
            Heard::Close(code) => return code,
            Heard::Broken => return 1006,
        };
        let mut page = shared.page.lock().unwrap();
        let before = page.cursor;
        match page.apply(&frame) {
            Applied::Signal => {}
            Applied::Replaced => {
                shared.replaced.fetch_add(1, Ordering::Relaxed);
                caught_up = true;
            }
            Applied::Change { cursor } => {
                shared.changes.fetch_add(1, Ordering::Relaxed);
                let expected = if caught_up {
                    cursor == before + 1
                } else {
                    cursor > before || cursor == began
                };
                if !expected {
                    let wrong = format!("change {cursor} came when {before} was the last one");
                    shared.wrongs.lock().unwrap().push(wrong);
                }
                caught_up |= cursor > before;
            }
        }
    }
}
