//! Indexes the messages that were there before the search index was, a little at a time.

use crate::commands::Writer;
use crate::commands::messages::IndexMessages;
use crate::error::Result;

/// Done again from the start it goes on where it was.
pub(super) async fn fill(writer: &Writer) -> Result<()> {
    while writer.run(IndexMessages).await? {}
    tracing::info!("all messages can be found");
    Ok(())
}
