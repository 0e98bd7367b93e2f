//! Bans: out at once with addresses and messages, whatever the address; and in again.

use crate::support::{App, Person, html, within};

const OUTSIDE: &str = "203.0.113.9";

fn behind_a_proxy() -> App {
    App::with(|settings| {
        settings.set("TRUSTED_PROXIES", "127.0.0.1");
    })
}

fn id_of(app: &App, name: &str) -> i64 {
    app.database().one("select id from users where name = ?1", [name])
}

async fn ban(by: &Person, id: i64) -> u16 {
    by.post_form::<&str>(&format!("/users/{id}/ban"), &[]).await.status()
}

async fn lift(by: &Person, id: i64) -> u16 {
    by.post_form::<&str>(&format!("/users/{id}/ban/delete"), &[]).await.status()
}

async fn until_nothing_is_left(app: &App, id: i64) {
    within("the messages of a banned person go", async {
        while app.database().count(&format!("messages where creator_id = {id}")) > 0
            || app.database().count("jobs where kind <> 'remove_files'") > 0
        {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_banned_person_is_out_and_their_messages_go_from_every_open_page() {
    let app = behind_a_proxy();
    let ada = app.first_run().await;
    let mallory = app.join_from("Mallory", OUTSIDE).await;
    let id = id_of(&app, "Mallory");
    let kept = ada.post(1, "Good morning").await;
    let mut spam = Vec::new();
    for n in 0..120 {
        spam.push(mallory.post(1, &format!("Buy now {n}")).await);
    }
    let mut own = mallory.live(1, 0).await;
    let mut watching = ada.live(1, ada.cursor(1).await).await;
    // The push service of a browser nobody signed in with, as an import could leave it.
    assert_eq!(ban(&ada, id).await, 303);
    assert_eq!(own.expect_close().await, 4401);
    mallory.get("/rooms/1").await.expect(303);

    for message in &spam {
        watching.wait_for(&format!("hx-target=\"#message_{message}\" hx-swap=\"delete\"")).await;
    }
    until_nothing_is_left(&app, id).await;
    assert_eq!(html::message_ids(&ada.room_page(1).await.text()), [kept]);
    let rows = app.database();
    assert_eq!(rows.one::<String>("select status from users where id = ?1", [id]), "banned");
    assert_eq!(rows.all::<String>("select ip_address from bans", []), [OUTSIDE]);
    assert_eq!(rows.count(&format!("sessions where user_id = {id}")), 0);
    assert_eq!(rows.count(&format!("memberships where user_id = {id}")), 1, "kept for later");
    assert_eq!(rows.one::<i64>("select last_message_id from rooms where id = 1", []), kept);
    rows.assert_sound();
    mallory.clone().at("198.51.100.1").sign_in().await.expect(401);
    let page = ada.get(&format!("/users/{id}")).await.expect(200);
    assert!(page.shown().contains("is banned") && page.text().contains("/ban/delete"));
}

#[tokio::test]
async fn what_is_removed_is_no_longer_counted_as_unread() {
    let app = App::start();
    let (ada, mallory) = (app.first_run().await, app.join("Mallory").await);
    let id = id_of(&app, "Mallory");
    ada.room_page(1).await;
    // Ada looks at another page, where the count of the room stands in the sidebar.
    let mut elsewhere = ada.socket("/live").await.ok().unwrap();
    for n in 0..3 {
        mallory.post(1, &format!("Buy now {n}")).await;
    }
    elsewhere.wait_for(">3<").await;
    assert_eq!(ban(&ada, id).await, 303);
    let last = "the last frame has no count";
    elsewhere
        .wait_for_frame(last, |frame| frame.contains("/rooms/1\"") && !frame.contains("unread"))
        .await;
}

#[tokio::test]
async fn nobody_writes_or_listens_from_a_banned_address() {
    let app = behind_a_proxy();
    let (ada, grace) = (app.first_run().await, app.join_from("Grace", OUTSIDE).await);
    let mallory = app.join_from("Mallory", OUTSIDE).await;
    let id = id_of(&app, "Mallory");
    assert_eq!(ban(&ada, id).await, 303);

    // Grace shares the address: she may read, and write from elsewhere.
    grace.get("/rooms/1").await.expect(200);
    let refused = grace.post_form("/rooms/1/messages", &[("body", "Hello")]).await.expect(429);
    assert!(!refused.header("retry-after").is_empty());
    assert!(refused.shown().contains("banned"));
    assert_eq!(grace.socket("/live?room=1&cursor=0").await.err(), Some(403));
    let mapped = grace.clone().at("::ffff:203.0.113.9");
    mapped.post_form("/rooms/1/messages", &[("body", "Hello")]).await.expect(429);
    let forged = grace.clone().at(&format!("198.51.100.4, {OUTSIDE}"));
    forged.post_form("/rooms/1/messages", &[("body", "Hello")]).await.expect(429);
    grace.clone().at("198.51.100.4").post(1, "From the train").await;
    assert!(grace.clone().at("198.51.100.4").socket("/live?room=1&cursor=0").await.is_ok());

    for (path, fields) in [
        ("/session".to_owned(), mallory.details()),
        (format!("/join/{}", app.join_code()), Person::new("Eve", &app.base_url()).details()),
    ] {
        app.visitor().at(OUTSIDE).post_form(&path, &fields).await.expect(429);
    }
    // Who can lift the ban is not shut out by it.
    let at_the_office = ada.clone().at(OUTSIDE);
    at_the_office.post(1, "Same office").await;
    assert_eq!(lift(&at_the_office, id).await, 303);
    grace.post(1, "Here again").await;
    mallory.sign_in().await.expect(303);
    mallory.post(1, "Sorry").await;
}

#[tokio::test]
async fn banned_addresses_are_known_after_a_restart() {
    let mut app = behind_a_proxy();
    let (ada, mallory) = (app.first_run().await, app.join_from("Mallory", OUTSIDE).await);
    let other = app.join_from("Eve", OUTSIDE).await;
    let (first, second) = (id_of(&app, "Mallory"), id_of(&app, "Eve"));
    assert_eq!((ban(&ada, first).await, ban(&ada, second).await), (303, 303));
    assert_eq!(ban(&ada, first).await, 303, "again changes nothing");
    app.restart().await;
    mallory.sign_in_refused().await;
    assert_eq!(lift(&ada, first).await, 303);
    // The other ban still holds the address.
    mallory.sign_in_refused().await;
    assert_eq!(lift(&ada, second).await, 303);
    mallory.sign_in().await.expect(303);
    assert_eq!(app.database().count("bans"), 0);
    drop(other);
}

impl Person {
    async fn sign_in_refused(&self) {
        self.post_form("/session", &self.details()).await.expect(429);
    }
}

#[tokio::test]
async fn a_private_address_never_makes_a_ban_fail() {
    let app = behind_a_proxy();
    let ada = app.first_run().await;
    for (n, address) in
        ["10.0.0.7", "192.168.1.4", "127.0.0.1", "fe80::1", "fd00::5", "::1"].iter().enumerate()
    {
        let name = format!("Private{n}");
        let person = app.join_from(&name, address).await;
        person.post(1, "Something").await;
        let id = id_of(&app, &name);
        assert_eq!(ban(&ada, id).await, 303, "{address}");
        person.get("/rooms/1").await.expect(303);
        until_nothing_is_left(&app, id).await;
    }
    assert_eq!(app.database().count("bans"), 0, "nobody else is shut out");
    app.join_from("Grace", "10.0.0.7").await.post(1, "Hello").await;
}

#[tokio::test]
async fn a_ban_takes_devices_and_links_and_nothing_brings_messages_back() {
    let mut app = behind_a_proxy();
    let (ada, mallory) = (app.first_run().await, app.join_from("Mallory", OUTSIDE).await);
    let id = id_of(&app, "Mallory");
    let message = mallory.post(1, "Before").await;
    let keys = ["ab".repeat(16), "cd".repeat(16)];
    for key in &keys {
        let shelf = app.data_dir().join("files").join(&key[..2]);
        std::fs::create_dir_all(&shelf).unwrap();
        std::fs::write(shelf.join(key), "bytes").unwrap();
    }
    app.term_and_wait().await;
    crate::support::database::alter_stopped(
        &app.data_dir(),
        &format!(
            "insert into push_subscriptions (user_id, endpoint, p256dh_key, auth_key, user_agent, created_at)
             values ({id}, 'https://push.example/1', 'k', 'a', '', 0);
             insert into transfers (token_hash, user_id, created_at, expires_at)
             values (zeroblob(32), {id}, 0, 9000000000000);
             insert into attachments (message_id, storage_key, thumbnail_key, filename,
                 content_type, byte_size, created_at)
             values ({message}, '{}', '{}', 'a.png', 'image/png', 5, 0);",
            keys[0], keys[1]
        ),
    );
    app.start_again();
    assert_eq!(ban(&ada, id).await, 303);
    until_nothing_is_left(&app, id).await;
    for table in ["push_subscriptions", "transfers"] {
        assert_eq!(app.database().count(table), 0, "{table}");
    }
    let doomed: String =
        app.database().one("select payload from jobs where run_at > created_at + 86000000", []);
    for key in &keys {
        assert!(app.data_dir().join("files").join(&key[..2]).join(key).exists(), "for backups");
        assert!(doomed.contains(key), "files go a day later");
    }
    assert_eq!(lift(&ada, id).await, 303);
    assert_eq!(lift(&ada, id).await, 303, "again changes nothing");
    mallory.sign_in().await.expect(303);
    let after = mallory.post(1, "After").await;
    assert_eq!(html::message_ids(&ada.room_page(1).await.text()), [after]);
}

#[tokio::test]
async fn the_removal_goes_on_after_a_crash() {
    let mut app = App::start();
    let (ada, mallory) = (app.first_run().await, app.join("Mallory").await);
    let id = id_of(&app, "Mallory");
    ada.post(1, "This stays").await;
    app.term_and_wait().await;
    // More than the server removes before it is killed.
    crate::support::database::alter_stopped(
        &app.data_dir(),
        &format!(
            "with recursive n (i) as (select 1 union all select i + 1 from n where i < 6000)
             insert into messages (room_id, creator_id, client_message_id, body_html, body_source,
                 body_format, plain_text, created_at)
             select 1, {id}, 'spam-' || i, '<p>Spam</p>', 'Spam', 'markdown', 'Spam', i from n;
             insert into search_entries (id, words, parts, marks)
             select id, 'spam', '', char(57344) || 'r1 ' || char(57344) || 'u{id}'
             from messages where creator_id = {id};
             insert into message_search (rowid, words, parts, marks)
             select * from search_entries where id > 1;
             update rooms set last_message_id = (select max(id) from messages);"
        ),
    );
    app.start_again();
    let cursor = ada.cursor(1).await;
    assert_eq!(ban(&ada, id).await, 303);
    app.kill9();
    app.start_again();
    until_nothing_is_left(&app, id).await;
    let rows = app.database();
    assert_eq!(rows.count("messages"), 1);
    assert_eq!(rows.count("changes where kind = 'deleted'"), 6000, "each once");
    rows.assert_sound();
    assert!(html::message_texts(&ada.room_page(1).await.text()) == ["This stays"]);
    // Somebody who was away through all of it is given the page anew.
    let mut late = ada.live(1, cursor).await;
    late.wait_for("This stays").await;
    drop(mallory);
}

#[tokio::test]
async fn only_administrators_ban_and_not_themselves_or_who_is_gone() {
    let app = App::start();
    let (ada, grace) = (app.first_run().await, app.join("Grace").await);
    let (ada_id, grace_id) = (id_of(&app, "Ada"), id_of(&app, "Grace"));
    assert_eq!(ban(&grace, ada_id).await, 403);
    assert_eq!(lift(&grace, ada_id).await, 403);
    assert_eq!(ban(&ada, 987_654).await, 404);
    assert_eq!(ban(&ada, ada_id).await, 422);
    let raised = [("role", "administrator")];
    ada.post_form(&format!("/account/users/{grace_id}"), &raised).await.expect(303);
    assert_eq!(ban(&ada, ada_id).await, 422, "with another administrator there, too");
    ada.post_form::<&str>(&format!("/account/users/{grace_id}/delete"), &[]).await.expect(303);
    assert_eq!(ban(&ada, grace_id).await, 404);
    assert_eq!(lift(&ada, grace_id).await, 303, "nobody comes back this way");
    let status: String = app.database().one("select status from users where id = ?1", [grace_id]);
    assert_eq!(status, "deactivated");
}
