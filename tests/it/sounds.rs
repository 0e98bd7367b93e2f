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

#[tokio::test]
async fn the_operators_own_sounds_play_like_the_others() {
    let app = App::start();
    let ada = app.first_run().await;
    std::fs::write(app.data_dir().join("sounds/gong.mp3"), b"not really music").unwrap();
    let page = |id: i64| format!("/rooms/1/messages/{id}");
    let known = ada.post(1, "/play gong").await;
    let drawn = ada.get_fragment(&page(known)).await.expect(200).text();
    assert!(drawn.contains("class=\"play\" href=\"/sounds/gong\""), "{drawn}");
    let unknown = ada.post(1, "/play nothing").await;
    assert!(!ada.get_fragment(&page(unknown)).await.text().contains("class=\"play\""));

    let answer = ada.get("/sounds/gong").await.expect(200);
    assert_eq!(answer.header("content-type"), "audio/mpeg");
    for path in ["/sounds/nothing", "/sounds/..%2fcampfire", "/sounds/gong.mp3"] {
        ada.get(path).await.expect(404);
    }
    app.visitor().get("/sounds/gong").await.expect(303);
    let names = ada.get("/autocompletable/sounds").await.expect(200).text();
    assert!(names.contains("\"gong\"") && names.contains("\"bell\""), "{names}");
}

#[tokio::test]
async fn who_wants_quiet_has_it() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    ada.post_form("/users/me/sounds", &[("sounds", "loud")]).await.expect(422);
    ada.post_form("/users/me/sounds", &[("sounds", "off")]).await.expect(303);
    assert!(ada.room_page(1).await.text().contains(" data-muted"));
    let browser = ada.browser().await;
    browser.goto("/rooms/1").await;
    browser.wait_live().await;
    browser.eval(LISTEN).await;
    browser.click("#composer textarea").await;
    grace.post(1, "/play tada").await;
    browser.wait_for("#message_1 .play").await;
    heard(&browser, 0).await;
    browser.click("#message_1 .play").await;
    heard(&browser, 1).await;
    ada.post_form("/users/me/sounds", &[("sounds", "on")]).await.expect(303);
    assert!(!ada.room_page(1).await.text().contains(" data-muted"));
}
