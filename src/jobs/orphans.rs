//! Removes stored files that no row names: what came in when the server was killed, or when its
//! database took no writes. And rows of files whose message was never posted.

use std::time::{Duration, SystemTime};

use crate::clock;
use crate::commands::Writer;
use crate::commands::attachments::DropUnposted;
use crate::db::Reader;
use crate::error::{Error, Result};
use crate::files::Files;
use crate::model::timestamp::DAY_MS;
use crate::queries;

/// Between two looks.
const EVERY: Duration = Duration::from_secs(60 * 60);
/// A file without a row may belong to a message that is just being posted.
const TIME_TO_POST: Duration = Duration::from_secs(60 * 60);
/// Keys that are looked up at once.
const PORTION: usize = 500;

/// Runs until it is aborted. The first look finds all that the last run left behind: nothing of
/// it can still be on its way.
pub async fn run(reader: Reader, writer: Writer, files: Files) {
    let mut before = SystemTime::now();
    let mut looks = tokio::time::interval(EVERY);
    loop {
        looks.tick().await;
        match sweep(&reader, &files, before).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "stored files that belong to nothing are removed"),
            Err(error) => tracing::warn!(%error, "stored files could not be swept"),
        }
        if let Err(error) = drop_unposted(&reader, &writer).await {
            tracing::warn!(%error, "files that were never posted could not be dropped");
        }
        // For the next look, which comes after EVERY.
        before = SystemTime::now() + EVERY - TIME_TO_POST;
    }
}

async fn sweep(reader: &Reader, files: &Files, before: SystemTime) -> Result<usize> {
    let (reader, files) = (reader.clone(), files.clone());
    let internal = |error: std::io::Error| Error::Internal(error.into());
    let work = move || {
        let mut removed = 0;
        for keys in files.stored_before(before).map_err(internal)?.chunks(PORTION) {
            for key in reader.read(|db| queries::files::unnamed(db, keys))? {
                files.delete(&key).map_err(internal)?;
                removed += 1;
            }
        }
        Ok(removed)
    };
    tokio::task::spawn_blocking(work).await.map_err(anyhow::Error::from)?
}

/// What was sent a day ago for a message that never came.
async fn drop_unposted(reader: &Reader, writer: &Writer) -> Result<()> {
    let before = clock::now().plus_ms(-DAY_MS);
    if reader.read(|db| queries::attachments::any_unposted(db, before))? {
        let files = writer.run(DropUnposted { before }).await?;
        tracing::info!(files, "files that were never posted are dropped");
    }
    Ok(())
}
