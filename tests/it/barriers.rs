//! What axe-core finds on every page, light and dark: nothing.

use campfire::views::preview::gallery;
use serde_json::json;

use crate::support::{App, Browser, Person};

/// Looks at a page in both themes; what is found, with the name of the page.
async fn judge(browser: &Browser, name: &str, found: &mut Vec<String>) {
    for dark in [false, true] {
        browser.set_dark(dark).await;
        // A theme alters colours, nothing else.
        let wrong = if dark { browser.faint_texts().await } else { browser.barriers().await };
        let theme = if dark { "dark" } else { "light" };
        found.extend(wrong.into_iter().map(|what| format!("{name}, {theme}: {what}")));
    }
}

#[track_caller]
fn assert_nothing(found: Vec<String>) {
    assert!(found.is_empty(), "{} barriers:\n{}", found.len(), found.join("\n"));
}

/// Judges one half of the gallery, so that two browsers can share the work.
async fn judge_half_of_the_gallery(half: usize) {
    let server = campfire::web::preview::start(([127, 0, 0, 1], 0).into()).await.unwrap();
    let browser = Browser::open(&format!("http://{}", server.address)).await;
    // There is no server behind the gallery, and scripts would leave it.
    browser.block("*/assets/app-*.js").await;
    let mut found = Vec::new();
    let pages = gallery().into_iter().filter(|(_, html)| html.starts_with("<!doctype html>"));
    for (name, _) in pages.enumerate().filter(|(at, _)| at % 2 == half).map(|(_, page)| page) {
        browser.goto(&format!("/preview/{name}")).await;
        // As scripts do it where code is too wide, which other tests look at.
        browser.eval("document.querySelectorAll('pre').forEach(one => { one.tabIndex = 0 })").await;
        if name.starts_with("archive-") {
            // It lies beside the pages, in the archive.
            let style = json!(include_str!("../../templates/export/style.css"));
            let put = format!(
                "document.head.append(Object.assign(document.createElement('style'), \
                {{ textContent: {style} }}))"
            );
            browser.eval(&put).await;
        }
        judge(&browser, name, &mut found).await;
    }
    assert_nothing(found);
}

#[tokio::test]
async fn nothing_stands_in_the_way_in_one_half_of_the_gallery() {
    judge_half_of_the_gallery(0).await;
}

#[tokio::test]
async fn nothing_stands_in_the_way_in_the_other_half_of_the_gallery() {
    judge_half_of_the_gallery(1).await;
}

async fn judge_pages(browser: &Browser, paths: &[&str], found: &mut Vec<String>) {
    for path in paths {
        browser.goto(path).await;
        judge(browser, path, found).await;
    }
}

#[tokio::test]
async fn nothing_stands_in_the_way_of_those_outside() {
    let app = App::start();
    let visitor = app.browser().await;
    let mut found = Vec::new();
    judge_pages(&visitor, &["/first_run"], &mut found).await;
    let ada = app.first_run().await;
    let link = format!("/join/{}", app.join_code());
    let pages = ["/session/new", "/no/such/page", "/offline", "/bots/guide", &link];
    visitor.forgive("404");
    judge_pages(&visitor, &pages, &mut found).await;
    drop(ada);
    assert_nothing(found);
}

/// A room with all kinds of messages in it.
async fn talk(ada: &Person, grace: &Person) {
    ada.post(1, "Good **morning**, @Grace!").await;
    grace.post(1, "> quoted\n\n- a\n- list\n\n```rust\nlet x = 1;\n```").await;
    grace.post(1, &format!("```\n{}\n```", "wide ".repeat(80))).await;
    grace.post(1, "https://example.com/a and `code`, שלום לכולם").await;
    ada.post(1, "/play bell").await;
    ada.post_form("/messages/1/boosts", &[("content", "👏")]).await.expect(303);
}

