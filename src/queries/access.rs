//! Everything that decides who may see what, told as the events that would have led there.

use rusqlite::Connection;

use crate::error::Result;
use crate::events::{Event, SessionStarted};
use crate::model::ban::bannable;
use crate::words::Language;

/// The events that rebuild the access index from nothing.
pub fn history(connection: &Connection) -> Result<Vec<Event>> {
    let mut events = Vec::new();
    collect(connection, "select id, role, status from users", &mut events, |row| {
        Ok(Event::UserAdmitted { user_id: row.get(0)?, role: row.get(1)?, status: row.get(2)? })
    })?;
    let mut statement =
        connection.prepare("select id, language from users where language is not null")?;
    let chosen = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))?;
    for choice in chosen {
        let (user_id, tag) = choice?;
        // One that this program does not speak (any more) is that of the browser.
        if let language @ Some(_) = Language::parse(&tag) {
            events.push(Event::LanguageChosen { user_id, language });
        }
    }
    collect(
        connection,
        "select id, bot_token_hash from users where role = 'bot' and bot_token_hash is not null",
        &mut events,
        |row| Ok(Event::BotKeyChanged { user_id: row.get(0)?, token_hash: row.get(1)? }),
    )?;
    collect(
        connection,
        "select id, kind from rooms where deleted_at is null",
        &mut events,
        |row| Ok(Event::RoomCreated { room_id: row.get(0)?, kind: row.get(1)? }),
    )?;
    collect(
        connection,
        "select room_id, user_id, involvement from memberships",
        &mut events,
        |row| {
            Ok(Event::MembershipGranted {
                room_id: row.get(0)?,
                user_id: row.get(1)?,
                involvement: row.get(2)?,
            })
        },
    )?;
    collect(
        connection,
        "select token_hash, id, user_id, created_at, last_active_at from sessions",
        &mut events,
        |row| {
            Ok(Event::SessionStarted {
                session: SessionStarted {
                    token_hash: row.get(0)?,
                    session_id: row.get(1)?,
                    user_id: row.get(2)?,
                    created_at: row.get(3)?,
                    last_active_at: row.get(4)?,
                },
            })
        },
    )?;
    let mut statement = connection.prepare("select user_id, ip_address from bans")?;
    let bans = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))?;
    for ban in bans {
        let (user_id, text) = ban?;
        if let Some(address) = bannable(&text) {
            events.push(Event::AddressBanned { user_id, address });
        }
    }
    Ok(events)
}

fn collect(
    connection: &Connection,
    sql: &str,
    events: &mut Vec<Event>,
    event: impl Fn(&rusqlite::Row<'_>) -> rusqlite::Result<Event>,
) -> Result<()> {
    let mut statement = connection.prepare(sql)?;
    for found in statement.query_map([], event)? {
        events.push(found?);
    }
    Ok(())
}
