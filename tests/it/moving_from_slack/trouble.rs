//! What is refused, and what goes wrong halfway: one sentence each, and nothing half done.

use std::io::{Cursor, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{import, team};
use crate::support::app::refused_start_on;
use crate::support::database::Database;
use crate::support::spaces::script_with_mounts;
use crate::support::verb::run;
use crate::support::{App, SlackExport};

fn refused(home: &Path, export: &Path) -> String {
    let ran = import(home, export, &[]);
    assert_eq!(ran.code, 1, "{}", ran.stdout);
    assert_eq!(ran.stderr.trim().lines().count(), 1, "{}", ran.stderr);
    assert!(!home.join("campfire.db").exists());
    ran.stderr
}

fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn what_is_no_export_is_refused_in_one_sentence() {
    let home = tempfile::tempdir().unwrap();
    let refused = |export: &Path| refused(home.path(), export);
    let team = team();
    assert!(
        refused(&team.directory().join("nothing.zip")).contains("cannot be read: No such file")
    );
    assert!(refused(team.directory()).contains("is a directory. Name the zip file"));
    assert!(refused(&team.written(b"Dear operator")).contains("not a whole zip archive"));
    let whole = team.packed_below("");
    let truncated = team.written(&whole[..whole.len() * 2 / 3]);
    assert!(refused(&truncated).contains("not a whole zip archive"));
    let other = team.written(&zip_of(&[("holiday.txt", b"sun")]));
    assert!(refused(&other).contains("is not an export from Slack"));
    let leading_out = [("users.json", &b"[]"[..]), ("channels.json", b"[]"), ("../../x", b"x")];
    assert!(refused(&team.written(&zip_of(&leading_out))).contains("“../../x”, which leads out"));
    let zeros = vec![b' '; 64 * 1024 * 1024];
    let bomb = [("users.json", &b"[]"[..]), ("channels.json", &zeros)];
    assert!(refused(&team.written(&zip_of(&bomb))).contains("would unpack to 67108864 bytes"));
    let torn = [("users.json", &b"[{\"id\":"[..]), ("channels.json", b"[]")];
    assert!(
        refused(&team.written(&zip_of(&torn)))
            .contains("“users.json” in the export cannot be read")
    );

    let mut flipped = zip_of(&[("users.json", b"[]"), ("channels.json", &b"[ ]".repeat(1000))]);
    let at = flipped.windows(13).position(|w| w == b"channels.json").unwrap() + 20;
    flipped[at] ^= 0xff;
    assert!(refused(&team.written(&flipped)).contains("“channels.json” in the export is damaged"));
    assert_eq!(import(home.path(), &team.path(), &[]).code, 0, "and then a good one");
}

#[test]
fn an_export_that_lies_about_its_sizes_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let team = team();
    let long = vec![b' '; 500_000];
    let mut lying = zip_of(&[("users.json", b"[]"), ("channels.json", &long)]);
    for at in 0..lying.len() - 4 {
        if lying[at..at + 4] == 500_000_u32.to_le_bytes() {
            lying[at..at + 4].copy_from_slice(&100_u32.to_le_bytes());
        }
    }
    let said = refused(home.path(), &team.written(&lying));
    assert!(said.contains("“channels.json” in the export is damaged"), "{said}");
}

/// Run by somebody who may read everything, this says so and tries the rest.
#[test]
fn what_may_not_be_read_or_written_is_said() {
    use std::os::unix::fs::PermissionsExt;
    let team = team();
    let path = team.path();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::File::open(&path).is_err() {
        let home = tempfile::tempdir().unwrap();
        assert!(refused(home.path(), &path).contains("cannot be read: Permission denied"));
    } else {
        println!("whoever runs this may read everything");
    }
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    let ran = import(Path::new("/proc/nowhere"), &path, &[]);
    assert_eq!((ran.code, ran.stderr.trim().lines().count()), (1, 1), "{}", ran.stderr);
    assert!(ran.stderr.contains("cannot be made"), "{}", ran.stderr);
}

fn many(count: u32) -> SlackExport {
    let mut team = team();
    for n in 0..count {
        let ts = format!("{}.{n:06}", 1_600_100_000 + n / 10);
        team.say("general", &ts, "U1", &format!("Message {n} of *very* many"), json!({}));
    }
    team
}

