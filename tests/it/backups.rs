//! Backups are whole, made while people talk, and become a server again.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use image::ImageFormat;
use reqwest::Method;
use reqwest::multipart::{Form, Part};

use crate::support::database::{Database, alter_stopped};
use crate::support::samples::picture;
use crate::support::spaces::script_with_mounts;
use crate::support::verb::{Ran, run, run_with};
use crate::support::{App, DEADLINE, Person, fresh_uuid, within};

fn backup(app: &App, folder: &Path) -> PathBuf {
    let ran = run(&app.data_dir(), &["backup", folder.to_str().unwrap()], "");
    place_in(&ran)
}

/// Where the backup is that a run of the verb speaks of.
#[track_caller]
fn place_in(ran: &Ran) -> PathBuf {
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    ran.stdout.split(": a database of").next().unwrap().into()
}

#[track_caller]
fn expect_sound(path: &Path) {
    let ran = run(path, &["verify", path.to_str().unwrap()], "");
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
}

fn restore(home: &Path, backup: &Path) -> Ran {
    run(home, &["restore", backup.to_str().unwrap()], "")
}

async fn post_file(person: &Person, text: &str, name: &str, bytes: &[u8]) -> i64 {
    let part = Part::bytes(bytes.to_vec()).file_name(name.to_owned());
    let form = Form::new()
        .text("body", text.to_owned())
        .text("client_message_id", fresh_uuid())
        .part("attachments", part);
    let answer =
        person.send(person.request(Method::POST, "/rooms/1/messages").multipart(form)).await;
    let to = answer.expect(303).location();
    to.rsplit('_').next().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_before_a_backup_under_load_is_in_it() {
    let app = App::start();
    let ada = app.first_run().await;
    let (stop, mut posting) = (Arc::new(AtomicBool::new(false)), tokio::task::JoinSet::new());
    for name in ["Grace", "Linus", "Barbara"] {
        let (person, stop) = (app.join(name).await, stop.clone());
        posting.spawn(async move {
            let mut n = 0;
            while !stop.load(Ordering::Relaxed) {
                n += 1;
                if n % 4 == 0 {
                    let id = post_file(&person, "With a file", "notes.txt", b"Some notes").await;
                    let path = format!("/rooms/1/messages/{id}/delete");
                    person.post_form::<&str>(&path, &[]).await.expect(303);
                } else {
                    person.post(1, "Talking on").await;
                }
            }
            n
        });
    }
    // A picture that gives way to another one is deleted at once: but not while a backup wants it.
    let (vain, stopping) = (app.join("Vera").await, stop.clone());
    posting.spawn(async move {
        let mut n = 0;
        while !stopping.load(Ordering::Relaxed) {
            n += 1;
            let picture = Part::bytes(picture(16 + n, 16, ImageFormat::Png)).file_name("me.png");
            let form = Form::new().text("name", vain.name.clone()).part("avatar", picture);
            let request = vain.request(Method::POST, "/users/me/profile").multipart(form);
            vain.send(request).await.expect(303);
        }
        n
    });
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..3 {
        let acknowledged = ada.post(1, "Said before").await;
        let data = app.data_dir();
        let into = folder.path().to_str().unwrap().to_owned();
        let made = tokio::task::spawn_blocking(move || run(&data, &["backup", &into], ""));
        let place = place_in(&made.await.unwrap());
        expect_sound(&place);
        let copied = Database::open(&place.join("campfire.db"));
        assert_eq!(copied.count(&format!("messages where id = {acknowledged}")), 1);
        copied.assert_sound();

        let home = tempfile::tempdir().unwrap();
        let restored = restore(home.path(), &place);
        assert_eq!(restored.code, 0, "{}{}", restored.stdout, restored.stderr);
        expect_sound(home.path());
    }
    stop.store(true, Ordering::Relaxed);
    while let Some(posted) = posting.join_next().await {
        assert!(posted.unwrap() > 1, "somebody could not talk");
    }
    app.database().assert_sound();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_server_has_the_people_the_files_and_its_own_past() {
    let mut app = App::start();
    let ada = app.first_run().await;
    let bot = ada.make_bot("Bender").await;
    post_file(&ada, "Read this", "plan <b>.txt", b"The plan").await;
    let before = ada.post(1, "Before the backup").await;
    let cursor_before = ada.cursor(1).await;
    let place = backup(&app, &app.data_dir().join("backups"));
    assert!(place.file_name().unwrap().to_str().unwrap().starts_with("backup-"));
    let lost = ada.post(1, "After the backup").await;
    let cursor_after = ada.cursor(1).await;
    assert!(cursor_after > cursor_before);
    let epoch = |page: &str| {
        page.split("data-epoch=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    };
    let old_epoch = epoch(&ada.room_page(1).await.text());
    app.kill9();

    let moved = tempfile::tempdir().unwrap();
    let there = moved.path().join("old");
    std::fs::rename(app.data_dir(), &there).unwrap();
    let place = there.join("backups").join(place.file_name().unwrap());
    // What a crash left beside a database that is gone must not get into the restored one.
    std::fs::create_dir(app.data_dir()).unwrap();
    for name in ["campfire.db-wal", "campfire.db-shm"] {
        let size = std::fs::copy(there.join(name), app.data_dir().join(name)).unwrap();
        assert!(size > 4_096, "there is a log to be afraid of");
    }
    let restored = restore(&app.data_dir(), &place);
    assert_eq!(restored.code, 0, "{}{}", restored.stdout, restored.stderr);
    expect_sound(&app.data_dir());
    app.start_again();

    // The sign-in from before is good, as the secrets came along; the bot's key is, too.
    let page = ada.room_page(1).await.text();
    assert!(page.contains("Before the backup") && !page.contains("After the backup"));
    assert_ne!(epoch(&page), old_epoch, "cursors from after the backup can be told apart");
    bot.post(1, "Still here").await.expect(201);
    let path = page.split("href=\"/files/").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(ada.get(&format!("/files/{path}")).await.expect(200).bytes(), b"The plan");
    let next = ada.post(1, "A new life").await;
    assert!(next > before && next >= lost, "numbers go on");

    // Somebody who saw more than the copy knows is sent the list anew.
    let path = format!("/live?room=1&cursor={cursor_after}&epoch={old_epoch}");
    let mut socket = ada.socket(&path).await.unwrap();
    within("the list anew", socket.wait_for("A new life")).await;
    app.database().assert_sound();
}

#[tokio::test(flavor = "multi_thread")]
async fn nightly_backups_are_made_and_only_so_many_kept() {
    let in_two_seconds = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(3);
    let at = in_two_seconds.strftime("%H:%M:%S").to_string();
    let mut app = App::with(|settings| {
        settings.set("BACKUP_AT", &at).set("BACKUPS_KEPT", "2");
    });
    app.first_run().await;
    let folder = app.data_dir().join("backups");
    let names = || {
        let entries = std::fs::read_dir(&folder).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    for old in ["nightly-2020-01-01T03-00-00Z", "nightly-2020-01-02T03-00-00Z"] {
        std::fs::create_dir(folder.join(old)).unwrap();
    }
    for other in ["backup-2020-01-01T03-00-00Z", "nightly-2020-01-03T03-00-00Z.part"] {
        std::fs::create_dir(folder.join(other)).unwrap();
    }
    let asked = Instant::now();
    while !app.log().contains("a backup was made") {
        assert!(asked.elapsed() < DEADLINE, "{:?}", names());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let asked = Instant::now();
    while names().len() > 3 {
        assert!(asked.elapsed() < DEADLINE, "{:?}", names());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let names = names();
    assert_eq!(names[..2], ["backup-2020-01-01T03-00-00Z", "nightly-2020-01-02T03-00-00Z"]);
    expect_sound(&folder.join(&names[2]));
    app.restart().await;
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 3, "one a day is enough");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_server_is_backed_up_and_what_is_wrong_is_said() {
    let mut app = App::start();
    let ada = app.first_run().await;
    post_file(&ada, "Read this", "plan.txt", b"The plan").await;
    app.term_and_wait().await;
    let folder = tempfile::tempdir().unwrap();
    let sound = backup(&app, folder.path());
    expect_sound(&sound);
    for private in [&sound, &sound.join("campfire.db"), &sound.join("secrets.toml")] {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(private.metadata().unwrap().permissions().mode() & 0o077, 0, "{private:?}");
    }

    let refused = |home: &Path, backup: &Path, words: &str| {
        let ran = restore(home, backup);
        assert_eq!(ran.code, 1, "{}", ran.stdout);
        assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
        assert!(ran.stderr.contains(words), "{}", ran.stderr);
    };
    refused(&app.data_dir(), &sound, "There are people in");
    let home = tempfile::tempdir().unwrap();
    refused(home.path(), &folder.path().join("none"), "There is no database at");

    // A file that is gone is said, and all else is restored.
    let files = sound.join("files");
    let shelf = std::fs::read_dir(&files).unwrap().next().unwrap().unwrap().path();
    let file = std::fs::read_dir(&shelf).unwrap().next().unwrap().unwrap().path();
    std::fs::remove_file(&file).unwrap();
    let partly = restore(home.path(), &sound);
    assert_eq!(partly.code, 1, "{}", partly.stdout);
    assert!(partly.stdout.contains("PROBLEM  files        attachment 1"), "{}", partly.stdout);
    assert!(home.path().join("campfire.db").exists());

    let database = std::fs::read(sound.join("campfire.db")).unwrap();
    std::fs::write(sound.join("campfire.db"), &database[..database.len() / 2]).unwrap();
    let other = tempfile::tempdir().unwrap();
    refused(other.path(), &sound, "is damaged");
    assert!(!other.path().join("campfire.db").exists(), "nothing was put into place");
    std::fs::write(sound.join("campfire.db"), "no database at all, but some bytes").unwrap();
    refused(other.path(), &sound, "is damaged");

    // A database alone, as others copy it, is restored without its files.
    alter_stopped(&app.data_dir(), "delete from attachments");
    let alone = folder.path().join("alone.db");
    std::fs::copy(app.data_dir().join("campfire.db"), &alone).unwrap();
    let restored = restore(other.path(), &alone);
    assert_eq!(restored.code, 0, "{}{}", restored.stdout, restored.stderr);
    expect_sound(other.path());
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_can_be_written_nothing_is_left() {
    let app = App::start();
    app.first_run().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "in the way").unwrap();
    let ran = run(&app.data_dir(), &["backup", file.to_str().unwrap()], "");
    assert_eq!(ran.code, 1);
    assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
    assert!(ran.stderr.contains(file.to_str().unwrap()), "{}", ran.stderr);
    let wrong = run_with(&app.data_dir(), &[("BACKUP_AT", "25:00")], &["users"], "");
    assert!(wrong.code == 2 && wrong.stderr.contains("25:00"), "{}", wrong.stderr);
}

/// The small disk is mounted for the verb alone.
#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_a_backup_leaves_nothing_behind() {
    let mut app = App::start();
    app.first_run().await;
    app.term_and_wait().await;
    let small = tempfile::tempdir().unwrap();
    let script = "mount -t tmpfs -o size=100k none \"$1\" || exit 77
        \"$0\" backup \"$1\"; echo code $?; echo left: $(ls -A \"$1\")";
    let output = script_with_mounts(script)
        .arg(env!("CARGO_BIN_EXE_campfire"))
        .arg(small.path())
        .env("DATA_DIR", app.data_dir())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("code 1\nleft:\n"), "{said}{complained}");
    assert!(complained.contains("full"), "{complained}");
    assert_eq!(complained.lines().count(), 1, "{complained}");
}
