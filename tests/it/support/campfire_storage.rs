//! A storage directory as a Campfire leaves it, built from what is documented of its tables.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use rusqlite::Connection;
use tempfile::TempDir;

const SCHEMA: &str = "
    create table accounts (id integer primary key, name varchar not null, join_code varchar not null,
        custom_styles text, settings json, singleton_guard integer not null default 0,
        created_at datetime not null, updated_at datetime not null);
    create table users (id integer primary key, name varchar not null, email_address varchar,
        password_digest varchar, role integer not null default 0, status integer not null default 0,
        bio text, bot_token varchar, created_at datetime not null, updated_at datetime not null);
    create unique index by_address on users (email_address);
    create table sessions (id integer primary key, user_id integer not null, token varchar not null,
        ip_address varchar, user_agent varchar, last_active_at datetime not null,
        created_at datetime not null, updated_at datetime not null);
    create table rooms (id integer primary key, name varchar, type varchar not null,
        creator_id integer not null, created_at datetime not null, updated_at datetime not null);
    create table memberships (id integer primary key, room_id integer not null,
        user_id integer not null, involvement varchar default 'mentions', unread_at datetime,
        connected_at datetime, connections integer not null default 0,
        created_at datetime not null, updated_at datetime not null);
    create table messages (id integer primary key, room_id integer not null,
        creator_id integer not null, client_message_id varchar not null,
        created_at datetime not null, updated_at datetime not null);
    create table boosts (id integer primary key, message_id integer not null,
        booster_id integer not null, content varchar(16) not null,
        created_at datetime not null, updated_at datetime not null);
    create table action_text_rich_texts (id integer primary key, name varchar not null, body text,
        record_type varchar not null, record_id integer not null,
        created_at datetime not null, updated_at datetime not null);
    create unique index by_record on action_text_rich_texts (record_type, record_id, name);
    create table active_storage_blobs (id integer primary key, key varchar not null unique,
        filename varchar not null, content_type varchar, metadata text, byte_size bigint not null,
        checksum varchar, service_name varchar not null, created_at datetime not null);
    create table active_storage_attachments (id integer primary key, name varchar not null,
        record_type varchar not null, record_id integer not null, blob_id integer not null,
        created_at datetime not null);
    create table active_storage_variant_records (id integer primary key, blob_id integer not null,
        variation_digest varchar not null);
    create table searches (id integer primary key, user_id integer not null, query varchar not null,
        created_at datetime not null, updated_at datetime not null);
    create table push_subscriptions (id integer primary key, user_id integer not null,
        endpoint varchar, p256dh_key varchar, auth_key varchar, user_agent varchar,
        created_at datetime not null, updated_at datetime not null);
    create table webhooks (id integer primary key, user_id integer not null, url varchar,
        created_at datetime not null, updated_at datetime not null);
    create table bans (id integer primary key, user_id integer not null,
        ip_address varchar not null, created_at datetime not null, updated_at datetime not null);
    create virtual table message_search_index using fts5 (body, tokenize = porter);
";

/// A time as it is stored, so many minutes after the first.
pub fn at(minutes: i64) -> String {
    format!(
        "2025-03-{:02} {:02}:{:02}:30.123456",
        1 + minutes / 1_440,
        minutes / 60 % 24,
        minutes % 60
    )
}

/// A directory of its own, removed with this.
pub struct CampfireStorage {
    root: TempDir,
    connection: Connection,
}

