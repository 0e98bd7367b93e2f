//! The programs behind bots are told what concerns them, once each, and what they answer is posted.

mod bad_programs;
mod chains;
mod files;
mod keys;
mod pace;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::bot::Bot;
use crate::support::database::alter_stopped;
use crate::support::outside::{Outside, Reply, Request};
use crate::support::{App, Person, within};

/// A bot with a program behind it.
async fn bot_with_program(
    ada: &Person,
    name: &str,
    answer: impl Fn(&Request) -> Reply + Send + Sync + 'static,
) -> (Bot, Outside) {
    let program = Outside::start(answer).await;
    let bot = ada.make_bot(name).await;
    give_webhook(ada, &bot, name, &program.url("/hook"), "").await;
    (bot, program)
}

async fn give_webhook(ada: &Person, bot: &Bot, name: &str, url: &str, secret: &str) {
    let form = [("name", name), ("webhook_url", url), ("webhook_secret", secret)];
    ada.post_form(&format!("/account/bots/{}", bot.id), &form).await.expect(303);
}

/// Starts a ping between an administrator and a bot.
async fn ping(ada: &Person, bot: &Bot) -> i64 {
    let answer = ada.post_form("/rooms/directs", &[("user_ids", &bot.id.to_string())]).await;
    answer.expect(303).location().trim_start_matches("/rooms/").parse().unwrap()
}

/// What a bot has said, as it is stored.
fn said_by(app: &App, bot: &Bot) -> Vec<String> {
    app.database()
        .all("select plain_text from messages where creator_id = ?1 order by id", [bot.id])
}

/// Waits until no delivery waits any more, and gives what became of each: state and outcome.
async fn settled(app: &App, count: i64) -> Vec<String> {
    within(&format!("{count} deliveries settled"), async {
        while app.database().count("webhook_deliveries where state <> 'waiting'") < count {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    })
    .await;
    app.database().all("select state || ': ' || outcome from webhook_deliveries order by id", [])
}

/// Stops the server and starts it again with what waits due at this time, in milliseconds.
async fn with_all_due_at(app: &mut App, run_at: i64) {
    app.term_and_wait().await;
    let sql = format!("update webhook_deliveries set run_at = {run_at} where state = 'waiting'");
    alter_stopped(&app.data_dir(), &sql);
    app.start_again();
}

/// Some thousand years ahead.
const NEVER: i64 = 99_999_999_999_999;

fn payload(request: &Request) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}

#[tokio::test]
async fn a_bot_that_is_mentioned_is_told_and_its_answer_is_posted() {
    let app = App::start();
    let ada = app.first_run().await;
    let (bell, program) = bot_with_program(&ada, "Deploy Bell", |_| {
        Reply::new(200, "text/plain", "All **good**, @Ada")
    })
    .await;
    give_webhook(&ada, &bell, "Deploy Bell", &program.url("/hook?x=1"), "seven bells").await;
    let id = ada.post(1, "@Deploy Bell  is *it* up?").await;

    let request = program.wait_for(1).await.remove(0);
    assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/hook?x=1"));
    assert_eq!(request.header("content-type"), "application/json");
    let html: String = app.database().one("select body_html from messages where id = ?1", [id]);
    assert_eq!(
        payload(&request),
        json!({
            "user": { "id": 1, "name": "Ada" },
            "room": {
                "id": 1,
                "name": app.database().one::<String>("select name from rooms where id = 1", []),
                "path": format!("/rooms/1/{}/messages", bell.key),
            },
            "message": {
                "id": id,
                "body": { "html": html, "plain": "is it up?" },
                "path": format!("/rooms/1/@{id}"),
            },
        })
    );
    let mut mac = Hmac::<Sha256>::new_from_slice(b"seven bells").unwrap();
    mac.update(&request.body);
    let hash: String = mac.finalize().into_bytes().iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(request.header("x-campfire-signature"), format!("sha256={hash}"));
    assert!(!request.header("idempotency-key").is_empty());

    assert_eq!(settled(&app, 1).await, ["delivered: Answered."]);
    assert_eq!(said_by(&app, &bell), ["All good, @Ada"]);
    let rows = app.database();
    let answer: i64 = rows.one("select max(id) from messages", []);
    assert_eq!(rows.count(&format!("mentions where message_id = {answer} and user_id = 1")), 1);
    assert_eq!(rows.one::<i64>("select bot_hops from messages where id = ?1", [answer]), 1);
    assert!(ada.room_page(1).await.shown().contains("All good"));
}

