//! Block Kit: sections, headers, context, dividers, pictures as links, buttons as links.

use serde_json::Value;

use super::super::markdown;
use super::rich_text;
use super::sheet::Sheet;
use super::{MAX_ITEMS, first_text, list, mrkdwn, text};

pub fn write_all(sheet: &mut Sheet, blocks: &[Value]) {
    for block in blocks.iter().take(MAX_ITEMS) {
        write(sheet, block);
    }
}

fn write(sheet: &mut Sheet, block: &Value) {
    match block.get("type").and_then(Value::as_str).unwrap_or_default() {
        "header" => {
            let words = words_of(block.get("text"));
            sheet.add_text(words.trim(), |text| format!("<h3>{}</h3>", mrkdwn::plain_inline(text)));
        }
        "section" => section(sheet, block),
        "context" => {
            let elements = list(block, "elements").iter().take(MAX_ITEMS);
            let parts: Vec<String> = elements.map(in_context).filter(|p| !p.is_empty()).collect();
            if !parts.is_empty() {
                sheet.add(&format!("<p><small>{}</small></p>", parts.join(" ")));
            }
        }
        "divider" => sheet.add("<hr>"),
        "actions" => buttons(sheet, list(block, "elements")),
        "image" | "video" => sheet.add(&picture(block)),
        "markdown" => sheet.add_text(text(block, "text"), markdown::to_html),
        "rich_text" => rich_text::write(sheet, list(block, "elements")),
        "table" => table(sheet, list(block, "rows")),
        // Not known, but perhaps it says something.
        _ => text_object(sheet, block.get("text")),
    }
}

fn section(sheet: &mut Sheet, block: &Value) {
    text_object(sheet, block.get("text"));
    for field in list(block, "fields").iter().take(MAX_ITEMS) {
        let html = inline_object(field);
        if !html.is_empty() {
            sheet.add(&format!("<p>{html}</p>"));
        }
    }
    match block.get("accessory") {
        Some(one) if one.get("type") == Some(&"image".into()) => sheet.add(&picture(one)),
        Some(one) => buttons(sheet, std::slice::from_ref(one)),
        None => {}
    }
}

/// Buttons that lead somewhere, as links; a chat that only shows cannot do what others ask for.
pub fn buttons(sheet: &mut Sheet, elements: &[Value]) {
    let links: Vec<String> = elements
        .iter()
        .take(MAX_ITEMS)
        .filter_map(|button| {
            let url = text(button, "url");
            let label = words_of(button.get("text"));
            let label = if label.trim().is_empty() { url.to_string() } else { label };
            (!url.is_empty()).then(|| mrkdwn::link(&url, &mrkdwn::with_emoji(&label)))
        })
        .collect();
    if !links.is_empty() {
        sheet.add(&format!("<p>{}</p>", links.join(" · ")));
    }
}

/// A picture elsewhere: nothing is loaded from other hosts, so it is a link.
fn picture(block: &Value) -> String {
    let file = block.get("slack_file").map(|file| text(file, "url")).unwrap_or_default();
    let url = first_text(block, &["title_url", "image_url", "video_url"]);
    let url = if url.is_empty() { file } else { url };
    let title = words_of(block.get("title"));
    let label = if title.trim().is_empty() { text(block, "alt_text").into_owned() } else { title };
    let label = if label.trim().is_empty() { url.to_string() } else { label };
    match (url.is_empty(), label.is_empty()) {
        (false, _) => format!("<p>{}</p>", mrkdwn::link(&url, &label)),
        (true, false) => format!("<p>{}</p>", mrkdwn::plain_inline(&label)),
        (true, true) => String::new(),
    }
}

fn in_context(element: &Value) -> String {
    if element.get("type") == Some(&"image".into()) {
        return mrkdwn::plain_inline(&text(element, "alt_text"));
    }
    inline_object(element)
}

fn table(sheet: &mut Sheet, rows: &[Value]) {
    for row in rows.iter().take(MAX_ITEMS) {
        let cells = row.as_array().map_or(&[][..], Vec::as_slice).iter().take(MAX_ITEMS);
        let cells: Vec<String> = cells
            .map(|cell| match cell.get("elements") {
                Some(_) => rich_text::words(list(cell, "elements")),
                None => words_of(Some(cell)),
            })
            .collect();
        sheet.add_text(cells.join(" | "), mrkdwn::plain_blocks);
    }
}

/// What a text object says without its markup; senders also give the text alone.
fn words_of(object: Option<&Value>) -> String {
    match object {
        Some(Value::String(text)) => text.clone(),
        Some(object) => text(object, "text").into_owned(),
        None => String::new(),
    }
}

/// A text object as blocks.
fn text_object(sheet: &mut Sheet, object: Option<&Value>) {
    let is_plain = object.and_then(|o| o.get("type")) == Some(&"plain_text".into());
    let write = if is_plain { mrkdwn::plain_blocks } else { mrkdwn::blocks };
    sheet.add_text(words_of(object), write);
}

/// A text object within a line or two.
fn inline_object(object: &Value) -> String {
    let words = words_of(Some(object));
    let words: String = words.trim().chars().take(2_000).collect();
    if object.get("type") == Some(&"plain_text".into()) {
        mrkdwn::plain_inline(&words)
    } else {
        mrkdwn::inline(&words)
    }
}
