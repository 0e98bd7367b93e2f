//! The page that tells administrators how the server is, in plain words.

use askama::Template;

use super::{Site, Viewer, assets};
use crate::model::attachment::size_words;
use crate::model::condition::{Condition, Waiting, duration_words};
use crate::words;

/// How the server is at the moment.
#[derive(Clone, Debug, Template)]
#[template(path = "health/show.html")]
pub struct HealthPage {
    pub site: Site,
    pub viewer: Viewer,
    pub condition: Condition,
}

impl HealthPage {
    fn size(bytes: &u64) -> String {
        size_words(i64::try_from(*bytes).unwrap_or(i64::MAX))
    }

    fn files(&self) -> String {
        size_words(self.condition.files)
    }

    fn up(&self) -> String {
        duration_words(self.condition.up_ms())
    }

    fn last_backup(&self) -> String {
        match self.condition.last_backup {
            Some(at) => {
                words::backup_ago(duration_words(self.condition.now.ms_since(at))).to_string()
            }
            None if self.condition.makes_backups => words::none_yet().to_owned(),
            None => words::switched_off().to_owned(),
        }
    }

    /// What waits, and since when if it should have been done.
    fn state_of(&self, waiting: &Waiting) -> String {
        match waiting.overdue_ms(self.condition.now) {
            ms if ms >= 60_000 => words::waiting_for(waiting.count, duration_words(ms)).to_string(),
            _ => words::waiting_counted(waiting.count).to_string(),
        }
    }

    fn waiting(&self) -> Vec<&Waiting> {
        self.condition.jobs.iter().chain(&self.condition.deliveries).collect()
    }
}
