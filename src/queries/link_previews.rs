//! The cards of messages, looked up.

use rusqlite::{Connection, OptionalExtension};

use super::messages::grouped;
use crate::error::Result;
use crate::model::link_preview::CardPicture;
use crate::model::{LinkPreview, Message, MessageId};

/// Adds the cards of messages. Those that are still looked up are not there yet; most messages
/// link to nothing.
pub(super) fn add(connection: &Connection, messages: &mut [Message], ids: &str) -> Result<()> {
    if !messages.iter().any(|message| message.body_html.contains("<a ")) {
        return Ok(());
    }
    let mut cards = grouped(
        connection,
        "select message_id, url, page_url, title, description, picture_width, picture_height,
             portrait, created_at
         from link_previews
         where message_id in (select value from json_each(?1)) and page_url is not null",
        ids,
        |row| {
            let sides: (Option<u32>, Option<u32>) = (row.get(5)?, row.get(6)?);
            let (is_portrait, stored_at) = (row.get(7)?, row.get(8)?);
            let picture = match sides {
                (Some(width), Some(height)) => {
                    Some(CardPicture { width, height, is_portrait, stored_at })
                }
                _ => None,
            };
            Ok(LinkPreview {
                url: row.get(1)?,
                page_url: row.get(2)?,
                title: row.get(3)?,
                description: row.get(4)?,
                picture,
            })
        },
    )?;
    for message in messages {
        message.link_preview = cards.remove(&message.id).and_then(|mut cards| cards.pop());
    }
    Ok(())
}

/// The stored file of a card's picture, if the message has one.
pub fn picture_key(connection: &Connection, id: MessageId) -> Result<Option<String>> {
    let key = connection
        .prepare_cached("select picture_key from link_previews where message_id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()?;
    Ok(key.flatten())
}

/// Whether a card of this address is still wanted and not yet there.
pub fn is_awaited(connection: &Connection, id: MessageId, url: &str) -> Result<bool> {
    let awaited = connection
        .prepare_cached(
            "select 1 from link_previews
             where message_id = ?1 and url = ?2 and page_url is null",
        )?
        .exists((id, url))?;
    Ok(awaited)
}
