//! What comes over the socket: every change once and in order, whenever a reader comes and goes.

use crate::support::{App, Person, Socket, html};

/// Posts these texts one after the other.
async fn say(person: &Person, texts: &[&str]) -> Vec<i64> {
    let mut ids = Vec::new();
    for text in texts {
        ids.push(person.post(1, text).await);
    }
    ids
}

/// Posts from several hands at once; gives the numbers in no particular order.
async fn talk_over_each_other(person: &Person, count: usize, hands: usize) -> Vec<i64> {
    let hands: Vec<_> = (0..hands)
        .map(|hand| {
            let person = person.clone();
            tokio::spawn(async move {
                let mut ids = Vec::new();
                for number in 0..count / hands {
                    ids.push(person.post(1, &format!("Hand {hand}, line {number}")).await);
                }
                ids
            })
        })
        .collect();
    let mut ids = Vec::new();
    for hand in hands {
        ids.extend(hand.await.unwrap());
    }
    ids
}

#[tokio::test]
async fn only_our_own_pages_may_open_a_socket() {
    let app = App::start();
    let ada = app.first_run().await;
    let own = ada.base_url();
    let path = "/live?room=1&cursor=0";
    let foreign = [
        "https://evil.example".to_owned(),
        format!("{own}.evil.example"),
        format!("http://evil.example/{}", ada.host()),
        "http://127.0.0.1:1".to_owned(),
        "http://127.0.0.1".to_owned(),
        "null".to_owned(),
        String::new(),
    ];
    for origin in &foreign {
        assert_eq!(ada.socket_from(path, Some(origin)).await.err(), Some(403), "{origin:?}");
    }
    assert_eq!(ada.socket_from(path, None).await.err(), Some(403));
    assert!(ada.socket_from(path, Some(&own)).await.is_ok());
}

#[tokio::test]
async fn a_stranger_hears_nothing() {
    let app = App::start();
    let ada = app.first_run().await;
    ada.post(1, "Among us").await;
    match app.visitor().socket("/live?room=1&cursor=0").await {
        Err(status) => assert_eq!(status, 401),
        Ok(mut socket) => {
            assert_eq!(socket.expect_close().await, 4401);
            assert_eq!(socket.frames, [""; 0]);
        }
    }
    for room in ["999", "abc", "-1", "1x"] {
        match ada.socket(&format!("/live?room={room}&cursor=0")).await {
            Err(status) => assert_eq!(status, 404, "{room}"),
            Ok(mut socket) => {
                assert_eq!(socket.expect_close().await, 4403, "{room}");
                assert_eq!(socket.frames, [""; 0]);
            }
        }
    }
    assert!([400, 426].contains(&ada.get("/live?room=1&cursor=0").await.status()));
}

#[tokio::test]
async fn who_was_away_gets_each_change_once_and_in_order() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    say(&ada, &["Before"]).await;
    let cursor = grace.cursor(1).await;
    let missed = say(&ada, &["One", "Two", "Three"]).await;

    let mut socket = grace.live(1, cursor).await;
    socket.wait_for_message(missed[2]).await;
    let live = say(&ada, &["Four", "Five"]).await;
    socket.wait_for_message(live[1]).await;
    assert_eq!(socket.message_ids(), [missed, live].concat());
    assert_eq!(socket.cursor(), Some(cursor + 5));

    // The frames show what a fresh page shows, byte for byte.
    let page = html::ungrouped(&grace.room_page(1).await.text());
    let frames = socket.frames.concat();
    assert_eq!(html::articles(&page)[1..], html::articles(&frames));
}

#[tokio::test]
async fn every_frame_about_the_room_carries_its_cursor_in_its_first_tag() {
    let app = App::start();
    let ada = app.first_run().await;
    let cursor = ada.cursor(1).await;
    let mut socket = ada.live(1, cursor).await;
    let ids = say(&ada, &["One", "Two"]).await;
    for (number, id) in ids.iter().enumerate() {
        let frame = socket.wait_for_message(*id).await;
        let tag = html::tags(&frame)[0].to_owned();
        assert!(frame.starts_with(&tag), "nothing comes before it: {frame}");
        assert!(tag.starts_with("<hx-upsert") && tag.contains("hx-target=\"#messages\""), "{tag}");
        assert_eq!(html::cursor(&tag), Some(cursor + 1 + number as i64));
    }
}

