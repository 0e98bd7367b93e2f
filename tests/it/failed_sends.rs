//! When sending fails: the text is kept, can be sent again, and is posted once in the end.

use crate::support::interception::Hold;
use crate::support::{App, Browser, Person};

async fn write(browser: &Browser, text: &str) {
    browser.fill("#composer textarea", text).await;
    browser.press("Enter").await;
}

/// Presses the button with this name inside the bubble.
async fn press_in_bubble(browser: &Browser, name: &str) {
    browser
        .wait_until(&format!(
            "(() => {{ const b = [...document.querySelectorAll('#messages .failed button')]
                 .find(b => b.innerText.trim() === '{name}'); b?.click(); return !!b; }})()"
        ))
        .await;
}

async fn at_the_room(person: &Person) -> Browser {
    let browser = person.browser().await;
    browser.forgive_the_outage();
    browser.forgive("the server responded with a status of");
    browser.goto("/rooms/1").await;
    browser.wait_live().await;
    browser
}

#[tokio::test]
async fn a_message_that_was_refused_is_kept_and_sent_again_under_the_same_id() {
    let app = App::start();
    let ada = app.first_run().await;
    let browser = at_the_room(&ada).await;
    browser.hold_posts(Hold::OnTheWayThere).await;
    write(&browser, "In a hurry").await;
    browser.wait_text("#messages .pending", "In a hurry").await;
    let uuid = browser.messages().await[0].client_id.clone().unwrap();
    browser.held_post().await.answer(503).await;
    browser.wait_text("#messages .failed", "In a hurry").await;
    browser.screenshot("failed-send").await;

    press_in_bubble(&browser, "Retry").await;
    browser.held_post().await.answer(429).await;
    browser.wait_text("#messages .failed", "In a hurry").await;
    assert_eq!(app.database().count("messages"), 0);

    press_in_bubble(&browser, "Retry").await;
    browser.held_post().await.let_through().await;
    browser.wait_for("#message_1").await;
    browser.wait_gone("#messages .failed, #messages .pending").await;
    let shown = browser.messages().await;
    assert_eq!(shown.len(), 1);
    assert_eq!(shown[0].client_id.as_ref(), Some(&uuid));
    let stored = app.database().all::<String>("select client_message_id from messages", []);
    assert_eq!(stored, [uuid]);
    browser.assert_clean_console();
}

#[tokio::test]
async fn a_failed_message_can_be_given_up_and_the_next_ones_go_out() {
    let app = App::start();
    let ada = app.first_run().await;
    let browser = at_the_room(&ada).await;
    browser.hold_posts(Hold::OnTheWayThere).await;
    write(&browser, "Never mind").await;
    browser.held_post().await.answer(503).await;
    press_in_bubble(&browser, "Discard").await;
    browser.wait_gone("#messages .failed, #messages .pending").await;
    browser.hold_no_more_posts().await;
    write(&browser, "Something else").await;
    browser.wait_text("#message_1", "Something else").await;
    let stored = app.database().all::<String>("select body_source from messages", []);
    assert_eq!(stored, ["Something else"]);
    browser.assert_clean_console();
}

#[tokio::test]
async fn a_lost_acknowledgement_makes_no_second_message() {
    let app = App::start();
    let ada = app.first_run().await;
    let browser = at_the_room(&ada).await;
    browser.hold_posts(Hold::OnTheWayBack).await;
    write(&browser, "Did you get this?").await;
    let answered = browser.held_post().await;
    assert_eq!(app.database().count("messages"), 1, "done, but the sender does not know yet");
    answered.lose().await;
    browser.hold_no_more_posts().await;
    browser.wait_for("#message_1").await;
    browser.wait_gone("#messages .failed, #messages .pending").await;
    write(&browser, "And this?").await;
    browser.wait_for("#message_2").await;
    browser.wait_gone("#messages .failed, #messages .pending").await;
    assert_eq!(browser.messages().await.len(), 2);
    for frame in browser.what_was_seen().await {
        let first = frame.iter().filter(|message| message.text.contains("Did you get this?"));
        assert!(first.count() <= 1, "seen twice: {frame:#?}");
    }
    assert_eq!(app.database().count("messages"), 2);
    browser.assert_clean_console();
}

