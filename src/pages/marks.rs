//! When something was last changed: what tells a kept answer that it is no longer true.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use crate::events::Event;
use crate::model::{RoomId, UserId};

/// The number of the last change of one thing.
#[derive(Clone, Debug)]
pub struct Mark(Arc<AtomicU64>);

impl Mark {
    fn at(number: u64) -> Self {
        Self(Arc::new(AtomicU64::new(number)))
    }

    /// Whether the thing has not changed since this number was the latest.
    pub(super) fn is_unchanged_since(&self, number: u64) -> bool {
        self.0.load(Ordering::Acquire) <= number
    }
}

/// The marks of a room.
#[derive(Clone)]
struct RoomMarks {
    /// Something was said.
    said: Mark,
    /// A message looks otherwise: edited, boosted.
    edited: Mark,
    /// A message is gone, or somebody was let in or out.
    shape: Mark,
    /// Somebody came to look at it, or left.
    present: Mark,
}

impl RoomMarks {
    fn new() -> Self {
        Self { said: Mark::at(0), edited: Mark::at(0), shape: Mark::at(0), present: Mark::at(0) }
    }
}

/// All marks of this process. Numbers begin anew with it, and so does all that is kept.
pub struct Marks {
    latest: AtomicU64,
    moving: Mutex<()>,
    everything: Mark,
    rooms: RwLock<HashMap<RoomId, RoomMarks>>,
    users: RwLock<HashMap<UserId, Mark>>,
}

impl Default for Marks {
    fn default() -> Self {
        Self {
            latest: AtomicU64::new(0),
            moving: Mutex::default(),
            everything: Mark::at(0),
            rooms: RwLock::default(),
            users: RwLock::default(),
        }
    }
}

impl Marks {
    /// The number of the latest change of anything.
    pub(super) fn latest(&self) -> u64 {
        self.latest.load(Ordering::Acquire)
    }

    /// What concerns all: the account, who there is and what they are called, which rooms there are.
    pub fn of_everything(&self) -> Mark {
        self.everything.clone()
    }

    /// What one person has read and chosen, and which rooms they are in.
    pub fn of_user(&self, user_id: UserId) -> Mark {
        found_or_made(&self.users, user_id, || Mark::at(0))
    }

    /// What is said in a room and what becomes of it.
    pub fn of_messages(&self, room_id: RoomId) -> [Mark; 3] {
        let RoomMarks { said, edited, shape, .. } = self.room(room_id);
        [said, edited, shape]
    }

    /// That something new was said in a room.
    pub fn of_posts(&self, room_id: RoomId) -> Mark {
        self.room(room_id).said
    }

    /// Who is in a room, and whether messages went.
    pub fn of_shape(&self, room_id: RoomId) -> Mark {
        self.room(room_id).shape
    }

    /// Who looks at a room just now.
    pub fn of_presence(&self, room_id: RoomId) -> Mark {
        self.room(room_id).present
    }

    fn room(&self, room_id: RoomId) -> RoomMarks {
        found_or_made(&self.rooms, room_id, RoomMarks::new)
    }

    /// Takes note of what was committed, before anybody is told that it was.
    pub fn learn<'a>(&self, events: impl IntoIterator<Item = &'a Event>) {
        let mut moved = Vec::new();
        for event in events {
            self.moved_by(event, &mut moved);
        }
        self.move_all(&moved);
    }

    /// Somebody came to a room or left it, as far as its page shows that.
    pub fn presence_changed(&self, room_id: RoomId) {
        self.move_all(&[self.room(room_id).present]);
    }

    /// Somebody beside whose name these people see a dot came online or went.
    pub fn dots_changed(&self, user_ids: &[UserId]) {
        let marks: Vec<Mark> = user_ids.iter().map(|id| self.of_user(*id)).collect();
        self.move_all(&marks);
    }

    fn move_all(&self, marks: &[Mark]) {
        if marks.is_empty() {
            return;
        }
        let _one_at_a_time = self.moving.lock().unwrap_or_else(PoisonError::into_inner);
        let number = self.latest.load(Ordering::Relaxed) + 1;
        for mark in marks {
            mark.0.store(number, Ordering::Release);
        }
        // Last: whoever reads this number finds every mark moved, and reads what was committed.
        self.latest.store(number, Ordering::Release);
    }

    /// Which marks an event moves. Every event is decided here.
    fn moved_by(&self, event: &Event, moved: &mut Vec<Mark>) {
        match event {
            Event::MessagePosted { message, .. } => {
                moved.push(self.room(message.room_id).said);
                // Whom it calls has one more call to read, wherever they look.
                moved.extend(message.mentioned.iter().map(|(user_id, _)| self.of_user(*user_id)));
            }
            Event::MessageEdited { message, .. } | Event::MessageBoosted { message, .. } => {
                moved.push(self.room(message.room_id).edited);
            }
            Event::CallsChanged { user_ids } => {
                moved.extend(user_ids.iter().map(|user_id| self.of_user(*user_id)));
            }
            Event::PersonRenamed { room_id, .. } => moved.push(self.room(*room_id).edited),
            Event::MessageDeleted { room_id, .. } => moved.push(self.room(*room_id).shape),
            Event::RoomRead { user_id, .. }
            | Event::RoomMarkedUnread { user_id, .. }
            | Event::InvolvementChanged { user_id, .. } => moved.push(self.of_user(*user_id)),
            // The others see who is in their pings, and how many are in a room.
            Event::MembershipGranted { room_id, user_id, .. }
            | Event::MembershipRevoked { room_id, user_id } => {
                moved.push(self.room(*room_id).shape);
                moved.push(self.of_user(*user_id));
            }
            Event::AccountChanged
            | Event::UserAdmitted { .. }
            | Event::UserChanged { .. }
            | Event::RoomCreated { .. }
            | Event::RoomChanged { .. }
            | Event::RoomDeleted { .. }
            | Event::RoomArchived { .. }
            | Event::RoomRestored { .. } => moved.push(self.everything.clone()),
            // Nothing of these is shown on a page that is kept; one in another language is another.
            Event::AddressBanned { .. }
            | Event::LanguageChosen { .. }
            | Event::BanLifted { .. }
            | Event::SessionStarted { .. }
            | Event::SessionTouched { .. }
            | Event::SessionEnded { .. }
            | Event::BotKeyChanged { .. }
            | Event::JobQueued { .. }
            | Event::DeliveryQueued => {}
        }
    }
}

fn found_or_made<K: Eq + Hash + Copy, V: Clone>(
    table: &RwLock<HashMap<K, V>>,
    key: K,
    make: impl FnOnce() -> V,
) -> V {
    if let Some(found) = table.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
        return found.clone();
    }
    let mut table = table.write().unwrap_or_else(PoisonError::into_inner);
    table.entry(key).or_insert_with(make).clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_position_moves_its_owner_alone() {
        let marks = Marks::default();
        let (ada, ben, room) = (marks.of_user(UserId(1)), marks.of_user(UserId(2)), RoomId(1));
        let before = marks.latest();
        marks.learn(&[Event::RoomRead {
            room_id: room,
            user_id: UserId(1),
            last_read_message_id: crate::model::MessageId(1),
        }]);
        assert!(!ada.is_unchanged_since(before) && ada.is_unchanged_since(marks.latest()));
        assert!(ben.is_unchanged_since(before));
        assert!(marks.of_messages(room).iter().all(|mark| mark.is_unchanged_since(before)));
    }
}
