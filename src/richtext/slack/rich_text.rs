//! Slack's rich text: sections, lists, quotations and code with styles said beside the words.

use serde_json::Value;

use super::super::tokens::escape_text_into;
use super::sheet::Sheet;
use super::{MAX_ITEMS, first_text, list, mrkdwn, text};

/// Elements of one line, at most.
const MAX_RUNS: usize = 500;

pub fn write(sheet: &mut Sheet, elements: &[Value]) {
    for element in elements.iter().take(MAX_ITEMS) {
        let runs = list(element, "elements");
        match element.get("type").and_then(Value::as_str).unwrap_or_default() {
            "rich_text_section" => sheet.add(&wrapped("p", &line(runs))),
            "rich_text_quote" => sheet.add(&wrapped("blockquote", &line(runs))),
            "rich_text_preformatted" => {
                let mut code = String::new();
                escape_text_into(&mut code, &words(runs));
                if !code.is_empty() {
                    sheet.add(&format!("<pre><code>{code}</code></pre>"));
                }
            }
            "rich_text_list" => {
                let ordered = element.get("style") == Some(&"ordered".into());
                let (before, after) = if ordered { ("<ol>", "</ol>") } else { ("<ul>", "</ul>") };
                sheet.within(before, after, |sheet| {
                    for item in runs.iter().take(MAX_ITEMS) {
                        sheet.add(&wrapped("li", &line(list(item, "elements"))));
                    }
                });
            }
            _ => {}
        }
    }
}

/// What the elements say, without any style.
pub fn words(elements: &[Value]) -> String {
    elements
        .iter()
        .take(MAX_RUNS)
        .map(|element| match element.get("elements") {
            // One level of sections is all there is.
            Some(_) => list(element, "elements").iter().take(MAX_RUNS).map(said).collect(),
            None => said(element),
        })
        .collect()
}

fn wrapped(element: &str, html: &str) -> String {
    if html.is_empty() { String::new() } else { format!("<{element}>{html}</{element}>") }
}

fn line(runs: &[Value]) -> String {
    runs.iter().take(MAX_RUNS).map(run).collect()
}

fn run(run: &Value) -> String {
    let words = said(run);
    let mut html = match run.get("type").and_then(Value::as_str) {
        Some("link") => mrkdwn::link(&text(run, "url"), &words),
        Some("user") if is_number(&text(run, "user_id")) => {
            mrkdwn::link(&format!("/users/{}", text(run, "user_id")), &words)
        }
        _ => {
            let mut html = String::new();
            escape_text_into(&mut html, &words);
            html.replace('\n', "<br>")
        }
    };
    let style = |name: &str| run.get("style").and_then(|s| s.get(name)) == Some(&Value::Bool(true));
    for (name, element) in
        [("code", "code"), ("bold", "strong"), ("italic", "em"), ("strike", "del")]
    {
        if style(name) {
            html = wrapped(element, &html);
        }
    }
    html
}

fn said(run: &Value) -> String {
    let raw = |name| run.get(name).and_then(Value::as_str).unwrap_or_default();
    match run.get("type").and_then(Value::as_str).unwrap_or_default() {
        "link" => first_text(run, &["text", "url"]).into_owned(),
        "emoji" => mrkdwn::with_emoji(&format!(":{}:", raw("name"))),
        "user" => format!("@{}", text(run, "user_id")),
        "usergroup" => format!("@{}", raw("usergroup_id")),
        "channel" => format!("#{}", raw("channel_id")),
        "broadcast" => format!("@{}", raw("range")),
        "date" => raw("fallback").to_owned(),
        "color" => raw("value").to_owned(),
        _ => raw("text").to_owned(),
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}
