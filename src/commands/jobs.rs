//! Work that must survive a crash: queued with what causes it, claimed, finished or put off.

use rusqlite::{Connection, OptionalExtension};

use super::Tx;
use super::attachments::SetPreview;
use super::messages::DropLinkPreview;
use crate::db::Command;
use crate::error::Result;
use crate::events::Event;
use crate::model::{Job, JobId, Lane, Timestamp};

/// Queues work in the transaction that causes it: both are there, or neither.
pub(super) fn enqueue(tx: &mut Tx<'_>, job: &Job) -> Result<()> {
    enqueue_later(tx, job, 0)
}

/// The same, to be done after so many milliseconds.
pub(super) fn enqueue_later(tx: &mut Tx<'_>, job: &Job, delay_ms: i64) -> Result<()> {
    insert(tx, job, tx.now.plus_ms(delay_ms), tx.now)?;
    tx.record(Event::JobQueued { lane: job.lane() });
    Ok(())
}

/// Queues work for the next start of the server, in a database that nobody uses.
pub fn insert(connection: &Connection, job: &Job, run_at: Timestamp, now: Timestamp) -> Result<()> {
    let payload = serde_json::to_string(job).map_err(anyhow::Error::from)?;
    connection
        .prepare_cached(
            "insert into jobs (kind, lane, payload, run_at, drop_at, created_at)
             values (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute((
            job.kind(),
            job.lane().as_str(),
            payload,
            run_at,
            run_at.plus_ms(job.keep_ms()),
            now,
        ))?;
    Ok(())
}

/// A job that is being worked on.
#[derive(Debug)]
pub struct ClaimedJob {
    pub id: JobId,
    /// As stored; only a newer version of the program writes what this one cannot read.
    pub payload: String,
    /// This attempt is the first, second, ...
    pub attempt: u32,
}

/// Takes the job of a lane that has been due for longest, so that nobody else takes it. Attempts
/// are counted before the work, so that one that brings the server down is not tried for ever.
pub struct ClaimJob {
    pub lane: Lane,
}

impl Command<Event> for ClaimJob {
    type Output = Option<ClaimedJob>;

    fn apply(self, tx: &mut Tx<'_>) -> Result<Option<ClaimedJob>> {
        let claimed = tx
            .prepare_cached(
                "update jobs set claimed_at = ?1, attempts = attempts + 1
                 where id = (select id from jobs
                             where claimed_at is null and lane = ?2 and run_at <= ?1
                             order by run_at, id limit 1)
                 returning id, payload, attempts",
            )?
            .query_row((tx.now, self.lane.as_str()), |row| {
                Ok(ClaimedJob { id: row.get(0)?, payload: row.get(1)?, attempt: row.get(2)? })
            })
            .optional()?;
        Ok(claimed)
    }
}

/// The work is done, or nobody can tell what it is.
pub struct FinishJob {
    pub id: JobId,
}

impl Command<Event> for FinishJob {
    type Output = ();

    fn apply(self, tx: &mut Tx<'_>) -> Result<()> {
        tx.prepare_cached("delete from jobs where id = ?1")?.execute([self.id])?;
        Ok(())
    }
}

/// The work did not succeed and is not worth another attempt. Pages that show a place for what
/// it was to bring show something else from now on.
pub struct GiveUpJob {
    pub id: JobId,
    pub job: Job,
}

impl Command<Event> for GiveUpJob {
    type Output = ();

    fn apply(self, tx: &mut Tx<'_>) -> Result<()> {
        FinishJob { id: self.id }.apply(tx)?;
        match self.job {
            Job::MakePreview { attachment_id } => {
                SetPreview { id: attachment_id, made: None }.apply(tx)
            }
            Job::PreviewLink { message_id, url } => DropLinkPreview { message_id, url }.apply(tx),
            // Nobody sees that these were not done.
            Job::RemoveBannedContent { .. }
            | Job::EmptyDeletedRoom { .. }
            | Job::RemoveFiles { .. }
            | Job::NotifyMembers { .. }
            | Job::PushMessage { .. }
            | Job::IndexMessages => Ok(()),
        }
    }
}

/// The work did not succeed: it is tried again after a while, unless its time is over by then.
/// Gives whether it will be.
pub struct PostponeJob {
    pub id: JobId,
    pub delay_ms: i64,
    pub job: Job,
}

impl Command<Event> for PostponeJob {
    type Output = bool;

    fn apply(self, tx: &mut Tx<'_>) -> Result<bool> {
        let run_at = tx.now.plus_ms(self.delay_ms);
        let kept = tx
            .prepare_cached(
                "update jobs set claimed_at = null, run_at = ?2 where id = ?1 and drop_at > ?2",
            )?
            .execute((self.id, run_at))?;
        if kept == 0 {
            GiveUpJob { id: self.id, job: self.job }.apply(tx)?;
        }
        Ok(kept > 0)
    }
}

/// Gives back what was claimed when the server stopped or was killed: at the start nobody works
/// on anything.
pub struct ReleaseJobs;

impl Command<Event> for ReleaseJobs {
    type Output = usize;

    fn apply(self, tx: &mut Tx<'_>) -> Result<usize> {
        let released =
            tx.execute("update jobs set claimed_at = null where claimed_at is not null", [])?;
        Ok(released)
    }
}
