//! The second wall: rewrites sanitised HTML into the one shape that bodies have.
//!
//! What comes out holds only elements and attributes that are written out in this file, nested so
//! that a browser reads back the very tree that was meant: marks never hold blocks, paragraphs
//! never hold paragraphs, lists hold items, nothing is nested deep. Shaping twice changes nothing.
//! On the way addresses become links, names become mentions, and links stop lying.
//!
//! Blocks and marks are opened only when there are words to put into them, so empty ones vanish.

use super::code;
use super::links::{self, Href};
use super::mentions::{self, People};
use super::runs::{self, Piece};
use super::tokens::{self, Token};
use crate::model::UserId;

/// Quotations and lists within each other, at most.
const MAX_DEPTH: usize = 24;
/// Line breaks in a row, at most.
const MAX_BREAKS: usize = 10;

/// A shaped body.
pub struct Shaped {
    pub html: String,
    pub mentions: Vec<UserId>,
    /// Something can be seen: words or a rule, not only empty structure.
    pub shows_something: bool,
}

/// Shapes HTML that `sanitize` let through. Linear in its length.
pub fn shape(html: &str, people: &People) -> Shaped {
    let tokens = tokens::read(html);
    let mut shaper = Shaper::new(people);
    for (i, token) in tokens.iter().enumerate() {
        match token {
            Token::Open { name, .. } => shaper.open(name, token, tokens.get(i + 1)),
            Token::Close { .. } => shaper.close(),
            Token::Text(text) => shaper.say(text),
        }
    }
    shaper.finish()
}

/// A mark on words within a line.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Mark {
    Plain(&'static str),
    Link(Href),
    Code,
}

impl Mark {
    fn name(&self) -> &'static str {
        match self {
            Mark::Plain(name) => name,
            Mark::Link(_) => "a",
            Mark::Code => "code",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Block {
    /// Tells two blocks of the same name apart.
    id: u32,
    name: &'static str,
    start: Option<u32>,
    /// Something was written into it.
    used: bool,
}

/// An element of the source that is open.
enum Frame {
    Block(Block),
    Mark(Mark),
    /// Ends a line like a block, but is not drawn.
    Line,
    /// A table cell: followed by a space.
    Cell,
    /// Everything inside is one piece of code.
    Pre {
        language: Option<String>,
        text: String,
    },
    /// The text inside was replaced.
    Replaced,
    /// Neither drawn nor felt.
    Nothing,
}

struct Shaper<'p> {
    people: &'p People,
    out: String,
    frames: Vec<Frame>,
    containers: usize,
    blocks_made: u32,
    /// What is open in `out`.
    blocks: Vec<Block>,
    marks: Vec<Mark>,
    /// The words of the link that is open in `out`.
    label: String,
    /// Words with the same marks, not written yet.
    run: String,
    run_marks: Vec<Mark>,
    /// The line in `out` has words on it.
    in_line: bool,
    /// A line of the source has ended since the last words.
    line_ended: bool,
    breaks: usize,
    space: bool,
    shows_something: bool,
    mentions: Vec<UserId>,
}

impl<'p> Shaper<'p> {
    fn new(people: &'p People) -> Self {
        Self {
            people,
            out: String::new(),
            frames: Vec::new(),
            containers: 0,
            blocks_made: 0,
            blocks: Vec::new(),
            marks: Vec::new(),
            label: String::new(),
            run: String::new(),
            run_marks: Vec::new(),
            in_line: false,
            line_ended: false,
            breaks: 0,
            space: false,
            shows_something: false,
            mentions: Vec::new(),
        }
    }

    fn open(&mut self, name: &str, token: &Token<'_>, next: Option<&Token<'_>>) {
        if let Some(Frame::Pre { language, text }) =
            self.frames.iter_mut().rev().find(|f| !matches!(f, Frame::Nothing))
        {
            match name {
                "br" => text.push('\n'),
                _ => {
                    if name == "code" && language.is_none() {
                        *language = token.attribute("class").and_then(code::language_of_class);
                    }
                    self.frames.push(Frame::Nothing);
                }
            }
            return;
        }
        match name {
            "br" => {
                self.flush();
                self.breaks = (self.breaks + 1).min(MAX_BREAKS);
            }
            "hr" => self.rule(),
            "img" => self.say(&token.attribute("alt").unwrap_or_default().to_owned()),
            "a" => self.open_link(token, next),
            "pre" => {
                self.end_line();
                let language = token.attribute("class").and_then(code::language_of_class);
                self.frames.push(Frame::Pre { language, text: String::new() });
            }
            _ => {
                let frame = self.frame(name, token);
                if matches!(frame, Frame::Block(_) | Frame::Line) {
                    self.end_line();
                }
                self.frames.push(frame);
            }
        }
    }

