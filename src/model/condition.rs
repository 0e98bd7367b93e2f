//! How the server is, as those who look after it are told.

use super::Timestamp;
use super::attachment::size_words;
use super::timestamp::{DAY_MS, HOUR_MS, MINUTE_MS};
use crate::words;

/// Less room than this on the disk is worth a word, in bytes.
pub const LITTLE_ROOM: u64 = 1_000_000_000;
/// A write-ahead log larger than this is worth a word, in bytes: something keeps reading.
const LONG_LOG: u64 = 200_000_000;
/// Without a backup for longer than this, although there should be one each day, in milliseconds.
const NO_BACKUP_MS: i64 = 2 * DAY_MS;
/// Work that has waited longer than this after it was due is worth a word, in milliseconds.
const OVERDUE_MS: i64 = HOUR_MS;

/// Work of one kind that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// As it is stored: `make_preview`.
    pub kind: String,
    pub count: i64,
    /// When the earliest of it was, or is, due.
    pub due_at: Timestamp,
}

/// Everything that is told, at one moment. Sizes are in bytes; what the machine does not say is
/// none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    pub version: &'static str,
    pub now: Timestamp,
    pub started_at: Timestamp,
    /// The database can be read.
    pub reads: bool,
    /// Why it cannot be written; none if it can.
    pub write_failure: Option<String>,
    /// Commands that wait for the writer.
    pub queued: usize,
    pub commands: u64,
    pub commits: u64,
    pub database: u64,
    /// The write-ahead log beside it.
    pub log: u64,
    /// The files of all messages together.
    pub files: i64,
    pub disk_free: Option<u64>,
    pub disk_total: Option<u64>,
    pub memory: Option<u64>,
    pub open_files: Option<u64>,
    pub open_files_limit: Option<u64>,
    /// Pages that are open and listen.
    pub sockets: usize,
    /// A backup is to be made each day.
    pub makes_backups: bool,
    /// When the last one of those was begun.
    pub last_backup: Option<Timestamp>,
    pub jobs: Vec<Waiting>,
    /// What bots are still to be told.
    pub deliveries: Option<Waiting>,
}

impl Condition {
    /// It reads and writes.
    pub fn is_well(&self) -> bool {
        self.reads && self.write_failure.is_none()
    }

    /// Milliseconds since the start.
    pub fn up_ms(&self) -> i64 {
        self.now.ms_since(self.started_at).max(0)
    }

    /// What somebody should look at, a sentence or two each; empty when all is well.
    pub fn concerns(&self) -> Vec<String> {
        let mut concerns = Vec::new();
        if !self.reads {
            concerns.push(words::concern_reads().to_owned());
        }
        if let Some(reason) = &self.write_failure {
            concerns.push(words::concern_writes(reason).to_string());
        }
        if let Some(free) = self.disk_free.filter(|free| *free < LITTLE_ROOM) {
            concerns.push(words::concern_disk(size(free)).to_string());
        }
        if self.log > LONG_LOG {
            concerns.push(words::concern_log(size(self.log)).to_string());
        }
        if let (Some(open), Some(limit)) = (self.open_files, self.open_files_limit)
            && open.saturating_mul(5) > limit.saturating_mul(4)
        {
            concerns.push(words::concern_files(open, limit).to_string());
        }
        let without = self.now.ms_since(self.last_backup.unwrap_or(self.started_at));
        if self.makes_backups && without > NO_BACKUP_MS {
            concerns.push(words::concern_backup(duration_words(without)).to_string());
        }
        for waiting in self.jobs.iter().chain(&self.deliveries) {
            if waiting.overdue_ms(self.now) > OVERDUE_MS {
                concerns.push(
                    words::concern_work(
                        waiting.words(),
                        duration_words(waiting.overdue_ms(self.now)),
                    )
                    .to_string(),
                );
            }
        }
        concerns
    }
}

impl Waiting {
    /// Milliseconds since the earliest was due; 0 if it is not yet.
    pub fn overdue_ms(&self, now: Timestamp) -> i64 {
        now.ms_since(self.due_at).max(0)
    }

