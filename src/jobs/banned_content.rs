//! Takes away what a banned person wrote, everywhere, a little at a time.

use crate::commands::Writer;
use crate::commands::messages::removal::RemoveMessagesOf;
use crate::error::Result;
use crate::model::{MessageId, UserId};

/// Messages in one command: what everybody else waits for at most.
const PORTION: usize = 20;

/// Done again from the start it goes on where it was, as what is gone is gone.
pub(super) async fn remove(writer: &Writer, user_id: UserId, up_to: MessageId) -> Result<()> {
    let mut removed = 0;
    loop {
        let portion = writer.run(RemoveMessagesOf { user_id, up_to, at_most: PORTION }).await?;
        removed += portion;
        if portion < PORTION {
            tracing::info!(%user_id, removed, "the messages of a banned person are removed");
            return Ok(());
        }
    }
}
