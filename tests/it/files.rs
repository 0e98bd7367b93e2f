//! Files in messages: taken whole, shown by what their bytes are, served to members alone.

use std::time::{Duration, Instant};

use image::ImageFormat;
use reqwest::Method;
use reqwest::multipart::{Form, Part};

use crate::support::database::alter_stopped;
use crate::support::samples::{
    document, empty_film, gif_and_script, gif_that_lies, moving, picture, png_bomb, silence,
    turned_photograph, zip_bomb,
};
use crate::support::{Answer, App, Person, fresh_uuid, html};

/// Sends a form as a browser without script does.
async fn send(person: &Person, room: i64, text: &str, files: &[(&str, Vec<u8>)]) -> Answer {
    let mut form =
        Form::new().text("body", text.to_owned()).text("client_message_id", fresh_uuid());
    for (name, bytes) in files {
        // What the sender says it is never counts.
        let part = Part::bytes(bytes.clone()).file_name((*name).to_owned());
        form = form.part("attachments", part.mime_str("text/html").unwrap());
    }
    let path = format!("/rooms/{room}/messages");
    person.send(person.request(Method::POST, &path).multipart(form)).await
}

async fn posted(person: &Person, room: i64, text: &str, files: &[(&str, Vec<u8>)]) -> i64 {
    let to = send(person, room, text, files).await.expect(303).location();
    to.rsplit('_').next().unwrap().parse().unwrap()
}

/// The message as the room's page shows it.
async fn shown(person: &Person, room: i64, id: i64) -> String {
    let page = person.room_page(room).await.text();
    let start = page.find(&format!("<article id=\"message_{id}\"")).expect("the message is there");
    let message = &page[start..];
    message[..message.find("</article>").unwrap()].to_owned()
}

