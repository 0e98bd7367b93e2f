//! How much a page asks of the database: few queries, all by index, the same after a long history.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use axum::http::HeaderMap;
use campfire::app::{self, App, Running};
use campfire::config::Config;
use campfire::db::Connection;
use campfire::error::Result;
use campfire::model::{Lane, MessageId, PushSubscriptionId, RoomId, SessionId, Timestamp, UserId};
use campfire::queries::jobs::next_due_at;
use campfire::queries::messages::last_page;
use campfire::queries::push_subscriptions::{recipient_now, recipients, unread_rooms};
use campfire::web::extract::{CurrentUser, RoomMember};
use campfire::web::{rooms, sidebar};
use clap::Parser;
use rusqlite::trace::{TraceEvent, TraceEventCodes};

#[derive(Parser)]
struct Settings {
    #[command(flatten)]
    config: Config,
}

fn populate(data_dir: &Path, messages: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_campfire"))
        .env_clear()
        .env("DATA_DIR", data_dir)
        .args(["populate", "--people", "400", "--rooms", "120", "--messages", messages])
        .output()
        .unwrap()
}

async fn start(data_dir: &Path) -> Running {
    let data_dir = data_dir.to_str().unwrap();
    let arguments = ["campfire", "--data-dir", data_dir, "--bind", "127.0.0.1:0"];
    app::start(Settings::parse_from(arguments).config).await.unwrap()
}

fn member() -> RoomMember {
    let user = CurrentUser {
        id: UserId(1),
        session_id: SessionId(1),
        token_hash: [0; 32],
        is_administrator: true,
        language: None,
    };
    RoomMember { user, room_id: RoomId(1) }
}

fn room_page(app: &App, db: &Connection) -> Result<()> {
    let page = last_page(db, RoomId(1))?;
    rooms::room_page(db, app, &member(), &HeaderMap::new(), page, None)?;
    Ok(())
}

fn sidebar(db: &Connection) -> Result<()> {
    sidebar::sidebar_of(db, &member().user, None, |_| false)?;
    Ok(())
}

/// Whom a message concerns, and what waits to be done.
fn whom_to_tell(db: &Connection) -> Result<()> {
    let (message, now) = (MessageId(9), Timestamp(0));
    recipients(db, message, now)?;
    recipient_now(db, message, PushSubscriptionId(1), now)?;
    unread_rooms(db, UserId(1))?;
    next_due_at(db, Lane::Pushes)?;
    Ok(())
}

static SAID: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn listen(event: TraceEvent<'_>) {
    if let TraceEvent::Stmt(_, sql) = event {
        SAID.lock().unwrap().push(sql.to_owned());
    }
}

/// The statements that the work runs.
fn queries(db: &Connection, work: impl FnOnce(&Connection) -> Result<()>) -> Vec<String> {
    SAID.lock().unwrap().clear();
    db.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(listen));
    work(db).unwrap();
    db.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, None);
    std::mem::take(&mut *SAID.lock().unwrap())
}

/// What SQLite does for a statement, a line for each step.
fn plan(db: &Connection, sql: &str) -> Vec<String> {
    let mut statement = db.prepare(&format!("explain query plan {sql}")).unwrap();
    let mut rows = statement.raw_query();
    let mut steps = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        steps.push(row.get::<_, String>(3).unwrap());
    }
    steps
}

/// How many instructions SQLite's machine runs for the work.
fn instructions(db: &Connection, work: impl FnOnce(&Connection) -> Result<()>) -> u64 {
    let count = Arc::new(AtomicU64::new(0));
    let counter = count.clone();
    let handler = move || {
        counter.fetch_add(1, Ordering::Relaxed);
        false
    };
    db.progress_handler(1, Some(handler)).unwrap();
    work(db).unwrap();
    db.progress_handler(1, None::<fn() -> bool>).unwrap();
    count.load(Ordering::Relaxed)
}

#[tokio::test]
async fn pages_ask_little_and_only_by_index() {
    let directory = tempfile::tempdir().unwrap();
    let short = directory.path().join("short");
    assert!(populate(&short, "4000").status.success());
    let again = populate(&short, "4000");
    let sentence = String::from_utf8(again.stderr).unwrap();
    assert!(!again.status.success() && sentence.contains("already"), "{sentence}");

    let running = start(&short).await;
    let app = running.app.clone();
    app.reader
        .read(|db| {
            let page = queries(db, |db| room_page(&app, db));
            let list = queries(db, sidebar);
            assert!(page.len() <= 24 && list.len() <= 10, "{} and {}", page.len(), list.len());
            let told = queries(db, whom_to_tell);
            for sql in page.iter().chain(&list).chain(&told) {
                for step in plan(db, sql) {
                    // What was limited before, and lists of ids that we made ourselves.
                    let is_small = step.contains("(subquery") || step.contains("VIRTUAL TABLE");
                    assert!(!step.starts_with("SCAN") || is_small, "{step}\nin {sql}");
                }
            }
            println!("the room page asks {} queries, the sidebar {}", page.len(), list.len());
            for sql in &page {
                println!("{}\n    {}", sql.trim(), plan(db, sql).join("\n    "));
            }
            Ok(())
        })
        .unwrap();
    let costs = |app: &App| {
        let read = |db: &Connection| {
            Ok((instructions(db, |db| room_page(app, db)), instructions(db, sidebar)))
        };
        app.reader.read(read).unwrap()
    };
    let before = costs(&app);
    running.stop().await;

    let long = directory.path().join("long");
    assert!(populate(&long, "40000").status.success());
    let running = start(&long).await;
    let after = costs(&running.app);
    running.stop().await;
    println!("instructions with 4,000 messages: {before:?}, with 40,000: {after:?}");
    // Unread messages are counted up to 100 in each room, and with ten times the history more
    // rooms reach that; beyond it nothing grows.
    let most_for_unread = 120 * 100 * 8;
    assert!(after.0 < before.0 + most_for_unread && after.1 < before.1 + most_for_unread);
}
