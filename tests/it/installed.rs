//! The installed app: what it says of itself, what it shows without a network, and whose.

use std::time::Duration;

use image::ImageFormat;
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::json;

use super::room_settings::make;
use crate::support::samples::picture;
use crate::support::{App, Browser, PASSWORD, html, within};

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
async fn an_account_with_a_logo_of_its_own_has_icons_of_it() {
    let app = App::start();
    let ada = app.first_run().await;
    let stock = ada.get("/account/logo/icon?kind=maskable").await.expect(200);
    assert_eq!(image::load_from_memory(stock.bytes()).unwrap().width(), 512);
    ada.get("/account/logo/icon?kind=huge").await.expect(200);
    let logo = Part::bytes(picture(300, 100, ImageFormat::Png)).file_name("logo.png");
    let request = ada.request(Method::POST, "/account/logo");
    ada.send(request.multipart(Form::new().part("logo", logo))).await.expect(303);
    let manifest = ada.get("/webmanifest").await.expect(200).json();
    for (icon, side) in manifest["icons"].as_array().unwrap().iter().zip([192, 512, 512]) {
        assert_eq!(icon["sizes"], format!("{side}x{side}"));
        let address = icon["src"].as_str().unwrap();
        let made = app.visitor().get(address).await.expect(200);
        let made = image::load_from_memory(made.bytes()).unwrap().into_rgba8();
        assert_eq!(made.dimensions(), (side, side), "{address}");
        let (corner, middle) = (made.get_pixel(0, 0), made.get_pixel(side / 2, side / 2));
        let expected = if icon["purpose"] == "maskable" { [0xfc, 0xfa, 0xf7, 255] } else { [0; 4] };
        assert_eq!((corner.0, middle.0[3]), (expected, 255), "{address}");
    }
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

/// Waits until the worker keeps this room.
async fn kept(browser: &Browser, path: &str) {
    let path = format!("caches.open('seen').then((seen) => seen.match('{path}')).then(Boolean)");
    browser.wait_until(&path).await;
}

/// The addresses of all that the worker keeps.
async fn all_kept(browser: &Browser) -> Vec<String> {
    let all = "(async () => { const all = [];
        for (const name of await caches.keys())
            for (const one of await (await caches.open(name)).keys())
                all.push(new URL(one.url).pathname);
        return all; })()";
    serde_json::from_value(browser.eval(all).await).unwrap()
}

/// Goes to a room twice: the first page there is comes without the worker.
async fn visit(browser: &Browser, path: &str) {
    browser.goto(path).await;
    browser.wait_for_worker().await;
    browser.goto(path).await;
    kept(browser, path).await;
}

#[tokio::test]
async fn without_a_network_the_rooms_seen_last_are_there_to_be_read() {
    let mut app = App::start();
    let ada = app.first_run().await;
    let workshop = make(&ada, "opens", &[("name", "Workshop")]).await;
    ada.post(1, "The soup is ready").await;
    let browser = ada.browser().await;
    visit(&browser, "/rooms/1").await;
    // A worker has a network of its own, so the server is what goes away.
    app.term_and_wait().await;
    browser.goto("/rooms/1").await;
    browser.wait_text("#messages", "The soup is ready").await;
    browser.wait_text("#connection", "There is no network").await;
    browser.screenshot("offline-room").await;
    let invites = browser.eval("document.documentElement.outerHTML.includes('/join/')").await;
    assert_eq!(invites, false, "the page had the link that lets people in");
    assert_eq!(browser.count("#composer").await, 0, "nothing can be written");
    let display = "getComputedStyle(document.querySelector('.app')).display";
    assert_eq!(browser.eval(display).await, "grid", "with its style");
    let visible = "[...document.querySelectorAll('.message > .menu, .room-tools')]
        .filter((one) => one.checkVisibility()).length";
    assert_eq!(browser.eval(visible).await, 0);
    browser.goto("/").await;
    browser.wait_text("#messages", "The soup is ready").await;
    for unseen in [format!("/rooms/{workshop}"), "/users/me/profile".to_owned()] {
        browser.goto(&unseen).await;
        browser.wait_text("h1", "There is no network").await;
    }
    browser.screenshot("offline-page").await;
    let address = browser.eval("location.pathname").await;

    // Back again it is the real page, once.
    app.start_again();
    browser.wait_until("dispatchEvent(new Event('online'))").await;
    browser.wait_text("h1", "Ada").await;
    assert_eq!(browser.eval("location.pathname").await, address);
    app.term_and_wait().await;
    browser.goto("/rooms/1").await;
    browser.wait_until("document.body.dataset.kept !== undefined").await;
    app.start_again();
    browser.wait_until("dispatchEvent(new Event('online'))").await;
    browser.wait_live().await;
    assert_eq!(browser.count("#composer").await, 1);
    browser.eval("window.loaded = true").await;
    browser.eval("dispatchEvent(new Event('online'))").await;
    ada.post(1, "Still the same page").await;
    browser.wait_text("#messages", "Still the same page").await;
    assert_eq!(browser.eval("window.loaded").await, true, "loaded again without need");
}

