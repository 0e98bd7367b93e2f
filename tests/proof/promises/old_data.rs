//! Killed while data of an earlier version are brought up to date (D3): at any moment in which they
//! are recovered, copied and migrated. Each time they are all of the old schema or all of the new
//! one, and nothing said is gone; the next start succeeds, whatever ended the ones before.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::promises::io_faults::copy;
use crate::rig::auditor::{open, quick_check, verify};
use crate::rig::{Plan, Row, Server};

/// What the first version made of an empty file.
const FIRST: &str = include_str!("../../../migrations/0001_initial.sql");
/// The shortest time within which the kills fall, in milliseconds.
const AT_LEAST: u64 = 150;
/// Kills before a start that is left alone, if the data are as old as ever by then.
const IN_VAIN: usize = 5;
/// Copies of the old data that are kept.
const COPIES: usize = 3;

pub async fn run(plan: Plan) -> Vec<Row> {
    let work = move || attempt(plan);
    vec![tokio::task::spawn_blocking(work).await.unwrap()]
}

fn attempt(plan: Plan) -> Row {
    let (kills, messages) = plan.pick((10, 1_000), (200, 20_000));
    let mut dice = plan.dice().fork(13);
    let mut server = Server::prepare(&mut dice);
    let old = server.data_dir().with_file_name("old");
    let log = first_version(&old, messages);

    // Once undisturbed: what the new schema is, and how long all of it takes.
    copy(&old, &server.data_dir());
    let began = Instant::now();
    server.start_again();
    let whole = began.elapsed();
    server.term();
    let schemas = [schema(&old), schema(&server.data_dir())];
    assert_ne!(schemas[0], schemas[1], "there is nothing to migrate");
    let said = said(&old);
    judge(&mut server, &schemas, &said);

    let within = u64::try_from(whole.as_millis()).unwrap().max(AT_LEAST);
    let (mut before, mut after, mut starts) = (0, 0, Vec::new());
    anew(&old, &server.data_dir());
    let mut in_vain = 0;
    for kill in 0..kills {
        // As promised, and over all the time that it takes, and a little more.
        let until = if kill % 2 == 0 { AT_LEAST } else { within * 3 / 2 };
        server.kill_while_starting(dice.millis(0, until));
        let now = schema(&server.data_dir());
        assert_eq!(self::said(&server.data_dir()), said, "kill {kill}: something said is gone");
        let is_new = now == schemas[1];
        assert!(is_new || now == schemas[0], "kill {kill}: neither the old schema nor the new one");
        if is_new {
            after += 1
        } else {
            before += 1
        }
        in_vain += 1;
        if is_new || in_vain == IN_VAIN || kill + 1 == kills {
            let began = Instant::now();
            server.start_again();
            starts.push(began.elapsed());
            server.term();
            judge(&mut server, &schemas, &said);
            anew(&old, &server.data_dir());
            in_vain = 0;
        }
    }
    assert!(before > 0, "no kill was early enough");
    let slowest = starts.iter().max().unwrap_or(&Duration::ZERO);
    Row::new(
        "D3 killed while old data are migrated",
        format!(
            "{kills} kills within 150 ms, or all the time that it takes: all or nothing, nothing \
             lost, starts afterwards"
        ),
        format!(
            "{kills} kills on {messages} messages with a log of {:.0} MB: {before} found the old \
             schema, {after} the new one; {} starts afterwards, the slowest {} ms (undisturbed {} \
             ms), each audited",
            log as f64 / 1e6,
            starts.len(),
            slowest.as_millis(),
            whole.as_millis()
        ),
    )
}

