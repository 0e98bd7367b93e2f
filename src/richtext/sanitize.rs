//! The first wall: parse whatever came in and keep only what is on our list.
//!
//! The list is written out here and owes nothing to the sanitiser's defaults. What passes is then
//! rewritten by `shape.rs`, which names its own elements and attributes again: two lists have to
//! fail before a tag of somebody's choosing reaches a page.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};

use crate::model::text::Refused;

/// Elements that carry meaning into `shape.rs`. Tables and pictures are only let this far to be
/// turned into text there.
const ELEMENTS: [&str; 52] = [
    "a",
    "acronym",
    "address",
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
    "figcaption",
    "figure",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "ol",
    "p",
    "pre",
    "s",
    "samp",
    "section",
    "small",
    "strike",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "tt",
    "ul",
    "var",
    "article",
    "caption",
];

/// Elements that vanish with all they hold: their content was never meant to be read.
const VANISHING: [&str; 14] = [
    "script", "style", "template", "noscript", "iframe", "object", "svg", "math", "title", "head",
    "textarea", "select", "audio", "video",
];

/// Most bytes of HTML that are parsed. (10,000 characters of the widest script fit.)
pub const MAX_HTML_BYTES: usize = 40_000;
/// Most `<` in a piece of HTML. The parser's cost grows with the square of open elements.
pub const MAX_TAGS: usize = 4_000;

static LIST: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut list = Builder::empty();
    list.tags(HashSet::from(ELEMENTS))
        .clean_content_tags(HashSet::from(VANISHING))
        .tag_attributes(HashMap::from([
            ("a", HashSet::from(["href", "class"])),
            ("code", HashSet::from(["class"])),
            ("img", HashSet::from(["alt"])),
            ("ol", HashSet::from(["start"])),
            ("pre", HashSet::from(["class"])),
        ]))
        .generic_attributes(HashSet::new())
        .generic_attribute_prefixes(HashSet::new())
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(UrlRelative::Custom(Box::new(keep_relative)))
        .link_rel(None)
        .strip_comments(true);
    list
});

/// Paths and bare domains go on to `links.rs`; addresses of another host without a scheme do not.
fn keep_relative(url: &str) -> Option<Cow<'_, str>> {
    (!url.starts_with("//") && !url.contains('\\')).then_some(Cow::Borrowed(url))
}

/// Refuses HTML that would take long to parse. Counts instead of parsing, so it cannot be fooled
/// about what is nested in what.
pub fn accept_html(source: &str) -> Result<(), Refused> {
    let tags = source.bytes().filter(|b| *b == b'<').count();
    if source.len() > MAX_HTML_BYTES || tags > MAX_TAGS {
        return Err(Refused("This message has too much formatting to be shown.".into()));
    }
    Ok(())
}

/// Keeps what is on the list; the result is well-formed.
pub fn keep_listed(html: &str) -> String {
    LIST.clean(html).to_string()
}
