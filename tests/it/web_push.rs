//! Devices of people who are away are told of messages: by a real push service of the test, which
//! reads what only the browser can read.

use std::time::Duration;

use crate::support::push_service::{Device, LIST, PushService, busy, hear, listener, settled};
use crate::support::{Reply, within};

#[tokio::test]
async fn those_who_are_away_are_told_what_concerns_them() {
    let service = PushService::start().await;
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
    let own = Device::of(&ada, "Ada", &service).await;
    let id = ada.post(1, "The **kettle** is on").await;
    settled(&app).await;
    let told = service.outside.requests();
    assert_eq!(told.len(), 1, "only who wants everything");
    let ((grace, grace_looks), linus) = (&devices[0], &devices[1].0);
    let said = grace.read(&told[0]);
    assert_eq!(said["title"], "All Talk");
    assert_eq!(said["options"]["body"], "Ada: The kettle is on");
    assert_eq!(said["options"]["data"]["path"], format!("/rooms/1/@{id}"));
    assert_eq!(said["options"]["data"]["badge"], 1);
    assert_eq!(said["options"]["tag"], "room_1");
    for picture in ["icon", "badge"] {
        let path = said["options"][picture].as_str().unwrap();
        assert_eq!(ada.get(path).await.expect(200).header("content-type"), "image/png", "{path}");
    }
    assert_eq!(told[0].method, "POST");
    for (name, value) in [
        ("ttl", "86400"),
        ("urgency", "high"),
        ("topic", "room-1"),
        ("content-encoding", "aes128gcm"),
    ] {
        assert_eq!(told[0].header(name), value, "{name}");
    }
    let page = grace_looks.get(LIST).await.expect(200);
    assert!(page.shown().contains("last notified"), "{}", page.shown());
    let key = page.text().split("data-vapid-public-key=\"").nth(1).unwrap()[..87].to_owned();
    assert!(told[0].header("authorization").ends_with(&format!(", k={key}")));

    // Mentioned: both; looking at the room: nobody.
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
    assert_eq!(service.outside.requests().len(), 2);
    assert_eq!(linus.told(&service)[0]["options"]["body"], "Ada: @Linus and @Barbara, it boils");

    // In a ping the author is the title; every device is told.
    let grace_elsewhere = grace_looks.at_another_browser().await;
    let telephone = Device::of(&grace_elsewhere, "telephone", &service).await;
    let ping = ada.post_form("/rooms/directs", &[("user_ids", "2")]).await.expect(303).location();
    let ping: i64 = ping.rsplit('/').next().unwrap().parse().unwrap();
    ada.post(ping, "psst").await;
    settled(&app).await;
    for device in [grace, &telephone] {
        let said = device.told(&service).pop().unwrap();
        assert_eq!((&said["title"], &said["options"]["body"]), (&"Ada".into(), &"psst".into()));
    }
    assert!(own.told(&service).is_empty(), "the author knows");
}

#[tokio::test]
async fn services_are_obeyed() {
    let service = PushService::start().await;
    let app = service.app();
    let ada = app.first_run().await;
    let (grace, device) = listener(&app, "Grace", &service).await;

    // Put off, broken, gone for a moment: told in the end, once each.
    service.answer([
        busy(),
        Reply::status(429).header("retry-after", "1"),
        Reply::status(500).header("content-length", "9000"),
        Reply::closing(),
    ]);
    for text in ["one", "two", "three", "four"] {
        ada.post(1, text).await;
    }
    settled(&app).await;
    let mut said: Vec<String> =
        device.told(&service).iter().map(|one| one["options"]["body"].to_string()).collect();
    assert_eq!(said.len(), 8);
    said.sort_unstable();
    said.dedup();
    assert_eq!(said.len(), 4);
    // Too much: less.
    service.answer([Reply::status(413), Reply::status(413)]);
    ada.post(1, &"many words ".repeat(600)).await;
    settled(&app).await;
    let told = service.outside.requests();
    let sizes: Vec<usize> = told[8..].iter().map(|request| request.body.len()).collect();
    assert!(sizes.len() == 3 && sizes[0] > sizes[1] && sizes[1] > sizes[2], "{sizes:?}");
    assert!(sizes[0] <= 4_096);
    for request in &told[8..] {
        let said = device.read(request);
        assert!(said["options"]["body"].as_str().unwrap().ends_with('…'));
    }
    // Not understood: not tried again, and the device stays.
    service.answer([Reply::status(400)]);
    ada.post(1, "five").await;
    settled(&app).await;
    assert_eq!(service.outside.requests().len(), 12);
    assert_eq!(app.database().count("push_subscriptions"), 1);
    // Gone: it goes, whatever else is said.
    for status in [404, 410] {
        Device::of(&grace, &format!("gone-{status}"), &service).await;
        service.answer([Reply::new(status, "text/html", "gone ".repeat(2_000))]);
        ada.post(1, "six").await;
        settled(&app).await;
        assert_eq!(app.database().count("push_subscriptions"), 0, "{status}");
    }
}

