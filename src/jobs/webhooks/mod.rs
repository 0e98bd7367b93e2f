//! Tells the programs behind bots what concerns them. Rows are the queue; each bot has a few
//! places of its own, so that a slow one delays nobody else.

mod answer;
mod file;
mod pace;
mod request;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::time::Duration;

use rand::Rng;
use tokio::task::{Id, JoinHandle, JoinSet};
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::{Bell, Tools, settle};
use crate::clock;
use crate::commands::webhooks::{
    AnswerDelivery, ForgetDeliveries, PostponeDelivery, SettleDelivery, StartDelivery,
};
use crate::error::{Error, Result};
use crate::model::delivery::MOST_RETRIES;
use crate::model::timestamp::MINUTE_MS;
use crate::model::{DeliveryId, DeliveryState, ToDeliver, UserId};
use crate::outbound::CallError;
use crate::queries;
use answer::{Heard, NotTaken};
use pace::Pace;

/// Deliveries to one bot at a time.
const AT_ONCE_PER_BOT: usize = 4;
/// Deliveries at a time in all; more would only keep memory for answers.
const AT_ONCE: usize = 64;
/// The pauses before the further attempts, give or take a quarter.
const PAUSES: [Duration; MOST_RETRIES as usize] =
    [Duration::from_secs(1), Duration::from_secs(10), Duration::from_secs(60)];
/// How long to rest when the database takes no writes.
const REST: Duration = Duration::from_secs(1);
/// How long to sleep when nobody wakes us: a guard, as every queued delivery rings.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);
/// How often old deliveries are forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(10 * 60);

/// The task that starts deliveries. Those under way when it is stopped are made again at the next
/// start, under the key they had.
pub struct Courier {
    task: JoinHandle<()>,
}

impl Courier {
    pub fn start(tools: Tools, bell: Bell) -> Self {
        let (under_way, paces) = (HashMap::new(), HashMap::new());
        let mut round = Round { tools, under_way, paces, tasks: JoinSet::new() };
        Self { task: tokio::spawn(async move { round.run(bell).await }) }
    }

    /// Stops at once and lets go of the writer.
    pub async fn stop(self) {
        self.task.abort();
        let _ = self.task.await;
    }
}

struct Round {
    tools: Tools,
    under_way: HashMap<Id, (UserId, DeliveryId)>,
    /// Of the bots that were told something since the start.
    paces: HashMap<UserId, Pace>,
    tasks: JoinSet<()>,
}

impl Round {
    async fn run(&mut self, bell: Bell) {
        let mut forget = interval(FORGET_EVERY);
        forget.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let pause = self.start_what_is_due().unwrap_or_else(|error| {
                tracing::warn!(%error, "waiting deliveries could not be read; trying again");
                REST
            });
            tokio::select! {
                () = sleep(pause) => {}
                () = bell.0.notified() => {}
                Some(ended) = self.tasks.join_next_with_id() => {
                    let id = match ended {
                        Ok((id, ())) => id,
                        Err(error) => {
                            tracing::error!(%error, "a delivery panicked; it is tried again");
                            error.id()
                        }
                    };
                    self.under_way.remove(&id);
                }
                _ = forget.tick() => {
                    if let Err(error) = self.tools.writer.run(ForgetDeliveries).await {
                        tracing::warn!(%error, "old deliveries could not be forgotten yet");
                    }
                }
            }
        }
    }

    /// Begins what is due, as far as there are places. Gives how long there is nothing to do.
    fn start_what_is_due(&mut self) -> Result<Duration> {
        let mut pause = LONGEST_SLEEP;
        for bot_id in self.tools.reader.read(queries::webhooks::bots)? {
            let mine: Vec<DeliveryId> = self.under_way_of(bot_id);
            let free = AT_ONCE_PER_BOT.saturating_sub(mine.len());
            if free == 0 {
                continue;
            }
            // Those under way still wait, and stand in front.
            let limit = free + mine.len();
            let waiting =
                self.tools.reader.read(|db| queries::webhooks::waiting(db, bot_id, limit))?;
            for (id, due_at) in waiting.into_iter().filter(|(id, _)| !mine.contains(id)) {
                let now = clock::now();
                let ms = match due_at.ms_since(now) {
                    ms if ms > 0 => ms,
                    _ if self.tasks.len() >= AT_ONCE => continue,
                    _ => self.pace_of(bot_id)?.begin(now),
                };
                if ms > 0 {
                    pause = pause.min(Duration::from_millis(ms.unsigned_abs()));
                } else {
                    let task = self.tasks.spawn(deliver(self.tools.clone(), id));
                    self.under_way.insert(task.id(), (bot_id, id));
                }
            }
        }
        Ok(pause)
    }

    /// How fast a bot is told; what it was told before the start counts as well.
    fn pace_of(&mut self, bot_id: UserId) -> Result<&mut Pace> {
        match self.paces.entry(bot_id) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(unknown) => {
                let since = clock::now().plus_ms(-MINUTE_MS);
                let read = |db: &_| queries::webhooks::attempted_since(db, bot_id, since);
                Ok(unknown.insert(Pace::new(self.tools.reader.read(read)?)))
            }
        }
    }

    fn under_way_of(&self, bot_id: UserId) -> Vec<DeliveryId> {
        let all = self.under_way.values();
        all.filter(|(of, _)| *of == bot_id).map(|(_, id)| *id).collect()
    }
}

