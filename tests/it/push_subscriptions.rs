//! The devices that want to be told: found by a press of the bell, listed, tried, removed.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use crate::support::push_service::{Device, LIST, PushService, hear, settled};
use crate::support::{App, Reply, within};

#[tokio::test]
async fn devices_are_listed_tried_and_removed() {
    let service = PushService::start().await;
    let app = service.app();
    let ada = app.first_run().await;
    let key = ada.bare(reqwest::Method::GET, LIST).header("Accept", "application/json");
    let json = ada.send(key).await.expect(200).json();
    let key = URL_SAFE_NO_PAD.decode(json["vapid_public_key"].as_str().unwrap()).unwrap();
    assert_eq!((key.len(), key[0]), (65, 4));
    Device::of(&ada, "here", &service).await;
    Device::of(&ada, "here", &service).await;
    assert_eq!(app.database().count("push_subscriptions"), 1, "one address, one place");
    let device = Device::of(&ada, "anew", &service).await;
    assert_eq!(app.database().count("push_subscriptions"), 1, "one browser, one address");
    assert!(ada.get(LIST).await.shown().contains("this device"));
    let id: i64 = app.database().one("select id from push_subscriptions", []);
    let test = format!("{LIST}/{id}/test_notifications");
    ada.post_form::<&str>(&test, &[]).await.expect(303);
    let said = device.told(&service).pop().unwrap();
    assert_eq!(
        (&said["title"], &said["options"]["tag"]),
        (&"Campfire Test".into(), &"test".into())
    );
    assert_eq!(said["options"]["data"]["path"], LIST);
    assert!(ada.get(LIST).await.shown().contains("Sent. It should appear"));
    service.answer([Reply::status(403)]);
    ada.post_fragment::<&str>(&test, &[]).await.expect(502);
    let grace = app.join("Grace").await;
    for path in [&test, &format!("{LIST}/{id}/delete")] {
        grace.post_form::<&str>(path, &[]).await.expect(404);
    }
    // Somebody else signs in at this browser: it is theirs now.
    grace.post_fragment(LIST, &device.fields(&service)).await.expect(201);
    assert_eq!(app.database().count("push_subscriptions where user_id = 1"), 0);
    assert!(grace.get(LIST).await.shown().contains("not notified yet"));
    grace.post_form::<&str>("/session/delete", &[]).await.expect(303);
    assert_eq!(app.database().count("push_subscriptions"), 0, "signed out, told nothing");
    Device::of(&ada, "again", &service).await;
    let id: i64 = app.database().one("select id from push_subscriptions", []);
    let test = format!("{LIST}/{id}/test_notifications");
    service.answer([Reply::status(410)]);
    ada.post_fragment::<&str>(&test, &[]).await.expect(410);
    assert_eq!(app.database().count("push_subscriptions"), 0, "it is gone");
    Device::of(&ada, "again", &service).await;
    let id: i64 = app.database().one("select id from push_subscriptions", []);
    ada.post_form::<&str>(&format!("{LIST}/{id}/delete"), &[]).await.expect(303);
    assert_eq!(app.database().count("push_subscriptions"), 0);
}

