//! A person's signed-in browsers, looked up.

use rusqlite::Connection;

use crate::error::Result;
use crate::model::session::{ABSOLUTE_MS, IDLE_MS};
use crate::model::{Session, SessionId, Timestamp, UserId};

/// A person's sessions that still count, the one used last first.
pub fn of_user(connection: &Connection, user_id: UserId, now: Timestamp) -> Result<Vec<Session>> {
    let sessions = connection
        .prepare_cached(
            "select id, user_id, ip_address, user_agent, created_at, last_active_at
             from sessions where user_id = ?1 and last_active_at > ?2 and created_at > ?3
             order by last_active_at desc, id desc",
        )?
        .query_map((user_id, now.plus_ms(-IDLE_MS), now.plus_ms(-ABSOLUTE_MS)), |row| {
            Ok(Session {
                id: row.get(0)?,
                user_id: row.get(1)?,
                ip_address: row.get(2)?,
                user_agent: row.get(3)?,
                created_at: row.get(4)?,
                last_active_at: row.get(5)?,
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(sessions)
}

/// Until when a session may set a password without knowing the old one. `NotFound` if the session
/// is not this person's, or gone.
pub fn recovers_until(
    connection: &Connection,
    user_id: UserId,
    id: SessionId,
) -> Result<Option<Timestamp>> {
    let until = connection
        .prepare_cached("select recovers_until from sessions where id = ?1 and user_id = ?2")?
        .query_row((id, user_id), |row| row.get(0))?;
    Ok(until)
}

/// Whether there are sessions or transfer links whose time is over.
pub fn any_expired(connection: &Connection, now: Timestamp) -> Result<bool> {
    let (idle, old) = (now.plus_ms(-IDLE_MS), now.plus_ms(-ABSOLUTE_MS));
    let found = connection
        .prepare_cached(
            "select 1 from sessions where last_active_at <= ?1 or created_at <= ?2
             union all select 1 from transfers where expires_at <= ?3",
        )?
        .exists((idle, old, now))?;
    Ok(found)
}