    fn frame(&mut self, name: &str, token: &Token<'_>) -> Frame {
        if let Some(name) = mark_name(name) {
            return Frame::Mark(if name == "code" { Mark::Code } else { Mark::Plain(name) });
        }
        if let Some(name) = block_name(name) {
            let container = is_container(name);
            if container && self.containers >= MAX_DEPTH {
                return Frame::Line;
            }
            self.containers += usize::from(container);
            self.blocks_made += 1;
            let start = (name == "ol").then(|| token.attribute("start")?.parse().ok()).flatten();
            let start = start.filter(|n| (0..=999_999_999).contains(n) && *n != 1);
            return Frame::Block(Block { id: self.blocks_made, name, start, used: false });
        }
        match name {
            "td" | "th" => Frame::Cell,
            "address" | "article" | "caption" | "figcaption" | "figure" | "section" | "table"
            | "tr" => Frame::Line,
            _ => Frame::Nothing,
        }
    }

    fn open_link(&mut self, token: &Token<'_>, next: Option<&Token<'_>>) {
        let raw = token.attribute("href").unwrap_or_default();
        let called = matches!(next, Some(Token::Text(text)) if text.trim_start().starts_with('@'));
        let marks = self.active_marks();
        let frame = match links::accept(raw) {
            _ if marks.iter().any(|m| matches!(m, Mark::Code)) && called => Frame::Nothing,
            None => Frame::Nothing,
            Some(href) => match mentions::user_of_href(&href.value).filter(|_| called) {
                Some(id) => match self.people.name_of(id) {
                    Some(name) if !marks.iter().any(|m| matches!(m, Mark::Link(_))) => {
                        self.flush();
                        self.mention(id, name, &marks);
                        Frame::Replaced
                    }
                    _ => Frame::Nothing,
                },
                None => Frame::Mark(Mark::Link(href)),
            },
        };
        self.frames.push(frame);
    }

    fn close(&mut self) {
        if matches!(self.frames.last(), Some(Frame::Block(_) | Frame::Line)) {
            self.end_line();
        }
        match self.frames.last() {
            Some(Frame::Block(block)) if block.name == "li" && !block.used => {
                self.open_empty_item()
            }
            Some(Frame::Cell) => self.say(" "),
            _ => {}
        }
        match self.frames.pop() {
            Some(Frame::Block(block)) => self.containers -= usize::from(is_container(block.name)),
            Some(Frame::Pre { language, text }) => self.code_block(language, &text),
            _ => {}
        }
    }

    /// Takes words. They are written when their marks change or their line ends.
    fn say(&mut self, text: &str) {
        match self.frames.iter_mut().rev().find(|f| !matches!(f, Frame::Nothing)) {
            Some(Frame::Pre { text: code, .. }) => return code.push_str(text),
            Some(Frame::Replaced) => return,
            _ => {}
        }
        let marks = self.active_marks();
        let literal = marks.last() == Some(&Mark::Code);
        let strict = literal || marks.iter().any(|m| matches!(m, Mark::Link(_)));
        let text: String = text.chars().filter(|c| runs::is_kept(*c, strict)).collect();
        if text.chars().all(runs::is_blank) {
            match self.run.is_empty() {
                _ if text.is_empty() => {}
                true => self.space = true,
                false if self.run_marks.last() == Some(&Mark::Code) && !literal => {
                    self.flush();
                    self.space = true;
                }
                false => self.run.push(' '),
            }
            return;
        }
        if self.run.is_empty() || self.run_marks != marks {
            self.flush();
            self.run_marks = marks;
        }
        self.run.push_str(&text);
    }

    /// The marks on what is said now: outermost first, each once, code innermost.
    fn active_marks(&self) -> Vec<Mark> {
        let mut marks: Vec<Mark> = Vec::new();
        for frame in &self.frames {
            if let Frame::Mark(mark) = frame
                && !marks.iter().any(|known| known.name() == mark.name())
            {
                marks.push(mark.clone());
            }
        }
        if let Some(at) = marks.iter().position(|mark| *mark == Mark::Code) {
            let code = marks.remove(at);
            marks.push(code);
        }
        marks
    }

