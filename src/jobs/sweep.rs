//! Ends what is over by the clock: sessions nobody used, links nobody opened.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::commands::Writer;
use crate::commands::sessions::EndExpiredSessions;
use crate::commands::transfers::DropExpiredTransfers;
use crate::db::Reader;
use crate::error::Result;
use crate::model::Timestamp;
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
    if !reader.read(|db| queries::sessions::any_expired(db, now()))? {
        return Ok(0);
    }
    writer.run(DropExpiredTransfers).await?;
    writer.run(EndExpiredSessions).await
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
