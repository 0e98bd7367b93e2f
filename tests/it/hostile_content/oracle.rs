//! Reads pages as browsers do, and says what was born of what somebody wrote: what no harmless text
//! brings to the same place, and what may be nowhere.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

use super::payloads::TOKEN;

/// What a body may be made of, whatever harmless people happened to write.
const BODY: [&str; 39] = [
    "a",
    "b",
    "blockquote",
    "br",
    "cite",
    "code",
    "dd",
    "del",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "ins",
    "kbd",
    "li",
    "mark",
    "ol",
    "p",
    "pre",
    "samp",
    "small",
    "strong",
    "sub",
    "sup",
    "ul",
    "var",
    "time",
    "span",
    "section",
    "article",
];
/// The same for attributes: what a body's elements may carry.
const BODY_ATTRIBUTES: [(&str, &str); 6] = [
    ("a", "href"),
    ("a", "rel"),
    ("a", "class"),
    ("code", "class"),
    ("blockquote", "class"),
    ("ol", "start"),
];
/// There are never more of them than on a harmless page.
const COUNTED: [&str; 10] =
    ["script", "style", "base", "meta", "link", "iframe", "object", "embed", "title", "body"];
const ADDRESSES: [&str; 9] =
    ["href", "src", "action", "formaction", "poster", "data", "cite", "background", "xlink:href"];

/// A name, and attributes with their values.
type Element = (String, Vec<(String, String)>);

/// What a tokenizer finds in a page.
#[derive(Default)]
struct Found {
    elements: RefCell<Vec<Element>>,
    /// Text that is no text to a browser: scripts, styles, comments.
    raw: RefCell<String>,
    in_raw: RefCell<bool>,
}

impl TokenSink for Found {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => {
                let name = tag.name.to_string();
                let attributes = tag
                    .attrs
                    .iter()
                    .map(|one| (one.name.local.to_string(), one.value.to_string()))
                    .collect();
                *self.in_raw.borrow_mut() = matches!(&*name, "script" | "style");
                let raw = match &*name {
                    "script" => Some(RawKind::ScriptData),
                    "style" | "iframe" | "noembed" | "noframes" | "xmp" => Some(RawKind::Rawtext),
                    "title" | "textarea" => Some(RawKind::Rcdata),
                    _ => None,
                };
                self.elements.borrow_mut().push((name, attributes));
                raw.map_or(TokenSinkResult::Continue, TokenSinkResult::RawData)
            }
            Token::TagToken(_) => {
                *self.in_raw.borrow_mut() = false;
                TokenSinkResult::Continue
            }
            Token::CharacterTokens(text) if *self.in_raw.borrow() => {
                self.raw.borrow_mut().push_str(&text);
                TokenSinkResult::Continue
            }
            Token::CommentToken(text) => {
                self.raw.borrow_mut().push_str(&text);
                TokenSinkResult::Continue
            }
            _ => TokenSinkResult::Continue,
        }
    }
}

fn read(html: &str) -> Found {
    let tokenizer = Tokenizer::new(Found::default(), TokenizerOpts::default());
    let queue = BufferQueue::default();
    queue.push_back(StrTendril::from_slice(html));
    let _ = tokenizer.feed(&queue);
    tokenizer.end();
    tokenizer.sink
}

/// What harmless pages hold, by the place they are.
#[derive(Default)]
pub struct Harmless {
    elements: BTreeSet<String>,
    attributes: BTreeSet<(String, String)>,
    /// Attributes in which texts of people stand.
    spoken: BTreeSet<(String, String)>,
    /// What attributes of htmx are told, without numbers and what is asked for.
    orders: BTreeSet<(String, String)>,
    counts: BTreeMap<(&'static str, &'static str), usize>,
}

impl Harmless {
    pub fn learn(&mut self, place: &'static str, html: &str) {
        let found = read(html);
        for (name, attributes) in found.elements.borrow().iter() {
            self.elements.insert(name.clone());
            for (attribute, value) in attributes {
                self.attributes.insert((name.clone(), attribute.clone()));
                if let Some(order) = order_of(attribute, value) {
                    self.orders.insert((attribute.clone(), order));
                }
                if value.to_ascii_lowercase().contains(TOKEN) {
                    self.spoken.insert((name.clone(), attribute.clone()));
                }
            }
        }
        for (counted, count) in counts(&found) {
            let most = self.counts.entry((place, counted)).or_default();
            *most = count.max(*most);
        }
    }

