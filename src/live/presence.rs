//! Who is here: looks at a room by a page that is open and visible.
//!
//! Somebody who comes is announced at once; somebody who goes only after a few seconds, as a page
//! that is left for another one of ours is gone for a moment only.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::hub::{Publisher, Subscriptions};
use super::topic::{Frame, Topic};
use crate::model::{NamedUser, RoomId, UserId};

/// The name and the last sign of everybody concerned in one room.
type Signs = BTreeMap<UserId, (String, Instant)>;

/// How long somebody who left is still shown.
const LINGER: Duration = Duration::from_secs(5);

/// How the list of those present in a room is drawn, each time it has changed. Handed in, as this
/// floor draws nothing itself.
pub type DrawPresent = Box<dyn Fn(RoomId, &[NamedUser]) -> String + Send + Sync>;

/// Who is shown as present in each room, and when they were last seen there.
pub struct Presence {
    publisher: Publisher,
    subscriptions: Subscriptions,
    draw: DrawPresent,
    shown: Mutex<HashMap<RoomId, Signs>>,
}

impl Presence {
    pub fn new(publisher: Publisher, subscriptions: Subscriptions, draw: DrawPresent) -> Self {
        Self { publisher, subscriptions, draw, shown: Mutex::default() }
    }

    /// Who is shown as present in a room, by rising id.
    pub fn in_room(&self, room_id: RoomId) -> Vec<NamedUser> {
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.get(&room_id).map_or_else(Vec::new, named)
    }

    /// Somebody looks at a room.
    pub fn came(&self, room_id: RoomId, user_id: UserId, name: &str) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let room = shown.entry(room_id).or_default();
        if room.insert(user_id, (name.to_owned(), Instant::now())).is_none() {
            self.say(room_id, room);
        }
    }

    /// Takes down those who have been away for five seconds. Called every second.
    pub fn sweep(&self) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let present = self.subscriptions.present();
        shown.retain(|room_id, room| {
            let before = room.len();
            room.retain(|user_id, (_, seen)| {
                if present.contains(&(*room_id, *user_id)) {
                    *seen = Instant::now();
                }
                seen.elapsed() < LINGER
            });
            if room.len() < before {
                self.say(*room_id, room);
            }
            !room.is_empty()
        });
    }

    fn say(&self, room_id: RoomId, room: &Signs) {
        let frame = Frame::unnumbered((self.draw)(room_id, &named(room)));
        self.publisher.publish(Topic::Room(room_id), &frame);
    }
}

fn named(room: &Signs) -> Vec<NamedUser> {
    room.iter().map(|(id, (name, _))| NamedUser { id: *id, name: name.clone() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::Hub;
    use crate::model::SessionId;

    fn names(present: &[NamedUser]) -> String {
        present.iter().map(|user| user.name.clone()).collect::<Vec<_>>().join(",")
    }

    #[tokio::test]
    async fn who_comes_is_shown_at_once_and_who_leaves_lingers() {
        let (publisher, subscriptions) = Hub::open();
        let presence =
            Presence::new(publisher, subscriptions.clone(), Box::new(|_, all| names(all)));
        let mut reader = subscriptions.subscribe(SessionId(1), UserId(1), Some(RoomId(1)));
        presence.came(RoomId(1), UserId(1), "Ada");
        let other = subscriptions.subscribe(SessionId(2), UserId(2), Some(RoomId(1)));
        presence.came(RoomId(1), UserId(2), "Grace");
        drop(other);
        presence.sweep();
        assert_eq!(names(&presence.in_room(RoomId(1))), "Ada,Grace");
        let first = reader.next_now().unwrap();
        let second = reader.next_now().unwrap();
        assert_eq!((&first.html[..], &second.html[..]), (&b"Ada"[..], &b"Ada,Grace"[..]));
        assert_eq!(reader.next_now(), None, "nobody was taken down within five seconds");
    }
}