#[tokio::test]
async fn nobody_is_shown_what_somebody_else_saw() {
    let mut app = App::start();
    let (ada, grace) = (app.first_run().await, app.join("Grace").await);
    let secret = make(&ada, "closeds", &[("name", "Secret")]).await;
    ada.post(secret, "The treasure is below the oak").await;
    let path = format!("/rooms/{secret}");
    let browser = ada.browser().await;
    visit(&browser, "/rooms/1").await;
    visit(&browser, &path).await;
    browser.goto("/users/me/profile").await;
    browser.click("form[action='/session/delete'] button").await;
    browser.wait_path("/session/new").await;
    browser.wait_until("caches.has('seen').then((kept) => !kept)").await;

    // What was asked for before is not put away afterwards.
    let late = "(async () => { const then = leavings; await forgetAll();
        await keep('/rooms/1', new Response('<body data-user-id=\"1\">'), then);
        return caches.has(SEEN); })()";
    let elsewhere = ada.at_another_browser().await.browser().await;
    visit(&elsewhere, "/rooms/1").await;
    assert_eq!(elsewhere.eval_in_worker(late).await, false);

    browser.fill("input[name=email_address]", &grace.email_address()).await;
    browser.fill("input[name=password]", PASSWORD).await;
    browser.press("Enter").await;
    browser.wait_path("/rooms/1").await;
    visit(&browser, "/rooms/1").await;
    assert!(!all_kept(&browser).await.contains(&path));
    app.term_and_wait().await;
    browser.goto(&path).await;
    browser.wait_text("h1", "There is no network").await;
    assert!(!browser.text_of("body").await.contains("treasure"));
    browser.goto("/rooms/1").await;
    browser.wait_text("#me", "Grace").await;
}

#[tokio::test]
async fn a_session_that_ends_elsewhere_leaves_nothing_behind() {
    let app = App::start();
    let (ada, grace) = (app.first_run().await, app.join("Grace").await);
    let browser = grace.browser().await;
    visit(&browser, "/rooms/1").await;
    ada.post_form("/account/users/2/delete", &[("", "")]).await.expect(303);
    browser.wait_path("/session/new").await;
    browser.wait_until("caches.has('seen').then((kept) => !kept)").await;

    // And where somebody else comes without a word, their first page empties it.
    let browser = ada.browser().await;
    visit(&browser, "/rooms/1").await;
    let workshop = make(&ada, "closeds", &[("name", "Workshop")]).await;
    let path = format!("/rooms/{workshop}");
    visit(&browser, &path).await;
    let linus = app.join("Linus").await;
    browser.take_cookies_of(&linus).await;
    browser.goto("/rooms/1").await;
    browser.wait_text("#me", "Linus").await;
    let owner = "caches.match('/service-worker.js?owner').then((one) => one?.text())";
    browser.wait_until(&format!("{owner}.then((id) => id === '3')")).await;
    assert!(!all_kept(&browser).await.contains(&path));
}

#[tokio::test]
async fn a_room_that_is_no_longer_ones_own_is_no_longer_kept() {
    let app = App::start();
    let (ada, grace) = (app.first_run().await, app.join("Grace").await);
    let fields = [("name", "Few"), ("user_ids", "2")];
    let few = make(&ada, "closeds", &fields).await;
    let path = format!("/rooms/{few}");
    let browser = grace.browser().await;
    visit(&browser, &path).await;
    visit(&browser, "/rooms/1").await;
    assert!(all_kept(&browser).await.contains(&path));
    ada.post_form(&format!("/rooms/closeds/{few}"), &fields[..1]).await.expect(303);
    browser.goto("/rooms/1").await;
    let gone = format!("caches.match('{path}').then((one) => !one)");
    browser.wait_until(&gone).await;
}

