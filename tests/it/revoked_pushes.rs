//! Who lost a room, a session or a device between a message and its telling is told nothing.

use std::time::Duration;

use crate::support::push_service::{Device, LIST, PushService, busy, hear, listener, settled};
use crate::support::{Reply, within};

#[tokio::test]
async fn whom_it_concerns_no_longer_is_told_nothing() {
    let service = PushService::start().await;
    let app = service.app();
    let ada = app.first_run().await;
    let names = [
        "Left", "Removed", "Banned", "Retired", "Signed", "Device", "Reader", "Muted", "Asleep",
        "Nothing", "Looking", "Control",
    ];
    let mut people = Vec::new();
    let mut form = vec![("name", "Vault".to_owned())];
    for (at, name) in names.iter().enumerate() {
        people.push(app.join(name).await);
        form.push(("user_ids", (at + 2).to_string()));
    }
    let vault = ada.post_form("/rooms/closeds", &form).await.expect(303).location();
    let vault: i64 = vault.rsplit('/').next().unwrap().parse().unwrap();
    let mut devices = Vec::new();
    for person in &people {
        hear(person, vault, "everything").await;
        devices.push(Device::of(person, &person.name, &service).await);
    }
    service.always(busy());
    ada.post(vault, "a secret").await;
    service.outside.wait_for(names.len()).await;

    let room = format!("/rooms/{vault}");
    people[0].post_form::<&str>(&format!("{room}/membership/delete"), &[]).await.expect(303);
    form.remove(2);
    let change = format!("/rooms/closeds/{vault}");
    ada.post_form(&change, &form).await.expect(303);
    ada.post_form::<&str>("/users/4/ban", &[]).await.expect(303);
    ada.post_form::<&str>("/account/users/5/delete", &[]).await.expect(303);
    people[4].post_form::<&str>("/session/delete", &[]).await.expect(303);
    let id: i64 = app.database().one("select id from push_subscriptions where user_id = 7", []);
    people[5].post_form::<&str>(&format!("{LIST}/{id}/delete"), &[]).await.expect(303);
    people[6].room_page(vault).await;
    people[7].post_form(&format!("{room}/mute"), &[("for", "hour")]).await.expect(303);
    let all_day = [("from", "00:00"), ("to", "23:59"), ("zone", "UTC")];
    people[8].post_form("/users/me/quiet_hours", &all_day).await.expect(303);
    hear(&people[9], vault, "nothing").await;
    let mut socket = people[10].live(vault, people[10].cursor(vault).await).await;
    socket.send_text(r#"{"type":"present"}"#).await;
    within("the one who looks", async {
        while !people[11].get(&room).await.shown().contains("Looking") {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    // The last one has looked at the room meanwhile, and says that it was not to be read.
    let message: i64 = app.database().one("select max(id) from messages", []);
    let unread = format!("{room}/messages/{message}/unread");
    people[11].post_form::<&str>(&unread, &[]).await.expect(303);
    let before: Vec<usize> = devices.iter().map(|one| one.told(&service).len()).collect();
    service.always(Reply::status(201));
    settled(&app).await;
    for (at, device) in devices.iter().enumerate().take(11) {
        assert_eq!(device.told(&service).len(), before[at], "{} was told later", names[at]);
    }
    assert_eq!(devices[11].told(&service).len(), before[11] + 1, "the others are told");
}

#[tokio::test]
async fn what_is_gone_is_told_to_nobody() {
    let service = PushService::start().await;
    let app = service.app();
    let ada = app.first_run().await;
    let (grace, device) = listener(&app, "Grace", &service).await;
    let attic = ada.post_form("/rooms/opens", &[("name", "Attic")]).await.expect(303).location();
    let attic: i64 = attic.rsplit('/').next().unwrap().parse().unwrap();
    hear(&grace, attic, "everything").await;
    service.always(busy());
    let deleted = ada.post(1, "a slip").await;
    ada.post(attic, "dust").await;
    let edited = ada.post(1, "a typo").await;
    service.outside.wait_for(3).await;
    ada.post_form::<&str>(&format!("/rooms/1/messages/{deleted}/delete"), &[]).await.expect(303);
    ada.post_form::<&str>(&format!("/rooms/{attic}/delete"), &[]).await.expect(303);
    let path = format!("/rooms/1/messages/{edited}");
    ada.post_form(&path, &[("body", "mended")]).await.expect(303);
    let before = device.told(&service).len();
    service.always(Reply::status(201));
    settled(&app).await;
    let told = device.told(&service);
    assert_eq!(told.len(), before + 1);
    assert_eq!(told[before]["options"]["body"], "Ada: mended", "as it is when it is sent");
}

#[tokio::test]
async fn whoever_is_shut_out_is_told_of_nothing_that_comes_later() {
    let service = PushService::start().await;
    let app = service.app();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let with = [("name", "Vault"), ("user_ids", "2")];
    let vault = ada.post_form("/rooms/closeds", &with).await.expect(303).location();
    let vault: i64 = vault.rsplit('/').next().unwrap().parse().unwrap();
    let change = format!("/rooms/closeds/{vault}");
    let device = Device::of(&grace, "grace", &service).await;
    for round in 0..20 {
        hear(&grace, vault, "everything").await;
        let removal = async {
            ada.post_form(&change, &[("name", "Vault")]).await.expect(303);
            ada.post(vault, &format!("after {round}")).await
        };
        let posts = async {
            for n in 0..3 {
                ada.post(vault, &format!("while {round}.{n}")).await;
            }
        };
        tokio::join!(removal, posts);
        ada.post_form(&change, &with).await.expect(303);
    }
    hear(&grace, vault, "everything").await;
    ada.post(vault, "the end").await;
    settled(&app).await;
    let told = device.told(&service);
    let told: Vec<&str> = told.iter().map(|one| one["options"]["body"].as_str().unwrap()).collect();
    assert!(told.contains(&"Ada: the end"));
    assert!(!told.iter().any(|body| body.contains("after")), "{told:?}");
}
