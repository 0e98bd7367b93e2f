//! The one thread that writes.
//!
//! Why one: SQLite lets one connection write at a time anyway, and a thread that owns it can
//! gather what is waiting into one transaction, so that many messages share one `fsync`. A
//! command is answered only after that commit is on disk, so an answer is a promise kept.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::anyhow;
use rusqlite::{Connection, ErrorCode};
use tokio::sync::{mpsc, oneshot};

use super::command::{Command, WriteTx};
use super::{connection, log};
use crate::clock;
use crate::error::{Error, Result};
use crate::measures::Histogram;
use crate::model::Timestamp;

/// Commands that may wait. One more is refused at once with `Busy`.
pub(super) const QUEUE: usize = 1_024;
/// Commands in one transaction.
const BATCH: usize = 256;
/// How long a failed disk is left alone before the next attempt to write.
const RETRY_AFTER: Duration = Duration::from_millis(500);
/// Pages not yet copied that wake the checkpointer.
const CHECKPOINT_PAGES: i64 = 1_000;
/// Pages of the log from which on the operator is told that somebody holds it: 64 MiB.
const LOG_HELD: i64 = 16_384;

/// Where commits are told apart by how long they took, in microseconds.
const COMMIT_BOUNDS_US: &[u64] =
    &[250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000];

/// Called on the writer thread after a commit and before its answers, with the events in order.
type Publish<E> = Box<dyn FnMut(Vec<E>) + Send>;
type Answer = Box<dyn FnOnce(Result<()>) + Send>;
type Apply<E> = Box<dyn FnOnce(&Connection, Timestamp) -> Applied<E> + Send>;

struct Job<E> {
    apply: Apply<E>,
}

/// What one command left behind: its transaction notes and how to answer whoever waits.
struct Applied<E> {
    tx: Option<(Vec<E>, Vec<super::command::Deferred>)>,
    answer: Answer,
}

/// The handle commands are sent through. Cheap to clone.
pub struct Writer<E> {
    queue: mpsc::Sender<Job<E>>,
    health: Arc<WriterHealth>,
}

impl<E> Clone for Writer<E> {
    fn clone(&self) -> Self {
        Self { queue: self.queue.clone(), health: self.health.clone() }
    }
}

/// Whether writes work, and how much has been written.
pub struct WriterHealth {
    failing: AtomicBool,
    pub commits: AtomicU64,
    pub commands: AtomicU64,
    /// Commands that shared one commit.
    pub batches: Histogram,
    /// How long commits took, in microseconds.
    pub commit_us: Histogram,
    reason: Mutex<Option<String>>,
}

impl Default for WriterHealth {
    fn default() -> Self {
        Self {
            failing: AtomicBool::default(),
            commits: AtomicU64::default(),
            commands: AtomicU64::default(),
            batches: Histogram::new(&[1, 2, 4, 8, 16, 32, 64, 128, 256]),
            commit_us: Histogram::new(COMMIT_BOUNDS_US),
            reason: Mutex::default(),
        }
    }
}

impl WriterHealth {
    /// The reason writes fail just now; none when they work.
    pub fn failure(&self) -> Option<String> {
        if !self.failing.load(Ordering::Acquire) {
            return None;
        }
        let reason = self.reason.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        Some(reason.clone().unwrap_or_else(|| "writes fail".to_owned()))
    }

    fn fails(&self, reason: &str) {
        *self.reason.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) =
            Some(reason.to_owned());
        if !self.failing.swap(true, Ordering::AcqRel) {
            tracing::error!(reason, "the database does not take writes");
        }
    }

    fn works(&self) {
        if self.failing.swap(false, Ordering::AcqRel) {
            tracing::info!("the database takes writes again");
        }
    }
}

