//! Being in a room: leaving, coming back, levels, and what is read.

use super::room_settings::{id_of, make};
use crate::support::{App, Person, html};

async fn leave(person: &Person, room: i64) {
    let left = person.post_form(&format!("/rooms/{room}/membership/delete"), &[("", "")]).await;
    assert_eq!(left.expect(303).location(), "/");
}

/// What the sidebar of somebody says about a room: its unread count, if it is listed.
async fn listed(person: &Person, room: i64) -> Option<i64> {
    let page = person.get("/users/me/sidebar").await.expect(200).text();
    let entry = html::between(&page, &format!("id=\"sidebar_room_{room}\""), "</li>")?;
    let unread = html::text_of(entry).split(' ').rev().nth(1).and_then(|word| word.parse().ok());
    Some(if entry.contains("class=\"unread\"") { unread.unwrap() } else { 0 })
}

#[tokio::test]
async fn who_leaves_an_open_room_finds_it_among_the_others() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let room = make(&ada, "opens", &[("name", "Noise")]).await;
    let mut page = grace.live(room, 0).await;
    let mut elsewhere = grace.socket("/live").await.unwrap();
    leave(&grace, room).await;
    assert_eq!(page.expect_close().await, 4403);
    let frame = elsewhere.wait_for(&format!("id=\"other_room_{room}\"")).await;
    assert!(frame.contains("Noise"), "{frame}");
    let before = page.frames.len();
    ada.post(room, "Without Grace").await;
    assert_eq!(page.frames.len(), before);

    grace.get(&format!("/rooms/{room}")).await.expect(404);
    grace.post_form(&format!("/rooms/{room}/messages"), &[("body", "Me?")]).await.expect(404);
    let home = grace.get("/users/me/sidebar").await.expect(200).text();
    assert!(home.contains(&format!("id=\"other_room_{room}\"")));
    assert!(!home.contains(&format!("id=\"sidebar_room_{room}\"")));

    let back = grace.post_form(&format!("/rooms/{room}/membership"), &[("", "")]).await;
    assert_eq!(back.expect(303).location(), format!("/rooms/{room}"));
    elsewhere.wait_for(&format!("id=\"sidebar_room_{room}\"")).await;
    grace.post(room, "Here I am").await;
    assert_eq!(app.database().count("departures"), 0);
}

#[tokio::test]
async fn a_closed_room_is_left_for_good_and_never_by_its_creator() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let grace_id = id_of(&app, &grace);
    let room = make(&ada, "closeds", &[("name", "Few"), ("user_ids", &grace_id)]).await;
    leave(&grace, room).await;
    grace.post_form(&format!("/rooms/{room}/membership"), &[("", "")]).await.expect(404);
    let home = grace.get("/users/me/sidebar").await.expect(200).text();
    assert!(!home.contains("Few"), "a closed room is not offered");
    ada.post_form(&format!("/rooms/{room}/membership/delete"), &[("", "")]).await.expect(403);
    ada.room_page(room).await;
}

#[tokio::test]
async fn after_a_removal_nothing_more_is_posted() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let room = make(&ada, "opens", &[("name", "Race")]).await;
    for round in 0..20 {
        let mut posting = tokio::task::JoinSet::new();
        for n in 0..5 {
            let grace = grace.clone();
            posting.spawn(async move {
                let path = format!("/rooms/{room}/messages");
                grace.post_form(&path, &[("body", format!("{round}.{n}"))]).await.status()
            });
        }
        leave(&grace, room).await;
        let count = "select count(*) from messages where room_id = ?1";
        let after_leaving = app.database().one::<i64>(count, [room]);
        let path = format!("/rooms/{room}/messages");
        grace.post_form(&path, &[("body", "late")]).await.expect(404);
        let answers = posting.join_all().await;
        assert!(answers.iter().all(|status| [303, 404].contains(status)), "{answers:?}");
        assert_eq!(app.database().one::<i64>(count, [room]), after_leaving);
        grace.post_form(&format!("/rooms/{room}/membership"), &[("", "")]).await.expect(303);
    }
}

