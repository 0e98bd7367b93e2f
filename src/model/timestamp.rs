//! A moment: integer milliseconds since 1970 in UTC, as stored and as sent.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::words;

/// Milliseconds since 1970-01-01 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

pub const SECOND_MS: i64 = 1_000;
pub const MINUTE_MS: i64 = 60 * SECOND_MS;
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
pub const DAY_MS: i64 = 24 * HOUR_MS;

impl Timestamp {
    /// This moment and `ms` milliseconds.
    pub fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to this moment; negative if it is later.
    pub fn ms_since(self, earlier: Timestamp) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// `14:05`, in UTC: what a page shows before a script puts it into the reader's zone.
    pub fn clock(self) -> String {
        self.format("%H:%M")
    }

    /// `20 November 2026`, in UTC and in the language that is spoken.
    pub fn day(self) -> String {
        let Ok(moment) = jiff::Timestamp::from_millisecond(self.0) else { return String::new() };
        let date = moment.to_zoned(jiff::tz::TimeZone::UTC).date();
        let months = [
            words::january,
            words::february,
            words::march,
            words::april,
            words::may,
            words::june,
            words::july,
            words::august,
            words::september,
            words::october,
            words::november,
            words::december,
        ];
        let month = usize::try_from(date.month() - 1).ok().and_then(|at| months.get(at));
        words::date(date.day(), month.map_or("", |month| month()), date.year()).to_string()
    }

    fn format(self, pattern: &str) -> String {
        jiff::Timestamp::from_millisecond(self.0)
            .map(|t| t.strftime(pattern).to_string())
            .unwrap_or_default()
    }
}

/// ISO 8601 with milliseconds: `2026-11-20T14:05:09.123Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.format("%Y-%m-%dT%H:%M:%S%.3fZ"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_iso_8601_with_three_decimals() {
        assert_eq!(Timestamp(1_795_183_509_120).to_string(), "2026-11-20T14:05:09.120Z");
        assert_eq!(Timestamp(1_795_183_509_120).clock(), "14:05");
        assert_eq!(Timestamp(1_795_183_509_120).day(), "20 November 2026");
    }
}
