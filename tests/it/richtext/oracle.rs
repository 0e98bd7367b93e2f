//! What a body may hold, said a second time and checked without any of the product's own code.
//!
//! Reads HTML more strictly than any browser: everything that is not plainly one of the few
//! things a body may hold is a complaint. A second check lets a real HTML parser read the body
//! and write it again, which has to give the same bytes.

use std::collections::{HashMap, HashSet};

use ammonia::{Builder, UrlRelative};

const MARKS: [&str; 16] = [
    "a", "b", "cite", "code", "del", "dfn", "em", "i", "ins", "kbd", "samp", "small", "strong",
    "sub", "sup", "var",
];
const LEAVES: [&str; 8] = ["p", "div", "h1", "h2", "h3", "h4", "h5", "h6"];
const CONTAINERS: [&str; 8] = ["blockquote", "ul", "ol", "li", "dl", "dt", "dd", "pre"];
const RELATION: &str = "noopener noreferrer nofollow ugc";

/// Complains about the first thing that a body may not hold.
pub fn check(html: &str) -> Result<(), String> {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        check_text(&rest[..at])?;
        let end = rest[at..].find('>').ok_or("a tag without an end")? + at;
        let tag = &rest[at + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop() != Some(name) {
                return Err(format!("</{name}> closes nothing"));
            }
            continue;
        }
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        check_nesting(name, &open)?;
        check_attributes(name, attributes)?;
        if !matches!(name, "br" | "hr") {
            open.push(name);
        }
        if open.len() > 70 {
            return Err("nested too deep".into());
        }
    }
    check_text(rest)?;
    if open.is_empty() { Ok(()) } else { Err(format!("left open: {open:?}")) }
}

fn check_text(text: &str) -> Result<(), String> {
    if text.contains('>') || text.contains('<') {
        return Err(format!("a bare angle bracket in {text:?}"));
    }
    for part in text.split('&').skip(1) {
        let known = ["amp;", "lt;", "gt;", "quot;", "nbsp;"];
        if !known.iter().any(|entity| part.starts_with(entity)) {
            return Err(format!("a bare ampersand in {text:?}"));
        }
    }
    let forbidden = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\t'))
            || matches!(c, '\u{202D}' | '\u{202E}' | '\u{FEFF}')
    };
    match text.chars().find(|c| forbidden(*c)) {
        Some(c) => Err(format!("{c:?} in a text")),
        None => Ok(()),
    }
}

fn check_nesting(name: &str, open: &[&str]) -> Result<(), String> {
    let parent = open.last().copied().unwrap_or("");
    let in_mark = MARKS.contains(&parent);
    let allowed = if name == "code" && parent == "pre" {
        true
    } else if name == "br" {
        parent != "pre" && !open.contains(&"pre")
    } else if MARKS.contains(&name) {
        !open.contains(&name) && !open.contains(&"pre") && parent != "code"
    } else if name == "li" {
        matches!(parent, "ul" | "ol")
    } else if matches!(name, "dt" | "dd") {
        parent == "dl"
    } else if name == "hr" || LEAVES.contains(&name) || CONTAINERS.contains(&name) {
        !in_mark && !LEAVES.contains(&parent) && !matches!(parent, "ul" | "ol" | "dl" | "pre")
    } else {
        return Err(format!("<{name}> is not an element of a body"));
    };
    if allowed { Ok(()) } else { Err(format!("<{name}> inside {open:?}")) }
}

fn check_attributes(name: &str, text: &str) -> Result<(), String> {
    let mut attributes = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (key, after) = rest.split_once("=\"").ok_or("an attribute without a value")?;
        let (value, after) = after.split_once('"').ok_or("a value without an end")?;
        check_text(value)?;
        attributes.push((key, value));
        rest = after.strip_prefix(' ').unwrap_or(after);
    }
    let fine = match (name, &attributes[..]) {
        (_, []) => name != "a",
        ("a", [("class", "mention"), ("href", href)]) => {
            href.strip_prefix("/users/").is_some_and(|id| id.parse::<u64>().is_ok())
        }
        ("a", [("href", href), ("rel", RELATION)]) => {
            href.starts_with("http://") || href.starts_with("https://")
        }
        ("a", [("href", href)]) => {
            href.starts_with("mailto:")
                || (href.starts_with('/') && !href[1..].starts_with(['/', '\\']))
        }
        ("code", [("class", class)]) => class.strip_prefix("language-").is_some_and(|language| {
            !language.is_empty() && language.bytes().all(|b| b.is_ascii_lowercase())
        }),
        ("blockquote", [("class", class)]) => {
            let colours = ["grey", "red", "orange", "yellow", "green", "blue", "purple"];
            class.strip_prefix("bar-").is_some_and(|colour| colours.contains(&colour))
        }
        ("ol", [("start", start)]) => start.parse::<u32>().is_ok(),
        _ => false,
    };
    let graphic = attributes
        .iter()
        .all(|(_, value)| value.bytes().all(|b| b.is_ascii_graphic() || b == b' '));
    if fine && graphic { Ok(()) } else { Err(format!("<{name} {text}>")) }
}

/// Complains if an HTML parser would read another tree than the one that was written.
pub fn check_reparse(html: &str) -> Result<(), String> {
    let elements = MARKS.iter().chain(&LEAVES).chain(&CONTAINERS).chain(&["br", "hr"]).copied();
    let again = Builder::empty()
        .tags(elements.collect())
        .clean_content_tags(HashSet::new())
        .tag_attributes(HashMap::from([
            ("a", HashSet::from(["href", "rel", "class"])),
            ("blockquote", HashSet::from(["class"])),
            ("code", HashSet::from(["class"])),
            ("ol", HashSet::from(["start"])),
        ]))
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(UrlRelative::PassThrough)
        .link_rel(None)
        .clean(html)
        .to_string();
    if again == html { Ok(()) } else { Err(format!("is read as\n{again}")) }
}

/// The oracle is worth something only if it sees what is wrong.
#[test]
fn the_oracle_complains_about_each_kind_of_wrong() {
    for wrong in [
        "<img>",
        "<p onclick=\"x\">a</p>",
        "<p>a",
        "a</p>",
        "<b><p>a</p></b>",
        "<p><p>a</p></p>",
        "<a href=\"javascript:x\">a</a>",
        "<a href=\"//x.org\">a</a>",
        "<a>a</a>",
        "<li>a</li>",
        "<a href=\"http://x.org\">a</a>",
        "<code class=\"x\">a</code>",
        "<blockquote class=\"bar-red message\">a</blockquote>",
        "a & b",
        "a > b",
        "\u{202E}",
        "<a class=\"mention\" href=\"/rooms/1\">a</a>",
        "<a href=\"/a\"><b><a href=\"/b\">a</a></b></a>",
        "<p id=\"x\">a</p>",
        "<p data-x=\"x\">a</p>",
        "<hx-partial>a</hx-partial>",
        "<ul>a<p>b</p></ul>",
    ] {
        assert!(check(wrong).is_err(), "{wrong}");
    }
    let fine = "<p>a <b>b</b><br><a href=\"/x\">c</a></p><pre><code>d\n</code></pre>";
    assert_eq!((check(fine), check_reparse(fine)), (Ok(()), Ok(())));
    for wrong in
        ["<p><div>a</div></p>", "<a href=\"/a\">a<a href=\"/b\">b</a></a>", "<pre>\na</pre>"]
    {
        assert!(check_reparse(wrong).is_err(), "{wrong}");
    }
}
