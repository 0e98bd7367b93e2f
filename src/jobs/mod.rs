//! Later: work that may be slow, may fail and may be repeated. Rows are its queue, so that a
//! crash loses none of it; one task claims them and works on a few at a time.

mod banned_content;
mod deleted_rooms;
mod link_previews;
pub mod nightly_backup;
pub mod orphans;
mod previews;
mod search_index;
mod stored_files;
pub mod sweep;
pub mod webhooks;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::sleep;

use crate::clock;
use crate::commands::Writer;
use crate::commands::jobs::{ClaimJob, ClaimedJob, FinishJob, PostponeJob, ReleaseJobs};
use crate::db::{Command, Reader};
use crate::error::Result;
use crate::events::Event;
use crate::files::Files;
use crate::model::Job;
use crate::model::attachment::Quota;
use crate::outbound;
use crate::outbound::opengraph::LinkedPages;
use crate::pictures::Pictures;
use crate::pictures::workshop::{self, Workshop};
use crate::queries;
use crate::tokens::TokenKey;

/// Jobs at a time.
const AT_ONCE: usize = 4;
/// Attempts before a job is given up, if its time is not over earlier: more than half a day.
const MOST_ATTEMPTS: u32 = 24;
/// The first pause after a failure; each further one is twice as long, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60 * 60);
/// How long to sleep when nobody wakes us: a guard, as every queued job rings.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// Wakes the worker: there is something to do.
#[derive(Clone, Default)]
pub struct Bell(Arc<Notify>);

impl Bell {
    pub fn ring(&self) {
        self.0.notify_one();
    }
}

/// The bells of all workers.
#[derive(Clone, Default)]
pub struct Bells {
    pub jobs: Bell,
    pub webhooks: Bell,
}

/// What jobs work with.
#[derive(Clone)]
pub struct Tools {
    pub reader: Reader,
    pub writer: Writer,
    pub files: Files,
    pub workshop: Workshop,
    pub outbound: outbound::Client,
    pub tokens: TokenKey,
    /// Most bytes of what the program of a bot answers.
    pub most_heard: u64,
    pub linked_pages: LinkedPages,
    pub pictures: Pictures,
    /// Whether messages may carry files, and how much of them may be stored.
    pub files_enabled: bool,
    pub quota: Quota,
}

/// The worker's task. Jobs under way when it is stopped are done again at the next start.
pub struct Worker {
    task: JoinHandle<()>,
}

impl Worker {
    pub fn start(tools: Tools, bell: Bell) -> Self {
        Self { task: tokio::spawn(run(tools, bell)) }
    }

    /// Stops at once and lets go of the writer.
    pub async fn stop(self) {
        self.task.abort();
        let _ = self.task.await;
    }
}

async fn run(tools: Tools, bell: Bell) {
    while let Err(error) = tools.writer.run(ReleaseJobs).await {
        tracing::warn!(%error, "the jobs of the last run could not be taken up; trying again");
        sleep(FIRST_PAUSE).await;
    }
    let mut under_way = JoinSet::new();
    // Each preview under way holds a share of this.
    let previews = Arc::new(());
    loop {
        let pause = if under_way.len() < AT_ONCE {
            start_one(&tools, &mut under_way, &previews).await
        } else {
            LONGEST_SLEEP
        };
        if pause.is_zero() {
            continue;
        }
        tokio::select! {
            () = sleep(pause) => {}
            () = bell.0.notified() => {}
            Some(_) = under_way.join_next() => {}
        }
    }
}

/// Claims a job that is due and begins it. Gives how long there is nothing to do.
async fn start_one(tools: &Tools, under_way: &mut JoinSet<()>, previews: &Arc<()>) -> Duration {
    // More of them would only wait for their turn, and everything else for them.
    let no_preview = Arc::strong_count(previews) > workshop::AT_ONCE;
    let claimed = match until_due(&tools.reader, no_preview) {
        Ok(Some(pause)) if pause.is_zero() => tools.writer.run(ClaimJob { no_preview }).await,
        Ok(pause) => return pause.unwrap_or(LONGEST_SLEEP).min(LONGEST_SLEEP),
        Err(error) => Err(error),
    };
    match claimed {
        Ok(Some(claimed)) => {
            let share = claimed.is_preview.then(|| previews.clone());
            let attempt = attempt(tools.clone(), claimed);
            under_way.spawn(async move {
                attempt.await;
                drop(share);
            });
            Duration::ZERO
        }
        Ok(None) => FIRST_PAUSE,
        Err(error) => {
            tracing::warn!(%error, "no job could be claimed; trying again");
            FIRST_PAUSE
        }
    }
}

fn until_due(reader: &Reader, no_preview: bool) -> Result<Option<Duration>> {
    let due = reader.read(|db| queries::jobs::next_due_at(db, no_preview))?;
    Ok(due.map(|at| Duration::from_millis(at.ms_since(clock::now()).try_into().unwrap_or(0))))
}

async fn attempt(tools: Tools, claimed: ClaimedJob) {
    let id = claimed.id;
    let outcome = match serde_json::from_str(&claimed.payload) {
        Ok(job) => work(&tools, job).await,
        Err(error) => {
            tracing::error!(%id, %error, "a job cannot be read and is dropped");
            Ok(())
        }
    };
    match outcome {
        Ok(()) => settle(&tools, || FinishJob { id }).await,
        Err(error) if claimed.attempt >= MOST_ATTEMPTS => {
            tracing::error!(%id, %error, attempts = claimed.attempt, "a job is given up");
            settle(&tools, || FinishJob { id }).await;
        }
        Err(error) => {
            let delay_ms =
                i64::try_from(pause_after(claimed.attempt).as_millis()).unwrap_or(i64::MAX);
            tracing::warn!(%id, %error, attempt = claimed.attempt, delay_ms, "a job failed");
            if !settle(&tools, || PostponeJob { id, delay_ms }).await {
                tracing::error!(%id, "a job's time is over; it is given up");
            }
        }
    }
}

/// Writes down what became of a job. While the disk takes no writes no job could do anything
/// else, so this waits until it does.
async fn settle<C: Command<Event>>(tools: &Tools, command: impl Fn() -> C) -> C::Output {
    loop {
        match tools.writer.run(command()).await {
            Ok(settled) => return settled,
            Err(error) => {
                tracing::warn!(%error, "the outcome of a job could not be written down yet");
                sleep(FIRST_PAUSE).await;
            }
        }
    }
}

async fn work(tools: &Tools, job: Job) -> Result<()> {
    match job {
        Job::RemoveBannedContent { user_id, up_to } => {
            banned_content::remove(&tools.writer, user_id, up_to).await
        }
        Job::EmptyDeletedRoom { room_id } => deleted_rooms::empty(&tools.writer, room_id).await,
        Job::PreviewLink { message_id, url } => {
            link_previews::look_up(tools, message_id, url).await
        }
        Job::RemoveFiles { keys } => stored_files::remove(&tools.files, keys).await,
        Job::MakePreview { attachment_id } => previews::make(tools, attachment_id).await,
        Job::IndexMessages => search_index::fill(&tools.writer).await,
    }
}

fn pause_after(attempt: u32) -> Duration {
    let doublings = attempt.saturating_sub(1).min(16);
    (FIRST_PAUSE * 2_u32.pow(doublings)).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_an_hour() {
        assert_eq!(pause_after(1), Duration::from_secs(1));
        assert_eq!(pause_after(4), Duration::from_secs(8));
        assert_eq!(pause_after(MOST_ATTEMPTS), LONGEST_PAUSE);
    }
}
