//! The account, its people and bots, and what belongs to each of them.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, Transaction};

use super::source::time;
use crate::import::Report;
use crate::import::report::{Carried, Note};
use crate::model::account::MAX_CUSTOM_STYLES;
use crate::model::text::clean_line;
use crate::model::user::{MAX_BIO, MAX_NAME};
use crate::model::{EmailAddress, StoredBotToken, UserId};

/// What stands where a person is missing.
const SOMEONE: &str = "Someone who left";
const MAX_QUERY: usize = 200;

/// Carries the account itself.
///
/// # Errors
/// When either database fails.
pub fn account(
    source: &Connection,
    tx: &Transaction<'_>,
    report: &mut Report,
) -> anyhow::Result<()> {
    let (name, join_code, styles, settings, created_at): (
        String,
        String,
        Option<String>,
        Option<String>,
        Option<i64>,
    ) = source.query_row(
        &format!(
            "select name, join_code, custom_styles, settings, {} from accounts order by id limit 1",
            time("created_at")
        ),
        [],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)),
    )?;
    let styles = styles.filter(|styles| !styles.trim().is_empty());
    let fits = styles.as_ref().is_none_or(|styles| styles.len() <= MAX_CUSTOM_STYLES);
    if !fits {
        report.note(Note::StylesTooLong);
    }
    let created_at = created_at.unwrap_or_default();
    tx.execute(
        "insert into accounts (id, name, join_code, restrict_room_creation, custom_styles,
             custom_styles_changed_at, created_at)
         values (1, ?1, ?2, ?3, ?4, iif(?4 is null, null, ?5), ?5)",
        (
            line(&name, MAX_NAME).unwrap_or_else(|| "Campfire".to_owned()),
            join_code,
            restricts_rooms(settings.as_deref()),
            styles.filter(|_| fits),
            created_at,
        ),
    )?;
    Ok(())
}

/// The setting is kept as a boolean or as its word.
fn restricts_rooms(settings: Option<&str>) -> bool {
    let settings: Option<serde_json::Value> =
        settings.and_then(|json| serde_json::from_str(json).ok());
    let flag = settings.as_ref().and_then(|s| s.get("restrict_room_creation_to_administrators"));
    flag.is_some_and(|flag| flag.as_bool() == Some(true) || flag.as_str() == Some("true"))
}

