//! What senders of Slack's incoming webhooks post, made into HTML that still has to be composed.
//!
//! Monitors and deploy scripts that can post to Slack can post here without a change. What they
//! ask for that has no place here (a name, a picture and a channel of their own, menus) is left
//! out; what is not known is left out, too, and never makes the whole message fail.

mod attachments;
mod blocks;
pub mod exported;
mod mrkdwn;
mod rich_text;
mod sheet;
#[cfg(test)]
mod tests;

use serde_json::Value;

use crate::model::text::Refused;
use crate::words::Sentence;
use sheet::Sheet;

/// Items of one list (blocks, attachments, fields) that are read, at most; Slack takes 100.
const MAX_ITEMS: usize = 100;

/// The HTML source of a message for a payload of Slack's shape: `text`, `blocks`, `attachments`.
///
/// It is at most as long as a message may be; a longer payload is cut off and says so.
///
/// # Errors
/// A sentence for whoever wrote the sender, when nothing in the payload can be shown.
pub fn to_html(payload: &Value) -> Result<String, Refused> {
    if !payload.is_object() {
        return Err(Refused(Sentence::for_programs(
            "A Slack payload is a JSON object with text, blocks or attachments.",
        )));
    }
    let mut sheet = Sheet::new();
    write(&mut sheet, payload);
    if sheet.is_empty() {
        return Err(Refused(Sentence::for_programs(
            "Nothing to post: give the payload a text, blocks or attachments.",
        )));
    }
    Ok(sheet.finish())
}

fn write(sheet: &mut Sheet, payload: &Value) {
    let blocks = list(payload, "blocks");
    // With blocks, the text is only what notifications say.
    if blocks.is_empty() {
        add_main_text(sheet, payload);
    } else {
        blocks::write_all(sheet, blocks);
        if sheet.is_empty() {
            add_main_text(sheet, payload);
        }
    }
    for attachment in list(payload, "attachments").iter().take(MAX_ITEMS) {
        attachments::write(sheet, attachment);
    }
}

fn add_main_text(sheet: &mut Sheet, payload: &Value) {
    let text = text(payload, "text");
    if payload.get("mrkdwn") == Some(&Value::Bool(false)) {
        sheet.add_text(text, mrkdwn::plain_blocks);
    } else {
        sheet.add_text(text, mrkdwn::blocks);
    }
}

/// A member that is text; numbers count as text, as senders are not strict about it.
fn text<'v>(value: &'v Value, name: &str) -> std::borrow::Cow<'v, str> {
    match value.get(name) {
        Some(Value::String(text)) => text.trim_matches('\n').into(),
        Some(Value::Number(number)) => number.to_string().into(),
        _ => "".into(),
    }
}

/// The first of these members that is not blank.
fn first_text<'v>(value: &'v Value, names: &[&str]) -> std::borrow::Cow<'v, str> {
    names
        .iter()
        .map(|name| text(value, name))
        .find(|text| !text.trim().is_empty())
        .unwrap_or_default()
}

fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
