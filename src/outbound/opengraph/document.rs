//! Reads what a page says of itself. Whatever the page is, reading it ends soon.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

/// Tags that are looked at.
const MOST_TAGS: usize = 50_000;
/// Characters of a value that are kept: more than is ever shown.
const MOST_KEPT: usize = 8_192;
/// A tag with thousands of attributes takes the tokenizer long, so the page is given to it in
/// pieces of so many bytes, with a look at the clock between them.
const PIECE: usize = 2 * 1024;
const READING_TIME: Duration = Duration::from_millis(300);

/// The first of each that a page gives.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Document {
    pub title: Option<String>,
    pub description: Option<String>,
    pub url: Option<String>,
    pub picture: Option<String>,
}

impl Document {
    /// Reads until all is known, the page ends or the time is over.
    pub(super) fn read(html: &str) -> Document {
        let tokenizer = Tokenizer::new(Finds::default(), TokenizerOpts::default());
        let started = Instant::now();
        let mut rest = html;
        while !rest.is_empty() && !tokenizer.sink.is_done() && started.elapsed() < READING_TIME {
            let (piece, after) = rest.split_at(rest.floor_char_boundary(PIECE.max(4)));
            let queue = BufferQueue::default();
            queue.push_back(StrTendril::from_slice(piece));
            let _ = tokenizer.feed(&queue);
            rest = after;
        }
        tokenizer.sink.found.into_inner()
    }
}

#[derive(Default)]
struct Finds {
    found: RefCell<Document>,
    tags: Cell<usize>,
}

impl Finds {
    fn is_done(&self) -> bool {
        let found = self.found.borrow();
        let all = [&found.title, &found.description, &found.url, &found.picture];
        self.tags.get() > MOST_TAGS || all.iter().all(|value| value.is_some())
    }

    fn note(&self, tag: &Tag) {
        let value = |wanted: &[&str]| {
            let named = |name: &&str| tag.attrs.iter().find(|a| &*a.name.local == *name);
            wanted.iter().find_map(named).map(|attribute| &*attribute.value)
        };
        let (Some(name), Some(content)) = (value(&["property", "name"]), value(&["content"]))
        else {
            return;
        };
        let mut found = self.found.borrow_mut();
        let place = match name.trim().to_ascii_lowercase().as_str() {
            "og:title" => &mut found.title,
            "og:description" => &mut found.description,
            "og:url" => &mut found.url,
            "og:image" => &mut found.picture,
            _ => return,
        };
        if place.is_none() {
            *place = Some(content.chars().take(MOST_KEPT).collect());
        }
    }
}

impl TokenSink for Finds {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        if let Token::TagToken(tag) = token {
            self.tags.set(self.tags.get() + 1);
            let opens = tag.kind == TagKind::StartTag;
            if opens && &*tag.name == "meta" && self.tags.get() <= MOST_TAGS {
                self.note(&tag);
            }
        }
        TokenSinkResult::Continue
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_each_is_read_with_entities() {
        let page = r#"<!doctype html><html><head><title>Not this</title>
            <META Property="og:title" content='Fish &amp; <b>chips</b>'>
            <meta name="og:description" content="One
            two"><meta property="og:title" content="second">
            <meta content="https://example.org/" property="og:url" />
            <meta property="og:image" content="https://example.org/x.png"><!-- <meta property="og:x"> -->
            <meta property="og:video" content="x"></head>"#;
        let document = Document::read(page);
        assert_eq!(document.title.as_deref(), Some("Fish & <b>chips</b>"));
        assert!(document.description.unwrap().starts_with("One\n"));
        assert_eq!(document.url.as_deref(), Some("https://example.org/"));
        assert_eq!(document.picture.as_deref(), Some("https://example.org/x.png"));
        assert_eq!(
            Document::read("<!-- <meta property='og:title' content='x'> -->"),
            Document::default()
        );
        assert_eq!(Document::read(""), Document::default());
    }

    #[test]
    fn hostile_pages_end() {
        let late = "<meta property='og:title' content='late'>";
        let attributes = (0..200_000).map(|n| format!(" a{n}")).collect::<String>();
        for page in [
            format!("<p{attributes}>{late}"),
            format!("{}{late}", "<div>".repeat(200_000)),
            format!("{}{late}", "<meta property='og:x' content='y'>".repeat(100_000)),
            "<meta property='og:title' content='".repeat(20_000),
            "&amp".repeat(200_000),
            "\u{1F600}".repeat(200_000),
        ] {
            // What must not happen takes minutes.
            let document = Document::read(&page);
            assert!(document.title.is_none_or(|title| title.chars().count() <= MOST_KEPT));
        }
    }
}
