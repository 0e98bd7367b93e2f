//! Looks up the page that a message links to, and shows what it says of itself.

use std::io::Cursor;

use super::Tools;
use crate::clock;
use crate::commands::messages::{AddLinkPreview, Card, DropLinkPreview};
use crate::error::{Error, Result};
use crate::model::link_preview::CardPicture;
use crate::model::{LinkPreview, MessageId};
use crate::outbound::opengraph::Page;
use crate::pictures;
use crate::queries;

/// Longest side of a stored picture, in pixels: sharp on a fine screen.
const PICTURE_SIDE: u32 = 800;
/// Pictures smaller than this on a side count visitors and show nothing.
const SMALLEST_SIDE: u32 = 24;
/// Where one site keeps the pictures of its people.
const PORTRAITS: &str = "https://pbs.twimg.com/profile_images";

/// Done again it finds out that nobody waits for it any more.
pub(super) async fn look_up(tools: &Tools, message_id: MessageId, url: String) -> Result<()> {
    let is_awaited =
        || tools.reader.read(|db| queries::link_previews::is_awaited(db, message_id, &url));
    if !is_awaited()? {
        return Ok(());
    }
    let Some(page) = tools.linked_pages.find(&url).await else {
        return tools.writer.run(DropLinkPreview { message_id, url }).await;
    };
    let picture = stored_picture(tools, &page).await;
    let (picture, picture_key) = picture.unzip();
    let Page { url: page_url, title, description, .. } = page;
    let preview = LinkPreview { url, page_url, title, description, picture };
    let card = Card { preview, picture_key: picture_key.clone() };
    let is_shown = tools.writer.run(AddLinkPreview { message_id, card }).await?;
    match picture_key {
        Some(key) if !is_shown => tools.files.delete(&key).map_err(|e| Error::Internal(e.into())),
        _ => Ok(()),
    }
}

/// Fetches the picture of a page and writes it anew. A card without one is a card.
async fn stored_picture(tools: &Tools, page: &Page) -> Option<(CardPicture, String)> {
    let url = page.picture.as_ref()?;
    let fetched = tools.linked_pages.picture(url).await;
    let bytes = match fetched {
        Ok(bytes) => bytes?,
        Err(error) => {
            tracing::debug!(%error, "the picture of a page could not be had");
            return None;
        }
    };
    let files = tools.files.clone();
    let work = move || {
        let picture = pictures::fitted(Cursor::new(bytes), PICTURE_SIDE)?;
        let (width, height) = (picture.width(), picture.height());
        if width.min(height) < SMALLEST_SIDE {
            return Ok(None);
        }
        let stored = files.store(&pictures::compact(&picture)?);
        Ok(stored.ok().map(|key| (width, height, key)))
    };
    let (width, height, key) = tools.pictures.work("picture", work).await.ok()??;
    let is_portrait = url.starts_with(PORTRAITS);
    Some((CardPicture { width, height, is_portrait, stored_at: clock::now() }, key))
}
