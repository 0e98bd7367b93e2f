//! Slack's own little markup: `*bold*`, `_italic_`, `~struck~`, code, quotations, and what stands
//! between angle brackets. Linear: a search that failed once on a line is not made again.

use super::super::emoji;
use super::super::tokens::{escape_text_into, escape_value_into};

/// A text as blocks: paragraphs, quotations, code.
pub fn blocks(text: &str) -> String {
    let mut out = String::new();
    let fences = text.matches("```").count();
    for (n, part) in text.split("```").enumerate() {
        // An odd number of fences: the last one is only what it looks like.
        if n % 2 == 1 && fences > n {
            let code = plain(part.trim_matches('\n'));
            out.push_str("<pre><code>");
            escape_text_into(&mut out, &code);
            out.push_str("</code></pre>");
        } else {
            let fence = if n % 2 == 1 { "```" } else { "" };
            lines(&mut out, &format!("{fence}{part}"));
        }
    }
    out
}

/// A text without any markup as one paragraph.
pub fn plain_blocks(text: &str) -> String {
    format!("<p>{}</p>", plain_inline(text))
}

fn lines(out: &mut String, text: &str) {
    let (mut said, mut quoted) = (Vec::new(), Vec::new());
    let mut all_quoted = false;
    for line in text.trim_matches('\n').split('\n') {
        let quote = |line: &'_ str| -> Option<String> {
            let rest = line.strip_prefix("&gt;").or_else(|| line.strip_prefix('>'))?;
            Some(rest.strip_prefix(' ').unwrap_or(rest).to_owned())
        };
        let triple = line.strip_prefix("&gt;&gt;&gt;").or_else(|| line.strip_prefix(">>>"));
        if let Some(rest) = triple.filter(|_| !all_quoted) {
            all_quoted = true;
            flush(out, "p", &mut said);
            quoted.push(inline(rest.trim_start()));
        } else if all_quoted {
            quoted.push(inline(line));
        } else if let Some(rest) = quote(line) {
            flush(out, "p", &mut said);
            quoted.push(inline(&rest));
        } else {
            flush(out, "blockquote", &mut quoted);
            said.push(inline(line));
        }
    }
    flush(out, "blockquote", &mut quoted);
    flush(out, "p", &mut said);
}

fn flush(out: &mut String, element: &str, lines: &mut Vec<String>) {
    let html = lines.join("<br>");
    lines.clear();
    if !html.is_empty() {
        out.push_str(&format!("<{element}>{html}</{element}>"));
    }
}

/// A text within one block; line ends become breaks.
pub fn inline(text: &str) -> String {
    text.split('\n')
        .map(|line| render(&read(line), &mut Vec::new()))
        .collect::<Vec<_>>()
        .join("<br>")
}

/// A text that has no markup, within one block.
pub fn plain_inline(text: &str) -> String {
    let line = |line: &str| {
        let mut html = String::new();
        escape_text_into(&mut html, &with_emoji(line));
        html
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("<br>")
}

/// The words of a text, its markup between angle brackets spelled out.
pub fn plain(text: &str) -> String {
    let mut words = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        words.push_str(&decode(&rest[..start]));
        rest = &rest[start + 1..];
        match rest.find(['>', '<', '\n']).filter(|end| rest[*end..].starts_with('>')) {
            Some(end) => {
                words.push_str(&Bracketed::read(&rest[..end]).words());
                rest = &rest[end + 1..];
            }
            None => words.push('<'),
        }
    }
    words.push_str(&decode(rest));
    words
}

/// A link to `url` that says `label`, both as they read.
pub fn link(url: &str, label: &str) -> String {
    let mut out = String::from("<a href=\"");
    escape_value_into(&mut out, url.trim());
    out.push_str("\">");
    escape_text_into(&mut out, label);
    out.push_str("</a>");
    out
}

/// The three characters that Slack asks senders to escape.
fn decode(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// One character of a line, or a piece that is done.
enum Piece {
    Char(char),
    Html(String),
}

fn read(line: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = line;
    let (mut brackets, mut ticks) = (true, true);
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        let close = match c {
            '<' if brackets => after.find('>'),
            '`' if ticks => after.find('`'),
            _ => None,
        };
        match (c, close) {
            ('<', Some(end)) => {
                pieces.extend(Bracketed::read(&after[..end]).pieces());
                rest = &after[end + 1..];
                continue;
            }
            ('<', None) => brackets = false,
            ('`', Some(end)) if end > 0 => {
                let mut code = String::from("<code>");
                escape_text_into(&mut code, &plain(&after[..end]));
                pieces.push(Piece::Html(code + "</code>"));
                rest = &after[end + 1..];
                continue;
            }
            ('`', None) => ticks = false,
            ('&', _) => {
                let entity = [("amp;", '&'), ("lt;", '<'), ("gt;", '>')];
                if let Some((name, c)) = entity.into_iter().find(|(n, _)| after.starts_with(n)) {
                    pieces.push(Piece::Char(c));
                    rest = &after[name.len()..];
                    continue;
                }
            }
            (':', _) if !matches!(pieces.last(), Some(Piece::Char(c)) if c.is_alphanumeric()) => {
                if let Some((emoji, length)) = shortcode(rest) {
                    pieces.push(Piece::Html(emoji.to_owned()));
                    rest = &rest[length..];
                    continue;
                }
            }
            _ => {}
        }
        pieces.push(Piece::Char(c));
        rest = after;
    }
    pieces
}

