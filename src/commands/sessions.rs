//! Signed-in browsers: begun, seen, ended.

use rusqlite::{Params, Row};

use super::Tx;
use crate::db::Command;
use crate::error::{Error, Result};
use crate::events::{Event, SessionStarted, TokenHash};
use crate::model::session::{ABSOLUTE_MS, IDLE_MS, RECOVERY_MS};
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
    /// For a while this session may set a new password without knowing the old one.
    pub recovery: bool,
}

impl Command<Event> for StartSession {
    type Output = SessionId;

    fn apply(self, tx: &mut Tx<'_>) -> Result<SessionId> {
        if !queries::users::by_id(tx, self.user_id)?.is_active() {
            return Err(Error::NotFound);
        }
        let recovers_until = self.recovery.then(|| tx.now.plus_ms(RECOVERY_MS));
        let added = tx.execute(
            "insert into sessions
             (user_id, token_hash, ip_address, user_agent, created_at, last_active_at, recovers_until)
             values (?1, ?2, ?3, ?4, ?5, ?5, ?6) on conflict (token_hash) do nothing",
            (
                self.user_id,
                self.token_hash,
                &self.ip_address,
                shortened(&self.user_agent),
                tx.now,
                recovers_until,
            ),
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

/// Notes that a session is in use, and from where. A session that is gone stays gone.
pub struct TouchSession {
    pub token_hash: TokenHash,
    pub ip_address: Option<String>,
    pub user_agent: Option<String>,
}

impl Command<Event> for TouchSession {
    type Output = ();

    fn apply(self, tx: &mut Tx<'_>) -> Result<()> {
        let touched = tx.execute(
            "update sessions set last_active_at = ?2,
                 ip_address = coalesce(?3, ip_address), user_agent = coalesce(?4, user_agent)
             where token_hash = ?1",
            (
                self.token_hash,
                tx.now,
                self.ip_address,
                self.user_agent.map(|agent| shortened(&agent)),
            ),
        )?;
        if touched > 0 {
            tx.record(Event::SessionTouched { token_hash: self.token_hash, at: tx.now });
        }
        Ok(())
    }
}

fn shortened(user_agent: &str) -> String {
    user_agent.chars().take(MAX_USER_AGENT).collect()
}

/// Signs a browser out. A session that is gone already is no error.
pub struct EndSession {
    pub token_hash: TokenHash,
}

impl Command<Event> for EndSession {
    type Output = ();

    fn apply(self, tx: &mut Tx<'_>) -> Result<()> {
        end_where(tx, "token_hash = ?1", [self.token_hash])?;
        Ok(())
    }
}

/// Ends one of a person's own sessions. `NotFound` if it is not theirs, or gone.
pub struct EndOwnSession {
    pub user_id: UserId,
    pub session_id: SessionId,
}

impl Command<Event> for EndOwnSession {
    type Output = ();

    fn apply(self, tx: &mut Tx<'_>) -> Result<()> {
        let ended = end_where(tx, "user_id = ?1 and id = ?2", (self.user_id, self.session_id))?;
        if ended == 0 { Err(Error::NotFound) } else { Ok(()) }
    }
}

/// Ends all sessions of a person but the one that asks for it. Returns how many there were.
pub struct EndOtherSessions {
    pub user_id: UserId,
    pub session_id: SessionId,
}

impl Command<Event> for EndOtherSessions {
    type Output = usize;

    fn apply(self, tx: &mut Tx<'_>) -> Result<usize> {
        end_all(tx, self.user_id, Some(self.session_id))
    }
}

/// Ends what was idle or old for too long. Returns how many there were.
pub struct EndExpiredSessions;

impl Command<Event> for EndExpiredSessions {
    type Output = usize;

    fn apply(self, tx: &mut Tx<'_>) -> Result<usize> {
        let (idle, old) = (tx.now.plus_ms(-IDLE_MS), tx.now.plus_ms(-ABSOLUTE_MS));
        end_where(tx, "last_active_at <= ?1 or created_at <= ?2", (idle, old))
    }
}

/// Ends every session of a person, but one if one is named. Returns how many there were.
pub(super) fn end_all(tx: &mut Tx<'_>, user_id: UserId, but: Option<SessionId>) -> Result<usize> {
    end_where(tx, "user_id = ?1 and id is not ?2", (user_id, but))
}

/// Signs somebody out everywhere, with what else lets their devices in or calls them back: links
/// that sign in, and push subscriptions.
pub(super) fn shut_out(tx: &mut Tx<'_>, user_id: UserId) -> Result<()> {
    tx.execute("delete from push_subscriptions where user_id = ?1", [user_id])?;
    tx.execute("delete from transfers where user_id = ?1", [user_id])?;
    end_all(tx, user_id, None)?;
    Ok(())
}

/// The one place where sessions end: the push subscriptions of that browser go with them.
fn end_where(tx: &mut Tx<'_>, condition: &str, params: impl Params) -> Result<usize> {
    let ended = tx
        .prepare_cached(&format!("select token_hash, id, user_id from sessions where {condition}"))?
        .query_map(params, ended)?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    for (token_hash, session_id, user_id) in &ended {
        tx.execute("delete from push_subscriptions where session_id = ?1", [session_id])?;
        tx.execute("delete from sessions where id = ?1", [session_id])?;
        tx.record(Event::SessionEnded {
            token_hash: *token_hash,
            session_id: *session_id,
            user_id: *user_id,
        });
    }
    Ok(ended.len())
}

fn ended(row: &Row<'_>) -> rusqlite::Result<(TokenHash, SessionId, UserId)> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
}

/// Whether this session is the user's and may set a password without knowing the old one.
/// `NotFound` if it is not theirs, or gone.
pub(super) fn may_recover(tx: &Tx<'_>, user_id: UserId, session_id: SessionId) -> Result<bool> {
    let until = queries::sessions::recovers_until(tx, user_id, session_id)?;
    Ok(until.is_some_and(|until| until > tx.now))
}