/// A data directory as the first version left it when it was killed: most of it is in the log.
/// Gives the bytes of that.
fn first_version(place: &Path, messages: usize) -> u64 {
    let made = tempfile::tempdir().unwrap();
    let database = Connection::open(made.path().join("campfire.db")).unwrap();
    let settings = "pragma journal_mode = wal; pragma wal_autocheckpoint = 0;";
    let people = "insert into accounts (id, name, join_code, created_at)
             values (1, 'Old friends', 'aaaa-bbbb-cccc', 1);
         insert into users (id, name, email_address, role, created_at)
             values (1, 'Ada', 'ada@example.com', 'administrator', 1);
         insert into rooms (id, kind, name, creator_id, created_at, active_at)
             values (1, 'open', 'All Talk', 1, 1, 1);
         insert into memberships (room_id, user_id, created_at) values (1, 1, 1);";
    for sql in [settings, "begin", FIRST, people, "pragma user_version = 1", "commit"] {
        database.execute_batch(sql).unwrap();
    }
    let talk = format!(
        "begin;
         with recursive n (x) as (select 1 union all select x + 1 from n where x < {messages}),
             texts as (select x, 'Said long ago, number ' || x || ', and '
                 || replace(printf('%.*c', 10 + x % 60, 'x'), 'x', 'many words more, ')
                 as text from n)
         insert into messages (id, room_id, creator_id, client_message_id, body_html, body_source,
                               body_format, plain_text, created_at)
             select x, 1, 1, 'old-' || x, '<p>' || text || '</p>', text, 'markdown', text, x
             from texts;
         insert into changes (room_id, message_id, kind, at)
             select 1, id, 'posted', created_at from messages;
         update rooms set last_message_id = {messages};
         commit;"
    );
    database.execute_batch(&talk).unwrap();
    // As a killed process leaves it: copied while it is open, as closing it would empty the log.
    copy(made.path(), place);
    let _ = std::fs::remove_file(place.join("campfire.db-shm"));
    std::fs::metadata(place.join("campfire.db-wal")).unwrap().len()
}

/// The old data in the place of whatever is there.
fn anew(old: &Path, place: &Path) {
    std::fs::remove_dir_all(place).unwrap();
    copy(old, place);
}

/// The number of the schema, and everything it consists of.
fn schema(data_dir: &Path) -> (i64, BTreeSet<String>) {
    let database = open(data_dir);
    let version = database.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    let parts = "select type || ' ' || name || ' ' || coalesce(sql, '') from sqlite_schema";
    let mut parts = database.prepare(parts).unwrap();
    let parts = parts.query_map([], |row| row.get(0)).unwrap();
    (version, parts.map(Result::unwrap).collect())
}

/// All messages and changes, as three numbers.
fn said(data_dir: &Path) -> (i64, i64, i64) {
    let sums = "select count(*), sum(length(body_html)), (select sum(id * message_id) from changes)
                from messages where client_message_id = 'old-' || id";
    let row = |row: &rusqlite::Row| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    open(data_dir).query_row(sums, [], row).unwrap()
}

/// What a start that was left alone has made of it: the new schema with everything that was said,
/// and beside it whole copies of the old one, not too many.
fn judge(server: &mut Server, schemas: &[(i64, BTreeSet<String>); 2], said: &(i64, i64, i64)) {
    let home = server.data_dir();
    assert_eq!((&schema(&home), &self::said(&home)), (&schemas[1], said));
    verify(&home);
    let entries = std::fs::read_dir(home.join("backups")).unwrap();
    let kept: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    assert!((1..=COPIES).contains(&kept.len()), "the copies that are kept: {kept:?}");
    for path in kept {
        assert!(path.extension().is_some_and(|extension| extension == "db"), "{path:?} is left");
        let beside = tempfile::tempdir().unwrap();
        std::fs::copy(&path, beside.path().join("campfire.db")).unwrap();
        quick_check(beside.path(), &[], 0);
        let found = (schema(beside.path()), self::said(beside.path()));
        assert_eq!((&found.0, &found.1), (&schemas[0], said), "{path:?}");
    }
    assert!(!server.log().contains("panicked"), "{}", server.log());
}
