//! What is said: posted once, whatever happens to the answer; changed and taken back.

mod deletion;
mod editing;
mod findable;
mod link_previews;
pub mod removal;

pub use deletion::DeleteMessage;
pub use editing::{EditMessage, Edited};
pub(super) use findable::make_unfindable;
pub use findable::{IndexMessages, index_after, index_everything};
pub use link_previews::{AddLinkPreview, Card, DropLinkPreview, RemoveLinkPreview};
use link_previews::{follow_edit, look_up};
pub(super) use removal::remove_message;

use super::push_subscriptions::notify;
use super::{Tx, attachments, audit_log, webhooks};
use crate::db::Command;
use crate::error::{Error, Result};
use crate::events::Event;
use crate::model::attachment::{Quota, Uploader};
use crate::model::search::entry::FindableText;
use crate::model::{
    Attachment, Author, Body, ChangeKind, ClientMessageId, Cursor, Deed, Message, MessageId,
    NewAttachment, ReplyTo, Role, RoomId, UserId,
};
use crate::queries;

/// Posts a message. The same client message id by the same author in the same room is the same
/// message: the first one is given back as it is. `NotFound` for who is not in the room.
pub struct PostMessage {
    pub room_id: RoomId,
    pub creator_id: UserId,
    pub body: Body,
    /// What the body is found by.
    pub findable: FindableText,
    /// Whom the body names; those who are not in the room do not count.
    pub mentions: Vec<UserId>,
    /// The message this one answers, in the same room. One that was deleted meanwhile is fine.
    pub reply_to: Option<MessageId>,
    pub client_message_id: ClientMessageId,
    /// With files the body may be empty.
    pub files: Vec<NewAttachment>,
    /// How much may be stored.
    pub quota: Quota,
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
        let posted = self.post(tx)?;
        if !posted.repeated {
            webhooks::tell_bots(tx, &posted.message)?;
        }
        Ok(posted)
    }
}

impl PostMessage {
    /// Posts it without telling the programs behind bots.
    pub(super) fn post(self, tx: &mut Tx<'_>) -> Result<Posted> {
        let (room_id, creator_id) = (self.room_id, self.creator_id);
        let author = author_in_room(tx, room_id, creator_id)?;
        let reply_to = self.reply_to.map(|id| reply_to(tx, room_id, id)).transpose()?;
        let Some(id) = self.insert(tx)? else { return self.first_one(tx) };
        let uploader = Uploader { id: creator_id, quota: self.quota };
        let attachments = attachments::attach(tx, uploader, id, self.files)?;
        let file_names = name_files(tx, id, &attachments)?;
        findable::make_findable(tx, id, self.findable.entry(room_id, creator_id, &file_names))?;
        let mentions = self.mentions.iter().copied();
        let answered = reply_to.iter().filter_map(|reply| reply.original.as_ref());
        let answered = answered.map(|original| original.author_id).filter(|id| *id != creator_id);
        let mentioned = mention(tx, room_id, id, mentions.chain(answered))?;
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
            reply_to,
            mentioned,
            boosts: Vec::new(),
            attachments,
            link_preview: None,
        };
        if let Some(url) = self.body.lone_link {
            look_up(tx, id, url)?;
        }
        notify(tx, id)?;
        tx.record(Event::MessagePosted { cursor, message: Box::new(message.clone()) });
        Ok(Posted { message, cursor, repeated: false })
    }

    /// None if the same message is there already: the constraint knows, nobody need ask first.
    fn insert(&self, tx: &mut Tx<'_>) -> Result<Option<MessageId>> {
        let added = tx
            .prepare_cached(
            "insert into messages (room_id, creator_id, client_message_id, body_html, body_source,
                 body_format, plain_text, reply_to_id, created_at)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
             on conflict (room_id, creator_id, client_message_id) do nothing",
        )?
        .execute((
            self.room_id,
            self.creator_id,
            self.client_message_id.as_str(),
            &self.body.html,
            &self.body.source,
            self.body.format,
            &self.body.plain_text,
            self.reply_to,
            tx.now,
        ))?;
        if added == 0 {
            return Ok(None);
        }
        let id = MessageId(tx.last_insert_rowid());
        tx.prepare_cached("update rooms set last_message_id = ?2, active_at = ?3 where id = ?1")?
            .execute((self.room_id, id, tx.now))?;
        Ok(Some(id))
    }

    /// The message that was posted under this id before, as it is now.
    fn first_one(&self, tx: &Tx<'_>) -> Result<Posted> {
        let found = queries::messages::by_client_id(
            tx,
            self.room_id,
            self.creator_id,
            &self.client_message_id,
        )?;
        let message = queries::messages::by_id(tx, self.room_id, found.ok_or(Error::NotFound)?)?;
        let cursor = queries::changes::cursor_of(tx, self.room_id)?;
        Ok(Posted { message, cursor, repeated: true })
    }
}

