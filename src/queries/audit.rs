//! Whether a database holds together: the rules its rows keep with one another, one by one.

use rusqlite::{Connection, OptionalExtension};

use crate::error::Result;

/// Things that are wrong are named up to this many for each rule.
const EXAMPLES: usize = 3;

/// What one check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was checked, in a word.
    pub name: &'static str,
    /// How much of it was looked at.
    pub seen: String,
    /// A sentence for each kind of thing that is wrong; none when all is well.
    pub problems: Vec<String>,
}

/// A question whose every answer is something wrong, and what is wrong with it.
type Rule = (&'static str, &'static str);

/// A noun, the question how many there are, and the rules they keep.
struct Check {
    name: &'static str,
    count: &'static str,
    rules: &'static [Rule],
}

const CHECKS: &[Check] = &[
    Check {
        name: "messages",
        count: "select count(*) || ' messages' from messages",
        rules: &[
            (
                "select messages.id from messages join messages original
                     on original.id = messages.reply_to_id
                 where original.room_id <> messages.room_id or original.id >= messages.id",
                "answers a message of another room or a later one",
            ),
            (
                "select reply_to_id from messages where reply_to_id is not null
                     and room_id in (select id from rooms where deleted_at is null)
                 except select id from messages
                 except select message_id from changes where kind = 'deleted'",
                "is answered, but was never there",
            ),
            (
                "select id from messages except
                 select message_id from changes where kind = 'posted'",
                "has no change that says it was posted",
            ),
        ],
    },
    Check {
        name: "changes",
        count: "select count(*) || ' changes' from changes",
        rules: &[
            (
                "select distinct message_id from changes where message_id is not null
                     and room_id in (select id from rooms where deleted_at is null)
                 except select id from messages
                 except select message_id from changes where kind = 'deleted'",
                "is a message with changes that is neither there nor deleted",
            ),
            (
                "select message_id from changes where kind = 'deleted'
                 intersect select id from messages",
                "is a message that is there though it was deleted",
            ),
            (
                "select message_id from changes where kind = 'posted'
                 group by message_id having count(*) > 1",
                "is a message that was posted twice",
            ),
            (
                "select message_id from changes where message_id is not null group by message_id
                 having min(id) <> min(case when kind = 'posted' then id end)",
                "is a message that was changed before it was posted",
            ),
            (
                "select changes.id from changes join
                     (select message_id, min(id) as number from changes
                      where kind = 'deleted' group by message_id) deletion
                     on deletion.message_id = changes.message_id
                 where changes.id > deletion.number",
                "is a change of a message that was deleted before",
            ),
            (
                "select changes.id from changes join messages on messages.id = changes.message_id
                 where messages.room_id <> changes.room_id",
                "is a change in another room than its message",
            ),
        ],
    },
    Check {
        name: "epochs",
        count: "select count(*) || ' starts' from epochs",
        rules: &[
            (
                "select id from epochs where begins_after >
                     (select coalesce(max(seq), 0) from sqlite_sequence where name = 'changes')",
                "began after changes that were never given",
            ),
            (
                "select id from (select id, begins_after, lag(begins_after) over (order by id) as
                     before from epochs) where begins_after < before",
                "began before the start that went before it",
            ),
        ],
    },
    Check {
        name: "rooms",
        count: "select count(*) || ' rooms' from rooms",
        rules: &[
            (
                "select id from rooms where deleted_at is null and last_message_id <>
                     coalesce((select max(id) from messages where room_id = rooms.id), 0)",
                "does not know its last message",
            ),
            (
                // Only an import brings a second one for the same people along; its key says so.
                "select id from (select id, direct_key, coalesce(
                         (select group_concat(user_id, ',' order by user_id)
                          from memberships where room_id = rooms.id), '') as people
                     from rooms where kind = 'direct')
                 where direct_key not in (people, people || ' in ' || id)",
                "is a ping whose people are not those it was made for",
            ),
        ],
    },
    Check {
        name: "memberships",
        count: "select count(*) || ' memberships' from memberships",
        rules: &[
            (
                "select user_id || ' in room ' || room_id from memberships
                 where last_read_message_id < 0 or last_read_message_id >
                     (select coalesce(max(seq), 0) from sqlite_sequence where name = 'messages')",
                "has read further than anything was ever said",
            ),
            (
                "select user_id || ' in room ' || room_id from memberships
                 where room_id in (select id from rooms where deleted_at is not null)",
                "is in a room that was deleted",
            ),
        ],
    },
    Check {
        name: "people",
        count: "select count(*) || ' people and bots' from users",
        rules: &[
            (
                "select name from accounts where not exists
                     (select 1 from users where role = 'administrator' and status = 'active')",
                "has nobody who administers it",
            ),
            (
                "select users.id from sessions join users on users.id = sessions.user_id
                 where users.status <> 'active'",
                "is signed in, but not active",
            ),
            (
                "select users.id from bans join users on users.id = bans.user_id
                 where users.status <> 'banned'",
                "has banned addresses, but is not banned",
            ),
        ],
    },
];

