//! Slack's older attachments: a coloured bar with a title, a text and fields beside it.

use serde_json::Value;

use super::super::bars;
use super::sheet::Sheet;
use super::{MAX_ITEMS, blocks, first_text, list, mrkdwn, text};
use crate::model::Timestamp;

pub fn write(sheet: &mut Sheet, attachment: &Value) {
    sheet.add_text(text(attachment, "pretext"), mrkdwn::blocks);
    let before = format!("<blockquote class=\"{}\">", bars::of_colour(&text(attachment, "color")));
    sheet.within(&before, "</blockquote>", |sheet| {
        blocks::write_all(sheet, list(attachment, "blocks"));
        heading(sheet, attachment);
        sheet.add_text(text(attachment, "text"), mrkdwn::blocks);
        fields(sheet, attachment);
        picture(sheet, attachment);
        blocks::buttons(sheet, list(attachment, "actions"));
        // What is said where nothing else can be shown; here everything else was.
        if sheet.is_empty() {
            sheet.add_text(text(attachment, "fallback"), mrkdwn::blocks);
        }
        footer(sheet, attachment);
    });
}

fn heading(sheet: &mut Sheet, attachment: &Value) {
    let author = linked(&text(attachment, "author_name"), &text(attachment, "author_link"));
    if !author.is_empty() {
        sheet.add(&format!("<p><small>{author}</small></p>"));
    }
    let title = linked(&text(attachment, "title"), &text(attachment, "title_link"));
    if !title.is_empty() {
        sheet.add(&format!("<p><strong>{title}</strong></p>"));
    }
}

/// A line of words, as a link if there is an address.
fn linked(words: &str, url: &str) -> String {
    let words: String = words.trim().chars().take(500).collect();
    match (words.is_empty(), url.trim().is_empty()) {
        (true, _) => String::new(),
        (false, true) => mrkdwn::inline(&words),
        (false, false) => mrkdwn::link(url, &mrkdwn::with_emoji(&mrkdwn::plain(&words))),
    }
}

fn fields(sheet: &mut Sheet, attachment: &Value) {
    sheet.within("<dl>", "</dl>", |sheet| {
        for field in list(attachment, "fields").iter().take(MAX_ITEMS) {
            let title = mrkdwn::inline(text(field, "title").trim());
            let title = if title.is_empty() { title } else { format!("<dt>{title}</dt>") };
            sheet.add_text(value_of(field), |value| {
                format!("{title}<dd>{}</dd>", mrkdwn::blocks(value))
            });
        }
    });
}

/// Senders put numbers and switches here, too.
fn value_of(field: &Value) -> String {
    match field.get("value") {
        Some(Value::Bool(is_on)) => is_on.to_string(),
        _ => text(field, "value").into_owned(),
    }
}

/// Nothing is loaded from other hosts, so a picture is a link.
fn picture(sheet: &mut Sheet, attachment: &Value) {
    let url = first_text(attachment, &["image_url", "thumb_url"]);
    if !url.is_empty() {
        sheet.add(&format!("<p>{}</p>", mrkdwn::link(&url, &url)));
    }
}

fn footer(sheet: &mut Sheet, attachment: &Value) {
    if sheet.is_empty() {
        return;
    }
    let footer: String = text(attachment, "footer").trim().chars().take(300).collect();
    let time = at(attachment.get("ts"));
    let parts = [mrkdwn::inline(&footer), time.unwrap_or_default()];
    let parts: Vec<&str> = parts.iter().map(String::as_str).filter(|p| !p.is_empty()).collect();
    if !parts.is_empty() {
        sheet.add(&format!("<p><small>{}</small></p>", parts.join(" · ")));
    }
}

/// Seconds since 1970, as a number or as text.
fn at(ts: Option<&Value>) -> Option<String> {
    let seconds = match ts? {
        Value::String(text) => text.parse::<f64>().ok()?,
        number => number.as_f64()?,
    };
    let is_sane = (1.0..1e11).contains(&seconds);
    is_sane.then(|| {
        let at = Timestamp((seconds * 1_000.0) as i64);
        format!("{}, {} UTC", at.day(), at.clock())
    })
}
