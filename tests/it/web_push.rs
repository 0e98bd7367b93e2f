//! Devices of people who are away are told of messages: by a real push service of the test, which
//! reads what only the browser can read.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ece::EcKeyComponents;
use rustls::pki_types::PrivateKeyDer;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::outside::{Request, Tls};
use crate::support::{App, Outside, Person, Reply, within};

/// A push service that takes everything, unless it is told to answer otherwise.
struct Service {
    outside: Outside,
    answers: Arc<Mutex<Vec<Reply>>>,
    folder: TempDir,
}

impl Service {
    async fn start() -> Service {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("trusted.pem"), made.cert.pem()).unwrap();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let config = rustls::ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let answers: Arc<Mutex<Vec<Reply>>> = Arc::default();
        let next = answers.clone();
        let outside = Outside::at("127.0.0.1:0", Some(Tls::from(Arc::new(config))), move |_| {
            let mut answers = next.lock().unwrap();
            if answers.is_empty() { Reply::status(201) } else { answers.remove(0) }
        })
        .await;
        Service { outside, answers, folder }
    }

    fn trusted(&self) -> PathBuf {
        self.folder.path().join("trusted.pem")
    }

    /// A server that knows this service and trusts it.
    fn app(&self) -> App {
        App::with(|settings| {
            settings
                .set("PUSH_SERVICES", "127.0.0.1")
                .set("REACHABLE_NETWORKS", "127.0.0.0/8")
                .set("SSL_CERT_FILE", self.trusted().to_str().unwrap());
        })
    }

    /// What it answers next, in this order.
    fn answer(&self, replies: impl IntoIterator<Item = Reply>) {
        *self.answers.lock().unwrap() = replies.into_iter().collect();
    }
}

/// A browser that wants to be told.
struct Device {
    path: String,
    keys: EcKeyComponents,
    auth: Vec<u8>,
}

impl Device {
    fn new(name: &str) -> Device {
        let (keys, auth) = ece::generate_keypair_and_auth_secret().unwrap();
        let keys = keys.raw_components().unwrap();
        Device { path: format!("/push/{name}"), keys, auth: auth.to_vec() }
    }

