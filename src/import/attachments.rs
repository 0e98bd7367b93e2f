//! Files of messages as rows, the small copies that are to be made of them, and what stands where
//! one was lost.

use rusqlite::{Transaction, params};

use crate::commands::jobs::insert;
use crate::model::attachment::{Kind, MAX_ATTACHMENTS, kind_of};
use crate::model::{AttachmentId, Body, Job, Preview, Timestamp};
use crate::pictures::measure::Look;
use crate::pictures::workshop::Workshop;

/// Milliseconds between two small copies that are to be made, so that those of new messages need
/// not wait for all of them.
const PAUSE_MS: i64 = 100;

/// A file that was read to its end, and stored unless this is only a trial.
pub struct Whole {
    pub key: String,
    pub byte_size: i64,
    pub sha256: [u8; 32],
    pub look: Look,
}

/// How files become rows here.
pub struct Attaching {
    /// Whether first frames can be taken out of films here.
    reads_films: bool,
    now: Timestamp,
}

impl Attaching {
    pub fn new(now: Timestamp) -> Self {
        Self { reads_films: Workshop::open().reads_films(), now }
    }

    /// Ties a file to a message, which is there, under a clean name.
    ///
    /// # Errors
    /// When the database fails.
    pub fn insert(
        &self,
        tx: &Transaction<'_>,
        message_id: i64,
        filename: &str,
        whole: &Whole,
    ) -> anyhow::Result<()> {
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
            message_id,
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
            let job = Job::MakePreview { attachment_id: AttachmentId(tx.last_insert_rowid()) };
            insert(tx, &job, self.now, self.now)?;
        }
        tx.prepare_cached(
            "update messages set file_names = file_names || iif(file_names = '', '', char(10)) || ?2
             where id = ?1",
        )?
        .execute((message_id, filename))?;
        Ok(())
    }
}

/// Spreads the small copies that are to be made over time, those of the newest files first, as
/// these are looked at.
///
/// # Errors
/// When the database fails.
pub fn spread_previews(tx: &Transaction<'_>) -> rusqlite::Result<()> {
    tx.execute(
        "update jobs set run_at = run_at + ?1 * behind, drop_at = drop_at + ?1 * behind
         from (select id as job_id, row_number() over (order by id desc) - 1 as behind
               from jobs where kind = 'make_preview')
         where id = job_id",
        [PAUSE_MS],
    )?;
    Ok(())
}

/// Whether the message is there and may have one more file.
///
/// # Errors
/// When the database fails.
pub fn has_room(tx: &Transaction<'_>, message_id: i64) -> rusqlite::Result<bool> {
    tx.prepare_cached(
        "select exists (select 1 from messages where id = ?1)
             and (select count(*) from attachments where message_id = ?1) < ?2",
    )?
    .query_row((message_id, MAX_ATTACHMENTS as i64), |row| row.get(0))
}

/// Adds to a message what is said in the place of a file.
///
/// # Errors
/// When the database fails.
pub fn say_instead(tx: &Transaction<'_>, message_id: i64, said: &Body) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "update messages set body_html = body_html || ?2, body_source = body_source || ?3,
             plain_text = plain_text || iif(plain_text = '', '', char(10)) || ?4
         where id = ?1",
    )?
    .execute((message_id, &said.html, &said.source, &said.plain_text))?;
    Ok(())
}
