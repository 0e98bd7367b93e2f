//! The installed app: what it says of itself, what it shows without a network, and whose.

use crate::support::{App, html};

#[tokio::test]
async fn the_manifest_names_the_account_and_only_what_is_there() {
    let app = App::start();
    let ada = app.first_run().await;
    let visitor = app.visitor();
    for path in ["/webmanifest", "/webmanifest.json"] {
        let answer = visitor.get(path).await.expect(200);
        assert!(answer.header("content-type").starts_with("application/manifest+json"));
        let manifest = answer.json();
        assert_eq!((&manifest["start_url"], &manifest["scope"]), (&"/".into(), &"/".into()));
        assert_eq!(manifest["display"], "standalone");
        for icon in manifest["icons"].as_array().unwrap() {
            let picture = visitor.get(icon["src"].as_str().unwrap()).await.expect(200);
            assert_eq!(picture.header("content-type"), icon["type"].as_str().unwrap());
        }
        for shortcut in manifest["shortcuts"].as_array().unwrap() {
            ada.get(shortcut["url"].as_str().unwrap()).await.expect(200);
        }
    }
    let page = ada.room_page(1).await.text();
    assert!(page.contains("<link rel=\"manifest\" href=\"/webmanifest\">"));
}

#[tokio::test]
async fn the_worker_is_asked_for_each_time_and_names_files_that_are_there() {
    let app = App::start();
    app.first_run().await;
    let visitor = app.visitor();
    let worker = visitor.get("/service-worker.js").await.expect(200);
    assert_eq!(worker.header("cache-control"), "no-cache");
    assert!(worker.header("content-security-policy").contains("connect-src 'self'"));
    let script = worker.text();
    assert!(!script.contains("@VERSION@") && !script.contains("@FILES@"));
    let files = html::between(&script, "const FILES = ", ";").unwrap();
    let files: Vec<String> = serde_json::from_str(files).unwrap();
    assert!(files.len() > 4);
    for file in files {
        visitor.get(&file).await.expect(200);
    }
}

#[tokio::test]
async fn what_is_shared_waits_in_the_box_of_the_chosen_room() {
    let app = App::start();
    let ada = app.first_run().await;
    let shared = "/share?title=Soup&text=Soup+%3Ctoday%3E&url=https%3A%2F%2Fexample.com%2Fa";
    let page = ada.get(shared).await.expect(200).text();
    let path = html::unescape(html::between(&page, "<li><a href=\"", "\"").unwrap());
    assert!(path.starts_with("/rooms/1?draft="));
    let room = ada.get(&path).await.expect(200).text();
    let words = "Soup &#60;today&#62;\nhttps://example.com/a</textarea>";
    assert!(room.contains(words), "the title is in the text already");
    assert_eq!(app.database().count("messages"), 0);
    ada.get("/share").await.expect(200);
    ada.get("/share?text=%ff%00&text=x").await.expect(200);
}

#[tokio::test]
async fn without_a_network_the_rooms_seen_last_are_shown_to_be_read_only() {
    let mut app = App::start();
    let ada = app.first_run().await;
    ada.post(1, "The soup is ready").await;
    let browser = ada.browser().await;
    browser.goto("/rooms/1").await;
    browser.wait_until("navigator.serviceWorker.controller !== null").await;
    // Only what the worker has brought itself is kept.
    browser.goto("/rooms/1").await;
    browser
        .wait_until(
            "caches.open('seen').then((seen) => seen.match('/rooms/1')).then((page) => Boolean(page))",
        )
        .await;
    // A worker has a network of its own, so the server is what goes away.
    app.term_and_wait().await;
    browser.goto("/rooms/1").await;
    browser.wait_text("#messages", "The soup is ready").await;
    browser.wait_text(".kept", "There is no network").await;
    assert_eq!(browser.count("#composer").await, 0);
    browser.goto("/users/me/profile").await;
    browser.wait_text("h1", "There is no network").await;

    app.start_again();
    browser.goto("/users/me/profile").await;
    browser.click("form[action='/session/delete'] button").await;
    browser.wait_path("/session/new").await;
    browser.wait_until("caches.has('seen').then((kept) => !kept)").await;
    app.term_and_wait().await;
    browser.goto("/rooms/1").await;
    browser.wait_text("h1", "There is no network").await;
    assert_eq!(browser.count("#messages").await, 0, "it is nobody's now");
}