    /// Writes the words taken so far.
    fn flush(&mut self) {
        if self.run.is_empty() {
            return;
        }
        let run = std::mem::take(&mut self.run);
        let marks = std::mem::take(&mut self.run_marks);
        if marks.last() == Some(&Mark::Code) {
            let text: String =
                run.chars().map(|c| if runs::is_blank(c) { ' ' } else { c }).collect();
            self.place(&marks);
            self.words(&text);
            return;
        }
        let text = runs::collapse(&run);
        self.space |= run.starts_with(runs::is_blank);
        let people = if literal(&marks) { None } else { Some(self.people) };
        self.place(&marks);
        for piece in runs::pieces(&text, people) {
            match piece {
                Piece::Text(text) => {
                    self.place(&marks);
                    self.words(text);
                }
                Piece::Link(text, href) => {
                    let mut linked = marks.clone();
                    linked.push(Mark::Link(href));
                    self.place(&linked);
                    self.words(text);
                }
                Piece::Mention(id) => {
                    let name = self.people.name_of(id).unwrap_or_default();
                    self.mention(id, name, &marks);
                }
            }
        }
        self.space = run.ends_with(runs::is_blank);
    }

    fn words(&mut self, text: &str) {
        tokens::escape_into(&mut self.out, text);
        if self.marks.iter().any(|m| matches!(m, Mark::Link(_))) {
            self.label.push_str(text);
        }
        self.shows_something |= text.chars().any(runs::is_seen);
    }

    fn mention(&mut self, id: UserId, name: &str, marks: &[Mark]) {
        self.place(marks);
        mentions::write(&mut self.out, id, name);
        self.shows_something = true;
        if !self.mentions.contains(&id) {
            self.mentions.push(id);
        }
    }

    /// Makes `out` ready for words with these marks: in the right block, on the right line.
    fn place(&mut self, marks: &[Mark]) {
        let path = self.path();
        self.enter(&path);
        if self.in_line && self.line_ended && self.breaks == 0 {
            self.breaks = 1;
        }
        let common =
            self.marks.iter().zip(marks).take_while(|(open, wanted)| open == wanted).count();
        self.close_marks(common);
        if self.breaks > 0 && (self.in_line || !self.out.is_empty()) {
            self.write_breaks();
        } else if self.space && self.in_line {
            self.out.push(' ');
            if self.marks.iter().any(|m| matches!(m, Mark::Link(_))) {
                self.label.push(' ');
            }
        }
        for mark in &marks[common..] {
            self.open_mark(mark.clone());
        }
        (self.in_line, self.line_ended, self.breaks, self.space) = (true, false, 0, false);
    }

    fn write_breaks(&mut self) {
        for _ in 0..self.breaks {
            self.out.push_str("<br>");
        }
        self.label.push(' ');
    }

    fn open_mark(&mut self, mark: Mark) {
        match &mark {
            Mark::Plain(_) | Mark::Code => {
                self.out.push('<');
                self.out.push_str(mark.name());
            }
            Mark::Link(href) => {
                self.label.clear();
                self.out.push_str("<a href=\"");
                tokens::escape_into(&mut self.out, &href.value);
                self.out.push('"');
                if href.outside {
                    self.out.push_str(" rel=\"");
                    self.out.push_str(links::REL);
                    self.out.push('"');
                }
            }
        }
        self.out.push('>');
        self.marks.push(mark);
    }

    fn close_marks(&mut self, keep: usize) {
        while self.marks.len() > keep {
            let Some(mark) = self.marks.pop() else { break };
            if let Mark::Link(href) = &mark
                && let Some(destination) = links::missing_destination(&self.label, href)
            {
                self.out.push_str(" (");
                tokens::escape_into(&mut self.out, destination);
                self.out.push(')');
            }
            self.out.push_str("</");
            self.out.push_str(mark.name());
            self.out.push('>');
        }
    }

    /// The blocks that words said now belong into. Only what may hold the next one is in it: a
    /// paragraph only around words, a list only around items.
    fn path(&mut self) -> Vec<Block> {
        let open: Vec<Block> = self
            .frames
            .iter()
            .filter_map(|frame| if let Frame::Block(block) = frame { Some(*block) } else { None })
            .collect();
        let mut path: Vec<Block> = Vec::new();
        for (i, block) in open.iter().enumerate() {
            let next = open.get(i + 1).map(|block| block.name);
            let in_list = path.last().is_some_and(|b: &Block| matches!(b.name, "ul" | "ol"));
            let in_terms = path.last().is_some_and(|b: &Block| b.name == "dl");
            match block.name {
                "blockquote" => path.push(*block),
                "ul" | "ol" if next == Some("li") => path.push(*block),
                "dl" if matches!(next, Some("dt" | "dd")) => path.push(*block),
                "ul" | "ol" | "dl" => {}
                "li" if in_list => path.push(*block),
                "dt" | "dd" if in_terms => path.push(*block),
                "li" | "dt" | "dd" if next.is_none() => path.push(Block { name: "div", ..*block }),
                "li" | "dt" | "dd" => {}
                _ if next.is_none() => path.push(*block),
                _ => {}
            }
        }
        for frame in &mut self.frames {
            if let Frame::Block(block) = frame {
                block.used = true;
            }
        }
        path
    }

