//! Answers that are kept: packed once, sent until something they show has changed.
//!
//! # How it works
//!
//! A room page is 60 to 90 KB of HTML. Drawing it takes microseconds, packing it takes a hundred
//! times as long, and nearly all of it is the same for everybody in the room. So an answer is put
//! together from *parts*, each packed by itself (`packing`): the list of messages, which a whole
//! room shares, and what stands around it, which belongs to one person alone and is kept under
//! their id. Parts are joined into one gzip stream by copying; checksums are combined, not taken
//! again. What is new in every answer (the number of the form) travels unpacked between them.
//!
//! # When a kept answer may be sent
//!
//! Nothing here ever asks whether somebody may see something. The extractors have asked the
//! access index before a handler comes here, so a revocation is in force with its answer whether
//! an answer was kept or not.
//!
//! Whether what is kept is still true is told by *marks* (`marks`): one for everything, four for
//! each room, one for each person. A mark holds the number of the last change that moved it. The
//! writer moves them between a commit and its answers, as it does with the access index. An
//! answer notes the number that was the latest *before* anything was read for it, and the marks of
//! all it was made from; it is true while none of them is newer. So it can be thrown away too
//! early and never too late. Which event moves which marks is one `match` in `marks`: a new event
//! without a decision does not compile. Who is here and who is online are no events; they move
//! the marks of those who are shown it.
//!
//! # What it costs
//!
//! Each kind has a shelf with a limit in bytes (`shelf`); what was not asked for longest goes
//! first, and what is no longer true goes now and then. Whoever needs an answer that is not there
//! makes it while the others who need the same wait, so it is made once. `PAGE_CACHE_MB` is the
//! limit of all shelves together; 0 keeps nothing, and every answer is drawn and packed for itself.
//!
//! Only answers to clients that take gzip are kept. Pages with a sentence about what has just
//! happened, with the invitation of a young account, around a linked message, and those that give
//! a refused text back are drawn each time: they are rare, or true only once.

mod marks;
mod packer;
mod packing;
mod shelf;

pub use marks::{Mark, Marks};
pub use packing::{Packed, Piece, join};
pub use shelf::Kept;

use std::sync::Arc;

use crate::error::Result;
use crate::model::{Attention, MessageId, RoomId, Theme, UserId};
use crate::words::Language;
use shelf::{Shelf, Sized};

/// What an answer shows and to whom, apart from what marks tell.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// The newest messages of a room, with the line of what is new after this message.
    Newest(RoomId, Option<MessageId>, Language),
    /// A piece of a room's list: the messages before one.
    Before(RoomId, MessageId, Language),
    /// What stands around the list on one person's page of a room.
    Around(RoomId, Own),
    /// One person's list of rooms, as a page.
    SidebarPage(Own),
    /// One person's list of rooms, as a piece of a page.
    SidebarLists(Own),
}

/// Whose an answer is, in which language, and with which look of their device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Own {
    pub user_id: UserId,
    pub theme: Theme,
    pub muted: bool,
    pub attention: Attention,
    pub keyless: bool,
    pub language: Language,
}

/// What one member has to read in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct News {
    /// How far they had read, if others have written since.
    pub read_up_to: Option<MessageId>,
    /// Whether they have not read to the end.
    pub is_unread: bool,
}

/// Packed parts, in order.
pub type Parts = Vec<Packed>;

/// All that is kept.
pub struct Pages {
    marks: Arc<Marks>,
    parts: Shelf<Key, Parts>,
    news: Shelf<(RoomId, UserId), News>,
    is_on: bool,
    /// Tells the numbers of this process from those of the one before.
    start: u64,
}

impl Pages {
    /// Keeps at most `limit` bytes; with 0 nothing.
    pub fn new(marks: Arc<Marks>, limit: usize) -> Self {
        // Positions are small: a sixteenth holds more of them than pages fit into the rest.
        let for_news = limit / 16;
        Self {
            marks,
            parts: Shelf::new(limit - for_news),
            news: Shelf::new(for_news),
            is_on: limit > 0,
            start: rand::random(),
        }
    }

    /// Whether anything is kept at all.
    pub fn is_on(&self) -> bool {
        self.is_on
    }

    /// The marks, to say what an answer is made from.
    pub fn marks(&self) -> &Marks {
        &self.marks
    }

    /// The parts kept under a key, or made now. `make` says what they are made from as well; none
    /// means that this answer must be drawn for itself.
    ///
    /// # Errors
    /// Those of `make`; nothing is kept then.
    pub fn parts(
        &self,
        key: &Key,
        make: impl FnOnce() -> Result<Option<(Parts, Vec<Mark>)>>,
    ) -> Result<Option<Arc<Kept<Parts>>>> {
        self.parts.get(&self.marks, key, make)
    }

    /// What a member has to read, kept or looked up now.
    ///
    /// # Errors
    /// Those of `look_up`.
    pub fn news(
        &self,
        room_id: RoomId,
        user_id: UserId,
        look_up: impl FnOnce() -> Result<News>,
    ) -> Result<News> {
        let made = || {
            let news = look_up()?;
            let mut from = Vec::from(self.marks.of_messages(room_id));
            from.push(self.marks.of_user(user_id));
            from.push(self.marks.of_everything());
            Ok(Some((news, from)))
        };
        let kept = self.news.get(&self.marks, &(room_id, user_id), made)?;
        // The maker above always gives something to keep.
        Ok(kept.map_or(News { read_up_to: None, is_unread: false }, |kept| kept.value))
    }

    /// What a browser may ask by whether it has this already: another one with every making.
    pub fn tag(&self, kept: &Kept<Parts>) -> String {
        format!("W/\"{:x}-{:x}\"", self.start, kept.number)
    }

    /// Bytes kept just now.
    pub fn bytes(&self) -> usize {
        self.parts.bytes() + self.news.bytes()
    }
}

impl Sized for Parts {
    fn bytes(&self) -> usize {
        self.iter().map(Packed::bytes).sum()
    }
}

impl Sized for News {
    fn bytes(&self) -> usize {
        size_of::<Self>()
    }
}