    /// What a page holds that nobody but an attacker can have brought.
    pub fn judge(&self, place: &'static str, html: &str) -> Vec<String> {
        let found = read(html);
        let mut wrong = Vec::new();
        for (name, attributes) in found.elements.borrow().iter() {
            if !self.elements.contains(name) && !BODY.contains(&&**name) {
                wrong.push(format!("<{name}>"));
            }
            for (attribute, value) in attributes {
                let pair = (name.clone(), attribute.clone());
                let in_body = BODY_ATTRIBUTES.contains(&(&**name, &**attribute));
                if !self.attributes.contains(&pair) && !in_body {
                    wrong.push(format!("<{name} {attribute}={value:?}>"));
                }
                let speaks = value.to_ascii_lowercase().contains(TOKEN);
                let order = order_of(attribute, value);
                let is_order = order.is_some();
                if order.is_some_and(|order| !self.orders.contains(&(attribute.clone(), order))) {
                    wrong.push(format!("<{name} {attribute}={value:?}> commands"));
                }
                if speaks
                    && !is_order
                    && !self.spoken.contains(&pair)
                    && pair != pair_of("a", "href")
                {
                    wrong.push(format!("<{name} {attribute}={value:?}> speaks"));
                }
                if attribute.starts_with("on") {
                    wrong.push(format!("<{name} {attribute}>"));
                }
                if ADDRESSES.contains(&&**attribute) && !is_harmless_address(value) {
                    wrong.push(format!("<{name} {attribute}={value:?}> leads away"));
                }
            }
        }
        if found.raw.borrow().to_ascii_lowercase().contains(TOKEN) {
            wrong.push("speaks in a script, a style or a comment".to_owned());
        }
        for (counted, count) in counts(&found) {
            let most = self.counts.get(&(place, counted)).copied().unwrap_or_default();
            if count > most {
                wrong.push(format!("{count} <{counted}>, not {most}"));
            }
        }
        wrong
    }
}

fn order_of(attribute: &str, value: &str) -> Option<String> {
    let commands = ["hx-", "data-hx-", "ws-"].iter().any(|prefix| attribute.starts_with(prefix));
    let path = value.split('?').next().unwrap_or_default();
    commands.then(|| path.chars().filter(|c| !c.is_ascii_digit()).collect())
}

fn pair_of(name: &str, attribute: &str) -> (String, String) {
    (name.to_owned(), attribute.to_owned())
}

fn counts(found: &Found) -> impl Iterator<Item = (&'static str, usize)> {
    let elements = found.elements.borrow();
    let of = |counted: &&str| elements.iter().filter(|(name, _)| name == counted).count();
    COUNTED.iter().map(|counted| (*counted, of(counted))).collect::<Vec<_>>().into_iter()
}

/// As browsers read it: without tabs and line ends, and without what stands before it.
fn is_harmless_address(value: &str) -> bool {
    let tidy: String = value.chars().filter(|c| !matches!(c, '\t' | '\n' | '\r')).collect();
    let tidy = tidy.trim_start_matches(|c: char| c <= ' ').to_ascii_lowercase();
    if tidy.starts_with("//") || tidy.starts_with("/\\") || tidy.starts_with('\\') {
        return false;
    }
    match tidy.find([':', '/', '?', '#']) {
        Some(at) if tidy.as_bytes()[at] == b':' => {
            ["http", "https", "mailto"].contains(&&tidy[..at])
        }
        _ => true,
    }
}

/// The oracle is worth something only if it sees what is wrong.
#[test]
fn the_oracle_sees_each_kind_of_wrong() {
    let mut harmless = Harmless::default();
    let page = "<title>zq7q</title><script src=\"/a.js\"></script><input value=\"zq7q\" class=\"x\">\
                <img src=\"/a.png\" alt=\"zq7q\"><p>zq7q</p><a hx-get=\"/more?q=zq7q&n=1\">m</a>";
    harmless.learn("page", page);
    assert_eq!(harmless.judge("page", page), [""; 0]);
    let link = "<a href=\"https://zq7q.example/\" rel=\"x\">y</a><h1>zq7q</h1>";
    assert_eq!(harmless.judge("page", link), [""; 0]);
    for wrong in [
        "<svg>",
        "<img src=\"/a.png\" onerror=\"x\">",
        "<input value=\"x\" class=\"zq7q\">",
        "<p id=\"a\">",
        "<a hx-get=\"/zq7q\">",
        "<a href=\"javascript:x\">",
        "<a href=\"\u{1}java\nscript:x\">",
        "<img src=\"//zq7q.example\">",
        "<script>zq7q</script>",
        "<script src=\"/a.js\"></script><script src=\"/a.js\"></script>",
        "<!-- zq7q -->",
        "<title>a</title><title>b</title>",
        "<textarea></textarea><img style=\"x\">",
    ] {
        assert!(!harmless.judge("page", wrong).is_empty(), "{wrong}");
    }
}