impl<E: Send + 'static> Writer<E> {
    /// Starts the thread. It ends when the last handle is dropped, having applied everything
    /// that was queued; join the returned handle to wait for that.
    pub fn start(path: PathBuf, publish: Publish<E>) -> anyhow::Result<(Self, JoinHandle<()>)> {
        let connection = connection::open_writer(&path)?;
        let (queue, jobs) = mpsc::channel(QUEUE);
        let health = Arc::new(WriterHealth::default());
        let (checkpointer, woken) = sync_channel(1);
        let copies = connection::open_writer(&path)?;
        let file = path.with_extension("db-wal");
        std::thread::Builder::new()
            .name("checkpointer".to_owned())
            .spawn(move || log::copy_whenever_woken(&copies, &woken, &file))?;
        let room = Machine {
            path,
            checkpointer,
            log_is_held: false,
            connection: Some(connection),
            publish,
            health: health.clone(),
        };
        let thread =
            std::thread::Builder::new().name("writer".to_owned()).spawn(move || room.run(jobs))?;
        Ok((Self { queue, health }, thread))
    }

    pub fn health(&self) -> &WriterHealth {
        &self.health
    }

    /// Commands waiting just now.
    pub fn queued(&self) -> usize {
        QUEUE - self.queue.capacity()
    }

    /// Applies one command durably. When this returns `Ok`, the change is on disk and the access
    /// index knows of it.
    ///
    /// # Errors
    /// What the command refuses; `Busy` when the queue is full or the disk takes no writes.
    pub async fn run<C: Command<E>>(&self, command: C) -> Result<C::Output> {
        let (answer, answered) = oneshot::channel();
        let apply: Apply<E> = Box::new(move |connection, now| {
            let mut tx = WriteTx::new(connection, now);
            let outcome =
                catch_unwind(AssertUnwindSafe(|| command.apply(&mut tx))).unwrap_or_else(|panic| {
                    Err(Error::Internal(anyhow!("a command panicked: {}", panic_text(&*panic))))
                });
            let kept = outcome.is_ok().then_some((tx.events, tx.deferred));
            Applied {
                tx: kept,
                answer: Box::new(move |committed| {
                    // Nobody waits any more if the request was dropped; the change stands.
                    let _ = answer.send(committed.and(outcome));
                }),
            }
        });
        self.queue.try_send(Job { apply }).map_err(|_| Error::Busy)?;
        answered.await.map_err(|_| Error::Busy)?
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no text")
}

struct Machine<E> {
    path: PathBuf,
    checkpointer: SyncSender<()>,
    /// Somebody reads what was there long ago, and the log grows meanwhile.
    log_is_held: bool,
    /// None after a failed write: nothing is acknowledged again before the file was reopened.
    connection: Option<Connection>,
    publish: Publish<E>,
    health: Arc<WriterHealth>,
}

