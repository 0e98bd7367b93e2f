//! The card of the page a message links to: looked up later, shown, taken away.

use super::{Edited, note_if_of_another, record_edit, require_changeable};
use crate::commands::{Tx, jobs};
use crate::db::Command;
use crate::error::{Error, Result};
use crate::events::Event;
use crate::model::{Deed, Job, LinkPreview, MessageId, RoomId, UserId};
use crate::queries;

/// Notes that a page is to be looked up for a message.
pub(super) fn look_up(tx: &mut Tx<'_>, id: MessageId, url: String) -> Result<()> {
    tx.prepare_cached(
        "insert into link_previews (message_id, url, created_at) values (?1, ?2, ?3)",
    )?
    .execute((id, &url, tx.now))?;
    jobs::enqueue(tx, &Job::PreviewLink { message_id: id, url })
}

/// After an edit: the card of an address that is no longer there goes, that of a new one is
/// looked up, one that still fits or was taken away stays as it is.
pub(super) fn follow_edit(
    tx: &mut Tx<'_>,
    id: MessageId,
    before: Option<&str>,
    now: Option<String>,
) -> Result<()> {
    if before == now.as_deref() {
        return Ok(());
    }
    forget(tx, id)?;
    now.map_or(Ok(()), |url| look_up(tx, id, url))
}

/// Takes away what is known of the page, and its picture. Gives whether anything was there.
fn forget(tx: &mut Tx<'_>, id: MessageId) -> Result<bool> {
    let key = queries::link_previews::picture_key(tx, id)?;
    let gone =
        tx.prepare_cached("delete from link_previews where message_id = ?1")?.execute([id])?;
    if let Some(key) = key {
        jobs::enqueue(tx, &Job::RemoveFiles { keys: vec![key] })?;
    }
    Ok(gone > 0)
}

/// A card with the stored file of its picture.
#[derive(Clone, Debug)]
pub struct Card {
    pub preview: LinkPreview,
    pub picture_key: Option<String>,
}

/// Shows what was found, if the message is still there and still wants it. Gives whether it did:
/// otherwise nobody names the picture's file.
pub struct AddLinkPreview {
    pub message_id: MessageId,
    pub card: Card,
}

impl Command<Event> for AddLinkPreview {
    type Output = bool;

    fn apply(self, tx: &mut Tx<'_>) -> Result<bool> {
        let (id, card) = (self.message_id, &self.card.preview);
        let picture = card.picture.as_ref();
        let added = tx
            .prepare_cached(
                "update link_previews set page_url = ?3, title = ?4, description = ?5,
                     picture_key = ?6, picture_width = ?7, picture_height = ?8, portrait = ?9,
                     created_at = ?10
                 where message_id = ?1 and url = ?2 and page_url is null",
            )?
            .execute((
                id,
                &card.url,
                &card.page_url,
                &card.title,
                &card.description,
                &self.card.picture_key,
                picture.map(|picture| picture.width),
                picture.map(|picture| picture.height),
                picture.is_some_and(|picture| picture.is_portrait),
                tx.now,
            ))?;
        if added > 0 {
            let room_id = queries::messages::room_of(tx, id)?;
            record_edit(tx, room_id, id)?;
        }
        Ok(added > 0)
    }
}

/// Nothing can be shown of the page: what waited for it is forgotten.
pub struct DropLinkPreview {
    pub message_id: MessageId,
    pub url: String,
}

impl Command<Event> for DropLinkPreview {
    type Output = ();

    fn apply(self, tx: &mut Tx<'_>) -> Result<()> {
        tx.prepare_cached(
            "delete from link_previews where message_id = ?1 and url = ?2 and page_url is null",
        )?
        .execute((self.message_id, &self.url))?;
        Ok(())
    }
}

/// Takes the card of a message away, or stops one from coming. For its author and for
/// administrators, as long as they are in the room: `NotFound` and `Forbidden` otherwise, and
/// `NotFound` if there is none.
pub struct RemoveLinkPreview {
    pub room_id: RoomId,
    pub message_id: MessageId,
    pub user_id: UserId,
}

impl Command<Event> for RemoveLinkPreview {
    type Output = Edited;

    fn apply(self, tx: &mut Tx<'_>) -> Result<Edited> {
        let source = require_changeable(tx, self.room_id, self.message_id, self.user_id)?;
        if !forget(tx, self.message_id)? {
            return Err(Error::NotFound);
        }
        note_if_of_another(tx, self.user_id, Deed::RemoveCard, &source)?;
        record_edit(tx, self.room_id, self.message_id)
    }
}
