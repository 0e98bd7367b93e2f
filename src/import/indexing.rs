//! What follows from the messages once they are there: the search index, the numbers of their
//! changes, when the small copies of their files are made.

use rusqlite::Transaction;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::attachments::spread_previews;
use super::unfinished::Unfinished;
use crate::commands::messages::index_after;
use crate::model::MessageId;
use crate::progress::Progress;

/// Messages indexed in one transaction.
const AT_ONCE: i64 = 5_000;

/// How far it is.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Indexed {
    last_message_id: i64,
    messages: u64,
    has_changes: bool,
}

/// Does all of it, or goes on with it. `of` finds how far it is in the place of the import.
///
/// # Errors
/// When the database fails.
pub fn index<P>(
    unfinished: &mut Unfinished<P>,
    of: impl Fn(&mut P) -> &mut Indexed,
) -> anyhow::Result<()>
where
    P: Clone + Default + Serialize + DeserializeOwned,
{
    let total: i64 =
        unfinished.connection.query_row("select count(*) from messages", [], |row| row.get(0))?;
    let done = of(&mut unfinished.state.place).messages;
    let mut progress = Progress::new("messages indexed", u64::try_from(total)?, done);
    let mut is_over = false;
    while !is_over {
        unfinished.step(|tx, state| {
            let indexed = of(&mut state.place);
            match index_after(tx, MessageId(indexed.last_message_id), AT_ONCE)? {
                Some(last) => indexed.last_message_id = last.0,
                None => is_over = true,
            }
            indexed.messages += u64::try_from(AT_ONCE)?;
            Ok(())
        })?;
        progress.at(of(&mut unfinished.state.place).messages);
    }
    if !of(&mut unfinished.state.place).has_changes {
        unfinished.step(|tx, state| {
            number_changes(tx)?;
            spread_previews(tx)?;
            of(&mut state.place).has_changes = true;
            Ok(())
        })?;
    }
    Ok(())
}

fn number_changes(tx: &Transaction<'_>) -> rusqlite::Result<()> {
    tx.execute_batch(
        "insert into changes (room_id, message_id, kind, at)
             select room_id, id, 'posted', created_at from messages order by id;",
    )
}
