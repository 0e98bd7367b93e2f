//! Markdown, pasted HTML, payloads of Slack's shape and search queries, without a server.

use std::time::{Duration, Instant};

use campfire::model::BodyFormat;
use campfire::model::search::{Query, Term};
use campfire::richtext::{compose_with, slack};
use rusqlite::Connection;

use super::try_reader;
use crate::richtext::{cast, oracle};

/// No text of a message takes longer than this, also on a busy machine and without optimisation.
const PATIENCE: Duration = Duration::from_secs(20);

const MARKDOWN: &[&str] = &[
    "*",
    "**",
    "_",
    "~~",
    "`",
    "```\n",
    "> ",
    "- ",
    "1. ",
    "# ",
    "\n",
    "\n\n",
    "    ",
    "[",
    "](",
    ")",
    "![",
    "<",
    ">",
    "</",
    "<a href=\"",
    "<script>",
    "javascript:",
    "http://",
    "https://a.example/",
    "www.",
    "a@b.example",
    "@Ada",
    "@Ada Lovelace",
    "/play ",
    "|",
    "|-|",
    "\\",
    "&lt;",
    "&#x",
    "&amp;",
    "\u{202e}",
    "\u{200d}",
    "\u{0}",
    "\r",
    "\t",
    "===",
    "---",
    "<!--",
    "-->",
    ":+1:",
    "<https://a.example>",
];
const HTML: &[&str] = &[
    "<",
    ">",
    "</",
    "/>",
    "<div>",
    "</div>",
    "<p>",
    "<b>",
    "<a href=\"",
    "\">",
    "</a>",
    "<svg>",
    "<math>",
    "<mi>",
    "<style>",
    "</style>",
    "<script>",
    "</script>",
    "<template>",
    "<table>",
    "<td>",
    "<select>",
    "<noscript>",
    "<textarea>",
    "</title>",
    "<img src=x onerror=",
    " style=\"",
    " id=\"",
    " hx-get=\"/\"",
    " data-hx-on:load=\"",
    " class=\"",
    "javascript:",
    "data:text/html,",
    "//evil.example",
    "&colon;",
    "&#106;",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<pre>",
    "<code>",
    "<ul><li>",
    "<blockquote>",
    "<br>",
    "<annotation-xml encoding=\"text/html\">",
    "<foreignObject>",
    "\u{0}",
    "<form>",
    "<input name=",
];
const SLACK: &[&str] = &[
    "{\"text\":\"",
    "\"}",
    "{\"blocks\":[",
    "]}",
    "{\"type\":\"section\",\"text\":{",
    "\"type\":\"mrkdwn\",",
    "\"text\":\"",
    "\"",
    "}",
    "{",
    "[",
    "]",
    ",",
    ":",
    "null",
    "true",
    "0",
    "-1e999",
    "\"attachments\":[",
    "{\"fallback\":\"",
    "{\"color\":\"#",
    "\"fields\":[",
    "\"title_link\":\"javascript:",
    "<!channel>",
    "<@U1|ada>",
    "<http://a.example|",
    ">",
    "*b*",
    "_i_",
    "~s~",
    "`c`",
    "```",
    "\\u0000",
    "\\ud800",
    "{\"type\":\"rich_text\",\"elements\":[",
    "{\"type\":\"rich_text_section\",\"elements\":[",
    "{\"type\":\"link\",\"url\":\"",
    "{\"type\":\"image\",\"image_url\":\"",
    "&lt;",
    "&amp;",
];
const SEARCH: &[&str] = &[
    "\"",
    "'",
    "*",
    "^",
    ":",
    "(",
    ")",
    "NEAR(",
    " NOT ",
    " AND ",
    " OR ",
    "from:",
    "in:",
    "has:link",
    "has:file",
    "before:",
    "after:",
    "on:",
    "2026-01-01",
    "@ada",
    "#room",
    "words:",
    "marks : ",
    "-",
    "+",
    " ",
    "\u{0}",
    "日本",
    "ﬀ",
    "İ",
    "e\u{301}",
    "a",
    "campfires",
    "C++",
    "foo_bar",
    "{",
    "}",
    ";",
    "--",
];

/// Composes, and holds what comes out against every promise about bodies.
fn composed(source: &str, format: BodyFormat) -> Result<(), String> {
    let began = Instant::now();
    if let Ok(composed) = compose_with(source, format, &cast()) {
        oracle::check(&composed.body.html)?;
        oracle::check_reparse(&composed.body.html)?;
    }
    match began.elapsed() {
        took if took > PATIENCE => Err(format!("it took {took:?}")),
        _ => Ok(()),
    }
}

#[test]
fn markdown() {
    try_reader("markdown", MARKDOWN, |input| {
        composed(&String::from_utf8_lossy(input), BodyFormat::Markdown)
    });
}

#[test]
fn html() {
    try_reader("html", HTML, |input| composed(&String::from_utf8_lossy(input), BodyFormat::Html));
}

#[test]
fn slack_payloads() {
    try_reader("slack", SLACK, |input| {
        let text = String::from_utf8_lossy(input);
        // What is no JSON is refused before it is looked at; as a text it is a payload.
        let payload = serde_json::from_str(&text).unwrap_or_else(
            |_| serde_json::json!({ "text": text, "attachments": [{ "text": text }] }),
        );
        match slack::to_html(&payload) {
            Ok(html) => composed(&html, BodyFormat::Html),
            Err(_) => Ok(()),
        }
    });
}

#[test]
fn search_queries() {
    let database = Connection::open_in_memory().unwrap();
    let index = "create virtual table found using fts5 (words, parts, marks, tokenize = 'ascii');
                 insert into found values ('campfires camp', 'amp', 'r1 u1')";
    database.execute_batch(index).unwrap();
    try_reader("search", SEARCH, |input| {
        let query = Query::parse(&String::from_utf8_lossy(input));
        let terms: Vec<String> = query.terms.iter().map(Term::expression).collect();
        let expression = terms.join(" AND ");
        if expression.is_empty() {
            return Ok(());
        }
        let mut rows =
            database.prepare_cached("select count(*) from found where found match ?1").unwrap();
        let found: rusqlite::Result<i64> = rows.query_row([&expression], |row| row.get(0));
        found.map(drop).map_err(|error| format!("{error}: {expression}"))
    });
}
