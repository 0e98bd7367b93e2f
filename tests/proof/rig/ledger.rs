//! What the senders know: every message they tried to post, and what became of it.

use std::collections::BTreeMap;

use super::person::Outcome;

/// One message, by the id its sender chose.
#[derive(Clone, Debug)]
pub struct Entry {
    pub room: i64,
    pub sender: i64,
    /// What it may say: more than one text while the outcome of an edit is not known.
    pub texts: Vec<String>,
    /// The file that was sent with it.
    pub file: Option<Vec<u8>>,
    pub outcome: Outcome,
    pub presence: Presence,
}

/// Whether a message was taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    There,
    Gone,
    /// It was asked for, and the answer was lost.
    Either,
}

/// Every message of some hands, by its client message id.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    pub entries: BTreeMap<String, Entry>,
}

impl Ledger {
    /// Writes a message down before it is sent.
    pub fn begin(&mut self, uuid: &str, room: i64, sender: i64, text: &str) {
        let entry = Entry {
            room,
            sender,
            texts: vec![text.to_owned()],
            file: None,
            outcome: Outcome::Unknown,
            presence: Presence::There,
        };
        self.entries.insert(uuid.to_owned(), entry);
    }

    /// A file goes with it.
    pub fn with_file(&mut self, uuid: &str, file: Vec<u8>) {
        self.entries.get_mut(uuid).unwrap().file = Some(file);
    }

    /// What the server said to it.
    pub fn settle(&mut self, uuid: &str, outcome: Outcome) {
        self.entries.get_mut(uuid).unwrap().outcome = outcome;
    }

    /// What became of a change of text.
    pub fn edited(&mut self, uuid: &str, text: &str, outcome: &Outcome) {
        let entry = self.entries.get_mut(uuid).unwrap();
        match outcome {
            Outcome::Acked { .. } => entry.texts = vec![text.to_owned()],
            Outcome::Unknown => entry.texts.push(text.to_owned()),
            Outcome::Refused(_) => {}
        }
    }

    /// What became of a deletion.
    pub fn deleted(&mut self, uuid: &str, outcome: &Outcome) {
        let entry = self.entries.get_mut(uuid).unwrap();
        entry.presence = match outcome {
            Outcome::Acked { .. } => Presence::Gone,
            // Gone already: an earlier attempt had worked.
            Outcome::Refused(404) if entry.presence == Presence::Either => Presence::Gone,
            Outcome::Unknown => Presence::Either,
            Outcome::Refused(_) => entry.presence,
        };
    }

    /// Messages whose fate is not known.
    pub fn unknown(&self) -> Vec<String> {
        let unknown = self.entries.iter().filter(|(_, entry)| entry.outcome == Outcome::Unknown);
        unknown.map(|(uuid, _)| uuid.clone()).collect()
    }

    pub fn acked(&self) -> usize {
        self.entries.values().filter(|entry| matches!(entry.outcome, Outcome::Acked { .. })).count()
    }

    pub fn absorb(&mut self, other: Ledger) {
        self.entries.extend(other.entries);
    }
}
