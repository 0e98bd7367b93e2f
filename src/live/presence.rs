//! Who is here: looks at a room by a page that is open and visible.
//!
//! Somebody who comes is announced at once; somebody who goes only after a few seconds, as a page
//! that is left for another one of ours is gone for a moment only.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::hub::{Publisher, Subscriptions};
use super::topic::Topic;
use crate::model::{NamedUser, RoomId, UserId};

/// How long somebody who left is still shown.
const LINGER: Duration = Duration::from_secs(5);
/// How often a page asks that cannot listen.
const ASKED_EVERY: Duration = Duration::from_secs(5);
/// A room is told at most so often: when a thousand people come at once, each coming is not worth
/// a thousand frames.
const SAY_EVERY: Duration = Duration::from_secs(1);

/// How the list of those present is drawn. Handed in, as this floor draws nothing itself.
pub type DrawPresent = fn(&[NamedUser]) -> String;
/// Told of every room in which somebody else is shown from now on, said or not.
pub type OnChange = Box<dyn Fn(RoomId) + Send + Sync>;

/// Who is shown as present in each room, and when they were last seen there.
pub struct Presence {
    publisher: Publisher,
    subscriptions: Subscriptions,
    draw: DrawPresent,
    on_change: OnChange,
    shown: Mutex<HashMap<RoomId, Shown>>,
}

/// Those shown in one room, with their names and when they were last seen.
#[derive(Default)]
struct Shown {
    people: BTreeMap<UserId, (String, Instant)>,
    said: Option<Instant>,
    /// Somebody came or went since.
    changed: bool,
}

impl Presence {
    pub fn new(publisher: Publisher, subscriptions: Subscriptions, draw: DrawPresent) -> Self {
        let on_change = Box::new(|_| {});
        Self { publisher, subscriptions, draw, on_change, shown: Mutex::default() }
    }

    /// Lets somebody know of every change.
    pub fn telling(self, on_change: OnChange) -> Self {
        Self { on_change, ..self }
    }

    /// Who is shown as present in a room, by rising id.
    pub fn in_room(&self, room_id: RoomId) -> Vec<NamedUser> {
        self.lock().get(&room_id).map_or_else(Vec::new, named)
    }

    /// Somebody looks at a room, and listens.
    pub fn came(&self, room_id: RoomId, user_id: UserId, name: &str) {
        self.seen(room_id, user_id, name, Duration::ZERO);
    }

    /// Somebody looks at a room and asks what is new: they are there until the next time they
    /// would have asked.
    pub fn asked(&self, room_id: RoomId, user_id: UserId, name: &str) {
        self.seen(room_id, user_id, name, ASKED_EVERY);
    }

    fn seen(&self, room_id: RoomId, user_id: UserId, name: &str, ahead: Duration) {
        let now = Instant::now();
        let mut shown = self.lock();
        let room = shown.entry(room_id).or_default();
        let before = room.people.insert(user_id, (name.to_owned(), now + ahead));
        if before.is_none_or(|(known, _)| known != name) {
            self.change(room_id, room);
            self.say(room_id, room, now);
        }
    }

    /// Whether somebody looks at a room just now and so sees what comes: by a socket, or by asking
    /// again within seconds. Who has just left does not, though they are still shown.
    pub fn looks(&self, room_id: RoomId, user_id: UserId) -> bool {
        self.subscriptions.is_present(room_id, user_id)
            || self.asks_again(room_id, user_id, Instant::now())
    }

    fn asks_again(&self, room_id: RoomId, user_id: UserId, now: Instant) -> bool {
        let shown = self.lock();
        let seen = shown.get(&room_id).and_then(|room| room.people.get(&user_id));
        seen.is_some_and(|(_, seen)| *seen > now)
    }

    /// Somebody no longer looks at a page they have open: there is nothing to wait for, unless
    /// they look at another one of that room.
    pub fn turned_away(&self, room_id: RoomId, user_id: UserId) {
        if self.subscriptions.is_present(room_id, user_id) {
            return;
        }
        let mut shown = self.lock();
        let Some(room) = shown.get_mut(&room_id) else { return };
        if room.people.remove(&user_id).is_some() {
            self.change(room_id, room);
            self.say(room_id, room, Instant::now());
        }
    }

    /// Somebody has another name now.
    pub fn rename(&self, user_id: UserId, name: &str) {
        let now = Instant::now();
        for (room_id, room) in self.lock().iter_mut() {
            let Some((known, _)) = room.people.get_mut(&user_id) else { continue };
            if known != name {
                name.clone_into(known);
                self.change(*room_id, room);
                self.say(*room_id, room, now);
            }
        }
    }

    /// Takes down those who have been away for five seconds, and says what was not said yet.
    /// Called every second.
    pub fn sweep(&self) {
        self.sweep_at(Instant::now());
    }