#[tokio::test]
async fn a_message_for_a_server_that_is_away_is_kept_and_posted_once() {
    let mut app = App::start();
    let ada = app.first_run().await;
    let browser = ada.browser().await;
    browser.forgive_the_outage();
    browser.goto("/rooms/1").await;
    browser.wait_live().await;
    app.kill9();
    browser.wait_for("#connection:not([data-state=live])").await;
    write(&browser, "Into the dark").await;
    browser.wait_text("#messages .message", "Into the dark").await;
    browser.screenshot("server-away").await;
    let uuid = browser.messages().await[0].client_id.clone();

    app.start_again();
    browser.wait_for("#message_1").await;
    browser.wait_gone("#messages .failed, #messages .pending").await;
    browser.wait_live().await;
    let shown = browser.messages().await;
    assert_eq!(shown.len(), 1);
    assert_eq!(shown[0].client_id, uuid, "sent under the same id");
    let stored = app.database().all::<String>("select client_message_id from messages", []);
    assert_eq!(stored, [uuid.unwrap()]);
    browser.assert_clean_console();
}

#[tokio::test]
async fn without_a_network_messages_wait_and_go_out_in_order() {
    let app = App::start();
    let ada = app.first_run().await;
    let browser = ada.browser().await;
    browser.forgive_the_outage();
    browser.goto("/rooms/1").await;
    browser.wait_live().await;
    browser.offline(true).await;
    browser.wait_until("navigator.onLine === false").await;
    write(&browser, "First").await;
    write(&browser, "Second").await;
    browser.wait_until("document.querySelectorAll('#messages .message').length === 2").await;
    assert_eq!(app.database().count("messages"), 0);
    browser.offline(false).await;
    browser
        .wait_until("document.querySelectorAll('#messages [data-message-id]').length === 2")
        .await;
    browser.wait_gone("#messages .pending, #messages .failed").await;
    let rows = app.database();
    assert_eq!(
        rows.all::<String>("select body_source from messages order by id", []),
        ["First", "Second"]
    );
    browser.assert_clean_console();
}

#[tokio::test]
async fn a_refused_message_goes_back_into_the_box_with_the_reason() {
    let app = App::start();
    let ada = app.first_run().await;
    let browser = ada.browser().await;
    browser.forgive("422");
    browser.goto("/rooms/1").await;
    browser.wait_live().await;
    // Longer than the box itself would allow, as a script or an old page could send it.
    browser.eval("document.querySelector('#composer textarea').removeAttribute('maxlength')").await;
    write(&browser, &"x".repeat(10_001)).await;
    browser.wait_text("[role=alert]", "10").await;
    assert_eq!(browser.value_of("#composer textarea").await.len(), 10_001);
    assert_eq!(browser.count("#messages article.message").await, 0);
    assert_eq!(app.database().count("messages"), 0);
    browser.assert_clean_console();
}

#[tokio::test]
async fn what_was_missed_while_the_server_was_away_is_caught_up() {
    let mut app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let browser = grace.browser().await;
    browser.forgive_the_outage();
    ada.post(1, "Before").await;
    browser.goto("/rooms/1").await;
    browser.wait_live().await;
    browser.offline(true).await;
    app.restart().await;
    for text in ["One", "Two", "Three"] {
        ada.post(1, text).await;
    }
    browser.offline(false).await;
    browser.wait_text("#messages", "Three").await;
    browser.wait_live().await;
    let shown = browser.messages().await.into_iter().map(|message| message.text);
    assert_eq!(shown.collect::<Vec<_>>(), ["Before", "One", "Two", "Three"]);
    browser.assert_clean_console();
}

#[tokio::test]
async fn signed_out_elsewhere_the_page_leads_to_the_sign_in_page() {
    let app = App::start();
    let ada = app.first_run().await;
    let browser = ada.browser().await;
    browser.goto("/rooms/1").await;
    browser.wait_live().await;
    ada.post_form::<&str>("/session/delete", &[]).await.expect(303);
    browser.wait_path("/session/new").await;
}
