//! Files that mean harm, servers that die, disks that are full: nothing half is left, nobody else
//! notices much.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use image::ImageFormat;
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::samples::{gif_that_lies, moving, picture, png_bomb};
use crate::support::spaces::script_with_mounts;
use crate::support::{App, Person, fresh_uuid, within};

/// What a process and its children have in memory, in MiB.
pub fn resident(process_id: u32) -> u64 {
    let status = |id: &str| std::fs::read_to_string(format!("/proc/{id}/status"));
    let size = |id: &str| -> u64 {
        let status = status(id).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
    };
    let tasks = format!("/proc/{process_id}/task");
    let children: Vec<String> = std::fs::read_dir(tasks)
        .map(|tasks| {
            tasks
                .flatten()
                .filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok())
                .flat_map(|list| list.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
                .collect()
        })
        .unwrap_or_default();
    let sum: u64 = children.iter().map(|id| size(id)).sum();
    (size(&process_id.to_string()) + sum) / 1024
}

async fn send(person: &Person, name: &str, bytes: Vec<u8>) -> u16 {
    let part = Part::bytes(bytes).file_name(name.to_owned());
    let form = Form::new().part("attachments", part).text("client_message_id", fresh_uuid());
    let request = person.request(Method::POST, "/rooms/1/messages").multipart(form);
    person.send(request).await.status()
}

/// Posts for a while, one after the other; gives how long each took, sorted.
async fn pace(person: &Person, count: usize) -> Vec<Duration> {
    let mut took = Vec::new();
    for n in 0..count {
        let started = Instant::now();
        person.post(1, &format!("Number {n}")).await;
        took.push(started.elapsed());
    }
    took.sort();
    took
}

fn at(took: &[Duration], share: usize) -> Duration {
    took[(took.len() * share / 100).min(took.len() - 1)]
}