#[tokio::test]
async fn two_readers_see_one_order() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let mut hers = ada.live(1, 0).await;
    let mut graces = grace.live(1, 0).await;
    let mut posted = talk_over_each_other(&ada, 80, 8).await;
    posted.sort_unstable();
    for socket in [&mut hers, &mut graces] {
        socket.wait_for_message(posted[79]).await;
        assert_eq!(socket.message_ids(), posted);
    }
    let order = app.database().all::<i64>("select message_id from changes order by id", []);
    assert_eq!(order, posted);
}

#[tokio::test]
async fn coming_while_others_talk_misses_and_doubles_nothing() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let cursor = grace.cursor(1).await;
    let talk = tokio::spawn(async move { talk_over_each_other(&ada, 240, 4).await });
    let mut sockets: Vec<Socket> = Vec::new();
    while !talk.is_finished() && sockets.len() < 40 {
        sockets.push(grace.live(1, cursor).await);
    }
    let mut posted = talk.await.unwrap();
    posted.sort_unstable();
    assert!(sockets.len() > 4, "only {} came in time", sockets.len());
    for socket in &mut sockets {
        socket.wait_for_message(posted[posted.len() - 1]).await;
        assert_eq!(socket.message_ids(), posted);
    }
}

#[tokio::test]
async fn coming_back_again_and_again_misses_and_doubles_nothing() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let mut cursor = grace.cursor(1).await;
    let mut talk = tokio::spawn(async move { talk_over_each_other(&ada, 200, 4).await });
    let mut heard = Vec::new();
    let mut posted = loop {
        let mut socket = grace.live(1, cursor).await;
        let over = tokio::select! {
            _ = socket.wait_for("<article ") => None,
            posted = &mut talk => Some(posted.unwrap()),
        };
        heard.extend(socket.message_ids());
        cursor = socket.cursor().unwrap_or(cursor);
        socket.vanish().unwrap();
        if let Some(posted) = over {
            break posted;
        }
    };
    posted.sort_unstable();
    if heard.last() != posted.last() {
        let mut socket = grace.live(1, cursor).await;
        socket.wait_for_message(posted[posted.len() - 1]).await;
        heard.extend(socket.message_ids());
    }
    assert_eq!(heard, posted);
}

#[tokio::test]
async fn who_was_away_too_long_gets_the_last_page_in_one_frame() {
    let app = App::start();
    let ada = app.first_run().await;
    let mut posted = talk_over_each_other(&ada, 1_008, 16).await;
    posted.sort_unstable();

    let mut socket = ada.live(1, 0).await;
    let frame = socket.wait_for_message(posted[1_007]).await;
    assert_eq!(socket.frames.len(), 1, "one frame with everything");
    let tag = html::tags(&frame)[0];
    assert!(tag.contains("hx-target=\"#messages\"") && tag.contains("hx-swap=\"outerHTML\""));
    assert_eq!(html::cursor(tag), Some(1_008));
    assert!(frame.contains("id=\"messages\""));
    assert_eq!(html::message_ids(&frame), posted[968..]);

    let next = ada.post(1, "And on we go").await;
    socket.wait_for_message(next).await;
    let drawn = socket.frames.iter().filter(|frame| frame.contains("<article ")).count();
    assert_eq!(drawn, 2, "one frame with the page, one with the new message");

    // One more change than can be replayed, and exactly as many as can.
    let mut socket = ada.live(1, 9).await;
    socket.wait_for_message(next).await;
    assert_eq!(socket.message_ids(), [&posted[9..], &[next]].concat());
}

#[tokio::test]
async fn long_messages_can_be_caught_up_as_well_as_short_ones() {
    let app = App::start();
    let ada = app.first_run().await;
    // Each of these letters takes five bytes in a page: two megabytes in all.
    let long = "&".repeat(10_000);
    let ids = say(&ada, &vec![long.as_str(); 40]).await;
    for cursor in [0, 999] {
        let mut socket = ada.live(1, cursor).await;
        socket.wait_for_message(ids[39]).await;
        assert_eq!(socket.message_ids(), ids, "since {cursor}");
    }
}

