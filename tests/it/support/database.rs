//! What is really stored: a read-only look at a server's database with the SQLite it uses itself.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::types::FromSql;
use rusqlite::{Connection, OpenFlags, Params};

/// A read-only connection. The server may go on writing.
pub struct Database {
    connection: Connection,
    path: PathBuf,
}

impl Database {
    pub fn open(path: &Path) -> Database {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).unwrap();
        connection.busy_timeout(Duration::from_secs(5)).unwrap();
        Database { connection, path: path.to_owned() }
    }

    /// The first column of the only row.
    pub fn one<T: FromSql>(&self, sql: &str, params: impl Params) -> T {
        self.connection
            .query_row(sql, params, |row| row.get(0))
            .unwrap_or_else(|error| panic!("{error}: {sql}"))
    }

    /// The first column of every row.
    pub fn all<T: FromSql>(&self, sql: &str, params: impl Params) -> Vec<T> {
        let mut statement = self.connection.prepare(sql).unwrap();
        statement.query_map(params, |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    pub fn count(&self, from: &str) -> i64 {
        self.one(&format!("select count(*) from {from}"), [])
    }

    /// Whether these bytes are anywhere in the database's files.
    pub fn files_contain(&self, needle: &str) -> bool {
        ["", "-wal"].iter().any(|suffix| {
            let mut path = self.path.clone().into_os_string();
            path.push(suffix);
            let bytes = std::fs::read(path).unwrap_or_default();
            bytes.windows(needle.len()).any(|window| window == needle.as_bytes())
        })
    }

    /// SQLite's own verdict on the file, its references and the search index.
    pub fn assert_sound(&self) {
        assert_eq!(self.all::<String>("pragma integrity_check", []), ["ok"]);
        assert_eq!(self.count("pragma_foreign_key_check"), 0, "dangling references");
        let (messages, searchable) = (self.count("messages"), self.count("message_search_docsize"));
        assert_eq!(messages, searchable, "each message is in the search index once");
    }
}

/// Writes to the database of a server that is not running, as an operator with tools could.
pub fn alter_stopped(data_dir: &Path, sql: &str) {
    let connection = Connection::open(data_dir.join("campfire.db")).unwrap();
    connection.execute_batch(sql).unwrap();
}