/// What a reply points at: a message of this room, or one that was deleted while its reply was
/// being written.
fn reply_to(tx: &Tx<'_>, room_id: RoomId, id: MessageId) -> Result<ReplyTo> {
    let original = queries::replies::original_of(tx, room_id, id)?;
    if original.is_none() && !queries::replies::was_deleted(tx, id)? {
        return Err(Error::invalid("reply_to_id", "That message cannot be answered here."));
    }
    Ok(ReplyTo { id, original })
}

/// Notes whom a message mentions or answers, for the marks and for what notifies them. Only who
/// is in the room counts.
fn mention(
    tx: &Tx<'_>,
    room_id: RoomId,
    id: MessageId,
    people: impl IntoIterator<Item = UserId>,
) -> Result<Vec<(UserId, String)>> {
    let mut mentioned = Vec::new();
    for user_id in people {
        let added = tx
            .prepare_cached(
                "insert into mentions (message_id, user_id)
                 select ?1, user_id from memberships where room_id = ?2 and user_id = ?3
                 on conflict do nothing",
            )?
            .execute((id, room_id, user_id))?;
        if added > 0 {
            let name = tx
                .prepare_cached("select name from users where id = ?1")?
                .query_row([user_id], |row| row.get(0))?;
            mentioned.push((user_id, name));
        }
    }
    Ok(mentioned)
}

/// Writes down the names of a message's files, one a line, and gives them.
fn name_files(tx: &Tx<'_>, id: MessageId, attachments: &[Attachment]) -> Result<Vec<String>> {
    let names: Vec<String> = attachments.iter().map(|file| file.filename.clone()).collect();
    if !names.is_empty() {
        tx.prepare_cached("update messages set file_names = ?2 where id = ?1")?
            .execute((id, names.join("\n")))?;
    }
    Ok(names)
}

/// Shows a message anew to everybody in the room, though nobody edited it.
pub(super) fn redraw(tx: &mut Tx<'_>, room_id: RoomId, id: MessageId) -> Result<()> {
    record_edit(tx, room_id, id).map(drop)
}

/// Shows a message in its present state to everybody in the room.
fn record_edit(tx: &mut Tx<'_>, room_id: RoomId, id: MessageId) -> Result<Edited> {
    let cursor = record_change(tx, room_id, id, ChangeKind::Edited)?;
    let message = queries::messages::by_id(tx, room_id, id)?;
    tx.record(Event::MessageEdited { cursor, message: Box::new(message.clone()) });
    Ok(Edited { message, cursor })
}

/// The replies to a message show a piece of it: whatever happens to it changes them, too.
fn redraw_replies(tx: &mut Tx<'_>, room_id: RoomId, id: MessageId) -> Result<()> {
    for reply in queries::replies::ids_of_replies(tx, room_id, id)? {
        record_edit(tx, room_id, reply)?;
    }
    Ok(())
}

/// Checks that somebody who may speak in the room wrote this message or administers the account.
/// `NotFound` if the message is not there to see, `Forbidden` if it is somebody else's.
fn require_changeable(
    tx: &Tx<'_>,
    room_id: RoomId,
    id: MessageId,
    user_id: UserId,
) -> Result<queries::messages::Source> {
    let who = author_in_room(tx, room_id, user_id)?;
    let source = queries::messages::source_of(tx, room_id, id)?;
    if source.creator_id != user_id && who.role != Role::Administrator {
        return Err(Error::Forbidden);
    }
    Ok(source)
}

/// Administrators may change what others wrote, and it is written down that they did.
fn note_if_of_another(
    tx: &Tx<'_>,
    user_id: UserId,
    deed: Deed,
    source: &queries::messages::Source,
) -> Result<()> {
    match source.creator_id == user_id {
        true => Ok(()),
        false => audit_log::note_about(tx, user_id, deed, source.creator_id),
    }
}

/// The author as messages show them, if they may speak in this room: active, and a member.
pub(super) fn author_in_room(tx: &Tx<'_>, room_id: RoomId, user_id: UserId) -> Result<Author> {
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
pub(super) fn record_change(
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
