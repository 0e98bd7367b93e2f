//! Twelve journeys: what people do all day, from one end to the other, in real browsers.
//!
//! Each reads as a story and looks only at what people see. The corners of each feature have tests
//! of their own elsewhere.

use std::time::{Duration, Instant};

use crate::support::outside::{Outside, Reply};
use crate::support::proxy::{Line, Proxy};
use crate::support::{App, Browser, PASSWORD, Person};

/// How long a person waits for what somebody else has just done.
const SOON: Duration = Duration::from_secs(2);

/// This person's browser, at the first room, hearing what happens.
async fn at_the_room(person: &Person) -> Browser {
    let browser = person.browser().await;
    browser.goto("/rooms/1").await;
    browser.wait_live().await;
    browser
}

async fn say(browser: &Browser, text: &str) {
    browser.fill("#composer textarea", text).await;
    browser.press("Enter").await;
}

/// The texts on the page, from the oldest to the newest.
async fn texts(browser: &Browser) -> Vec<String> {
    browser.messages().await.into_iter().map(|message| message.text).collect()
}

/// Says how long it took, where longer than two seconds is a failure only on a machine that had
/// nothing else to do: the page must not need a reload, a click or a later beat to show it.
fn took(what: &str, since: Instant) {
    let took = since.elapsed();
    println!("{what}: {} ms{}", took.as_millis(), if took > SOON { ", late" } else { "" });
}

#[tokio::test]
async fn ada_signs_in_enters_and_writes_and_grace_sees_it() {
    let app = App::start();
    app.first_run().await;
    let grace = at_the_room(&app.join("Grace").await).await;
    grace.eval("window.not_reloaded = true").await;

    let ada = app.browser().await;
    ada.goto("/").await;
    ada.wait_path("/session/new").await;
    ada.fill("input[name=email_address]", "ada@example.com").await;
    ada.fill("input[name=password]", PASSWORD).await;
    ada.press("Enter").await;
    ada.wait_path("/rooms/1").await;
    ada.wait_text("h1", "All Talk").await;
    ada.wait_live().await;
    say(&ada, "Good morning!").await;
    let sent = Instant::now();
    grace.wait_text("#message_1 .body", "Good morning!").await;
    took("seen by another", sent);
    assert_eq!(grace.eval("window.not_reloaded").await, true);
    for browser in [ada, grace] {
        browser.assert_clean_console();
    }
}

#[tokio::test]
async fn five_rapid_clicks_are_one_message() {
    let app = App::start();
    let ada = at_the_room(&app.first_run().await).await;
    let grace = at_the_room(&app.join("Grace").await).await;
    ada.fill("#composer textarea", "Only once, please").await;
    let clicks = "{ const send = document.querySelector('#composer .send');
        for (let i = 0; i < 5; i++) send.click(); }";
    ada.eval(clicks).await;
    for browser in [&ada, &grace] {
        browser.wait_for("#message_1").await;
    }
    ada.wait_gone("#messages .pending").await;
    // What is sent next comes after all that the clicks have sent.
    say(&ada, "Thanks").await;
    for browser in [&ada, &grace] {
        browser.wait_text("#messages", "Thanks").await;
        browser.wait_gone("#messages .pending").await;
        assert_eq!(texts(browser).await, ["Only once, please", "Thanks"]);
        browser.assert_clean_console();
    }
    assert_eq!(app.database().count("messages"), 2);
}

#[tokio::test]
async fn what_was_said_while_the_connection_was_lost_is_there() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace_person = app.join("Grace").await;
    ada.post(1, "Before").await;
    let proxy = Proxy::before(&app.host()).await;
    let grace = grace_person.browser_at(&proxy.base_url).await;
    grace.forgive_the_outage();
    grace.goto("/rooms/1").await;
    grace.wait_live().await;
    proxy.is(Line::Cut);
    proxy.break_all();
    grace.wait_text("#connection", "Reconnecting").await;
    for number in 1..=12 {
        ada.post(1, &format!("Missed {number}")).await;
    }
    proxy.is(Line::Open);
    grace.wait_text("#messages", "Missed 12").await;
    grace.wait_live().await;
    let shown = texts(&grace).await;
    let said = (1..=12).map(|number| format!("Missed {number}"));
    assert_eq!(shown, std::iter::once("Before".to_owned()).chain(said).collect::<Vec<_>>());
    grace.assert_clean_console();
}

