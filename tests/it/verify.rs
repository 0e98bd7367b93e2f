//! `campfire verify` passes what is sound, finds what is not, and alters neither.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use crate::support::App;
use crate::support::database::alter_stopped;

struct Verdict {
    code: i32,
    said: String,
}

impl Verdict {
    #[track_caller]
    fn expect_sound(&self) {
        assert_eq!(self.code, 0, "{}", self.said);
        assert!(
            self.said.contains("All is well") && !self.said.contains("PROBLEM"),
            "{}",
            self.said
        );
    }

    #[track_caller]
    fn expect_problem(&self, check: &str, words: &str) {
        assert_eq!(self.code, 1, "{}", self.said);
        let found = self.said.lines().any(|line| {
            line.starts_with("PROBLEM")
                && line.contains(&format!(" {check} "))
                && line.contains(words)
        });
        assert!(found, "{check}: {words}\n{}", self.said);
    }
}

fn verify(path: &Path) -> Verdict {
    let output = Command::new(env!("CARGO_BIN_EXE_campfire"))
        .env_clear()
        .arg("verify")
        .arg(path)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let said = text(output.stdout) + &text(output.stderr);
    Verdict { code: output.status.code().unwrap(), said }
}

/// Every file below a folder with its bytes, but for SQLite's shared memory.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.to_string_lossy().into_owned();
        if path.is_dir() {
            found.extend(contents(&path));
        } else if path.is_file() && !name.ends_with("-shm") {
            found.insert(name, std::fs::read(&path).unwrap());
        }
    }
    found
}

