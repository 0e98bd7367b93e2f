//! Whoever loses a room or a session hears nothing more, whatever is on its way; the others do.

use super::room_settings::{id_of, make};
use crate::support::database::alter_stopped;
use crate::support::{App, Person};

/// How somebody loses what they had, and the code their sockets are closed with: the one in the
/// room, and the one on a page without a room if that ends as well.
const LOSSES: [(&str, u16, Option<u16>); 6] = [
    ("is taken out", 4403, None),
    ("leaves", 4403, None),
    ("sees the room deleted", 4403, None),
    ("is deactivated", 4401, Some(4401)),
    ("is banned", 4401, Some(4401)),
    ("signs out", 4401, Some(4401)),
];

async fn lose(how: &str, ada: &Person, victim: &Person, id: &str, room: i64) {
    let path = match how {
        "is taken out" => {
            let fields = [("name", "Few")];
            ada.post_form(&format!("/rooms/closeds/{room}"), &fields).await.expect(303);
            return;
        }
        "leaves" => format!("/rooms/{room}/membership/delete"),
        "sees the room deleted" => format!("/rooms/{room}/delete"),
        "is deactivated" => format!("/account/users/{id}/delete"),
        "is banned" => format!("/users/{id}/ban"),
        "signs out" => "/session/delete".to_owned(),
        _ => unreachable!(),
    };
    let own = ["leaves", "signs out"].contains(&how);
    (if own { victim } else { ada }).post_form(&path, &[("", "")]).await.expect(303);
}

#[tokio::test]
async fn every_loss_ends_the_sockets_it_concerns_and_no_others() {
    let app = App::start();
    let ada = app.first_run().await;
    for (how, in_room, elsewhere) in LOSSES {
        let victim = app.join(&how.replace(' ', "")).await;
        let id = id_of(&app, &victim);
        let fields = [("name", "Few"), ("user_ids", id.as_str())];
        let room = make(&ada, "closeds", &fields).await;
        let mut adas = ada.live(1, 0).await;
        let mut here = victim.live(room, 0).await;
        let mut there = victim.socket("/live").await.unwrap();
        let mut other_room = victim.live(1, 0).await;
        let before = ada.post(room, "Said in time").await;
        here.wait_for_message(before).await;

        lose(how, &ada, &victim, &id, room).await;
        if how != "sees the room deleted" {
            ada.post(room, "Behind closed doors").await;
        }
        let said = format!("Not for who {how}");
        let after = ada.post(1, &said).await;
        assert_eq!(here.expect_close().await, in_room, "{how}");
        assert!(!here.frames.concat().contains("Behind closed doors"), "{how}");
        match elsewhere {
            Some(code) => {
                assert_eq!(there.expect_close().await, code, "{how}");
                assert_eq!(other_room.expect_close().await, code, "{how}");
                let heard = there.frames.concat() + &other_room.frames.concat();
                assert!(!heard.contains(&said), "{how}");
            }
            None => {
                other_room.wait_for_message(after).await;
                assert!(!there.frames.concat().contains("Behind closed doors"), "{how}");
            }
        }
        // The others were not touched, and there is no way back in.
        adas.wait_for_message(after).await;
        let again = victim.socket(&format!("/live?room={room}&cursor=0")).await;
        let refused = again.err();
        assert!(matches!(refused, Some(401 | 404)), "{how}: {refused:?}");
        let asked = victim.get(&format!("/live/frames?room={room}&cursor=0")).await;
        assert_ne!(asked.status(), 200, "{how}");
    }
}

/// More than the network holds for somebody who does not read, all of it missed.
const LONG_MESSAGES: &str = "
    with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 240)
    insert into messages (id, room_id, creator_id, client_message_id, body_html, body_source,
                          body_format, plain_text, created_at)
    select n, 1, 1, 'long ' || n, '<p>' || hex(zeroblob(25000)) || '</p>', 'long', 'markdown',
           'long', 1 from numbers;
    insert into changes (room_id, message_id, kind, at) select 1, id, 'posted', 1 from messages;";

#[tokio::test]
async fn a_loss_overtakes_what_is_still_being_sent() {
    let mut app = App::start();
    app.first_run().await;
    let grace = app.join("Grace").await;
    app.term_and_wait().await;
    alter_stopped(&app.data_dir(), LONG_MESSAGES);
    app.start_again();
    let mut slow = grace.live(1, 0).await;
    slow.wait_for_frame("the first part", |frame| frame.contains("<article ")).await;
    grace.post_form("/rooms/1/membership/delete", &[("", "")]).await.expect(303);
    slow.read_to_the_end().await;
    assert!(!slow.message_ids().contains(&240), "it was sent to the end after all");
    assert!(matches!(slow.closed, Some(4403) | None), "{:?}", slow.closed);
}

#[tokio::test]
async fn who_is_out_of_a_room_cannot_be_seen_writing_in_it() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let mut reader = ada.live(1, 0).await;
    let mut writer = grace.live(1, 0).await;
    writer.send_text(r#"{"type":"typing"}"#).await;
    reader.wait_for("data-user-id=\"2\">Grace</span>").await;
    grace.post_form("/rooms/1/membership/delete", &[("", "")]).await.expect(303);
    writer.send_text(r#"{"type":"typing_stop"}"#).await;
    writer.send_text(r#"{"type":"typing"}"#).await;
    assert_eq!(writer.expect_close().await, 4403);
    let nobody = "hx-target=\"#typing\" hx-swap=\"innerHTML\"></hx-partial>";
    reader.wait_for(nobody).await;
    let last = ada.post(1, "Just us").await;
    reader.wait_for_message(last).await;
    // How often it was said before depends on when the reader's first state was drawn.
    let last_sign = reader.frames.iter().rposition(|frame| frame.contains("class=\"typist\""));
    let cleared = reader.frames.iter().rposition(|frame| frame.contains(nobody));
    assert!(last_sign.is_some() && last_sign < cleared, "{:?}", reader.frames);
}
