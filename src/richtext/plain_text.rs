//! A body without markup: for search, notifications, bots and the first line of a reply.

use super::bars;
use super::tokens::{self, Token};

/// The text of HTML that `shape` wrote. A line break or the end of a block is a line end; list
/// items get their marker, quotations their quotation marks.
pub fn of(html: &str) -> String {
    let mut text = PlainText::default();
    for token in tokens::read(html) {
        match token {
            Token::Open { name, .. } => {
                let start = token.attribute("start").and_then(|n| n.parse().ok()).unwrap_or(1);
                let has_bar = token.attribute("class").and_then(bars::of_class).is_some();
                // A coloured bar marks what a program says itself, not what it quotes.
                text.open(if name == "blockquote" && has_bar { "bar" } else { name }, start);
            }
            Token::Close { name } => text.close(name),
            Token::Text(words) => text.say(&words),
        }
    }
    text.out.trim().to_owned()
}

#[derive(Default)]
struct PlainText {
    out: String,
    /// One for every open list: the number of the next item, none for bullets.
    lists: Vec<Option<u64>>,
    /// Markers and quotation marks that the next words will follow.
    pending: String,
    /// For every open quotation, whether its mark was written.
    quotes: Vec<bool>,
    /// For every open quotation, whether it is one, and not only a piece with a bar.
    quoted: Vec<bool>,
}

impl PlainText {
    fn open(&mut self, name: &str, start: u64) {
        match name {
            "br" => self.out.push('\n'),
            "hr" => {
                self.new_line();
                self.say("---");
                self.new_line();
            }
            "ul" | "ol" => {
                self.new_line();
                self.lists.push((name == "ol").then_some(start));
            }
            "li" => {
                self.new_line();
                let depth = self.lists.len().saturating_sub(1);
                let marker = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}. ", *number - 1)
                    }
                    _ => "• ".to_owned(),
                };
                self.pending.push_str(&"  ".repeat(depth));
                self.pending.push_str(&marker);
            }
            "bar" => {
                self.new_line();
                self.quoted.push(false);
            }
            "blockquote" => {
                self.new_line();
                self.pending.push('“');
                self.quotes.push(false);
                self.quoted.push(true);
            }
            _ if is_block(name) => self.new_line(),
            _ => {}
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "ul" | "ol" => {
                self.lists.pop();
                self.new_line();
            }
            "blockquote" if self.quoted.pop() == Some(false) => self.new_line(),
            "blockquote" => {
                if self.quotes.pop() == Some(true) {
                    self.out.truncate(self.out.trim_end_matches('\n').len());
                    self.out.push('”');
                } else {
                    self.pending.pop();
                }
                self.new_line();
            }
            "li" => {
                self.write_pending();
                self.new_line();
            }
            _ if is_block(name) => self.new_line(),
            _ => {}
        }
    }

    fn say(&mut self, words: &str) {
        if words.is_empty() {
            return;
        }
        self.write_pending();
        self.out.push_str(words);
    }

    fn write_pending(&mut self) {
        self.out.push_str(&std::mem::take(&mut self.pending));
        self.quotes.iter_mut().for_each(|written| *written = true);
    }

    fn new_line(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
    }
}

fn is_block(name: &str) -> bool {
    matches!(
        name,
        "p" | "div" | "pre" | "dl" | "dt" | "dd" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_lists_and_quotations_read_as_text() {
        for (html, expected) in [
            ("<p>a<br>b</p><p>c</p>", "a\nb\nc"),
            ("<ul><li>a</li><li>b<ol start=\"3\"><li>c</li></ol></li></ul>", "• a\n• b\n  3. c"),
            ("<blockquote><p>a</p><p>b</p></blockquote><p>c</p>", "“a\nb”\nc"),
            ("<blockquote><blockquote>a</blockquote></blockquote>", "““a””"),
            ("<blockquote><ul><li>a</li></ul></blockquote>", "“• a”"),
            (
                "<blockquote class=\"bar-red\"><p>a</p><blockquote>b</blockquote></blockquote>c",
                "a\n“b”\nc",
            ),
            ("<pre><code>a &lt; b\n\nc</code></pre>d", "a < b\n\nc\nd"),
            ("a<hr>b", "a\n---\nb"),
            ("<p>1 &lt; 2 &amp; <strong>3</strong></p>", "1 < 2 & 3"),
        ] {
            assert_eq!(of(html), expected, "{html}");
        }
    }
}
