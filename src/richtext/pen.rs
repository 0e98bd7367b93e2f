//! Writes a shaped body: opens and closes blocks and marks so that they nest, and adds what a
//! link leaves unsaid. Every element and attribute that a body can hold is spelled out here.

use super::links::{self, Href};
use super::{mentions, runs, tokens};
use crate::model::UserId;

/// Line breaks in a row, at most.
const MAX_BREAKS: usize = 10;

/// A mark on words within a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    Plain(&'static str),
    Link(Href),
    Code,
}

impl Mark {
    pub fn name(&self) -> &'static str {
        match self {
            Mark::Plain(name) => name,
            Mark::Link(_) => "a",
            Mark::Code => "code",
        }
    }

    /// The element that a mark of the source is drawn as.
    pub fn drawn_as(name: &str) -> Option<Mark> {
        const MARKS: [&str; 14] = [
            "b", "cite", "del", "dfn", "em", "i", "ins", "kbd", "samp", "small", "strong", "sub",
            "sup", "var",
        ];
        match name {
            "code" | "tt" => Some(Mark::Code),
            "s" | "strike" => Some(Mark::Plain("del")),
            _ => MARKS.into_iter().find(|mark| *mark == name).map(Mark::Plain),
        }
    }
}

/// A block of the source that is drawn, if what is in it lets it be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Tells two blocks of the same name apart.
    pub id: u32,
    pub name: &'static str,
    /// The number that a numbered list starts with, when it is not 1.
    pub start: Option<u32>,
    /// The coloured bar beside a quotation.
    pub bar: Option<&'static str>,
}

impl Block {
    /// The name of the element that a block of the source is drawn as.
    pub fn drawn_as(name: &str) -> Option<&'static str> {
        const BLOCKS: [&str; 15] = [
            "blockquote",
            "dd",
            "div",
            "dl",
            "dt",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "li",
            "ol",
            "p",
            "ul",
        ];
        BLOCKS.into_iter().find(|block| *block == name)
    }

    /// Holds words only, no other block.
    pub fn is_leaf(&self) -> bool {
        matches!(self.name, "p" | "div" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6")
    }
}

/// The body so far, and where in it the pen stands.
#[derive(Default)]
pub struct Pen {
    out: String,
    blocks: Vec<Block>,
    marks: Vec<Mark>,
    /// The words of the open link.
    label: String,
    /// The line has words on it.
    in_line: bool,
    /// A line of the source has ended since the last words.
    line_ended: bool,
    /// Line breaks and white space that come before the next words, if these stay on the line.
    breaks: usize,
    space: bool,
    shows_something: bool,
}

impl Pen {
    /// Nothing is written yet.
    pub fn is_at_start(&self) -> bool {
        self.out.is_empty()
    }

    /// A space belongs before the next words.
    pub fn space(&mut self) {
        self.space = true;
    }

    /// The next words begin a new line.
    pub fn line_break(&mut self) {
        self.breaks = (self.breaks + 1).min(MAX_BREAKS);
    }

    /// Line breaks are waiting for words.
    pub fn has_breaks(&self) -> bool {
        self.breaks > 0
    }

    /// The next words are not on the line of the last ones.
    pub fn end_line(&mut self) {
        (self.line_ended, self.breaks, self.space) = (true, 0, false);
    }

    /// Gets ready for words with these marks, in these blocks.
    pub fn place(&mut self, path: &[Block], marks: &[Mark]) {
        self.enter(path);
        if self.in_line && self.line_ended && self.breaks == 0 {
            self.breaks = 1;
        }
        let common = self.keep_marks(marks);
        if self.breaks > 0 && !self.out.is_empty() {
            self.out.push_str(&"<br>".repeat(self.breaks));
            self.label.push(' ');
        } else if self.space && self.in_line {
            self.out.push(' ');
            self.label.push(' ');
        }
        for mark in &marks[common..] {
            self.open_mark(mark.clone());
        }
        (self.in_line, self.line_ended, self.breaks, self.space) = (true, false, 0, false);
    }