/// Tables whose numbers are never given twice.
const NUMBERED: [&str; 9] = [
    "users",
    "sessions",
    "rooms",
    "messages",
    "boosts",
    "attachments",
    "changes",
    "epochs",
    "jobs",
];

/// Whether SQLite finds its own pages, indexes and constraints in order.
pub fn integrity(connection: &Connection) -> Finding {
    let seen = text(connection, "select page_count || ' pages' from pragma_page_count");
    let problems = match texts(connection, "pragma integrity_check(5)") {
        Ok(lines) if lines == ["ok"] => Vec::new(),
        Ok(lines) => lines,
        Err(error) => vec![error.to_string()],
    };
    Finding { name: "integrity", seen, problems }
}

/// Every other check, on a database of the present schema.
///
/// The connection has to be one that may write, as the search index is questioned by a statement
/// that looks like an insertion; nothing is written.
pub fn all(connection: &Connection) -> Vec<Finding> {
    let mut findings = vec![references(connection), search(connection), numbers(connection)];
    findings.extend(CHECKS.iter().map(|check| kept(connection, check)));
    findings
}

/// Whether every row that another one points at is there.
fn references(connection: &Connection) -> Finding {
    let dangling = texts(
        connection,
        "select \"table\" || ' row ' || coalesce(rowid, '?') || ' points at a row of ' || parent
             || ' that is not there' from pragma_foreign_key_check limit 3",
    );
    let seen =
        text(connection, "select count(*) || ' tables' from sqlite_schema where type = 'table'");
    Finding { name: "references", seen, problems: or_error(dangling) }
}

/// Whether the search index holds what it was told of every message, and nothing else. Messages
/// from before the index wait for it.
fn search(connection: &Connection) -> Finding {
    let mut problems = Vec::new();
    let checked = connection.execute(
        "insert into message_search (message_search, rank) values ('integrity-check', 1)",
        [],
    );
    if let Err(error) = checked {
        problems.push(format!("the index does not fit its entries ({error})"));
    }
    problems.extend(named(
        texts(
            connection,
            "select id from messages where id > coalesce((select cast(value as integer)
                 from facts where name = 'search_missing_up_to'), 0)
             except select id from search_entries limit 3",
        ),
        "cannot be found",
    ));
    problems.extend(named(
        texts(connection, "select id from search_entries except select id from messages limit 3"),
        "can be found, but is not there",
    ));
    let seen = text(connection, "select count(*) || ' entries' from message_search_docsize");
    Finding { name: "search", seen, problems }
}

/// Whether no number can be given a second time.
fn numbers(connection: &Connection) -> Finding {
    let wrong = NUMBERED.iter().filter_map(|table| {
        let ahead = format!(
            "select '{table}' from (select max(id) as last from {table})
             where last > coalesce((select seq from sqlite_sequence where name = '{table}'), 0)"
        );
        let found = connection.query_row(&ahead, [], |row| row.get::<_, String>(0)).optional();
        match found {
            Ok(None) => None,
            Ok(Some(_)) => Some(format!("{table}: the last number would be given again")),
            Err(error) => Some(format!("{table}: {error}")),
        }
    });
    let problems = wrong.collect();
    Finding { name: "numbers", seen: format!("{} tables", NUMBERED.len()), problems }
}