#[tokio::test]
async fn nothing_stands_in_the_way_of_those_inside() {
    let app = App::start();
    let (ada, grace) = (app.first_run().await, app.join("Grace").await);
    talk(&ada, &grace).await;
    let browser = ada.browser().await;
    let mut found = Vec::new();
    let pages = [
        "/rooms/1",
        "/rooms/1/@2",
        "/rooms/opens/1/edit",
        "/rooms/1/involvement",
        "/rooms/1/messages/1/edit",
        "/messages/1/boosts",
        "/rooms/opens/new",
        "/rooms/closeds/new",
        "/rooms/directs/new",
        "/users/me/sidebar",
        "/users/me/profile",
        "/users/me/sessions",
        "/users/me/push_subscriptions",
        "/users/me/switcher",
        "/users/2",
        "/account/edit",
        "/account/bots",
        "/account/bots/new",
        "/account/custom_styles/edit",
        "/searches",
        "/searches?q=morning",
        "/searches?q=nothingofthekind",
        "/mentions",
        "/share?text=Look",
        "/no/such/page",
    ];
    browser.forgive("404");
    judge_pages(&browser, &pages, &mut found).await;
    assert_nothing(found);
}

#[tokio::test]
async fn nothing_that_opens_stands_in_the_way() {
    let app = App::start();
    let (ada, grace) = (app.first_run().await, app.join("Grace").await);
    talk(&ada, &grace).await;
    let browser = ada.browser().await;
    let mut found = Vec::new();
    browser.goto("/rooms/1").await;
    browser.wait_live().await;
    browser.click("#message_1 .menu summary").await;
    browser.wait_for("#message_1 .menu[open] .quick-boosts").await;
    judge(&browser, "an open menu", &mut found).await;
    browser.click("#message_1 .menu .new-boost").await;
    browser.wait_for(".boost-form input").await;
    judge(&browser, "a boost being written", &mut found).await;
    browser.press("Escape").await;
    browser.click("#message_1 .menu summary").await;
    browser.click("#message_1 .menu .edit").await;
    browser.wait_for(".edit-message").await;
    judge(&browser, "a message being edited", &mut found).await;
    browser.click(".edit-message #delete").await;
    browser.wait_for("#delete_message[open]").await;
    judge(&browser, "the question before deleting", &mut found).await;
    browser.press("Escape").await;
    browser.wait_gone("#delete_message[open]").await;
    browser.press("Escape").await;
    browser.click("#message_2 .menu summary").await;
    browser.click("#message_2 .menu .reply").await;
    browser.click("[data-opens=emoji]").await;
    browser.wait_for(".emoji-picker button").await;
    judge(&browser, "a reply and the emoji picker", &mut found).await;
    browser.press("Escape").await;
    browser.click("[data-opens=formatting]").await;
    browser.wait_for(".formatting").await;
    browser.fill("#composer_body", "@gra").await;
    browser.press("c").await;
    browser.wait_for(".completions li").await;
    judge(&browser, "formatting and completions", &mut found).await;
    browser.press("Escape").await;
    browser.press("Control+k").await;
    browser.wait_for(".switcher #found a").await;
    judge(&browser, "the switcher", &mut found).await;
    browser.press("Escape").await;
    browser.set_viewport(360, 740).await;
    browser.click(".open-drawer").await;
    browser.wait_for("body.drawer-open").await;
    judge(&browser, "the drawer", &mut found).await;
    // The page beneath the drawer is out of reach, with its heading.
    found.retain(|what| !what.starts_with("the drawer, light: page-has-heading-one"));
    assert_nothing(found);
    browser.assert_clean_console();
}

#[tokio::test]
async fn barriers_are_found_where_there_are_some() {
    let app = App::start();
    app.first_run().await;
    let browser = app.browser().await;
    browser.goto("/session/new").await;
    browser.eval("document.querySelector('label').remove()").await;
    browser.eval("document.querySelector('h1').style.color = '#ccc'").await;
    let found = browser.barriers().await;
    assert!(found.iter().any(|what| what.starts_with("label")), "{found:?}");
    assert!(found.iter().any(|what| what.starts_with("color-contrast")), "{found:?}");
    assert_eq!(json!(browser.faint_texts().await).as_array().unwrap().len(), 1);
}