    /// Closes the marks that are not among these; says how many stay open.
    pub fn keep_marks(&mut self, marks: &[Mark]) -> usize {
        let pairs = self.marks.iter().zip(marks);
        let common = pairs.take_while(|(open, wanted)| open == wanted).count();
        self.close_marks(common);
        common
    }

    /// Writes words where the pen was placed.
    pub fn words(&mut self, text: &str) {
        tokens::escape_text_into(&mut self.out, text);
        self.label.push_str(text);
        self.shows_something |= text.chars().any(runs::is_seen);
    }

    /// Writes a mention where the pen was placed.
    pub fn mention(&mut self, id: UserId, name: &str) {
        mentions::write(&mut self.out, id, name);
        self.shows_something = true;
    }

    /// A paragraph with nothing in it: an empty line that somebody wanted.
    pub fn empty_line(&mut self, path: &[Block]) {
        self.enter(path);
        self.out.push_str("<br>");
        self.in_line = true;
    }

    /// A rule across the page.
    pub fn rule(&mut self, path: &[Block]) {
        self.stand_apart(path);
        self.out.push_str("<hr>");
        self.shows_something = true;
    }

    /// Code that keeps its lines, with the class of its language.
    pub fn code_block(&mut self, path: &[Block], class: Option<&str>, text: &str) {
        self.stand_apart(path);
        self.out.push_str("<pre><code");
        if let Some(class) = class {
            self.out.push_str(" class=\"");
            tokens::escape_value_into(&mut self.out, class);
            self.out.push('"');
        }
        self.out.push('>');
        tokens::escape_text_into(&mut self.out, text);
        self.out.push_str("</code></pre>");
        self.shows_something = true;
    }

    /// Closes everything. The body, and whether there is anything to see in it.
    pub fn finish(mut self) -> (String, bool) {
        self.enter(&[]);
        self.close_marks(0);
        (self.out, self.shows_something)
    }

    /// Closes and opens blocks until exactly these are open.
    pub fn enter(&mut self, path: &[Block]) {
        let common = self.blocks.iter().zip(path).take_while(|(open, block)| open == block).count();
        if common == self.blocks.len() && common == path.len() {
            return;
        }
        self.close_marks(0);
        for block in self.blocks.drain(common..).rev() {
            self.out.push_str("</");
            self.out.push_str(block.name);
            self.out.push('>');
        }
        for block in &path[common..] {
            self.out.push('<');
            self.out.push_str(block.name);
            if let Some(start) = block.start {
                self.out.push_str(&format!(" start=\"{start}\""));
            }
            if let Some(bar) = block.bar {
                self.out.push_str(&format!(" class=\"{bar}\""));
            }
            self.out.push('>');
            self.blocks.push(*block);
        }
        self.in_line = false;
    }

    fn stand_apart(&mut self, path: &[Block]) {
        self.enter(path);
        self.close_marks(0);
        (self.in_line, self.line_ended, self.breaks, self.space) = (false, false, 0, false);
    }

    fn open_mark(&mut self, mark: Mark) {
        self.out.push('<');
        self.out.push_str(mark.name());
        if let Mark::Link(href) = &mark {
            self.label.clear();
            self.out.push_str(" href=\"");
            tokens::escape_value_into(&mut self.out, &href.value);
            self.out.push('"');
            if href.outside {
                self.out.push_str(" rel=\"");
                self.out.push_str(links::REL);
                self.out.push('"');
            }
        }
        self.out.push('>');
        self.marks.push(mark);
    }

    fn close_marks(&mut self, keep: usize) {
        for mark in self.marks.drain(keep..).rev() {
            if let Mark::Link(href) = &mark
                && let Some(destination) = links::missing_destination(&self.label, href)
            {
                self.out.push_str(" (");
                tokens::escape_text_into(&mut self.out, destination);
                self.out.push(')');
            }
            self.out.push_str("</");
            self.out.push_str(mark.name());
            self.out.push('>');
        }
    }
}