/// Text on one line of at most `max` characters; none when nothing is left.
pub fn line(text: &str, max: usize) -> Option<String> {
    let text: String = clean_line(text).chars().take(max).collect();
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// Everybody who came along.
#[derive(Default)]
pub struct People {
    names: HashMap<UserId, String>,
}

impl People {
    /// Reads them back.
    ///
    /// # Errors
    /// When the database fails.
    pub fn read(connection: &Connection) -> anyhow::Result<Self> {
        let names = connection
            .prepare("select id, name from users")?
            .query_map([], |row| Ok((UserId(row.get(0)?), row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        Ok(Self { names })
    }

    pub fn name_of(&self, id: UserId) -> Option<String> {
        self.names.get(&id).cloned()
    }

    pub fn has(&self, id: UserId) -> bool {
        self.names.contains_key(&id)
    }

    /// Puts somebody in the place of a person who is not there.
    ///
    /// # Errors
    /// When the database fails.
    pub fn stand_in(
        &mut self,
        tx: &Transaction<'_>,
        id: UserId,
        report: &mut Report,
    ) -> anyhow::Result<()> {
        if !self.has(id) {
            tx.execute(
                "insert into users (id, name, role, status, created_at)
                 values (?1, ?2, 'member', 'deactivated', 0)",
                (id.0, SOMEONE),
            )?;
            self.names.insert(id, SOMEONE.to_owned());
            report.note(Note::Placeholder);
        }
        Ok(())
    }
}

struct Person {
    id: i64,
    name: String,
    email_address: Option<String>,
    password_digest: Option<String>,
    role: i64,
    status: i64,
    bio: Option<String>,
    bot_token: Option<String>,
    created_at: Option<i64>,
}

/// Carries people and bots with their ids. `seal` turns a bot's token into what is stored.
///
/// # Errors
/// When either database fails.
pub fn people(
    source: &Connection,
    tx: &Transaction<'_>,
    report: &mut Report,
    seal: impl Fn(&str) -> Option<StoredBotToken>,
) -> anyhow::Result<()> {
    let mut statement = source.prepare(&format!(
        "select id, name, email_address, password_digest, role, status, bio, bot_token, {}
         from users order by id",
        time("created_at")
    ))?;
    let mut insert = tx.prepare(
        "insert into users (id, name, email_address, password_digest, role, status, bio,
             bot_token, bot_token_hash, created_at)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?;
    let mut addresses = HashSet::new();
    let rows = statement.query_map([], |row| {
        Ok(Person {
            id: row.get(0)?,
            name: row.get(1)?,
            email_address: row.get(2)?,
            password_digest: row.get(3)?,
            role: row.get(4)?,
            status: row.get(5)?,
            bio: row.get(6)?,
            bot_token: row.get(7)?,
            created_at: row.get(8)?,
        })
    })?;
    for person in rows {
        let person = person?;
        let is_bot = person.role == 2;
        let token = person.bot_token.as_deref().filter(|_| is_bot).and_then(&seal);
        insert.execute((
            person.id,
            name(&person, report),
            address(&person, &mut addresses, report),
            digest(&person, report),
            match person.role {
                1 => "administrator",
                2 => "bot",
                _ => "member",
            },
            match person.status {
                0 => "active",
                2 => "banned",
                _ => "deactivated",
            },
            bio(&person, report),
            token.as_ref().map(|token| &token.sealed),
            token.as_ref().map(|token| token.hash),
            person.created_at.unwrap_or_default(),
        ))?;
        report.carry(if is_bot { Carried::Bots } else { Carried::People }, 1);
    }
    Ok(())
}

fn name(person: &Person, report: &mut Report) -> String {
    let kept = line(&person.name, MAX_NAME);
    if kept.as_deref() != Some(person.name.trim()) {
        report.note(Note::NameChanged);
    }
    kept.unwrap_or_else(|| format!("Person {}", person.id))
}

fn address(person: &Person, taken: &mut HashSet<String>, report: &mut Report) -> Option<String> {
    let typed = person.email_address.as_deref().filter(|typed| !typed.trim().is_empty())?;
    let Ok(address) = EmailAddress::parse(typed) else {
        report.note(Note::AddressUnusable);
        return None;
    };
    let address = address.as_str().to_owned();
    if !taken.insert(address.clone()) {
        report.note(Note::AddressTaken);
        return None;
    }
    Some(address)
}

fn digest(person: &Person, report: &mut Report) -> Option<String> {
    let digest = person.password_digest.as_deref().filter(|digest| !digest.is_empty())?;
    if !digest.starts_with("$2") {
        report.note(Note::PasswordUnusable);
        return None;
    }
    Some(digest.to_owned())
}

fn bio(person: &Person, report: &mut Report) -> Option<String> {
    let bio = person.bio.as_deref()?;
    let kept = line(bio, MAX_BIO);
    if clean_line(bio).chars().count() > MAX_BIO {
        report.note(Note::BioShortened);
    }
    kept
}

/// Carries what people have beside their rooms: webhooks of bots, bans, recent searches.
///
/// # Errors
/// When either database fails.
pub fn belongings(
    source: &Connection,
    tx: &Transaction<'_>,
    people: &People,
    report: &mut Report,
) -> anyhow::Result<()> {
    let pairs = |sql: &str| -> anyhow::Result<Vec<(i64, Option<String>, Option<i64>)>> {
        let rows = source
            .prepare(sql)?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<rusqlite::Result<_>>()?;
        Ok(rows)
    };
    for (user_id, url, _) in pairs("select user_id, url, null from webhooks order by id")? {
        let Some(url) = url.filter(|url| !url.trim().is_empty() && people.has(UserId(user_id)))
        else {
            continue;
        };
        let added = tx.execute(
            "insert into webhooks (user_id, url) values (?1, ?2) on conflict do nothing",
            (user_id, url.trim()),
        )?;
        if added == 0 {
            report.note(Note::SecondWebhook);
        }
    }
    let bans = format!("select user_id, ip_address, {} from bans order by id", time("created_at"));
    for (user_id, address, created_at) in pairs(&bans)? {
        let Some(address) = address.filter(|_| people.has(UserId(user_id))) else { continue };
        let added = tx.execute(
            "insert into bans (user_id, ip_address, created_at) values (?1, ?2, ?3)
             on conflict do nothing",
            (user_id, address.trim(), created_at.unwrap_or_default()),
        )?;
        report.carry(Carried::Bans, added as u64);
    }
    let searches =
        format!("select user_id, query, {} from searches order by id desc", time("updated_at"));
    for (user_id, query, searched_at) in pairs(&searches)? {
        let query = query.unwrap_or_default().trim().to_owned();
        let usable = !query.is_empty() && query.chars().count() <= MAX_QUERY;
        let added = if usable && people.has(UserId(user_id)) {
            tx.execute(
                "insert into searches (user_id, query, searched_at) values (?1, ?2, ?3)
                 on conflict do nothing",
                (user_id, query, searched_at.unwrap_or_default()),
            )?
        } else {
            0
        };
        match added {
            0 => report.note(Note::UnusableSearch),
            _ => report.carry(Carried::Searches, 1),
        }
    }
    Ok(())
}
