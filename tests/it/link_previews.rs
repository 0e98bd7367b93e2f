//! Pages that messages link to are looked up and shown as cards, by this server alone.

use std::io::Cursor;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use image::{DynamicImage, ImageFormat, RgbImage};

use crate::support::app::Settings;
use crate::support::outside::Request;
use crate::support::{App, Outside, Reply, within};

/// May look at machines of the test.
fn reaching(settings: &mut Settings) {
    settings.set("REACHABLE_NETWORKS", "127.0.0.0/8");
}

fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let picture = RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, 128]));
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(picture).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn page(more: &str) -> Reply {
    Reply::html(format!(
        r#"<!doctype html><title>T</title><meta property="og:title" content="A fine &amp; long walk">
        <meta property="og:description" content="Through <b>woods</b> and fields">{more}"#
    ))
}

/// A site with an article, its picture, and pages that have nothing to say.
async fn site() -> Outside {
    Outside::start(|request: &Request| match request.path.as_str() {
        "/article" => {
            let host = request.header("host");
            page(&format!(r#"<meta property="og:image" content="http://{host}/picture">"#))
        }
        "/plain" => page(""),
        "/picture" => Reply::new(200, "image/png", picture(1_200, 600, ImageFormat::Png)),
        "/svg" => {
            let host = request.header("host");
            page(&format!(r#"<meta property="og:image" content="http://{host}/x">"#))
        }
        "/x" => Reply::new(200, "image/svg+xml", "<svg xmlns='http://www.w3.org/2000/svg'/>"),
        "/hostile" => Reply::html(
            r#"<meta property="og:title" content="&lt;img src=x onerror=alert(1)&gt;'&quot;&gt;&lt;/a&gt;hi&#x202E;gnp">
            <meta property="og:description" content="&lt;script&gt;alert(2)&lt;/script&gt; {{ 7 * 7 }}">
            <meta property="og:url" content="javascript:alert(3)">"#,
        ),
        "/nothing" => Reply::html("<title>Nothing to say</title>"),
        "/text" => Reply::new(200, "text/plain", "<meta property='og:title' content='x'>"),
        _ => Reply::new(404, "text/html", "gone"),
    })
    .await
}

async fn card(person: &crate::support::Person, room: i64, id: i64) -> String {
    within("a card", async {
        loop {
            let page = person.room_page(room).await.text();
            let message = page.split(&format!("id=\"message_{id}\"")).nth(1).unwrap();
            let message = message.split("</article>").next().unwrap();
            if message.contains("link-preview") {
                return message.to_owned();
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    })
    .await
}

/// Waits until no look-up is under way any more.
async fn settled(app: &App) {
    within("the look-ups", async {
        while app.database().one::<i64>("select count(*) from jobs", []) > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_posted_link_gets_a_card_with_a_picture_of_our_own() {
    let (app, site) = (App::with(reaching), site().await);
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let mut socket = grace.live(1, grace.cursor(1).await).await;
    let id = ada.post(1, &site.url("/article")).await;
    socket.wait_for("A fine &#38; long walk").await;
    let card = card(&grace, 1, id).await;
    assert!(card.contains("Through woods and fields") && card.contains(">127.0.0.1<"), "{card}");
    assert!(card.contains("hx-ignore hidden"), "the bare address is not said twice: {card}");
    assert!(!card.contains("edited"), "nobody edited it: {card}");
    assert!(card.contains("width=\"800\" height=\"400\""), "{card}");
    let path = card.split("<img src=\"/messages/").nth(1).unwrap().split('"').next().unwrap();
    let path = format!("/messages/{path}").replace("&#38;", "&");
    let picture = grace.get(&path).await.expect(200);
    assert_eq!(picture.header("content-type"), "image/jpeg");
    assert!(picture.header("cache-control").contains("private"));
    assert_eq!(image::load_from_memory(picture.bytes()).unwrap().width(), 800);
    assert!(
        !card.contains(&format!("<img src=\"{}", site.url(""))),
        "nothing is loaded from there"
    );
    app.visitor().get(&path).await.expect(303);
    for request in site.requests() {
        assert_eq!((request.header("cookie"), request.header("referer")), ("", ""));
    }

    // Taken away with its file, live.
    let path = format!("/messages/{id}/link_preview/delete");
    grace.post_form::<&str>(&path, &[]).await.expect(403);
    ada.post_form::<&str>(&path, &[]).await.expect(303);
    socket.wait_for(&format!("hx-target=\"#message_{id}\"")).await;
    assert!(!grace.room_page(1).await.text().contains("link-preview"));
    ada.post_form::<&str>(&path, &[]).await.expect(404);
    settled(&app).await;
    assert_eq!(stored_files(&app), 0);
}

fn stored_files(app: &App) -> usize {
    let shelves = std::fs::read_dir(app.data_dir().join("files")).unwrap().flatten();
    shelves.map(|shelf| std::fs::read_dir(shelf.path()).map_or(1, Iterator::count)).sum()
}

#[tokio::test]
async fn words_of_a_page_stay_words() {
    let (app, site) = (App::with(reaching), site().await);
    let ada = app.first_run().await;
    let id = ada.post(1, &format!("Look:\n{}", site.url("/hostile"))).await;
    let card = card(&ada, 1, id).await;
    let figure = card.split("<figure").nth(1).unwrap().split("</figure>").next().unwrap();
    assert!(!figure.contains("<img") && !figure.contains("<script"), "{figure}");
    assert!(!figure.contains('\u{202E}') && figure.contains("hignp"), "{figure}");
    assert!(figure.contains("alert(2) {{ 7 * 7 }}") && !figure.contains("javascript"), "{figure}");
    assert!(figure.contains(&format!("href=\"{}\"", site.url("/hostile"))), "{figure}");
    assert!(!card.contains("hx-ignore hidden"), "other words stay");
}

#[tokio::test]
async fn what_says_too_little_or_is_not_wanted_gets_no_card() {
    let (app, site) = (App::with(reaching), site().await);
    let ada = app.first_run().await;
    for path in ["/nothing", "/text", "/missing"] {
        ada.post(1, &site.url(path)).await;
    }
    for unwanted in ["<%>", "see % there", "> %", "`%`", "[x](%)"] {
        ada.post(1, &unwanted.replace('%', &site.url("/article"))).await;
    }
    ada.post(1, &site.url("/walk.jpg?x")).await;
    settled(&app).await;
    let page = ada.room_page(1).await.text();
    assert!(!page.contains("link-preview"));
    let asked: Vec<String> = site.requests().into_iter().map(|request| request.path).collect();
    assert!(!asked.contains(&"/article".into()) && asked.len() == 3, "{asked:?}");
    assert_eq!(app.database().one::<i64>("select count(*) from link_previews", []), 0);
}

#[tokio::test]
async fn a_card_without_a_fit_picture_is_a_card() {
    let (app, site) = (App::with(reaching), site().await);
    let ada = app.first_run().await;
    let id = ada.post(1, &site.url("/svg")).await;
    let card = card(&ada, 1, id).await;
    assert!(!card.split("<figure").nth(1).unwrap().contains("<img"), "{card}");
}

#[tokio::test]
async fn an_edit_brings_the_card_of_what_it_says_now() {
    let (app, site) = (App::with(reaching), site().await);
    let ada = app.first_run().await;
    let id = ada.post(1, &site.url("/article")).await;
    card(&ada, 1, id).await;
    settled(&app).await;
    let path = format!("/rooms/1/messages/{id}");
    let same = format!("Now with words\n{}", site.url("/article"));
    ada.post_form(&path, &[("body", same.as_str())]).await.expect(303);
    assert!(card(&ada, 1, id).await.contains("picture?v="), "the same link keeps its card");
    ada.post_form(&path, &[("body", site.url("/plain").as_str())]).await.expect(303);
    settled(&app).await;
    assert!(!card(&ada, 1, id).await.contains("picture?v="));
    ada.post_form(&path, &[("body", "no link any more")]).await.expect(303);
    assert!(!ada.room_page(1).await.text().contains("link-preview"));
    settled(&app).await;
    assert_eq!(stored_files(&app), 0);
    // What is looked up when the message goes, goes too.
    let id = ada.post(1, &site.url("/article?again")).await;
    ada.post_form::<&str>(&format!("/rooms/1/messages/{id}/delete"), &[]).await.expect(303);
    settled(&app).await;
    assert_eq!(app.database().one::<i64>("select count(*) from link_previews", []), 0);
}

#[tokio::test]
async fn a_page_is_asked_once_an_hour_whoever_wants_it() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let site = Outside::start(move |_: &Request| {
        count.fetch_add(1, Ordering::Relaxed);
        page("")
    })
    .await;
    let app = App::with(reaching);
    let ada = app.first_run().await;
    let url = site.url("/x");
    let fields = [("url", url.as_str())];
    let mut asking = Vec::new();
    for _ in 0..5 {
        let (ada, url) = (ada.clone(), url.clone());
        asking.push(tokio::spawn(async move {
            ada.post_fragment("/unfurl_link", &[("url", url)]).await.expect(200)
        }));
    }
    for answer in asking {
        assert!(answer.await.unwrap().shown().contains("A fine & long walk"));
    }
    let id = ada.post(1, &url).await;
    card(&ada, 1, id).await;
    let json = ada.bare(reqwest::Method::POST, "/unfurl_link").header("Accept", "application/json");
    let json = ada.send(json.form(&fields)).await.expect(200).json();
    assert_eq!(json["description"], "Through woods and fields");
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn looking_up_is_refused_in_words() {
    let (app, site) = (App::start(), site().await);
    let ada = app.first_run().await;
    for bad in ["", "x", "ftp://x.org", "http://a b"] {
        ada.post_fragment("/unfurl_link", &[("url", bad)]).await.expect(422);
    }
    // Without the setting this machine is nobody's business.
    ada.post_fragment("/unfurl_link", &[("url", site.url("/article"))]).await.expect(204);
    assert_eq!(site.connections(), 0);
    assert!(app.log().contains("a call to a private address was refused"));

    let limited = App::with(|settings| {
        settings.set("RATE_LIMITS", "on");
    });
    let ada = limited.first_run().await;
    let ask = || ada.post_fragment("/unfurl_link", &[("url", "http://127.0.0.1/")]);
    for _ in 0..10 {
        ask().await.expect(204);
    }
    assert!(!ask().await.expect(429).header("retry-after").is_empty());
}

#[tokio::test]
async fn switched_off_the_place_says_so() {
    let site = site().await;
    let app = App::with(|settings| {
        reaching(settings);
        settings.set("OPENGRAPH_ENABLED", "false");
    });
    let ada = app.first_run().await;
    let answer = ada.post_fragment("/unfurl_link", &[("url", site.url("/article"))]).await;
    assert!(answer.expect(403).shown().contains("Link previews are switched off on this server."));
    ada.post(1, &site.url("/article")).await;
    settled(&app).await;
    assert_eq!(site.connections(), 0);
}

#[tokio::test]
async fn a_pasted_link_shows_its_card_before_it_is_sent() {
    let (app, site) = (App::with(reaching), site().await);
    let ada = app.first_run().await;
    let browser = ada.browser().await;
    browser.goto("/rooms/1").await;
    let url = site.url("/article");
    let paste = |text: &str| {
        format!(
            "(() => {{ const box = document.getElementById('composer_body'); box.focus();
               const data = new DataTransfer(); data.setData('text/plain', '{text}');
               box.dispatchEvent(new ClipboardEvent('paste', {{ clipboardData: data, bubbles: true, cancelable: true }}));
               document.execCommand('insertText', false, '{text}'); }})()"
        )
    };
    browser.eval(&paste(&url)).await;
    browser.wait_text(".written-link", "A fine & long walk").await;
    browser.click(".written-link button").await;
    assert_eq!(browser.value_of("#composer_body").await, format!("<{url}>"));
    browser.press("Enter").await;
    browser.wait_for("#messages .message[data-message-id]").await;
    browser.eval(&paste(&url)).await;
    browser.wait_for(".written-link .link-preview").await;
    browser.press("Enter").await;
    browser.wait_for("#messages .message .link-preview img").await;
    // Its picture is gone with the card, so it has to be here first.
    browser
        .wait_until("document.querySelector('#messages .link-preview img').naturalWidth > 0")
        .await;
    assert_eq!(browser.eval("document.querySelectorAll('.written-link').length").await, 0);
    browser.assert_clean_console();
    // The author takes it away where it stands.
    browser.eval("document.querySelector('.remove-preview').click()").await;
    browser.wait_until("!document.querySelector('#messages .link-preview')").await;
    browser.assert_clean_console();
}
