//! Signed-in browsers: begun, seen, ended.

use rusqlite::OptionalExtension;

use super::Tx;
use crate::db::Command;
use crate::error::{Error, Result};
use crate::events::{Event, SessionStarted, TokenHash};
use crate::model::{SessionId, UserId};
use crate::queries;

/// Longest user agent kept, in characters.
const MAX_USER_AGENT: usize = 500;

/// Signs a browser in. `NotFound` if the user is not active any more, `Conflict` if the token is
/// in use already.
pub struct StartSession {
    pub token_hash: TokenHash,
    pub user_id: UserId,
    pub ip_address: String,
    pub user_agent: String,
}

impl Command<Event> for StartSession {
    type Output = SessionId;

    fn apply(self, tx: &mut Tx<'_>) -> Result<SessionId> {
        if !queries::users::by_id(tx, self.user_id)?.is_active() {
            return Err(Error::NotFound);
        }
        let user_agent: String = self.user_agent.chars().take(MAX_USER_AGENT).collect();
        let added = tx.execute(
            "insert into sessions (user_id, token_hash, ip_address, user_agent, created_at, last_active_at)
             values (?1, ?2, ?3, ?4, ?5, ?5) on conflict (token_hash) do nothing",
            (self.user_id, self.token_hash, &self.ip_address, &user_agent, tx.now),
        )?;
        if added == 0 {
            return Err(Error::Conflict);
        }
        let session_id = SessionId(tx.last_insert_rowid());
        tx.record(Event::SessionStarted {
            session: SessionStarted {
                token_hash: self.token_hash,
                session_id,
                user_id: self.user_id,
                created_at: tx.now,
                last_active_at: tx.now,
            },
        });
        Ok(session_id)
    }
}

/// Notes that a session is in use. A session that is gone stays gone.
pub struct TouchSession {
    pub token_hash: TokenHash,
}

impl Command<Event> for TouchSession {
    type Output = ();

    fn apply(self, tx: &mut Tx<'_>) -> Result<()> {
        let touched = tx.execute(
            "update sessions set last_active_at = ?2 where token_hash = ?1",
            (self.token_hash, tx.now),
        )?;
        if touched > 0 {
            tx.record(Event::SessionTouched { token_hash: self.token_hash, at: tx.now });
        }
        Ok(())
    }
}

/// Signs a browser out. A session that is gone already is no error.
pub struct EndSession {
    pub token_hash: TokenHash,
}

impl Command<Event> for EndSession {
    type Output = ();

    fn apply(self, tx: &mut Tx<'_>) -> Result<()> {
        let ended: Option<(SessionId, UserId)> = tx
            .prepare_cached("delete from sessions where token_hash = ?1 returning id, user_id")?
            .query_row([self.token_hash], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        if let Some((session_id, user_id)) = ended {
            tx.record(Event::SessionEnded { token_hash: self.token_hash, session_id, user_id });
        }
        Ok(())
    }
}

/// Signs somebody out everywhere, with what else lets their devices in or calls them back: links
/// that sign in, and push subscriptions.
pub(super) fn end_all_of(tx: &mut Tx<'_>, user_id: UserId) -> Result<()> {
    tx.execute("delete from push_subscriptions where user_id = ?1", [user_id])?;
    tx.execute("delete from transfers where user_id = ?1", [user_id])?;
    let ended: Vec<(SessionId, TokenHash)> = tx
        .prepare_cached("delete from sessions where user_id = ?1 returning id, token_hash")?
        .query_map([user_id], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (session_id, token_hash) in ended {
        tx.record(Event::SessionEnded { token_hash, session_id, user_id });
    }
    Ok(())
}