#[tokio::test]
async fn only_push_services_and_real_keys_are_taken_and_not_too_often() {
    let service = PushService::start().await;
    let app = service.app();
    let ada = app.first_run().await;
    let [endpoint, p256dh, auth] = Device::new("x").fields(&service);
    let to = |endpoint: &str| [("endpoint", endpoint.to_owned()), p256dh.clone(), auth.clone()];
    for bad in
        ["https://evil.example/127.0.0.1", "http://127.0.0.1/", "https://127.0.0.1.evil.example/"]
    {
        ada.post_fragment(LIST, &to(bad)).await.expect(422);
    }
    let no_point = ("p256dh_key", URL_SAFE_NO_PAD.encode([4; 65]));
    ada.post_fragment(LIST, &[endpoint.clone(), no_point, auth.clone()]).await.expect(422);
    assert_eq!(app.database().count("push_subscriptions"), 0);

    let app = App::with(|settings| {
        settings.set("PUSH_SERVICES", "127.0.0.1").set("RATE_LIMITS", "on");
    });
    let ada = app.first_run().await;
    for _ in 0..10 {
        ada.post_fragment(LIST, &to(&endpoint.1)).await.expect(201);
    }
    let refused = ada.post_fragment(LIST, &to(&endpoint.1)).await.expect(429);
    assert!(refused.header("retry-after").parse::<u64>().unwrap() > 60);
    // A known name may lead to a private address all the same, which is not called.
    let id: i64 = app.database().one("select id from push_subscriptions", []);
    let test = format!("{LIST}/{id}/test_notifications");
    ada.post_fragment::<&str>(&test, &[]).await.expect(502);
    assert_eq!(service.outside.connections(), 0);
}

/// A bell of the room's header, pressed.
const BELL: &str = ".room-tools .bell button";