#[tokio::test]
async fn a_sound_is_sent_shown_and_played() {
    let app = App::start();
    let ada = at_the_room(&app.first_run().await).await;
    let grace = at_the_room(&app.join("Grace").await).await;
    grace.click("#composer textarea").await;
    say(&ada, "/play bell").await;
    grace.wait_text("#message_1 .sound", "🔔").await;
    grace.click("#message_1 .play").await;
    grace.wait_for("#message_1 .playing").await;
    grace.wait_gone("#message_1 .playing").await;
    for browser in [ada, grace] {
        browser.assert_clean_console();
    }
}

#[tokio::test]
async fn a_boost_is_seen_at_once() {
    let app = App::start();
    let ada_person = app.first_run().await;
    let grace = at_the_room(&app.join("Grace").await).await;
    ada_person.post(1, "We are done").await;
    let ada = at_the_room(&ada_person).await;
    grace.wait_for("#message_1").await;
    grace.click("#message_1 .menu summary").await;
    grace.click("#message_1 .quick-boosts button[value='🎉']").await;
    let clicked = Instant::now();
    ada.wait_text("#boosts_1", "🎉").await;
    took("a boost seen by another", clicked);
    for browser in [ada, grace] {
        browser.assert_clean_console();
    }
}

#[tokio::test]
async fn files_are_brought_or_refused_in_an_honest_sentence() {
    let shelf = tempfile::tempdir().unwrap();
    let plan = shelf.path().join("plan.txt");
    std::fs::write(&plan, "seven ladders").unwrap();
    let app = App::start();
    let ada_person = app.first_run().await;
    let ada = at_the_room(&ada_person).await;
    let grace = at_the_room(&app.join("Grace").await).await;
    ada.choose_files("#composer input[type=file]", &[&plan]).await;
    ada.wait_for("#composer .chip").await;
    say(&ada, "The plan").await;
    grace.wait_text("#message_1 .file-name", "plan.txt").await;
    assert_eq!(grace.text_of("#message_1 .body").await, "The plan");
    for browser in [ada, grace] {
        browser.assert_clean_console();
    }

    // Where the operator keeps no files, the button says so, and words go as ever.
    let app = App::with(|settings| {
        settings.set("FILES_ENABLED", "false");
    });
    let ada_person = app.first_run().await;
    let ada = at_the_room(&ada_person).await;
    assert_eq!(ada.count("#composer input[type=file]").await, 0);
    ada.click("#composer summary[aria-label='Attach a file']").await;
    ada.wait_text("#composer .attach-off", "Files are switched off on this server.").await;
    say(&ada, "Then in words: seven ladders").await;
    ada.wait_text("#message_1 .body", "seven ladders").await;
    ada.assert_clean_console();
}

#[tokio::test]
async fn dots_follow_who_comes_and_goes() {
    let app = App::start();
    let ada_person = app.first_run().await;
    let grace_person = app.join("Grace").await;
    ada_person.post_form("/rooms/directs", &[("user_ids", "2")]).await.expect(303);
    let ada = at_the_room(&ada_person).await;
    ada.wait_for("#presence_2:not(.online)").await;
    let grace = at_the_room(&grace_person).await;
    ada.wait_for("#presence_2.online").await;
    ada.wait_text("#present_count", "2 here").await;
    grace.goto("/up").await;
    ada.wait_for("#presence_2:not(.online)").await;
    ada.wait_text("#present_count", "1 here").await;
    ada.assert_clean_console();
}

#[tokio::test]
async fn who_is_typing_is_shown_and_stops() {
    let app = App::start();
    let ada = at_the_room(&app.first_run().await).await;
    let grace = at_the_room(&app.join("Grace").await).await;
    grace.fill("#composer textarea", "Let me think").await;
    ada.wait_text("#typing", "Grace").await;
    grace.fill("#composer textarea", "").await;
    ada.wait_until("!document.querySelector('#typing').textContent").await;
    grace.fill("#composer textarea", "I know!").await;
    ada.wait_text("#typing", "Grace").await;
    grace.press("Enter").await;
    ada.wait_text("#message_1 .body", "I know!").await;
    ada.wait_until("!document.querySelector('#typing').textContent").await;
    for browser in [ada, grace] {
        browser.assert_clean_console();
    }
}