#[tokio::test]
async fn deleting_and_posting_at_once_leaves_nothing_behind() {
    let app = App::start();
    let ada = app.first_run().await;
    for _ in 0..10 {
        let room = make(&ada, "opens", &[("name", "Race")]).await;
        let mut posting = tokio::task::JoinSet::new();
        for n in 0..8 {
            let ada = ada.clone();
            posting.spawn(async move {
                let path = format!("/rooms/{room}/messages");
                ada.post_form(&path, &[("body", format!("{n}"))]).await.status()
            });
        }
        ada.post_form(&format!("/rooms/{room}/delete"), &[("", "")]).await.expect(303);
        let answers = posting.join_all().await;
        assert!(answers.iter().all(|status| [303, 404].contains(status)), "{answers:?}");
    }
    crate::support::within("everything is removed", async {
        while app.database().count("rooms") != 1 || app.database().count("messages") != 0 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    })
    .await;
    app.database().assert_sound();
}

#[tokio::test]
async fn joining_while_a_room_is_converted_ends_as_the_room_does() {
    let app = App::start();
    let ada = app.first_run().await;
    for round in 0..5 {
        let room = make(&ada, "opens", &[("name", "Either")]).await;
        let (closed, open) = (format!("/rooms/closeds/{room}"), format!("/rooms/opens/{room}"));
        let fields = [("name", "Either")];
        let closing = ada.post_form(&closed, &fields);
        let name = format!("Joiner{round}");
        let (joiner, closed) = tokio::join!(app.join(&name), closing);
        closed.expect(303);
        let answer = joiner.get(&format!("/rooms/{room}")).await;
        let sql = "select count(*) from memberships where room_id = ?1 and user_id > 1";
        assert_eq!((answer.status(), app.database().one::<i64>(sql, [room])), (404, 0));
        let opening = ada.post_form(&open, &fields);
        let name = format!("Opener{round}");
        let (joiner, opened) = tokio::join!(app.join(&name), opening);
        opened.expect(303);
        joiner.room_page(room).await;
    }
}

#[tokio::test]
async fn the_bell_goes_round_and_hides_a_room() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let mut page = grace.socket("/live").await.unwrap();
    let mut others = ada.socket("/live").await.unwrap();
    let path = "/rooms/1/involvement";
    let level = || {
        app.database().one::<String>(
            "select involvement from memberships where room_id = 1 and user_id = 2",
            [],
        )
    };
    assert!(grace.get_fragment(path).await.expect(200).text().contains("bell-mentions"));
    for (next, icon) in [("everything", "everything"), ("nothing", "nothing")] {
        let bell = grace.post_fragment(path, &[("involvement", next)]).await.expect(200).text();
        assert!(bell.contains(&format!("#icon-bell-{icon}")), "{bell}");
        assert_eq!(level(), next);
    }
    let back = grace.post_form(path, &[("involvement", "invisible"), ("from", "profile")]).await;
    assert_eq!(back.expect(303).location(), "/users/me/profile");
    page.wait_for("hx-target=\"#sidebar_room_1\" hx-swap=\"delete\"").await;
    assert_eq!(listed(&grace, 1).await, None);
    ada.post(1, "Grace does not see this").await;
    grace.post_form(path, &[("involvement", "mentions")]).await.expect(303);
    page.wait_for("id=\"sidebar_room_1\"").await;
    assert_eq!(listed(&grace, 1).await, Some(0), "what was said meanwhile counts as read");
    for wrong in ["", "all", "Mentions"] {
        grace.post_form(path, &[("involvement", wrong)]).await.expect(422);
    }
    let stranger = make(&ada, "closeds", &[("name", "Attic")]).await;
    let path = format!("/rooms/{stranger}/involvement");
    grace.get(&path).await.expect(404);
    grace.post_form(&path, &[("involvement", "nothing")]).await.expect(404);
    let profile = grace.get("/users/me/profile").await.expect(200).text();
    assert!(profile.contains("action=\"/rooms/1/involvement\"") && !profile.contains("Attic"));
    others.wait_for("Attic").await;
    assert!(!others.frames.concat().contains("invisible"), "nobody else's sidebar changes");
}

