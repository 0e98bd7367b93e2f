//! Pages whose line breaks, goes dead, or never carries a socket: they say so, go on as well as
//! they can, and show in the end what every other page shows.

use crate::support::database::alter_stopped;
use crate::support::proxy::{Line, Proxy};
use crate::support::{App, Browser, Person};

const BANNER: &str = "#connection";
/// What a page shows of a room, without what only this page has done with it.
const SHOWN: &str = "[...document.querySelectorAll('#messages > .message')].map(a => [a.id,
    a.querySelector('.author').innerText, a.querySelector('.body').innerHTML,
    [...a.querySelectorAll('.boost > [dir]')].map(b => b.innerText), !!a.querySelector('.edited')].join('|')).join('\\n')";

/// A browser of this person behind a line of its own.
async fn behind(proxy: &Proxy, person: &Person) -> Browser {
    let browser = person.browser_at(&proxy.base_url).await;
    browser.forgive_the_outage();
    browser.goto("/rooms/1").await;
    browser.wait_live().await;
    browser
}

async fn write(browser: &Browser, text: &str) {
    browser.fill("#composer textarea", text).await;
    browser.press("Enter").await;
}

#[tokio::test]
async fn two_pages_show_the_same_after_one_of_them_was_cut_off() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let ids = [ada.post(1, "Stays").await, ada.post(1, "Changes").await, ada.post(1, "Goes").await];
    let proxy = Proxy::before(&app.host()).await;
    let (cut, whole) = (behind(&proxy, &grace).await, ada.browser().await);
    whole.goto("/rooms/1").await;
    whole.wait_live().await;

    proxy.is(Line::Cut);
    proxy.break_all();
    cut.wait_text(BANNER, "Reconnecting").await;
    cut.screenshot("reconnecting").await;
    let path = |id: i64| format!("/rooms/1/messages/{id}");
    ada.post_form(&path(ids[1]), &[("body", "Changed")]).await.expect(303);
    ada.post_form(&format!("{}/delete", path(ids[2])), &[("", "")]).await.expect(303);
    ada.post_form(&format!("/messages/{}/boosts", ids[0]), &[("content", "Yes")]).await.expect(303);
    let last = ada.post(1, "Said meanwhile").await;
    ada.post_form("/users/me/profile", &[("name", "Countess")]).await.expect(303);
    whole.wait_text(&format!("#message_{last} .author"), "Countess").await;

    proxy.is(Line::Open);
    cut.wait_text(&format!("#message_{last} .author"), "Countess").await;
    cut.wait_until(&format!("document.querySelector('{BANNER}').innerText === ''")).await;
    assert_eq!(cut.eval(SHOWN).await, whole.eval(SHOWN).await);
    assert_eq!(cut.count("#messages > .message").await, 3);
    cut.assert_clean_console();
}

#[tokio::test]
async fn what_is_written_while_the_line_is_cut_waits_and_goes_out_in_order() {
    let app = App::start();
    let ada = app.first_run().await;
    let proxy = Proxy::before(&app.host()).await;
    let browser = behind(&proxy, &ada).await;
    proxy.is(Line::Cut);
    proxy.break_all();
    browser.wait_for("#connection[data-state=reconnecting]").await;
    write(&browser, "First").await;
    write(&browser, "Second").await;
    browser.fill("#composer textarea", "Third, not sent yet").await;
    let notes = "[...document.querySelectorAll('#messages .pending .note')]
        .filter(note => note.innerText === 'Waiting for the connection').length === 2";
    browser.wait_until(notes).await;
    browser.screenshot("waiting-for-the-connection").await;
    assert_eq!(app.database().count("messages"), 0);

    proxy.is(Line::Open);
    browser.wait_for("#message_2").await;
    browser.wait_gone("#messages .pending").await;
    assert_eq!(browser.value_of("#composer textarea").await, "Third, not sent yet");
    let stored = app.database().all::<String>("select body_source from messages order by id", []);
    assert_eq!(stored, ["First", "Second"]);
    let shown = browser.messages().await.into_iter().map(|message| message.text);
    assert_eq!(shown.collect::<Vec<_>>(), ["First", "Second"]);
    browser.assert_clean_console();
}

