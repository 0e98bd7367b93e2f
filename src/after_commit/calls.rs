//! What calls somebody and was not read yet: mentions, answers and pings. Told to their own pages;
//! the one that lists them asks again then.

use super::Announcer;
use crate::error::Result;
use crate::live::Topic;
use crate::model::{Message, RoomId, RoomKind, UserId};
use crate::queries;
use crate::views::calls::CallsChangedFrame;

/// What somebody with an open page was told last.
pub(super) struct Told {
    calls: i64,
    /// That without the room they were looking at: they read it, which is yet to be written down.
    is_reading: bool,
}

impl Announcer {
    /// Those whom a new message calls. Who looks at its room reads it, so for them it does not count.
    pub(super) fn calls_of_message(&self, message: &Message) -> Result<()> {
        let room_id = message.room_id;
        let mut called: Vec<UserId> = message.mentioned.iter().map(|(id, _)| *id).collect();
        if self.access.room_kind(room_id) == Some(RoomKind::Direct) {
            called = self.access.listing_members(room_id);
        }
        called.retain(|id| *id != message.author.id);
        if called.is_empty() {
            return Ok(());
        }
        let elsewhere = self.publisher.listening_elsewhere(room_id, &called);
        called.into_iter().try_for_each(|user_id| {
            let reads = (!elsewhere.contains(&user_id)).then_some(room_id);
            self.tell_calls(user_id, true, reads)
        })
    }

    /// Something was added to the lists of these people, or is gone from them.
    pub(super) fn list_of_calls_changed(&self, user_ids: &[UserId]) -> Result<()> {
        user_ids.iter().try_for_each(|user_id| self.tell_calls(*user_id, true, None))
    }

    /// Something was read, or is to be read again: of interest if there was a call among it.
    pub(super) fn count_of_calls_changed(&self, user_id: UserId) -> Result<()> {
        self.tell_calls(user_id, false, None)
    }

    fn tell_calls(
        &self,
        user_id: UserId,
        is_other_list: bool,
        reads: Option<RoomId>,
    ) -> Result<()> {
        let mut told = self.calls_told.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if !self.publisher.is_listening(user_id) {
            // Their next page says it.
            told.remove(&user_id);
            return Ok(());
        }
        let calls = self.reader.read(|db| queries::calls::unread(db, user_id, reads))?;
        let before = told.insert(user_id, Told { calls, is_reading: reads.is_some() });
        let is_same = before.is_some_and(|before| before.calls == calls && !before.is_reading);
        if is_other_list || !is_same {
            self.tell(Topic::User(user_id), &CallsChangedFrame { calls })?;
        }
        Ok(())
    }
}
