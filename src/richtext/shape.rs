//! The second wall: rewrites sanitised HTML into the one shape that bodies have.
//!
//! What comes out is written by `pen.rs`, which knows no other elements and attributes than ours,
//! nested so that a browser reads back the very tree that was meant: marks never hold blocks,
//! paragraphs never hold paragraphs, lists hold items, nothing is nested deep. Shaping twice
//! changes nothing. On the way addresses become links, names become mentions, and links stop
//! lying.
//!
//! Blocks and marks are opened only when there are words to put into them, so empty ones vanish.

use super::bars;
use super::code;
use super::links;
use super::mentions::{self, People};
use super::pen::{Block, Mark, Pen};
use super::runs::{self, Piece};
use super::tokens::{self, Token};
use crate::model::UserId;

/// Quotations and lists within each other, at most.
const MAX_CONTAINERS: usize = 24;
/// Blocks of the source within each other, at most; deeper ones only end the line.
const MAX_BLOCKS: usize = 80;

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
    for token in &tokens {
        match token {
            Token::Open { name, .. } => shaper.open(name, token),
            Token::Close { .. } => shaper.close(),
            Token::Text(text) => shaper.say(text),
        }
    }
    shaper.finish()
}

/// What an open element of the source is to us.
enum Frame {
    /// The innermost of `blocks`; whether it is a container.
    Block(bool),
    /// One of `marks`, by name.
    Mark(&'static str),
    /// Ends a line like a block, but is not drawn.
    Line,
    /// A table cell: followed by a space.
    Cell,
    /// The block of code that is captured.
    Code,
    /// Neither drawn nor felt.
    Nothing,
}

/// A block of code: everything in it is text, line ends included.
#[derive(Default)]
struct Capture {
    class: Option<String>,
    text: String,
    /// Elements that are open inside.
    open: usize,
}

impl Capture {
    fn open(&mut self, name: &str, token: &Token<'_>) {
        match name {
            "br" => self.text.push('\n'),
            "hr" | "img" => {}
            _ => {
                let class = token.attribute("class").and_then(code::language_of_class);
                self.class = self.class.take().or(class);
                self.open += 1;
            }
        }
    }
}

struct Shaper<'p> {
    people: &'p People,
    pen: Pen,
    frames: Vec<Frame>,
    /// The open blocks of the source, and whether something was written into each.
    blocks: Vec<(Block, bool)>,
    containers: usize,
    blocks_made: u32,
    /// The marks on what is said now: outermost first, each once, code innermost.
    marks: Vec<Mark>,
    capture: Option<Capture>,
    /// Words with the same marks, not written yet.
    run: String,
    run_marks: Vec<Mark>,
    mentions: Vec<UserId>,
}

impl<'p> Shaper<'p> {
    fn new(people: &'p People) -> Self {
        Self {
            people,
            pen: Pen::default(),
            frames: Vec::new(),
            blocks: Vec::new(),
            containers: 0,
            blocks_made: 0,
            marks: Vec::new(),
            capture: None,
            run: String::new(),
            run_marks: Vec::new(),
            mentions: Vec::new(),
        }
    }

    fn open(&mut self, name: &str, token: &Token<'_>) {
        if let Some(code) = &mut self.capture {
            return code.open(name, token);
        }
        match name {
            "br" => {
                self.leave_marks();
                self.pen.line_break();
            }
            "hr" => {
                self.end_line();
                let path = self.path_apart();
                self.pen.rule(&path);
            }
            "img" => self.say(token.attribute("alt").unwrap_or_default()),
            "a" => self.open_link(token),
            "pre" => {
                self.end_line();
                let class = token.attribute("class").and_then(code::language_of_class);
                self.capture = Some(Capture { class, ..Capture::default() });
                self.frames.push(Frame::Code);
            }
            "tbody" | "thead" | "tfoot" => self.frames.push(Frame::Nothing),
            "td" | "th" => self.frames.push(Frame::Cell),
            _ => self.open_element(name, token),
        }
    }

    fn open_element(&mut self, name: &str, token: &Token<'_>) {
        let frame = if let Some(mark) = Mark::drawn_as(name) {
            self.open_mark(mark)
        } else if let Some(name) = Block::drawn_as(name) {
            self.end_line();
            self.open_block(name, token)
        } else {
            self.end_line();
            Frame::Line
        };
        self.frames.push(frame);
    }

