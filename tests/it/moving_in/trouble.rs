//! What goes wrong at the machine: a disk that is full halfway, a directory that is in use.

use std::process::Command;

use super::{PASSWORD, honcho, import};
use crate::support::verb::run;
use crate::support::{App, CampfireStorage};

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
    let output = Command::new("unshare")
        .args(["-Urm", "sh", "-c", script, env!("CARGO_BIN_EXE_campfire")])
        .arg(storage.path())
        .env("DATA_DIR", home.path())
        .output()
        .unwrap();
    if matches!(output.status.code(), Some(1 | 77)) && output.stdout.is_empty() {
        println!("this machine lets nobody mount a small disk");
        return;
    }
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
