//! Later: work that may be slow, may fail and may be repeated. Rows are its queue, so that a
//! crash loses none of it; one task claims them and works on a few at a time.

mod banned_content;
mod deleted_rooms;
mod link_previews;
pub mod nightly_backup;
pub mod orphans;
mod previews;
mod pushes;
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
use crate::commands::jobs::{ClaimJob, ClaimedJob, FinishJob, GiveUpJob, PostponeJob, ReleaseJobs};
use crate::db::{Command, Reader};
use crate::error::{Error, Result};
use crate::events::Event;
use crate::files::Files;
use crate::live::Presence;
use crate::model::attachment::Quota;
use crate::model::{Job, Lane};
use crate::outbound;
use crate::outbound::opengraph::LinkedPages;
use crate::outbound::web_push::PushServices;
use crate::pictures::Pictures;
use crate::pictures::workshop::{self, Workshop};
use crate::queries;
use crate::tokens::TokenKey;

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
    /// One for each lane, in their order.
    jobs: [Bell; Lane::ALL.len()],
    pub webhooks: Bell,
}

impl Bells {
    /// There is a job in this lane.
    pub fn ring_for_job(&self, lane: Lane) {
        self.jobs[lane as usize].ring();
    }
}

/// What jobs work with.
#[derive(Clone)]
pub struct Tools {
    pub reader: Reader,
    pub writer: Writer,
    pub files: Files,
    pub workshop: Workshop,
    pub outbound: outbound::Client,
    pub push_services: PushServices,
    pub presence: Arc<Presence>,
    /// The picture that devices with little room show instead of the logo.
    pub badge: &'static str,
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
    pub fn start(tools: Tools, bells: Bells) -> Self {
        Self { task: tokio::spawn(run(tools, bells)) }
    }

    /// Stops at once and lets go of the writer.
    pub async fn stop(self) {
        self.task.abort();
        let _ = self.task.await;
    }
}

async fn run(tools: Tools, bells: Bells) {
    while let Err(error) = tools.writer.run(ReleaseJobs).await {
        tracing::warn!(%error, "the jobs of the last run could not be taken up; trying again");
        sleep(FIRST_PAUSE).await;
    }
    let mut lanes = JoinSet::new();
    for (lane, bell) in Lane::ALL.into_iter().zip(bells.jobs) {
        lanes.spawn(work_off(tools.clone(), lane, bell));
    }
    // They go on until this task is dropped, and then end with it.
    while lanes.join_next().await.is_some() {}
}

/// Jobs at a time.
fn places(lane: Lane) -> usize {
    match lane {
        Lane::Work | Lane::LookUps => 4,
        Lane::Previews => workshop::AT_ONCE,
        Lane::Pushes => 16,
    }
}

async fn work_off(tools: Tools, lane: Lane, bell: Bell) {
    let mut under_way = JoinSet::new();
    loop {
        let pause = if under_way.len() < places(lane) {
            start_one(&tools, lane, &mut under_way).await
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
async fn start_one(tools: &Tools, lane: Lane, under_way: &mut JoinSet<()>) -> Duration {
    let claimed = match until_due(&tools.reader, lane) {
        Ok(Some(pause)) if pause.is_zero() => tools.writer.run(ClaimJob { lane }).await,
        Ok(pause) => return pause.unwrap_or(LONGEST_SLEEP).min(LONGEST_SLEEP),
        Err(error) => Err(error),
    };
    match claimed {
        Ok(Some(claimed)) => {
            under_way.spawn(attempt(tools.clone(), claimed));
            Duration::ZERO
        }
        Ok(None) => FIRST_PAUSE,
        Err(error) => {
            tracing::warn!(%error, "no job could be claimed; trying again");
            FIRST_PAUSE
        }
    }
}

fn until_due(reader: &Reader, lane: Lane) -> Result<Option<Duration>> {
    let due = reader.read(|db| queries::jobs::next_due_at(db, lane))?;
    Ok(due.map(|at| Duration::from_millis(at.ms_since(clock::now()).try_into().unwrap_or(0))))
}

async fn attempt(tools: Tools, claimed: ClaimedJob) {
    let id = claimed.id;
    let job: Job = match serde_json::from_str(&claimed.payload) {
        Ok(job) => job,
        Err(error) => {
            tracing::error!(%id, %error, "a job cannot be read and is dropped");
            return settle(&tools, || FinishJob { id }).await;
        }
    };
    match work(&tools, job.clone()).await {
        Ok(()) => settle(&tools, || FinishJob { id }).await,
        Err(error) if claimed.attempt >= MOST_ATTEMPTS => {
            tracing::error!(%id, %error, attempts = claimed.attempt, "a job is given up");
            settle(&tools, || GiveUpJob { id, job: job.clone() }).await;
        }
        Err(error) => {
            let pause = match &error {
                // Whoever put us off said for how long; who goes on doing so is asked less often.
                Error::TooMany { wait, .. } => (*wait).max(pause_after(claimed.attempt)),
                _ => pause_after(claimed.attempt),
            };
            let delay_ms = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX);
            tracing::warn!(%id, %error, attempt = claimed.attempt, delay_ms, "a job failed");
            if !settle(&tools, || PostponeJob { id, delay_ms, job: job.clone() }).await {
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
        Job::NotifyMembers { message_id } => pushes::notify(tools, message_id).await,
        Job::PushMessage { message_id, subscription_id } => {
            pushes::push(tools, message_id, subscription_id).await
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
