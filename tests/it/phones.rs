//! A room on a phone: the keyboard on the screen, fingers, and targets they can hit.

use serde_json::json;

use crate::support::{App, Browser, Person};

async fn on_a_phone(person: &Person) -> Browser {
    let browser = person.browser().await;
    browser.become_a_phone().await;
    browser.goto("/rooms/1").await;
    browser.wait_live().await;
    browser.wait_for("#messages.held-for-menu").await;
    browser
}

async fn a_room() -> (App, Person) {
    let app = App::start();
    let (ada, grace) = (app.first_run().await, app.join("Grace").await);
    for number in 1..=30 {
        grace.post(1, &format!("Number {number} has some words to read")).await;
    }
    ada.post(1, "And mine").await;
    (app, ada)
}

/// Where the middle of an element is.
async fn middle(browser: &Browser, css: &str) -> (f64, f64) {
    let place = format!(
        "{{ const r = document.querySelector({}).getBoundingClientRect();
            [r.x + Math.min(r.width, 120) / 2, r.y + r.height / 2] }}",
        json!(css)
    );
    let place = browser.eval(&place).await;
    (place[0].as_f64().unwrap(), place[1].as_f64().unwrap())
}

#[tokio::test]
async fn the_keyboard_on_the_screen_hides_neither_the_box_nor_the_newest_message() {
    let (_app, ada) = a_room().await;
    let browser = on_a_phone(&ada).await;
    let seen = "{ const end = visualViewport.height;
        const low = css => document.querySelector(css).getBoundingClientRect().bottom;
        low('#composer') <= end + 1 && low('#composer') > end - 80
          && low('#messages > :last-child') <= document.querySelector('#composer').getBoundingClientRect().top + 1
          && document.scrollingElement.scrollTop === 0 }";
    browser.wait_until(seen).await;
    browser.eval("document.querySelector('#composer_body').focus()").await;
    // The window becomes smaller, as on Android.
    browser.phone_window(360, 420).await;
    browser.wait_until("innerHeight === 420").await;
    browser.wait_until(seen).await;
    browser.screenshot("phone-keyboard").await;
    browser.phone_window(360, 740).await;
    browser.wait_until(seen).await;
    // It is laid over the window, as on iPhones: only what is left to be seen becomes smaller.
    browser
        .eval(
            "Object.defineProperty(visualViewport, 'height', { configurable: true, get: () => 420 });
             visualViewport.dispatchEvent(new Event('resize'))",
        )
        .await;
    browser.wait_until(seen).await;
    browser
        .eval("delete visualViewport.height; visualViewport.dispatchEvent(new Event('resize'))")
        .await;
    browser.wait_until(seen).await;
    browser.assert_clean_console();
}

#[tokio::test]
async fn a_finger_that_stays_opens_the_menu() {
    let (_app, ada) = a_room().await;
    let browser = on_a_phone(&ada).await;
    let (x, y) = middle(&browser, "#message_31 .body").await;
    browser.touch("touchStart", &[(x, y)]).await;
    browser.wait_for("#message_31 .menu[open] .quick-boosts").await;
    browser.touch("touchEnd", &[]).await;
    browser.wait_for("#message_31 .menu[open] .copy-text").await;
    browser.screenshot("phone-held").await;
    assert_eq!(browser.eval("String(getSelection())").await, "");
    browser.click("#message_31 .menu .copy-text").await;
    browser.wait_gone(".menu[open]").await;
    browser.wait_text(".visually-hidden[role=status]", "Copied").await;

    // One that moves on reads.
    let (x, y) = middle(&browser, "#message_29 .body").await;
    browser.touch("touchStart", &[(x, y)]).await;
    browser.touch("touchMove", &[(x, y - 40.0)]).await;
    browser.touch("touchEnd", &[]).await;
    browser.eval("new Promise(done => setTimeout(done, 700))").await;
    assert_eq!(browser.count(".menu[open]").await, 0);
    browser.assert_clean_console();
}

#[tokio::test]
async fn the_list_of_rooms_is_pulled_in_and_pushed_out() {
    let (_app, ada) = a_room().await;
    let browser = on_a_phone(&ada).await;
    let swipe = async |from: f64, to: f64| {
        // On the header, where a finger that is slow holds nothing.
        browser.touch("touchStart", &[(from, 24.0)]).await;
        browser.touch("touchMove", &[((from + to) / 2.0, 27.0)]).await;
        browser.touch("touchMove", &[(to, 29.0)]).await;
        browser.touch("touchEnd", &[]).await;
    };
    swipe(60.0, 220.0).await;
    browser.wait_for("body.drawer-open main > [inert]").await;
    swipe(220.0, 60.0).await;
    browser.wait_for("body:not(.drawer-open) #sidebar").await;
    // Pushing out what is not in does nothing, and neither does a small move.
    swipe(220.0, 60.0).await;
    swipe(100.0, 130.0).await;
    assert_eq!(browser.count("body.drawer-open").await, 0);
    assert_eq!(
        browser.eval("getComputedStyle(document.documentElement).overscrollBehaviorY").await,
        "none"
    );
    browser.assert_clean_console();
}

#[tokio::test]
async fn a_finger_hits_what_it_means() {
    let (_app, ada) = a_room().await;
    ada.post_form("/messages/31/boosts", &[("content", "👏")]).await.expect(303);
    let browser = on_a_phone(&ada).await;
    // Links among words are as high as the words, which is how everybody knows them.
    let small = "[...document.querySelectorAll('a[href], button, summary, input:not([type=hidden]), textarea, select')]
        .filter(one => one.getClientRects().length && one.checkVisibility({ visibilityProperty: true, opacityProperty: true })
          && !one.closest('details:not([open]) > :not(summary)')
          && !one.closest('.visually-hidden, .skip-links, p, dd, .grouped > .byline'))
        .map(one => one.closest('label') || one)
        .map(one => [one, one.getBoundingClientRect()])
        .filter(([one, box]) => box.width < 43.5 && !/^(A|INPUT)$/.test(one.tagName) || box.height < 43.5)
        .map(([one, box]) => `${Math.round(box.width)}x${Math.round(box.height)} ${one.cloneNode().outerHTML.slice(0, 160)}`)";
    let mut found = Vec::new();
    for path in [
        "/rooms/1",
        "/users/me/sidebar",
        "/users/me/profile",
        "/users/me/keys",
        "/searches?q=words",
        "/mentions",
        "/account/edit",
        "/rooms/opens/1/edit",
        "/rooms/closeds/new",
        "/rooms/directs/new",
        "/rooms/1/involvement",
        "/messages/31/boosts",
        "/users/2",
    ] {
        browser.goto(path).await;
        let small: Vec<String> = serde_json::from_value(browser.eval(small).await).unwrap();
        found.extend(small.into_iter().map(|what| format!("{path}: {what}")));
    }
    assert!(found.is_empty(), "too small for a finger:\n{}", found.join("\n"));
    browser.assert_clean_console();
}