async fn deliver(tools: Tools, id: DeliveryId) {
    let started = match tools.writer.run(StartDelivery { id }).await {
        Ok(started) => started,
        Err(error) => {
            tracing::warn!(%id, %error, "a delivery could not be started; trying again");
            return sleep(REST).await;
        }
    };
    let Some(told) = started else { return };
    let attempt = told.attempt;
    match tell(&tools, &told).await {
        Went::Answered { http_status, heard } => {
            tracing::info!(%id, bot_id = %told.bot.id, attempt, http_status, "a bot was told");
            post_answer(&tools, &told, http_status, heard).await;
        }
        Went::Failed { http_status, outcome, again, said } => {
            tracing::warn!(%id, bot_id = %told.bot.id, attempt, ?http_status, outcome,
                "a bot could not be told");
            match PAUSES.get(attempt.saturating_sub(1) as usize).filter(|_| again) {
                Some(pause) => {
                    let delay_ms = with_jitter(*pause);
                    let postponed = PostponeDelivery { id, delay_ms, http_status, outcome };
                    settle(&tools, || postponed.clone()).await;
                }
                None => give_up(&tools, &told, http_status, outcome, said).await,
            }
        }
    }
}

/// How it went.
enum Went {
    Answered {
        http_status: u16,
        heard: Heard,
    },
    Failed {
        http_status: Option<u16>,
        outcome: String,
        /// Whether it may be tried again.
        again: bool,
        /// What the bot says about it in the room when it is not.
        said: Option<String>,
    },
}

async fn tell(tools: &Tools, told: &ToDeliver) -> Went {
    let call = match request::call(tools, told) {
        Ok(call) => call,
        Err(outcome) => {
            return Went::Failed { http_status: None, outcome, again: false, said: None };
        }
    };
    let begun = tokio::time::Instant::now();
    let answer = match tools.outbound.send(call).await {
        Ok(answer) => answer,
        Err(error) => return failed(None, error, begun.elapsed()),
    };
    let http_status = answer.status.as_u16();
    if answer.status.is_server_error() {
        answer.finish().await;
        let outcome = "The program answered that it failed.".to_owned();
        return Went::Failed { http_status: Some(http_status), outcome, again: true, said: None };
    }
    match answer::read(tools, answer).await {
        Ok(heard) => Went::Answered { http_status, heard },
        Err(NotTaken::Call(error)) => failed(Some(http_status), error, begun.elapsed()),
        Err(NotTaken::Refused(outcome)) => Went::Failed {
            http_status: Some(http_status),
            outcome: outcome.to_owned(),
            again: false,
            said: None,
        },
    }
}