#[tokio::test]
async fn fifty_bombs_at_once_take_little_memory() {
    let (huge, lie) = (png_bomb(20_000, 20_000), gif_that_lies());
    let photo = picture(1_500, 1_000, ImageFormat::Jpeg);
    let bombs = [
        ("huge.png", huge.clone()),
        ("lie.gif", lie.clone()),
        ("large.png", png_bomb(7_000, 7_000)),
        ("photo.jpg", photo.clone()),
        ("frames.gif", moving(400, 400, 190)),
        ("huge.png", huge),
        ("lie.gif", lie),
        ("wide.png", png_bomb(29_000, 1_700)),
        ("photo.jpg", photo.clone()),
        ("photo.jpg", photo),
    ];
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let before = pace(&grace, 100).await;
    let idle = resident(app.process_id());
    let watched = app.process_id();
    let (stop, mut stopped) = tokio::sync::oneshot::channel::<()>();
    let watch = tokio::spawn(async move {
        let mut most = 0;
        while stopped.try_recv().is_err() {
            most = most.max(resident(watched));
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        most
    });
    let senders: Vec<_> = (0..50)
        .map(|n| {
            let (ada, (name, bytes)) = (ada.clone(), bombs[n % bombs.len()].clone());
            tokio::spawn(async move { send(&ada, name, bytes).await })
        })
        .collect();
    let meanwhile = pace(&grace, 100).await;
    for sender in senders {
        assert_eq!(sender.await.unwrap(), 303);
    }
    let waiting = "attachments where preview = 'pending'";
    let started = Instant::now();
    while app.database().count(waiting) > 0 {
        // Fifty pictures on a machine that has other things to do.
        assert!(started.elapsed() < Duration::from_secs(600), "the copies are never done");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    stop.send(()).unwrap();
    let most = watch.await.unwrap();
    println!(
        "memory: {idle} MiB idle, {most} MiB at most; posting: {:?} / {:?} before, {:?} / {:?} meanwhile (median / p99)",
        at(&before, 50),
        at(&before, 99),
        at(&meanwhile, 50),
        at(&meanwhile, 99),
    );
    assert!(most <= idle + 400, "{idle} MiB idle, {most} MiB under bombs");
    let ready: i64 = app.database().count("attachments where preview = 'ready'");
    assert!(ready >= 10, "the honest pictures are shown: {ready}");
    assert_eq!(app.database().count("attachments where preview = 'none'"), 20);
    ada.get("/health").await.expect(200);
}

#[tokio::test]
async fn a_server_killed_in_the_middle_leaves_nothing_behind() {
    let mut app = App::start();
    let ada = app.first_run().await;
    send(&ada, "kept.txt", b"kept".to_vec()).await;
    let held = app.stored_files();
    for round in 0..3 {
        let mut lines = Vec::new();
        for _ in 0..4 {
            lines.push(half_an_upload(&app, &ada).await);
        }
        within("half a file", async {
            while app.stored_files() < held + 4 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
        .await;
        app.kill9();
        drop(lines);
        // As if it had been killed between the file and its row.
        let shelf = app.data_dir().join("files/ab");
        std::fs::create_dir_all(&shelf).unwrap();
        std::fs::write(shelf.join(format!("ab{round:030x}")), b"nobody's").unwrap();
        app.start_again();
        within("the sweep", async {
            while app.stored_files() > held {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await;
    }
    assert_eq!(app.stored_files(), held);
    let path: String = app.database().one("select storage_key from attachments", []);
    let file = app.data_dir().join("files").join(&path[..2]).join(&path);
    assert_eq!(std::fs::read(file).unwrap(), b"kept");
}

/// A connection on which the first half of a large file has been sent.
async fn half_an_upload(app: &App, person: &Person) -> TcpStream {
    let mut line = TcpStream::connect(app.host()).await.unwrap();
    let head = format!(
        "POST /rooms/1/messages HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\nContent-Length: 4000000\r\n\
         Content-Type: multipart/form-data; boundary=x\r\n\r\n\
         --x\r\nContent-Disposition: form-data; name=\"attachments\"; filename=\"a.bin\"\r\n\r\n",
        app.host(),
        person.cookies()
    );
    line.write_all(head.as_bytes()).await.unwrap();
    line.write_all(&vec![7; 1_000_000]).await.unwrap();
    line
}

#[tokio::test]
async fn a_sender_who_breaks_off_leaves_nothing_behind() {
    let app = App::start();
    let ada = app.first_run().await;
    let line = half_an_upload(&app, &ada).await;
    within("half a file", async {
        while app.stored_files() == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    drop(line);
    within("its end", async {
        while app.stored_files() > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    assert_eq!(app.database().count("messages"), 0);
}

#[tokio::test]
async fn forms_that_make_no_sense_cost_nothing() {
    let app = App::start();
    let ada = app.first_run().await;
    let part =
        "--x\r\nContent-Disposition: form-data; name=\"attachments\"; filename=\"a\"\r\n\r\n";
    let endless_head = format!("--x\r\nX-Long: {}", "h".repeat(300_000));
    let endless_start = "z".repeat(300_000);
    for body in [
        "",
        "--x--",
        "--x\r\n\r\n\r\n--x--",
        "no boundary at all",
        part,
        &format!("{part}content"),
        &format!("{part}content\r\n--y--"),
        "--x\r\nContent-Disposition: form-data; name=\"body\"\r\n\r\n\u{FFFD}\r\n--x--",
        // These last: the line is closed behind them.
        &endless_head,
        &endless_start,
    ] {
        let request = ada.request(Method::POST, "/rooms/1/messages");
        let request = request.header("Content-Type", "multipart/form-data; boundary=x");
        let answer = ada.try_send(request.body(body.to_owned())).await;
        let posted = body.contains("\"body\"");
        let status = if posted { 303 } else { 422 };
        match answer {
            Ok(answer) => assert_eq!(answer.status(), status, "{body:.60}"),
            // What was still on its way is not listened to.
            Err(error) => assert!(body.len() > 100_000, "{body:.60}: {error:?}"),
        }
    }
    assert_eq!(app.stored_files(), 0);
    assert_eq!(app.database().count("messages"), 1);
}

#[tokio::test]
async fn what_was_removed_stays_for_a_day_and_every_named_file_is_known() {
    let app = App::start();
    let ada = app.first_run().await;
    send(&ada, "gone.txt", b"gone".to_vec()).await;
    ada.post_form::<&str>("/rooms/1/messages/1/delete", &[]).await.expect(303);
    ada.get("/files/1/gone.txt").await.expect(404);
    let wait: i64 =
        app.database().one("select run_at - created_at from jobs where kind = 'remove_files'", []);
    assert_eq!(wait, 24 * 60 * 60 * 1_000);
    assert_eq!(app.stored_files(), 1);
    // Whoever adds a column that names a stored file has to tell the sweep.
    let columns: Vec<String> = app.database().all(
        "select tables.name || '.' || columns.name
         from sqlite_schema tables, pragma_table_info(tables.name) columns
         where tables.type = 'table'
           and (columns.name like '%\\_key' escape '\\' or columns.name like '%\\_path' escape '\\')
         order by 1",
        [],
    );
    let sweep = include_str!("../../src/queries/files.rs");
    let not_files = ["p256dh_key", "auth_key", "direct_key"];
    for column in columns {
        let name = column.split('.').nth(1).unwrap();
        let known = not_files.contains(&name) || sweep.contains(name);
        assert!(known, "{column}: name it in src/queries/files.rs, or its files are swept away");
    }
}

#[tokio::test]
async fn a_film_gets_its_picture_and_fetches_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let Some(film) = film(folder.path()) else {
        println!("without ffmpeg there are no films to try");
        return;
    };
    let secret = folder.path().join("secret.txt");
    std::fs::write(&secret, "secret").unwrap();
    let canary = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = canary.local_addr().unwrap();
    let playlist = format!("#EXTM3U\n#EXTINF:1,\nhttp://{address}/a.ts\n#EXT-X-ENDLIST\n");
    let list =
        format!("ffconcat version 1.0\nfile '{}'\nfile 'http://{address}/'\n", secret.display());
    let app = App::start();
    let ada = app.first_run().await;
    assert_eq!(send(&ada, "film.mp4", film).await, 303);
    send(&ada, "list.m3u8", playlist.into_bytes()).await;
    send(&ada, "list.mp4", list.into_bytes()).await;
    // It begins like a film and goes on like a playlist.
    let mut both = b"\0\0\0\x18ftypisom\0\0\x02\0isomiso2".to_vec();
    both.extend(format!("#EXTM3U\n#EXTINF:1,\nhttp://{address}/b.ts\n").into_bytes());
    send(&ada, "both.mp4", both).await;
    within("the picture", async {
        while app.database().count("attachments where preview = 'pending'") > 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
    let previews: Vec<String> =
        app.database().all("select preview from attachments order by id", []);
    assert_eq!(previews, ["ready", "none", "none", "failed"]);
    let page = ada.room_page(1).await.text();
    assert!(page.contains("poster=\"/files/1/thumbnail\""));
    let poster = ada.get("/files/1/thumbnail").await.expect(200);
    assert_eq!(image::load_from_memory(poster.bytes()).unwrap().width(), 320);
    let called = tokio::time::timeout(Duration::from_millis(200), canary.accept()).await;
    assert!(called.is_err(), "somebody was called");
}

/// A film of a second, if there is a program to make one.
fn film(folder: &Path) -> Option<Vec<u8>> {
    let path = folder.join("film.mp4");
    let made = Command::new("ffmpeg")
        .args(["-loglevel", "error", "-f", "lavfi", "-i", "testsrc=size=320x240:rate=5"])
        .args(["-t", "1", "-pix_fmt", "yuv420p", "-c:v", "mpeg4"])
        .arg(&path)
        .status();
    made.ok().filter(|status| status.success())?;
    std::fs::read(path).ok()
}

/// Text still goes where files do not fit any more. The server runs on a small disk of its own.
#[tokio::test]
async fn a_full_disk_is_said_and_words_still_go() {
    let root = tempfile::tempdir().unwrap();
    let data = root.path().join("data");
    std::fs::create_dir_all(data.join("files")).unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let script = format!(
        "mount -t tmpfs -o size=3m none '{0}/files' && exec '{1}' serve",
        data.display(),
        env!("CARGO_BIN_EXE_campfire")
    );
    let mut server = script_with_mounts(&script)
        .env("DATA_DIR", &data)
        .env("BIND", format!("127.0.0.1:{port}"))
        .env("RATE_LIMITS", "off")
        .spawn()
        .unwrap();
    let url = format!("http://127.0.0.1:{port}");
    let ada = Person::new("Ada", &url);
    let up = async {
        loop {
            if server.try_wait().unwrap().is_some() {
                panic!("the server on a small disk did not start");
            }
            if let Ok(mut line) = TcpStream::connect(("127.0.0.1", port)).await {
                line.write_all(b"GET /up HTTP/1.0\r\n\r\n").await.unwrap();
                let mut answer = Vec::new();
                if line.read_to_end(&mut answer).await.is_ok() && !answer.is_empty() {
                    return;
                }
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    within("the server on a small disk", up).await;
    ada.post_form("/first_run", &ada.details()).await.expect(303);
    assert_eq!(send(&ada, "fits.bin", vec![7; 2_000_000]).await, 303);
    for _ in 0..3 {
        let part = Part::bytes(vec![7; 2_000_000]).file_name("a.bin");
        let form = Form::new().part("attachments", part).text("body", "Kept words");
        let request = ada.request(Method::POST, "/rooms/1/messages").multipart(form);
        let refused = ada.send(request).await.expect(507).text();
        assert!(refused.contains("There is no room left for files on this server."), "{refused}");
        assert!(refused.contains("Kept words</textarea>"));
    }
    ada.post(1, "Words go on").await;
    // Nothing half is in the way of what still fits.
    assert_eq!(send(&ada, "fits.bin", vec![7; 700_000]).await, 303);
    server.kill().unwrap();
    server.wait().unwrap();
}