#[tokio::test]
async fn a_browser_that_refuses_is_helped_and_its_bell_goes_on() {
    let app = App::start();
    let ada = app.first_run().await;
    let browser = ada.browser().await;
    browser.settle_notifications("denied").await;
    browser.goto("/rooms/1").await;
    browser.wait_live().await;
    let before = browser.text_of(".room-tools").await;
    browser.click(BELL).await;
    browser.wait_text("dialog.notifications h2", "keeps notifications from you").await;
    browser.wait_text("dialog.notifications details", "In this browser").await;
    browser.screenshot("bell-denied").await;
    browser.set_viewport(320, 700).await;
    assert_eq!(browser.sticking_out().await, [""; 0]);
    browser.screenshot("bell-denied-narrow").await;
    browser.set_viewport(1280, 800).await;
    let focus = "document.activeElement.closest('dialog') !== null";
    assert_eq!(browser.eval(focus).await, true);
    browser.press("Escape").await;
    browser.wait_gone("dialog.notifications").await;
    browser.wait_until("document.activeElement.matches('.bell button')").await;
    assert_eq!(browser.text_of(".room-tools").await, before, "the first press only asked");
    let level = "select involvement from memberships where room_id = 1 and user_id = 1";
    assert_eq!(app.database().one::<String>(level, []), "mentions");
    // From then on it says how much of the room reaches one.
    browser.click(BELL).await;
    browser.wait_for(".room-tools .bell-nothing, .room-tools .bell-everything").await;
    assert_ne!(app.database().one::<String>(level, []), "mentions");

    // On the next page it asks again, until it is told that this device is to be left alone.
    browser.goto("/rooms/1").await;
    browser.wait_live().await;
    browser.click(BELL).await;
    browser.wait_for("dialog.notifications").await;
    browser.eval("[...document.querySelectorAll('dialog button')].find(b => b.textContent === 'Not on this device').click()").await;
    browser.wait_gone("dialog.notifications").await;
    browser.goto("/rooms/1").await;
    browser.wait_live().await;
    let before = app.database().one::<String>(level, []);
    browser.click(BELL).await;
    within("the bell", async {
        while app.database().one::<String>(level, []) == before {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    assert_eq!(browser.count("dialog.notifications").await, 0);
    browser.assert_clean_console();
}

#[tokio::test]
async fn a_browser_without_push_messages_is_told_what_helps() {
    let app = App::start();
    let ada = app.first_run().await;
    let browser = ada.browser().await;
    browser.goto("/rooms/1").await;
    browser.wait_live().await;
    browser.eval("delete window.PushManager").await;
    browser.click(BELL).await;
    browser.wait_text("dialog.notifications h2", "cannot notify you yet").await;
    browser.set_dark(true).await;
    browser.screenshot("bell-impossible-dark").await;
    browser.assert_clean_console();
}

#[tokio::test]
async fn the_hours_are_those_of_the_browsers_clock() {
    let app = App::start();
    let ada = app.first_run().await;
    let browser = ada.browser().await;
    browser.tell_zone("Asia/Tokyo").await;
    browser.goto(LIST).await;
    browser.wait_until("document.querySelector('select[name=zone]').value === 'Asia/Tokyo'").await;
    browser.wait_for(".notify-here:not([hidden])").await;
    browser.screenshot("devices").await;
    browser.click("form[action$=quiet_hours] .primary").await;
    browser.wait_text(".flash", "Saved").await;
    let zone = "select settings ->> '$.quiet_hours.zone' from users where id = 1";
    assert_eq!(app.database().one::<String>(zone, []), "Asia/Tokyo");
    browser.goto("/rooms/1/involvement").await;
    browser.wait_for(".mute input[name=zone][value='Asia/Tokyo']").await;
    browser.click(".mute button[value=tomorrow]").await;
    browser.wait_text(".mute", "no notifications from here until").await;
    let until = "select muted_until from memberships where room_id = 1 and user_id = 1";
    let until: i64 = app.database().one(until, []);
    assert_eq!(until % 86_400_000, 23 * 3_600_000, "eight o'clock in Tokyo");
    browser.screenshot("muted").await;
    browser.assert_clean_console();
}

/// Headless Chromium has no push service: this is one that gives the address and keys of the test's.
fn subscribing(device: &Device, service: &PushService) -> String {
    let [endpoint, p256dh, auth] = device.fields(service).map(|(_, value)| value);
    let json = json!({ "endpoint": endpoint, "keys": { "p256dh": p256dh, "auth": auth } });
    format!(
        "PushManager.prototype.subscribe = async ({{ applicationServerKey }}) => {{
            window.offered = applicationServerKey.length;
            const own = {{ toJSON: () => ({json}), unsubscribe: async () => true,
                options: {{ applicationServerKey: applicationServerKey.buffer }} }};
            PushManager.prototype.getSubscription = async () => own;
            return own;
        }}"
    )
}

#[tokio::test]
async fn a_press_of_the_bell_lets_this_device_be_told() {
    let service = PushService::start().await;
    let app = service.app();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    hear(&grace, 1, "everything").await;
    let device = Device::new("chromium");
    let browser = grace.browser().await;
    browser.settle_notifications("granted").await;
    browser.goto("/rooms/1").await;
    browser.wait_live().await;
    browser.eval(&subscribing(&device, &service)).await;
    browser.click(BELL).await;
    browser.wait_text("dialog.notifications h2", "Notifications are on").await;
    assert_eq!(browser.eval("window.offered").await, 65);
    browser.screenshot("bell-on").await;
    browser.click("dialog.notifications .primary").await;
    assert_eq!(app.database().count("push_subscriptions where user_id = 2"), 1);
    // The next press says how much of the room reaches this person.
    browser.click(BELL).await;
    browser.wait_gone(".room-tools .bell-everything").await;
    hear(&grace, 1, "everything").await;
    browser.goto(LIST).await;
    browser.wait_text(".devices", "this device").await;
    assert_eq!(browser.count(".notify-here").await, 0);
    ada.post(1, "Tea?").await;
    settled(&app).await;
    let said = device.told(&service).pop().unwrap();
    assert_eq!(said["options"]["body"], "Ada: Tea?");
    // A push service would bring it to the worker now.
    browser.wait_for_worker().await;
    let shown = "navigator.serviceWorker.getRegistration().then((one) => one.getNotifications())
        .then((all) => all.map((one) => [one.title, one.body, one.tag, one.data.path].join(' ')))";
    let wanted = "All Talk Ada: Tea? room_1 /rooms/1/@1";
    let is_shown = format!("{shown}.then((all) => all.join() === '{wanted}')");
    browser.push_until(&said.to_string(), &is_shown).await;
    browser.assert_clean_console();
}
