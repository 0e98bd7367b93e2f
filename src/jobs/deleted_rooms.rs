//! Removes what a deleted room still holds, a little at a time.

use crate::commands::Writer;
use crate::commands::rooms::EmptyDeletedRoom;
use crate::error::Result;
use crate::model::RoomId;

/// Done again from the start it goes on where it was, as what is gone is gone.
pub(super) async fn empty(writer: &Writer, room_id: RoomId) -> Result<()> {
    while writer.run(EmptyDeletedRoom { room_id }).await? {}
    tracing::info!(%room_id, "the content of a deleted room is removed");
    Ok(())
}
