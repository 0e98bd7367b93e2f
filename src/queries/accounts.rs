//! The account, looked up.

use rusqlite::{Connection, OptionalExtension};

use crate::error::Result;
use crate::model::{Account, JoinCode};

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

/// The stored file of the account's logo, the small one or the large one.
pub fn logo_key(connection: &Connection, small: bool) -> Result<Option<String>> {
    let column = if small { "small_logo_key" } else { "logo_key" };
    let key = connection
        .prepare_cached(&format!("select {column} from accounts where id = 1"))?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(key.flatten())
}