    fn open_block(&mut self, name: &'static str, token: &Token<'_>) -> Frame {
        let container = matches!(name, "blockquote" | "ul" | "ol" | "dl");
        if self.blocks.len() >= MAX_BLOCKS || container && self.containers >= MAX_CONTAINERS {
            return Frame::Line;
        }
        self.containers += usize::from(container);
        self.blocks_made += 1;
        let start = (name == "ol").then(|| token.attribute("start")?.parse().ok()).flatten();
        let start = start.filter(|n| *n != 1 && *n <= 999_999_999);
        let class = token.attribute("class").filter(|_| name == "blockquote");
        let bar = class.and_then(bars::of_class);
        self.blocks.push((Block { id: self.blocks_made, name, start, bar }, false));
        Frame::Block(container)
    }

    fn open_mark(&mut self, mark: Mark) -> Frame {
        let name = mark.name();
        if self.marks.iter().any(|open| open.name() == name) {
            return Frame::Nothing;
        }
        let before_code = self.marks.len() - usize::from(self.in_code());
        self.marks.insert(before_code, mark);
        Frame::Mark(name)
    }

    /// A link that leads nowhere we let it is only its words.
    fn open_link(&mut self, token: &Token<'_>) {
        let href = links::accept(token.attribute("href").unwrap_or_default());
        let frame = href.map_or(Frame::Nothing, |href| self.open_mark(Mark::Link(href)));
        self.frames.push(frame);
    }

    fn close(&mut self) {
        if let Some(code) = self.capture.as_mut().filter(|code| code.open > 0) {
            code.open -= 1;
            return;
        }
        match self.frames.pop() {
            Some(Frame::Block(container)) => self.close_block(container),
            Some(Frame::Mark(name)) => {
                if name == "a" {
                    // Two mentions of one person may stand next to each other.
                    self.flush();
                }
                self.marks.retain(|mark| mark.name() != name);
            }
            Some(Frame::Line) => self.end_line(),
            Some(Frame::Cell) => self.say(" "),
            Some(Frame::Code) => {
                if let Some(code) = self.capture.take() {
                    self.code_block(code.class.as_deref(), &code.text);
                }
            }
            Some(Frame::Nothing) | None => {}
        }
    }

    fn close_block(&mut self, container: bool) {
        self.end_line();
        if let Some((block, false)) = self.blocks.last()
            && block.name == "li"
        {
            let path = self.path();
            if path.last().is_some_and(|block| block.name == "li") {
                self.pen.enter(&path);
            }
        }
        self.blocks.pop();
        self.containers -= usize::from(container);
    }

    /// Takes words. They are written when their marks change or their line ends.
    fn say(&mut self, text: &str) {
        if let Some(code) = &mut self.capture {
            return code.text.push_str(text);
        }
        let strict = self.in_code() || self.marks.iter().any(|m| matches!(m, Mark::Link(_)));
        let text: String = text.chars().filter(|c| runs::is_kept(*c, strict)).collect();
        if text.chars().all(runs::is_blank) {
            if text.is_empty() {
                return;
            }
            // Inside of the marks of the run it is part of it; outside it ends them.
            if !self.run.is_empty() && self.marks.starts_with(&self.run_marks) {
                self.run.push(' ');
            } else {
                self.leave_marks();
                self.pen.space();
            }
            return;
        }
        if self.run_marks != self.marks {
            self.flush();
            self.run_marks.clone_from(&self.marks);
        }
        self.run.push_str(&text);
    }

    /// Writes the words taken so far.
    fn flush(&mut self) {
        if self.run.is_empty() {
            return;
        }
        let run = std::mem::take(&mut self.run);
        let marks = self.run_marks.clone();
        let path = self.path();
        if marks.last() == Some(&Mark::Code) {
            let text: String =
                run.chars().map(|c| if runs::is_blank(c) { ' ' } else { c }).collect();
            self.pen.place(&path, &marks);
            return self.pen.words(&text);
        }
        if run.starts_with(runs::is_blank) {
            self.pen.space();
        }
        let text = runs::collapse(&run);
        if let Some((at, id, name)) = self.person_linked(&text, &marks) {
            self.mention(&path, &[&marks[..at], &marks[at + 1..]].concat(), id, name);
        } else {
            self.write_pieces(&text, &path, &marks);
        }
        if run.ends_with(runs::is_blank) {
            self.pen.space();
        }
    }

