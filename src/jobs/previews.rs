//! Makes the small copies that messages show of pictures and films.

use super::Tools;
use crate::commands::attachments::{Made, SetPreview};
use crate::error::{Error, Result};
use crate::model::AttachmentId;
use crate::model::attachment::{Kind, kind_of};
use crate::pictures::workshop::Thumbnail;
use crate::queries;

/// Done again it makes the copy again, unless it is there already.
pub(super) async fn make(tools: &Tools, id: AttachmentId) -> Result<()> {
    let awaited = tools.reader.read(|db| queries::attachments::awaiting_preview(db, id))?;
    let Some(awaited) = awaited else { return Ok(()) };
    let internal = |error: std::io::Error| Error::Internal(error.into());
    let copy = match kind_of(&awaited.content_type) {
        Kind::Film => {
            let path = tools.files.path(&awaited.storage_key).map_err(internal)?;
            tools.workshop.film(&path, &awaited.content_type).await
        }
        _ => {
            let file = tools.files.open(&awaited.storage_key).map_err(internal)?;
            tools.workshop.picture(file, awaited.pixels).await
        }
    };
    let made = match copy.map_err(internal)? {
        Some(Thumbnail { bytes, animated }) => {
            let files = tools.files.clone();
            let stored = tokio::task::spawn_blocking(move || files.store(&bytes)).await;
            let key = stored.map_err(anyhow::Error::from)?.map_err(internal)?;
            Some(Made { key, animated })
        }
        None => None,
    };
    tools.writer.run(SetPreview { id, made }).await
}
