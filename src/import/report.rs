//! What an import tells the operator: what came along, and what could not, with numbers.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Named for each kind of difference, so that the operator can look at them.
const EXAMPLES: usize = 3;

/// Something that came along.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Carried {
    People,
    Bots,
    Webhooks,
    Rooms,
    Memberships,
    Messages,
    LinkCards,
    Boosts,
    Files,
    FileBytes,
    Pictures,
    Bans,
    Searches,
    PushSubscriptions,
}

impl Carried {
    fn plural(self) -> &'static str {
        match self {
            Carried::People => "people",
            Carried::Bots => "bots",
            Carried::Webhooks => "webhooks",
            Carried::Rooms => "rooms",
            Carried::Memberships => "memberships",
            Carried::Messages => "messages",
            Carried::LinkCards => "link cards",
            Carried::Boosts => "boosts",
            Carried::Files => "files",
            Carried::FileBytes => "bytes of files",
            Carried::Pictures => "pictures of people, and the logo",
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
    NobodyAdministers,
    NameChanged,
    BioShortened,
    AddressTaken,
    AddressUnusable,
    PasswordUnusable,
    BotKeyUnusable,
    JoinCodeMissing,
    RoomNamed,
    SameDirectRoom,
    StrayMembership,
    StrayMessage,
    StrayBoost,
    StrayFile,
    BoostShortened,
    ClientIdReplaced,
    LostMention,
    LinkCardDropped,
    LinkCardPicture,
    ReadAsText,
    FileMissing,
    FileDamaged,
    PictureUnusable,
    StylesTooLong,
    WebhookUnusable,
    StrayBan,
    UnusableSearch,
    PushWithoutKeys,
    PushUnusable,
    UnreadableTime,
}

impl Note {
    /// A sentence that follows a number.
    fn sentence(self) -> &'static str {
        match self {
            Note::Placeholder => {
                "people were missing who wrote or made something; each is there as a deactivated “Someone who left”"
            }
            Note::NobodyAdministers => {
                "account has nobody left who administers it; name somebody with: campfire make-admin EMAIL"
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
            Note::BotKeyUnusable => "keys of bots were none; each needs a new one",
            Note::JoinCodeMissing => "join code was empty; there is a new one",
            Note::RoomNamed => {
                "rooms had an empty name, or one that was too long, and had to be named"
            }
            Note::SameDirectRoom => {
                "direct rooms had the same people as another one; both are kept, new messages go to the first"
            }
            Note::StrayMembership => "memberships named a room or a person that is not there",
            Note::StrayMessage => "messages were in no room and were left out",
            Note::StrayBoost => "boosts were on no message, or there twice, and were left out",
            Note::StrayFile => {
                "files belonged to no message, or were its eleventh, and were left out"
            }
            Note::BoostShortened => "boosts were longer than 16 characters and were cut",
            Note::ClientIdReplaced => {
                "messages shared a client id with another one and got a new one"
            }
            Note::LostMention => "mentions led to nobody and became ☒",
            Note::LinkCardDropped => {
                "link cards led nowhere, or were not the first of their message, and became plain links"
            }
            Note::LinkCardPicture => {
                "link cards came without their picture, which is not fetched again"
            }
            Note::ReadAsText => {
                "bodies could not be read as formatted text and are kept as plain text"
            }
            Note::FileMissing => "files were not in the directory; their messages say so",
            Note::FileDamaged => {
                "files did not fit their size or checksum and were left out; their messages say so"
            }
            Note::PictureUnusable => "pictures of people, or the logo, could not be read",
            Note::StylesTooLong => "custom styles were longer than 64 KiB and were left out",
            Note::WebhookUnusable => {
                "webhooks were not of a bot, no web address, or its second one, and were left out"
            }
            Note::StrayBan => "banned addresses belonged to nobody who is banned and were left out",
            Note::UnusableSearch => "recent searches were empty, too long or there twice",
            Note::PushWithoutKeys => {
                "devices need the old server's VAPID_PUBLIC_KEY and VAPID_PRIVATE_KEY to get notifications; people can switch them on again"
            }
            Note::PushUnusable => {
                "devices were of nobody who is active, of no known push service, or there twice"
            }
            Note::UnreadableTime => "times could not be read and became the time before",
        }
    }
}

/// How often, and the first of them by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Noted {
    count: u64,
    examples: Vec<String>,
}

/// Counts, kept with the unfinished database so that a second run adds to them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    carried: BTreeMap<Carried, u64>,
    notes: BTreeMap<Note, Noted>,
}

impl Report {
    pub fn carry(&mut self, what: Carried, count: u64) {
        *self.carried.entry(what).or_default() += count;
    }

    pub fn note(&mut self, note: Note) {
        self.notes.entry(note).or_default().count += 1;
    }

    /// Notes something that the operator may want to look for.
    pub fn note_of(&mut self, note: Note, which: impl fmt::Display) {
        let noted = self.notes.entry(note).or_default();
        noted.count += 1;
        if noted.examples.len() < EXAMPLES {
            noted.examples.push(which.to_string());
        }
    }

    pub fn carried(&self, what: Carried) -> u64 {
        self.carried.get(&what).copied().unwrap_or_default()
    }

    pub fn noted(&self, note: Note) -> u64 {
        self.notes.get(&note).map(|noted| noted.count).unwrap_or_default()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, count) in self.carried.iter().filter(|(_, count)| **count > 0) {
            writeln!(f, "{count:>10}  {}", what.plural())?;
        }
        if !self.notes.is_empty() {
            writeln!(f, "What came along differently:")?;
        }
        for (note, Noted { count, examples }) in &self.notes {
            writeln!(f, "{count:>10}  {}", note.sentence())?;
            for example in examples {
                writeln!(f, "{:>12}{example}", "")?;
            }
            let more = count.saturating_sub(examples.len() as u64);
            if !examples.is_empty() && more > 0 {
                writeln!(f, "{:>12}and {more} more", "")?;
            }
        }
        Ok(())
    }
}
