//! Frames reach whom they are for, in order; who lags or is sent away harms nobody else.

use super::mailbox::{BACKLOG, BACKLOG_BYTES};
use super::*;
use crate::model::Cursor;
use crate::words::{self, Language};

fn frame(n: i64) -> Frame {
    Frame::of_change(Cursor(n), format!("<p>{n}</p>"))
}

#[tokio::test]
async fn frames_arrive_in_order_and_only_where_they_belong() {
    let (publisher, subscriptions) = Hub::open();
    let here = subscriptions.subscribe(SessionId(1), UserId(1), Some(RoomId(1)));
    let there = subscriptions.subscribe(SessionId(2), UserId(2), Some(RoomId(2)));
    publisher.publish(Topic::Room(RoomId(1)), &frame(1));
    publisher.publish(Topic::Room(RoomId(1)), &frame(2));
    assert_eq!(here.next().await, Delivery::Frame(frame(1)));
    assert_eq!(here.next_now(), Some(frame(2)));
    assert_eq!(there.next_now(), None);
}

#[tokio::test]
async fn who_does_not_keep_up_is_sent_away_and_nobody_waits() {
    let (publisher, subscriptions) = Hub::open();
    let slow = subscriptions.subscribe(SessionId(1), UserId(1), Some(RoomId(1)));
    for n in 0..=BACKLOG as i64 {
        publisher.publish(Topic::Room(RoomId(1)), &frame(n));
    }
    assert_eq!(slow.next().await, Delivery::End(CloseReason::TooSlow));
    assert_eq!(subscriptions.count(), 0);
}

#[tokio::test]
async fn the_backlog_is_bounded_in_bytes_as_well() {
    let (publisher, subscriptions) = Hub::open();
    let slow = subscriptions.subscribe(SessionId(1), UserId(1), Some(RoomId(1)));
    let half = Frame::of_change(Cursor(1), "x".repeat(BACKLOG_BYTES / 2));
    for _ in 0..3 {
        publisher.publish(Topic::Room(RoomId(1)), &half);
        assert_eq!(slow.next().await, Delivery::Frame(half.clone()), "who reads may stay");
    }
    let huge = Frame::of_change(Cursor(2), "x".repeat(BACKLOG_BYTES * 2));
    publisher.publish(Topic::Room(RoomId(1)), &huge);
    assert_eq!(slow.next().await, Delivery::Frame(huge.clone()), "one frame is never too large");
    publisher.publish(Topic::Room(RoomId(1)), &huge);
    publisher.publish(Topic::Room(RoomId(1)), &half);
    assert_eq!(slow.next().await, Delivery::End(CloseReason::TooSlow));
}

#[tokio::test]
async fn an_end_overtakes_what_waits_and_reaches_only_its_target() {
    let (publisher, subscriptions) = Hub::open();
    let removed = subscriptions.subscribe(SessionId(1), UserId(1), Some(RoomId(1)));
    let stays = subscriptions.subscribe(SessionId(2), UserId(2), Some(RoomId(1)));
    publisher.publish(Topic::Room(RoomId(1)), &frame(1));
    publisher.end(Whom::UserInRoom(UserId(1), RoomId(1)), CloseReason::NoLongerMember);
    assert_eq!(removed.next().await, Delivery::End(CloseReason::NoLongerMember));
    assert_eq!(stays.next().await, Delivery::Frame(frame(1)));
}

#[tokio::test]
async fn a_socket_that_comes_while_the_server_stops_is_sent_back() {
    let (_publisher, subscriptions) = Hub::open();
    subscriptions.stop();
    let late = subscriptions.subscribe(SessionId(1), UserId(1), None);
    assert_eq!(late.next().await, Delivery::End(CloseReason::Restart));
}

#[tokio::test]
async fn each_language_that_listens_is_drawn_once() {
    let (publisher, subscriptions) = Hub::open();
    let room = Topic::Room(RoomId(1));
    let listen = |id| subscriptions.subscribe(SessionId(id), UserId(id), Some(RoomId(1)));
    let said = |subscription: &Subscription| subscription.next_now().map(|frame| frame.html);
    let mut drawn = 0;
    let mut tell = |publisher: &Publisher| {
        publisher.tell_of(room, || {
            drawn += 1;
            words::rooms().to_owned()
        });
        std::mem::take(&mut drawn)
    };
    assert_eq!(tell(&publisher), 0, "nobody listens");
    let (ada, ben) = (listen(1), listen(2));
    assert_eq!(tell(&publisher), 1);
    let (first, second) = (said(&ada).unwrap(), said(&ben).unwrap());
    assert_eq!((first.as_str(), second.as_str()), ("Rooms", "Rooms"));
    assert_eq!(first.as_ptr(), second.as_ptr(), "the same bytes");
    let grace = words::speaking(Language::German, || listen(3));
    assert_eq!(tell(&publisher), 2);
    assert_eq!(said(&ada).unwrap().as_str(), "Rooms");
    assert_eq!(said(&grace).unwrap().as_str(), "Räume");
    assert_eq!((said(&ada), said(&grace)), (None, None));
    drop((ada, ben));
    assert_eq!(tell(&publisher), 1, "nobody who reads English listens any more");
    assert_eq!(said(&grace).unwrap().as_str(), "Räume");
    // What says no word is everybody's.
    publisher.publish(room, &frame(7));
    assert_eq!(said(&grace).unwrap().as_str(), "<p>7</p>");
}
