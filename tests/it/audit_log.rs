//! What administrators do to others is written down, and administrators can read it.

use super::room_settings::make;
use crate::support::database::alter_stopped;
use crate::support::{App, Person, html};

/// The lines of the log, the newest first, without their times.
async fn lines(ada: &Person) -> Vec<String> {
    let page = ada.get("/account/audit_log").await.expect(200).text();
    let entries = page.split("<li id=\"entry_").skip(1);
    let line = |entry: &str| {
        let text = entry.split_once("<p>").unwrap().1.split("</p>").next().unwrap();
        html::text_of(text)
    };
    entries.map(line).collect()
}

async fn press(person: &Person, path: &str) {
    person.post_form(path, &[("", "")]).await.expect(303);
}

#[tokio::test]
async fn what_is_done_to_others_is_written_down() {
    let app = App::start();
    let ada = app.first_run().await;
    let (grace, linus) = (app.join("Grace").await, app.join("Linus").await);
    let code = app.join_code();
    let graces = make(&grace, "opens", &[("name", "Garden")]).await;
    let closed = make(&grace, "closeds", &[("name", "Secret"), ("user_ids", "1")]).await;
    let said = grace.post(1, "A canary").await;

    ada.post_form("/account", &[("name", "Ours")]).await.expect(303);
    press(&ada, "/account/join_code").await;
    ada.post_form("/account/custom_styles", &[("custom_styles", "a{}")]).await.expect(303);
    ada.post_form("/account/users/2", &[("role", "administrator")]).await.expect(303);
    ada.post_form("/account/users/2", &[("role", "member")]).await.expect(303);
    press(&ada, "/users/3/ban").await;
    press(&ada, "/users/3/ban/delete").await;
    press(&ada, "/users/2/transfers").await;
    let bell = ada.make_bot("Bell").await;
    let bot = format!("/account/bots/{}", bell.id);
    ada.post_form(&bot, &[("name", "Bell"), ("webhook_url", "http://127.0.0.1:9/")]).await;
    press(&ada, &format!("{bot}/deliveries")).await;
    press(&ada, &format!("{bot}/key")).await;
    press(&ada, &format!("{bot}/delete")).await;
    ada.post_form(&format!("/rooms/1/messages/{said}"), &[("body", "Mended")]).await.expect(303);
    press(&ada, &format!("/rooms/1/messages/{said}/delete")).await;
    ada.post_form(&format!("/rooms/opens/{graces}"), &[("name", "Yard")]).await.expect(303);
    press(&ada, &format!("/rooms/{closed}/archive")).await;
    press(&ada, &format!("/rooms/{closed}/archive/delete")).await;
    press(&ada, &format!("/rooms/{graces}/delete")).await;
    press(&ada, "/account/users/3/delete").await;

    let expected = [
        "Ada removed Linus",
        "Ada deleted a room of somebody else’s: Yard",
        "Ada restored a room of somebody else’s",
        "Ada archived a room of somebody else’s",
        "Ada changed a room of somebody else’s: Garden",
        "Ada deleted a message of Grace",
        "Ada edited a message of Grace",
        "Ada removed the bot Bell",
        "Ada replaced the key of the bot Bell",
        "Ada sent a test event to the bot Bell",
        "Ada changed the bot Bell",
        "Ada made the bot Bell",
        "Ada made a sign-in link for Grace",
        "Ada lifted the ban of Linus",
        "Ada banned Linus",
        "Ada took the administrator’s role from Grace",
        "Ada gave the administrator’s role to Grace",
        "Ada changed the custom styles",
        "Ada replaced the join link",
        "Ada changed the account’s settings",
    ];
    assert_eq!(lines(&ada).await, expected);
    let page = ada.get("/account/audit_log").await.expect(200).text();
    for secret in
        [code.as_str(), &app.join_code(), &bell.key, "canary", "Secret", "grace@example.com"]
    {
        assert!(!page.contains(secret), "{secret}");
    }
    grace.get("/account/audit_log").await.expect(403);
    linus.get("/account/audit_log").await.expect(303);
}

#[tokio::test]
async fn what_one_does_to_ones_own_and_what_is_refused_is_not() {
    let app = App::start();
    let ada = app.first_run().await;
    app.join("Grace").await;
    let room = make(&ada, "opens", &[("name", "Mine")]).await;
    let said = ada.post(room, "Mine, too").await;
    let path = format!("/rooms/{room}/messages/{said}");
    ada.post_form(&path, &[("body", "Mine as well")]).await.expect(303);
    press(&ada, &format!("{path}/delete")).await;
    ada.post_form(&format!("/rooms/opens/{room}"), &[("name", "Still mine")]).await.expect(303);
    press(&ada, &format!("/rooms/{room}/delete")).await;
    press(&ada, "/users/me/transfers").await;
    let ping = ada.post_form("/rooms/directs", &[("user_ids", "2")]).await.expect(303).location();
    press(&ada, &format!("{ping}/delete")).await;
    // Refused: she is the last administrator.
    ada.post_form("/account/users/1", &[("role", "member")]).await;
    ada.post_form("/users/1/ban", &[("", "")]).await;
    ada.post_form("/users/99/ban", &[("", "")]).await.expect(404);
    assert_eq!(lines(&ada).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_is_written_down_too_and_long_logs_have_pages() {
    let mut app = App::start();
    let ada = app.first_run().await;
    app.join("Grace").await;
    app.term_and_wait().await;
    let run = std::process::Command::new(env!("CARGO_BIN_EXE_campfire"))
        .env("DATA_DIR", app.data_dir())
        .args(["make-admin", "grace@example.com"])
        .output()
        .unwrap();
    assert!(run.status.success(), "{run:?}");
    let sql = "with recursive n (x) as (select 2 union all select x + 1 from n where x < 250)
         insert into audit_log (actor_id, deed, subject_id, detail, at)
         select 2, 'change_room', null, 'Room ' || x, x * 60000 from n";
    alter_stopped(&app.data_dir(), sql);
    app.start_again();
    let ada = ada.at_another_browser().await;
    let mut path = "/account/audit_log".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = ada.get(&path).await.expect(200).text();
        seen.extend(
            page.split("id=\"entry_")
                .skip(1)
                .map(|part| part.split('"').next().unwrap().parse::<i64>().unwrap()),
        );
        let Some(older) = html::between(&page, "href=\"/account/audit_log?before=", "\"") else {
            assert!(page.contains("The operator at the machine gave the administrator’s role to"));
            break;
        };
        path = format!("/account/audit_log?before={older}");
    }
    assert_eq!(seen, (1..=250).rev().collect::<Vec<_>>(), "each once, the newest first");
    ada.get("/account/audit_log?before=x").await.expect(404);
    assert!(
        ada.get("/account/audit_log?before=1").await.expect(200).shown().contains("That is all.")
    );
}
