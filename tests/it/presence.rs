//! Who is here and who is writing: seen by the others in the room, never stuck, never elsewhere.

use crate::support::App;

const TYPING: &str = r#"{"type":"typing"}"#;
const TYPING_STOP: &str = r#"{"type":"typing_stop"}"#;

#[tokio::test]
async fn writing_is_seen_by_others_until_it_stops_or_is_sent() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let mut reader = ada.live(1, 0).await;
    let mut writer = grace.live(1, 0).await;
    writer.send_text(TYPING).await;
    reader.wait_for("data-user-id=\"2\">Grace</span>").await;
    writer.send_text(TYPING_STOP).await;
    reader.wait_for("hx-target=\"#typing\" hx-swap=\"innerHTML\"></hx-partial>").await;

    writer.send_text(TYPING).await;
    reader.wait_for("data-user-id=\"2\">Grace</span>").await;
    grace.post(1, "Here it is").await;
    reader.wait_for("hx-target=\"#typing\" hx-swap=\"innerHTML\"></hx-partial>").await;
}

#[tokio::test]
async fn a_writer_whose_line_breaks_does_not_write_for_ever() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let mut reader = ada.live(1, 0).await;
    let mut writer = grace.live(1, 0).await;
    writer.send_text(TYPING).await;
    reader.wait_for("data-user-id=\"2\">Grace</span>").await;
    writer.vanish().unwrap();
    reader.wait_for("hx-target=\"#typing\" hx-swap=\"innerHTML\"></hx-partial>").await;
}

#[tokio::test]
async fn who_comes_and_goes_is_shown_in_the_header() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let browser = ada.browser().await;
    browser.goto("/rooms/1").await;
    browser.wait_live().await;
    browser.wait_text("#present_count", "1 here").await;
    let there = grace.live(1, 0).await;
    browser.wait_text("#present_count", "2 here").await;
    drop(there);
    browser.wait_text("#present_count", "1 here").await;
    browser.assert_clean_console();
}

#[tokio::test]
async fn the_writer_is_shown_to_others_and_not_to_themselves() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let (hers, mine) = (grace.browser().await, ada.browser().await);
    for browser in [&hers, &mine] {
        browser.goto("/rooms/1").await;
        browser.wait_live().await;
    }
    hers.fill("#composer textarea", "I think").await;
    mine.wait_text("#typing", "Grace").await;
    assert_eq!(hers.eval("document.querySelector('#typing').textContent").await, "");
    hers.press("Enter").await;
    mine.wait_until("!document.querySelector('#typing').textContent").await;
}

#[tokio::test]
async fn a_ping_shows_whether_the_other_one_is_here() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let linus = app.join("Linus").await;
    let ping = ada.post_form("/rooms/directs", &[("user_ids", "2")]).await.expect(303);
    let ping = ping.location().to_owned();
    let browser = ada.browser().await;
    browser.goto("/rooms/1").await;
    browser.wait_live().await;
    browser.wait_for("#presence_2:not(.online)").await;
    let mut stranger = linus.live(1, 0).await;
    let there = grace.live(1, 0).await;
    browser.wait_for("#presence_2.online").await;
    // A page that is drawn meanwhile knows it, too.
    assert!(
        ada.get(&ping).await.expect(200).text().contains("id=\"presence_2\" class=\"dot online\"")
    );
    drop(there);
    browser.wait_for("#presence_2:not(.online)").await;
    // Who shares no ping with her hears nothing of it.
    grace.post(1, "Back later").await;
    stranger.wait_for("Back later").await;
    assert!(!stranger.frames.iter().any(|frame| frame.contains("presence_2")));
}

#[tokio::test]
async fn who_looks_at_another_tab_for_a_while_is_not_here() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let (hers, mine) = (grace.browser().await, ada.browser().await);
    for browser in [&hers, &mine] {
        browser.goto("/rooms/1").await;
        browser.wait_live().await;
    }
    mine.wait_text("#present_count", "2 here").await;
    let turn = |hidden: bool| {
        format!(
            "{{ Object.defineProperty(document, 'hidden', {{ value: {hidden}, configurable: true }});
                document.dispatchEvent(new Event('visibilitychange')) }}"
        )
    };
    // A glance does not count.
    hers.eval(&turn(true)).await;
    hers.eval(&turn(false)).await;
    hers.eval(&turn(true)).await;
    mine.wait_text("#present_count", "1 here").await;
    // The socket stayed: what is said meanwhile is there, and not taken as read.
    let id = ada.post(1, "Are you there?").await;
    hers.wait_for(&format!("#message_{id}")).await;
    hers.eval(&turn(false)).await;
    mine.wait_text("#present_count", "2 here").await;
    hers.assert_clean_console();
}
