//! An export as Slack hands it out, built from what is documented of its lists and folders.

use std::collections::BTreeMap;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// A zip file to be.
pub struct SlackExport {
    directory: TempDir,
    pub users: Vec<Value>,
    pub channels: Vec<Value>,
    pub groups: Vec<Value>,
    pub dms: Vec<Value>,
    pub mpims: Vec<Value>,
    days: BTreeMap<String, Vec<Value>>,
    files: BTreeMap<String, Vec<u8>>,
}

impl SlackExport {
    pub fn new() -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
            users: Vec::new(),
            channels: Vec::new(),
            groups: Vec::new(),
            dms: Vec::new(),
            mpims: Vec::new(),
            days: BTreeMap::new(),
            files: BTreeMap::new(),
        }
    }

    pub fn user(&mut self, id: &str, name: &str, more: Value) {
        let mut user = json!({
            "id": id, "team_id": "T1", "name": name.to_lowercase(), "deleted": false,
            "real_name": name, "is_bot": false, "is_admin": false, "is_owner": false,
            "profile": { "real_name": name, "display_name": "", "title": "",
                "email": format!("{}@example.com", name.to_lowercase()) },
            "updated": 1_500_000_000,
        });
        merge(&mut user, more);
        self.users.push(user);
    }

    pub fn channel(&mut self, id: &str, name: &str, members: &[&str]) {
        self.channels.push(conversation(id, name, members));
    }

    pub fn group(&mut self, id: &str, name: &str, members: &[&str]) {
        self.groups.push(conversation(id, name, members));
    }

    pub fn dm(&mut self, id: &str, members: &[&str]) {
        self.dms.push(json!({ "id": id, "created": 1_500_000_000, "members": members }));
    }

    pub fn mpim(&mut self, id: &str, name: &str, members: &[&str]) {
        self.mpims.push(conversation(id, name, members));
    }

    /// A message of a person, on the day of its time.
    pub fn say(&mut self, folder: &str, ts: &str, user: &str, text: &str, more: Value) {
        let mut message = json!({ "type": "message", "user": user, "text": text, "ts": ts });
        merge(&mut message, more);
        self.line(folder, message);
    }

    /// Any line.
    pub fn line(&mut self, folder: &str, line: Value) {
        let seconds = line["ts"].as_str().and_then(|ts| ts.split('.').next()?.parse().ok());
        let day = jiff::Timestamp::from_second(seconds.unwrap_or(1_600_000_000)).unwrap();
        let name = format!("{folder}/{}.json", day.strftime("%Y-%m-%d"));
        self.days.entry(name).or_default().push(line);
    }

    pub fn file(&mut self, name: &str, bytes: &[u8]) {
        self.files.insert(name.to_owned(), bytes.to_vec());
    }

    /// All of it as one archive, everything below `folder`.
    pub fn packed_below(&self, folder: &str) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default();
        let mut add = |name: &str, bytes: &[u8]| {
            zip.start_file(format!("{folder}{name}"), options).unwrap();
            zip.write_all(bytes).unwrap();
        };
        let lists = [
            ("users.json", &self.users),
            ("channels.json", &self.channels),
            ("groups.json", &self.groups),
            ("dms.json", &self.dms),
            ("mpims.json", &self.mpims),
        ];
        for (name, list) in lists {
            add(name, json!(list).to_string().as_bytes());
        }
        add("integration_logs.json", b"[]");
        for (name, lines) in &self.days {
            add(name, json!(lines).to_string().as_bytes());
        }
        for (name, bytes) in &self.files {
            add(name, bytes);
        }
        zip.finish().unwrap().into_inner()
    }

    /// Writes it.
    pub fn path(&self) -> PathBuf {
        self.written(&self.packed_below(""))
    }

    /// Writes these bytes in its place.
    pub fn written(&self, bytes: &[u8]) -> PathBuf {
        let path = self.directory.path().join("Team Slack export.zip");
        std::fs::write(&path, bytes).unwrap();
        path
    }

    pub fn directory(&self) -> &Path {
        self.directory.path()
    }
}

fn conversation(id: &str, name: &str, members: &[&str]) -> Value {
    json!({
        "id": id, "name": name, "created": 1_500_000_000, "creator": members.first(),
        "is_archived": false, "is_general": name == "general", "members": members,
        "topic": { "value": "" }, "purpose": { "value": "" },
    })
}

fn merge(value: &mut Value, more: Value) {
    let Value::Object(more) = more else { return };
    for (name, new) in more {
        match (&mut value[&name], new) {
            (old @ Value::Object(_), new @ Value::Object(_)) => merge(old, new),
            (old, new) => *old = new,
        }
    }
}
