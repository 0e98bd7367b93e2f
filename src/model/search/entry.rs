//! What the index holds of one message: three lines of tokens, each between spaces. The index
//! keeps no text, so whoever takes an entry out has to make the same lines again.

use super::stems::stem;
use super::words::{Kind, Token, pairs, parts, tokens, triples};
use crate::model::{RoomId, UserId};

/// Words this long are found by any part of them, in characters.
pub const LONG_WORD: usize = 10;
/// Shortest part of a word that is found within it, in characters.
pub const SHORTEST_PART: usize = 3;
/// Parts of words kept for one message at most.
const MOST_PARTS: usize = 2_000;

/// Stands after three letters of a longer word, so that they are no word of their own.
const PART: char = '\u{E001}';
/// Stands before what is no text: rooms, people, and what a message has.
const MARK: char = '\u{E000}';
/// Between a text and its file names, so that no phrase reaches over.
const SEAM: &str = "\u{E002}";

/// The lines of one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The text as it was written, word by word; scripts without spaces pair by pair.
    pub words: String,
    /// Stems that are not words of the text, and pieces of long words and identifiers.
    pub parts: String,
    /// Where it was said, by whom, and what it has.
    pub marks: String,
}

/// What an entry is made from.
#[derive(Clone, Copy, Debug)]
pub struct Findable<'a> {
    pub room_id: RoomId,
    pub author_id: UserId,
    pub plain_text: &'a str,
    pub body_html: &'a str,
    pub file_names: &'a [String],
}

impl Findable<'_> {
    pub fn entry(&self) -> Entry {
        let text = FindableText::of(self.plain_text, self.body_html);
        text.entry(self.room_id, self.author_id, self.file_names)
    }
}

/// What a text is found by, before it is known what stands beside it. Taking words apart is most of
/// the work, so it is done before the writer's turn comes.
#[derive(Clone, Debug)]
pub struct FindableText {
    lines: Lines,
    has_link: bool,
}

impl FindableText {
    pub fn of(plain_text: &str, body_html: &str) -> Self {
        let mut lines = Lines::default();
        lines.add(plain_text);
        Self { lines, has_link: body_html.contains("<a href=\"http") }
    }

    pub fn entry(self, room_id: RoomId, author_id: UserId, file_names: &[String]) -> Entry {
        let mut lines = self.lines;
        for name in file_names {
            push(&mut lines.words, SEAM);
            lines.add(name);
        }
        let mut marks = format!("{} {}", in_room(room_id), by_author(author_id));
        if !file_names.is_empty() {
            push(&mut marks, &has_file());
        }
        if self.has_link {
            push(&mut marks, &has_link());
        }
        Entry { words: lines.words, parts: lines.parts, marks }
    }
}

pub fn in_room(id: RoomId) -> String {
    format!("{MARK}r{id}")
}

pub fn by_author(id: UserId) -> String {
    format!("{MARK}u{id}")
}

pub fn has_file() -> String {
    format!("{MARK}file")
}

pub fn has_link() -> String {
    format!("{MARK}link")
}

/// Three neighbouring letters of a longer word, as the index holds them.
pub(super) fn part_of_word(letters: &str) -> String {
    format!("{letters}{PART}")
}

/// Whether a word is found by what stands within it, too.
pub(super) fn has_parts(token: &Token) -> bool {
    let length = token.text.chars().count();
    token.kind == Kind::Word && (length >= LONG_WORD || (token.is_mixed && length > SHORTEST_PART))
}

#[derive(Clone, Debug, Default)]
struct Lines {
    words: String,
    parts: String,
    /// Pieces in `parts`.
    pieces: usize,
}

impl Lines {
    fn add(&mut self, text: &str) {
        for token in tokens(text) {
            match token.kind {
                Kind::Word => self.add_word(text, &token),
                Kind::Dense => self.add_run(&token.text),
                Kind::Sign => push(&mut self.words, &token.text),
            }
        }
    }

    fn add_word(&mut self, text: &str, token: &Token) {
        push(&mut self.words, &token.text);
        let stem = stem(&token.text);
        if stem != token.text {
            push(&mut self.parts, &stem);
        }
        if !has_parts(token) {
            return;
        }
        if token.is_mixed {
            for part in parts(text.get(token.start..token.end).unwrap_or_default()) {
                // Longer ones are found by their letters.
                if part.chars().count() < SHORTEST_PART {
                    self.add_piece(&part);
                }
            }
        }
        for letters in triples(&token.text) {
            self.add_piece(&part_of_word(&letters));
        }
    }

    fn add_run(&mut self, run: &str) {
        for pair in pairs(run) {
            push(&mut self.words, &pair);
        }
        if run.chars().nth(1).is_some() {
            for c in run.chars() {
                self.add_piece(c.encode_utf8(&mut [0; 4]));
            }
        }
    }

    fn add_piece(&mut self, piece: &str) {
        if self.pieces < MOST_PARTS {
            self.pieces += 1;
            push(&mut self.parts, piece);
        }
    }
}

fn push(line: &mut String, token: &str) {
    if !line.is_empty() {
        line.push(' ');
    }
    line.push_str(token);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(text: &str, file_names: &[String]) -> Entry {
        let (room_id, author_id) = (RoomId(3), UserId(7));
        Findable { room_id, author_id, plain_text: text, body_html: text, file_names }.entry()
    }

    #[test]
    fn a_plain_sentence_costs_little() {
        let entry = entry("Lunch is ready, eels again", &[]);
        assert_eq!(entry.words, "lunch is ready eels again");
        assert_eq!(entry.parts, "readi eel");
        assert_eq!(entry.marks, "\u{E000}r3 \u{E000}u7");
    }

    #[test]
    fn identifiers_and_runs_are_found_by_their_parts() {
        let entry = entry("userId 模型很", &["Plan.pdf".into()]);
        assert_eq!(entry.words, "userid 模型 型很 \u{E002} plan pdf");
        assert_eq!(entry.parts, "id use\u{E001} ser\u{E001} eri\u{E001} rid\u{E001} 模 型 很");
        assert!(entry.marks.ends_with("\u{E000}file"));
    }

    #[test]
    fn links_are_marked_and_nobody_can_forge_a_mark() {
        let linked = entry("<a href=\"https://example.com\">", &[]);
        assert!(linked.marks.ends_with("\u{E000}link"));
        let forged = entry("\u{E000}r9 \u{E000}link", &[]);
        assert_eq!(forged.words, "r9 link");
        assert!(entry(&"a1".repeat(5_000), &[]).parts.len() < 20_000);
    }
}
