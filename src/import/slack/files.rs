//! Files that messages were sent with: found in the archive, or said to have stayed behind.

use std::io::Cursor;

use anyhow::{Context, anyhow};
use rusqlite::Transaction;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::archive::Archive;
use super::text;
use crate::files::Files;
use crate::import::Report;
use crate::import::attachments::{self, Attaching, Whole};
use crate::import::report::{Carried, Note};
use crate::model::attachment::clean_filename;
use crate::pictures::measure;
use crate::richtext::campfire::lost_file;
use crate::richtext::slack::exported::linked_file;

/// Bytes at the start of a file that are looked at when none is stored.
const HEAD: usize = 256 * 1024;
/// What Slack says of files whose content it no longer hands out.
const GONE: [&str; 2] = ["tombstone", "hidden_by_limit"];

/// A file as a message names it.
pub struct SentFile {
    id: String,
    filename: String,
    /// Where it can be looked at. Never with a token in it.
    url: Option<String>,
    is_gone: bool,
}

impl SentFile {
    pub fn read(file: &Value) -> Self {
        let name = [text(file, "name"), text(file, "title")];
        let name = name.into_iter().find(|name| !name.trim().is_empty()).unwrap_or("file");
        let is_external = file.get("is_external") == Some(&Value::Bool(true));
        // Addresses for downloads carry a key to every file of the workspace.
        let url = match is_external {
            true => text(file, "url_private"),
            false => text(file, "permalink").split(['?', '#']).next().unwrap_or_default(),
        };
        let is_web = url.starts_with("https://") || url.starts_with("http://");
        Self {
            id: text(file, "id").to_owned(),
            filename: clean_filename(name),
            url: is_web.then(|| url.to_owned()),
            is_gone: GONE.contains(&text(file, "mode")),
        }
    }

    /// Where programs that add files to an export put this one: in a folder of all uploads, or
    /// beside the days of its channel.
    fn place(&self, archive: &Archive, folder: &str) -> Option<String> {
        let is_id = !self.id.is_empty() && self.id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let places =
            [format!("__uploads/{}/", self.id), format!("{folder}/attachments/{}-", self.id)];
        places
            .iter()
            .filter(|_| is_id)
            .find_map(|place| archive.below(place).next())
            .map(Into::into)
    }
}

/// Where files come from and where they go.
pub struct Moving<'a> {
    pub archive: &'a mut Archive,
    /// None when this is only a trial.
    pub into: Option<&'a Files>,
    pub attaching: &'a Attaching,
}

impl Moving<'_> {
    /// Ties a file to its message, or says in the message what became of it.
    ///
    /// # Errors
    /// When a database fails or the disk does not take it.
    pub fn attach(
        &mut self,
        tx: &Transaction<'_>,
        message_id: i64,
        folder: &str,
        file: &SentFile,
        report: &mut Report,
    ) -> anyhow::Result<()> {
        let which = format!("“{}” {}", file.filename, file.id);
        let place = file.place(self.archive, folder);
        let fits = attachments::has_room(tx, message_id)?;
        let Some(place) = place.filter(|_| fits) else {
            let said = if file.is_gone {
                report.note_of(Note::FileDeleted, which);
                lost_file(&file.filename)
            } else {
                report.note_of(Note::FileLinked, which);
                linked_file(&file.filename, file.url.as_deref())
            };
            return Ok(attachments::say_instead(tx, message_id, &said)?);
        };
        match self.bring(&place)? {
            Some(whole) => {
                report.carry(Carried::Files, 1);
                report.carry(Carried::FileBytes, u64::try_from(whole.byte_size)?);
                self.attaching.insert(tx, message_id, &file.filename, &whole)
            }
            None => {
                report.note_of(Note::FileDamaged, which);
                Ok(attachments::say_instead(tx, message_id, &lost_file(&file.filename))?)
            }
        }
    }

    /// Copies it; none if it is damaged in the archive.
    fn bring(&mut self, place: &str) -> anyhow::Result<Option<Whole>> {
        let mut copy = self.into.map(Files::begin).transpose().context("storing a file")?;
        let (mut sha256, mut head, mut byte_size) = (Sha256::new(), Vec::new(), 0);
        let mut refused = None;
        let read = self.archive.read(place, |piece| {
            sha256.update(piece);
            byte_size += piece.len();
            match &mut copy {
                Some(copy) => copy.write(piece).map_err(|error| {
                    refused = Some(error);
                    anyhow!("the disk did not take it")
                }),
                None => {
                    head.extend_from_slice(
                        &piece[..piece.len().min(HEAD.saturating_sub(head.len()))],
                    );
                    Ok(())
                }
            }
        });
        if let Some(error) = refused {
            return Err(error).context("storing a file");
        }
        if let Err(error) = read {
            tracing::debug!(%error, "a file in the archive is damaged");
            return Ok(None);
        }
        let look = match &mut copy {
            Some(copy) => measure::look(copy.contents().context("storing a file")?),
            None => measure::look(&mut Cursor::new(&head)),
        };
        let look = look.context("looking at a file")?;
        let key = match copy {
            Some(copy) => copy.keep().context("storing a file")?,
            None => format!("{:032x}", rand::random::<u128>()),
        };
        let byte_size = i64::try_from(byte_size)?;
        Ok(Some(Whole { key, byte_size, sha256: sha256.finalize().into(), look }))
    }
}