    /// A link that says `@` and leads to one of the people is a mention, however it got here.
    fn person_linked(&self, text: &str, marks: &[Mark]) -> Option<(usize, UserId, &'p str)> {
        let at = marks.iter().position(|m| matches!(m, Mark::Link(_)))?;
        let Mark::Link(href) = &marks[at] else { return None };
        let id = mentions::user_of_href(&href.value).filter(|_| text.starts_with('@'))?;
        let people = self.people;
        Some((at, id, people.name_of(id)?))
    }

    fn write_pieces(&mut self, text: &str, path: &[Block], marks: &[Mark]) {
        let people = (!is_literal(marks)).then_some(self.people);
        for piece in runs::pieces(text, people) {
            match piece {
                Piece::Text(text) => {
                    self.pen.place(path, marks);
                    self.pen.words(text);
                }
                Piece::Link(text, href) => {
                    self.pen.place(path, &[marks, &[Mark::Link(href)]].concat());
                    self.pen.words(text);
                }
                Piece::Mention(id, name) => self.mention(path, marks, id, name),
            }
        }
    }

    /// Writes the words taken so far and ends what was marked only there, so that a space or a
    /// break that follows is outside of it.
    fn leave_marks(&mut self) {
        self.flush();
        self.pen.keep_marks(&self.marks);
    }

    fn mention(&mut self, path: &[Block], marks: &[Mark], id: UserId, name: &str) {
        self.pen.place(path, marks);
        self.pen.mention(id, name);
        if !self.mentions.contains(&id) {
            self.mentions.push(id);
        }
    }

    fn code_block(&mut self, class: Option<&str>, text: &str) {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let text: String = text.chars().filter(|c| runs::is_kept(*c, true)).collect();
        if text.chars().any(runs::is_seen) {
            let path = self.path_apart();
            self.pen.code_block(&path, class, text.trim_end_matches('\n'));
        }
    }

    /// A block begins or ends in the source.
    fn end_line(&mut self) {
        self.leave_marks();
        let empty = matches!(self.blocks.last(), Some((b, false)) if matches!(b.name, "p" | "div"));
        if empty && self.pen.has_breaks() && !self.pen.is_at_start() {
            let path = self.path();
            self.pen.empty_line(&path);
        }
        self.pen.end_line();
    }

    /// The blocks that words said now belong into. Only what may hold the next one is in it: a
    /// paragraph only around words, a list only around items. All of them count as written into.
    fn path(&mut self) -> Vec<Block> {
        let mut path: Vec<Block> = Vec::new();
        for i in 0..self.blocks.len() {
            let next = self.blocks.get(i + 1).map(|(block, _)| block.name);
            let block = &mut self.blocks[i];
            block.1 = true;
            let block = block.0;
            let parent = path.last().map_or("", |block| block.name);
            match block.name {
                "blockquote" => path.push(block),
                "ul" | "ol" if next == Some("li") => path.push(block),
                "dl" if matches!(next, Some("dt" | "dd")) => path.push(block),
                "ul" | "ol" | "dl" => {}
                "li" if matches!(parent, "ul" | "ol") => path.push(block),
                "dt" | "dd" if parent == "dl" => path.push(block),
                "li" | "dt" | "dd" if next.is_none() => path.push(Block { name: "div", ..block }),
                _ if next.is_none() => path.push(block),
                _ => {}
            }
        }
        path
    }

    /// The same for what may not stand in a paragraph.
    fn path_apart(&mut self) -> Vec<Block> {
        let mut path = self.path();
        path.pop_if(|block| block.is_leaf());
        path
    }

    fn in_code(&self) -> bool {
        self.marks.last() == Some(&Mark::Code)
    }

    fn finish(mut self) -> Shaped {
        while !self.frames.is_empty() {
            self.close();
        }
        self.flush();
        let (html, shows_something) = self.pen.finish();
        Shaped { html, mentions: self.mentions, shows_something }
    }
}

/// Words that are meant letter by letter, or lead somewhere already.
fn is_literal(marks: &[Mark]) -> bool {
    marks.iter().any(|m| matches!(m, Mark::Link(_) | Mark::Code | Mark::Plain("kbd" | "samp")))
}