/// Whether to try again depends on whether the other side may have heard us and be at work.
fn failed(http_status: Option<u16>, error: CallError, took: Duration) -> Went {
    let seconds = match took < request::WHOLE {
        true => request::SILENCE.as_secs(),
        false => request::WHOLE.as_secs(),
    };
    let (again, said) = match error {
        CallError::TimedOut { sent } => {
            (!sent, Some(format!("Failed to respond within {seconds} seconds")))
        }
        CallError::NotConnected | CallError::NoAddress | CallError::BadTls => (true, None),
        // Once it answers, it has heard us.
        CallError::BrokeOff => (http_status.is_none(), None),
        _ => (false, None),
    };
    let outcome = match (&error, &said) {
        (_, Some(said)) => format!("{said}."),
        (error, None) => sentence(&error.to_string()),
    };
    Went::Failed { http_status, outcome, again, said }
}

/// `it broke` becomes `It broke.`
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase).into_iter().flatten();
    first.chain(letters).chain(['.']).collect()
}

fn with_jitter(pause: Duration) -> i64 {
    let ms = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX / 2);
    ms + rand::rng().random_range(-ms / 4..=ms / 4)
}

/// Settles a delivery that failed for good; what there is to say is said by the bot.
async fn give_up(
    tools: &Tools,
    told: &ToDeliver,
    http_status: Option<u16>,
    outcome: String,
    said: Option<String>,
) {
    let id = told.id;
    let settled = SettleDelivery { id, state: DeliveryState::Failed, http_status, outcome };
    let heard = said.filter(|_| told.message.is_some()).map_or(Heard::Nothing, Heard::text);
    post_or_settle(tools, told, settled, heard).await;
}

async fn post_answer(tools: &Tools, told: &ToDeliver, http_status: u16, heard: Heard) {
    let outcome = match &heard {
        Heard::Nothing if http_status >= 300 => "Refused by the program.",
        Heard::Nothing => "Received.",
        _ if told.message.is_none() => "Answered. What a test is answered is not posted.",
        _ => "Answered.",
    };
    let state = match http_status {
        200..300 => DeliveryState::Delivered,
        _ => DeliveryState::Failed,
    };
    let settled = SettleDelivery {
        id: told.id,
        state,
        http_status: Some(http_status),
        outcome: outcome.to_owned(),
    };
    let heard = match told.message {
        Some(_) => heard,
        None => {
            forget_file(tools, &heard);
            Heard::Nothing
        }
    };
    post_or_settle(tools, told, settled, heard).await;
}

/// Posts what was heard in the transaction that settles the delivery. While the disk takes no
/// writes this waits: what the program answered must not be lost, nor asked for again.
async fn post_or_settle(tools: &Tools, told: &ToDeliver, settled: SettleDelivery, heard: Heard) {
    loop {
        let message = match answer::composed(tools, told, &heard) {
            Ok(Some(message)) => message,
            Ok(None) => return settle(tools, || settled.clone()).await,
            Err(outcome) => {
                forget_file(tools, &heard);
                return settle_saying(tools, settled, outcome).await;
            }
        };
        match tools.writer.run(AnswerDelivery { settled: settled.clone(), message }).await {
            Ok(posted) => {
                if posted.repeated {
                    forget_file(tools, &heard);
                }
                return;
            }
            Err(Error::Busy) => sleep(REST).await,
            Err(Error::NotFound) => {
                forget_file(tools, &heard);
                let outcome = "Not posted: the bot may not write in this room any more.".to_owned();
                return settle_saying(tools, settled, outcome).await;
            }
            Err(Error::NoSpace) => {
                forget_file(tools, &heard);
                let outcome = "Not posted: there is no room left for files.".to_owned();
                return settle_saying(tools, settled, outcome).await;
            }
            Err(error) => {
                forget_file(tools, &heard);
                tracing::error!(id = %settled.id, %error, "the answer of a bot was not posted");
                return settle_saying(tools, settled, "The answer could not be posted.".into())
                    .await;
            }
        }
    }
}

/// A file that was answered and is not posted.
fn forget_file(tools: &Tools, heard: &Heard) {
    if let Heard::File(stored) = heard {
        file::forget(&tools.files, stored);
    }
}

async fn settle_saying(tools: &Tools, settled: SettleDelivery, outcome: String) {
    settle(tools, || SettleDelivery { outcome: outcome.clone(), ..settled.clone() }).await;
}