#[tokio::test]
async fn who_is_told_of_what() {
    let app = App::start();
    let ada = app.first_run().await;
    let (bell, program) = bot_with_program(&ada, "Bell", |_| Reply::status(204)).await;
    let (gong, other) = bot_with_program(&ada, "Gong", |_| Reply::status(204)).await;
    let silent = ada.make_bot("Silent").await;
    ada.post_form("/rooms/closeds", &[("name", "Vault")]).await.expect(303);

    ada.post(1, "Nobody in particular").await;
    ada.post(2, "@Bell is not in here").await;
    let asked = ada.post(1, "@Bell and @Silent, listen").await;
    ada.post_form(&format!("/rooms/1/messages/{asked}"), &[("body", "@Gong, listen")]).await;
    let room = ping(&ada, &gong).await;
    let pinged = ada.post(room, "Just between us").await;
    ada.post_form(&format!("/messages/{pinged}/boosts"), &[("content", "Yes")]).await.expect(303);
    ada.post_form::<&str>(&format!("/rooms/{room}/messages/{pinged}/delete"), &[]).await;
    let to_silent = ping(&ada, &silent).await;
    ada.post(to_silent, "Are you there?").await;

    assert_eq!(settled(&app, 2).await.len(), 2, "two are told, and no more");
    assert_eq!(payload(&program.requests()[0])["message"]["id"], asked);
    assert_eq!(program.requests()[0].header("x-campfire-signature"), "", "it has no secret");
    // The message may have been deleted before it was told.
    for request in other.requests() {
        assert_eq!(payload(&request)["room"]["name"], Value::Null);
        assert_eq!(payload(&request)["message"]["body"]["plain"], "Just between us");
        let text = request.text();
        assert!(text.contains(&gong.key) && !text.contains(&bell.key), "{text}");
    }
    assert!(program.requests().len() == 1 && other.requests().len() <= 1);
}

#[tokio::test]
async fn only_a_200_with_something_in_it_makes_a_message() {
    let app = App::start();
    let ada = app.first_run().await;
    let (bell, program) = bot_with_program(&ada, "Bell", |request| {
        let plain = payload(request)["message"]["body"]["plain"].as_str().unwrap().to_owned();
        match plain.as_str() {
            "empty" => Reply::new(200, "text/plain", "  \n"),
            "untyped" => Reply::status(200),
            "nothing" => Reply::status(204),
            "created" => Reply::new(201, "text/plain", "Not a word"),
            "refused" => Reply::new(404, "text/html", "<p>Not a word</p>"),
            "elsewhere" => Reply::redirect("http://127.0.0.1:9/"),
            "html" => Reply::html("<b>Bold</b><script>alert(1)</script>"),
            _ => Reply::new(200, "text/plain; charset=utf-8", "Ünï 🔔\nsecond line"),
        }
    })
    .await;
    let room = ping(&ada, &bell).await;
    for text in ["empty", "untyped", "nothing", "created", "refused", "elsewhere", "html", "?"] {
        ada.post(room, text).await;
    }
    let mut became = settled(&app, 8).await;
    became.sort();
    assert_eq!(
        became[..4],
        [
            "delivered: Answered.",
            "delivered: Answered.",
            "delivered: Received.",
            "delivered: Received."
        ]
    );
    assert_eq!(became[6..], ["failed: Refused by the program.", "failed: Refused by the program."]);
    assert_eq!(program.requests().len(), 8, "nothing is tried twice");
    let mut said = said_by(&app, &bell);
    said.sort();
    assert_eq!(said, ["Bold", "Ünï 🔔\nsecond line"]);
    let html: Vec<String> = app.database().all("select body_html from messages", []);
    assert!(html.iter().all(|html| !html.contains("script")), "{html:?}");
}

