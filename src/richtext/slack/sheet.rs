//! Collects HTML up to what a message may hold: each piece goes in whole, or cut where its text
//! can be cut, or it and all that would follow it is left out.

use std::borrow::Cow;

use crate::model::message::MAX_BODY;

const SHORTENED: &str = "<p><em>(cut off here: a message holds at most 10,000 characters)</em></p>";
/// Characters of a text that are worth adding when the rest does not fit.
const WORTH_IT: usize = 40;

pub struct Sheet {
    out: String,
    /// Characters that fit.
    room: usize,
    /// Characters that still fit.
    left: usize,
    is_cut: bool,
    /// Something was added that can be seen.
    has_content: bool,
}

impl Sheet {
    pub fn new() -> Self {
        Self::with_room(MAX_BODY)
    }

    /// For messages that were written under other rules.
    pub fn with_room(room: usize) -> Self {
        let left = room - SHORTENED.chars().count();
        Self { out: String::new(), room, left, is_cut: false, has_content: false }
    }

    pub fn is_empty(&self) -> bool {
        !self.has_content
    }

    /// Adds a piece, if there is anything in it and it fits.
    pub fn add(&mut self, html: &str) {
        if html.is_empty() || !self.put(html) {
            return;
        }
        self.has_content = true;
    }

    /// Adds a text as `write` writes it, or as much of its beginning as fits.
    pub fn add_text(&mut self, text: impl AsRef<str>, write: impl Fn(&str) -> String) {
        let text = text.as_ref().trim();
        if text.is_empty() || self.is_cut {
            return;
        }
        let mut part = beginning(text, self.room);
        loop {
            let html = write(&part);
            if html.chars().count() <= self.left {
                self.add(&html);
                self.is_cut |= part.len() < text.len();
                return;
            }
            let count = part.chars().count();
            if count <= WORTH_IT {
                self.is_cut = true;
                return;
            }
            part = Cow::Owned(beginning(text, count * 3 / 4).into_owned());
        }
    }

    /// Adds what `fill` adds between two tags; nothing if it adds nothing.
    pub fn within(&mut self, before: &str, after: &str, fill: impl FnOnce(&mut Self)) {
        let room = before.chars().count() + after.chars().count();
        if self.is_cut || room > self.left {
            self.is_cut = true;
            return;
        }
        let (start, left, had) = (self.out.len(), self.left, self.has_content);
        self.left -= room;
        self.out.push_str(before);
        self.has_content = false;
        fill(self);
        if self.has_content {
            self.out.push_str(after);
        } else {
            self.out.truncate(start);
            (self.left, self.has_content) = (left, had);
        }
    }

    pub fn finish(mut self) -> String {
        if self.is_cut {
            self.out.push_str(SHORTENED);
        }
        self.out
    }

    fn put(&mut self, html: &str) -> bool {
        let count = html.chars().count();
        self.is_cut |= count > self.left;
        if !self.is_cut {
            self.left -= count;
            self.out.push_str(html);
        }
        !self.is_cut
    }
}

fn beginning(text: &str, characters: usize) -> Cow<'_, str> {
    text.char_indices().nth(characters).map_or(text, |(end, _)| &text[..end]).into()
}
