//! Mentions and replies: who is meant, who is told, what is shown of it.

use crate::support::database::alter_stopped;
use crate::support::{App, html};

const MENTIONED: &str = "select message_id || ':' || user_id from mentions order by 1";

#[tokio::test]
async fn only_people_of_the_room_are_mentioned() {
    let mut app = App::start();
    let ada = app.first_run().await;
    app.join("Grace").await;
    app.join("Linus").await;
    app.term_and_wait().await;
    alter_stopped(
        &app.data_dir(),
        "delete from memberships where user_id = 3;
         insert into users (name, role, status, created_at) values ('Bell', 'bot', 'active', 1),
             ('Gone', 'member', 'deactivated', 1);
         insert into memberships (room_id, user_id, created_at) values (1, 4, 1), (1, 5, 1);",
    );
    app.start_again();
    let text = "@Grace and @linus, ring the @bell for @Gone, @Grace; `@Ada` ada@Ada.org";
    let id = ada.post(1, text).await;
    assert_eq!(app.database().all::<String>(MENTIONED, []), ["1:2", "1:4"]);
    let page = ada.room_page(1).await.text();
    assert_eq!(page.matches("<a class=\"mention\" href=\"/users/2\">@Grace</a>").count(), 2);
    assert!(page.contains("and @linus, ring the <a class=\"mention\" href=\"/users/4\">@Bell</a>"));
    ada.post_form(&format!("/rooms/1/messages/{id}"), &[("body", "@Ada, not @Bello")])
        .await
        .expect(303);
    assert_eq!(app.database().all::<String>(MENTIONED, []), ["1:1"]);

    // Names that change are shown changed; the person who left still reads.
    ada.post(1, "@Grace?").await;
    app.term_and_wait().await;
    alter_stopped(
        &app.data_dir(),
        "update users set name = 'Rear Admiral <Hopper>', status = 'deactivated' where id = 2",
    );
    app.start_again();
    let page = ada.room_page(1).await.text();
    assert!(page.contains("href=\"/users/2\">@Rear Admiral &lt;Hopper&gt;</a>?"), "{page}");
}

#[tokio::test]
async fn names_are_completed_from_the_room() {
    let mut app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    app.join("Adamine").await;
    app.term_and_wait().await;
    alter_stopped(
        &app.data_dir(),
        "insert into rooms (kind, name, creator_id, created_at, active_at)
             values ('closed', 'Engine room', 1, 1, 1);
         insert into memberships (room_id, user_id, created_at) values (2, 1, 1);
         insert into users (name, created_at) values ('<b>Bobby</b>', 1);
         insert into memberships (room_id, user_id, created_at) values (1, 4, 1);",
    );
    app.start_again();
    let json = |path: &'static str| {
        let request = grace.bare(reqwest::Method::GET, path).header("Accept", "application/json");
        grace.send(request)
    };
    let found = json("/autocompletable/users?query=ada&room_id=1").await.expect(200).json();
    let names: Vec<_> = found.as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
    assert_eq!(names, ["Ada", "Adamine"]);
    assert_eq!(found[0]["value"], 1);
    assert!(found[0]["avatar_url"].as_str().unwrap().starts_with("http://127.0.0.1:"));
    let all = json("/autocompletable/users?query=").await.expect(200).json();
    assert_eq!(all.as_array().unwrap().len(), 4);
    assert!(!all.to_string().contains("<b>"), "{all}");
    for foreign in ["2", "999", "x"] {
        let path = format!("/autocompletable/users?query=a&room_id={foreign}");
        grace.get_fragment(&path).await.expect(404);
    }
    let drawn = grace.get_fragment("/autocompletable/users?query=bob&room_id=1").await.expect(200);
    assert!(drawn.text().contains("role=\"option\"") && drawn.shown().contains("<b>Bobby</b>"));
    ada.get_fragment("/autocompletable/users?query=&room_id=2").await.expect(200);
}