    fn fields(&self, service: &Service) -> [(&'static str, String); 3] {
        [
            ("endpoint", service.outside.url(&self.path)),
            ("p256dh_key", URL_SAFE_NO_PAD.encode(self.keys.public_key())),
            ("auth_key", URL_SAFE_NO_PAD.encode(&self.auth)),
        ]
    }

    async fn of(person: &Person, name: &str, service: &Service) -> Device {
        let device = Device::new(name);
        let path = "/users/me/push_subscriptions";
        person.post_fragment(path, &device.fields(service)).await.expect(201);
        device
    }

    fn read(&self, request: &Request) -> Value {
        assert_eq!(request.path, self.path);
        let read = ece::decrypt(&self.keys, &self.auth, &request.body).unwrap();
        serde_json::from_slice(&read).unwrap()
    }
}

async fn hear(person: &Person, room: i64, involvement: &str) {
    let path = format!("/rooms/{room}/involvement");
    person.post_form(&path, &[("involvement", involvement)]).await.expect(303);
}

/// Waits until nothing is queued any more.
async fn settled(app: &App) {
    within("the queue", async {
        while app.database().count("jobs") > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn those_who_are_away_are_told_what_concerns_them() {
    let service = Service::start().await;
    let app = service.app();
    let ada = app.first_run().await;
    let mut devices = Vec::new();
    for (name, involvement) in [
        ("Grace", "everything"),
        ("Linus", "mentions"),
        ("Barbara", "nothing"),
        ("Ken", "invisible"),
    ] {
        let person = app.join(name).await;
        hear(&person, 1, involvement).await;
        devices.push((Device::of(&person, name, &service).await, person));
    }
    Device::of(&ada, "Ada", &service).await;
    let id = ada.post(1, "The **kettle** is on").await;
    settled(&app).await;
    let told = service.outside.wait_for(1).await;
    assert_eq!(told.len(), 1, "only who wants everything");
    let (grace, linus) = (&devices[0].0, &devices[1].0);
    let said = grace.read(&told[0]);
    assert_eq!(said["title"], "All Talk");
    assert_eq!(said["options"]["body"], "Ada: The kettle is on");
    assert_eq!(said["options"]["data"]["path"], format!("/rooms/1/@{id}"));
    assert_eq!(said["options"]["data"]["badge"], 1);
    assert_eq!(said["options"]["tag"], "room_1");
    assert_eq!(said["options"]["icon"], "/account/logo");
    assert_eq!(told[0].method, "POST");
    for (name, value) in [
        ("ttl", "86400"),
        ("urgency", "high"),
        ("topic", "room-1"),
        ("content-encoding", "aes128gcm"),
    ] {
        assert_eq!(told[0].header(name), value, "{name}");
    }
    let page = devices[0].1.get("/users/me/push_subscriptions").await.expect(200);
    assert!(page.shown().contains("last notified"), "{}", page.shown());
    let key = page.text().split("data-vapid-public-key=\"").nth(1).unwrap()[..87].to_owned();
    assert!(told[0].header("authorization").ends_with(&format!(", k={key}")));

    // Mentioned: both; looking at the room: nobody.
    let grace_looks = &devices[0].1;
    let mut socket = grace_looks.live(1, grace_looks.cursor(1).await).await;
    socket.send_text(r#"{"type":"present"}"#).await;
    within("Grace's presence", async {
        while !ada.room_page(1).await.shown().contains("Grace") {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    ada.post(1, "@Linus and @Barbara, it boils").await;
    settled(&app).await;
    let told = service.outside.wait_for(2).await;
    assert_eq!(told.len(), 2, "{:?}", told.iter().map(|t| &t.path).collect::<Vec<_>>());
    assert_eq!(linus.read(&told[1])["options"]["body"], "Ada: @Linus and @Barbara, it boils");
}

#[tokio::test]
async fn services_are_obeyed() {
    let service = Service::start().await;
    let app = service.app();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    hear(&grace, 1, "everything").await;
    let device = Device::of(&grace, "grace", &service).await;

    // Put off, broken, silent for a moment: told in the end, once more each time.
    service.answer([
        Reply::status(429).header("retry-after", "1"),
        Reply::status(503).header("retry-after", "1"),
        Reply::status(500),
        Reply::closing(),
    ]);
    ada.post(1, "one").await;
    settled(&app).await;
    assert_eq!(service.outside.requests().len(), 5);
    // Too much: less.
    service.answer([Reply::status(413), Reply::status(413)]);
    ada.post(1, &"many words ".repeat(600)).await;
    settled(&app).await;
    let told = service.outside.requests();
    let sizes: Vec<usize> = told[5..].iter().map(|request| request.body.len()).collect();
    assert!(sizes.len() == 3 && sizes[0] > sizes[1] && sizes[1] > sizes[2], "{sizes:?}");
    assert!(sizes[0] <= 4_096);
    for request in &told[5..] {
        let said = device.read(request);
        assert!(said["options"]["body"].as_str().unwrap().ends_with('…'));
    }
    // Not understood: not tried again, and the device stays.
    service.answer([Reply::status(400)]);
    ada.post(1, "two").await;
    settled(&app).await;
    assert_eq!(service.outside.requests().len(), 9);
    assert_eq!(app.database().count("push_subscriptions"), 1);
    // Gone: it goes.
    for status in [404, 410] {
        Device::of(&grace, &format!("gone-{status}"), &service).await;
        service.answer([Reply::status(status), Reply::status(status)]);
        ada.post(1, "three").await;
        settled(&app).await;
        assert_eq!(app.database().count("push_subscriptions"), 0, "{status}");
    }
}

#[tokio::test]
async fn who_lost_the_room_meanwhile_is_told_nothing() {
    let service = Service::start().await;
    let app = service.app();
    let ada = app.first_run().await;
    let names = ["Grace", "Linus", "Barbara", "Ken"];
    let mut people = Vec::new();
    for name in names {
        let person = app.join(name).await;
        hear(&person, 1, "everything").await;
        Device::of(&person, name, &service).await;
        people.push(person);
    }
    service.answer((0..4).map(|_| Reply::status(503).header("retry-after", "2")));
    ada.post(1, "a secret").await;
    service.outside.wait_for(4).await;
    within("the pushes to be put off", async {
        while app.database().count("jobs where claimed_at is null and attempts = 1") < 4 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    // Left, signed out, banned, and has read it elsewhere.
    people[0].post_form::<&str>("/rooms/1/membership/delete", &[]).await.expect(303);
    people[1].post_form::<&str>("/session/delete", &[]).await.expect(303);
    let barbara: i64 = app.database().one("select id from users where name = 'Barbara'", []);
    ada.post_form::<&str>(&format!("/users/{barbara}/ban"), &[]).await.expect(303);
    people[3].room_page(1).await;
    settled(&app).await;
    assert_eq!(service.outside.requests().len(), 4, "nobody was told later");
}

#[tokio::test]
async fn a_crash_between_message_and_push_loses_none() {
    let service = Service::start().await;
    let mut app = service.app();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    hear(&grace, 1, "everything").await;
    let device = Device::of(&grace, "grace", &service).await;
    service.answer([Reply::silent()]);
    ada.post(1, "before the crash").await;
    service.outside.wait_for(1).await;
    app.kill9();
    app.start_again();
    settled(&app).await;
    let told = service.outside.requests();
    assert_eq!(device.read(told.last().unwrap())["options"]["body"], "Ada: before the crash");
    assert_eq!(told.len(), 2);
}

#[tokio::test]
async fn quiet_hours_and_muted_rooms_are_left_in_peace() {
    let service = Service::start().await;
    let app = service.app();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    hear(&grace, 1, "everything").await;
    Device::of(&grace, "grace", &service).await;
    let quiet = "/users/me/quiet_hours";
    let all_day = [("from", "00:00"), ("to", "23:59"), ("zone", "Europe/Berlin")];
    grace.post_form(quiet, &all_day).await.expect(303);
    ada.post(1, "sleep well").await;
    settled(&app).await;
    let bad = [("from", "x"), ("to", "23:59"), ("zone", "Europe/Berlin")];
    let page = grace.post_form(quiet, &bad).await.expect(422);
    assert!(page.text().contains("Give both times as hours and minutes."));
    grace.post_form(quiet, &[("off", "1")]).await.expect(303);

    grace.post_form("/rooms/1/mute", &[("for", "hour")]).await.expect(303);
    assert!(
        grace
            .get("/rooms/1/involvement")
            .await
            .shown()
            .contains("no notifications from here until")
    );
    ada.post(1, "muted").await;
    settled(&app).await;
    assert_eq!(service.outside.requests().len(), 0);
    grace.post_form("/rooms/1/mute", &[("for", "tomorrow")]).await.expect(303);
    grace.post_form("/rooms/1/mute", &[("for", "ever")]).await.expect(422);
    grace.post_form("/rooms/1/mute", &[("for", "off")]).await.expect(303);
    ada.post(1, "heard again").await;
    settled(&app).await;
    assert_eq!(service.outside.requests().len(), 1);
}

#[tokio::test]
async fn devices_are_listed_tried_and_removed() {
    let service = Service::start().await;
    let app = service.app();
    let (ada, list) = (app.first_run().await, "/users/me/push_subscriptions");
    let key = ada.bare(reqwest::Method::GET, list).header("Accept", "application/json");
    let json = ada.send(key).await.expect(200).json();
    let key = URL_SAFE_NO_PAD.decode(json["vapid_public_key"].as_str().unwrap()).unwrap();
    assert_eq!((key.len(), key[0]), (65, 4));
    let device = Device::of(&ada, "here", &service).await;
    Device::of(&ada, "here", &service).await;
    assert_eq!(app.database().count("push_subscriptions"), 1, "one browser, one place");
    let device = {
        drop(device);
        Device::of(&ada, "here", &service).await
    };
    assert!(ada.get(list).await.shown().contains("this device"));
    let id: i64 = app.database().one("select id from push_subscriptions", []);
    let test = format!("{list}/{id}/test_notifications");
    ada.post_form::<&str>(&test, &[]).await.expect(303);
    assert_eq!(device.read(&service.outside.requests()[0])["title"], "Campfire Test");
    assert!(ada.get(list).await.shown().contains("Sent. It should appear"));
    service.answer([Reply::status(403)]);
    ada.post_fragment::<&str>(&test, &[]).await.expect(502);
    let grace = app.join("Grace").await;
    for path in [&test, &format!("{list}/{id}/delete")] {
        grace.post_form::<&str>(path, &[]).await.expect(404);
    }
    // Somebody else signs in at this browser: it is theirs now.
    grace.post_fragment(list, &device.fields(&service)).await.expect(201);
    assert_eq!(app.database().count("push_subscriptions where user_id = 1"), 0);
    grace.post_form::<&str>("/session/delete", &[]).await.expect(303);
    assert_eq!(app.database().count("push_subscriptions"), 0, "signed out, told nothing");
    Device::of(&ada, "again", &service).await;
    let id: i64 = app.database().one("select id from push_subscriptions", []);
    ada.post_form::<&str>(&format!("{list}/{id}/delete"), &[]).await.expect(303);
    assert_eq!(app.database().count("push_subscriptions"), 0);

    let [_, p256dh, auth] = device.fields(&service);
    for endpoint in
        ["https://evil.example/127.0.0.1", "http://127.0.0.1/", "https://127.0.0.1.evil.example/"]
    {
        let fields = [("endpoint", endpoint.to_owned()), p256dh.clone(), auth.clone()];
        ada.post_fragment(list, &fields).await.expect(422);
    }
}
