//! What somebody looked for lately.

use super::Tx;
use crate::db::Command;
use crate::error::Result;
use crate::events::Event;
use crate::model::UserId;
use crate::model::search::REMEMBERED;

/// Remembers a query, or that it was used again; the latest ten of each person are kept.
pub struct RememberSearch {
    pub user_id: UserId,
    /// At most 200 characters, not blank.
    pub query: String,
}

impl Command<Event> for RememberSearch {
    type Output = ();

    fn apply(self, tx: &mut Tx<'_>) -> Result<()> {
        tx.prepare_cached(
            "insert into searches (user_id, query, searched_at) values (?1, ?2, ?3)
             on conflict (user_id, query) do update set searched_at = excluded.searched_at",
        )?
        .execute((self.user_id, &self.query, tx.now))?;
        // Two in one millisecond: the one that came last counts as later.
        tx.prepare_cached(
            "delete from searches where user_id = ?1 and id not in
                 (select id from searches where user_id = ?1
                  order by query = ?2 desc, searched_at desc, id desc limit ?3)",
        )?
        .execute((self.user_id, &self.query, REMEMBERED as i64))?;
        Ok(())
    }
}

/// Forgets everything a person looked for.
pub struct ClearSearches {
    pub user_id: UserId,
}

impl Command<Event> for ClearSearches {
    type Output = ();

    fn apply(self, tx: &mut Tx<'_>) -> Result<()> {
        tx.prepare_cached("delete from searches where user_id = ?1")?.execute([self.user_id])?;
        Ok(())
    }
}
