//! What calls somebody and was not read yet: mentions, answers and pings. Told to their own pages;
//! the one that lists them asks again then.

use super::Announcer;
use crate::error::Result;
use crate::live::{Frame, Topic};
use crate::model::{Message, RoomKind, UserId};
use crate::queries;
use crate::views::calls::CallsChangedFrame;
use crate::views::draw;

impl Announcer {
    /// Those whom a new message calls, if they look elsewhere: who looks at its room reads it.
    pub(super) fn calls_of_message(&self, message: &Message) -> Result<()> {
        let mut called: Vec<UserId> = message.mentioned.iter().map(|(id, _)| *id).collect();
        if self.access.room_kind(message.room_id) == Some(RoomKind::Direct) {
            called = self.access.listing_members(message.room_id);
        }
        called.retain(|id| *id != message.author.id);
        if called.is_empty() {
            return Ok(());
        }
        let elsewhere = self.publisher.listening_elsewhere(message.room_id, &called);
        called.retain(|id| elsewhere.contains(id));
        self.list_of_calls_changed(&called)
    }

    /// Something was added to the lists of these people, or is gone from them.
    pub(super) fn list_of_calls_changed(&self, user_ids: &[UserId]) -> Result<()> {
        user_ids.iter().try_for_each(|user_id| self.tell_calls(*user_id, true))
    }

    /// Something was read, or is to be read again: of interest if there was a call among it.
    pub(super) fn count_of_calls_changed(&self, user_id: UserId) -> Result<()> {
        self.tell_calls(user_id, false)
    }

    fn tell_calls(&self, user_id: UserId, is_other_list: bool) -> Result<()> {
        let mut told = self.calls_told.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if !self.publisher.is_listening(user_id) {
            // Their next page says it.
            told.remove(&user_id);
            return Ok(());
        }
        let calls = self.reader.read(|db| queries::calls::unread(db, user_id, None))?;
        let is_other_count = told.insert(user_id, calls) != Some(calls);
        if is_other_list || is_other_count {
            let frame = Frame::unnumbered(draw(&CallsChangedFrame { calls })?);
            self.publisher.publish(Topic::User(user_id), &frame);
        }
        Ok(())
    }
}
