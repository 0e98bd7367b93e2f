//! Saying it better.

use super::findable::refresh;
use super::{
    follow_edit, mention, note_if_of_another, record_edit, redraw_replies, require_changeable,
};
use crate::commands::Tx;
use crate::db::Command;
use crate::error::{Error, Result};
use crate::events::Event;
use crate::model::message::{SAYS_NOTHING, first_line};
use crate::model::{Body, Cursor, Deed, Message, MessageId, RoomId, UserId};
use crate::queries;
use crate::richtext;
use crate::words::sentence;

/// Replaces the body of a message. For its author and for administrators, as long as they are in
/// the room: `NotFound` and `Forbidden` otherwise. The same body again is no change.
pub struct EditMessage {
    pub room_id: RoomId,
    pub id: MessageId,
    pub user_id: UserId,
    pub body: Body,
    /// Whom the body names; those who are not in the room do not count.
    pub mentions: Vec<UserId>,
}

/// A message in its present state, and the change that led to it.
#[derive(Debug)]
pub struct Edited {
    pub message: Message,
    pub cursor: Cursor,
}

impl Command<Event> for EditMessage {
    type Output = Edited;

    fn apply(self, tx: &mut Tx<'_>) -> Result<Edited> {
        let (room_id, id) = (self.room_id, self.id);
        let source = require_changeable(tx, room_id, id, self.user_id)?;
        let before = queries::messages::by_id(tx, room_id, id)?;
        let link_before = richtext::lone_link(&before.body_html, &source.text);
        let same_source = source.text == self.body.source && source.format == self.body.format;
        if same_source && before.body_html == self.body.html {
            let cursor = queries::changes::cursor_of(tx, room_id)?;
            return Ok(Edited { message: before, cursor });
        }
        if self.body.html.is_empty() && before.attachments.is_empty() {
            return Err(Error::invalid("body", sentence(SAYS_NOTHING)));
        }
        note_if_of_another(tx, self.user_id, Deed::EditMessage, &source)?;
        tx.prepare_cached(
            "update messages set body_html = ?2, body_source = ?3, body_format = ?4,
                 plain_text = ?5, edited_at = ?6
             where id = ?1",
        )?
        .execute((
            id,
            &self.body.html,
            &self.body.source,
            self.body.format,
            &self.body.plain_text,
            tx.now,
        ))?;
        let mut called = queries::mentions::called_by(tx, id)?;
        tx.prepare_cached("delete from mentions where message_id = ?1")?.execute([id])?;
        let answered = before.reply_to.as_ref().and_then(|reply| reply.original.as_ref());
        let answered = answered.map(|original| original.author_id);
        let answered = answered.filter(|author_id| *author_id != source.creator_id);
        let mentioned = mention(tx, room_id, id, self.mentions.iter().copied().chain(answered))?;
        called.extend(mentioned.into_iter().map(|(user_id, _)| user_id));
        let shows_otherwise = first_line(&before.plain_text) != first_line(&self.body.plain_text);
        refresh(tx, id)?;
        follow_edit(tx, id, link_before.as_deref(), self.body.lone_link)?;
        let edited = record_edit(tx, room_id, id)?;
        if !called.is_empty() {
            let user_ids = called.into_iter().collect();
            tx.record(Event::CallsChanged { user_ids });
        }
        if shows_otherwise {
            redraw_replies(tx, room_id, id)?;
        }
        Ok(edited)
    }
}
