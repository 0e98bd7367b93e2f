//! The limit of posting: one thread that only writes the rows of a message, with nothing around it.
//!
//! Same file settings, same schema, same rows, same groups and the same care for the log as the
//! server, but no HTTP, no permission to check, nothing to render and nobody to tell.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, ensure};
use campfire::db::{connection, migrations};
use campfire::model::search::entry::{Entry, Findable};
use campfire::model::{RoomId, UserId};
use rusqlite::{Connection, params};

use crate::cpu::Meter;
use crate::measure::Slice;
use crate::words;

const BATCH: usize = 256;
const QUEUE: usize = 1_024;
const CHECKPOINT_PAGES: i64 = 1_000;

pub struct BareWriter {
    queue: SyncSender<Row>,
    thread: JoinHandle<Result<Connection>>,
    next: AtomicU64,
}

struct Row {
    client_message_id: String,
    text: String,
    html: String,
    entry: Entry,
    /// Told once the row is on disk.
    written: SyncSender<()>,
}

impl BareWriter {
    pub fn start(directory: &Path) -> Result<Self> {
        let path = directory.join("bare.db");
        let mut connection = connection::open_writer(&path)?;
        migrations::apply(&mut connection, None)?;
        connection.execute_batch(
            "insert into users (name, created_at) values ('Ada', 1);
             insert into rooms (kind, name, creator_id, created_at, active_at)
                 values ('open', 'All Talk', 1, 1, 1);
             insert into memberships (room_id, user_id, created_at) values (1, 1, 1);",
        )?;
        let (queue, rows) = sync_channel(QUEUE);
        let (checkpointer, woken) = sync_channel(1);
        let copies = connection::open_writer(&path)?;
        thread::spawn(move || {
            while woken.recv().is_ok() {
                checkpoint(&copies, "passive");
            }
        });
        let thread = thread::spawn(move || write_all(connection, &rows, &checkpointer));
        Ok(Self { queue, thread, next: AtomicU64::new(0) })
    }

    /// Every producer hands in a row, waits until it is on disk and hands in the next.
    pub fn run(&self, producers: usize, length: Duration) -> Result<Slice> {
        let meter = Meter::start(None)?;
        let begun = Instant::now();
        let lists: Vec<Result<Vec<Duration>>> = thread::scope(|scope| {
            let threads: Vec<_> = (0..producers)
                .map(|_| scope.spawn(move || self.produce_until(begun + length)))
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap_or_else(|_| Err(anyhow!("a producer died"))))
                .collect()
        });
        let took = begun.elapsed();
        let latencies = lists.into_iter().collect::<Result<Vec<_>>>()?.concat();
        Ok(Slice { took, latencies, usage: meter.stop()? })
    }

    fn produce_until(&self, end: Instant) -> Result<Vec<Duration>> {
        let (written, told) = sync_channel(1);
        let mut latencies = Vec::new();
        while Instant::now() < end {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let text = words::text(number);
            let row = Row {
                client_message_id: words::client_message_id(number),
                html: format!("<p>{text}</p>\n"),
                entry: searchable(&text),
                text,
                written: written.clone(),
            };
            let begun = Instant::now();
            self.queue.send(row)?;
            told.recv()?;
            latencies.push(begun.elapsed());
        }
        Ok(latencies)
    }

    /// Ends the writer and counts what it has written.
    pub fn stop(self) -> Result<()> {
        drop(self.queue);
        let connection = self.thread.join().map_err(|_| anyhow!("the bare writer died"))??;
        let rows: i64 =
            connection.query_row("select count(*) from messages", [], |row| row.get(0))?;
        ensure!(
            u64::try_from(rows) == Ok(self.next.into_inner()),
            "the bare writer holds {rows} rows"
        );
        Ok(())
    }
}

/// What the server's index holds of such a message.
fn searchable(text: &str) -> Entry {
    let (room_id, author_id) = (RoomId(1), UserId(1));
    let findable =
        Findable { room_id, author_id, plain_text: text, body_html: "", file_names: &[] };
    findable.entry()
}

fn write_all(
    connection: Connection,
    rows: &Receiver<Row>,
    checkpointer: &SyncSender<()>,
) -> Result<Connection> {
    let mut waiting = Vec::with_capacity(BATCH);
    while let Ok(first) = rows.recv() {
        let batch: Vec<Row> = std::iter::once(first).chain(rows.try_iter()).take(BATCH).collect();
        connection.prepare_cached("begin immediate")?.execute([])?;
        let mut searchable = Vec::with_capacity(batch.len());
        for row in batch {
            connection.prepare_cached("savepoint row")?.execute([])?;
            let id = insert(&connection, &row)?;
            let Entry { words, parts, marks } = &row.entry;
            connection
                .prepare_cached(
                    "insert into search_entries (id, words, parts, marks) values (?1, ?2, ?3, ?4)",
                )?
                .execute((id, words, parts, marks))?;
            searchable.push((id, row.entry));
            connection.prepare_cached("release row")?.execute([])?;
            waiting.push(row.written);
        }
        let mut search = connection.prepare_cached(
            "insert into message_search (rowid, words, parts, marks) values (?1, ?2, ?3, ?4)",
        )?;
        for (id, Entry { words, parts, marks }) in searchable {
            search.execute((id, words, parts, marks))?;
        }
        connection.prepare_cached("commit")?.execute([])?;
        // A producer that is gone has no more rows either.
        waiting.drain(..).for_each(|written| written.send(()).unwrap_or_default());
        tidy(&connection, checkpointer)?;
    }
    Ok(connection)
}

fn insert(connection: &Connection, row: &Row) -> rusqlite::Result<i64> {
    let now = 1_750_000_000_000_i64;
    connection
        .prepare_cached(
            "insert into messages (room_id, creator_id, client_message_id, body_html, body_source,
                 body_format, plain_text, created_at)
             values (1, 1, ?1, ?2, ?3, 'markdown', ?3, ?4)",
        )?
        .execute((&row.client_message_id, &row.html, &row.text, now))?;
    let id = connection.last_insert_rowid();
    connection
        .prepare_cached("update rooms set last_message_id = ?1, active_at = ?2 where id = 1")?
        .execute((id, now))?;
    connection
        .prepare_cached(
            "insert into changes (room_id, message_id, kind, at) values (1, ?1, 'posted', ?2)",
        )?
        .execute(params![id, now])?;
    Ok(id)
}

fn tidy(connection: &Connection, checkpointer: &SyncSender<()>) -> Result<()> {
    let (pages, copied): (i64, i64) = connection
        .prepare_cached("pragma wal_checkpoint(noop)")?
        .query_row([], |row| Ok((row.get(1)?, row.get(2)?)))?;
    if pages >= connection::WAL_RESTART_PAGES {
        checkpoint(connection, "restart");
    } else if pages - copied >= CHECKPOINT_PAGES {
        // Full means the thread is already awake.
        let _ = checkpointer.try_send(());
    }
    Ok(())
}

/// One that finds the file busy is tried again after a later commit.
fn checkpoint(connection: &Connection, mode: &str) {
    let _ = connection.query_row(&format!("pragma wal_checkpoint({mode})"), [], |_| Ok(()));
}
