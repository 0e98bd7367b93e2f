//! Messages can be changed and taken back by who wrote them and by administrators; what is taken
//! back is gone.

use reqwest::Method;

use crate::support::database::alter_stopped;
use crate::support::{Answer, App, Person, html};

fn path(id: i64) -> String {
    format!("/rooms/1/messages/{id}")
}

async fn edit(person: &Person, id: i64, body: &str) -> Answer {
    person.post_form(&path(id), &[("body", body)]).await
}

async fn delete(person: &Person, id: i64) -> Answer {
    person.post_form::<&str>(&format!("{}/delete", path(id)), &[]).await
}

#[tokio::test]
async fn authors_and_administrators_change_messages_and_nobody_else() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let linus = app.join("Linus").await;
    let id = grace.post(1, "It leeks").await;
    let mut reader = linus.live(1, linus.cursor(1).await).await;

    let form = grace.get(&format!("{}/edit", path(id))).await.expect(200).text();
    assert!(form.contains("\nIt leeks</textarea>"), "the source comes back: {form}");
    let answer = edit(&grace, id, "It **leaks**").await.expect(303);
    assert_eq!(answer.location(), format!("/rooms/1#message_{id}"));
    let frame = reader.wait_for("leaks").await;
    let first_tag = html::tags(&frame)[0];
    assert!(first_tag.contains(&format!("hx-target=\"#message_{id}\"")), "{first_tag}");
    assert!(frame.contains("class=\"edited\"") && frame.contains("<strong>leaks</strong>"));
    let page = html::ungrouped(&linus.room_page(1).await.text());
    assert!(page.contains(html::articles(&frame)[0]), "pushed as it is on the page");

    for request in ["/edit", ""] {
        let asked = format!("{}{request}", path(id));
        let answer = if request.is_empty() {
            edit(&linus, id, "Mine now").await
        } else {
            linus.get(&asked).await
        };
        answer.expect(403);
    }
    delete(&linus, id).await.expect(403);
    linus.send(linus.request(Method::DELETE, &path(id))).await.expect(403);
    edit(&grace, 999, "Nowhere").await.expect(404);
    delete(&grace, 999).await.expect(404);

    let found = "select count(*) from message_search where message_search match ?1";
    edit(&ada, id, "It leaks, says the plumber").await.expect(303);
    let rows = app.database();
    assert_eq!(rows.one::<i64>(found, ["plumber"]), 1);
    assert_eq!(rows.one::<i64>(found, ["leeks"]), 0, "the old words find nothing");
    let put = grace.request(Method::PUT, &path(id)).form(&[("body", "Put")]);
    grace.send(put).await.expect(303);
    let patch = grace.request(Method::PATCH, &path(id)).header("HX-Request", "true");
    let drawn = grace.send(patch.form(&[("body", "Patched")])).await.expect(200).text();
    assert_eq!(html::message_texts(&drawn), ["Patched"]);
    let json = grace.bare(Method::POST, &path(id)).header("Accept", "application/json");
    let json = grace.send(json.form(&[("body", "Twice")])).await.expect(200).json();
    assert_eq!(json["body"]["plain_text"], "Twice");

    let changes = rows.count("changes");
    edit(&grace, id, "Twice").await.expect(303);
    assert_eq!(rows.count("changes"), changes, "the same again is no change");
    for bad in ["", "  ", &"é".repeat(10_001)] {
        let page = edit(&grace, id, bad).await.expect(422).text();
        assert!(page.contains("role=\"alert\"") && html::unescape(&page).contains(bad.trim()));
        let form = grace.post_fragment(&path(id), &[("body", bad)]).await.expect(422).text();
        assert!(form.contains("aria-invalid") && !form.contains("<html"));
    }
    assert_eq!(rows.count("changes"), changes);
    rows.assert_sound();

    linus
        .send(linus.request(Method::DELETE, &path(id)).header("HX-Request", "true"))
        .await
        .expect(403);
    delete(&ada, id).await.expect(303);
    delete(&ada, id).await.expect(404);
    assert_eq!(rows.count("messages"), 0);
    rows.assert_sound();
}

#[tokio::test]
async fn who_left_the_room_changes_nothing_in_it() {
    let mut app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let id = grace.post(1, "Still here").await;
    app.term_and_wait().await;
    alter_stopped(&app.data_dir(), "delete from memberships where user_id = 2");
    app.start_again();
    edit(&grace, id, "Changed").await.expect(404);
    delete(&grace, id).await.expect(404);
    grace.post_form(&format!("/messages/{id}/boosts"), &[("content", "👍")]).await.expect(404);
    assert_eq!(html::message_texts(&ada.room_page(1).await.text()), ["Still here"]);
}

