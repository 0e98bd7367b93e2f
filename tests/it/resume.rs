//! Coming back: from another start of the server, from a past that was put back, to pages that
//! were drawn a while before their socket opened, and where no socket gets through at all.

use crate::support::{App, Person, Socket, html};

/// Where a page of the first room stands.
struct Page {
    cursor: i64,
    epoch: String,
}

impl Page {
    async fn of(person: &Person) -> Page {
        let page = person.room_page(1).await.text();
        let epoch = html::attribute(&page, "data-epoch").unwrap().to_owned();
        Page { cursor: html::cursor(&page).unwrap(), epoch }
    }

    fn path(&self) -> String {
        format!("/live?room=1&cursor={}&epoch={}", self.cursor, self.epoch)
    }

    async fn listen(&self, person: &Person) -> Socket {
        person.socket(&self.path()).await.unwrap()
    }
}

/// Keeps the database of a stopped server aside.
fn keep_copy(app: &App) -> tempfile::TempDir {
    let aside = tempfile::tempdir().unwrap();
    std::fs::copy(app.data_dir().join("campfire.db"), aside.path().join("copy")).unwrap();
    aside
}

/// Puts it back in place of what is there, as an operator would.
fn put_back(app: &App, aside: &tempfile::TempDir) {
    for suffix in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(app.data_dir().join(format!("campfire.db{suffix}")));
    }
    std::fs::copy(aside.path().join("copy"), app.data_dir().join("campfire.db")).unwrap();
}

#[tokio::test]
async fn after_a_restart_only_what_was_missed_is_sent() {
    let mut app = App::start();
    let ada = app.first_run().await;
    ada.post(1, "Before").await;
    let page = Page::of(&ada).await;
    app.restart().await;
    let missed = ada.post(1, "After").await;
    let mut socket = page.listen(&ada).await;
    let first = socket.wait_for("data-epoch").await;
    socket.wait_for_message(missed).await;
    assert_eq!(socket.message_ids(), [missed]);
    let now = Page::of(&ada).await;
    assert_ne!(now.epoch, page.epoch);
    assert!(first.contains(&now.epoch), "the page learns of the epoch it is in now: {first}");
    assert_eq!(html::cursor(&first), Some(page.cursor), "and stands where it stood in it");

    // Within an epoch nothing is said of it.
    let next = ada.post(1, "More").await;
    let mut socket = now.listen(&ada).await;
    socket.wait_for_message(next).await;
    assert!(!socket.frames.concat().contains("data-epoch"));
}

#[tokio::test]
async fn a_past_that_was_taken_back_is_told_apart_whatever_the_numbers_are() {
    let mut app = App::start();
    let ada = app.first_run().await;
    ada.post(1, "Kept").await;
    let early = Page::of(&ada).await;
    ada.post(1, "Kept as well").await;
    app.term_and_wait().await;
    let copy = keep_copy(&app);
    app.start_again();
    let same = Page::of(&ada).await;
    ada.post(1, "Taken back").await;
    let late = Page::of(&ada).await;
    app.term_and_wait().await;
    put_back(&app, &copy);
    app.start_again();
    // The numbers that were taken back are given again, and more.
    for text in ["Other", "Words", "Instead"] {
        ada.post(1, text).await;
    }
    let all = html::message_ids(&ada.room_page(1).await.text());
    assert_eq!(all.len(), 5);

    // The start after the copy was taken is unknown now, whatever its page had seen of it.
    for page in [&same, &late] {
        let mut socket = page.listen(&ada).await;
        let frame = socket.wait_for_message(all[4]).await;
        assert!(frame.contains("id=\"messages\"") && frame.contains("outerHTML"), "{frame}");
        assert_eq!(html::message_ids(&frame), all);
        assert_eq!(html::cursor(&frame), Some(5));
    }
    // A page from before it is still of this past: it is sent what it missed, no more.
    let mut socket = early.listen(&ada).await;
    socket.wait_for_message(all[4]).await;
    assert_eq!(socket.message_ids(), all[1..]);
    assert!(!socket.frames.concat().contains("outerHTML\" data-cursor"));

    // The same epoch, but further than the copy goes: as after a power cut on a bad disk.
    let beyond = Page { cursor: 3, epoch: early.epoch.clone() };
    let mut socket = beyond.listen(&ada).await;
    let frame = socket.wait_for_message(all[4]).await;
    assert_eq!(html::message_ids(&frame), all);
}

#[tokio::test]
async fn an_epoch_nobody_gave_gets_the_list_anew() {
    let app = App::start();
    let ada = app.first_run().await;
    let id = ada.post(1, "One").await;
    for epoch in ["", "0000000000000000", "x", "%00", "../etc", "00000000000000001"] {
        let path = format!("/live?room=1&cursor=1&epoch={epoch}");
        let mut socket = ada.socket(&path).await.unwrap();
        let frame = socket.wait_for_message(id).await;
        assert!(frame.contains("id=\"messages\""), "{epoch}: {frame}");
    }
}

