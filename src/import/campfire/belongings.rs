//! What people have beside their rooms: webhooks of bots, bans, recent searches, devices.

use rusqlite::{Connection, Transaction};

use super::Keys;
use super::source::{Source, number, text, time};
use crate::import::Report;
use crate::import::report::{Carried, Note};
use crate::model::WebhookUrl;
use crate::model::ban::bannable;
use crate::model::push_subscription::PushTarget;

/// Longest recent search, in characters.
const MAX_QUERY: usize = 200;

/// Carries all of it. Devices come along only if push services will know this server by the key
/// of the old one.
///
/// # Errors
/// When either database fails.
pub fn belongings(
    source: &Source,
    tx: &Transaction<'_>,
    keys: &Keys,
    report: &mut Report,
) -> anyhow::Result<()> {
    webhooks(&source.connection, tx, report)?;
    bans(&source.connection, tx, report)?;
    searches(&source.connection, tx, report)?;
    if source.has_table("push_subscriptions")? {
        devices(&source.connection, tx, keys, report)?;
    }
    Ok(())
}

type Belonging = (i64, String, Option<i64>);

/// Whose, what, and since when.
fn rows(source: &Connection, sql: &str) -> anyhow::Result<Vec<Belonging>> {
    let rows = source
        .prepare(sql)?
        .query_map([], |row| Ok((number(row, 0)?, text(row, 1)?.unwrap_or_default(), row.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(rows)
}

fn webhooks(source: &Connection, tx: &Transaction<'_>, report: &mut Report) -> anyhow::Result<()> {
    for (user_id, url, _) in rows(source, "select user_id, url, null from webhooks order by id")? {
        // An empty one is left by a form that was not filled in.
        let added = match WebhookUrl::parse(&url) {
            Ok(None) => continue,
            Err(_) => 0,
            Ok(Some(url)) => tx.execute(
                "insert into webhooks (user_id, url)
                 select id, ?2 from users where id = ?1 and role = 'bot' and status = 'active'
                 on conflict do nothing",
                (user_id, url.as_str()),
            )?,
        };
        match added {
            0 => report.note_of(Note::WebhookUnusable, format_args!("of user {user_id}")),
            _ => report.carry(Carried::Webhooks, 1),
        }
    }
    Ok(())
}

fn bans(source: &Connection, tx: &Transaction<'_>, report: &mut Report) -> anyhow::Result<()> {
    let sql = format!("select user_id, ip_address, {} from bans order by id", time("created_at"));
    for (user_id, address, created_at) in rows(source, &sql)? {
        let added = match bannable(&address) {
            None => 0,
            Some(address) => tx.execute(
                "insert into bans (user_id, ip_address, created_at)
                 select id, ?2, ?3 from users where id = ?1 and status = 'banned'
                 on conflict do nothing",
                (user_id, address.to_string(), created_at.unwrap_or_default()),
            )?,
        };
        match added {
            0 => report.note_of(Note::StrayBan, format_args!("of person {user_id}")),
            _ => report.carry(Carried::Bans, 1),
        }
    }
    Ok(())
}

fn searches(source: &Connection, tx: &Transaction<'_>, report: &mut Report) -> anyhow::Result<()> {
    let sql =
        format!("select user_id, query, {} from searches order by id desc", time("updated_at"));
    for (user_id, query, searched_at) in rows(source, &sql)? {
        let query = query.trim();
        let usable = !query.is_empty() && query.chars().count() <= MAX_QUERY;
        let added = if usable {
            tx.execute(
                "insert into searches (user_id, query, searched_at)
                 select id, ?2, ?3 from users where id = ?1
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

fn devices(
    source: &Connection,
    tx: &Transaction<'_>,
    keys: &Keys,
    report: &mut Report,
) -> anyhow::Result<()> {
    let mut statement = source.prepare(&format!(
        "select user_id, endpoint, p256dh_key, auth_key, user_agent, {}
         from push_subscriptions order by id desc",
        time("created_at")
    ))?;
    let mut insert = tx.prepare(
        "insert into push_subscriptions
             (user_id, endpoint, p256dh_key, auth_key, user_agent, created_at)
         select id, ?2, ?3, ?4, ?5, ?6 from users where id = ?1 and status = 'active'
         on conflict do nothing",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        if keys.vapid_private_key.is_none() {
            report.note(Note::PushWithoutKeys);
            continue;
        }
        let said = |column| text(row, column).map(Option::unwrap_or_default);
        let created_at: Option<i64> = row.get(5)?;
        let target = PushTarget::parse(&said(1)?, &said(2)?, &said(3)?, &keys.push_services);
        let added = match target {
            Err(_) => 0,
            Ok(target) => insert.execute((
                number(row, 0)?,
                target.endpoint,
                target.p256dh_key,
                target.auth_key,
                said(4)?,
                created_at.unwrap_or_default(),
            ))?,
        };
        match added {
            0 => report.note(Note::PushUnusable),
            _ => report.carry(Carried::PushSubscriptions, 1),
        }
    }
    Ok(())
}
