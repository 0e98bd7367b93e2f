//! The account, its people and its bots.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, Row, Transaction};

use super::source::{number, text, time};
use crate::import::Report;
use crate::import::names::{SOMEONE, line};
use crate::import::report::{Carried, Note};
use crate::model::JoinCode;
use crate::model::account::{DEFAULT_ACCOUNT_NAME, MAX_ACCOUNT_NAME, MAX_CUSTOM_STYLES};
use crate::model::text::clean_line;
use crate::model::user::{MAX_BIO, MAX_NAME};
use crate::model::{EmailAddress, StoredBotToken, UserId};

/// Carries the account itself.
///
/// # Errors
/// When either database fails.
pub fn account(
    source: &Connection,
    tx: &Transaction<'_>,
    report: &mut Report,
) -> anyhow::Result<()> {
    let sql = format!(
        "select name, join_code, custom_styles, settings, {} from accounts order by id limit 1",
        time("created_at")
    );
    let read = |row: &Row<'_>| {
        let created_at: Option<i64> = row.get(4)?;
        Ok((text(row, 0)?, text(row, 1)?, text(row, 2)?, text(row, 3)?, created_at))
    };
    let (name, join_code, styles, settings, created_at) = source.query_row(&sql, [], read)?;
    let join_code = join_code.filter(|code| !code.trim().is_empty()).unwrap_or_else(|| {
        report.note(Note::JoinCodeMissing);
        let code = JoinCode::from_random(std::iter::repeat_with(rand::random::<u8>));
        code.as_str().to_owned()
    });
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
            line(&name.unwrap_or_default(), MAX_ACCOUNT_NAME)
                .unwrap_or_else(|| DEFAULT_ACCOUNT_NAME.to_owned()),
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

/// Everybody who came along.
#[derive(Clone, Default)]
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
            report.note_of(Note::Placeholder, format_args!("person {id}"));
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
            name: text(row, 1)?.unwrap_or_default(),
            email_address: text(row, 2)?,
            password_digest: text(row, 3)?,
            role: number(row, 4)?,
            status: number(row, 5)?,
            bio: text(row, 6)?,
            bot_token: text(row, 7)?,
            created_at: row.get(8)?,
        })
    })?;
    for person in rows {
        let person = person?;
        let is_bot = person.role == 2;
        let key = person.bot_token.as_deref().filter(|_| is_bot && person.status == 0);
        let token = key.and_then(&seal);
        if key.is_some() && token.is_none() {
            report.note_of(Note::BotKeyUnusable, format_args!("bot {}", person.id));
        }
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
        report.note_of(Note::NameChanged, format_args!("person {}", person.id));
    }
    kept.unwrap_or_else(|| format!("Person {}", person.id))
}

fn address(person: &Person, taken: &mut HashSet<String>, report: &mut Report) -> Option<String> {
    let typed = person.email_address.as_deref().filter(|typed| !typed.trim().is_empty())?;
    let Ok(address) = EmailAddress::parse(typed) else {
        report.note_of(Note::AddressUnusable, format_args!("person {}", person.id));
        return None;
    };
    let address = address.as_str().to_owned();
    if !taken.insert(address.clone()) {
        report.note_of(Note::AddressTaken, format_args!("person {}", person.id));
        return None;
    }
    Some(address)
}

fn digest(person: &Person, report: &mut Report) -> Option<String> {
    let digest = person.password_digest.as_deref().filter(|digest| !digest.is_empty())?;
    if !digest.starts_with("$2") {
        report.note_of(Note::PasswordUnusable, format_args!("person {}", person.id));
        return None;
    }
    Some(digest.to_owned())
}

fn bio(person: &Person, report: &mut Report) -> Option<String> {
    let bio = person.bio.as_deref()?;
    let kept = line(bio, MAX_BIO);
    if clean_line(bio).chars().count() > MAX_BIO {
        report.note_of(Note::BioShortened, format_args!("person {}", person.id));
    }
    kept
}