/// The message once nothing about it is being prepared any more.
async fn settled(person: &Person, room: i64, id: i64) -> String {
    // Small copies are made when nothing else is to do: a while, on a busy machine.
    let started = Instant::now();
    loop {
        let message = shown(person, room, id).await;
        if !message.contains("<svg width") {
            return message;
        }
        assert!(started.elapsed().as_secs() < 120, "small copies are never done");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The addresses of the files of a message, in order.
fn addresses(message: &str) -> Vec<String> {
    let mut found = Vec::new();
    for part in message.split("href=\"/files/").skip(1) {
        let address = format!("/files/{}", part.split('"').next().unwrap());
        if !found.contains(&address) {
            found.push(address);
        }
    }
    found
}

#[tokio::test]
async fn words_and_ten_files_are_one_message() {
    let app = App::start();
    let ada = app.first_run().await;
    let files: Vec<_> = (0..10).map(|n| (format!("{n}.txt"), vec![b'a' + n])).collect();
    let files: Vec<(&str, Vec<u8>)> =
        files.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    let id = posted(&ada, 1, "All of it", &files).await;
    let message = shown(&ada, 1, id).await;
    assert!(message.contains("All of it"));
    let addresses = addresses(&message);
    assert_eq!(addresses.len(), 10);
    for (n, address) in addresses.iter().enumerate() {
        assert!(address.ends_with(&format!("/{n}.txt")), "{address}");
        assert_eq!(ada.get(address).await.expect(200).bytes(), [b'a' + n as u8]);
    }
    let mut eleven = files.clone();
    eleven.push(("ten.txt", b"k".to_vec()));
    let refused = send(&ada, 1, "Too many", &eleven).await.expect(422).text();
    assert!(refused.contains("at most 10 files") && refused.contains("Too many</textarea>"));
    assert_eq!(app.database().count("messages"), 1);
    assert_eq!(app.stored_files(), 10);
}

#[tokio::test]
async fn files_need_no_words_but_nothing_needs_some() {
    let app = App::start();
    let ada = app.first_run().await;
    let id = posted(&ada, 1, "", &[("notes.txt", b"x".to_vec())]).await;
    let message = shown(&ada, 1, id).await;
    assert!(!message.contains("class=\"body\""), "{message}");
    assert!(message.contains("notes.txt"));
    // A form in which nothing was chosen has an empty part with an empty name.
    let nothing = [("", Vec::new())];
    assert!(send(&ada, 1, "", &nothing).await.expect(422).text().contains("Write something"));
    posted(&ada, 1, "words", &nothing).await;
    assert_eq!(app.stored_files(), 1);
    // Words can be added and taken away again.
    let path = format!("/rooms/1/messages/{id}");
    ada.post_form(&path, &[("body", "look")]).await.expect(303);
    ada.post_form(&path, &[("body", "")]).await.expect(303);
    let found = "select rowid from message_search where message_search match 'notes'";
    assert_eq!(app.database().one::<i64>(found, []), id);
}

#[tokio::test]
async fn every_kind_is_shown_as_what_its_bytes_are() {
    // Made before the server runs: an idle line is not kept for long.
    let kinds = [
        ("a.png", picture(60, 40, ImageFormat::Png), "<img", Some("image/png")),
        ("a.jpg", picture(60, 40, ImageFormat::Jpeg), "<img", Some("image/jpeg")),
        ("a.webp", picture(60, 40, ImageFormat::WebP), "<img", Some("image/webp")),
        ("a.gif", picture(60, 40, ImageFormat::Gif), "<img", Some("image/gif")),
        ("lies.exe", picture(60, 40, ImageFormat::Png), "<img", Some("image/png")),
        ("moves.gif", moving(60, 40, 5), "<picture>", Some("image/gif")),
        ("a.mp4", empty_film(), "<video", Some("video/mp4")),
        ("a.wav", silence(), "<audio", Some("audio/wav")),
        ("a.pdf", document(), "file-name", None),
        ("a.zip", zip_bomb(), "file-name", None),
        ("page.png", b"<!doctype html><script>alert(1)</script>".to_vec(), "file-name", None),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(), "file-name", None),
        ("both.gif", gif_and_script(), "file-name", None),
        ("liar.gif", gif_that_lies(), "file-name", None),
        ("huge.png", png_bomb(20_000, 2_600), "file-name", None),
        ("half.jpg", picture(60, 40, ImageFormat::Jpeg)[..500].to_vec(), "file-name", None),
        ("half.png", picture(60, 40, ImageFormat::Png)[..200].to_vec(), "file-name", None),
        ("empty.png", Vec::new(), "file-name", None),
    ];
    let app = App::start();
    let ada = app.first_run().await;
    for (name, bytes, looks, inline) in kinds {
        let id = posted(&ada, 1, "", &[(name, bytes.clone())]).await;
        let message = settled(&ada, 1, id).await;
        assert!(message.contains(looks), "{name}: {message}");
        let address = addresses(&message).remove(0);
        let served = ada.get(&address).await.expect(200);
        assert_eq!(served.bytes(), bytes, "{name}");
        let kind = inline.unwrap_or("application/octet-stream");
        assert_eq!(served.header("content-type"), kind, "{name}");
        let way = if inline.is_some() { "inline; " } else { "attachment; " };
        assert!(served.header("content-disposition").starts_with(way), "{name}");
        assert_eq!(served.header("x-content-type-options"), "nosniff");
        assert_eq!(served.header("cache-control"), "private, no-cache");
        assert_eq!(served.header("cross-origin-resource-policy"), "same-origin");
        assert!(served.header("content-security-policy").contains("sandbox"), "{name}");
    }
}

#[tokio::test]
async fn a_small_copy_stands_upright_and_tells_nothing() {
    let large = picture(2_400, 1_000, ImageFormat::Jpeg);
    let app = App::start();
    let ada = app.first_run().await;
    let id =
        posted(&ada, 1, "", &[("large.jpg", large), ("turned.jpg", turned_photograph())]).await;
    // The place is kept before the picture is there.
    let first = shown(&ada, 1, id).await;
    assert!(first.contains("width=\"600\" height=\"250\""), "{first}");
    let message = settled(&ada, 1, id).await;
    assert!(message.contains("width=\"600\" height=\"250\""), "{message}");
    assert!(message.contains("width=\"40\" height=\"80\""), "{message}");
    let sources: Vec<&str> = message.split("<img src=\"").skip(1).collect();
    let mut sizes = Vec::new();
    for source in sources {
        let served = ada.get(source.split('"').next().unwrap()).await.expect(200);
        let copy = image::load_from_memory(served.bytes()).unwrap();
        sizes.push((copy.width(), copy.height()));
        assert!(!served.bytes().windows(3).any(|three| three == b"GPS" || three == b"Exi"));
    }
    assert_eq!(sizes, [(1_200, 500), (40, 80)]);
}

#[tokio::test]
async fn a_small_copy_that_is_ready_comes_by_itself() {
    let app = App::start();
    let ada = app.first_run().await;
    let cursor = ada.cursor(1).await;
    let mut socket = ada.live(1, cursor).await;
    let id = posted(&ada, 1, "", &[("a.png", picture(60, 40, ImageFormat::Png))]).await;
    let shown = settled(&ada, 1, id).await;
    socket.wait_for("/thumbnail\"").await;
    assert!(!shown.contains("class=\"edited\""), "nobody edited it");
    // Who was away meanwhile is shown it as well.
    let mut late = ada.live(1, cursor).await;
    late.wait_for("/thumbnail\"").await;
}

#[tokio::test]
async fn a_small_copy_that_is_given_up_leaves_a_file_by_its_name() {
    let mut app = App::start();
    let ada = app.first_run().await;
    for name in ["often.png", "late.png"] {
        let id = posted(&ada, 1, "", &[(name, picture(60, 40, ImageFormat::Png))]).await;
        settled(&ada, 1, id).await;
    }
    let cursor = ada.cursor(1).await;
    app.term_and_wait().await;
    // As if the one had been tried for the last time but one, and the other for a whole day.
    let sql = "update attachments set preview = 'pending', thumbnail_key = null;
         insert into jobs (kind, payload, attempts, run_at, drop_at, created_at)
         select 'make_preview', json_object('kind', 'make_preview', 'attachment_id', id),
             iif(id = 1, 23, 1), 0, iif(id = 1, 9000000000000000, 1), 0 from attachments";
    alter_stopped(&app.data_dir(), sql);
    for shelf in std::fs::read_dir(app.data_dir().join("files")).unwrap().flatten() {
        std::fs::remove_dir_all(shelf.path()).unwrap();
    }
    app.start_again();
    let ada = ada.at_another_browser().await;
    let mut socket = ada.live(1, cursor).await;
    for id in [1, 2] {
        let named = |frame: &str| {
            frame.contains(&format!("id=\"message_{id}\"")) && frame.contains("attachment file")
        };
        let frame = socket.wait_for_frame("a file by its name", named).await;
        assert!(!frame.contains("<svg width"), "{frame}");
    }
    assert!(!ada.room_page(1).await.text().contains("<svg width"));
    assert_eq!(app.database().count("jobs where kind = 'make_preview'"), 0);
}

#[tokio::test]
async fn who_is_no_longer_in_the_room_gets_nothing() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let linus = app.join("Linus").await;
    let fields = [("name", "Workshop"), ("user_ids", "2")];
    let room = ada.post_form("/rooms/closeds", &fields).await.expect(303).location();
    let room: i64 = room.rsplit('/').next().unwrap().parse().unwrap();
    let id = posted(&ada, room, "", &[("a.png", picture(60, 40, ImageFormat::Png))]).await;
    let file = addresses(&settled(&ada, room, id).await).remove(0);
    let thumbnail = format!("{}/thumbnail", file.rsplit_once('/').unwrap().0);
    for path in [&file, &thumbnail] {
        grace.get(path).await.expect(200);
        linus.get(path).await.expect(404);
        app.visitor().get(path).await.expect(303);
    }
    let tag = grace.get(&file).await.header("etag").to_owned();
    ada.post_form(&format!("/rooms/closeds/{room}"), &[("name", "Workshop"), ("user_ids", "1")])
        .await
        .expect(303);
    for path in [&file, &thumbnail] {
        grace.get(path).await.expect(404);
        let known = grace.request(Method::GET, path).header("If-None-Match", &tag);
        grace.send(known).await.expect(404);
        ada.get(path).await.expect(200);
    }
    // Numbers can be guessed; nothing comes of it.
    for id in 1..=300 {
        linus.get(&format!("/files/{id}/a.png")).await.expect(404);
        linus.get(&format!("/files/{id}/thumbnail")).await.expect(404);
    }
    for wrong in ["/files/1/b.png", "/files/1/a.png.css", "/files/999/a.png", "/files/x/a.png"] {
        ada.get(wrong).await.expect(404);
    }
}

