//! The link of a message that a card may be shown for: one that stands alone in a line.

use super::links;
use super::tokens::{self, Token};

/// The address of the first bare web address in `html` that has a line to itself, outside of
/// quotations and code. None where `source` has it in angle brackets: so one says that no card
/// is wanted.
pub fn find(html: &str, source: &str) -> Option<String> {
    let mut line = Line::Empty;
    let mut set_apart = 0_usize;
    for token in tokens::read(html) {
        match &token {
            Token::Open { name: "a", .. } if line == Line::Empty && set_apart == 0 => {
                let href = token.attribute("href").unwrap_or_default().to_owned();
                line = Line::Link { href, words: String::new(), open: true };
            }
            Token::Close { name: "a" } => line.close(),
            Token::Text(text) => line.read(text),
            Token::Open { name, .. } | Token::Close { name } if breaks_line(name) => {
                if let Some(found) = line.end(source) {
                    return Some(found);
                }
                let is_apart = matches!(*name, "blockquote" | "pre");
                match &token {
                    Token::Open { .. } if is_apart => set_apart += 1,
                    Token::Close { .. } if is_apart => set_apart = set_apart.saturating_sub(1),
                    _ => {}
                }
            }
            _ => line = Line::Full,
        }
    }
    line.end(source)
}

#[derive(Debug, PartialEq, Eq)]
enum Line {
    Empty,
    Link {
        href: String,
        words: String,
        open: bool,
    },
    /// Holds something else.
    Full,
}

impl Line {
    fn read(&mut self, text: &str) {
        match self {
            Line::Link { words, open: true, .. } => words.push_str(text),
            _ if text.trim().is_empty() => {}
            _ => *self = Line::Full,
        }
    }

    fn close(&mut self) {
        if let Line::Link { open, .. } = self {
            *open = false;
        }
    }

    /// The address, if the line was nothing but one as it was typed.
    fn end(&mut self, source: &str) -> Option<String> {
        let Line::Link { href, words, .. } = std::mem::replace(self, Line::Empty) else {
            return None;
        };
        let typed = links::accept(&words).is_some_and(|link| link.outside && link.value == href);
        let declined = source.contains(&format!("<{words}>"));
        (typed && !declined).then_some(href)
    }
}

fn breaks_line(name: &str) -> bool {
    !matches!(name, "a" | "strong" | "em" | "del" | "code" | "b" | "i" | "s" | "span")
}

#[cfg(test)]
mod tests {
    use crate::model::BodyFormat;
    use crate::richtext::compose;

    fn lone(source: &str) -> Option<String> {
        compose(source, BodyFormat::Markdown).unwrap().lone_link
    }

    #[test]
    fn a_bare_address_in_a_line_of_its_own_is_found() {
        for source in [
            "https://example.org/a?b=c&d",
            "  https://example.org/a?b=c&d  ",
            "Look at this:\nhttps://example.org/a?b=c&d\nNice!",
            "Look\n\nhttps://example.org/a?b=c&d\n\nhttps://example.com/second",
            "- one\n- https://example.org/a?b=c&d",
            "not https://example.com/this one\nhttps://example.org/a?b=c&d",
        ] {
            assert_eq!(lone(source).as_deref(), Some("https://example.org/a?b=c&d"), "{source:?}");
        }
        assert_eq!(lone("www.example.org").as_deref(), Some("http://www.example.org"));
        let html = compose("<div>https://example.org/x</div>", BodyFormat::Html).unwrap();
        assert_eq!(html.lone_link.as_deref(), Some("https://example.org/x"));
    }

    #[test]
    fn addresses_among_words_in_brackets_in_quotes_and_in_code_are_not() {
        for source in [
            "see https://example.org",
            "https://example.org is nice",
            "<https://example.org>",
            "[https://example.org](https://example.org/other)",
            "[words](https://example.org)",
            "> https://example.org",
            "`https://example.org`",
            "```\nhttps://example.org\n```",
            "https://example.org https://example.com",
            "ada@example.org",
            "/rooms/7",
            "**https://example.org**",
        ] {
            assert_eq!(lone(source), None, "{source:?}");
        }
    }
}