#[tokio::test]
async fn a_service_that_says_nothing_holds_up_nobody_and_is_asked_again() {
    let service = PushService::start().await;
    let app = service.app();
    let ada = app.first_run().await;
    let (_grace, device) = listener(&app, "Grace", &service).await;
    service.answer([Reply::silent()]);
    ada.post(1, "anybody?").await;
    service.outside.wait_for(1).await;
    ada.post(1, "hello?").await;
    let bodies = |told: Vec<serde_json::Value>| -> Vec<String> {
        told.iter().map(|one| one["options"]["body"].as_str().unwrap().to_owned()).collect()
    };
    service.outside.wait_for(2).await;
    assert_eq!(bodies(device.told(&service)), ["Ada: anybody?", "Ada: hello?"]);
    service.outside.wait_for(3).await;
    assert_eq!(bodies(device.told(&service))[2], "Ada: anybody?");
}

#[tokio::test]
async fn a_crash_between_message_and_push_loses_none() {
    let service = PushService::start().await;
    let mut app = service.app();
    let ada = app.first_run().await;
    let (_grace, device) = listener(&app, "Grace", &service).await;
    service.always(Reply::silent());
    let texts: Vec<String> = (0..20).map(|n| format!("Ada: before the crash {n}")).collect();
    for text in &texts {
        ada.post(1, text.trim_start_matches("Ada: ")).await;
    }
    // Some are under way, some wait, some may not even have been shared out.
    service.outside.wait_for(1).await;
    app.kill9();
    service.always(Reply::status(201));
    let before = device.told(&service).len();
    app.start_again();
    settled(&app).await;
    let mut told: Vec<String> = device.told(&service)[before..]
        .iter()
        .map(|one| one["options"]["body"].as_str().unwrap().to_owned())
        .collect();
    told.sort();
    told.dedup();
    let mut wanted = texts;
    wanted.sort();
    assert_eq!(told, wanted);
}

#[tokio::test]
async fn quiet_hours_and_muted_rooms_are_left_in_peace() {
    let service = PushService::start().await;
    let app = service.app();
    let ada = app.first_run().await;
    let (grace, device) = listener(&app, "Grace", &service).await;
    let quiet = "/users/me/quiet_hours";
    let all_day = [("from", "00:00"), ("to", "23:59"), ("zone", "Europe/Berlin")];
    grace.post_form(quiet, &all_day).await.expect(303);
    let page = grace.get(LIST).await.expect(200).text();
    assert!(page.contains("<option selected>Europe/Berlin</option>"));
    ada.post(1, "sleep well").await;
    settled(&app).await;
    let bad = [("from", "x"), ("to", "23:59"), ("zone", "Europe/Berlin")];
    let page = grace.post_form(quiet, &bad).await.expect(422);
    assert!(page.text().contains("Give both times as hours and minutes."));
    grace.post_form(quiet, &[("off", "1")]).await.expect(303);

    let mute = async |how_long: &str| grace.post_form("/rooms/1/mute", &[("for", how_long)]).await;
    mute("hour").await.expect(303);
    let page = grace.get("/rooms/1/involvement").await;
    assert!(page.shown().contains("no notifications from here until"));
    ada.post(1, "muted").await;
    settled(&app).await;
    assert!(device.told(&service).is_empty());
    mute("ever").await.expect(422);
    let until = async |zone: &str| {
        let form = [("for", "tomorrow"), ("zone", zone)];
        grace.post_form("/rooms/1/mute", &form).await.expect(303);
        let sql = "select muted_until from memberships where room_id = 1 and user_id = 2";
        app.database().one::<i64>(sql, [])
    };
    // Eight o'clock there; no such place is UTC.
    assert_eq!(until("Asia/Kolkata").await % 86_400_000, (2 * 60 + 30) * 60_000);
    assert_eq!(until("Moon/Base").await % 86_400_000, 8 * 60 * 60_000);
    mute("off").await.expect(303);
    ada.post(1, "heard again").await;
    settled(&app).await;
    assert_eq!(device.told(&service).len(), 1);
    let mallory = app.join("Mallory").await;
    mallory.post_form::<&str>("/rooms/1/membership/delete", &[]).await.expect(303);
    mallory.post_form("/rooms/1/mute", &[("for", "hour")]).await.expect(404);
}