#[tokio::test]
async fn unread_is_a_position_that_can_be_set_back() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let mut ids = Vec::new();
    for n in 1..=5 {
        ids.push(ada.post(1, &format!("Number {n}")).await);
    }
    grace.post(1, "My own never counts").await;
    assert_eq!(listed(&grace, 1).await, Some(5));
    let page = grace.room_page(1).await.text();
    let line = page.find("class=\"new-since\"").expect("there is a line");
    assert!(line < page.find(&format!("id=\"message_{}\"", ids[0])).unwrap());
    assert_eq!(listed(&grace, 1).await, Some(0));
    assert!(!grace.room_page(1).await.text().contains("new-since"));

    let mut other_device = grace.socket("/live").await.unwrap();
    let path = |id: i64| format!("/rooms/1/messages/{id}/unread");
    let to = grace.post_form(&path(ids[3]), &[("", "")]).await.expect(303).location();
    assert_eq!(to, "/users/me/sidebar");
    assert!(other_device.wait_for("sidebar_room_1").await.contains("2 unread"));
    assert_eq!(listed(&grace, 1).await, Some(2));
    let page = grace.room_page(1).await.text();
    let line = page.find("class=\"new-since\"").unwrap();
    assert!(line > page.find(&format!("id=\"message_{}\"", ids[2])).unwrap());
    assert!(line < page.find(&format!("id=\"message_{}\"", ids[3])).unwrap());

    grace.post_fragment(&path(ids[1]), &[("", "")]).await.expect(200);
    assert_eq!(listed(&grace, 1).await, Some(4));
    grace.post_form("/users/me/reads", &[("", "")]).await.expect(303);
    assert_eq!(listed(&grace, 1).await, Some(0));
    grace.post_form(&path(4711), &[("", "")]).await.expect(404);
    let foreign = make(&ada, "closeds", &[("name", "Attic")]).await;
    let hidden = ada.post(foreign, "Hidden").await;
    grace.post_form(&path(hidden), &[("", "")]).await.expect(404);
    let path = format!("/rooms/{foreign}/messages/{hidden}/unread");
    grace.post_form(&path, &[("", "")]).await.expect(404);
}

#[tokio::test]
async fn the_line_is_found_behind_a_whole_page_of_news() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let seen = ada.post(1, "Seen").await;
    grace.room_page(1).await;
    let mut ids = Vec::new();
    for n in 0..50 {
        ids.push(ada.post(1, &format!("New {n}")).await);
    }
    let page = grace.room_page(1).await.text();
    assert!(!page.contains("class=\"new-since\""), "it is further up");
    let older = html::between(&page, "class=\"older\" href=\"", "\"").unwrap();
    let older = html::unescape(older);
    for part in [
        grace.get_fragment(&older).await.expect(200).text(),
        grace.get(&older).await.expect(200).text(),
    ] {
        let line = part.find("class=\"new-since\"").expect("the line is on the older page");
        assert!(line > part.find(&format!("id=\"message_{seen}\"")).unwrap(), "{older}");
        assert!(line < part.find(&format!("id=\"message_{}\"", ids[0])).unwrap());
    }
}

#[tokio::test]
async fn what_stands_around_the_messages_stays_true() {
    let app = App::start();
    let ada = app.first_run().await;
    let browser = ada.browser().await;
    browser.goto("/rooms/1").await;
    browser.wait_until("campfire.state === 'live'").await;
    browser.wait_text("#member_count", "1").await;
    let grace = app.join("Grace").await;
    browser.wait_text("#member_count", "2").await;
    leave(&grace, 1).await;
    browser.wait_text("#member_count", "1").await;
    app.join("Linus").await;
    browser.wait_text("#member_count", "2").await;
    ada.post_form("/users/3/ban", &[("", "")]).await.expect(303);
    browser.wait_text("#member_count", "1").await;
    ada.post_form("/users/3/ban/delete", &[("", "")]).await.expect(303);
    browser.wait_text("#member_count", "2").await;

    // The bell is pressed on another device.
    let level = async |level: &str| {
        ada.post_form("/rooms/1/involvement", &[("involvement", level)]).await.expect(303);
    };
    level("nothing").await;
    browser.wait_for(".room-tools .bell-nothing").await;
    browser.offline(true).await;
    level("everything").await;
    grace.post_form("/rooms/1/membership", &[("", "")]).await.expect(303);
    browser.offline(false).await;
    browser.wait_for(".room-tools .bell-everything").await;
    browser.wait_text("#member_count", "3").await;

    browser.goto("/users/me/profile").await;
    browser.wait_until("campfire.state === 'live'").await;
    level("mentions").await;
    browser.wait_for(".people .bell-mentions").await;
    level("everything").await;
    browser.wait_for(".people .bell-everything").await;
    browser.assert_clean_console();
}