#[tokio::test]
async fn names_deceive_nobody() {
    let app = App::start();
    let ada = app.first_run().await;
    let long = format!("{}.tar.gz", "n".repeat(300));
    for (sent, name) in [
        ("holiday\u{202E}gpj.exe", "holidaygpj.exe"),
        ("a\u{200B}b\u{2066}.txt", "ab.txt"),
        ("../../etc/passwd", "passwd"),
        ("C:\\files\\plan.txt", "plan.txt"),
        ("<b onclick=x>.txt", "&#60;b onclick=x&#62;.txt"),
        ("..", "file"),
        ("thumbnail", "thumbnail"),
        (long.as_str(), ".tar.gz"),
        ("ملف.txt", "ملف.txt"),
        ("100% sure?.txt", "100% sure?.txt"),
    ] {
        let id = posted(&ada, 1, "", &[(sent, b"content".to_vec())]).await;
        let message = shown(&ada, 1, id).await;
        assert!(message.contains(&format!("{name}</a>")), "{sent:?}: {message}");
        let served = ada.get(&addresses(&message)[0]).await.expect(200);
        assert_eq!(served.bytes(), b"content", "{sent:?}");
        assert!(served.header("content-disposition").is_ascii());
        assert!(message.len() < 6_000);
    }
}

