//! From typed Markdown to HTML: CommonMark and strikethrough, every line end kept.
//!
//! Raw HTML is shown as it was typed. Nothing that was typed is lost: a definition nobody refers
//! to is text, and addresses keep their stars and underscores.

use std::collections::HashSet;

use pulldown_cmark::{CodeBlockKind, CowStr, Event, Options, Parser, Tag, TagEnd, html};

use super::code;

/// Blocks and marks within each other, at most; deeper ones are shown without their own mark.
const MAX_DEPTH: usize = 24;

/// Characters that mean something to Markdown but not inside an address, each with a stand-in
/// (a code point that text never holds) for while the parser looks.
const SHIELDED: [(char, char); 5] = [
    ('*', '\u{FDD0}'),
    ('_', '\u{FDD1}'),
    ('~', '\u{FDD2}'),
    ('\\', '\u{FDD3}'),
    ('`', '\u{FDD4}'),
];

/// Renders Markdown. The result still has to be sanitised: links may lead anywhere.
pub fn to_html(source: &str) -> String {
    let source = shield(source);
    let source = show_unused_definitions(&source);
    let mut html = String::with_capacity(source.len() * 2);
    html::push_html(&mut html, Flattened::new(Parser::new_ext(&source, options())));
    html
}

/// The source itself as one paragraph, for what would otherwise show nothing: a lone `-` or `#`.
pub fn literally(source: &str) -> String {
    let lines =
        source.trim().lines().flat_map(|line| [Event::HardBreak, Event::Text(CowStr::from(line))]);
    let mut html = String::from("<p>");
    html::push_html(&mut html, lines.skip(1));
    html.push_str("</p>");
    html
}

fn options() -> Options {
    Options::ENABLE_STRIKETHROUGH
}

/// Puts the stand-ins into bare addresses (but not at their end, where a mark may close) and
/// into the shrug, which every parser cuts an arm off.
fn shield(source: &str) -> String {
    const SHRUG: &str = "¯\\_(ツ)_/¯";
    let mut shielded = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        let at_word = shielded.chars().next_back().is_none_or(|before| !before.is_alphanumeric());
        let length = if rest.starts_with(SHRUG) {
            SHRUG.len()
        } else if at_word && starts_address(rest) {
            address_length(rest)
        } else {
            0
        };
        if length == 0 {
            shielded.push(if is_stand_in(c) { char::REPLACEMENT_CHARACTER } else { c });
            rest = &rest[c.len_utf8()..];
        } else {
            shielded.extend(rest[..length].chars().map(|c| {
                SHIELDED.iter().find(|(plain, _)| *plain == c).map_or(c, |(_, stand_in)| *stand_in)
            }));
            rest = &rest[length..];
        }
    }
    shielded
}

fn starts_address(text: &str) -> bool {
    ["http://", "https://", "www."]
        .iter()
        .any(|p| text.get(..p.len()).is_some_and(|start| start.eq_ignore_ascii_case(p)))
}

fn address_length(text: &str) -> usize {
    let ends = |c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '`' | '\\');
    let address = &text[..text.find(ends).unwrap_or(text.len())];
    let trailing = |c: char| c.is_ascii_punctuation() && c != '/';
    address.trim_end_matches(trailing).len()
}

fn is_stand_in(c: char) -> bool {
    SHIELDED.iter().any(|(_, stand_in)| *stand_in == c)
}

