//! Boosts are given, joined and taken back; everybody sees them at once.

use reqwest::Method;

use crate::support::{App, Browser, Person, html};

async fn boost(person: &Person, id: i64, field: &str, content: &str) -> u16 {
    person.post_form(&format!("/messages/{id}/boosts"), &[(field, content)]).await.status()
}

fn chips(page: &str, id: i64) -> Vec<String> {
    let form = html::between(page, &format!("id=\"boosts_{id}\""), "</form>").unwrap();
    let form = form.split("<a ").next().unwrap();
    form.split("<button").skip(1).map(|chip| html::text_of(&format!("<b{chip}"))).collect()
}

#[tokio::test]
async fn the_same_boost_is_one_chip_with_everybody_on_it() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let id = ada.post(1, "It works").await;
    let mut reader = grace.live(1, grace.cursor(1).await).await;
    assert_eq!(boost(&ada, id, "content", "👏").await, 303);
    assert_eq!(boost(&ada, id, "content", " 👏 ").await, 303, "once is enough");
    assert_eq!(boost(&grace, id, "toggle", "👏").await, 303);
    assert_eq!(boost(&grace, id, "content", "so <b>good</b>").await, 303);
    assert_eq!(app.database().count("boosts"), 3);
    assert_eq!(app.database().count("changes where kind = 'boosted'"), 3);
    let frame = reader.wait_for("good").await;
    assert!(html::tags(&frame)[0].contains(&format!("hx-target=\"#boosts_{id}\"")));
    let page = grace.room_page(1).await.text();
    let expected = ["👏 2 from Ada and Grace", "so <b>good</b> from Grace"];
    assert_eq!(chips(&page, id), expected);
    assert_eq!(chips(&frame, id), expected);
    assert!(page.contains("data-by=\"1 2\""));
    assert_eq!(grace.cursor(1).await, reader.cursor().unwrap());

    // A second click leaves; somebody else's stays.
    assert_eq!(boost(&grace, id, "toggle", "👏").await, 303);
    let alone = |frame: &str| frame.contains("data-by=\"1\"");
    reader.wait_for_frame("a chip of Ada's alone", alone).await;
    let own: i64 = app.database().one("select id from boosts where booster_id = 2", []);
    let others: i64 = app.database().one("select id from boosts where booster_id = 1", []);
    for (boost, message, status) in
        [(others, id, 404), (own, id + 1, 404), (own, id, 303), (own, id, 404)]
    {
        let path = format!("/messages/{message}/boosts/{boost}/delete");
        grace.post_form::<&str>(&path, &[]).await.expect(status);
    }
    assert_eq!(chips(&ada.room_page(1).await.text(), id), ["👏 from Ada"]);
    app.database().assert_sound();
}

#[tokio::test]
async fn programs_boost_too() {
    let app = App::start();
    let ada = app.first_run().await;
    let id = ada.post(1, "It works").await;
    let path = format!("/messages/{id}/boosts");
    let ask =
        |method: Method, path: &str| ada.bare(method, path).header("Accept", "application/json");
    let made =
        ada.send(ask(Method::POST, &path).form(&[("content", "🎉")])).await.expect(201).json();
    assert_eq!((&made["content"], &made["booster"]["name"]), (&"🎉".into(), &"Ada".into()));
    assert_eq!(made["message"]["id"], id);
    ada.send(ask(Method::POST, &path).form(&[("content", "🎉")])).await.expect(200);
    let all = ada.send(ask(Method::GET, &path)).await.expect(200).json();
    assert_eq!(all, serde_json::json!([made]));
    let gone = format!("{path}/{}", made["id"]);
    ada.send(ask(Method::DELETE, &gone)).await.expect(204);
    ada.send(ask(Method::DELETE, &gone)).await.expect(404);
    assert_eq!(app.database().count("boosts"), 0);
}

#[tokio::test]
async fn boosts_are_short_visible_and_for_members() {
    let app = App::start();
    let ada = app.first_run().await;
    let id = ada.post(1, "It works").await;
    let families = "👩‍👩‍👧‍👦".repeat(16);
    for fine in ["1234567890123456", families.as_str(), "مرحبا"] {
        assert_eq!(boost(&ada, id, "content", fine).await, 303, "{fine}");
    }
    let long = "x".repeat(2_000);
    for bad in [
        "",
        "  ",
        "\u{200b}",
        "12345678901234567",
        long.as_str(),
        "a\u{301}\u{301}\u{301}".repeat(50).as_str(),
    ] {
        let page = ada.post_form(&format!("/messages/{id}/boosts"), &[("content", bad)]).await;
        let page = page.expect(422);
        assert!(page.text().contains("role=\"alert\""));
        assert!(
            bad.trim().is_empty() || bad == "\u{200b}" || page.shown().contains("16"),
            "the limit"
        );
    }
    for nowhere in ["/messages/999/boosts", "/messages/x/boosts", "/messages/0/boosts"] {
        ada.post_form(nowhere, &[("content", "👍")]).await.expect(404);
        ada.get(nowhere).await.expect(404);
    }
    app.visitor()
        .post_form(&format!("/messages/{id}/boosts"), &[("content", "👍")])
        .await
        .expect(303);
    assert_eq!(app.database().count("boosts"), 3);
    for n in 3..50 {
        assert_eq!(boost(&ada, id, "content", &format!("number {n}")).await, 303);
    }
    let refused =
        ada.post_form(&format!("/messages/{id}/boosts"), &[("content", "one more")]).await;
    assert!(refused.expect(422).shown().contains("50"));
    assert_eq!(app.database().count("boosts"), 50);
}