    fn sweep_at(&self, now: Instant) {
        let mut shown = self.lock();
        let present = self.subscriptions.present();
        shown.retain(|room_id, room| {
            let before = room.people.len();
            room.people.retain(|user_id, (_, seen)| {
                if present.contains(&(*room_id, *user_id)) {
                    *seen = now.max(*seen);
                }
                now.duration_since(*seen) < LINGER
            });
            if room.people.len() < before {
                self.change(*room_id, room);
            }
            self.say(*room_id, room, now);
            room.changed || !room.people.is_empty()
        });
    }

    fn change(&self, room_id: RoomId, room: &mut Shown) {
        room.changed = true;
        (self.on_change)(room_id);
    }

    /// Tells the room, if there is anything to tell and it was not told just now.
    fn say(&self, room_id: RoomId, room: &mut Shown, now: Instant) {
        let just_now = room.said.is_some_and(|said| now.duration_since(said) < SAY_EVERY);
        if !room.changed || just_now {
            return;
        }
        room.said = Some(now);
        room.changed = false;
        let present = named(room);
        self.publisher.tell_of(Topic::Room(room_id), || (self.draw)(&present));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<RoomId, Shown>> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn named(room: &Shown) -> Vec<NamedUser> {
    room.people.iter().map(|(id, (name, _))| NamedUser { id: *id, name: name.clone() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::Hub;
    use crate::model::SessionId;

    fn names(present: &[NamedUser]) -> String {
        present.iter().map(|user| user.name.clone()).collect::<Vec<_>>().join(",")
    }

    fn heard(reader: &mut crate::live::Subscription) -> Vec<String> {
        std::iter::from_fn(|| reader.next_now()).map(|frame| frame.html.to_string()).collect()
    }

    #[tokio::test]
    async fn who_comes_is_shown_at_once_and_who_leaves_lingers() {
        let (publisher, subscriptions) = Hub::open();
        let presence = Presence::new(publisher, subscriptions.clone(), names);
        let mut reader = subscriptions.subscribe(SessionId(1), UserId(1), Some(RoomId(1)));
        presence.came(RoomId(1), UserId(1), "Ada");
        assert_eq!(heard(&mut reader), ["Ada"]);
        let other = subscriptions.subscribe(SessionId(2), UserId(2), Some(RoomId(1)));
        presence.came(RoomId(1), UserId(2), "Grace");
        let start = Instant::now();
        presence.sweep_at(start + SAY_EVERY);
        assert_eq!(heard(&mut reader), ["Ada,Grace"]);
        drop(other);
        presence.sweep_at(start + SAY_EVERY + LINGER - Duration::from_millis(1));
        assert_eq!(heard(&mut reader), [""; 0], "nobody was taken down within five seconds");
        presence.sweep_at(start + SAY_EVERY + LINGER);
        assert_eq!(heard(&mut reader), ["Ada"]);
    }

    #[tokio::test]
    async fn who_turns_away_is_gone_at_once_unless_another_page_is_open() {
        let (publisher, subscriptions) = Hub::open();
        let presence = Presence::new(publisher, subscriptions.clone(), names);
        let one = subscriptions.subscribe(SessionId(1), UserId(1), Some(RoomId(1)));
        let two = subscriptions.subscribe(SessionId(1), UserId(1), Some(RoomId(1)));
        presence.came(RoomId(1), UserId(1), "Ada");
        one.set_present(false);
        presence.turned_away(RoomId(1), UserId(1));
        assert_eq!(names(&presence.in_room(RoomId(1))), "Ada");
        two.set_present(false);
        presence.turned_away(RoomId(1), UserId(1));
        assert_eq!(names(&presence.in_room(RoomId(1))), "");
    }

    #[tokio::test]
    async fn who_has_left_sees_nothing_and_who_asks_again_does() {
        let (publisher, subscriptions) = Hub::open();
        let presence = Presence::new(publisher, subscriptions.clone(), names);
        let room = RoomId(1);
        let reader = subscriptions.subscribe(SessionId(1), UserId(1), Some(room));
        presence.came(room, UserId(1), "Ada");
        presence.asked(room, UserId(2), "Grace");
        assert!(presence.looks(room, UserId(1)) && presence.looks(room, UserId(2)));
        assert!(!presence.looks(RoomId(2), UserId(1)) && !presence.looks(room, UserId(3)));
        reader.set_present(false);
        assert!(!presence.looks(room, UserId(1)), "hidden, though still shown");
        assert_eq!(names(&presence.in_room(room)), "Ada,Grace");
        let later = Instant::now() + ASKED_EVERY;
        assert!(!presence.asks_again(room, UserId(2), later), "did not ask again");
    }

    #[tokio::test]
    async fn a_crowd_that_comes_at_once_is_said_once() {
        let (publisher, subscriptions) = Hub::open();
        let presence = Presence::new(publisher, subscriptions.clone(), names);
        let mut reader = subscriptions.subscribe(SessionId(1), UserId(1), Some(RoomId(1)));
        for id in 1..=200 {
            presence.came(RoomId(1), UserId(id), "Somebody");
        }
        presence.sweep_at(Instant::now() + SAY_EVERY);
        assert_eq!(heard(&mut reader).len(), 2);
    }
}
