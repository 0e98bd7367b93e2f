//! Who is writing just now. Never stored: what is lost with a crash is out of date anyway.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::hub::Publisher;
use super::topic::Topic;
use crate::model::{NamedUser, RoomId, UserId};

/// The name and the last sign of everybody concerned in one room.
type Signs = BTreeMap<UserId, (String, Instant)>;

/// A typist who gives no sign for this long has stopped.
const STOPPED_AFTER: Duration = Duration::from_secs(5);

/// How the line is drawn. Handed in, as this floor draws nothing itself.
pub type DrawTyping = fn(&[NamedUser]) -> String;

/// The typists of all rooms. Says so to a room whenever its set of them changes.
pub struct Typing {
    publisher: Publisher,
    draw: DrawTyping,
    rooms: Mutex<HashMap<RoomId, Signs>>,
}

impl Typing {
    pub fn new(publisher: Publisher, draw: DrawTyping) -> Self {
        Self { publisher, draw, rooms: Mutex::default() }
    }

    /// A sign that somebody is writing.
    pub fn start(&self, room_id: RoomId, user_id: UserId, name: &str) {
        let mut rooms = self.lock();
        let typists = rooms.entry(room_id).or_default();
        let known = typists.insert(user_id, (name.to_owned(), Instant::now()));
        if known.is_none() {
            self.say(room_id, typists);
        }
    }

    /// Somebody has stopped, sent what they wrote, or is gone.
    pub fn stop(&self, room_id: RoomId, user_id: UserId) {
        let mut rooms = self.lock();
        let Some(typists) = rooms.get_mut(&room_id) else { return };
        if typists.remove(&user_id).is_some() {
            self.say(room_id, typists);
        }
        if typists.is_empty() {
            rooms.remove(&room_id);
        }
    }

    /// Who is writing in a room just now.
    pub fn in_room(&self, room_id: RoomId) -> Vec<NamedUser> {
        self.lock().get(&room_id).map_or_else(Vec::new, named)
    }

    /// Stops those who have given no sign for five seconds. Called every second.
    pub fn sweep(&self) {
        self.sweep_at(Instant::now());
    }

    fn sweep_at(&self, now: Instant) {
        let mut rooms = self.lock();
        rooms.retain(|room_id, typists| {
            let before = typists.len();
            typists.retain(|_, (_, sign)| now.duration_since(*sign) < STOPPED_AFTER);
            if typists.len() < before {
                self.say(*room_id, typists);
            }
            !typists.is_empty()
        });
    }

    fn say(&self, room_id: RoomId, typists: &Signs) {
        let typists = named(typists);
        self.publisher.tell_of(Topic::Room(room_id), || (self.draw)(&typists));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<RoomId, Signs>> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn named(typists: &Signs) -> Vec<NamedUser> {
    let mut named: Vec<NamedUser> =
        typists.iter().map(|(id, (name, _))| NamedUser { id: *id, name: name.clone() }).collect();
    named.sort_by_key(|typist| typist.name.to_lowercase());
    named
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::Hub;
    use crate::model::SessionId;

    fn names(typists: &[NamedUser]) -> String {
        typists.iter().map(|t| t.name.as_str()).collect::<Vec<_>>().join(",")
    }

    #[tokio::test]
    async fn a_room_hears_of_changes_and_not_of_every_sign() {
        let (publisher, subscriptions) = Hub::open();
        let typing = Typing::new(publisher, names);
        let reader = subscriptions.subscribe(SessionId(1), UserId(1), Some(RoomId(1)));
        typing.start(RoomId(1), UserId(3), "Linus");
        typing.start(RoomId(1), UserId(2), "Grace");
        typing.start(RoomId(1), UserId(2), "Grace");
        typing.stop(RoomId(1), UserId(3));
        typing.stop(RoomId(1), UserId(3));
        typing.sweep();
        let mut heard = Vec::new();
        while let Some(frame) = reader.next_now() {
            heard.push(frame.html.to_string());
        }
        assert_eq!(heard, ["Linus", "Grace,Linus", "Grace"]);
        // Never stuck: who gives no sign for five seconds has stopped.
        typing.sweep_at(Instant::now() + STOPPED_AFTER);
        assert_eq!(reader.next_now().map(|frame| frame.html), Some("".into()));
        assert_eq!(typing.in_room(RoomId(1)), []);
    }
}