#[tokio::test]
async fn what_is_deleted_is_nowhere_any_more() {
    let mut app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let before = grace.cursor(1).await;
    let canary = "Xylophonkanarienvogel";
    let first = ada.post(1, &format!("@Grace the {canary} sings")).await;
    let reply = [("body", "Let it"), ("reply_to_id", &first.to_string())];
    grace.post_form("/rooms/1/messages", &reply).await.expect(303);
    let boost = [("content", "Boostkanarie")];
    grace.post_form(&format!("/messages/{first}/boosts"), &boost).await.expect(303);
    edit(&ada, first, &format!("@Grace the {canary} sang")).await.expect(303);
    let seen = grace.cursor(1).await;
    let mut reader = grace.live(1, seen).await;
    assert!(ada.room_page(1).await.text().matches(canary).count() >= 2, "in the reply, too");
    app.database().assert_sound();

    let frame = ada.post_fragment::<&str>(&format!("{}/delete", path(first)), &[]).await;
    assert!(frame.expect(200).text().contains("hx-swap=\"delete\""));
    reader.wait_for("hx-swap=\"delete\"").await;
    let redrawn = reader.wait_for_message(first + 1).await;
    assert!(redrawn.contains("deleted") && !redrawn.contains(canary));
    assert_eq!(reader.cursor(), Some(grace.cursor(1).await));

    for cursor in [before, seen] {
        let mut late = grace.live(1, cursor).await;
        late.wait_for_message(first + 1).await;
        assert!(!late.frames.concat().contains(canary), "not in what was missed");
    }
    let page = ada.room_page(1).await.text();
    assert!(!page.contains(canary) && page.contains("deleted"));
    for place in [path(first), format!("{}/edit", path(first)), format!("/messages/{first}/boosts")]
    {
        ada.get(&place).await.expect(404);
    }
    assert!(!ada.get(&format!("/rooms/1/@{first}")).await.text().contains(canary));
    let rows = app.database();
    assert_eq!(rows.count("boosts") + rows.count("mentions where message_id = 1"), 0);
    let left = "select group_concat(message_id || kind, ' ') from changes where message_id = ?1";
    assert_eq!(rows.one::<String>(left, [first]), "1posted 1boosted 1edited 1deleted");
    rows.assert_sound();
    app.term_and_wait().await;
    let lower = canary.to_lowercase();
    for trace in [canary, &lower, "xylophonkanar", "Boostkanarie"] {
        assert!(!app.database().files_contain(trace), "{trace} is still in the file");
    }
}

#[tokio::test]
async fn edits_and_a_deletion_at_once_end_in_one_state() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    for round in 0..4 {
        let id = grace.post(1, "To be changed").await;
        let mut reader = ada.live(1, ada.cursor(1).await).await;
        let mut race = Vec::new();
        for n in 0..12 {
            let person = if n % 2 == 0 { ada.clone() } else { grace.clone() };
            race.push(tokio::spawn(async move {
                if n == 7 && round % 2 == 1 {
                    return delete(&person, id).await.status();
                }
                edit(&person, id, &format!("Version {n}")).await.status()
            }));
        }
        for attempt in race {
            assert!([303, 404].contains(&attempt.await.unwrap()));
        }
        let last = ada.post(1, "That was that").await;
        reader.wait_for_message(last).await;
        let page = html::ungrouped(&ada.room_page(1).await.text());
        let rows = app.database();
        let stored = rows.all::<String>("select plain_text from messages where id = ?1", [id]);
        assert_eq!(stored.is_empty(), round % 2 == 1);
        let of_it = |frame: &&String| frame.contains(&format!("message_{id}\""));
        let frame = reader.frames.iter().rev().find(of_it).unwrap();
        match stored.first() {
            Some(text) => {
                assert_eq!(html::message_texts(frame), [text.as_str()]);
                assert!(page.contains(html::articles(frame)[0]));
            }
            None => assert!(
                frame.contains("hx-swap=\"delete\"") && !html::message_ids(&page).contains(&id)
            ),
        }
        rows.assert_sound();
    }
}