#[tokio::test]
async fn a_reply_points_at_its_original_and_tells_its_author() {
    let mut app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let first = ada.post(1, "Who **has** the key?\nSecond line").await;
    let page = grace.get(&format!("/rooms/1?reply_to={first}")).await.expect(200);
    assert!(page.shown().contains("Replying to Ada Who has the key?"));
    let hidden = html::hidden_fields(&page.text(), "/rooms/1/messages");
    assert!(hidden.contains(&("reply_to_id".into(), first.to_string())));
    let mut fields: Vec<(&str, &str)> =
        hidden.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    fields.push(("body", ""));
    let refused = grace.post_form("/rooms/1/messages", &fields).await.expect(422);
    assert!(refused.shown().contains("Replying to Ada"), "the form comes back as it was");
    fields.last_mut().unwrap().1 = "I have";
    grace.post_form("/rooms/1/messages", &fields).await.expect(303);
    assert_eq!(app.database().all::<String>(MENTIONED, []), ["2:1"], "Ada will be told");
    let quoted = |page: &str| {
        let reply = html::articles(page)[1].to_owned();
        let quotation = html::between(&reply, "class=\"reply-to\"", "</a>").unwrap_or_default();
        html::text_of(&format!("<a {quotation}"))
    };
    let page = ada.room_page(1).await.text();
    assert!(page.contains(&format!("href=\"/rooms/1/@{first}\" data-to=\"1\"")));
    assert_eq!(quoted(&page), "In reply to Ada Who has the key?");

    // Changed, the original is shown changed; edited, the reply still tells Ada.
    let mut reader = grace.live(1, grace.cursor(1).await).await;
    ada.post_form("/rooms/1/messages/1", &[("body", "Who has the spare key?")]).await.expect(303);
    let redrawn = reader.wait_for("spare key?</span>").await;
    assert!(redrawn.contains("id=\"message_2\""));
    grace.post_form("/rooms/1/messages/2", &[("body", "Not me")]).await.expect(303);
    assert_eq!(app.database().all::<String>(MENTIONED, []), ["2:1"]);
    assert_eq!(quoted(&ada.room_page(1).await.text()), "In reply to Ada Who has the spare key?");

    // To what is gone one can still answer; to what never was or is elsewhere, not.
    ada.post_form::<&str>("/rooms/1/messages/1/delete", &[]).await.expect(303);
    let answer = |id: &'static str| {
        let grace = grace.clone();
        async move {
            let fields = [("body", "Too late?"), ("reply_to_id", id)];
            grace.post_form("/rooms/1/messages", &fields).await
        }
    };
    answer("1").await.expect(303);
    assert_eq!(ada.room_page(1).await.shown().matches("a message that was deleted").count(), 2);
    app.term_and_wait().await;
    alter_stopped(
        &app.data_dir(),
        "insert into rooms (id, kind, name, creator_id, created_at, active_at)
             values (2, 'closed', 'Engine room', 1, 1, 1);
         insert into messages (id, room_id, creator_id, client_message_id, body_html, body_source,
             body_format, plain_text, created_at) values (9, 2, 1, 'x', 'secret', 's', 'html', 'secret', 1);
         insert into search_entries (id, words, parts, marks) values (9, 'secret', '', '');
         insert into message_search (rowid, words, parts, marks) values (9, 'secret', '', '');",
    );
    app.start_again();
    for id in ["9", "10", "999999", "x", "-1"] {
        let page = answer(id).await.expect(422).text();
        assert!(page.contains("Too late?") && !page.contains("secret"), "{id}");
    }
    assert!(!grace.get("/rooms/1?reply_to=9").await.expect(200).text().contains("secret"));
    app.database().assert_sound();
}

#[tokio::test]
async fn replies_sounds_and_emoji_in_a_browser() {
    let app = App::start();
    let ada_person = app.first_run().await;
    let grace_person = app.join("Grace").await;
    let ada = ada_person.browser().await;
    let grace = grace_person.browser().await;
    grace_person.post(1, "Anybody here?").await;
    for browser in [&ada, &grace] {
        browser.goto("/rooms/1").await;
        browser.wait_live().await;
    }
    ada.click("#message_1 .menu summary").await;
    ada.wait_for("#message_1 .quick-boosts").await;
    ada.click("#message_1 .menu .reply").await;
    ada.wait_text(".reply-bar", "Anybody here?").await;
    ada.screenshot("replying").await;
    ada.press("Escape").await;
    ada.wait_for(".reply-bar[hidden]").await;
    ada.click("#message_1 .menu summary").await;
    ada.wait_for("#message_1 .quick-boosts").await;
    ada.click("#message_1 .menu .reply").await;
    ada.fill("#composer textarea", "Me, @Grace!").await;
    ada.press("Enter").await;
    grace.wait_text("#message_2 .reply-to", "Anybody here?").await;
    ada.wait_for(".reply-bar[hidden]").await;
    let bar = "getComputedStyle(document.querySelector('#message_2'), '::before').backgroundColor";
    assert_ne!(grace.eval(bar).await, ada.eval(bar).await, "hers is marked as meant for her");
    grace.click("#message_2 .reply-to").await;
    grace.wait_for("#message_1.marked").await;
    assert_eq!(grace.eval("location.pathname + location.hash").await, "/rooms/1#message_1");

    for text in ["🎉👩‍🚀", "/play tada", "/play nothing"] {
        grace.fill("#composer textarea", text).await;
        grace.press("Enter").await;
    }
    ada.wait_for("#message_5").await;
    ada.screenshot("room-of-everything").await;
    assert_eq!(ada.count("#message_3 .body[data-big]").await, 1);
    assert!(ada.text_of("#message_4 .sound").await.contains("plays a fanfare"));
    assert_eq!(ada.text_of("#message_5 .body").await, "/play nothing");
    ada.assert_clean_console();
    grace.assert_clean_console();
}
