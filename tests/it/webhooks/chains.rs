//! Bots that answer each other come to an end, and are heard again when a person speaks.

use std::sync::Arc;

use reqwest::Method;

use super::{give_webhook, payload, ping, said_by, settled};
use crate::support::bot::Bot;
use crate::support::outside::{Outside, Reply, Request};
use crate::support::{App, Person, within};

/// A bot whose program answers by posting to the room itself, whatever it is told.
async fn bot_that_posts(app: &App, ada: &Person, name: &str, text: &'static str) -> (Bot, Outside) {
    let bot = ada.make_bot(name).await;
    let client = Arc::new(Person::new(name, &app.base_url()));
    let program = Outside::start(move |request: &Request| {
        let path = payload(request)["room"]["path"].as_str().unwrap().to_owned();
        let client = client.clone();
        tokio::spawn(async move {
            let request = client.bare(Method::POST, &path);
            let kind = "text/plain";
            client.send(request.header("Content-Type", kind).body(text)).await.expect(201);
        });
        Reply::status(204)
    })
    .await;
    give_webhook(ada, &bot, name, &program.url("/"), "").await;
    (bot, program)
}

/// Waits until a chain of bots was cut off and nothing is under way any more.
async fn cut_off(app: &App) {
    within("the end of a chain of bots", async {
        let cut = "webhook_deliveries where outcome like '%answered each other%'";
        while app.database().count(cut) == 0
            || app.database().count("webhook_deliveries where state = 'waiting'") > 0
        {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    })
    .await;
}

fn bot_messages(app: &App) -> i64 {
    app.database().count("messages join users on users.id = creator_id where role = 'bot'")
}

#[tokio::test]
async fn two_bots_that_mention_each_other_stop_after_ten_messages() {
    let app = App::start();
    let ada = app.first_run().await;
    let (_tick, _one) = bot_that_posts(&app, &ada, "Tick", "@Tock, your turn").await;
    let (_tock, two) = bot_that_posts(&app, &ada, "Tock", "@Tick, your turn").await;
    ada.post(1, "@Tick, begin").await;
    cut_off(&app).await;
    assert_eq!(bot_messages(&app), 10);
    let hops = app.database().all::<i64>("select bot_hops from messages order by id", []);
    assert_eq!(hops, (0..=10).collect::<Vec<_>>());

    // A person is heard by everybody, whatever bots did before.
    let told = two.requests().len();
    ada.post(1, "@Tock, and now you").await;
    two.wait_for(told + 1).await;
}

#[tokio::test]
async fn bots_in_one_ping_stop_as_well() {
    let app = App::start();
    let ada = app.first_run().await;
    let (tick, _one) = bot_that_posts(&app, &ada, "Tick", "Tick").await;
    let (tock, _two) = bot_that_posts(&app, &ada, "Tock", "Tock").await;
    let (tack, _three) = bot_that_posts(&app, &ada, "Tack", "Tack").await;
    let ids = [&tick, &tock, &tack].map(|bot| ("user_ids", bot.id.to_string()));
    let room = ada.post_form("/rooms/directs", &ids).await.expect(303).location();
    let room: i64 = room.trim_start_matches("/rooms/").parse().unwrap();
    ada.post(room, "Who is there?").await;
    cut_off(&app).await;
    within("as many messages as bots were told", async {
        let told = "webhook_deliveries where state = 'delivered'";
        while bot_messages(&app) < app.database().count(told) {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    })
    .await;
    assert!(bot_messages(&app) <= 10, "{} messages", bot_messages(&app));
}

#[tokio::test]
async fn a_bot_is_not_told_of_itself_and_nobody_of_an_answer() {
    let app = App::start();
    let ada = app.first_run().await;
    let (echo, program) = bot_that_posts(&app, &ada, "Echo", "@Echo, hello me").await;
    let room = ping(&ada, &echo).await;
    ada.post(room, "Hello").await;
    within("its own words", async {
        while said_by(&app, &echo).is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    })
    .await;
    assert_eq!(app.database().count("webhook_deliveries"), 1);

    let answering = Outside::start(|_| Reply::html("Over to @Echo")).await;
    let bell = ada.make_bot("Bell").await;
    give_webhook(&ada, &bell, "Bell", &answering.url("/"), "").await;
    ada.post(1, "@Bell, say something").await;
    settled(&app, 2).await;
    assert_eq!(said_by(&app, &bell), ["Over to @Echo"]);
    assert_eq!(app.database().count("webhook_deliveries"), 2, "an answer is told to nobody");
    assert_eq!(program.requests().len(), 1);
}