#[tokio::test]
async fn one_persons_clicks_at_once_are_one_boost() {
    let app = App::start();
    let ada = app.first_run().await;
    let id = ada.post(1, "It works").await;
    let race: Vec<_> = (0..12)
        .map(|_| {
            let ada = ada.clone();
            tokio::spawn(async move { boost(&ada, id, "content", "🔥").await })
        })
        .collect();
    for click in race {
        assert_eq!(click.await.unwrap(), 303);
    }
    assert_eq!(app.database().count("boosts"), 1);
    assert_eq!(app.database().count("changes where kind = 'boosted'"), 1);
}

/// Opens the menu of the first message and waits until it has found its place.
async fn open_menu(browser: &Browser) {
    browser.click("#message_1 .menu summary").await;
    browser.wait_for("#message_1 .quick-boosts button").await;
}

#[tokio::test]
async fn a_half_typed_boost_survives_what_happens_to_the_message() {
    let app = App::start();
    let ada_person = app.first_run().await;
    let grace_person = app.join("Grace").await;
    let id = grace_person.post(1, "It wroks").await;
    let ada = ada_person.browser().await;
    let grace = grace_person.browser().await;
    for browser in [&ada, &grace] {
        browser.goto("/rooms/1").await;
        browser.wait_live().await;
    }
    open_menu(&ada).await;
    ada.screenshot("menu").await;
    ada.click("#message_1 .menu .new-boost").await;
    ada.wait_for(".boost-form input").await;
    ada.fill(".boost-form input", "half a tho").await;

    // Grace boosts with one click and edits; Ada's words and her place in them stay.
    open_menu(&grace).await;
    grace.click("#message_1 .quick-boosts button[value='🎉']").await;
    ada.wait_text("#boosts_1", "🎉").await;
    grace_person.post_form("/rooms/1/messages/1", &[("body", "It works")]).await.expect(303);
    ada.wait_text("#message_1 .body", "It works").await;
    assert_eq!(ada.value_of(".boost-form input").await, "half a tho");
    assert_eq!(ada.eval("document.activeElement.name").await, "content");
    ada.screenshot("boosting").await;
    ada.press("u").await;
    ada.press("Enter").await;
    for browser in [&ada, &grace] {
        browser.wait_text("#boosts_1", "half a thou").await;
    }
    ada.wait_gone(".message-form").await;

    // One click joins, the next one leaves.
    ada.click("#boosts_1 button[value='🎉']").await;
    grace.wait_text("#boosts_1 .boost-count", "2").await;
    ada.wait_for("#boosts_1 button[value='🎉'][aria-pressed=true]").await;
    ada.click("#boosts_1 button[value='🎉']").await;
    grace.wait_gone("#boosts_1 .boost-count").await;

    // What is refused says why and keeps the words.
    open_menu(&ada).await;
    ada.click("#message_1 .menu .new-boost").await;
    ada.fill(".boost-form input", "far too long to be a boost").await;
    ada.forgive("422");
    ada.press("Enter").await;
    ada.wait_text(".boost-form .problem", "16 characters").await;
    assert_eq!(ada.value_of(".boost-form input").await, "far too long to be a boost");
    ada.press("Escape").await;
    ada.wait_gone(".message-form").await;
    assert_eq!(app.database().count("boosts"), 2);
    assert_eq!(id, 1);
    ada.assert_clean_console();
    grace.assert_clean_console();
}

#[tokio::test]
async fn who_boosted_is_called_by_their_name_of_now() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let id = ada.post(1, "It works").await;
    boost(&ada, id, "content", "👏").await;
    boost(&grace, id, "content", "👏").await;
    let browser = ada.browser().await;
    browser.goto("/rooms/1").await;
    browser.wait_text(".boosters", "from Ada and Grace").await;
    let rename = async |name: &str| {
        grace.post_form("/users/me/profile", &[("name", name)]).await.expect(303);
    };
    rename("Amazing <i>Grace</i>").await;
    browser.wait_text(".boosters", "from Ada and Amazing <i>Grace</i>").await;

    // What she boosted stays when she goes, and so does her name there.
    grace.post_form("/rooms/1/membership/delete", &[("", "")]).await.expect(303);
    let cursor = ada.cursor(1).await;
    rename("Amazing").await;
    browser.wait_text(".boosters", "from Ada and Amazing").await;
    assert!(ada.cursor(1).await > cursor);
    let mut late = ada.live(1, cursor).await;
    late.wait_for("[data-booster='2']").await;
    assert_eq!(chips(&ada.room_page(1).await.text(), id), ["👏 2 from Ada and Amazing"]);
    browser.assert_clean_console();
}
