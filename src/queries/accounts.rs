//! The account, looked up.

use rusqlite::{Connection, OptionalExtension};

use crate::error::Result;
use crate::model::{Account, JoinCode, Timestamp};

/// The account; none before the first run.
pub fn account(connection: &Connection) -> Result<Option<Account>> {
    let account = connection
        .prepare_cached(
            "select name, join_code, restrict_room_creation, logo_changed_at, custom_styles_changed_at
             from accounts where id = 1",
        )?
        .query_row([], |row| {
            Ok(Account {
                name: row.get(0)?,
                join_code: JoinCode::from_stored(row.get(1)?),
                restrict_room_creation: row.get(2)?,
                logo_changed_at: row.get(3)?,
                custom_styles_changed_at: row.get(4)?,
            })
        })
        .optional()?;
    Ok(account)
}

/// The operator's stylesheet, if there is one.
pub fn custom_styles(connection: &Connection) -> Result<Option<String>> {
    let styles = connection
        .prepare_cached("select custom_styles from accounts where id = 1")?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(styles.flatten())
}

/// The stored file of the account's logo, the small one or the large one, and since when.
pub fn logo(connection: &Connection, small: bool) -> Result<Option<(String, Timestamp)>> {
    let column = if small { "small_logo_key" } else { "logo_key" };
    let logo = connection
        .prepare_cached(&format!(
            "select {column}, logo_changed_at from accounts
             where {column} is not null and logo_changed_at is not null"
        ))?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(logo)
}
