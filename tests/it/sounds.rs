//! Sounds play where somebody is looking, and nowhere else.

use crate::support::{App, Browser};

const LISTEN: &str = "{
    window.played = [];
    const play = HTMLMediaElement.prototype.play;
    HTMLMediaElement.prototype.play = function () {
        window.played.push(this.src);
        return play.call(this);
    };
}";

async fn heard(browser: &Browser, times: u64) {
    browser.wait_until(&format!("window.played.length === {times}")).await;
}

#[tokio::test]
async fn a_sound_plays_when_it_comes_and_when_it_is_clicked() {
    let app = App::start();
    let ada = app.first_run().await.browser().await;
    let grace_person = app.join("Grace").await;
    let grace = grace_person.browser().await;
    grace_person.post(1, "/play bell").await;
    for browser in [&ada, &grace] {
        browser.goto("/rooms/1").await;
        browser.wait_live().await;
        browser.eval(LISTEN).await;
        browser.click("#composer textarea").await;
    }
    assert_eq!(ada.text_of("#message_1 .sound").await, "🔔");
    heard(&ada, 0).await;

    // It sounds for who sends it and for who sees it come.
    grace.fill("#composer textarea", "/play tada").await;
    grace.press("Enter").await;
    for browser in [&ada, &grace] {
        browser.wait_for("#message_2 .play").await;
        heard(browser, 1).await;
        browser.wait_gone("#message_2 .playing").await;
    }
    ada.click("#message_1 .play").await;
    heard(&ada, 2).await;
    heard(&grace, 1).await;
    assert_eq!(ada.eval("location.pathname").await, "/rooms/1", "it played here");

    // What came while nobody was connected is history when it is seen.
    ada.goto("/rooms/1").await;
    ada.wait_live().await;
    ada.eval(LISTEN).await;
    heard(&ada, 0).await;
    let file = ada.eval("document.querySelector('#message_1 .play').getAttribute('href')").await;
    let answer = grace_person.get(file.as_str().unwrap()).await.expect(200);
    assert_eq!(answer.header("content-type"), "audio/mpeg");
    for browser in [&ada, &grace] {
        browser.assert_clean_console();
    }
}