fn unshield(text: CowStr<'_>) -> CowStr<'_> {
    if !text.contains(is_stand_in) {
        return text;
    }
    let plain: String = text
        .chars()
        .map(|c| {
            SHIELDED.iter().find(|(_, stand_in)| *stand_in == c).map_or(c, |(plain, _)| *plain)
        })
        .collect();
    CowStr::from(plain)
}

/// `[note]: see below` would vanish as the definition of a link. Unless a link uses it, it is
/// what somebody wanted to say.
fn show_unused_definitions(source: &str) -> String {
    let parser = Parser::new_ext(source, options());
    let mut starts: Vec<(String, usize)> = parser
        .reference_definitions()
        .iter()
        .map(|(label, definition)| (label.to_lowercase(), definition.span.start))
        .collect();
    if starts.is_empty() {
        return source.to_owned();
    }
    let used: HashSet<String> = parser
        .filter_map(|event| match event {
            Event::Start(Tag::Link { id, .. } | Tag::Image { id, .. }) => Some(id.to_lowercase()),
            _ => None,
        })
        .collect();
    starts.retain(|(label, _)| !used.contains(label));
    starts.sort_by_key(|(_, start)| *start);
    let mut shown = String::with_capacity(source.len() + starts.len());
    let mut written = 0;
    for (_, start) in starts {
        shown.push_str(&source[written..start]);
        shown.push('\\');
        written = start;
    }
    shown.push_str(&source[written..]);
    shown
}

/// The parser's events as we want them drawn.
struct Flattened<'a, I: Iterator<Item = Event<'a>>> {
    events: I,
    /// For every open element, whether it is drawn.
    drawn: Vec<bool>,
    depth: usize,
    /// A link is open; a picture in it is only its words.
    in_link: bool,
    /// Where a link leads that has no words yet: what it says if it stays without.
    wordless: Option<CowStr<'a>>,
    /// A line of raw HTML has ended; a break follows if the block goes on.
    line_ended: bool,
    waiting: Option<Event<'a>>,
}

impl<'a, I: Iterator<Item = Event<'a>>> Flattened<'a, I> {
    fn new(events: I) -> Self {
        Self {
            events,
            drawn: Vec::new(),
            depth: 0,
            in_link: false,
            wordless: None,
            line_ended: false,
            waiting: None,
        }
    }

    fn start(&mut self, tag: Tag<'a>) -> Option<Event<'a>> {
        let tag = as_drawn(tag);
        let link = matches!(tag, Tag::Link { .. });
        let drawn = self.depth < MAX_DEPTH && !(link && self.in_link);
        self.drawn.push(drawn);
        self.depth += usize::from(drawn);
        if let Tag::Link { dest_url, .. } = &tag {
            self.in_link = true;
            self.wordless = Some(dest_url.clone());
        }
        drawn.then_some(Event::Start(tag))
    }

    fn end(&mut self, tag: TagEnd) -> Option<Event<'a>> {
        self.line_ended = false;
        let drawn = self.drawn.pop().unwrap_or(false);
        self.depth -= usize::from(drawn);
        let tag = match tag {
            TagEnd::Image => TagEnd::Link,
            TagEnd::HtmlBlock => TagEnd::Paragraph,
            other => other,
        };
        let end = drawn.then_some(Event::End(tag));
        if tag != TagEnd::Link {
            return end;
        }
        self.in_link &= !drawn;
        match self.wordless.take() {
            Some(address) => {
                self.waiting = end;
                Some(Event::Text(address))
            }
            None => end,
        }
    }

    /// A line of raw HTML: its text, after a break if it is not the first.
    fn raw_line(&mut self, line: CowStr<'a>) -> Event<'a> {
        let ended = line.ends_with('\n');
        let text = Event::Text(CowStr::from(unshield(line).trim_end_matches('\n').to_owned()));
        let text = if self.line_ended {
            self.waiting = Some(text);
            Event::HardBreak
        } else {
            text
        };
        self.line_ended = ended;
        text
    }
}

impl<'a, I: Iterator<Item = Event<'a>>> Iterator for Flattened<'a, I> {
    type Item = Event<'a>;

    fn next(&mut self) -> Option<Event<'a>> {
        if let Some(event) = self.waiting.take() {
            return Some(event);
        }
        loop {
            let event = self.events.next()?;
            if !matches!(event, Event::Start(_) | Event::End(_)) {
                self.wordless = None;
            }
            let event = match event {
                Event::Start(tag) => self.start(tag),
                Event::End(tag) => self.end(tag),
                Event::SoftBreak => Some(Event::HardBreak),
                Event::Html(line) => Some(self.raw_line(line)),
                Event::InlineHtml(text) | Event::Text(text) => Some(Event::Text(unshield(text))),
                Event::Code(text) => Some(Event::Code(unshield(text))),
                other => Some(other),
            };
            if event.is_some() {
                return event;
            }
        }
    }
}

fn as_drawn(tag: Tag<'_>) -> Tag<'_> {
    match tag {
        Tag::Link { link_type, dest_url, id, .. } | Tag::Image { link_type, dest_url, id, .. } => {
            Tag::Link { link_type, dest_url: unshield(dest_url), title: CowStr::from(""), id }
        }
        Tag::CodeBlock(CodeBlockKind::Fenced(info)) => {
            let class = code::language_class(&info).unwrap_or_default();
            let language = class.trim_start_matches("language-").to_owned();
            Tag::CodeBlock(CodeBlockKind::Fenced(CowStr::from(language)))
        }
        Tag::HtmlBlock => Tag::Paragraph,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_and_raw_html_are_kept_as_typed() {
        assert_eq!(to_html("a\nb"), "<p>a<br />\nb</p>\n");
        assert_eq!(to_html("<div>\n<b>"), "<p>&lt;div&gt;<br />\n&lt;b&gt;</p>\n");
    }

    #[test]
    fn addresses_and_the_shrug_keep_their_marks() {
        let html = to_html("https://x.org/__init__.py *https://x.org/a*b* ¯\\_(ツ)_/¯");
        assert_eq!(
            html,
            "<p>https://x.org/__init__.py <em>https://x.org/a*b</em> ¯\\_(ツ)_/¯</p>\n"
        );
    }

    #[test]
    fn only_a_definition_in_use_is_hidden() {
        assert_eq!(to_html("[a]: /b"), "<p>[a]: /b</p>\n");
        assert_eq!(to_html("[A]\n\n[a]: /b"), "<p><a href=\"/b\">A</a></p>\n");
    }

    #[test]
    fn a_picture_is_a_link_with_words() {
        assert_eq!(to_html("![a](/b)"), "<p><a href=\"/b\">a</a></p>\n");
        assert_eq!(to_html("![](/b)[](/c)"), "<p><a href=\"/b\">/b</a><a href=\"/c\">/c</a></p>\n");
        assert_eq!(to_html("[![a](/b) c](/d)"), "<p><a href=\"/d\">a c</a></p>\n");
        assert_eq!(to_html("[![](/b)](/d)"), "<p><a href=\"/d\">/b</a></p>\n");
    }

    #[test]
    fn nesting_ends_somewhere() {
        let html = to_html(&format!("{}x", "> ".repeat(500)));
        assert_eq!(html.matches("<blockquote>").count(), MAX_DEPTH);
    }
}