impl<E: Send + 'static> Machine<E> {
    fn run(mut self, mut jobs: mpsc::Receiver<Job<E>>) {
        let mut batch = Vec::with_capacity(BATCH);
        let mut failed_at: Option<Instant> = None;
        while jobs.blocking_recv_many(&mut batch, BATCH) > 0 {
            if self.connection.is_none() {
                if failed_at.is_some_and(|at| at.elapsed() < RETRY_AFTER) {
                    batch.drain(..).for_each(refuse);
                    continue;
                }
                match connection::open_writer(&self.path) {
                    Ok(connection) => self.connection = Some(connection),
                    Err(error) => self.health.fails(&format!("{error:#}")),
                }
            }
            match self.connection.take() {
                None => batch.drain(..).for_each(refuse),
                Some(connection) => {
                    if self.write(&connection, std::mem::take(&mut batch)) {
                        self.tidy(&connection);
                        self.connection = Some(connection);
                    }
                }
            }
            failed_at = self.connection.is_none().then(Instant::now);
        }
        if let Some(connection) = self.connection.take() {
            log::checkpoint(&connection, "truncate");
        }
    }

    /// One transaction. Returns whether the connection may be used again.
    fn write(&mut self, connection: &Connection, batch: Vec<Job<E>>) -> bool {
        let now = clock::now();
        if let Err(error) = say(connection, "begin immediate") {
            self.health.fails(&error.to_string());
            batch.into_iter().for_each(refuse);
            return false;
        }
        let mut applied = Vec::with_capacity(batch.len());
        let mut lost = None;
        for job in batch {
            if lost.is_some() {
                refuse(job);
            } else {
                lost = in_savepoint(connection, job, now, &mut applied).err();
            }
        }
        let begun = Instant::now();
        let committed = match lost {
            Some(error) => Err(error),
            None => commit(connection, &mut applied),
        };
        if let Err(error) = committed {
            self.health.fails(&error.to_string());
            let _ = connection.execute_batch("rollback");
            for done in applied {
                let answer = if done.tx.is_some() { Err(Error::Busy) } else { Ok(()) };
                (done.answer)(answer);
            }
            return false;
        }
        self.health.works();
        let took_us = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.health.commit_us.add(took_us);
        self.health.batches.add(applied.len() as u64);
        self.health.commits.fetch_add(1, Ordering::Relaxed);
        self.health.commands.fetch_add(applied.len() as u64, Ordering::Relaxed);
        let mut events = Vec::new();
        let mut answers = Vec::with_capacity(applied.len());
        for done in applied {
            events.extend(done.tx.into_iter().flat_map(|(events, _)| events));
            answers.push(done.answer);
        }
        if !events.is_empty() {
            (self.publish)(events);
        }
        answers.into_iter().for_each(|answer| answer(Ok(())));
        true
    }

    /// Keeps the write-ahead log from growing without end: another thread copies what no reader
    /// needs any more; beyond a limit the next commit is made to begin at the front of the file.
    fn tidy(&mut self, connection: &Connection) {
        let (pages, copied) = log::pages(connection);
        if pages >= connection::WAL_RESTART_PAGES {
            // Makes the next commit begin at the front of the log.
            log::without_waiting(connection, "restart");
        } else if pages - copied >= CHECKPOINT_PAGES {
            // Full means the thread is already awake.
            let _ = self.checkpointer.try_send(());
        }
        if self.log_is_held != (pages >= LOG_HELD) {
            self.log_is_held = pages >= LOG_HELD;
            if self.log_is_held {
                tracing::warn!(
                    pages,
                    "the write-ahead log grows, as somebody has been reading the database for long"
                );
            } else {
                tracing::info!("the write-ahead log could begin anew");
            }
        }
    }
}

fn refuse<E>(job: Job<E>) {
    // Dropping the job drops its answer, which the waiting side reads as `Busy`.
    drop(job);
}

/// Applies one command. `Err` means the whole transaction is gone, not just this command.
fn in_savepoint<E>(
    connection: &Connection,
    job: Job<E>,
    now: Timestamp,
    applied: &mut Vec<Applied<E>>,
) -> rusqlite::Result<()> {
    say(connection, "savepoint command")?;
    let done = (job.apply)(connection, now);
    let kept = done.tx.is_some();
    applied.push(done);
    // A full disk or an I/O error may already have rolled everything back.
    if connection.is_autocommit() {
        return Err(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error { code: ErrorCode::SystemIoFailure, extended_code: 10 },
            Some("the transaction was rolled back by SQLite".to_owned()),
        ));
    }
    if !kept {
        say(connection, "rollback to command")?;
    }
    say(connection, "release command")
}

/// A statement without values, prepared once: these are said for every command.
fn say(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(|_| ())
}

fn commit<E>(connection: &Connection, applied: &mut [Applied<E>]) -> rusqlite::Result<()> {
    for (_, deferred) in applied.iter_mut().filter_map(|done| done.tx.as_mut()) {
        for work in deferred.drain(..) {
            work(connection)?;
        }
    }
    say(connection, "commit")
}
