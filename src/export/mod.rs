//! Leaving: one room or everything as JSON Lines with the files, and as pages for anybody to read.

mod lines;
mod pages;
mod shelf;

use std::fs::{DirBuilder, File};
use std::io::{BufWriter, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use rusqlite::Connection;
use serde_json::json;

use self::shelf::Shelf;
use crate::clock;
use crate::model::{MessageId, RoomId, RoomKind};
use crate::progress::Progress;
use crate::queries::export::ExportedRoom;
use crate::queries::{self, messages};
use crate::views::draw;
use crate::views::export::{ArchiveIndex, ArchiveStyle, ArchivedRoom};

/// What an export holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    pub rooms: u64,
    pub messages: u64,
    pub files: u64,
    /// What files were not there.
    pub missing: Vec<String>,
}

/// Writes the rooms `chosen`, or all of them, to the new directory `into`. `database` is a copy
/// that nobody writes to, `files` the folder of stored files.
///
/// # Errors
/// One sentence for the operator: there is something at `into`, no such room, the disk is full.
/// Nothing is at `into` then.
pub fn export(
    database: &Connection,
    files: &Path,
    chosen: &[RoomId],
    into: &Path,
) -> anyhow::Result<Exported> {
    if into.exists() {
        bail!("There is something at {} already. Name a new directory.", into.display());
    }
    let rooms = rooms(database, chosen)?;
    let part = with_part(into)?;
    // Who may look at it is for the operator to say.
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&part)
        .with_context(|| format!("making {}", part.display()))?;
    let written = Archive { database, root: &part, shelf: Shelf::new(files, &part) }.write(&rooms);
    match written {
        Ok(exported) => {
            std::fs::rename(&part, into).with_context(|| format!("naming {}", into.display()))?;
            Ok(exported)
        }
        Err(error) => {
            // Half an archive is none. What cannot be removed is seen by its name.
            let _ = std::fs::remove_dir_all(&part);
            Err(error)
        }
    }
}

fn with_part(into: &Path) -> anyhow::Result<PathBuf> {
    let mut name = into.file_name().context("name a new directory")?.to_owned();
    name.push(".part");
    let part = into.with_file_name(name);
    ensure!(!part.exists(), "{} is in the way; remove it.", part.display());
    Ok(part)
}

fn rooms(database: &Connection, chosen: &[RoomId]) -> anyhow::Result<Vec<ExportedRoom>> {
    let mut rooms = queries::export::rooms(database)?;
    for id in chosen {
        ensure!(rooms.iter().any(|room| room.id == *id), "There is no room {id}.");
    }
    rooms.retain(|room| chosen.is_empty() || chosen.contains(&room.id));
    Ok(rooms)
}

struct Archive<'a> {
    database: &'a Connection,
    root: &'a Path,
    shelf: Shelf<'a>,
}

impl Archive<'_> {
    fn write(mut self, rooms: &[ExportedRoom]) -> anyhow::Result<Exported> {
        let account = queries::accounts::account(self.database)?;
        let account_name = account.map_or_else(|| "Campfire".to_owned(), |account| account.name);
        let now = clock::now();
        let facts = json!({ "name": account_name, "exported_at": now.to_string() });
        self.put("account.json", &format!("{facts}\n"))?;
        self.lines(
            "people.jsonl",
            queries::users::everybody(self.database)?.iter().map(lines::person),
        )?;
        self.lines("rooms.jsonl", rooms.iter().map(lines::room))?;
        self.put("style.css", &draw(&ArchiveStyle)?)?;
        let total = rooms.iter().map(|room| room.message_count).sum();
        let mut progress = Progress::new("messages", total, 0);
        let mut exported = Exported { rooms: rooms.len() as u64, ..Exported::default() };
        let listed: Vec<ArchivedRoom> = rooms.iter().map(listed).collect();
        for (room, listed) in rooms.iter().zip(&listed) {
            self.room(room, listed, &account_name, &mut |count| {
                exported.messages += count;
                progress.at(exported.messages);
            })?;
        }
        let index =
            ArchiveIndex { account_name: &account_name, made_on: &now.day(), rooms: &listed };
        self.put("index.html", &draw(&index)?)?;
        (exported.files, exported.missing) = self.shelf.counted();
        Ok(exported)
    }

    fn room(
        &mut self,
        room: &ExportedRoom,
        listed: &ArchivedRoom,
        account_name: &str,
        done: &mut dyn FnMut(u64),
    ) -> anyhow::Result<()> {
        let folder = self.root.join("rooms").join(room.id.to_string());
        std::fs::create_dir_all(&folder)?;
        let mut lines = BufWriter::new(File::create(folder.join("messages.jsonl"))?);
        let mut pages = pages::Pages::new(&folder, account_name, room, listed);
        let mut after = MessageId(0);
        loop {
            let page = messages::page_after(self.database, room.id, after)?;
            let Some(last) = page.messages.last().map(|message| message.id) else { break };
            after = last;
            done(page.messages.len() as u64);
            for message in page.messages {
                let kept = self.shelf.take(self.database, &message)?;
                let source = messages::source_of(self.database, room.id, message.id)?;
                writeln!(lines, "{}", lines::message(&message, &source, &kept))?;
                pages.add(self.database, message, kept)?;
            }
        }
        pages.finish()?;
        lines.flush().context("writing messages.jsonl")
    }

    fn put(&self, name: &str, text: &str) -> anyhow::Result<()> {
        std::fs::write(self.root.join(name), text).with_context(|| format!("writing {name}"))
    }

    fn lines(
        &self,
        name: &str,
        lines: impl Iterator<Item = serde_json::Value>,
    ) -> anyhow::Result<()> {
        let text: String = lines.map(|line| format!("{line}\n")).collect();
        self.put(name, &text)
    }
}

/// A ping goes by its people.
fn listed(room: &ExportedRoom) -> ArchivedRoom {
    let kind = match room.kind {
        RoomKind::Open => "open to everybody",
        RoomKind::Closed => "a closed room",
        RoomKind::Direct => "a ping",
    };
    let names: Vec<&str> = room.members.iter().map(|(_, name)| name.as_str()).collect();
    let count = room.message_count;
    ArchivedRoom {
        title: room.name.clone().unwrap_or_else(|| names.join(", ")),
        href: format!("rooms/{}/index.html", room.id),
        about: format!("{kind}, {count} {}", if count == 1 { "message" } else { "messages" }),
    }
}