fn kept(connection: &Connection, check: &Check) -> Finding {
    let broken = check.rules.iter().flat_map(|(sql, sentence)| {
        let limited = format!("select * from ({sql}) limit {}", EXAMPLES + 1);
        named(texts(connection, &limited), sentence)
    });
    let problems = broken.collect();
    Finding { name: check.name, seen: text(connection, check.count), problems }
}

/// A file that a row names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedFile {
    pub key: String,
    /// In bytes, where the row knows it.
    pub byte_size: Option<u64>,
    /// Of the content, where the row knows it.
    pub sha256: Option<Vec<u8>>,
    /// What the file is, for people.
    pub what: String,
}

impl NamedFile {
    /// Whether a file of this size and SHA-256 is the one that is named.
    pub fn fits(&self, size: u64, sha256: &[u8]) -> bool {
        self.byte_size.is_none_or(|known| known == size)
            && self.sha256.as_ref().is_none_or(|known| known == sha256)
    }
}

/// Every stored file there has to be.
///
/// # Errors
/// When the database cannot be read.
pub fn named_files(connection: &Connection) -> Result<Vec<NamedFile>> {
    let files = connection
        .prepare(
            "select storage_key, byte_size, sha256, 'attachment ' || id from attachments
             union all
             select thumbnail_key, null, null, 'preview of attachment ' || id from attachments
                 where thumbnail_key is not null
             union all
             select avatar_path, null, null, 'picture of user ' || id from users
                 where avatar_path is not null
             union all
             select picture_key, null, null, 'card of message ' || message_id from link_previews
                 where picture_key is not null
             union all
             select logo_key, null, null, 'logo' from accounts where logo_key is not null
             union all
             select small_logo_key, null, null, 'small logo' from accounts
                 where small_logo_key is not null",
        )?
        .query_map([], |row| {
            let byte_size: Option<i64> = row.get(1)?;
            Ok(NamedFile {
                key: row.get(0)?,
                byte_size: byte_size.and_then(|size| u64::try_from(size).ok()),
                sha256: row.get(2)?,
                what: row.get(3)?,
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(files)
}

/// Stored files that wait to be removed: they may be there or not.
///
/// # Errors
/// When the database cannot be read.
pub fn files_to_remove(connection: &Connection) -> Result<Vec<String>> {
    let sql = "select value from jobs, json_each(jobs.payload, '$.keys')";
    Ok(texts(connection, sql)?)
}

/// `7, 8, 9 and more: <sentence>`; none when nothing was found.
fn named(found: rusqlite::Result<Vec<String>>, sentence: &str) -> Option<String> {
    match found {
        Ok(ids) if ids.is_empty() => None,
        Ok(ids) => {
            let more = if ids.len() > EXAMPLES { " and more" } else { "" };
            let ids = ids.into_iter().take(EXAMPLES).collect::<Vec<_>>().join(", ");
            Some(format!("{ids}{more}: {sentence}"))
        }
        Err(error) => Some(error.to_string()),
    }
}

fn or_error(found: rusqlite::Result<Vec<String>>) -> Vec<String> {
    found.unwrap_or_else(|error| vec![error.to_string()])
}

/// The first column of every row, as text.
fn texts(connection: &Connection, sql: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([], |row| {
        let value: rusqlite::types::Value = row.get(0)?;
        Ok(match value {
            rusqlite::types::Value::Integer(number) => number.to_string(),
            rusqlite::types::Value::Text(text) => text,
            other => format!("{other:?}"),
        })
    })?;
    rows.collect()
}

fn text(connection: &Connection, sql: &str) -> String {
    connection.query_row(sql, [], |row| row.get(0)).unwrap_or_else(|_| "unknown".to_owned())
}