#[tokio::test]
async fn what_was_told_can_be_seen_and_sent_again() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let (bell, program) = bot_with_program(&ada, "Bell", |_| Reply::status(204)).await;
    let path = format!("/account/bots/{}/deliveries", bell.id);
    ada.post_form::<&str>(&path, &[]).await.expect(303);
    let test = program.wait_for(1).await.remove(0);
    assert_eq!(test.header("x-campfire-event"), "test");
    assert_eq!(payload(&test)["message"]["body"]["plain"], "This is a test.");
    assert_eq!(payload(&test)["user"]["name"], "Ada");
    settled(&app, 1).await;
    let said = ada.get(&path).await.expect(200).shown();
    assert!(said.contains("A test event") && said.contains("204"), "{said}");

    let id = ada.post(1, "@Bell, once").await;
    settled(&app, 2).await;
    let said = ada.get(&path).await.expect(200);
    assert!(said.text().contains(&format!("/rooms/1/@{id}")));
    ada.post_form(&path, &[("again", "2")]).await.expect(303);
    let requests = program.wait_for(3).await;
    assert_eq!(requests[1].body, requests[2].body);
    assert_ne!(
        requests[1].header("idempotency-key"),
        requests[2].header("idempotency-key"),
        "this one is meant to be heard twice"
    );
    ada.post_form(&path, &[("again", "99")]).await.expect(404);
    grace.post_form(&path, &[("again", "2")]).await.expect(403);
    grace.get(&path).await.expect(403);

    ada.post_form(&format!("/account/bots/{}", bell.id), &[("name", "Bell")]).await.expect(303);
    let refused = ada.post_form::<&str>(&path, &[]).await.expect(422);
    assert!(refused.shown().contains("The bot has no webhook"), "{}", refused.shown());
}

#[tokio::test]
async fn a_restart_loses_nothing_and_a_removed_bot_is_told_nothing() {
    let mut app = App::start();
    let ada = app.first_run().await;
    let program = Outside::start(|_| Reply::status(204)).await;
    let address = program.address.to_string();
    drop(program);
    let (bell, gong) = (ada.make_bot("Bell").await, ada.make_bot("Gong").await);
    give_webhook(&ada, &bell, "Bell", &format!("http://{address}/bell"), "").await;
    give_webhook(&ada, &gong, "Gong", &format!("http://{address}/gong"), "").await;
    let id = ada.post(1, "@Bell and @Gong, are you up?").await;
    app.kill9();
    app.start_again();
    with_all_due_at(&mut app, NEVER).await;
    let ada = ada.at_another_browser().await;
    ada.post_form::<&str>(&format!("/account/bots/{}/delete", gong.id), &[]).await.expect(303);

    let program = Outside::at(&address, None, |_| Reply::status(204)).await;
    with_all_due_at(&mut app, 0).await;
    let request = program.wait_for(1).await.remove(0);
    assert_eq!(request.path, "/bell");
    assert_eq!(payload(&request)["message"]["id"], id);
    let became = settled(&app, 2).await;
    assert_eq!(
        became,
        ["delivered: Received.", "dropped: Not sent: the bot has no webhook any more."]
    );
    assert_eq!(program.requests().len(), 1);
}

#[tokio::test]
async fn a_bot_that_left_the_room_and_a_message_that_is_gone_are_not_told() {
    let mut app = App::start();
    let ada = app.first_run().await;
    // Nobody listens there, so the deliveries wait for their second attempt.
    let program = Outside::start(|_| Reply::status(204)).await;
    let address = program.address.to_string();
    drop(program);
    let bell = ada.make_bot("Bell").await;
    give_webhook(&ada, &bell, "Bell", &format!("http://{address}/"), "").await;
    ada.post_form("/rooms/closeds", &[("name", "Vault"), ("user_ids", &bell.id.to_string())]).await;
    ada.post(2, "@Bell, a secret").await;
    let regretted = ada.post(1, "@Bell, a canary").await;
    with_all_due_at(&mut app, NEVER).await;
    let ada = ada.at_another_browser().await;
    ada.post_form("/rooms/closeds/2", &[("name", "Vault"), ("user_ids", "1")]).await.expect(303);
    let deleting = format!("/rooms/1/messages/{regretted}/delete");
    ada.post_form::<&str>(&deleting, &[]).await.expect(303);
    let program = Outside::at(&address, None, |_| Reply::status(204)).await;
    with_all_due_at(&mut app, 0).await;
    let became = settled(&app, 2).await;
    assert_eq!(
        became,
        [
            "dropped: Not sent: the bot is no longer in the room.",
            "dropped: Not sent: the message was deleted."
        ]
    );
    assert_eq!(program.connections(), 0);
}
