//! People and bots of an export, and who stands in for those it does not list.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, Transaction};
use serde_json::Value;

use super::text;
use crate::import::Report;
use crate::import::names::{SOMEONE, line};
use crate::import::report::{Carried, Note};
use crate::model::user::{MAX_BIO, MAX_NAME};
use crate::model::{EmailAddress, Timestamp, UserId};

/// Everybody, by what Slack calls them.
#[derive(Clone, Default)]
pub struct People {
    known: HashMap<String, UserId>,
    names: HashMap<UserId, String>,
}

impl People {
    /// Reads them back.
    ///
    /// # Errors
    /// When the database fails.
    pub fn read(connection: &Connection) -> anyhow::Result<Self> {
        let mut people = Self::default();
        let mut statement = connection.prepare(
            "select slack_id, users.id, name from slack_people join users on users.id = user_id",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            people.remember(row.get(0)?, row.get(1)?, row.get(2)?);
        }
        Ok(people)
    }

    fn remember(&mut self, slack_id: String, id: UserId, name: String) {
        self.known.insert(slack_id, id);
        self.names.insert(id, name);
    }

    pub fn id_of(&self, slack_id: &str) -> Option<UserId> {
        self.known.get(slack_id).copied()
    }

    pub fn named(&self, slack_id: &str) -> Option<(UserId, String)> {
        let id = self.id_of(slack_id)?;
        Some((id, self.names.get(&id)?.clone()))
    }

    /// The person of this id, or somebody who is no longer active in their place.
    ///
    /// # Errors
    /// When the database fails.
    pub fn or_stand_in(
        &mut self,
        tx: &Transaction<'_>,
        slack_id: &str,
        name: Option<&str>,
        report: &mut Report,
    ) -> anyhow::Result<UserId> {
        if let Some(id) = self.id_of(slack_id) {
            return Ok(id);
        }
        let name = name.and_then(|name| line(name, MAX_NAME)).unwrap_or_else(|| SOMEONE.into());
        report.note_of(Note::Placeholder, format_args!("{slack_id}, as “{name}”"));
        self.insert(tx, slack_id, &name, "member")
    }

    /// The bot that posted under this name; it can do nothing here.
    ///
    /// # Errors
    /// When the database fails.
    pub fn or_bot(
        &mut self,
        tx: &Transaction<'_>,
        bot_id: &str,
        name: &str,
        report: &mut Report,
    ) -> anyhow::Result<UserId> {
        let name = line(name, MAX_NAME).unwrap_or_else(|| "Bot".into());
        let slack_id = format!("{bot_id} {name}");
        if let Some(id) = self.id_of(&slack_id) {
            return Ok(id);
        }
        report.carry(Carried::Bots, 1);
        self.insert(tx, &slack_id, &name, "bot")
    }

    fn insert(
        &mut self,
        tx: &Transaction<'_>,
        slack_id: &str,
        name: &str,
        role: &str,
    ) -> anyhow::Result<UserId> {
        tx.prepare_cached(
            "insert into users (name, role, status, created_at) values (?1, ?2, 'deactivated', 0)",
        )?
        .execute((name, role))?;
        let id = UserId(tx.last_insert_rowid());
        know(tx, slack_id, id)?;
        self.remember(slack_id.to_owned(), id, name.to_owned());
        Ok(id)
    }
}

fn know(tx: &Transaction<'_>, slack_id: &str, id: UserId) -> anyhow::Result<()> {
    tx.prepare_cached("insert or ignore into slack_people (slack_id, user_id) values (?1, ?2)")?
        .execute((slack_id, id))?;
    Ok(())
}

/// Carries everybody in the list. Active people wait for whoever joins with their address; what
/// they were allowed to do in Slack is theirs again when somebody here says so.
///
/// # Errors
/// When the database fails.
pub fn people(
    listed: &[Value],
    now: Timestamp,
    tx: &Transaction<'_>,
    report: &mut Report,
) -> anyhow::Result<()> {
    let (mut addresses, mut seen) = (HashSet::new(), HashSet::new());
    for person in listed {
        let slack_id = text(person, "id");
        if slack_id.is_empty() || !seen.insert(slack_id.to_owned()) {
            report.note(Note::StrayPerson);
            continue;
        }
        let is = |what: &str| person.get(what) == Some(&Value::Bool(true));
        let profile = person.get("profile").unwrap_or(&Value::Null);
        let is_bot = is("is_bot") || slack_id == "USLACKBOT";
        let is_active = !is_bot && !is("deleted");
        let address = match is_active {
            true => address(profile, slack_id, &mut addresses, report),
            false => None,
        };
        let name = name(person, profile, slack_id, report);
        if is_active {
            notes(&is, &name, address.as_deref(), profile, report);
        }
        tx.prepare_cached(
            "insert into users (name, email_address, role, status, bio, unclaimed, created_at)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute((
            name,
            &address,
            if is_bot { "bot" } else { "member" },
            if is_active { "active" } else { "deactivated" },
            line(text(profile, "title"), MAX_BIO).filter(|_| !is_bot),
            address.is_some(),
            now,
        ))?;
        know(tx, slack_id, UserId(tx.last_insert_rowid()))?;
        report.carry(if is_bot { Carried::Bots } else { Carried::People }, 1);
    }
    Ok(())
}

fn notes(
    is: &impl Fn(&str) -> bool,
    name: &str,
    address: Option<&str>,
    profile: &Value,
    report: &mut Report,
) {
    let told = address.unwrap_or("without an address");
    if is("is_admin") || is("is_owner") || is("is_primary_owner") {
        report.note_of(Note::AdministeredThere, format_args!("“{name}”, {told}"));
    }
    if is_guest(is) {
        report.note_of(Note::Guest, format_args!("“{name}”, {told}"));
    }
    if profile.get("is_custom_image") == Some(&Value::Bool(true))
        || !text(profile, "image_original").is_empty()
    {
        report.note(Note::PictureElsewhere);
    }
}

/// Slack lets guests, and people of other workspaces, into the channels they were asked to alone.
pub fn is_guest(is: &impl Fn(&str) -> bool) -> bool {
    is("is_restricted") || is("is_ultra_restricted") || is("is_stranger")
}

/// As Slack shows it: the name they chose to be shown by, or their full one.
fn name(person: &Value, profile: &Value, slack_id: &str, report: &mut Report) -> String {
    let candidates = [
        text(profile, "display_name"),
        text(profile, "real_name"),
        text(person, "real_name"),
        text(person, "name"),
    ];
    let typed = candidates.into_iter().find(|name| !name.trim().is_empty()).unwrap_or_default();
    let kept = line(typed, MAX_NAME);
    if kept.as_deref() != Some(typed.trim()) {
        report.note_of(Note::NameChanged, format_args!("person {slack_id}"));
    }
    kept.unwrap_or_else(|| SOMEONE.to_owned())
}

fn address(
    profile: &Value,
    slack_id: &str,
    taken: &mut HashSet<String>,
    report: &mut Report,
) -> Option<String> {
    let typed = text(profile, "email");
    if typed.trim().is_empty() {
        report.note_of(Note::AddressUnknown, format_args!("person {slack_id}"));
        return None;
    }
    let Ok(address) = EmailAddress::parse(typed) else {
        report.note_of(Note::AddressUnusable, format_args!("person {slack_id}"));
        return None;
    };
    let address = address.as_str().to_owned();
    if !taken.insert(address.clone()) {
        report.note_of(Note::AddressTaken, format_args!("person {slack_id}"));
        return None;
    }
    Some(address)
}