#[tokio::test]
async fn a_cursor_from_the_future_gets_the_list_anew() {
    let app = App::start();
    let ada = app.first_run().await;
    let ids = say(&ada, &["One", "Two"]).await;
    for cursor in ["3", "999999999999"] {
        let mut socket = ada.socket(&format!("/live?room=1&cursor={cursor}")).await.unwrap();
        let frame = socket.wait_for_message(ids[1]).await;
        assert!(frame.contains("id=\"messages\"") && frame.contains("outerHTML"), "{frame}");
        assert_eq!(html::message_ids(&frame), ids);
        assert_eq!(html::cursor(&frame), Some(2));
    }
}

#[tokio::test]
async fn a_cursor_that_is_none_is_refused_or_answered_with_the_list() {
    let app = App::start();
    let ada = app.first_run().await;
    let ids = say(&ada, &["One"]).await;
    for cursor in ["x", "-1", "", "1.5", "99999999999999999999999", "%00"] {
        match ada.socket(&format!("/live?room=1&cursor={cursor}")).await {
            Err(status) => assert!([400, 404, 422].contains(&status), "{cursor}: {status}"),
            Ok(mut socket) => drop(socket.wait_for_message(ids[0]).await),
        }
    }
}

#[tokio::test]
async fn what_readers_may_say_is_a_short_list() {
    let app = App::start();
    let ada = app.first_run().await;
    let mut socket = ada.live(1, 0).await;
    for kind in ["typing", "typing_stop", "present", "absent"] {
        socket.send_text(&format!("{{\"type\":\"{kind}\"}}")).await;
    }
    let id = ada.post(1, "Still listening?").await;
    socket.wait_for_message(id).await;

    let wrong =
        ["{\"type\":\"shout\"}", "{}", "[]", "hello", "", "{\"type\":7}", "{\"type\":\"typing\""];
    for text in wrong {
        let mut socket = ada.live(1, 1).await;
        socket.send_text(text).await;
        assert_eq!(socket.expect_close().await, 1003, "{text:?}");
    }
    let mut socket = ada.live(1, 1).await;
    socket.send_bytes(b"{\"type\":\"typing\"}").await;
    assert_eq!(socket.expect_close().await, 1003, "frames are text");

    let mut socket = ada.live(1, 1).await;
    socket.send_text(&format!("{{\"type\":\"typing\",\"x\":\"{}\"}}", "x".repeat(4_096))).await;
    assert_eq!(socket.expect_close().await, 1009, "larger than 4 KiB");
    ada.post(1, "Nobody else was disturbed").await;
}

#[tokio::test]
async fn connections_that_vanish_disturb_nobody() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let mut hers = ada.live(1, 0).await;
    for _ in 0..20 {
        grace.live(1, 0).await.vanish().unwrap();
    }
    // These stay open and never read a byte.
    let mut deaf = Vec::new();
    for _ in 0..5 {
        deaf.push(grace.live(1, 0).await);
    }
    let ids = talk_over_each_other(&ada, 40, 4).await;
    hers.wait_for_message(*ids.iter().max().unwrap()).await;
    assert_eq!(hers.message_ids().len(), 40);
    assert!(ada.get("/up").await.status() == 200);
}

#[tokio::test]
async fn signing_out_ends_that_browsers_sockets_and_no_others() {
    let app = App::start();
    let ada = app.first_run().await;
    let laptop = ada.at_another_browser().await;
    let mut here = ada.live(1, 0).await;
    let mut there = laptop.live(1, 0).await;
    let mut elsewhere = laptop.socket("/live").await.unwrap();
    laptop.post_form::<&str>("/session/delete", &[]).await.expect(303);
    assert_eq!(there.expect_close().await, 4401);
    assert_eq!(elsewhere.expect_close().await, 4401);
    let id = ada.post(1, "Only here").await;
    here.wait_for_message(id).await;
    assert!(!there.frames.concat().contains("Only here"));
}

#[tokio::test]
async fn a_page_without_a_room_hears_of_the_sidebar_alone() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let mut socket = grace.socket("/live?sidebar=").await.unwrap();
    ada.post(1, "Psst").await;
    // The list as it was may come first.
    let news = |frame: &str| frame.contains("sidebar_room_1") && frame.contains("unread");
    socket.wait_for_frame("an unread room", news).await;
    assert!(!socket.frames.concat().contains("Psst"));
}
