//! Carries frames from the announcer to the sockets.
//!
//! The hub comes apart into two handles: whoever holds the [`Publisher`] can speak, whoever holds
//! [`Subscriptions`] can only listen. Request handlers are given the second, so that none of them
//! can announce a thing, or forget to.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use mailbox::Delivery;
use mailbox::Mailbox;

use super::topic::{CloseReason, Frame, Topic, Whom};
use crate::model::{RoomId, SessionId, UserId};
use crate::words::{self, Language};

pub struct Hub;

impl Hub {
    /// Makes the two handles of one hub.
    pub fn open() -> (Publisher, Subscriptions) {
        let hub = Arc::new(Mutex::new(Listeners::default()));
        (Publisher { hub: hub.clone() }, Subscriptions { hub })
    }
}

#[derive(Default)]
struct Listeners {
    next: u64,
    stopped: bool,
    all: HashMap<u64, Listener>,
    by_topic: HashMap<Topic, HashSet<u64>>,
    /// How many listen in each language.
    languages: [usize; Language::ALL.len()],
}

struct Listener {
    session_id: SessionId,
    user_id: UserId,
    room_id: Option<RoomId>,
    language: Language,
    mailbox: Arc<Mailbox>,
}

impl Listener {
    fn topics(&self) -> impl Iterator<Item = Topic> + use<> {
        let personal = [Topic::Everyone, Topic::User(self.user_id)];
        personal.into_iter().chain(self.room_id.map(Topic::Room))
    }

    /// Puts a frame behind those that wait, unless they are too many.
    fn take(&self, frame: &Frame) -> bool {
        if frame.language.is_some_and(|language| language != self.language) {
            // Theirs is another one; or they came after it was asked who listens, and read it.
            return true;
        }
        self.mailbox.put(frame)
    }

    fn is(&self, whom: Whom) -> bool {
        match whom {
            Whom::Session(id) => self.session_id == id,
            Whom::User(id) => self.user_id == id,
            Whom::UserInRoom(user_id, room_id) => {
                self.user_id == user_id && self.room_id == Some(room_id)
            }
            Whom::Room(id) => self.room_id == Some(id),
            Whom::Everyone => true,
        }
    }
}

/// Speaks: held by the announcer, and by typing and presence on this floor.
pub struct Publisher {
    hub: Arc<Mutex<Listeners>>,
}

impl Publisher {
    /// A second mouth, for what is said without a commit: typing and presence.
    pub fn for_signals(&self) -> Self {
        Self { hub: self.hub.clone() }
    }

    /// Hands a frame to every listener of a topic. Never waits: a listener whose backlog is full
    /// is sent away, as it can catch up from its cursor.
    pub fn publish(&self, topic: Topic, frame: &Frame) {
        let mut hub = lock(&self.hub);
        let Some(ids) = hub.by_topic.get(&topic) else { return };
        let slow: Vec<u64> = ids
            .iter()
            .filter(|id| hub.all.get(id).is_some_and(|listener| !listener.take(frame)))
            .copied()
            .collect();
        for id in slow {
            hub.end(id, CloseReason::TooSlow);
        }
    }

    /// Whether a topic has a listener, so that it is worth drawing something for it. Who comes
    /// after this call reads what was committed before it.
    pub fn anybody_hears(&self, topic: Topic) -> bool {
        lock(&self.hub).by_topic.contains_key(&topic)
    }

    /// Ends subscriptions at once: nothing published later reaches them.
    pub fn end(&self, whom: Whom, reason: CloseReason) {
        let mut hub = lock(&self.hub);
        let ids: Vec<u64> =
            hub.all.iter().filter(|(_, listener)| listener.is(whom)).map(|(id, _)| *id).collect();
        for id in ids {
            hub.end(id, reason);
        }
    }

    /// Whether somebody has a page open that hears what concerns them.
    pub fn is_listening(&self, user_id: UserId) -> bool {
        lock(&self.hub).by_topic.contains_key(&Topic::User(user_id))
    }

    /// Everybody who has a page open.
    pub fn listening(&self) -> HashSet<UserId> {
        lock(&self.hub).all.values().map(|listener| listener.user_id).collect()
    }

    /// A person's open pages of a room read nothing more by being looked at, until they are
    /// opened anew.
    pub fn keep_unread(&self, user_id: UserId, room_id: RoomId) {
        let hub = lock(&self.hub);
        for listener in hub.all.values() {
            if listener.is(Whom::UserInRoom(user_id, room_id)) {
                listener.mailbox.keep_unread();
            }
        }
    }

    /// Those of these people who have a live socket somewhere and are not looking at this room
    /// just now. Takes as long as there are people given and sockets at this room.
    pub fn listening_elsewhere(&self, room_id: RoomId, among: &[UserId]) -> HashSet<UserId> {
        let hub = lock(&self.hub);
        let mut listening: HashSet<UserId> = among
            .iter()
            .filter(|id| hub.by_topic.contains_key(&Topic::User(**id)))
            .copied()
            .collect();
        let here = hub.by_topic.get(&Topic::Room(room_id)).into_iter().flatten();
        for listener in here.filter_map(|id| hub.all.get(id)) {
            if listener.mailbox.is_reading() {
                listening.remove(&listener.user_id);
            }
        }
        listening
    }
}

