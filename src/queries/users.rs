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

/// The digest of somebody's password, if they have one. `NotFound` without such a user.
pub fn password_digest(connection: &Connection, id: UserId) -> Result<Option<String>> {
    let digest = connection
        .prepare_cached("select password_digest from users where id = ?1")?
        .query_row([id], |row| row.get(0))?;
    Ok(digest)
}

/// The stored file of somebody's picture; none while initials are shown. `NotFound` without such
/// a user.
pub fn avatar_key(connection: &Connection, id: UserId) -> Result<Option<String>> {
    let key = connection
        .prepare_cached("select avatar_path from users where id = ?1")?
        .query_row([id], |row| row.get(0))?;
    Ok(key)
}

/// Everybody who ever was here, bots included, in the order they came.
pub fn everybody(connection: &Connection) -> Result<Vec<User>> {
    let people = connection
        .prepare(&format!("select {COLUMNS} from users order by id"))?
        .query_map([], user)?
        .collect::<rusqlite::Result<_>>()?;
    Ok(people)
}

/// Whether any row, active or not, holds this address.
pub fn address_is_taken(connection: &Connection, address: &EmailAddress) -> Result<bool> {
    let taken = connection
        .prepare_cached("select 1 from users where email_address = ?1")?
        .exists([address.as_str()])?;
    Ok(taken)
}