#[tokio::test]
async fn two_browsers_see_edits_and_deletions_at_once() {
    let app = App::start();
    let ada = app.first_run().await.browser().await;
    let grace_person = app.join("Grace").await;
    let grace = grace_person.browser().await;
    for browser in [&ada, &grace] {
        browser.goto("/rooms/1").await;
        browser.wait_live().await;
    }
    for text in ["First", "Sekond"] {
        grace.fill("#composer textarea", text).await;
        grace.press("Enter").await;
    }
    ada.wait_text("#message_2 .body", "Sekond").await;

    // ArrowUp in the empty box brings back what she said last.
    grace.wait_for("#message_2").await;
    grace.press("ArrowUp").await;
    grace.wait_for(".message-form textarea").await;
    assert_eq!(grace.value_of(".message-form textarea").await, "Sekond");
    grace.fill(".message-form textarea", "Second").await;
    // Whatever happens to the message meanwhile, her words stay.
    let boost = [("content", "👍")];
    grace_person.post_form("/messages/2/boosts", &boost).await.expect(303);
    grace.wait_for("#boosts_2 .boost").await;
    assert_eq!(grace.value_of(".message-form textarea").await, "Second");
    grace.screenshot("editing").await;
    grace.press("Control+Enter").await;
    grace.wait_gone(".message-form").await;
    for browser in [&ada, &grace] {
        browser.wait_text("#message_2 .body", "Second").await;
        browser.wait_text("#message_2 .edited", "edited").await;
    }

    // Escape leaves everything as it was.
    grace.press("ArrowUp").await;
    grace.wait_for(".message-form textarea").await;
    grace.fill(".message-form textarea", "Third").await;
    grace.press("Escape").await;
    grace.wait_gone(".message-form").await;
    assert_eq!(grace.text_of("#message_2 .body").await, "Second");

    // Grace may not touch what Ada says; Ada, who administers the place, may delete what Grace said.
    ada.fill("#composer textarea", "Mine").await;
    ada.press("Enter").await;
    for browser in [&ada, &grace] {
        browser.wait_for("#message_3").await;
    }
    let shown = "getComputedStyle(document.querySelector('#message_3 .menu .edit')).display";
    assert_eq!(grace.eval(shown).await, "none");
    assert_eq!(ada.eval(shown).await, "flex");
    ada.click("#message_1 .menu summary").await;
    ada.wait_for("#message_1 .quick-boosts").await;
    ada.click("#message_1 .menu .delete").await;
    ada.wait_for("dialog[open]").await;
    ada.screenshot("deleting").await;
    ada.click("dialog .danger").await;
    for browser in [&ada, &grace] {
        browser.wait_gone("#message_1").await;
        assert_eq!(browser.count("#messages .message").await, 2);
        browser.assert_clean_console();
    }
}

#[tokio::test]
async fn without_script_everything_is_a_link_or_a_form() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let first = grace.post(1, "Who has the key?").await;
    let browser = ada.browser().await;
    browser.set_scripting(false).await;
    browser.goto("/rooms/1").await;

    // Answer it.
    browser.click(&format!("#message_{first} .menu summary")).await;
    browser.click(&format!("#message_{first} .menu .reply")).await;
    browser.wait_until("location.search === '?reply_to=1'").await;
    browser.screenshot("noscript-reply").await;
    browser.fill("#composer textarea", "I hvae").await;
    browser.click("#composer .send").await;
    browser.wait_text("#message_2 .reply-to", "Who has the key?").await;

    // Correct it.
    browser.click("#message_2 .menu summary").await;
    browser.click("#message_2 .menu .edit").await;
    browser.wait_path("/rooms/1/messages/2/edit").await;
    browser.screenshot("noscript-edit").await;
    browser.fill("textarea[name=body]", "I have").await;
    browser.click("form.edit-message .primary").await;
    browser.wait_text("#message_2 .body", "I have").await;
    browser.wait_for("#message_2 .edited").await;

    // Boost it, join and leave.
    browser.click("#message_1 .menu summary").await;
    browser.click("#message_1 .menu .new-boost").await;
    browser.wait_path("/messages/1/boosts").await;
    browser.screenshot("noscript-boosts").await;
    browser.click(".quick-boosts button").await;
    browser.wait_text("#boosts_1 .boost", "👍").await;
    browser.click("#boosts_1 button.boost").await;
    browser.wait_gone("#boosts_1 button.boost").await;

    // Take it back.
    browser.click("#message_2 .menu summary").await;
    browser.click("#message_2 .menu .delete").await;
    browser.wait_path("/rooms/1/messages/2/edit").await;
    browser.click("#delete").await;
    browser.wait_path("/rooms/1").await;
    browser.wait_gone("#message_2").await;
    browser.assert_clean_console();
}
