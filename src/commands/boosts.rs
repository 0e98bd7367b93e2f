//! Short reactions: given, taken back, joined.

use super::Tx;
use super::messages::{author_in_room, record_change};
use crate::db::Command;
use crate::error::{Error, Result};
use crate::events::Event;
use crate::model::boost::MAX_BOOSTS_EACH;
use crate::model::{BoostContent, BoostId, ChangeKind, Cursor, Message, MessageId, RoomId, UserId};
use crate::queries;
use crate::words::{self, sentence};

/// Boosts a message. The same boost by the same person counts once: with `toggle` the second one
/// takes it back, without it changes nothing. `NotFound` for who is not in the room.
pub struct BoostMessage {
    pub message_id: MessageId,
    pub booster_id: UserId,
    pub content: BoostContent,
    pub toggle: bool,
}

/// A message with its boosts of now, and the last change of its room.
#[derive(Debug)]
pub struct Boosted {
    pub message: Message,
    pub cursor: Cursor,
    /// The booster's boost with this content; none if it was taken back.
    pub boost_id: Option<BoostId>,
    /// It was not there before.
    pub is_new: bool,
}

impl Command<Event> for BoostMessage {
    type Output = Boosted;

    fn apply(self, tx: &mut Tx<'_>) -> Result<Boosted> {
        let room_id = room_for(tx, self.message_id, self.booster_id)?;
        match self.own_boost(tx)? {
            Some(id) if self.toggle => {
                take_back(tx, id)?;
                let (message, cursor) = record_boosts(tx, room_id, self.message_id)?;
                Ok(Boosted { message, cursor, boost_id: None, is_new: false })
            }
            Some(id) => {
                let message = queries::messages::by_id(tx, room_id, self.message_id)?;
                let cursor = queries::changes::cursor_of(tx, room_id)?;
                Ok(Boosted { message, cursor, boost_id: Some(id), is_new: false })
            }
            None => {
                let id = self.give(tx)?;
                let (message, cursor) = record_boosts(tx, room_id, self.message_id)?;
                Ok(Boosted { message, cursor, boost_id: Some(id), is_new: true })
            }
        }
    }
}

impl BoostMessage {
    fn own_boost(&self, tx: &Tx<'_>) -> Result<Option<BoostId>> {
        queries::boosts::own(tx, self.message_id, self.booster_id, self.content.as_str())
    }

    fn give(&self, tx: &Tx<'_>) -> Result<BoostId> {
        let given = queries::boosts::count_by(tx, self.message_id, self.booster_id)?;
        if given >= MAX_BOOSTS_EACH {
            let refused = sentence(|| words::too_many_boosts(MAX_BOOSTS_EACH));
            return Err(Error::invalid("content", refused));
        }
        tx.prepare_cached(
            "insert into boosts (message_id, booster_id, content, created_at)
             values (?1, ?2, ?3, ?4)",
        )?
        .execute((self.message_id, self.booster_id, self.content.as_str(), tx.now))?;
        Ok(BoostId(tx.last_insert_rowid()))
    }
}

/// Takes one's own boost back. `NotFound` if it is somebody else's, or on another message.
pub struct DeleteBoost {
    pub message_id: MessageId,
    pub booster_id: UserId,
    pub id: BoostId,
}

impl Command<Event> for DeleteBoost {
    type Output = (Message, Cursor);

    fn apply(self, tx: &mut Tx<'_>) -> Result<(Message, Cursor)> {
        let room_id = room_for(tx, self.message_id, self.booster_id)?;
        if !queries::boosts::belongs_to(tx, self.id, self.message_id, self.booster_id)? {
            return Err(Error::NotFound);
        }
        take_back(tx, self.id)?;
        record_boosts(tx, room_id, self.message_id)
    }
}

/// The room of a message, for somebody who may speak in it.
fn room_for(tx: &Tx<'_>, message_id: MessageId, user_id: UserId) -> Result<RoomId> {
    let room_id = queries::messages::room_of(tx, message_id)?;
    author_in_room(tx, room_id, user_id)?;
    Ok(room_id)
}

fn take_back(tx: &Tx<'_>, id: BoostId) -> Result<()> {
    tx.prepare_cached("delete from boosts where id = ?1")?.execute([id])?;
    Ok(())
}

fn record_boosts(
    tx: &mut Tx<'_>,
    room_id: RoomId,
    message_id: MessageId,
) -> Result<(Message, Cursor)> {
    let cursor = record_change(tx, room_id, message_id, ChangeKind::Boosted)?;
    let message = queries::messages::by_id(tx, room_id, message_id)?;
    tx.record(Event::MessageBoosted { cursor, message: Box::new(message.clone()) });
    Ok((message, cursor))
}