#[tokio::test]
async fn files_of_rooms_are_not_kept() {
    let app = App::start();
    let ada = app.first_run().await;
    let part = Part::bytes(picture(64, 48, ImageFormat::Png)).file_name("roof.png");
    let form = Form::new().part("attachments", part).text("body", "The roof");
    let request = ada.request(Method::POST, "/rooms/1/messages").multipart(form);
    ada.send(request).await.expect(303);
    let browser = ada.browser().await;
    visit(&browser, "/rooms/1").await;
    browser.wait_for("#messages .attachment").await;
    browser.eval("fetch(document.querySelector('#messages :is(a.attachment, .attachment a)').href).then(() => true)").await;
    visit(&browser, "/rooms/1").await;
    for path in all_kept(&browser).await {
        let known = [
            "/assets/",
            "/rooms/",
            "/users/me/style.css",
            "/users/",
            "/offline",
            "/service-worker.js",
        ];
        assert!(known.iter().any(|start| path.starts_with(start)), "{path}");
        assert!(
            !path.starts_with("/users/")
                || path.ends_with("/avatar")
                || path.ends_with("style.css"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_new_version_takes_over_without_loading_the_page() {
    let app = App::start();
    let ada = app.first_run().await;
    let browser = ada.browser().await;
    visit(&browser, "/rooms/1").await;
    browser.wait_live().await;
    browser.eval("window.loaded = true").await;
    let files =
        "caches.keys().then((all) => all.filter((name) => name.startsWith('files-')).join())";
    let before = browser.eval(files).await;
    // The page for when there is no network names the account.
    ada.post_form("/account", &[("name", "Hillside")]).await.expect(303);
    browser.eval("navigator.serviceWorker.getRegistration().then((one) => one.update()).then(() => true)").await;
    let newer = format!("{files}.then((now) => now !== {before} && !now.includes(','))");
    browser.wait_until(&newer).await;
    browser.wait_for_worker().await;
    assert_eq!(browser.eval("window.loaded").await, true);
    assert!(all_kept(&browser).await.contains(&"/rooms/1".to_owned()), "its files are the same");
    browser.goto("/rooms/1").await;
    browser.wait_live().await;
    browser.assert_clean_console();
}

/// Title and text of every notification that stands.
async fn shown(browser: &Browser) -> Vec<String> {
    let all = "navigator.serviceWorker.getRegistration()
        .then((one) => one.getNotifications())
        .then((all) => all.map((one) => `${one.title}: ${one.body}`))";
    serde_json::from_value(browser.eval(all).await).unwrap()
}

/// Brings a push message until it shows: the browser does not say whether it woke the worker.
async fn pushed(browser: &Browser, said: &str, expected: &str) {
    within(expected, async {
        loop {
            browser.push(said).await;
            for _ in 0..40 {
                if shown(browser).await.iter().any(|one| one == expected) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_push_is_shown_and_leads_to_its_message() {
    let app = App::start();
    let ada = app.first_run().await;
    let id = ada.post(1, "The soup is ready").await;
    let browser = ada.browser().await;
    browser.allow_notifications().await;
    visit(&browser, "/rooms/1").await;
    let notice = |body: &str, tag: &str| {
        let data = json!({ "path": format!("/rooms/1/@{id}"), "badge": 2 });
        json!({ "title": "All Talk", "options": { "body": body, "icon": "/account/logo",
            "tag": tag, "data": data } })
        .to_string()
    };
    pushed(&browser, &notice("Grace: Soup?", "room_1"), "All Talk: Grace: Soup?").await;
    pushed(&browser, &notice("Grace: Bread?", "room_1"), "All Talk: Grace: Bread?").await;
    pushed(&browser, &notice("Linus: Tea?", "room_2"), "All Talk: Linus: Tea?").await;
    pushed(&browser, "this is no JSON", "Campfire: ").await;
    let mut of_rooms = shown(&browser).await;
    of_rooms.retain(|one| one.starts_with("All Talk"));
    of_rooms.sort();
    assert_eq!(of_rooms, ["All Talk: Grace: Bread?", "All Talk: Linus: Tea?"], "one for each room");

    // Nobody can press it here, but the worker can be told that somebody did.
    browser.goto("/searches").await;
    let press = "self.registration.getNotifications().then((all) => {
        const notification = all.find((one) => one.tag === 'room_1');
        self.dispatchEvent(new NotificationEvent('notificationclick', { notification }));
        return true; })";
    assert_eq!(browser.eval_in_worker(press).await, true);
    browser.wait_path(&format!("/rooms/1/@{id}")).await;
    browser.wait_for(&format!("#message_{id}.marked")).await;
    within("what was pressed is gone", async {
        while shown(&browser).await.iter().any(|one| one.contains("Bread")) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}
