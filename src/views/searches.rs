//! The search page: the box, what was looked for lately, and what was found.

use askama::Template;

use super::{Site, Viewer, assets};
use crate::model::search::{MAX_QUERY, Passage};
use crate::model::{Author, MessageId, RoomId, Timestamp};
use crate::words;

/// One message that fits, as one entry of a list.
#[derive(Clone, Debug)]
pub struct FoundMessage {
    pub id: MessageId,
    pub room_id: RoomId,
    /// The room's name, or the people of a ping.
    pub room: String,
    pub author: Author,
    pub created_at: Timestamp,
    /// A line of the text; none if the message has no text.
    pub passage: Option<Passage>,
    /// The names of its files.
    pub files: Vec<Passage>,
}

/// The order of what was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    #[default]
    Newest,
    Best,
}

/// What was found, or why nothing was.
#[derive(Clone, Debug, Default)]
pub struct Results {
    /// As typed; empty when nothing was looked for.
    pub query: String,
    pub order: Order,
    pub messages: Vec<FoundMessage>,
    /// Sentences about what was not understood or not found.
    pub notes: Vec<String>,
    /// What was typed holds nothing that could be looked for.
    pub is_empty_query: bool,
    /// This is not the beginning of the list.
    pub is_continued: bool,
    /// Older messages are still being prepared for searching.
    pub is_incomplete: bool,
    /// Where the list goes on: the query part of an address.
    pub more: Option<String>,
    /// The list goes on in another order.
    pub more_is_newest: bool,
}

/// The page.
#[derive(Clone, Debug, Template)]
#[template(path = "searches/show.html")]
pub struct SearchPage {
    pub site: Site,
    pub viewer: Viewer,
    pub results: Results,
    /// The latest first.
    pub recent: Vec<RecentSearch>,
    /// Why the query was refused.
    pub problem: Option<String>,
}

/// Something that was looked for before.
#[derive(Clone, Debug)]
pub struct RecentSearch {
    pub query: String,
    /// Where it is looked for again.
    pub path: String,
}

/// What was found alone: while somebody types, and further down the list.
#[derive(Clone, Debug, Template)]
#[template(path = "searches/found.html")]
pub struct ResultsFragment<'a> {
    pub results: &'a Results,
}

impl FoundMessage {
    /// Where the message is.
    pub fn path(&self) -> String {
        format!("/rooms/{}/@{}", self.room_id, self.id)
    }
}
