//! The first wall: parse whatever came in and keep only what is on our list.
//!
//! The list is written out here and owes nothing to the sanitiser's defaults. What passes is then
//! rewritten by `shape.rs`, which names its own elements and attributes again: two lists have to
//! fail before a tag of somebody's choosing reaches a page.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};

use crate::model::BodyFormat;
use crate::model::text::Refused;
use crate::words::{self, sentence};

/// Elements that carry meaning into `shape.rs`. Tables, pictures and sections are only let this
/// far to be turned into text and line ends there.
#[rustfmt::skip]
const ELEMENTS: [&str; 69] = [
    "a", "b", "blockquote", "br", "cite", "code", "dd", "del", "dfn", "div", "dl", "dt", "em", "h1",
    "h2", "h3", "h4", "h5", "h6", "hr", "i", "ins", "kbd", "li", "ol", "p", "pre", "s", "samp",
    "small", "strike", "strong", "sub", "sup", "tt", "ul", "var",
    "img", "table", "tbody", "td", "tfoot", "th", "thead", "tr",
    "address", "article", "aside", "caption", "center", "details", "dialog", "dir", "fieldset",
    "figcaption", "figure", "footer", "form", "header", "hgroup", "legend", "listing", "main",
    "menu", "nav", "option", "search", "section", "summary",
];

/// Elements that vanish with all they hold: their content was never meant to be read.
const VANISHING: [&str; 18] = [
    "script",
    "style",
    "template",
    "noscript",
    "iframe",
    "object",
    "svg",
    "math",
    "title",
    "head",
    "textarea",
    "select",
    "audio",
    "video",
    "plaintext",
    "xmp",
    "noembed",
    "noframes",
];

/// Elements open at once, at most. The parser's cost grows with the square of their number.
const MAX_OPEN: usize = 100;
/// Attributes of one element, at most, for the same reason.
const MAX_ATTRIBUTES: usize = 100;

static LIST: LazyLock<Builder<'static>> = LazyLock::new(list);

/// A sanitiser that keeps what is on the list.
pub(super) fn list() -> Builder<'static> {
    let mut list = Builder::empty();
    list.tags(HashSet::from(ELEMENTS))
        .clean_content_tags(HashSet::from(VANISHING))
        .tag_attributes(HashMap::from([
            ("a", HashSet::from(["href", "class"])),
            ("blockquote", HashSet::from(["class"])),
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
}

/// Paths and bare domains go on to `links.rs`; addresses of another host without a scheme do not.
fn keep_relative(url: &str) -> Option<Cow<'_, str>> {
    (!url.starts_with("//") && !url.contains('\\')).then_some(Cow::Borrowed(url))
}

/// Refuses HTML that would take long to parse, after a look that is itself quick. What fools this
/// look costs some milliseconds at most, because the length was capped before.
pub fn accept_html(source: &str) -> Result<(), Refused> {
    let mut open: HashMap<String, usize> = HashMap::new();
    let mut open_in_all: usize = 0;
    for tag in source.split('<').skip(1) {
        let (closes, tag) = tag.strip_prefix('/').map_or((false, tag), |tag| (true, tag));
        let end = tag.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(tag.len());
        let name = tag[..end].to_ascii_lowercase();
        if name.is_empty() || closes_itself(&name) {
            continue;
        }
        let of_this_name = open.entry(name).or_default();
        if !closes {
            *of_this_name += 1;
            open_in_all += 1;
        } else if *of_this_name > 0 {
            *of_this_name -= 1;
            open_in_all -= 1;
        }
        if open_in_all > MAX_OPEN || attributes(&tag[end..]) > MAX_ATTRIBUTES {
            return Err(Refused(sentence(words::too_much_formatting)));
        }
    }
    Ok(())
}

/// Elements that never hold anything, or that the next of their kind closes.
fn closes_itself(name: &str) -> bool {
    matches!(
        name,
        "br" | "hr"
            | "img"
            | "input"
            | "meta"
            | "link"
            | "wbr"
            | "col"
            | "source"
            | "p"
            | "li"
            | "dt"
            | "dd"
            | "option"
            | "tr"
            | "td"
            | "th"
            | "tbody"
            | "thead"
            | "tfoot"
    )
}

/// Words in the rest of a tag that are not in quotes.
fn attributes(tag: &str) -> usize {
    let unquoted = tag.split('>').next().unwrap_or_default().split('"').step_by(2);
    unquoted.map(|text| text.split_whitespace().count()).sum()
}

/// How a program that does not say so has written a body: as HTML if there is a tag in it that
/// bodies may hold, outside of anything between backticks; else as Markdown.
pub fn format_of(source: &str) -> BodyFormat {
    let tagged = source.split('`').step_by(2).flat_map(|text| text.split('<').skip(1)).any(|tag| {
        let tag = tag.strip_prefix('/').unwrap_or(tag);
        let end = tag.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(tag.len());
        let name = tag[..end].to_ascii_lowercase();
        tag[end..].starts_with(['>', ' ', '/', '\n']) && ELEMENTS.contains(&name.as_str())
    });
    if tagged { BodyFormat::Html } else { BodyFormat::Markdown }
}

/// Keeps what is on the list; the result is well-formed.
pub fn keep_listed(html: &str) -> String {
    LIST.clean(html).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_deep_or_overloaded_is_refused() {
        let fine = [
            "<div>".repeat(90) + &"</div>".repeat(90),
            "<p>".repeat(1_000),
            "<b>a</b>".repeat(1_000),
            "<ul>".to_owned() + &"<li>a".repeat(1_000),
            format!("<p class=\"{}\">a</p>", "x ".repeat(500)),
        ];
        assert!(fine.iter().all(|html| accept_html(html).is_ok()));
        let heavy =
            ["<div>".repeat(101), "<B><p></i>".repeat(101), format!("<a{}>", " x".repeat(101))];
        assert!(heavy.iter().all(|html| accept_html(html).is_err()));
    }

    #[test]
    fn a_tag_of_ours_makes_it_html() {
        for html in ["<b>a</b>", "a<br>b", "a<BR/>b", "</p>", "<a href=\"/x\">a</a>"] {
            assert_eq!(format_of(html), BodyFormat::Html, "{html}");
        }
        for markdown in
            ["a", "a < b", "<3", "Vec<String>", "<https://x.org>", "use `<b>`", "<script>", "a <b"]
        {
            assert_eq!(format_of(markdown), BodyFormat::Markdown, "{markdown}");
        }
    }
}
