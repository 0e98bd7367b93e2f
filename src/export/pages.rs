//! The pages of a room, some hundred messages each.

use std::path::{Path, PathBuf};

use anyhow::Context;
use rusqlite::Connection;

use super::shelf::KeptFile;
use crate::model::{Message, RoomId};
use crate::queries;
use crate::queries::export::ExportedRoom;
use crate::views::draw;
use crate::views::export::{ArchivePage, ArchivedFile, ArchivedMessage, ArchivedRoom};

/// Messages on one page.
const ON_A_PAGE: u64 = 500;

/// Writes one page after the other.
pub struct Pages<'a> {
    folder: PathBuf,
    account_name: &'a str,
    room_id: RoomId,
    listed: &'a ArchivedRoom,
    pages: u64,
    /// The one that is being filled, from 1.
    page: u64,
    messages: Vec<ArchivedMessage>,
}

impl<'a> Pages<'a> {
    pub fn new(
        folder: &Path,
        account_name: &'a str,
        room: &ExportedRoom,
        listed: &'a ArchivedRoom,
    ) -> Self {
        Self {
            folder: folder.to_owned(),
            account_name,
            room_id: room.id,
            listed,
            pages: room.message_count.div_ceil(ON_A_PAGE).max(1),
            page: 1,
            messages: Vec::new(),
        }
    }

    /// Adds the next message with its files.
    ///
    /// # Errors
    /// When the database cannot be read, or the disk does not take a page.
    pub fn add(
        &mut self,
        database: &Connection,
        message: Message,
        kept: Vec<KeptFile>,
    ) -> anyhow::Result<()> {
        let original = match &message.reply_to {
            Some(reply) => queries::export::position(database, self.room_id, reply.id)?
                .map(|before| self.link(1 + before / ON_A_PAGE, &format!("#message_{}", reply.id))),
            None => None,
        };
        let files = message.attachments.iter().zip(kept).map(|(file, kept)| ArchivedFile {
            name: file.filename.clone(),
            size: file.size_words(),
            kind: file.kind(),
            href: kept.href.map(|href| format!("../../{href}")),
        });
        let files = files.collect();
        self.messages.push(ArchivedMessage { files, original, message });
        if self.messages.len() as u64 == ON_A_PAGE {
            self.write()?;
        }
        Ok(())
    }

    /// Writes what is left. A room in which nothing was said has one page.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn finish(mut self) -> anyhow::Result<()> {
        if !self.messages.is_empty() || self.page == 1 {
            self.write()?;
        }
        Ok(())
    }

    fn write(&mut self) -> anyhow::Result<()> {
        let (earlier, later) = (name(self.page - 1), name(self.page + 1));
        let view = ArchivePage {
            account_name: self.account_name,
            room: self.listed,
            page: self.page,
            pages: self.pages,
            earlier: (self.page > 1).then_some(earlier.as_str()),
            later: (self.page < self.pages).then_some(later.as_str()),
            messages: &self.messages,
        };
        let path = self.folder.join(name(self.page));
        std::fs::write(&path, draw(&view)?)
            .with_context(|| format!("writing {}", path.display()))?;
        self.messages.clear();
        self.page += 1;
        Ok(())
    }

    fn link(&self, page: u64, anchor: &str) -> String {
        if page == self.page { anchor.to_owned() } else { format!("{}{anchor}", name(page)) }
    }
}

fn name(page: u64) -> String {
    if page <= 1 { "index.html".to_owned() } else { format!("page-{page}.html") }
}
