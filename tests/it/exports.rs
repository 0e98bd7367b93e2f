//! An export holds everything, as lines for programs and as pages for anybody.

use image::ImageFormat;
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::Value;

use crate::support::samples::picture;
use crate::support::verb::run;
use crate::support::{App, Browser, fresh_uuid};

fn lines(path: &std::path::Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_leaves_as_lines_and_as_pages() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let first = ada.post(1, "Hello **all**, <script>alert(1)</script>").await;
    let fields = [
        ("body", "@Ada hello & <b>welcome</b>".to_owned()),
        ("client_message_id", fresh_uuid()),
        ("reply_to_id", first.to_string()),
    ];
    grace.post_form("/rooms/1/messages", &fields).await.expect(303);
    grace.post_form(&format!("/messages/{first}/boosts"), &[("content", "👏")]).await.expect(303);
    let mut form = Form::new().text("body", "Two files").text("client_message_id", fresh_uuid());
    let photo = picture(40, 30, ImageFormat::Png);
    for (name, bytes) in [("photo.png", photo.clone()), ("a<b>: 100%.txt", b"Odd".to_vec())] {
        form = form.part("attachments", Part::bytes(bytes).file_name(name));
    }
    ada.send(ada.request(Method::POST, "/rooms/1/messages").multipart(form)).await.expect(303);
    ada.post_form("/rooms/directs", &[("user_ids", "2")]).await.expect(303);
    grace.post(2, "Between us").await;

    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("archive");
    let ran = run(&app.data_dir(), &["export", out.to_str().unwrap()], "");
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("2 rooms, 4 messages, 2 files"), "{}", ran.stdout);
    let people = lines(&out.join("people.jsonl"));
    assert_eq!((people.len(), people[1]["name"].as_str()), (2, Some("Grace")));
    assert!(!std::fs::read_to_string(out.join("people.jsonl")).unwrap().contains("argon2"));
    let rooms = lines(&out.join("rooms.jsonl"));
    assert_eq!(
        (rooms[1]["kind"].as_str(), rooms[1]["members"][0]["name"].as_str()),
        (Some("direct"), Some("Ada"))
    );
    let messages = lines(&out.join("rooms/1/messages.jsonl"));
    assert_eq!(messages[0]["body"]["format"], "markdown");
    assert_eq!(messages[0]["boosts"][0]["booster"]["name"], "Grace");
    assert_eq!(messages[1]["reply_to"], first);
    assert_eq!(messages[1]["author"]["name"], "Grace");
    let odd = &messages[2]["attachments"][1];
    assert_eq!(odd["filename"], "a<b>: 100%.txt");
    assert_eq!(std::fs::read(out.join(odd["path"].as_str().unwrap())).unwrap(), b"Odd");
    assert_eq!(odd["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(lines(&out.join("rooms/2/messages.jsonl"))[0]["body"]["plain_text"], "Between us");

    // Anybody opens it: from the disk, without a server.
    let browser = Browser::open("file://").await;
    browser.goto(out.join("index.html").to_str().unwrap()).await;
    browser.click("a[href='rooms/1/index.html']").await;
    browser.wait_text("article .body", "Hello all").await;
    assert_eq!(browser.eval("document.querySelectorAll('script').length").await, 0);
    let shown = "document.querySelector('img').naturalWidth";
    browser.wait_until(&format!("{shown} === 40")).await;
    let odd = "[...document.querySelectorAll('a[download]')].at(-1).textContent";
    assert_eq!(browser.eval(odd).await, "a<b>: 100%.txt");
    let reply = format!("!!document.querySelector('.reply a[href=\"#message_{first}\"]')");
    assert_eq!(browser.eval(&reply).await, true);
    browser.assert_clean_console();

    let again = run(&app.data_dir(), &["export", out.to_str().unwrap()], "");
    assert!(again.code == 1 && again.stderr.contains("There is something at"), "{}", again.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_room_leaves_alone_and_a_long_one_has_pages() {
    let mut app = App::start();
    let ada = app.first_run().await;
    ada.post(1, "Not this one").await;
    ada.post_form("/rooms/opens", &[("name", "Long <one>")]).await.expect(303);
    let first = ada.post(2, "The first").await;
    app.term_and_wait().await;
    crate::support::database::alter_stopped(
        &app.data_dir(),
        &format!(
            "with recursive n (x) as (select 1 union all select x + 1 from n where x < 1200)
             insert into messages (room_id, creator_id, client_message_id, body_html, body_source,
                 body_format, plain_text, created_at, reply_to_id)
             select 2, 1, 'c' || x, '<p>Line ' || x || '</p>', 'Line ' || x, 'markdown',
                 'Line ' || x, x * 1000, iif(x = 1200, {first}, null) from n;"
        ),
    );
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("archive");
    let ran = run(&app.data_dir(), &["export", out.to_str().unwrap(), "--room", "2"], "");
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    assert!(!out.join("rooms/1").exists());
    let read = |name: &str| std::fs::read_to_string(out.join("rooms/2").join(name)).unwrap();
    assert!(read("index.html").contains("Line 499<") && !read("index.html").contains("Line 500<"));
    assert!(read("page-2.html").contains("href=\"index.html\" rel=\"prev\""));
    assert!(read("page-3.html").contains("Line 1200<"));
    assert!(read("page-3.html").contains(&format!("href=\"index.html#message_{first}\"")));
    assert!(
        read("index.html").contains("Long &#60;one&#62;")
            || read("index.html").contains("Long &lt;one&gt;")
    );
    assert_eq!(lines(&out.join("rooms/2/messages.jsonl")).len(), 1_201);

    let none = run(&app.data_dir(), &["export", "nowhere", "--room", "77"], "");
    assert!(none.code == 1 && none.stderr.contains("There is no room 77"), "{}", none.stderr);
    assert!(!std::path::Path::new("nowhere").exists());
}
