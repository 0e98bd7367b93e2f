//! What an import tells the operator: what came along, and what could not, with numbers.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Something that came along.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Carried {
    People,
    Bots,
    Rooms,
    Memberships,
    Messages,
    Boosts,
    Files,
    Bans,
    Searches,
    PushSubscriptions,
}

impl Carried {
    fn plural(self) -> &'static str {
        match self {
            Carried::People => "people",
            Carried::Bots => "bots",
            Carried::Rooms => "rooms",
            Carried::Memberships => "memberships",
            Carried::Messages => "messages",
            Carried::Boosts => "boosts",
            Carried::Files => "files",
            Carried::Bans => "banned addresses",
            Carried::Searches => "recent searches",
            Carried::PushSubscriptions => "devices that get notifications",
        }
    }
}

/// Something that came along differently, or not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Note {
    Placeholder,
    NameChanged,
    BioShortened,
    AddressTaken,
    AddressUnusable,
    PasswordUnusable,
    RoomNamed,
    SameDirectRoom,
    StrayMembership,
    StrayMessage,
    StrayBoost,
    BoostShortened,
    ClientIdReplaced,
    LostMention,
    LinkCardDropped,
    ReadAsText,
    FileMissing,
    FileDamaged,
    PictureUnusable,
    StylesTooLong,
    SecondWebhook,
    UnusableSearch,
    PushWithoutKeys,
    UnreadableTime,
}

impl Note {
    /// A sentence that follows a number.
    fn sentence(self) -> &'static str {
        match self {
            Note::Placeholder => {
                "people were missing who wrote or made something; each is there as a deactivated “Someone who left”"
            }
            Note::NameChanged => "names were empty or too long and had to be changed",
            Note::BioShortened => "bios were longer than 200 characters and were cut",
            Note::AddressTaken => {
                "addresses were the same as another one but for capital letters and were left out; their owners need a sign-in link"
            }
            Note::AddressUnusable => {
                "addresses were no email addresses and were left out; their owners need a sign-in link"
            }
            Note::PasswordUnusable => "password digests were not bcrypt and were left out",
            Note::RoomNamed => {
                "rooms had an empty name, or one that was too long, and had to be named"
            }
            Note::SameDirectRoom => {
                "direct rooms had the same people as another one; both are kept, new messages go to the first"
            }
            Note::StrayMembership => "memberships named a room or a person that is not there",
            Note::StrayMessage => "messages were in no room and were left out",
            Note::StrayBoost => "boosts were on no message, or there twice, and were left out",
            Note::BoostShortened => "boosts were longer than 16 characters and were cut",
            Note::ClientIdReplaced => {
                "messages shared a client id with another one and got a new one"
            }
            Note::LostMention => "mentions led to nobody and became ☒",
            Note::LinkCardDropped => {
                "link cards became plain links; their pages are not asked for again"
            }
            Note::ReadAsText => {
                "bodies could not be read as formatted text and are kept as plain text"
            }
            Note::FileMissing => "files were not in the directory; their messages say so",
            Note::FileDamaged => "files did not fit their checksum and were left out",
            Note::PictureUnusable => "pictures of people or the logo could not be read",
            Note::StylesTooLong => "custom styles were longer than 64 KiB and were left out",
            Note::SecondWebhook => "bots had a second webhook, which was left out",
            Note::UnusableSearch => "recent searches were empty, too long or there twice",
            Note::PushWithoutKeys => {
                "devices need the old server's VAPID_PUBLIC_KEY and VAPID_PRIVATE_KEY to get notifications; people can switch them on again"
            }
            Note::UnreadableTime => "times could not be read and became the time before",
        }
    }
}

/// Counts, kept with the unfinished database so that a second run adds to them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    carried: BTreeMap<Carried, u64>,
    notes: BTreeMap<Note, u64>,
}

impl Report {
    pub fn carry(&mut self, what: Carried, count: u64) {
        *self.carried.entry(what).or_default() += count;
    }

    pub fn note(&mut self, note: Note) {
        *self.notes.entry(note).or_default() += 1;
    }

    pub fn carried(&self, what: Carried) -> u64 {
        self.carried.get(&what).copied().unwrap_or_default()
    }

    /// Adds what another one counted.
    pub fn add(&mut self, other: &Report) {
        for (what, count) in &other.carried {
            *self.carried.entry(*what).or_default() += count;
        }
        for (note, count) in &other.notes {
            *self.notes.entry(*note).or_default() += count;
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, count) in &self.carried {
            writeln!(f, "{count:>10}  {}", what.plural())?;
        }
        if !self.notes.is_empty() {
            writeln!(f, "What came along differently:")?;
        }
        for (note, count) in &self.notes {
            writeln!(f, "{count:>10}  {}", note.sentence())?;
        }
        Ok(())
    }
}
