//! Files of messages in portions, the pictures of people and bots, and the logo.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use rusqlite::{Connection, Transaction};

use super::blobs::{Blob, Brought, COLUMNS};
use crate::files::Files;
use crate::import::Report;
use crate::import::attachments::{self, Attaching};
use crate::import::report::{Carried, Note};
use crate::model::Timestamp;
use crate::model::attachment::clean_filename;
use crate::model::text::Refused;
use crate::pictures::{self, AVATAR_SIDE, LOGO_SIDE, MAX_PICTURE_BYTES, SMALL_LOGO_SIDE};
use crate::richtext::campfire::lost_file;

/// Files in one transaction.
const PORTION: i64 = 50;

/// Where files come from and where they go.
pub struct Moving<'a> {
    pub from: &'a Connection,
    pub folder: &'a Path,
    /// None when this is only a trial.
    pub into: Option<&'a Files>,
    pub attaching: Attaching,
    pub now: Timestamp,
}

struct Sent {
    /// Of the row that ties the file to its message.
    id: i64,
    message_id: i64,
    blob: Blob,
}

/// How many files messages have.
pub const ATTACHED: &str = "active_storage_attachments attached
     join active_storage_blobs blobs on blobs.id = attached.blob_id
     where attached.record_type = 'Message' and attached.name = 'attachment'";

impl Moving<'_> {
    /// Carries the portion of files after `after`; gives the last one's id, or none at the end.
    ///
    /// # Errors
    /// When a database fails, a file cannot be read, or the disk does not take it.
    pub fn portion(
        &self,
        tx: &Transaction<'_>,
        after: i64,
        done: u64,
        report: &mut Report,
    ) -> anyhow::Result<Option<(i64, u64)>> {
        let sent: Vec<Sent> = self
            .from
            .prepare_cached(&format!(
                "select attached.id, attached.record_id, {COLUMNS} from {ATTACHED}
                 and attached.id > ?1 order by attached.id limit ?2"
            ))?
            .query_map([after, PORTION], |row| {
                Ok(Sent { id: row.get(0)?, message_id: row.get(1)?, blob: Blob::read(row, 2)? })
            })?
            .collect::<rusqlite::Result<_>>()?;
        let Some(last) = sent.last().map(|sent| sent.id) else { return Ok(None) };
        let count = sent.len() as u64;
        for sent in sent {
            self.attach(tx, &sent, report)?;
        }
        Ok(Some((last, done + count)))
    }

    fn attach(&self, tx: &Transaction<'_>, sent: &Sent, report: &mut Report) -> anyhow::Result<()> {
        if !attachments::has_room(tx, sent.message_id)? {
            report.note_of(Note::StrayFile, sent.blob.name());
            return Ok(());
        }
        match sent.blob.bring(self.folder, self.into)? {
            Brought::Whole(whole) => {
                report.carry(Carried::Files, 1);
                report.carry(Carried::FileBytes, u64::try_from(whole.byte_size)?);
                let filename = clean_filename(&sent.blob.filename);
                self.attaching.insert(tx, sent.message_id, &filename, &whole)
            }
            Brought::Missing => {
                report.note_of(Note::FileMissing, sent.blob.name());
                let lost = lost_file(&clean_filename(&sent.blob.filename));
                Ok(attachments::say_instead(tx, sent.message_id, &lost)?)
            }
            Brought::Damaged => {
                report.note_of(Note::FileDamaged, sent.blob.name());
                let lost = lost_file(&clean_filename(&sent.blob.filename));
                Ok(attachments::say_instead(tx, sent.message_id, &lost)?)
            }
        }
    }

    /// Carries the pictures of people and bots, and the logo.
    ///
    /// # Errors
    /// When a database fails, a file cannot be read, or the disk does not take it.
    pub fn pictures(&self, tx: &Transaction<'_>, report: &mut Report) -> anyhow::Result<()> {
        let mut statement = self.from.prepare(&format!(
            "select attached.record_id, attached.record_type = 'Account', {COLUMNS}
             from active_storage_attachments attached
             join active_storage_blobs blobs on blobs.id = attached.blob_id
             where (attached.record_type = 'User' and attached.name = 'avatar')
                or (attached.record_type = 'Account' and attached.name = 'logo')
             order by attached.id"
        ))?;
        let rows = statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, Blob::read(row, 2)?)))?
            .collect::<rusqlite::Result<Vec<(i64, bool, Blob)>>>()?;
        for (id, is_logo, blob) in rows {
            let written = blob
                .contents(self.folder, MAX_PICTURE_BYTES)?
                .and_then(|source| drawn(|| if is_logo { logo(source) } else { avatar(source) }));
            let Some((large, small)) = written else {
                report.note_of(Note::PictureUnusable, blob.name());
                continue;
            };
            let large = self.store(&large)?;
            let added = if is_logo {
                tx.execute(
                    "update accounts set logo_key = ?1, small_logo_key = ?2, logo_changed_at = ?3",
                    (large, self.store(&small)?, self.now),
                )?
            } else {
                tx.execute(
                    "update users set avatar_path = ?2, avatar_changed_at = ?3 where id = ?1",
                    (id, large, self.now),
                )?
            };
            report.carry(Carried::Pictures, added as u64);
        }
        Ok(())
    }

    fn store(&self, bytes: &[u8]) -> anyhow::Result<String> {
        match self.into {
            Some(files) => Ok(files.store(bytes)?),
            None => Ok(format!("{:032x}", rand::random::<u128>())),
        }
    }
}

/// The picture as it is kept, and its small copy if there is one.
type Drawn = (Vec<u8>, Vec<u8>);
type Source = std::io::Cursor<Vec<u8>>;

/// A decoder that panics has met a broken file.
fn drawn(work: impl FnOnce() -> Result<Drawn, Refused>) -> Option<Drawn> {
    catch_unwind(AssertUnwindSafe(work)).ok()?.ok()
}

fn avatar(source: Source) -> Result<Drawn, Refused> {
    let square = pictures::squared(source, AVATAR_SIDE)?;
    Ok((pictures::smallest(&square)?, Vec::new()))
}

fn logo(source: Source) -> Result<Drawn, Refused> {
    let large = pictures::fitted(source, LOGO_SIDE)?;
    let small = pictures::shrunk(&large, SMALL_LOGO_SIDE);
    Ok((pictures::png(&large)?, pictures::png(&small)?))
}
