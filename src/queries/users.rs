//! People and bots, looked up.

use rusqlite::{Connection, OptionalExtension, Row};

use crate::error::Result;
use crate::model::{EmailAddress, User, UserId};

pub(super) const COLUMNS: &str = "id, name, email_address, role, status, bio, avatar_changed_at";

pub(super) fn user(row: &Row<'_>) -> rusqlite::Result<User> {
    Ok(User {
        id: row.get(0)?,
        name: row.get(1)?,
        email_address: row.get(2)?,
        role: row.get(3)?,
        status: row.get(4)?,
        bio: row.get(5)?,
        avatar_changed_at: row.get(6)?,
    })
}

/// Anybody with a row, in any state. `NotFound` without one.
pub fn by_id(connection: &Connection, id: UserId) -> Result<User> {
    let found = connection
        .prepare_cached(&format!("select {COLUMNS} from users where id = ?1"))?
        .query_row([id], user)?;
    Ok(found)
}

/// The active person with this address, and the digest of their password if they have one.
pub fn sign_in_candidate(
    connection: &Connection,
    address: &EmailAddress,
) -> Result<Option<(UserId, Option<String>)>> {
    let found = connection
        .prepare_cached(
            "select id, password_digest from users
             where email_address = ?1 and status = 'active' and role <> 'bot'",
        )?
        .query_row([address.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(found)
}

/// Whether any row, active or not, holds this address.
pub fn address_is_taken(connection: &Connection, address: &EmailAddress) -> Result<bool> {
    let taken = connection
        .prepare_cached("select 1 from users where email_address = ?1")?
        .exists([address.as_str()])?;
    Ok(taken)
}
