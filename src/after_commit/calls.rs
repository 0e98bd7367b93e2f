//! How many calls somebody has not read yet: mentions, answers and pings. Told to their own pages
//! when the number changes; the page that lists them asks again then.

use super::Announcer;
use crate::error::Result;
use crate::live::{Frame, Topic};
use crate::model::{Message, RoomKind, UserId};
use crate::queries;
use crate::views::calls::CallsChangedFrame;
use crate::views::draw;

impl Announcer {
    /// Those whom a message calls, if they have a page open.
    pub(super) fn calls_of_message(&self, message: &Message) -> Result<()> {
        for (user_id, _) in &message.mentioned {
            self.calls_changed(*user_id)?;
        }
        if self.access.room_kind(message.room_id) == Some(RoomKind::Direct) {
            let author_id = message.author.id;
            let members = self.access.listing_members(message.room_id);
            for user_id in members.into_iter().filter(|id| *id != author_id) {
                self.calls_changed(user_id)?;
            }
        }
        Ok(())
    }

    /// Tells somebody their number, if it is another one than they were told last.
    pub(super) fn calls_changed(&self, user_id: UserId) -> Result<()> {
        let mut told = self.calls_told.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if !self.publisher.is_listening(user_id) {
            // Their next page says it.
            told.remove(&user_id);
            return Ok(());
        }
        let unread = self.reader.read(|db| queries::calls::unread(db, user_id, None))?;
        if told.insert(user_id, unread) != Some(unread) {
            let frame = Frame::unnumbered(draw(&CallsChangedFrame { calls: unread })?);
            self.publisher.publish(Topic::User(user_id), &frame);
        }
        Ok(())
    }
}
