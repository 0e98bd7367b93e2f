//! Ends what is over by the clock: sessions nobody used, links nobody opened.

use std::time::Duration;

use crate::clock;
use crate::commands::Writer;
use crate::commands::sessions::EndExpiredSessions;
use crate::commands::transfers::DropExpiredTransfers;
use crate::db::Reader;
use crate::error::Result;
use crate::queries;

/// Between two looks. Requests ask the clock themselves; this is for open sockets and old rows.
const EVERY: Duration = Duration::from_secs(30);

/// Runs until it is aborted. Writes only when there is something to end.
pub async fn run(reader: Reader, writer: Writer) {
    let mut looks = tokio::time::interval(EVERY);
    loop {
        looks.tick().await;
        match sweep(&reader, &writer).await {
            Ok(0) => {}
            Ok(sessions) => tracing::info!(sessions, "sessions ended by the clock"),
            Err(error) => tracing::warn!(%error, "old sessions were not swept; it is tried again"),
        }
    }
}

async fn sweep(reader: &Reader, writer: &Writer) -> Result<usize> {
    if !reader.read(|db| queries::sessions::any_expired(db, clock::now()))? {
        return Ok(0);
    }
    writer.run(DropExpiredTransfers).await?;
    writer.run(EndExpiredSessions).await
}
