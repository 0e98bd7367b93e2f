//! Looks for every acknowledged message in the database of a server that has stopped.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use rusqlite::Connection;

use crate::words;

/// What was acknowledged: the id the server gave, and the number of the message.
#[derive(Default)]
pub struct Acknowledged(BTreeMap<i64, u64>);

impl Acknowledged {
    /// Fails when this id was given before.
    pub fn add(&mut self, id: i64, number: u64) -> Result<()> {
        let before = self.0.insert(id, number);
        ensure!(before.is_none(), "message {id} was acknowledged twice");
        Ok(())
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The newest messages, oldest first: id and text.
    pub fn last(&self, count: usize) -> Vec<(i64, String)> {
        let newest = self.0.iter().rev().take(count);
        let mut newest: Vec<_> = newest.map(|(id, number)| (*id, words::text(*number))).collect();
        newest.reverse();
        newest
    }

    /// Every acknowledged message is there, in its room, with its words, found by the search, in
    /// the list of changes once; and there is no other.
    pub fn audit(&self, database: &Path) -> Result<()> {
        let db = Connection::open(database)?;
        let whole: String = db.query_row("pragma integrity_check", [], |row| row.get(0))?;
        ensure!(whole == "ok", "integrity: {whole}");
        self.audit_rows(&db)?;
        self.audit_changes(&db)?;
        self.audit_search(&db)
    }

    fn audit_rows(&self, db: &Connection) -> Result<()> {
        let mut statement = db.prepare(
            "select id, client_message_id, body_source, plain_text from messages
             where room_id = 1 and creator_id = 1 order by id",
        )?;
        let mut rows = statement.query([])?;
        for (id, number) in &self.0 {
            let row = rows.next()?.with_context(|| format!("message {id} is missing"))?;
            let found = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
            let text = words::text(*number);
            let expected = (*id, words::client_message_id(*number), text.clone(), text);
            ensure!(found == expected, "expected {expected:?}, found {found:?}");
        }
        let rows: i64 = db.query_row("select count(*) from messages", [], |row| row.get(0))?;
        ensure!(
            usize::try_from(rows) == Ok(self.count()),
            "{rows} messages for {} acknowledgements",
            self.count()
        );
        Ok(())
    }

    fn audit_changes(&self, db: &Connection) -> Result<()> {
        let changes = numbers(
            db,
            "select message_id from changes where room_id = 1 and kind = 'posted' order by id",
        )?;
        ensure!(changes.iter().eq(self.0.keys()), "the changes are not those of the messages");
        let last = numbers(db, "select last_message_id from rooms where id = 1")?;
        ensure!(last.first() == self.0.keys().last(), "the room's last message is {last:?}");
        Ok(())
    }

    fn audit_search(&self, db: &Connection) -> Result<()> {
        db.execute_batch(
            "insert into message_search (message_search, rank) values ('integrity-check', 1);
             create virtual table temp.terms using fts5vocab(main, message_search, instance);",
        )
        .context("the search index does not fit the messages")?;
        let mut statement = db.prepare(
            "select doc, term from terms where term glob 'post[0-9]*' and col = 'words'",
        )?;
        let found: BTreeMap<i64, String> = statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        let expected = self.0.iter().map(|(id, number)| (*id, format!("post{number}")));
        ensure!(found.into_iter().eq(expected), "the search finds other messages");
        Ok(())
    }
}

fn numbers(db: &Connection, sql: &str) -> Result<Vec<i64>> {
    Ok(db.prepare(sql)?.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}