#[tokio::test]
async fn what_changed_between_the_page_and_its_socket_is_not_missed() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let page = grace.get("/users/me/sidebar").await.expect(200).text();
    let version = html::attribute(&page, "data-version").unwrap().to_owned();
    let path = format!("/live?sidebar={version}");

    // Nothing happened: nothing is sent but what happens next.
    let mut socket = grace.socket(&path).await.unwrap();
    socket.caught_up().await;
    ada.post(1, "Psst").await;
    socket.wait_for("sidebar_room_1").await;
    assert!(!socket.frames.concat().contains("sidebar_lists"));

    // Somebody spoke before the socket opened.
    let mut socket = grace.socket(&path).await.unwrap();
    let frame = socket.wait_for("hx-target=\"#sidebar_lists\"").await;
    assert!(frame.contains("1 unread"), "{frame}");

    // A page that was away a while does not know what it missed.
    let mut socket = grace.socket("/live?sidebar=").await.unwrap();
    socket.wait_for("hx-target=\"#sidebar_lists\"").await;
}

#[tokio::test]
async fn a_room_that_was_renamed_or_archived_meanwhile_is_seen_as_it_is() {
    let app = App::start();
    let ada = app.first_run().await;
    let page = Page::of(&ada).await;
    ada.post_form("/rooms/opens/1", &[("name", "The old days")]).await.expect(303);
    ada.post_form("/rooms/1/archive", &[("", "")]).await.expect(303);
    let mut socket = page.listen(&ada).await;
    let frame = socket.wait_for("#room_title").await;
    assert!(frame.contains("The old days") && frame.contains("was archived"), "{frame}");
    ada.post_form("/rooms/1/archive/delete", &[("", "")]).await.expect(303);
    let mut socket = page.listen(&ada).await;
    socket.wait_for("can be written in again").await;
}

#[tokio::test]
async fn who_is_here_and_who_writes_is_sent_to_whoever_comes() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let mut writer = grace.live(1, 0).await;
    writer.send_text(r#"{"type":"typing"}"#).await;
    writer.wait_for("data-user-id=\"2\">Grace</span>").await;
    let mut reader = ada.live(1, 0).await;
    let frame = reader.wait_for("data-user-id=\"2\">Grace</span>").await;
    assert!(frame.contains("2 here"), "all of it at once: {frame}");
}

#[tokio::test]
async fn a_page_that_no_socket_reaches_can_ask_for_the_same() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let page = Page::of(&grace).await;
    let path = page.path().replace("/live", "/live/frames");
    let ids = [ada.post(1, "One").await, ada.post(1, "Two").await];
    ada.post_form(&format!("/messages/{}/boosts", ids[0]), &[("content", "Yes")]).await.expect(303);
    let text = grace.get(&format!("{path}&sidebar=&present=true")).await.expect(200).text();
    let first = html::tags(&text)[0];
    assert_eq!(html::cursor(first), Some(page.cursor + 3), "{first}");
    assert!(first.contains(&page.epoch), "{first}");
    assert_eq!(html::message_ids(&text), ids);
    assert!(text.contains("hx-target=\"#sidebar_lists\"") && text.contains("#present_count"));
    let read = "select last_read_message_id from memberships where room_id = 1 and user_id = 2";
    assert_eq!(app.database().one::<i64>(read, []), ids[1], "who looks has read it");

    // Asking again from there brings nothing of the room.
    let again = format!("/live/frames?room=1&cursor={}&epoch={}", page.cursor + 3, page.epoch);
    let text = grace.get(&again).await.expect(200).text();
    assert_eq!(html::message_ids(&text), [0; 0]);
    assert!(!text.contains("sidebar_lists"), "a page without the lists is sent none");

    grace.post_form("/rooms/1/membership/delete", &[("", "")]).await.expect(303);
    grace.get(&path).await.expect(404);
    assert_eq!(app.visitor().get("/live/frames").await.status(), 303);
}

#[tokio::test]
async fn another_name_or_picture_reaches_the_messages_that_are_on_a_page() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let before = ada.post(1, "Hello @Grace").await;
    let page = Page::of(&ada).await;
    let mut there = page.listen(&ada).await;
    let browser = ada.browser().await;
    browser.goto("/rooms/1").await;
    browser.wait_live().await;
    let said = grace.post(1, "Good morning").await;
    browser.wait_for(&format!("#message_{said}")).await;
    let picture = format!("document.querySelector('#message_{said} > .avatar').src");
    let old_picture = browser.eval(&picture).await;

    grace.post_form("/users/me/profile", &[("name", "Rear Admiral")]).await.expect(303);
    let frame = there.wait_for("Rear Admiral").await;
    assert_eq!(html::cursor(html::tags(&frame)[0]), Some(page.cursor + 2));
    browser.wait_text(&format!("#message_{said} .author"), "Rear Admiral").await;
    browser.wait_text(&format!("#message_{before} .mention"), "@Rear Admiral").await;
    browser.wait_text("#present_list, #messages", "Rear Admiral").await;
    assert_ne!(browser.eval(&picture).await, old_picture);
    assert_eq!(browser.count("#messages > .message").await, 2);

    // The same for who was away meanwhile; and a page drawn now shows the same.
    let mut socket = page.listen(&ada).await;
    socket.wait_for("[href='/users/2']").await;
    let names = "[...document.querySelectorAll('#messages .author, #messages .mention')]
        .map(name => name.innerText).join()";
    let shown = browser.eval(names).await;
    browser.goto("/rooms/1").await;
    browser.wait_live().await;
    assert_eq!(browser.eval(names).await, shown);
    browser.assert_clean_console();
}