    /// Closes and opens blocks until exactly these are open.
    fn enter(&mut self, path: &[Block]) {
        let same = |(a, b): &(&Block, &Block)| a.id == b.id && a.name == b.name;
        let common = self.blocks.iter().zip(path).take_while(same).count();
        if common == self.blocks.len() && common == path.len() {
            return;
        }
        self.close_marks(0);
        while self.blocks.len() > common {
            let Some(block) = self.blocks.pop() else { break };
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
            self.out.push('>');
            self.blocks.push(*block);
        }
        self.in_line = false;
    }

    /// A block begins or ends in the source.
    fn end_line(&mut self) {
        self.flush();
        if self.breaks > 0 && !self.out.is_empty() && self.in_empty_paragraph() {
            let path = self.path();
            self.enter(&path);
            self.out.push_str("<br>");
            self.in_line = true;
        }
        (self.line_ended, self.breaks, self.space) = (true, 0, false);
    }

    fn in_empty_paragraph(&self) -> bool {
        let innermost =
            self.frames.iter().rev().find(|f| matches!(f, Frame::Block(_) | Frame::Line));
        matches!(innermost, Some(Frame::Block(b)) if !b.used && matches!(b.name, "p" | "div"))
    }

    fn open_empty_item(&mut self) {
        let path = self.path();
        if path.last().is_some_and(|block| block.name == "li") {
            self.enter(&path);
        }
    }

    fn rule(&mut self) {
        self.end_line();
        self.apart();
        self.out.push_str("<hr>");
        self.shows_something = true;
    }

    fn code_block(&mut self, language: Option<String>, text: &str) {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let text: String = text.chars().filter(|c| runs::is_kept(*c, true)).collect();
        let text = text.trim_end_matches('\n');
        if !text.chars().any(runs::is_seen) {
            self.line_ended = true;
            return;
        }
        self.apart();
        self.out.push_str("<pre><code");
        if let Some(class) = language {
            self.out.push_str(&format!(" class=\"{class}\""));
        }
        self.out.push('>');
        tokens::escape_into(&mut self.out, text);
        self.out.push_str("</code></pre>");
        self.shows_something = true;
    }

    /// Makes `out` ready for something that stands for itself and may not be in a paragraph.
    fn apart(&mut self) {
        let mut path = self.path();
        while path.last().is_some_and(|block| is_leaf(block.name)) {
            path.pop();
        }
        self.enter(&path);
        self.close_marks(0);
        (self.in_line, self.line_ended, self.breaks, self.space) = (false, false, 0, false);
    }

    fn finish(mut self) -> Shaped {
        while !self.frames.is_empty() {
            self.close();
        }
        self.flush();
        self.enter(&[]);
        self.close_marks(0);
        Shaped { html: self.out, mentions: self.mentions, shows_something: self.shows_something }
    }
}

fn literal(marks: &[Mark]) -> bool {
    marks.iter().any(|m| matches!(m, Mark::Link(_) | Mark::Code | Mark::Plain("kbd" | "samp")))
}

fn mark_name(name: &str) -> Option<&'static str> {
    Some(match name {
        "b" => "b",
        "cite" => "cite",
        "code" | "tt" => "code",
        "del" | "s" | "strike" => "del",
        "dfn" => "dfn",
        "em" => "em",
        "i" => "i",
        "ins" => "ins",
        "kbd" => "kbd",
        "samp" => "samp",
        "small" => "small",
        "strong" => "strong",
        "sub" => "sub",
        "sup" => "sup",
        "var" => "var",
        _ => return None,
    })
}

fn block_name(name: &str) -> Option<&'static str> {
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

fn is_container(name: &str) -> bool {
    matches!(name, "blockquote" | "ul" | "ol" | "dl")
}

fn is_leaf(name: &str) -> bool {
    matches!(name, "p" | "div" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6")
}