#[tokio::test]
async fn pieces_and_digests_save_the_line() {
    let app = App::start();
    let ada = app.first_run().await;
    let bytes: Vec<u8> = (0..200_000_u32).map(|n| (n % 251) as u8).collect();
    let id = posted(&ada, 1, "", &[("a.bin", bytes.clone())]).await;
    let path = addresses(&shown(&ada, 1, id).await).remove(0);
    let whole = ada.get(&path).await.expect(200);
    assert_eq!(whole.bytes(), bytes);
    assert_eq!(whole.header("accept-ranges"), "bytes");
    let tag = whole.header("etag").to_owned();
    let ask = |name: &'static str, value: &str| ada.request(Method::GET, &path).header(name, value);
    let piece = ada.send(ask("Range", "bytes=100-199")).await.expect(206);
    assert_eq!(piece.bytes(), &bytes[100..200]);
    assert_eq!(piece.header("content-range"), "bytes 100-199/200000");
    let end = ada.send(ask("Range", "bytes=-5")).await.expect(206);
    assert_eq!(end.bytes(), &bytes[199_995..]);
    let beyond = ada.send(ask("Range", "bytes=200000-")).await.expect(416);
    assert_eq!(beyond.header("content-range"), "bytes */200000");
    let other = ask("Range", "bytes=0-9").header("If-Range", "\"other\"");
    assert_eq!(ada.send(other).await.expect(200).bytes().len(), bytes.len());
    ada.send(ask("If-None-Match", &tag)).await.expect(304);
    // Packing would make pieces of something else.
    let packed = ask("Accept-Encoding", "gzip");
    assert_eq!(ada.send(packed).await.expect(200).bytes(), bytes);
}

