//! Bots, looked up for those who look after them.

use rusqlite::{Connection, Row};

use super::users;
use crate::error::Result;
use crate::model::{Bot, Room, UserId, Webhook, WebhookUrl};

const BOTS: &str =
    "select id, name, email_address, role, status, bio, avatar_changed_at, bot_token,
    webhooks.url, webhooks.secret from users left join webhooks on webhooks.user_id = users.id";

fn bot(row: &Row<'_>) -> rusqlite::Result<Bot> {
    let url: Option<String> = row.get(8)?;
    let sealed_secret = row.get(9)?;
    let webhook = url.map(|url| Webhook { url: WebhookUrl::from_stored(url), sealed_secret });
    Ok(Bot { user: users::user(row)?, sealed_token: row.get(7)?, webhook })
}

/// The active bots, by name.
pub fn active(connection: &Connection) -> Result<Vec<Bot>> {
    let bots = connection
        .prepare_cached(&format!(
            "{BOTS} where role = 'bot' and status = 'active' order by lower(name), id"
        ))?
        .query_map([], bot)?
        .collect::<rusqlite::Result<_>>()?;
    Ok(bots)
}

/// An active bot. `NotFound` for people, and for bots that were removed.
pub fn by_id(connection: &Connection, id: UserId) -> Result<Bot> {
    let found = connection
        .prepare_cached(&format!("{BOTS} where id = ?1 and role = 'bot' and status = 'active'"))?
        .query_row([id], bot)?;
    Ok(found)
}

/// The named rooms a bot is in, by name; archived ones are left out, as nobody writes there.
pub fn rooms(connection: &Connection, id: UserId) -> Result<Vec<Room>> {
    let rooms = super::rooms::all_of_user(connection, id)?.into_iter().map(|(room, _)| room);
    Ok(rooms.filter(|room| room.name.is_some() && room.archived_at.is_none()).collect())
}