/// Listens: what request handlers are given.
#[derive(Clone)]
pub struct Subscriptions {
    hub: Arc<Mutex<Listeners>>,
}

impl Subscriptions {
    /// Starts listening to what concerns a person, and to a room if one is named. The caller
    /// checks membership after this call, so that a revocation in between is not missed. It listens
    /// in the language that is spoken just now.
    pub fn subscribe(
        &self,
        session_id: SessionId,
        user_id: UserId,
        room_id: Option<RoomId>,
    ) -> Subscription {
        let mailbox = Arc::new(Mailbox::default());
        let listener = Listener {
            session_id,
            user_id,
            room_id,
            language: words::spoken(),
            mailbox: mailbox.clone(),
        };
        let mut hub = lock(&self.hub);
        let id = hub.next;
        hub.next += 1;
        if hub.stopped {
            mailbox.end(CloseReason::Restart);
        }
        for topic in listener.topics() {
            hub.by_topic.entry(topic).or_default().insert(id);
        }
        hub.count(listener.language, 1);
        hub.all.insert(id, listener);
        drop(hub);
        let hub = self.hub.clone();
        Subscription { hub, id, mailbox }
    }

    /// Ends every subscription and each one that is still to come: the server stops.
    pub fn stop(&self) {
        let mut hub = lock(&self.hub);
        hub.stopped = true;
        let ids: Vec<u64> = hub.all.keys().copied().collect();
        for id in ids {
            hub.end(id, CloseReason::Restart);
        }
    }

    /// Who looks at which room just now.
    pub(super) fn present(&self) -> HashSet<(RoomId, UserId)> {
        let hub = lock(&self.hub);
        let looking = hub.all.values().filter(|listener| listener.mailbox.is_present());
        looking.filter_map(|listener| Some((listener.room_id?, listener.user_id))).collect()
    }

    /// Whether somebody looks at this room just now.
    pub(super) fn is_present(&self, room_id: RoomId, user_id: UserId) -> bool {
        let hub = lock(&self.hub);
        let own = hub.by_topic.get(&Topic::User(user_id)).into_iter().flatten();
        own.filter_map(|id| hub.all.get(id)).any(|listener| {
            listener.is(Whom::UserInRoom(user_id, room_id)) && listener.mailbox.is_present()
        })
    }

    /// Everybody with a page that is open and visible just now.
    pub(super) fn looking(&self) -> HashSet<UserId> {
        let hub = lock(&self.hub);
        let looking = hub.all.values().filter(|listener| listener.mailbox.is_present());
        looking.map(|listener| listener.user_id).collect()
    }

    /// Everybody who has a page open by a session that this accepts.
    pub fn listening_by(&self, accepts: impl Fn(SessionId) -> bool) -> HashSet<UserId> {
        let hub = lock(&self.hub);
        let all = hub.all.values().filter(|listener| accepts(listener.session_id));
        all.map(|listener| listener.user_id).collect()
    }

    /// Sockets that are open just now.
    pub fn count(&self) -> usize {
        lock(&self.hub).all.len()
    }
}

impl Listeners {
    fn end(&mut self, id: u64, reason: CloseReason) {
        if let Some(listener) = self.remove(id) {
            listener.mailbox.end(reason);
        }
    }

    fn count(&mut self, language: Language, more: isize) {
        if let Some(count) = self.languages.get_mut(language as usize) {
            *count = count.saturating_add_signed(more);
        }
    }

    fn remove(&mut self, id: u64) -> Option<Listener> {
        let listener = self.all.remove(&id)?;
        self.count(listener.language, -1);
        for topic in listener.topics() {
            if let Some(ids) = self.by_topic.get_mut(&topic) {
                ids.remove(&id);
                if ids.is_empty() {
                    self.by_topic.remove(&topic);
                }
            }
        }
        Some(listener)
    }
}

/// One socket's place in the hub; given up when dropped.
pub struct Subscription {
    hub: Arc<Mutex<Listeners>>,
    id: u64,
    mailbox: Arc<Mailbox>,
}

impl Subscription {
    /// The next frame, or the end. The end overtakes frames that still wait.
    pub async fn next(&self) -> Delivery {
        self.mailbox.next().await
    }

    /// A frame that is waiting already, if there is one.
    pub fn next_now(&self) -> Option<Frame> {
        self.mailbox.take()
    }

    /// Why this subscription is over, if it is.
    pub fn ended(&self) -> Option<CloseReason> {
        self.mailbox.ended()
    }

    /// Waits until this subscription is over: for whoever is busy with something else meanwhile.
    pub async fn end(&self) -> CloseReason {
        self.mailbox.over().await
    }

    /// Whether somebody looks at the page of this socket and so reads what it shows.
    pub fn is_reading(&self) -> bool {
        self.mailbox.is_reading()
    }

    /// Notes whether somebody looks at the page of this socket.
    pub fn set_present(&self, present: bool) {
        self.mailbox.set_present(present);
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        lock(&self.hub).remove(self.id);
    }
}

fn lock(hub: &Mutex<Listeners>) -> MutexGuard<'_, Listeners> {
    hub.lock().unwrap_or_else(PoisonError::into_inner)
}

mod mailbox;
mod telling;
#[cfg(test)]
mod tests;