#[tokio::test]
async fn limits_are_said_and_the_words_are_kept() {
    let app = App::with(|settings| {
        settings.set("MAX_UPLOAD_MB", "1").set("FILES_QUOTA_PER_PERSON_MB", "2");
        settings.set("FILES_QUOTA_MB", "3");
    });
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let large = |kilobytes: usize| vec![7; kilobytes * 1024];
    let refused = send(&ada, 1, "Words", &[("a.bin", large(1_025))]).await.expect(413).text();
    assert!(refused.contains("“a.bin” is too large: a file can be at most 1.0 MB"), "{refused}");
    assert!(refused.contains("Words</textarea>"));
    assert_eq!(app.stored_files(), 0);
    posted(&ada, 1, "", &[("a.bin", large(1_024)), ("b.bin", large(1_000))]).await;
    let refused = send(&ada, 1, "Words", &[("c.bin", large(100))]).await.expect(413).text();
    assert!(refused.contains("You have used up your space for files"), "{refused}");
    posted(&grace, 1, "", &[("d.bin", large(900))]).await;
    let refused = send(&grace, 1, "Words", &[("e.bin", large(600))]).await.expect(413).text();
    assert!(refused.contains("The space for files on this server is used up"), "{refused}");
    ada.post(1, "Words go on").await;
    assert_eq!(app.stored_files(), 3);
}

#[tokio::test]
async fn switched_off_the_place_says_so() {
    let app = App::with(|settings| {
        settings.set("FILES_ENABLED", "false");
    });
    let ada = app.first_run().await;
    let sentence = "Files are switched off on this server.";
    assert!(ada.room_page(1).await.text().contains(sentence));
    let refused = send(&ada, 1, "Words", &[("a.txt", b"x".to_vec())]).await.expect(403).text();
    assert!(refused.contains(sentence) && refused.contains("Words</textarea>"));
    posted(&ada, 1, "Words", &[("", Vec::new())]).await;
    let form = Form::new().part("attachment", Part::bytes(b"x".to_vec()).file_name("a.txt"));
    let upload = ada.send(ada.request(Method::POST, "/uploads").multipart(form)).await.expect(403);
    assert!(upload.text().contains(sentence));
    assert_eq!(app.stored_files(), 0);
}

#[tokio::test]
async fn a_file_sent_ahead_belongs_to_its_sender_and_one_message() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let upload = async |person: &Person, name: &str| {
        let part = Part::bytes(picture(60, 40, ImageFormat::Png)).file_name(name.to_owned());
        let request = person.request(Method::POST, "/uploads").header("Accept", "application/json");
        let form = Form::new().part("attachment", part);
        person.send(request.multipart(form)).await.expect(201).json()["id"].to_string()
    };
    let (one, two) = (upload(&ada, "one.png").await, upload(&ada, "two.png").await);
    ada.get(&format!("/files/{one}/one.png")).await.expect(404);
    let path = "/rooms/1/messages";
    grace.post_form(path, &[("body", "mine?"), ("uploads", &one)]).await.expect(422);
    let id = fresh_uuid();
    let fields = [("body", ""), ("uploads", &two), ("uploads", &one), ("client_message_id", &id)];
    let first = ada.post_form(path, &fields).await.expect(303).location();
    // The answer was lost, and it is sent again.
    assert_eq!(ada.post_form(path, &fields).await.expect(303).location(), first);
    let message = shown(&ada, 1, 1).await;
    let names: Vec<_> = addresses(&message);
    assert!(names[0].ends_with("two.png") && names[1].ends_with("one.png"), "{names:?}");
    ada.post_form(path, &[("body", "again"), ("uploads", &one)]).await.expect(422);
    let three = upload(&ada, "three.png").await;
    grace.post_form::<&str>(&format!("/uploads/{three}/delete"), &[]).await.expect(204);
    assert_eq!(app.database().count("attachments"), 3);
    ada.post_form::<&str>(&format!("/uploads/{three}/delete"), &[]).await.expect(204);
    assert_eq!(app.database().count("attachments"), 2);
    assert!(html::attribute(&message, "id").is_some());
}