/// Draws pieces; `open` are the marks that they stand in, each at most once.
fn render(pieces: &[Piece], open: &mut Vec<char>) -> String {
    let mut out = String::new();
    let mut dead = Vec::new();
    let mut at = 0;
    while let Some(piece) = pieces.get(at) {
        match piece {
            Piece::Html(html) => out.push_str(html),
            Piece::Char(c) => {
                let element = match c {
                    '*' => "strong",
                    '_' => "em",
                    '~' => "del",
                    _ => "",
                };
                // Some senders double the mark, as in Markdown.
                let doubled = matches!(pieces.get(at + 1), Some(Piece::Char(next)) if next == c);
                let width = if doubled && *c != '_' { 2 } else { 1 };
                let may_open = !element.is_empty()
                    && !open.contains(c)
                    && !dead.contains(&(*c, width))
                    && opens(pieces, at, width);
                if may_open {
                    let mut ends = at + width + 1..pieces.len();
                    if let Some(end) = ends.find(|end| closes(pieces, *end, *c, width)) {
                        open.push(*c);
                        let inside = render(&pieces[at + width..end], open);
                        open.pop();
                        out.push_str(&format!("<{element}>{inside}</{element}>"));
                        at = end + width;
                        continue;
                    }
                    dead.push((*c, width));
                }
                escape_text_into(&mut out, c.encode_utf8(&mut [0; 4]));
            }
        }
        at += 1;
    }
    out
}

/// A mark opens where a word may begin.
fn opens(pieces: &[Piece], at: usize, width: usize) -> bool {
    let before = at.checked_sub(1).map(|at| &pieces[at]);
    let after_word = matches!(before, Some(Piece::Char(c)) if c.is_alphanumeric());
    let Piece::Char(mark) = pieces[at] else { return false };
    let next_is_word = match pieces.get(at + width) {
        Some(Piece::Char(c)) => !c.is_whitespace() && *c != mark,
        Some(Piece::Html(_)) => true,
        None => false,
    };
    !after_word && next_is_word
}

/// And closes where one may end.
fn closes(pieces: &[Piece], at: usize, mark: char, width: usize) -> bool {
    let is_mark = |at: usize| matches!(pieces.get(at), Some(Piece::Char(c)) if *c == mark);
    let after_space = matches!(pieces[at - 1], Piece::Char(c) if c.is_whitespace());
    let in_word = matches!(pieces.get(at + width), Some(Piece::Char(c)) if c.is_alphanumeric());
    (at..at + width).all(is_mark) && !after_space && !in_word
}

/// What stands between angle brackets.
enum Bracketed<'t> {
    Link {
        url: &'t str,
        label: Option<&'t str>,
    },
    /// `<@U1|name>`, `<#C1|name>`, `<!here>`: what is shown, and the number of one of ours.
    Address {
        words: String,
        user_id: Option<&'t str>,
    },
    Text(&'t str),
}

impl<'t> Bracketed<'t> {
    fn read(inside: &'t str) -> Self {
        let (target, label) = match inside.split_once('|') {
            Some((target, label)) => (target, Some(label).filter(|label| !label.trim().is_empty())),
            None => (inside, None),
        };
        let named = |mark: char, name: &str| {
            format!("{mark}{}", decode(label.unwrap_or(name)).trim_start_matches(mark))
        };
        if let Some(id) = target.strip_prefix('@') {
            let user_id = Some(id).filter(|id| id.bytes().all(|b| b.is_ascii_digit()));
            let user_id = user_id.filter(|id| !id.is_empty());
            return Self::Address { words: named('@', id), user_id };
        }
        if let Some(id) = target.strip_prefix('#') {
            return Self::Address { words: named('#', id), user_id: None };
        }
        if let Some(command) = target.strip_prefix('!') {
            let is_date = command.starts_with("date^");
            let words = match label {
                Some(label) if is_date => decode(label),
                _ => named('@', command.split('^').next().unwrap_or_default()),
            };
            return Self::Address { words, user_id: None };
        }
        let scheme = target.split_once(':').map_or("", |(scheme, _)| scheme);
        if ["http", "https", "mailto", "tel"].contains(&scheme.to_ascii_lowercase().as_str()) {
            return Self::Link { url: target, label };
        }
        Self::Text(inside)
    }

    fn words(&self) -> String {
        match self {
            Self::Link { url, label } => {
                let bare = url.strip_prefix("mailto:").or_else(|| url.strip_prefix("tel:"));
                decode(label.or(bare).unwrap_or(url))
            }
            Self::Address { words, .. } => words.clone(),
            Self::Text(inside) => format!("<{}>", decode(inside)),
        }
    }

    fn pieces(&self) -> Vec<Piece> {
        let words = self.words();
        match self {
            Self::Link { url, .. } => vec![Piece::Html(link(&decode(url), &with_emoji(&words)))],
            // Composing writes the name that this person has here.
            Self::Address { user_id: Some(id), .. } => {
                vec![Piece::Html(link(&format!("/users/{id}"), &words))]
            }
            Self::Address { .. } | Self::Text(_) => words.chars().map(Piece::Char).collect(),
        }
    }
}

/// A text with the emoji that its short codes name.
pub fn with_emoji(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(':') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        // Not in `main.py:100:5`.
        let in_word = out.ends_with(char::is_alphanumeric);
        let found = shortcode(rest).filter(|_| !in_word);
        let (written, length) = found.unwrap_or((":", 1));
        out.push_str(written);
        rest = &rest[length..];
    }
    out + rest
}

/// The emoji of the `:code:` that a text begins with, and the length of the code.
fn shortcode(text: &str) -> Option<(&'static str, usize)> {
    let inside = text.strip_prefix(':')?;
    let end = inside.bytes().take(64).position(|b| !is_of_code(b))?;
    (end > 0 && inside[end..].starts_with(':'))
        .then(|| emoji::of_shortcode(&inside[..end]))
        .flatten()
        .map(|emoji| (emoji, end + 2))
}

fn is_of_code(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_+-'".contains(&byte)
}
