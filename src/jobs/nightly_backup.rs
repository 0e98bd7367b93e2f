//! Makes a backup every day, and removes the oldest ones.

use std::time::{Duration, Instant};

use crate::backups::{Backups, Occasion, Taken};
use crate::clock;
use crate::config::BackupTime;
use crate::model::Timestamp;
use crate::model::timestamp::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS};

/// One that was missed while the server was stopped is made up for so long after its start: what
/// starts has other things to do.
const SETTLING_MS: i64 = 10 * MINUTE_MS;
/// Between an attempt that failed and the next.
const RETRY_MS: i64 = HOUR_MS;
/// Longest sleep, as clocks are set.
const LONGEST_SLEEP_MS: i64 = MINUTE_MS;

/// Runs until it is aborted; does nothing if backups are off.
pub async fn run(backups: Backups, at: BackupTime, kept: usize) {
    let BackupTime::Second(second) = at else { return };
    let started = clock::now();
    let mut not_before = started;
    loop {
        let now = clock::now();
        if now >= not_before && is_due(now, started, second, last(&backups)) {
            if make(&backups, kept).await {
                not_before = now;
            } else {
                not_before = now.plus_ms(RETRY_MS);
            }
        }
        let now = clock::now();
        let next = last_due(now, second).plus_ms(DAY_MS).ms_since(now);
        let pause = next.clamp(SECOND_MS / 10, LONGEST_SLEEP_MS);
        tokio::time::sleep(Duration::from_millis(pause.unsigned_abs())).await;
    }
}

fn last(backups: &Backups) -> Option<Timestamp> {
    backups.last_nightly().unwrap_or_else(|error| {
        let error = format!("{error:#}");
        tracing::warn!(error, "the backups that are there could not be listed");
        None
    })
}

/// Whether the last time a backup was due has gone by without one.
fn is_due(now: Timestamp, started: Timestamp, second: i64, last: Option<Timestamp>) -> bool {
    let due = last_due(now, second);
    let is_made = last.is_some_and(|made| made >= due);
    !is_made && (due >= started || now.ms_since(started) >= SETTLING_MS)
}

/// The last moment that is so many seconds after a midnight.
fn last_due(now: Timestamp, second: i64) -> Timestamp {
    let today = Timestamp(now.0 - now.0.rem_euclid(DAY_MS) + second * SECOND_MS);
    if today <= now { today } else { today.plus_ms(-DAY_MS) }
}

/// Gives whether there is a new one.
async fn make(backups: &Backups, kept: usize) -> bool {
    let begun = Instant::now();
    let backups = backups.clone();
    let made = tokio::task::spawn_blocking(move || {
        let taken = backups.take(&backups.folder(), Occasion::Nightly)?;
        Ok::<_, anyhow::Error>((taken, backups.prune(kept)))
    });
    let outcome = made.await.map_err(anyhow::Error::from).flatten();
    match outcome {
        Ok((Taken { place, bytes, files, missing }, pruned)) => {
            let took_ms = begun.elapsed().as_millis();
            let place = place.display();
            tracing::info!(%place, bytes, files, took_ms, "a backup was made");
            if !missing.is_empty() {
                tracing::warn!(
                    count = missing.len(),
                    ?missing,
                    "files are missing from the backup"
                );
            }
            if let Err(error) = pruned {
                let error = format!("{error:#}");
                tracing::warn!(error, "old backups could not be removed");
            }
            true
        }
        Err(error) => {
            let error = format!("{error:#}");
            tracing::error!(error, "no backup could be made; it is tried again in an hour");
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 20_000 * DAY_MS;
    const THREE: i64 = 3 * 3_600;

    fn at(hour: i64) -> Timestamp {
        Timestamp(DAY + hour * HOUR_MS)
    }

    #[test]
    fn it_is_due_once_a_day_at_its_time() {
        let started = at(-30);
        assert!(!is_due(at(2), started, THREE, Some(at(-21))));
        assert!(is_due(at(3), started, THREE, Some(at(-21))));
        assert!(!is_due(at(4), started, THREE, Some(at(3))));
        assert!(is_due(at(27), started, THREE, Some(at(3))));
    }

    #[test]
    fn one_that_was_missed_is_made_up_for_when_the_server_has_settled() {
        let started = at(9);
        assert!(!is_due(started.plus_ms(MINUTE_MS), started, THREE, Some(at(-21))));
        assert!(is_due(started.plus_ms(SETTLING_MS), started, THREE, Some(at(-21))));
        assert!(is_due(started.plus_ms(SETTLING_MS), started, THREE, None));
        assert!(!is_due(started.plus_ms(SETTLING_MS), started, THREE, Some(at(3))));
    }
}
