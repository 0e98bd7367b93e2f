//! The walk of a posted message, from one browser to another.

use crate::support::{App, PASSWORD, html};

#[tokio::test]
async fn ada_writes_and_grace_reads_it() {
    let app = App::start();

    // Ada opens an empty house and moves in.
    let ada = app.browser().await;
    ada.goto("/").await;
    ada.wait_path("/first_run").await;
    ada.screenshot("first-run").await;
    ada.fill("input[name=name]", "Ada").await;
    ada.fill("input[name=email_address]", "ada@example.com").await;
    ada.fill("input[name=password]", PASSWORD).await;
    ada.click("form[action='/first_run'] button").await;
    ada.wait_path("/rooms/1").await;
    ada.wait_text("h1", "All Talk").await;
    ada.wait_live().await;

    // Grace follows the link that Ada sent her.
    let grace = app.browser().await;
    grace.goto(&format!("/join/{}", app.join_code())).await;
    grace.fill("input[name=name]", "Grace").await;
    grace.fill("input[name=email_address]", "grace@example.com").await;
    grace.fill("input[name=password]", PASSWORD).await;
    grace.press("Enter").await;
    grace.wait_path("/rooms/1").await;
    grace.wait_live().await;
    grace.eval("window.not_reloaded = true").await;

    // Ada writes. Enter sends, and the box is ready for the next line at once.
    ada.fill("#composer textarea", "Hello, **Grace**!").await;
    ada.press("Enter").await;
    ada.wait_until("document.querySelector('#composer textarea').value === ''").await;

    // Grace reads it, without having done anything.
    grace.wait_text("#message_1 .body", "Hello, Grace!").await;
    assert_eq!(grace.eval("window.not_reloaded").await, true);
    assert_eq!(grace.text_of("#message_1 .body strong").await, "Grace");

    // Ada's own bubble was there first, pending, and became the real message: one, all the time.
    ada.wait_for("#message_1").await;
    ada.wait_gone("#messages .pending").await;
    let frames = ada.what_was_seen().await;
    assert!(frames.iter().all(|frame| frame.len() <= 1), "never twice: {frames:#?}");
    let bubble = frames.iter().flatten().next().expect("something was seen");
    let message = &ada.messages().await[0];
    assert_eq!((message.id.as_deref(), message.text.as_str()), (Some("1"), "Hello, Grace!"));
    assert_eq!(bubble.client_id, message.client_id);

    // They talk; both see the same, once, in the order in which it was written down.
    for (who, text) in [(&grace, "Hello, Ada."), (&ada, "Nice weather."), (&grace, "Indeed.")] {
        who.fill("#composer textarea", text).await;
        who.press("Enter").await;
    }
    for reader in [&ada, &grace] {
        reader
            .wait_until("document.querySelectorAll('#messages [data-message-id]').length === 4")
            .await;
        reader.wait_gone("#messages .pending").await;
        let shown: Vec<_> = reader.messages().await.into_iter().map(|message| message.id).collect();
        let ids = app.database().all::<i64>("select message_id from changes order by id", []);
        let ids: Vec<_> = ids.into_iter().map(|id| Some(id.to_string())).collect();
        assert_eq!(shown, ids);
    }

    // It is on disk, it can be found, and a fresh page shows exactly what they see.
    let rows = app.database();
    assert_eq!(rows.count("messages"), 4);
    let found =
        "select rowid from message_search where message_search match 'hello' order by rowid";
    assert_eq!(rows.all::<i64>(found, []).len(), 2);
    rows.assert_sound();
    let live = grace.messages().await;
    grace.screenshot("room-live").await;
    grace.goto("/rooms/1").await;
    assert_eq!(grace.messages().await, live);

    ada.assert_clean_console();
    grace.assert_clean_console();
}

#[tokio::test]
async fn the_bubble_shows_until_the_message_is_acknowledged() {
    let app = App::start();
    let ada = app.first_run().await;
    let browser = ada.browser().await;
    browser.goto("/rooms/1").await;
    browser.wait_live().await;
    for number in 1..=5 {
        browser.fill("#composer textarea", &format!("Line {number}")).await;
        browser.press("Enter").await;
    }
    browser
        .wait_until("document.querySelectorAll('#messages [data-message-id]').length === 5")
        .await;
    browser.wait_gone("#messages .pending").await;

    let frames = browser.what_was_seen().await;
    let pending = |frame: &Vec<crate::support::browser::Seen>| {
        frame.iter().any(|message| message.id.is_none() && message.classes.contains("pending"))
    };
    assert!(frames.iter().any(pending), "no bubble was ever seen: {frames:#?}");
    for frame in &frames {
        let mut ids: Vec<_> = frame.iter().map(|message| message.client_id.clone()).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), frame.len(), "somebody saw double: {frame:#?}");
    }
    let texts: Vec<_> = browser.messages().await.into_iter().map(|message| message.text).collect();
    assert_eq!(texts, ["Line 1", "Line 2", "Line 3", "Line 4", "Line 5"]);
    let stored = ada.room_page(1).await.text();
    assert_eq!(html::message_texts(&stored), texts);
    browser.assert_clean_console();
}

#[tokio::test]
async fn shift_and_enter_make_a_line_and_nothing_is_sent_empty() {
    let app = App::start();
    let ada = app.first_run().await;
    let browser = ada.browser().await;
    browser.goto("/rooms/1").await;
    browser.wait_live().await;
    browser.fill("#composer textarea", "").await;
    browser.press("Enter").await;
    browser.fill("#composer textarea", "One").await;
    browser.press("Shift+Enter").await;
    assert_eq!(browser.value_of("#composer textarea").await, "One\n");
    browser.press("Control+Enter").await;
    browser.wait_for("#message_1").await;
    assert_eq!(app.database().count("messages"), 1);
    assert_eq!(browser.count("#messages article.message").await, 1);
    browser.assert_clean_console();
}