#[tokio::test]
async fn a_bot_posts_and_answers() {
    let app = App::start();
    let ada_person = app.first_run().await;
    let bot = ada_person.make_bot("Parrot").await;
    let program = Outside::start(|request| {
        let asked: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
        let text = asked["message"]["body"]["plain"].as_str().unwrap_or_default();
        Reply::new(200, "text/plain", format!("I heard: {}", text.replace("@Parrot", "").trim()))
    })
    .await;
    let form = [("name", "Parrot"), ("webhook_url", &program.url("/hook"))];
    ada_person.post_form(&format!("/account/bots/{}", bot.id), &form).await.expect(303);

    let ada = at_the_room(&ada_person).await;
    bot.post(1, "I am here").await.expect(201);
    ada.wait_text("#message_1 .body", "I am here").await;
    ada.wait_text("#message_1 .badge", "bot").await;
    say(&ada, "@Parrot who is a clever bird?").await;
    let asked = Instant::now();
    ada.wait_text("#message_3 .body", "I heard: who is a clever bird?").await;
    took("a bot's answer", asked);
    ada.assert_clean_console();
}

#[tokio::test]
async fn a_room_is_made_with_its_members() {
    let app = App::start();
    let ada = at_the_room(&app.first_run().await).await;
    let grace = at_the_room(&app.join("Grace").await).await;
    let linus = at_the_room(&app.join("Linus").await).await;
    ada.click("a[aria-label='New room']").await;
    ada.wait_path("/rooms/opens/new").await;
    ada.fill("input[name=name]", "Roof").await;
    ada.click("button[role=switch]").await;
    ada.wait_path("/rooms/closeds/new").await;
    assert_eq!(ada.value_of("input[name=name]").await, "Roof", "what was typed is kept");
    ada.click("input[name=user_ids][value='2']").await;
    ada.click(".room-form .primary").await;
    ada.wait_text("h1", "Roof").await;
    ada.wait_live().await;

    // Grace finds it in her list without doing anything; Linus does not.
    grace.wait_text("#rooms", "Roof").await;
    grace.click("#rooms a[href='/rooms/2']").await;
    grace.wait_text("h1", "Roof").await;
    grace.wait_live().await;
    say(&ada, "Just the two of us").await;
    grace.wait_text("#messages", "Just the two of us").await;
    assert!(!linus.text_of("#sidebar").await.contains("Roof"));
    for browser in [ada, grace, linus] {
        browser.assert_clean_console();
    }
}

#[tokio::test]
async fn search_finds_and_leads_there() {
    let app = App::start();
    let ada_person = app.first_run().await;
    let wanted = ada_person.post(1, "The ladder is behind the shed").await;
    for number in 1..=60 {
        ada_person.post(1, &format!("Line {number}")).await;
    }
    let ada = at_the_room(&ada_person).await;
    assert_eq!(ada.count(&format!("#message_{wanted}")).await, 0, "far up");
    ada.click(".ways a[href='/searches']").await;
    ada.wait_path("/searches").await;
    ada.fill("#q", "ladders").await;
    ada.wait_text("#hits", "behind the shed").await;
    ada.click("#hits li a").await;
    ada.wait_for(&format!("#message_{wanted}.marked")).await;
    let place = format!("document.querySelector('#message_{wanted}').getBoundingClientRect()");
    ada.wait_until(&format!("{place}.top >= 0 && {place}.bottom <= innerHeight")).await;
    ada.assert_clean_console();
}

#[tokio::test]
async fn signed_out_is_signed_out_everywhere() {
    let app = App::start();
    let ada_person = app.first_run().await;
    let other = ada_person.at_another_browser().await;
    let (here, there) = (at_the_room(&ada_person).await, at_the_room(&other).await);
    there.forgive("401");
    here.goto("/users/me/sessions").await;
    here.click("form[action='/users/me/sessions/delete'] button").await;
    there.wait_path("/session/new").await;
    here.goto("/users/me/profile").await;
    here.click("form[action='/session/delete'] button").await;
    here.wait_path("/session/new").await;
    for browser in [&here, &there] {
        browser.goto("/rooms/1").await;
        browser.wait_path("/session/new").await;
        assert!(!browser.text_of("body").await.contains("All Talk"));
    }
}
