//! The server begins an epoch at each start.

use super::Tx;
use crate::db::Command;
use crate::error::Result;
use crate::events::Event;
use crate::model::Epoch;
use crate::queries;

/// Epochs that are remembered. Who comes back from an older one is sent the list anew.
const REMEMBERED: i64 = 1_000;

/// Writes down that changes from here on belong to this epoch.
pub struct BeginEpoch {
    pub epoch: Epoch,
}

impl Command<Event> for BeginEpoch {
    type Output = ();

    fn apply(self, tx: &mut Tx<'_>) -> Result<()> {
        let begins_after = queries::epochs::last_cursor(tx)?;
        tx.execute(
            "insert into epochs (name, begins_after, begun_at) values (?1, ?2, ?3)",
            (self.epoch.to_string(), begins_after, tx.now),
        )?;
        let forgotten = tx.last_insert_rowid() - REMEMBERED;
        tx.execute("delete from epochs where id <= ?1", [forgotten])?;
        Ok(())
    }
}
