//! People and bots, looked up.

use rusqlite::{Connection, OptionalExtension, Row};

use super::messages::json_list;
use crate::error::Result;
use crate::model::{Author, EmailAddress, RoomId, User, UserId};

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

/// The names of the active administrators, with whose they are.
pub fn names_of_administrators(connection: &Connection) -> Result<Vec<(UserId, String)>> {
    let mut statement = connection.prepare_cached(
        "select id, name from users where role = 'administrator' and status = 'active'",
    )?;
    let names = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(names.collect::<rusqlite::Result<_>>()?)
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

/// The person with this address who was brought along from another chat and has not been here
/// yet. Nobody becomes an administrator by joining, nor somebody who can sign in another way.
pub fn unclaimed(connection: &Connection, address: &EmailAddress) -> Result<Option<UserId>> {
    let found = connection
        .prepare_cached(
            "select id from users
             where email_address = ?1 and unclaimed = 1 and status = 'active' and role = 'member'
               and password_digest is null
               and not exists (select 1 from sessions where user_id = users.id)",
        )?
        .query_row([address.as_str()], |row| row.get(0))
        .optional()?;
    Ok(found)
}

/// Which active person goes by this address.
pub fn active_with_address(
    connection: &Connection,
    address: &EmailAddress,
) -> Result<Option<UserId>> {
    let found = connection
        .prepare_cached("select id from users where email_address = ?1 and status = 'active'")?
        .query_row([address.as_str()], |row| row.get(0))
        .optional()?;
    Ok(found)
}

/// Those of these ids that somebody has, in any state, by id.
pub fn existing(connection: &Connection, ids: &[UserId]) -> Result<Vec<UserId>> {
    among(connection, "select id from users where id in (select value from json_each(?1))", ids)
}

/// Those of these ids that active people or bots have, by id.
pub fn active_among(connection: &Connection, ids: &[UserId]) -> Result<Vec<UserId>> {
    among(
        connection,
        "select id from users
         where id in (select value from json_each(?1)) and status = 'active' order by id",
        ids,
    )
}

fn among(connection: &Connection, sql: &str, ids: &[UserId]) -> Result<Vec<UserId>> {
    let found = connection
        .prepare_cached(sql)?
        .query_map([json_list(ids.iter().map(|id| id.0))], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(found)
}

/// Everybody active who belongs in a room that is open to all: not in it yet, and has not left it.
pub fn to_admit(connection: &Connection, room_id: RoomId) -> Result<Vec<UserId>> {
    let ids = connection
        .prepare_cached(
            "select id from users
             where status = 'active'
               and not exists (select 1 from memberships where room_id = ?1 and user_id = users.id)
               and not exists (select 1 from departures where room_id = ?1 and user_id = users.id)
             order by id",
        )?
        .query_map([room_id], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(ids)
}

/// All active people and bots as a list of people shows them, by name.
pub fn active(connection: &Connection) -> Result<Vec<Author>> {
    let people = connection
        .prepare_cached(
            "select id, name, role, avatar_changed_at from users
             where status = 'active' order by lower(name), id",
        )?
        .query_map([], author)?
        .collect::<rusqlite::Result<_>>()?;
    Ok(people)
}

/// The active people and bots of a room, by name.
pub fn active_members(
    connection: &Connection,
    room_id: RoomId,
    limit: usize,
) -> Result<Vec<Author>> {
    let people = connection
        .prepare_cached(
            "select users.id, users.name, users.role, users.avatar_changed_at
             from memberships join users on users.id = memberships.user_id
             where memberships.room_id = ?1 and users.status = 'active'
             order by lower(users.name), users.id limit ?2",
        )?
        .query_map((room_id, limit as i64), author)?
        .collect::<rusqlite::Result<_>>()?;
    Ok(people)
}

/// Somebody as their messages show them. `NotFound` if there is nobody with this id.
pub fn author_by_id(connection: &Connection, id: UserId) -> Result<Author> {
    let found = connection
        .prepare_cached("select id, name, role, avatar_changed_at from users where id = ?1")?
        .query_row([id], author)?;
    Ok(found)
}

/// A row of id, name, role and picture.
pub(super) fn author(row: &Row<'_>) -> rusqlite::Result<Author> {
    Ok(Author {
        id: row.get(0)?,
        name: row.get(1)?,
        role: row.get(2)?,
        avatar_changed_at: row.get(3)?,
    })
}
