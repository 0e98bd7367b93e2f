//! Files of messages in portions, the pictures of people and bots, and the logo.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use rusqlite::{Connection, Transaction, params};

use super::blobs::{Blob, Brought, COLUMNS, Whole};
use crate::commands::jobs::insert;
use crate::files::Files;
use crate::import::Report;
use crate::import::report::{Carried, Note};
use crate::model::attachment::{Kind, MAX_ATTACHMENTS, clean_filename, kind_of};
use crate::model::text::Refused;
use crate::model::{AttachmentId, Job, Preview, Timestamp};
use crate::pictures::{self, AVATAR_SIDE, LOGO_SIDE, MAX_PICTURE_BYTES, SMALL_LOGO_SIDE};
use crate::richtext::campfire::lost_file;

/// Files in one transaction.
const PORTION: i64 = 50;
/// Milliseconds between two small copies that are to be made, so that those of new messages need
/// not wait for all of them.
const PAUSE_MS: i64 = 100;

/// Where files come from and where they go.
pub struct Moving<'a> {
    pub from: &'a Connection,
    pub folder: &'a Path,
    /// None when this is only a trial.
    pub into: Option<&'a Files>,
    /// Whether first frames can be taken out of films here.
    pub reads_films: bool,
    pub now: Timestamp,
    /// Files of messages there are.
    pub total: u64,
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
        for (n, sent) in (done..).zip(sent) {
            self.attach(tx, &sent, n, report)?;
        }
        Ok(Some((last, done + count)))
    }

    fn attach(
        &self,
        tx: &Transaction<'_>,
        sent: &Sent,
        n: u64,
        report: &mut Report,
    ) -> anyhow::Result<()> {
        let has_room: bool = tx
            .prepare_cached(
                "select exists (select 1 from messages where id = ?1)
                     and (select count(*) from attachments where message_id = ?1) < ?2",
            )?
            .query_row((sent.message_id, MAX_ATTACHMENTS as i64), |row| row.get(0))?;
        if !has_room {
            report.note_of(Note::StrayFile, sent.blob.name());
            return Ok(());
        }
        match sent.blob.bring(self.folder, self.into)? {
            Brought::Whole(whole) => {
                report.carry(Carried::Files, 1);
                report.carry(Carried::FileBytes, u64::try_from(whole.byte_size)?);
                self.insert(tx, sent, &whole, n)
            }
            Brought::Missing => {
                report.note_of(Note::FileMissing, sent.blob.name());
                say_lost(tx, sent)
            }
            Brought::Damaged => {
                report.note_of(Note::FileDamaged, sent.blob.name());
                say_lost(tx, sent)
            }
        }
    }

    fn insert(
        &self,
        tx: &Transaction<'_>,
        sent: &Sent,
        whole: &Whole,
        n: u64,
    ) -> anyhow::Result<()> {
        let filename = clean_filename(&sent.blob.filename);
        let preview = match kind_of(whole.look.content_type) {
            Kind::Film if !self.reads_films => Preview::None,
            _ => whole.look.preview,
        };
        tx.prepare_cached(
            "insert into attachments (message_id, position, uploader_id, storage_key, filename,
                 content_type, byte_size, sha256, width, height, preview, created_at)
             select id, (select count(*) from attachments where message_id = messages.id),
                 creator_id, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, created_at
             from messages where id = ?1",
        )?
        .execute(params![
            sent.message_id,
            whole.key,
            filename,
            whole.look.content_type,
            whole.byte_size,
            whole.sha256.as_slice(),
            whole.look.size.map(|(width, _)| width),
            whole.look.size.map(|(_, height)| height),
            preview,
        ])?;
        if preview == Preview::Pending {
            self.ask_for_preview(tx, AttachmentId(tx.last_insert_rowid()), n)?;
        }
        tx.prepare_cached(
            "update messages set file_names = file_names || iif(file_names = '', '', char(10)) || ?2
             where id = ?1",
        )?
        .execute((sent.message_id, filename))?;
        Ok(())
    }

    /// The newest pictures first, as those are looked at.
    fn ask_for_preview(
        &self,
        tx: &Transaction<'_>,
        id: AttachmentId,
        n: u64,
    ) -> anyhow::Result<()> {
        let behind = i64::try_from(self.total.saturating_sub(n))?;
        let run_at = self.now.plus_ms(behind.saturating_mul(PAUSE_MS));
        insert(tx, &Job::MakePreview { attachment_id: id }, run_at, self.now)?;
        Ok(())
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

/// The message says what was in it.
fn say_lost(tx: &Transaction<'_>, sent: &Sent) -> anyhow::Result<()> {
    let lost = lost_file(&clean_filename(&sent.blob.filename));
    tx.prepare_cached(
        "update messages set body_html = body_html || ?2, body_source = body_source || ?3,
             plain_text = plain_text || iif(plain_text = '', '', char(10)) || ?4
         where id = ?1",
    )?
    .execute((sent.message_id, lost.html, lost.source, lost.plain_text))?;
    Ok(())
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
