//! When notifications stay away: every night by the person's own clock, or for a while.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::Timestamp;
use super::text::Refused;
use crate::words::{self, sentence};

/// When a room that was muted until tomorrow speaks again.
const MORNING: Time = Time::constant(8, 0, 0, 0);

/// Hours of every day without notifications. May go over midnight.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietHours {
    /// Minutes since midnight.
    from: u16,
    to: u16,
    /// A name of the time zone database, such as `Europe/Berlin`.
    zone: String,
}

impl QuietHours {
    /// `22:00`, `07:30` and a time zone, as a form has them. Beginning and end must differ.
    pub fn parse(from: &str, to: &str, zone: &str) -> Result<Self, Refused> {
        let minute =
            |text: &str| minute_of(text).ok_or_else(|| Refused(sentence(words::give_both_times)));
        let (from, to) = (minute(from)?, minute(to)?);
        if from == to {
            return Err(Refused(sentence(words::quiet_hours_need_an_end)));
        }
        let known = TimeZone::get(zone.trim()).ok();
        let name = known.as_ref().and_then(TimeZone::iana_name);
        let zone = name.ok_or_else(|| Refused(sentence(words::no_such_time_zone)))?.to_owned();
        Ok(Self { from, to, zone })
    }

    /// Whether this moment is one of them.
    pub fn cover(&self, now: Timestamp) -> bool {
        let Some(time) = local(now, &self.zone).map(|local| local.time()) else { return false };
        let minute = u16::try_from(i32::from(time.hour()) * 60 + i32::from(time.minute()));
        let Ok(minute) = minute else { return false };
        if self.from < self.to {
            (self.from..self.to).contains(&minute)
        } else {
            minute >= self.from || minute < self.to
        }
    }

    /// `22:00`
    pub fn begin(&self) -> String {
        clock(self.from)
    }

    /// `07:30`
    pub fn end(&self) -> String {
        clock(self.to)
    }

    pub fn zone(&self) -> &str {
        &self.zone
    }
}

fn clock(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

fn minute_of(text: &str) -> Option<u16> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.get(..2)?.parse().ok()?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

fn local(now: Timestamp, zone: &str) -> Option<jiff::Zoned> {
    let zone = TimeZone::get(zone).ok()?;
    Some(jiff::Timestamp::from_millisecond(now.0).ok()?.to_zoned(zone))
}

/// Eight in the morning of the day after `now`, by the clock of `zone`; an unknown one is UTC.
pub fn next_morning(now: Timestamp, zone: &str) -> Timestamp {
    let morning = local(now, zone).or_else(|| local(now, "UTC")).and_then(|local| {
        let day = local.date().tomorrow().ok()?;
        day.to_datetime(MORNING).to_zoned(local.time_zone().clone()).ok()
    });
    morning.map_or(now, |morning| Timestamp(morning.timestamp().as_millisecond()))
}

/// Whether there is a time zone of this name.
pub fn is_zone(name: &str) -> bool {
    TimeZone::get(name).is_ok_and(|zone| zone.iana_name().is_some())
}

/// The names of all time zones, sorted.
pub fn zones() -> Vec<String> {
    let known = jiff::tz::db().available();
    let mut names: Vec<String> = known.map(|name| name.to_string()).collect();
    names.retain(|name| name == "UTC" || name.contains('/') && !name.starts_with("Etc/"));
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 20 November 2026, 14:05 UTC.
    const AFTERNOON: Timestamp = Timestamp(1_795_183_509_120);

    fn cover(from: &str, to: &str, zone: &str) -> bool {
        QuietHours::parse(from, to, zone).unwrap().cover(AFTERNOON)
    }

    #[test]
    fn hours_are_those_of_the_persons_clock() {
        assert!(cover("14:00", "14:06", "UTC") && !cover("14:06", "15:00", "UTC"));
        assert!(!cover("14:00", "14:05", "UTC"), "the end is no longer quiet");
        // 15:05 there, 23:05 there, 06:05 there.
        assert!(
            cover("15:00", "16:00", "Europe/Berlin") && !cover("14:00", "15:00", "Europe/Berlin")
        );
        assert!(cover("22:00", "07:00", "Asia/Tokyo"), "over midnight");
        assert!(cover("22:00", "07:00", "America/Los_Angeles"));
        assert!(!cover("22:00", "06:00", "America/Los_Angeles"));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for (from, to, zone) in [
            ("", "07:00", "UTC"),
            ("25:00", "07:00", "UTC"),
            ("22:00", "22:00", "UTC"),
            ("22:00", "07:00", "Moon/Base"),
            ("22", "7", "UTC"),
        ] {
            assert!(QuietHours::parse(from, to, zone).is_err(), "{from} {to} {zone}");
        }
        assert_eq!(
            QuietHours::parse("22:00", "07:05", "europe/berlin").unwrap().zone(),
            "Europe/Berlin"
        );
        assert!(zones().iter().any(|zone| zone == "Europe/Berlin"));
    }

    #[test]
    fn tomorrow_begins_at_eight() {
        let morning = next_morning(AFTERNOON, "Europe/Berlin");
        assert_eq!(morning.to_string(), "2026-11-21T07:00:00.000Z");
        assert_eq!(next_morning(AFTERNOON, "nowhere").to_string(), "2026-11-21T08:00:00.000Z");
    }
}
