//! Link cards that come along with messages.

use rusqlite::Transaction;

use super::Report;
use super::report::{Carried, Note};
use crate::model::link_preview::{MAX_DESCRIPTION, MAX_TITLE, plain};
use crate::richtext::campfire::Card;

/// A message shows one card. `address` is the one a card would be looked up for; what it leads to
/// stays a link in any case.
///
/// # Errors
/// When the database fails.
pub fn insert(
    tx: &Transaction<'_>,
    message_id: i64,
    cards: Vec<Card>,
    address: Option<&str>,
    created_at: i64,
    report: &mut Report,
) -> anyhow::Result<()> {
    let mut has_one = false;
    for card in cards {
        let is_web = card.url.starts_with("https://") || card.url.starts_with("http://");
        let title = plain(&card.title, MAX_TITLE);
        if has_one || !is_web || title.is_empty() {
            report.note(Note::LinkCardDropped);
            continue;
        }
        has_one = true;
        let description = plain(&card.description, MAX_DESCRIPTION);
        tx.prepare_cached(
            "insert into link_previews
                 (message_id, url, page_url, title, description, portrait, created_at)
             values (?1, ?2, ?3, ?4, ?5, 0, ?6)",
        )?
        .execute((
            message_id,
            address.unwrap_or(&card.url),
            &card.url,
            title,
            description,
            created_at,
        ))?;
        report.carry(Carried::LinkCards, 1);
        if card.has_picture {
            report.note(Note::LinkCardPicture);
        }
    }
    Ok(())
}