    /// What it is, in plain words.
    pub fn words(&self) -> String {
        let said = match self.kind.as_str() {
            "make_preview" => words::work_previews(),
            "preview_link" => words::work_links(),
            "notify_members" | "push_message" => words::work_notifications(),
            "remove_files" => words::work_files(),
            "remove_banned_content" => words::work_banned(),
            "empty_deleted_room" => words::work_rooms(),
            "index_messages" => words::work_search(),
            DELIVERIES => words::work_bots(),
            other => return other.replace('_', " "),
        };
        said.to_owned()
    }
}

/// How what bots are to be told is called among the kinds of work.
pub const DELIVERIES: &str = "webhook_deliveries";

fn size(bytes: u64) -> String {
    size_words(i64::try_from(bytes).unwrap_or(i64::MAX))
}

/// `3 days`, `1 hour`, `12 minutes`.
pub fn duration_words(ms: i64) -> String {
    match ms {
        DAY_MS.. => words::days_long(ms / DAY_MS).to_string(),
        HOUR_MS.. => words::hours_long(ms / HOUR_MS).to_string(),
        MINUTE_MS.. => words::minutes_long(ms / MINUTE_MS).to_string(),
        _ => words::seconds_long(ms.max(0) / 1_000).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition() -> Condition {
        Condition {
            version: "1.0.0",
            now: Timestamp(10 * DAY_MS),
            started_at: Timestamp(0),
            reads: true,
            write_failure: None,
            queued: 0,
            commands: 10,
            commits: 5,
            database: 1_000_000,
            log: 0,
            files: 0,
            disk_free: Some(80_000_000_000),
            disk_total: Some(100_000_000_000),
            memory: Some(40_000_000),
            open_files: Some(20),
            open_files_limit: Some(1_024),
            sockets: 3,
            makes_backups: true,
            last_backup: Some(Timestamp(9 * DAY_MS)),
            jobs: Vec::new(),
            deliveries: None,
        }
    }

    #[test]
    fn nothing_is_said_when_all_is_well() {
        assert!(condition().is_well());
        assert_eq!(condition().concerns(), Vec::<String>::new());
        let late = Waiting { kind: "x".into(), count: 1, due_at: Timestamp(11 * DAY_MS) };
        let later = Condition { jobs: vec![late], ..condition() };
        assert!(later.concerns().is_empty(), "it is not due yet");
    }

    #[test]
    fn each_trouble_is_a_sentence() {
        let waits = |kind: &str| Waiting { kind: kind.into(), count: 2, due_at: Timestamp(DAY_MS) };
        let ill = Condition {
            reads: false,
            write_failure: Some("database or disk is full".into()),
            disk_free: Some(3_000_000),
            log: 900_000_000,
            open_files: Some(1_000),
            last_backup: None,
            jobs: vec![waits("make_preview"), waits("something_new")],
            deliveries: Some(waits(DELIVERIES)),
            ..condition()
        };
        assert!(!ill.is_well());
        let concerns = ill.concerns();
        assert_eq!(concerns.len(), 9, "{concerns:#?}");
        assert!(concerns[2].contains("3.0 MB"), "{}", concerns[2]);
        assert!(concerns[5].contains("No backup was made for 10 days"), "{}", concerns[5]);
        assert!(concerns[6].contains("waited for 9 days"), "{}", concerns[6]);
        assert!(concerns[7].starts_with("something new has"), "{}", concerns[7]);
        let off = Condition { makes_backups: false, last_backup: None, ..condition() };
        assert!(off.concerns().is_empty(), "nobody wants any");
    }

    #[test]
    fn durations_are_said_in_one_unit() {
        for (ms, words) in [
            (0, "0 seconds"),
            (1_500, "1 second"),
            (119_000, "1 minute"),
            (2 * HOUR_MS, "2 hours"),
            (50 * DAY_MS, "50 days"),
        ] {
            assert_eq!(duration_words(ms), words);
        }
    }
}