#[test]
fn an_interrupted_import_goes_on_and_a_second_one_is_refused() {
    let path = many(12_000);
    let path = (path.path(), path);
    let home = tempfile::tempdir().unwrap();
    let mut first = Command::new(env!("CARGO_BIN_EXE_campfire"))
        .env_clear()
        .env("DATA_DIR", home.path())
        .args(["import", "slack"])
        .arg(&path.0)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let unfinished = home.path().join("importing/campfire.db");
    let begun = || {
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        let connection = rusqlite::Connection::open_with_flags(&unfinished, flags).ok()?;
        connection.query_row("select count(*) from messages", [], |row| row.get::<_, i64>(0)).ok()
    };
    let deadline = std::time::Instant::now() + crate::support::DEADLINE;
    while begun().is_none_or(|count| count == 0) && first.try_wait().unwrap().is_none() {
        assert!(std::time::Instant::now() < deadline, "the import did not begin");
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    first.kill().unwrap();
    first.wait().unwrap();
    assert!(!home.path().join("campfire.db").exists(), "nothing a server could take for the whole");
    let refusal = refused_start_on(home.path());
    assert!(refusal.line().contains("is not finished. Run it again"), "{}", refusal.line());

    let second = import(home.path(), &path.0, &[]);
    assert_eq!(second.code, 0, "{}", second.stderr);
    assert!(second.stdout.contains("12008  messages"), "{}", second.stdout);
    let rows = Database::open(&home.path().join("campfire.db"));
    assert_eq!(rows.count("messages"), 12_008);
    assert_eq!(
        rows.count(
            "messages later join messages earlier on earlier.id = later.id - 1
                           where earlier.created_at > later.created_at"
        ),
        0
    );
    rows.assert_sound();
    let third = import(home.path(), &path.0, &[]);
    assert_eq!(third.code, 1);
    assert!(third.stderr.contains("There are people in"), "{}", third.stderr);
    assert!(!home.path().join("importing").exists(), "a refusal leaves nothing behind");
}

#[test]
fn a_dry_run_writes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let ran = import(home.path(), &team().path(), &["--dry-run"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("This would come along") && ran.stdout.contains("8  messages"));
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
}

/// The import and what comes after it run where a small disk is mounted for them alone.
#[test]
fn on_a_full_disk_it_ends_in_one_sentence_and_goes_on_when_there_is_room() {
    let mut team = many(2_000);
    let bytes: Vec<u8> = (0..900_000_u32).map(|n| (n * 7 % 251) as u8).collect();
    for n in 0..16 {
        let (id, ts) = (format!("F{n}"), format!("16002{n:05}.000000"));
        let file = json!({ "id": id, "name": "large.bin", "mode": "hosted" });
        team.say("general", &ts, "U1", "", json!({ "files": [file] }));
        team.file(&format!("__uploads/{id}/large.bin"), &bytes);
    }
    let home = tempfile::tempdir().unwrap();
    let script = "mount -t tmpfs -o size=12m none \"$DATA_DIR\" || exit 77
        \"$0\" import slack \"$1\"; echo first $?
        test -e \"$DATA_DIR/campfire.db\" && echo too early
        mount -o remount,size=200m none \"$DATA_DIR\"
        \"$0\" import slack \"$1\" && echo all is there";
    let path = team.path();
    let output = script_with_mounts(script)
        .arg(env!("CARGO_BIN_EXE_campfire"))
        .arg(&path)
        .env("DATA_DIR", home.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("first 1\n") && !said.contains("too early"), "{said}{complained}");
    let complaints: Vec<&str> =
        complained.lines().filter(|line| line.starts_with("campfire: ")).collect();
    assert_eq!(complaints.len(), 1, "{complained}");
    assert!(complaints[0].contains("full") || complaints[0].contains("No space left"));
    assert!(said.contains("2024  messages") && said.contains("16  files\n"), "{said}");
    assert!(said.contains("all is there"), "{said}{complained}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_with_a_server_on_it_is_left_alone() {
    let app = App::start();
    let ran = import(&app.data_dir(), &team().path(), &[]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("Another Campfire is using"), "{}", ran.stderr);
    assert!(!app.data_dir().join("importing").exists());
    assert_eq!(run(&app.data_dir(), &["users"], "").code, 0);
}
