//! Bodies from generated sources: whatever comes in, what comes out is safe, stays what it is
//! when composed again, and reads as plain text without markup.
//!
//! `PROPTEST_CASES` sets how many sources are tried; the default keeps this quick.

use campfire::model::BodyFormat;
use campfire::richtext::{compose, compose_with};
use proptest::prelude::*;
use proptest::sample::select;

use super::{cast, oracle};

const DEFAULT_CASES: u32 = 1_500;

const NAMES: [&str; 70] = [
    "a",
    "abbr",
    "address",
    "article",
    "b",
    "blockquote",
    "body",
    "br",
    "button",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "dd",
    "del",
    "details",
    "div",
    "dl",
    "dt",
    "em",
    "fieldset",
    "font",
    "form",
    "frameset",
    "h1",
    "h2",
    "h6",
    "head",
    "hr",
    "html",
    "hx-partial",
    "i",
    "iframe",
    "image",
    "img",
    "input",
    "kbd",
    "li",
    "marquee",
    "math",
    "mi",
    "nobr",
    "noscript",
    "object",
    "ol",
    "option",
    "p",
    "plaintext",
    "pre",
    "ruby",
    "rt",
    "s",
    "script",
    "select",
    "small",
    "span",
    "strong",
    "style",
    "sub",
    "svg",
    "table",
    "td",
    "template",
    "textarea",
    "title",
    "tr",
    "tt",
    "u",
    "ul",
];

const ATTRIBUTES: [&str; 32] = [
    " href=\"https://evil.example/x\"",
    " href='javascript:alert(1)'",
    " href=/users/7",
    " href=\"/users/7\" class=\"mention\"",
    " href=\"//evil.example\"",
    " href=\"/rooms/1\"",
    " href=\"mailto:ada@example.org\"",
    " href=\"java\tscript:x\"",
    " href=\" &#1;javascript:x\"",
    " href=\"data:text/html,x\"",
    " onclick=alert(1)",
    " onerror=\"alert(1)\"",
    " style=\"x:y\"",
    " id=messages",
    " name=\"composer\"",
    " class=\"language-rust x\"",
    " class=mention",
    " class=\"bar-red\"",
    " class='bar-red message'",
    " hx-get=\"/x\"",
    " data-hx-post='/x'",
    " data-x",
    " src=x",
    " alt=\"https://x.org\"",
    " start=\"7\"",
    " start=\"-1\"",
    " title='\"><script>x</script>'",
    " srcdoc=\"<b>\"",
    " href=\"https://bank.com@evil.example/\"",
    " href=\"https://xn--80ak6aa92e.com\"",
    " /",
    " =\"",
];

const WORDS: [&str; 46] = [
    "word",
    " ",
    "\n",
    "\t",
    "  ",
    "&nbsp;",
    "&lt;b&gt;",
    "&amp;",
    "&#13;",
    "&#10;",
    "&#0;",
    "&#x202e;",
    "https://example.org/a",
    "http://",
    "www.x.org",
    "x.org",
    "bank.com",
    "@Ada",
    "@Ada Lovelace",
    "@",
    "ada@example.org",
    "a.b@c",
    "://x.org",
    "http",
    "www.",
    ".org/",
    ")",
    "(",
    "\"",
    "'",
    ".",
    ",",
    "\u{202E}",
    "\u{200B}",
    "\u{0}",
    "\u{8}",
    "é",
    "e\u{301}",
    "田中",
    "👩‍🚀",
    "<",
    ">",
    "&",
    "</",
    "<!--",
    "-->",
];

const TYPED: [&str; 40] = [
    "*",
    "**",
    "_",
    "__",
    "~~",
    "`",
    "```",
    "\n",
    "\n\n",
    "    ",
    "> ",
    "- ",
    "1. ",
    "# ",
    "---",
    "===",
    "[",
    "](",
    ")",
    "![",
    "<",
    ">",
    "\\",
    "|",
    ":",
    "&copy;",
    "&#60;",
    "https://x.org/a_b_c",
    "www.x.org",
    "(https://x.org)",
    "ada@x.org",
    "@Ada",
    "<b>",
    "</b>",
    "<!--",
    "word",
    " ",
    "[x]: /y",
    "```rust\n",
    "http://__x__",
];

/// Pieces of HTML; a bracket or what stands for one is among the words only if asked for.
fn html_source(brackets: bool) -> impl Strategy<Value = String> {
    let attributes = prop::collection::vec(select(&ATTRIBUTES[..]), 0..3);
    let open = (select(&NAMES[..]), attributes).prop_map(|(n, a)| format!("<{n}{}>", a.concat()));
    let close = select(&NAMES[..]).prop_map(|name| format!("</{name}>"));
    let bracket = move |c: char| !brackets && matches!(c, '<' | '&');
    let known: Vec<&str> = WORDS.into_iter().filter(|word| !word.contains(bracket)).collect();
    let unknown = "\\PC{0,3}".prop_map(move |text: String| text.replace(bracket, ""));
    let words = prop_oneof![9 => select(known).prop_map(str::to_owned), 2 => unknown];
    let piece = prop_oneof![3 => open, 2 => close, 5 => words];
    prop::collection::vec(piece, 1..40).prop_map(|pieces| pieces.concat())
}

fn typed_source() -> impl Strategy<Value = String> {
    let piece = prop_oneof![8 => select(&TYPED[..]).prop_map(str::to_owned), 1 => "\\PC{0,3}"];
    prop::collection::vec(piece, 1..40).prop_map(|pieces| pieces.concat())
}

fn config() -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok());
    ProptestConfig {
        cases: asked.unwrap_or(DEFAULT_CASES),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Composes, and holds the result against every promise about bodies.
fn holds(source: &str, format: BodyFormat) -> Result<(), TestCaseError> {
    let Ok(composed) = compose_with(source, format, &cast()) else { return Ok(()) };
    let html = composed.body.html;
    prop_assert_eq!(oracle::check(&html), Ok(()), "\n{}", &html);
    prop_assert_eq!(oracle::check_reparse(&html), Ok(()), "\n{}", &html);
    let again = compose_with(&html, BodyFormat::Html, &cast());
    let again = again.map_err(|refused| TestCaseError::fail(format!("{refused}: {html}")))?;
    prop_assert_eq!(&again.body.html, &html, "composed twice");
    prop_assert_eq!(&again.body.plain_text, &composed.body.plain_text, "plain text");
    prop_assert_eq!(again.mentions, composed.mentions, "mentions");
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_html_becomes_a_safe_body(source in html_source(true)) {
        holds(&source, BodyFormat::Html)?;
    }

    #[test]
    fn any_markdown_becomes_a_safe_body(source in typed_source()) {
        holds(&source, BodyFormat::Markdown)?;
    }

    #[test]
    fn any_text_becomes_a_safe_body(source in "\\PC{1,60}") {
        holds(&source, BodyFormat::Markdown)?;
        holds(&source, BodyFormat::Html)?;
    }

    #[test]
    fn plain_text_holds_no_markup(source in html_source(false)) {
        // A bracket that was written as text stays text; here nobody wrote one.
        if let Ok(body) = compose(&source, BodyFormat::Html) {
            prop_assert!(!body.plain_text.contains('<'), "{}", body.plain_text);
            prop_assert!(!body.plain_text.contains("rel=\""), "{}", body.plain_text);
        }
    }
}