/// A server with something of everything, stopped in good order; and two of its messages.
async fn some_history() -> (App, [i64; 2]) {
    let mut app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let first = ada.post(1, "The first of them").await;
    let second = grace.post(1, "The second of them").await;
    let gone = grace.post(1, "Soon gone").await;
    ada.post_form("/rooms/1/messages/1", &[("body", "The first, changed")]).await.expect(303);
    ada.post_form(&format!("/messages/{second}/boosts"), &[("content", "👍")]).await.expect(303);
    grace.post_form::<&str>(&format!("/rooms/1/messages/{gone}/delete"), &[]).await.expect(303);
    ada.post_form("/rooms/directs", &[("user_ids", "2")]).await.expect(303);
    app.term_and_wait().await;
    (app, [first, second])
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sound_passes_running_killed_stopped_and_as_a_backup() {
    let mut app = App::start();
    let ada = app.first_run().await;
    ada.post(1, "Still in the log").await;
    verify(&app.data_dir()).expect_sound();
    ada.post(1, "The server is not disturbed").await;

    app.kill9();
    let before = contents(&app.data_dir());
    assert!(before.keys().any(|name| name.ends_with("-wal")), "nothing was left in the log");
    let verdict = verify(&app.data_dir());
    verdict.expect_sound();
    assert!(verdict.said.contains("2 messages"), "{}", verdict.said);
    assert!(before == contents(&app.data_dir()), "it altered what it looked at");

    app.start_again();
    app.term_and_wait().await;
    let (before, backup) = (contents(&app.data_dir()), app.data_dir().join("backups/copy.db"));
    verify(&app.data_dir()).expect_sound();
    assert!(before == contents(&app.data_dir()), "it left something behind");
    std::fs::copy(app.data_dir().join("campfire.db"), &backup).unwrap();
    verify(&backup).expect_sound();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_damage_is_found_and_named() {
    let (app, [first, second]) = some_history().await;
    let data = app.data_dir();
    verify(&data).expect_sound();
    let database = data.join("campfire.db");
    let sound = std::fs::read(&database).unwrap();
    let damages = [
        (
            format!("update search_entries set words = 'other words' where id = {second}"),
            "search",
            "does not fit",
        ),
        (
            format!("delete from search_entries where id = {second}"),
            "search",
            "cannot be found",
        ),
        ("insert into mentions values (1, 99)".into(), "references", "mentions row"),
        (format!("delete from messages where id = {second}"), "changes", "neither there nor"),
        (format!("delete from changes where message_id = {first}"), "messages", "was posted"),
        (
            format!("insert into changes (id, room_id, message_id, kind, at) values (999, 1, {first}, 'posted', 0)"),
            "changes",
            "posted twice",
        ),
        (
            format!("insert into changes (id, room_id, message_id, kind, at) values (999, 1, {first}, 'deleted', 0)"),
            "changes",
            "though it was deleted",
        ),
        ("insert into changes (id, room_id, message_id, kind, at) values (999, 1, 3, 'edited', 0)".into(), "changes", "deleted before"),
        ("update rooms set last_message_id = 3 where id = 1".into(), "rooms", "last message"),
        ("update sqlite_sequence set seq = 1 where name = 'messages'".into(), "numbers", "again"),
        ("update epochs set begins_after = 900".into(), "epochs", "never given"),
        ("update memberships set last_read_message_id = 99".into(), "memberships", "further"),
        ("delete from memberships where room_id = 2 and user_id = 2".into(), "rooms", "ping"),
        ("update users set status = 'deactivated' where id = 2".into(), "people", "not active"),
        ("update users set role = 'member'".into(), "people", "nobody who administers"),
        (
            format!("update messages set reply_to_id = 77 where id = {second}"),
            "messages",
            "never there",
        ),
        (
            "update users set avatar_path = '00112233445566778899aabbccddeeff' where id = 1".into(),
            "files",
            "picture of user 1",
        ),
    ];
    for (sql, check, words) in damages {
        alter_stopped(&data, &format!("pragma foreign_keys = off; {sql}"));
        verify(&data).expect_problem(check, words);
        for ending in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(data.join(format!("campfire.db{ending}")));
        }
        std::fs::write(&database, &sound).unwrap();
    }

    let mut torn = sound.clone();
    let middle = torn.len() / 2;
    torn[middle..middle + 20_000].fill(0x5a);
    std::fs::write(&database, torn).unwrap();
    let verdict = verify(&data);
    assert!(verdict.code == 1 && verdict.said.contains("PROBLEM  integrity"), "{}", verdict.said);
    std::fs::write(&database, b"This is no database, but it is long enough to look like one.")
        .unwrap();
    verify(&data).expect_problem("integrity", "not a database");
    std::fs::write(&database, &sound).unwrap();
    verify(&data).expect_sound();
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_compared_with_the_rows_that_name_them() {
    let (app, [first, _]) = some_history().await;
    let data = app.data_dir();
    let key = "00112233445566778899aabbccddeeff";
    let shelf = data.join("files/00");
    std::fs::create_dir_all(&shelf).unwrap();
    std::fs::write(shelf.join(key), b"hello").unwrap();
    // The last two are the size and the SHA-256 of what is there.
    alter_stopped(
        &data,
        &format!(
            "insert into attachments
                 (message_id, storage_key, filename, content_type, created_at, byte_size, sha256)
             values ({first}, '{key}', 'a.txt', 'text/plain', 0, 5,
                 x'2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824')"
        ),
    );
    verify(&data).expect_sound();
    std::fs::write(shelf.join(key), b"hellO").unwrap();
    verify(&data).expect_problem("files", "not what was stored");
    std::fs::write(shelf.join(key), b"hell").unwrap();
    verify(&data).expect_problem("files", "4 bytes");
    std::fs::remove_file(shelf.join(key)).unwrap();
    verify(&data).expect_problem("files", "cannot be read");
    std::fs::write(shelf.join(key), b"hello").unwrap();

    // Somebody may still be uploading; what is older than that was left behind.
    let lost = shelf.join("00ffffffffffffffffffffffffffffff");
    std::fs::write(&lost, b"x").unwrap();
    verify(&data).expect_sound();
    let long_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(3 * 24 * 60 * 60);
    std::fs::File::options().write(true).open(&lost).unwrap().set_modified(long_ago).unwrap();
    verify(&data).expect_problem("files", "belongs to nothing");
}

#[test]
fn where_there_is_nothing_it_says_so_in_one_line() {
    let nowhere = tempfile::tempdir().unwrap();
    for path in [nowhere.path().to_owned(), nowhere.path().join("none.db")] {
        let verdict = verify(&path);
        assert_eq!(verdict.code, 1);
        assert!(verdict.said.contains("There is no database at"), "{}", verdict.said);
        assert_eq!(verdict.said.trim().lines().count(), 1, "{}", verdict.said);
    }
}
