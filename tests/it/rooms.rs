//! A room's page: its last forty messages, older ones on demand, with and without script.

use crate::support::{App, Person, html};

async fn post_many(person: &Person, count: usize) -> Vec<i64> {
    let mut ids = Vec::new();
    for number in 1..=count {
        ids.push(person.post(1, &format!("Line {number}.")).await);
    }
    ids
}

#[tokio::test]
async fn the_page_shows_the_last_forty_and_leads_to_older_ones() {
    let app = App::start();
    let ada = app.first_run().await;
    let ids = post_many(&ada, 85).await;
    assert!(ids.is_sorted());

    let page = ada.room_page(1).await.text();
    assert_eq!(html::message_ids(&page), ids[45..]);
    let older = format!("href=\"/rooms/1/messages?before={}\"", ids[45]);
    assert!(page.contains(&older), "{older} is missing");

    let mut path = format!("/rooms/1/messages?before={}", ids[45]);
    let page = ada.get(&path).await.expect(200).text();
    assert!(page.contains("<html"), "without script it is a whole page");
    assert_eq!(html::message_ids(&page), ids[5..45]);

    let fragment = ada.get_fragment(&path).await.expect(200).text();
    assert!(!fragment.contains("<html") && !fragment.contains("id=\"messages\""));
    assert_eq!(html::message_ids(&fragment), ids[5..45]);
    path = format!("/rooms/1/messages?before={}", ids[5]);
    assert!(fragment.contains(&path), "the fragment leads on");

    let fragment = ada.get_fragment(&path).await.expect(200).text();
    assert_eq!(html::message_ids(&fragment), ids[..5]);
    assert!(!fragment.contains("before="), "there is nothing older");

    let last = ada.get_fragment("/rooms/1/messages").await.expect(200).text();
    assert_eq!(html::message_ids(&last), ids[45..], "bare: the last page");
    let after = format!("/rooms/1/messages?after={}", ids[9]);
    assert_eq!(html::message_ids(&ada.get_fragment(&after).await.expect(200).text()), ids[10..50]);
}

#[tokio::test]
async fn a_permalink_shows_a_message_among_its_neighbours() {
    let app = App::start();
    let ada = app.first_run().await;
    let ids = post_many(&ada, 90).await;
    for path in [format!("/rooms/1/@{}", ids[10]), format!("/rooms/1/messages?around={}", ids[10])]
    {
        let page = ada.get(&path).await.expect(200).text();
        let shown = html::message_ids(&page);
        assert!(shown.contains(&ids[10]) && shown.contains(&ids[11]), "{path}: {shown:?}");
        assert!(!shown.contains(&ids[89]) && shown.is_sorted() && shown.len() <= 81, "{shown:?}");
        assert!(page.contains("after="), "{path} leads to newer ones");
    }
    // One that is not in this room any more: the newest ones, where the talk goes on.
    let page = ada.get(&format!("/rooms/1/@{}", ids[89] + 1)).await.expect(200).text();
    assert_eq!(html::message_ids(&page), ids[50..]);
    for wrong in ["x", "0", "-1", "1x", ""] {
        ada.get(&format!("/rooms/1/@{wrong}")).await.expect(404);
    }
}

#[tokio::test]
async fn page_positions_that_are_none_are_not_there() {
    let app = App::start();
    let ada = app.first_run().await;
    ada.post(1, "One").await;
    for query in ["before=x", "before=-1", "before=", "after=1.5", "around=0", "before=%00"] {
        let answer = ada.get(&format!("/rooms/1/messages?{query}")).await;
        assert!([404, 422].contains(&answer.status()), "{query}: {}", answer.status());
    }
    let page = ada.get_fragment("/rooms/1/messages?before=1").await.expect(200).text();
    assert_eq!(html::message_ids(&page), [0; 0]);
}

#[tokio::test]
async fn the_start_page_is_the_last_room() {
    let app = App::start();
    let ada = app.first_run().await;
    assert_eq!(ada.get("/").await.expect(303).location(), "/rooms/1");
}