impl CampfireStorage {
    /// With an account and nobody in it.
    pub fn new() -> Self {
        let root = tempfile::Builder::new().prefix("storage-").tempdir().unwrap();
        std::fs::create_dir_all(root.path().join("db")).unwrap();
        std::fs::create_dir_all(root.path().join("files")).unwrap();
        let connection = Connection::open(root.path().join("db/production.sqlite3")).unwrap();
        connection.execute_batch(&format!("pragma journal_mode = wal; {SCHEMA}")).unwrap();
        connection
            .execute(
                "insert into accounts values (1, 'Honcho', 'abcd-EFGH-1234', '.a { color: red }',
                     '{\"restrict_room_creation_to_administrators\":true}', 0, ?1, ?1)",
                [at(0)],
            )
            .unwrap();
        Self { root, connection }
    }

    pub fn path(&self) -> &Path {
        self.root.path()
    }

    pub fn database(&self) -> PathBuf {
        self.root.path().join("db/production.sqlite3")
    }

    pub fn sql(&self, sql: &str) {
        self.connection.execute_batch(sql).unwrap();
    }

    pub fn user(&self, id: i64, name: &str, password: &str, role: i64, status: i64) {
        let digest = bcrypt::hash(password, 4).unwrap();
        self.connection
            .execute(
                "insert into users values (?1, ?2, ?3, ?4, ?5, ?6, null, null, ?7, ?7)",
                (id, name, format!("{name}@example.com"), digest, role, status, at(id)),
            )
            .unwrap();
    }

    pub fn bot(&self, id: i64, name: &str, token: &str, webhook: &str) {
        self.connection
            .execute(
                "insert into users values (?1, ?2, null, null, 2, 0, null, ?3, ?4, ?4)",
                (id, name, token, at(id)),
            )
            .unwrap();
        self.connection
            .execute("insert into webhooks values (?1, ?1, ?2, ?3, ?3)", (id, webhook, at(id)))
            .unwrap();
    }

    pub fn room(&self, id: i64, kind: &str, name: Option<&str>, members: &[i64]) {
        self.connection
            .execute(
                "insert into rooms values (?1, ?2, ?3, ?4, ?5, ?5)",
                (id, name, format!("Rooms::{kind}"), members[0], at(id)),
            )
            .unwrap();
        for user_id in members {
            self.connection
                .execute(
                    "insert into memberships (room_id, user_id, created_at, updated_at)
                     values (?1, ?2, ?3, ?3)",
                    (id, user_id, at(id)),
                )
                .unwrap();
        }
    }

    /// A message with Trix's HTML, so many minutes after the first one.
    pub fn message(&self, id: i64, room_id: i64, creator_id: i64, html: &str) {
        self.bare_message(id, room_id, creator_id);
        self.connection
            .execute(
                "insert into action_text_rich_texts values (?1, 'body', ?2, 'Message', ?1, ?3, ?3)",
                (id, html, at(id)),
            )
            .unwrap();
    }

    /// A message without text, as those with files are.
    pub fn bare_message(&self, id: i64, room_id: i64, creator_id: i64) {
        self.connection
            .execute(
                "insert into messages values (?1, ?2, ?3, ?4, ?5, ?5)",
                (id, room_id, creator_id, format!("client{id}"), at(id)),
            )
            .unwrap();
    }

    /// Messages `first` to `last` in a room, one a minute, at once.
    pub fn many_messages(&self, first: i64, last: i64, room_id: i64, creator_id: i64, html: &str) {
        let at = at(5);
        self.sql(&format!(
            "with recursive n (id) as (select {first} union all select id + 1 from n where id < {last})
             insert into messages
                 select id, {room_id}, {creator_id}, 'c' || id, '{at}', '{at}' from n;
             insert into action_text_rich_texts
                 select id, 'body', replace('{html}', '#', id), 'Message', id, created_at, created_at
                 from messages where id between {first} and {last};"
        ));
    }

    /// A file that belongs to a record; gives its path.
    pub fn file(
        &self,
        id: i64,
        (record_type, record_id, name): (&str, i64, &str),
        filename: &str,
        bytes: &[u8],
    ) -> PathBuf {
        let key = format!("k{}y{id:025}", id % 10);
        let checksum = STANDARD.encode(Md5::digest(bytes));
        self.connection
            .execute(
                "insert into active_storage_blobs
                 values (?1, ?2, ?3, 'application/x-said', '{}', ?4, ?5, 'local', ?6)",
                (id, &key, filename, bytes.len() as i64, checksum, at(id)),
            )
            .unwrap();
        self.connection
            .execute(
                "insert into active_storage_attachments values (?1, ?2, ?3, ?4, ?1, ?5)",
                (id, name, record_type, record_id, at(id)),
            )
            .unwrap();
        let shelf = self.root.path().join("files").join(&key[..2]).join(&key[2..4]);
        std::fs::create_dir_all(&shelf).unwrap();
        let path = shelf.join(&key);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}
