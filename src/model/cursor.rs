//! The numbered alterations of rooms, and the number of the last one a reader has seen.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::MessageId;

/// The number of the last change a reader has seen. Change numbers rise through the whole
/// database and are never used twice; 0 is before the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(pub i64);

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Cursor {
    type Err = super::ids::NotAnId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "0" => Ok(Cursor(0)),
            _ => text.parse::<MessageId>().map(|id| Cursor(id.0)),
        }
    }
}

/// One start of the server on one database. Written as 16 hexadecimal digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Epoch(pub u64);

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for Epoch {
    type Err = super::ids::NotAnId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.len() == 16 && text.bytes().all(|digit| digit.is_ascii_hexdigit());
        let number = digits.then(|| u64::from_str_radix(text, 16).ok()).flatten();
        number.map(Epoch).ok_or(super::ids::NotAnId)
    }
}

/// Where a reader stands: the last change they have seen, and the epoch they heard of it in. A
/// reader who names no epoch is taken to be of the present one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    pub cursor: Cursor,
    pub epoch: Option<Epoch>,
}

/// A returning reader who missed more changes than this gets the last page instead.
pub const MAX_REPLAYED_CHANGES: usize = 1_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    Posted,
    Edited,
    Deleted,
    Boosted,
    /// Of a person, not of a message: their name or picture is another one.
    Renamed,
}

impl ChangeKind {
    pub fn as_str(self) -> &'static str {
        match self {
            ChangeKind::Posted => "posted",
            ChangeKind::Edited => "edited",
            ChangeKind::Deleted => "deleted",
            ChangeKind::Boosted => "boosted",
            ChangeKind::Renamed => "renamed",
        }
    }

    pub fn from_stored(text: &str) -> Option<Self> {
        [
            ChangeKind::Posted,
            ChangeKind::Edited,
            ChangeKind::Deleted,
            ChangeKind::Boosted,
            ChangeKind::Renamed,
        ]
        .into_iter()
        .find(|k| k.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_reads_as_it_is_written() {
        for epoch in [Epoch(0), Epoch(7), Epoch(u64::MAX)] {
            assert_eq!(epoch.to_string().parse(), Ok(epoch));
        }
        for wrong in ["", "7", "+000000000000007", "g000000000000000", "00000000000000000"] {
            assert!(wrong.parse::<Epoch>().is_err(), "{wrong}");
        }
    }
}
