//! What goes wrong at the machine: an import that is killed, a disk that is full halfway, a
//! directory that is in use or belongs to somebody else.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{PASSWORD, honcho, import};
use crate::support::app::refused_start_on;
use crate::support::database::Database;
use crate::support::spaces::{script_with_mounts, without_powers};
use crate::support::verb::run;
use crate::support::{App, CampfireStorage, DEADLINE};

/// Begins an import and kills it when the first rows of this table are written.
fn kill_when_there_are(table: &str, home: &Path, storage: &CampfireStorage) {
    let mut importing = Command::new(env!("CARGO_BIN_EXE_campfire"))
        .env_clear()
        .env("DATA_DIR", home)
        .args(["import", "campfire"])
        .arg(storage.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let unfinished = home.join("importing/campfire.db");
    let begun = || {
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        let connection = rusqlite::Connection::open_with_flags(&unfinished, flags).ok()?;
        let sql = format!("select exists (select 1 from {table})");
        connection.query_row(&sql, [], |row| row.get::<_, bool>(0)).ok()
    };
    let deadline = Instant::now() + 3 * DEADLINE;
    while begun() != Some(true) {
        assert!(importing.try_wait().unwrap().is_none(), "it was done before {table}");
        assert!(Instant::now() < deadline, "{table} did not come");
        std::thread::sleep(Duration::from_millis(2));
    }
    importing.kill().unwrap();
    importing.wait().unwrap();
}

#[test]
fn an_interrupted_import_goes_on_and_a_second_one_is_refused() {
    let storage = CampfireStorage::new();
    storage.user(1, "david", PASSWORD, 1, 0);
    storage.room(1, "Open", Some("HQ"), &[1]);
    storage.many_messages(1, 12_000, 1, 1, "<div>Message #</div>");
    for n in 1..=120 {
        storage.file(n, ("Message", n * 7, "attachment"), &format!("{n}.txt"), b"A short one");
    }
    let home = tempfile::tempdir().unwrap();
    for table in ["messages", "attachments", "search_entries"] {
        kill_when_there_are(table, home.path(), &storage);
        assert!(!home.path().join("campfire.db").exists(), "{table}: taken for the whole");
        let refusal = refused_start_on(home.path());
        assert!(refusal.line().contains("is not finished. Run it again"), "{}", refusal.line());
    }

    let last = import(home.path(), &storage, &[]);
    assert_eq!(last.code, 0, "{}", last.stderr);
    assert!(last.stdout.contains("12000  messages"), "{}", last.stdout);
    assert!(last.stdout.contains("120  files\n"), "{}", last.stdout);
    assert!(!last.stdout.contains("differently"), "{}", last.stdout);
    assert!(!home.path().join("importing").exists());
    let another = import(home.path(), &storage, &[]);
    assert_eq!(another.code, 1);
    assert!(another.stderr.contains("There are people in"), "{}", another.stderr);
    assert!(!home.path().join("importing").exists(), "a refusal leaves nothing behind");
    let stored = Database::open(&home.path().join("campfire.db"));
    assert_eq!(stored.count("messages"), 12_000);
    assert_eq!(stored.count("attachments"), 120);
    stored.assert_sound();
    let verified = run(home.path(), &["verify"], "");
    assert_eq!(verified.code, 0, "{}{}", verified.stdout, verified.stderr);
}

#[test]
fn what_may_not_be_read_or_written_is_named() {
    let storage = honcho();
    let file = storage.file(1, ("Message", 101, "attachment"), "secret.txt", b"Nobody reads this");
    let locked = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let home = tempfile::tempdir().unwrap();
    // Whoever runs the tests may be allowed everything.
    let import = || {
        let way = without_powers();
        let output = Command::new(way[0])
            .args(&way[1..])
            .args([env!("CARGO_BIN_EXE_campfire"), "import", "campfire"])
            .arg(storage.path())
            .env("DATA_DIR", home.path())
            .output()
            .unwrap();
        String::from_utf8(output.stderr).unwrap()
    };
    locked(&file, 0o000);
    let refusal = import();
    assert!(refusal.contains("cannot be read") && refusal.contains("k1y"), "{refusal}");
    assert_eq!(refusal.lines().count(), 1, "{refusal}");
    std::fs::remove_dir_all(home.path().join("importing")).unwrap();
    locked(home.path(), 0o500);
    let refusal = import();
    locked(home.path(), 0o700);
    assert!(refusal.contains("cannot be"), "{refusal}");
    assert_eq!(refusal.lines().count(), 1, "{refusal}");
}

/// The import and what comes after it run where a small disk is mounted for them alone.
#[test]
fn on_a_full_disk_it_ends_in_one_sentence_and_goes_on_when_there_is_room() {
    let storage = CampfireStorage::new();
    storage.user(1, "david", PASSWORD, 1, 0);
    storage.room(1, "Open", Some("HQ"), &[1]);
    storage.many_messages(1, 20_000, 1, 1, "<div>Message # of very many</div>");
    let bytes: Vec<u8> = (0..900_000_u32).map(|n| (n * 7 % 251) as u8).collect();
    for id in 1..=12 {
        storage.file(id, ("Message", id, "attachment"), "large.bin", &bytes);
    }
    storage.sql("pragma wal_checkpoint(truncate)");
    let home = tempfile::tempdir().unwrap();
    let script = "mount -t tmpfs -o size=24m none \"$DATA_DIR\" || exit 77
        \"$0\" import campfire \"$1\"; echo first $?
        test -e \"$DATA_DIR/campfire.db\" && echo too early
        mount -o remount,size=200m none \"$DATA_DIR\"
        \"$0\" import campfire \"$1\" && \"$0\" verify && echo all is there";
    let output = script_with_mounts(script)
        .arg(env!("CARGO_BIN_EXE_campfire"))
        .arg(storage.path())
        .env("DATA_DIR", home.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("first 1\n") && !said.contains("too early"), "{said}{complained}");
    let complaints: Vec<&str> =
        complained.lines().filter(|line| line.starts_with("campfire: ")).collect();
    assert_eq!(complaints.len(), 1, "{complained}");
    assert!(
        complaints[0].contains("full") || complaints[0].contains("No space left"),
        "{}",
        complaints[0]
    );
    assert!(said.contains("20000  messages") && said.contains("12  files\n"), "{said}");
    assert!(said.contains("all is there"), "{said}{complained}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_with_a_server_on_it_is_left_alone() {
    let app = App::start();
    let storage = honcho();
    let ran = import(&app.data_dir(), &storage, &[]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("Another Campfire is using"), "{}", ran.stderr);
    assert!(!app.data_dir().join("importing").exists());
    app.first_run().await;
    assert_eq!(run(&app.data_dir(), &["users"], "").code, 0);
}
