//! What is said: posted once, whatever happens to the answer.

pub mod removal;

use super::Tx;
use crate::db::Command;
use crate::error::{Error, Result};
use crate::events::Event;
use crate::model::{
    Author, Body, ChangeKind, ClientMessageId, Cursor, Message, MessageId, RoomId, UserId,
};
use crate::queries;

/// Posts a message. The same client message id by the same author in the same room is the same
/// message: the first one is given back as it is. `NotFound` for who is not in the room.
pub struct PostMessage {
    pub room_id: RoomId,
    pub creator_id: UserId,
    pub body: Body,
    pub mentions: Vec<UserId>,
    pub client_message_id: ClientMessageId,
}

/// What became of a post.
#[derive(Debug)]
pub struct Posted {
    pub message: Message,
    pub cursor: Cursor,
    /// The message had been posted before; nothing was stored now.
    pub repeated: bool,
}

impl Command<Event> for PostMessage {
    type Output = Posted;

    fn apply(self, tx: &mut Tx<'_>) -> Result<Posted> {
        let (room_id, creator_id) = (self.room_id, self.creator_id);
        let author = author_in_room(tx, room_id, creator_id)?;
        let first =
            queries::messages::by_client_id(tx, room_id, creator_id, &self.client_message_id)?;
        if let Some(id) = first {
            let message = queries::messages::by_id(tx, room_id, id)?;
            let cursor = queries::changes::cursor_of(tx, room_id)?;
            return Ok(Posted { message, cursor, repeated: true });
        }
        let id = self.insert(tx)?;
        let cursor = record_change(tx, room_id, id, ChangeKind::Posted)?;
        let message = Message {
            id,
            room_id,
            author,
            body_html: self.body.html,
            plain_text: self.body.plain_text,
            client_message_id: self.client_message_id,
            created_at: tx.now,
            edited_at: None,
            boosts: Vec::new(),
            attachments: Vec::new(),
        };
        tx.record(Event::MessagePosted { cursor, message: Box::new(message.clone()) });
        Ok(Posted { message, cursor, repeated: false })
    }
}

impl PostMessage {
    fn insert(&self, tx: &mut Tx<'_>) -> Result<MessageId> {
        tx.prepare_cached(
            "insert into messages (room_id, creator_id, client_message_id, body_html, body_source,
                 body_format, plain_text, created_at)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute((
            self.room_id,
            self.creator_id,
            self.client_message_id.as_str(),
            &self.body.html,
            &self.body.source,
            self.body.format,
            &self.body.plain_text,
            tx.now,
        ))?;
        let id = MessageId(tx.last_insert_rowid());
        for user_id in &self.mentions {
            tx.prepare_cached(
                "insert into mentions (message_id, user_id)
                 select ?1, user_id from memberships where room_id = ?2 and user_id = ?3
                 on conflict do nothing",
            )?
            .execute((id, self.room_id, user_id))?;
        }
        tx.prepare_cached("update rooms set last_message_id = ?2, active_at = ?3 where id = ?1")?
            .execute((self.room_id, id, tx.now))?;
        let plain_text = self.body.plain_text.clone();
        tx.before_commit(move |connection| {
            connection
                .prepare_cached("insert into message_search (rowid, plain_text) values (?1, ?2)")?
                .execute((id, plain_text))?;
            Ok(())
        });
        Ok(id)
    }
}

/// The author as messages show them, if they may speak in this room: active, and a member.
fn author_in_room(tx: &Tx<'_>, room_id: RoomId, user_id: UserId) -> Result<Author> {
    let author = tx
        .prepare_cached(
            "select users.id, users.name, users.role, users.avatar_changed_at
             from memberships
             join users on users.id = memberships.user_id and users.status = 'active'
             join rooms on rooms.id = memberships.room_id and rooms.archived_at is null
             where memberships.room_id = ?1 and memberships.user_id = ?2",
        )?
        .query_row((room_id, user_id), |row| {
            Ok(Author {
                id: row.get(0)?,
                name: row.get(1)?,
                role: row.get(2)?,
                avatar_changed_at: row.get(3)?,
            })
        })
        .map_err(Error::from)?;
    Ok(author)
}

/// Gives an alteration of a room the next number.
fn record_change(
    tx: &Tx<'_>,
    room_id: RoomId,
    message_id: MessageId,
    kind: ChangeKind,
) -> Result<Cursor> {
    tx.prepare_cached(
        "insert into changes (room_id, message_id, kind, at) values (?1, ?2, ?3, ?4)",
    )?
    .execute((room_id, message_id, kind, tx.now))?;
    Ok(Cursor(tx.last_insert_rowid()))
}
