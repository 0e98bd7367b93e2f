//! How pages fit: nothing sticks out of a narrow window, nothing complains, light or dark.

use crate::support::{App, Browser};

/// A small phone at 400 % zoom, a phone, a tablet, a desktop.
const SIZES: [(u32, u32); 4] = [(320, 640), (360, 740), (820, 1180), (1440, 900)];

async fn assert_fits(browser: &Browser, path: &str, name: &str) {
    browser.goto(path).await;
    for (width, height) in SIZES {
        browser.set_viewport(width, height).await;
        for (dark, theme) in [(false, "light"), (true, "dark")] {
            browser.set_dark(dark).await;
            browser.screenshot(&format!("{name}-{width}-{theme}")).await;
        }
        assert_eq!(browser.sticking_out().await, [""; 0], "{path} in {width} px");
    }
    let language = browser.eval("document.documentElement.lang").await;
    assert_eq!(language, "en", "{path}");
    assert!(!browser.eval("document.title").await.as_str().unwrap().is_empty(), "{path}");
    assert!(browser.count("h1").await > 0, "{path} has a heading");
    let unnamed = "[...document.querySelectorAll('input:not([type=hidden]), textarea, select')]
        .filter(e => !e.labels?.length && !e.ariaLabel && !e.getAttribute('aria-labelledby'))
        .map(e => e.outerHTML)";
    assert_eq!(browser.eval(unnamed).await, serde_json::json!([]), "{path}: fields without names");
    let mute = "[...document.querySelectorAll('button, a[href], summary')]
        .filter(e => !e.innerText.trim() && !e.textContent.trim() && !e.ariaLabel
          && !e.getAttribute('aria-labelledby') && !e.title && !e.querySelector('img[alt]:not([alt=\"\"])'))
        .map(e => e.outerHTML)";
    assert_eq!(browser.eval(mute).await, serde_json::json!([]), "{path}: controls without names");
    browser.assert_clean_console();
}

#[tokio::test]
async fn pages_for_those_outside_fit() {
    let app = App::start();
    let visitor = app.browser().await;
    assert_fits(&visitor, "/first_run", "first-run").await;
    app.first_run().await;
    assert_fits(&visitor, "/session/new", "sign-in").await;
    assert_fits(&visitor, &format!("/join/{}", app.join_code()), "join").await;
}

#[tokio::test]
async fn rooms_fit_whatever_is_in_them() {
    let app = App::start();
    let ada = app.first_run().await;
    let browser = ada.browser().await;
    assert_fits(&browser, "/rooms/1", "room-empty").await;
    let grace = app.join("Grace").await;
    let (word, code) = ("Donaudampfschiff".repeat(30), "let x = 1; ".repeat(40));
    ada.post(1, "Good morning!").await;
    ada.post(1, "One more by the same person.").await;
    grace.post(1, &word).await;
    grace.post(1, &format!("```\n{code}\n```\n\n> quoted\n\n- a\n- list")).await;
    ada.post(1, "שלום לכולם, مرحبا بالجميع").await;
    ada.post(1, "# Heading\n\n| a | b |\n|---|---|\n| 1 | 2 |").await;
    assert_fits(&browser, "/rooms/1", "room").await;
    assert_fits(&browser, "/account/edit", "account").await;
    assert_fits(&browser, "/account/custom_styles/edit", "custom-styles").await;
}

#[tokio::test]
async fn what_is_found_fits() {
    let app = App::start();
    let (ada, grace) = (app.first_run().await, app.join("Grace").await);
    let browser = ada.browser().await;
    assert_fits(&browser, "/searches", "search-empty").await;
    assert_fits(&browser, "/mentions", "mentions-empty").await;
    grace.post(1, &format!("@Ada, the pump says {}", "brumm".repeat(80))).await;
    grace.post(1, "The pump, the whole pump and nothing but the pump. ".repeat(12).trim()).await;
    grace.post(1, "这个水泵又坏了, @Ada").await;
    ada.post_form("/searches", &[("q", "pump")]).await.expect(303);
    ada.post_form("/searches", &[("q", "from:grace \"nothing but\"")]).await.expect(303);
    assert_fits(&browser, "/searches", "search-lately").await;
    assert_fits(&browser, "/searches?q=pump", "search").await;
    assert_fits(&browser, "/searches?q=nothingofthekind", "search-nothing").await;
    assert_fits(&browser, "/mentions", "mentions").await;
    assert_fits(&browser, "/share?text=Look&url=https%3A%2F%2Fexample.com%2Fa", "share").await;
    assert_fits(&browser, "/offline", "offline").await;
    assert_fits(&browser, "/users/me/profile", "profile").await;
    browser.set_scripting(false).await;
    assert_fits(&browser, "/searches?q=pump", "search-no-script").await;
    assert_fits(&browser, "/mentions", "mentions-no-script").await;
}