#[tokio::test]
async fn the_page_keeps_its_promises_to_scripts_and_screen_readers() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let id = ada.post(1, "Good *morning*").await;

    let page = grace.room_page(1).await.text();
    let list = html::tags(&page).into_iter().find(|t| t.contains(" id=\"messages\"")).unwrap();
    for part in ["role=\"log\"", "aria-label=\"Messages\"", "data-cursor=\"", "data-room-id=\"1\""]
    {
        assert!(list.contains(part), "{part} is missing in {list}");
    }
    for part in [
        "<nav id=\"sidebar\"",
        "id=\"pings\"",
        "id=\"rooms\"",
        "href=\"/rooms/1\"",
        "aria-current=\"page\"",
        "id=\"connection\"",
        "id=\"typing\"",
        "id=\"composer\"",
        "action=\"/rooms/1/messages\"",
        "aria-label=\"Write a message\"",
        "Send message",
        "href=\"/users/me/style.css\"",
    ] {
        assert!(page.contains(part), "{part} is missing");
    }
    let article = html::articles(&page)[0];
    for part in [
        format!("id=\"message_{id}\""),
        format!("data-message-id=\"{id}\""),
        "data-author-id=\"1\"".into(),
        "data-at=\"".into(),
        "data-client-message-id=\"".into(),
        format!("id=\"boosts_{id}\""),
        format!("href=\"/rooms/1/@{id}\""),
        "<time datetime=\"".into(),
        "<em>morning</em>".into(),
    ] {
        assert!(article.contains(&part), "{part} is missing in {article}");
    }
    let at: i64 = html::between(article, "data-at=\"", "\"").unwrap().parse().unwrap();
    let stored: i64 = app.database().one("select created_at from messages", []);
    assert_eq!(at, stored, "milliseconds");

    let hers = ada.room_page(1).await.text();
    assert_eq!(html::articles(&hers), html::articles(&page), "the same bytes for everybody");
    let mine = ada.get("/users/me/style.css").await.expect(200);
    assert!(mine.header("content-type").starts_with("text/css"));
    assert!(mine.text().contains("[data-author-id=\"1\"]"));
}

#[tokio::test]
async fn no_two_elements_share_an_id() {
    let app = App::start();
    let ada = app.first_run().await;
    for number in 0..3 {
        ada.post(1, &format!("# Heading\n\n<b id=\"messages\" name=\"composer\">{number}</b>"))
            .await;
    }
    let page = ada.room_page(1).await.text();
    let mut ids: Vec<&str> =
        html::tags(&page).into_iter().filter_map(|tag| html::attribute(tag, "id")).collect();
    ids.sort_unstable();
    let twice: Vec<_> = ids.windows(2).filter(|pair| pair[0] == pair[1]).collect();
    assert!(twice.is_empty(), "{twice:?}");
}

#[tokio::test]
async fn without_script_one_can_sign_in_post_see_and_page_back() {
    let app = App::start();
    let ada = app.first_run().await;
    post_many(&ada, 45).await;
    app.join("Grace").await;

    let browser = app.browser().await;
    browser.set_scripting(false).await;
    browser.goto("/rooms/1").await;
    browser.wait_path("/session/new").await;
    browser.fill("input[name=email_address]", "grace@example.com").await;
    browser.fill("input[name=password]", crate::support::PASSWORD).await;
    browser.click("form[action='/session'] button").await;
    browser.wait_path("/rooms/1").await;
    assert_eq!(browser.count("#messages article.message").await, 40);

    browser.fill("#composer textarea", "Hello from an old phone").await;
    browser.click("#composer button[type=submit], #composer button:not([type])").await;
    browser.wait_text("#messages", "Hello from an old phone").await;
    assert_eq!(browser.value_of("#composer textarea").await, "", "ready for the next one");
    browser.screenshot("room-without-script").await;

    browser.click("#messages a.older").await;
    browser.wait_text("#messages", "Line 1.").await;
    assert_eq!(app.database().count("messages where plain_text like '%old phone%'"), 1);

    browser.goto("/rooms/1").await;
    browser.set_viewport(320, 640).await;
    assert_eq!(browser.sticking_out().await, [""; 0], "at 320 px");
    browser.screenshot("room-narrow-without-script").await;
    browser.assert_clean_console();
}

#[tokio::test]
async fn with_script_older_messages_come_in_above() {
    let app = App::start();
    let ada = app.first_run().await;
    let ids = post_many(&ada, 45).await;
    let browser = ada.browser().await;
    browser.goto("/rooms/1").await;
    browser.wait_live().await;
    browser.click("#messages a.older").await;
    browser.wait_for(&format!("#message_{}", ids[0])).await;
    browser.wait_gone("#messages a.older").await;
    let shown = browser.messages().await;
    let shown: Vec<i64> = shown.iter().map(|m| m.id.as_ref().unwrap().parse().unwrap()).collect();
    assert_eq!(shown, ids);
    assert_eq!(browser.eval("location.pathname").await, "/rooms/1", "still the same page");
    browser.assert_clean_console();
}