#[tokio::test]
async fn where_no_sockets_get_through_the_page_asks_and_loses_nothing() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let proxy = Proxy::before(&app.host()).await;
    proxy.is(Line::WithoutSockets);
    let browser = grace.browser_at(&proxy.base_url).await;
    browser.forgive_the_outage();
    browser.goto("/rooms/1").await;
    let first = ada.post(1, "Can you hear me?").await;
    browser.wait_for(&format!("#message_{first}")).await;
    browser.wait_text(BANNER, "every 5 seconds").await;
    browser.screenshot("without-sockets").await;
    write(&browser, "Yes, if a little late").await;
    browser.wait_gone("#messages .pending, #messages .failed").await;
    ada.post_form(&format!("/rooms/1/messages/{first}"), &[("body", "Good!")]).await.expect(303);
    browser.wait_text(&format!("#message_{first}"), "Good!").await;
    let read = "select last_read_message_id from memberships where user_id = 2";
    assert_eq!(app.database().one::<i64>(read, []), 2, "it was looked at");

    // As soon as the network lets them through again there is a socket.
    proxy.is(Line::Open);
    browser.offline(true).await;
    browser.wait_until("navigator.onLine === false").await;
    browser.offline(false).await;
    browser.wait_until(&format!("document.querySelector('{BANNER}').innerText === ''")).await;
    browser.wait_live().await;
    let last = ada.post(1, "Welcome back").await;
    browser.wait_for(&format!("#message_{last}")).await;
    let shown = browser.messages().await.into_iter().map(|message| message.text);
    assert_eq!(shown.collect::<Vec<_>>(), ["Good!", "Yes, if a little late", "Welcome back"]);
    browser.assert_clean_console();
}

#[tokio::test]
async fn without_sockets_who_is_signed_out_or_removed_is_told() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let proxy = Proxy::before(&app.host()).await;
    proxy.is(Line::WithoutSockets);
    let (mut pages, people) = (Vec::new(), [&ada, &grace]);
    for person in people {
        let browser = person.browser_at(&proxy.base_url).await;
        browser.goto("/rooms/1").await;
        pages.push(browser);
    }
    grace.post_form("/rooms/1/membership/delete", &[("", "")]).await.expect(303);
    ada.post_form("/session/delete", &[("", "")]).await.expect(303);
    pages[1].wait_text("[role=alert]", "no longer in this room").await;
    pages[0].wait_path("/session/new").await;
}

#[tokio::test]
async fn a_line_that_is_dead_without_a_word_is_given_up() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let proxy = Proxy::before(&app.host()).await;
    let browser = behind(&proxy, &grace).await;
    proxy.silence_all();
    let id = ada.post(1, "Said into the dark").await;
    // Each second is half a minute: whatever was still on its way is soon a minute old as well.
    let clock = "const now = Date.now, from = now(); Date.now = () => from + (now() - from) * 30";
    browser.eval(&format!("{{ {clock} }}")).await;
    browser.wait_for(&format!("#message_{id}")).await;
    browser.wait_live().await;
    browser.assert_clean_console();
}

const MANY_MESSAGES: &str = "
    with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 340)
    insert into messages (id, room_id, creator_id, client_message_id, body_html, body_source,
                          body_format, plain_text, created_at)
    select n, 1, 1, 'many ' || n, '<p>' || n || '</p>', n, 'markdown', n, 1 from numbers;
    insert into changes (room_id, message_id, kind, at) select 1, id, 'posted', 1 from messages;";

#[tokio::test]
async fn a_page_keeps_three_hundred_messages_and_the_way_to_the_others() {
    let mut app = App::start();
    let ada = app.first_run().await;
    let browser = ada.browser().await;
    browser.forgive_the_outage();
    browser.goto("/rooms/1").await;
    browser.wait_live().await;
    app.term_and_wait().await;
    alter_stopped(&app.data_dir(), MANY_MESSAGES);
    app.start_again();
    browser.wait_for("#message_340").await;
    let kept = "document.querySelectorAll('#messages > .message').length";
    browser.wait_until(&format!("{kept} <= 320 && {kept} >= 300")).await;
    browser.wait_gone("#message_1").await;
    // What was let go is a page of history again.
    browser.eval("document.querySelector('#messages').firstElementChild.scrollIntoView()").await;
    let first = "document.querySelector('#messages > .message').dataset.messageId";
    let before = browser.eval(first).await.as_str().unwrap().to_owned();
    browser.wait_for("#messages > a.older").await;
    browser.eval("document.querySelector('#messages > a.older').click()").await;
    browser.wait_until(&format!("Number({first}) < {before}")).await;
    browser.assert_clean_console();
}

#[tokio::test]
async fn a_new_day_begins_with_the_message_that_arrives_on_it() {
    let mut app = App::start();
    let ada = app.first_run().await;
    ada.post(1, "Yesterday").await;
    app.term_and_wait().await;
    let day_before = "update messages set created_at = created_at - 86400000";
    alter_stopped(&app.data_dir(), day_before);
    app.start_again();
    let browser = ada.browser().await;
    browser.goto("/rooms/1").await;
    browser.wait_live().await;
    let days = "[...document.querySelectorAll('#messages > .day')]
        .map(day => day.innerText + ' ' + day.nextElementSibling.id).join()";
    let yesterday = browser.eval(days).await;
    assert_eq!(yesterday, "Yesterday message_1");
    for _ in 0..2 {
        ada.post(1, "Today").await;
    }
    browser.wait_for("#message_3").await;
    assert_eq!(browser.eval(days).await, "Yesterday message_1,Today message_2");
    ada.post_form("/rooms/1/messages/2/delete", &[("", "")]).await.expect(303);
    browser.wait_gone("#message_2").await;
    assert_eq!(browser.eval(days).await, "Yesterday message_1,Today message_3");
    browser.assert_clean_console();
}
