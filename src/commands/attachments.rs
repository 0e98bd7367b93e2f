//! Files of messages: sent ahead, taken back, put into a message, shown with a small copy.

use super::{Tx, jobs, messages};
use crate::db::Command;
use crate::error::{Error, Result};
use crate::events::Event;
use crate::model::attachment::{MAX_ATTACHMENTS, Quota, StoredFile, Uploader, size_words};
use crate::model::timestamp::DAY_MS;
use crate::model::{
    Attachment, AttachmentId, Job, MessageId, NewAttachment, Preview, RoomId, Timestamp, UserId,
};
use crate::queries;
use crate::words::{self, sentence};

/// How long a removed file stays on the disk, in milliseconds, so that a backup of the database
/// made meanwhile finds its files.
pub const GRACE_MS: i64 = DAY_MS;

/// Notes a stored file whose message is still being written. `TooLarge` when a quota is used up,
/// `NotFound` for who may not write any more.
pub struct StageUpload {
    pub uploader: Uploader,
    pub file: StoredFile,
}

impl Command<Event> for StageUpload {
    type Output = Attachment;

    fn apply(self, tx: &mut Tx<'_>) -> Result<Attachment> {
        if !queries::users::by_id(tx, self.uploader.id)?.is_active() {
            return Err(Error::NotFound);
        }
        insert(tx, self.uploader, None, 0, self.file)
    }
}

/// Takes back a file whose message was not posted. One that is gone is no error.
pub struct DiscardUpload {
    pub id: AttachmentId,
    pub uploader_id: UserId,
}

impl Command<Event> for DiscardUpload {
    type Output = ();

    fn apply(self, tx: &mut Tx<'_>) -> Result<()> {
        if queries::attachments::unposted(tx, self.id, self.uploader_id)?.is_none() {
            return Ok(());
        }
        remove(tx, "id = ?1", self.id.0)?;
        Ok(())
    }
}

/// Drops files that were sent before `before` and never posted. Gives how many.
pub struct DropUnposted {
    pub before: Timestamp,
}

impl Command<Event> for DropUnposted {
    type Output = usize;

    fn apply(self, tx: &mut Tx<'_>) -> Result<usize> {
        remove(tx, "message_id is null and created_at < ?1", self.before.0)
    }
}

/// Removes rows that no message shows, with their files.
fn remove(tx: &mut Tx<'_>, which: &str, value: i64) -> Result<usize> {
    let removed: Vec<(String, Option<String>)> = tx
        .prepare(&format!(
            "delete from attachments where {which} returning storage_key, thumbnail_key"
        ))?
        .query_map([value], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let count = removed.len();
    let keys: Vec<String> =
        removed.into_iter().flat_map(|(key, thumbnail)| [Some(key), thumbnail]).flatten().collect();
    if !keys.is_empty() {
        jobs::enqueue(tx, &Job::RemoveFiles { keys })?;
    }
    Ok(count)
}

/// A small copy that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    pub key: String,
    /// The picture moves.
    pub animated: bool,
}

/// The small copy of a file is there, or cannot be made. Its message is shown anew to everybody.
/// A copy nobody needs any more is removed.
pub struct SetPreview {
    pub id: AttachmentId,
    pub made: Option<Made>,
}

impl Command<Event> for SetPreview {
    type Output = ();

    fn apply(self, tx: &mut Tx<'_>) -> Result<()> {
        let preview = if self.made.is_some() { Preview::Ready } else { Preview::Failed };
        let key = self.made.as_ref().map(|made| &made.key);
        let animated = self.made.as_ref().is_some_and(|made| made.animated);
        let awaited = tx
            .prepare_cached(
                "update attachments set preview = ?2, thumbnail_key = ?3, animated = ?4
                 where id = ?1 and preview = 'pending'",
            )?
            .execute((self.id, preview, key, animated))?;
        if awaited == 0 {
            if let Some(made) = self.made {
                jobs::enqueue(tx, &Job::RemoveFiles { keys: vec![made.key] })?;
            }
            return Ok(());
        }
        if let Some((room_id, message_id)) = message_of(tx, self.id)? {
            messages::redraw(tx, room_id, message_id)?;
        }
        Ok(())
    }
}

fn message_of(tx: &Tx<'_>, id: AttachmentId) -> Result<Option<(RoomId, MessageId)>> {
    match queries::attachments::place_of(tx, id) {
        Ok(place) => Ok(Some(place)),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Puts files into a message that was just inserted, in this order.
pub(super) fn attach(
    tx: &mut Tx<'_>,
    uploader: Uploader,
    message_id: MessageId,
    files: Vec<NewAttachment>,
) -> Result<Vec<Attachment>> {
    if files.len() > MAX_ATTACHMENTS {
        return Err(Error::invalid(
            "attachments",
            sentence(|| words::too_many_files(MAX_ATTACHMENTS)),
        ));
    }
    (0_i64..)
        .zip(files)
        .map(|(position, file)| match file {
            NewAttachment::Stored(file) => insert(tx, uploader, Some(message_id), position, file),
            NewAttachment::Uploaded(id) => adopt(tx, uploader.id, message_id, position, id),
        })
        .collect()
}

fn adopt(
    tx: &Tx<'_>,
    uploader_id: UserId,
    message_id: MessageId,
    position: i64,
    id: AttachmentId,
) -> Result<Attachment> {
    let gone = || Error::invalid("attachments", sentence(words::file_is_gone));
    let attachment = queries::attachments::unposted(tx, id, uploader_id)?.ok_or_else(gone)?;
    tx.prepare_cached("update attachments set message_id = ?2, position = ?3 where id = ?1")?
        .execute((id, message_id, position))?;
    Ok(attachment)
}

fn insert(
    tx: &mut Tx<'_>,
    uploader: Uploader,
    message_id: Option<MessageId>,
    position: i64,
    file: StoredFile,
) -> Result<Attachment> {
    require_room(tx, uploader, file.byte_size)?;
    tx.prepare_cached(
        "insert into attachments (message_id, position, uploader_id, storage_key, filename,
             content_type, byte_size, sha256, width, height, preview, created_at)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?
    .execute((
        message_id,
        position,
        uploader.id,
        &file.key,
        &file.filename,
        &file.content_type,
        file.byte_size,
        file.sha256.as_slice(),
        file.width,
        file.height,
        file.preview,
        tx.now,
    ))?;
    let id = AttachmentId(tx.last_insert_rowid());
    if file.preview == Preview::Pending {
        jobs::enqueue(tx, &Job::MakePreview { attachment_id: id })?;
    }
    Ok(Attachment {
        id,
        filename: file.filename,
        content_type: file.content_type,
        byte_size: file.byte_size,
        width: file.width,
        height: file.height,
        preview: file.preview,
        animated: false,
    })
}

/// Refuses a file that does not fit beside what is stored already.
fn require_room(tx: &Tx<'_>, uploader: Uploader, byte_size: i64) -> Result<()> {
    let Quota { server, person } = uploader.quota;
    if let Some(most) = server
        && queries::attachments::total_size(tx)?.saturating_add(byte_size) > most
    {
        return Err(Error::TooLarge(sentence(|| words::server_space_used_up(size_words(most)))));
    }
    if let Some(most) = person
        && queries::attachments::size_of_person(tx, uploader.id)?.saturating_add(byte_size) > most
    {
        return Err(Error::TooLarge(sentence(|| words::your_space_used_up(size_words(most)))));
    }
    Ok(())
}
