//! Messages as an export from Slack holds them, with its own names for people and channels.
//!
//! They go through the same two walls as everything that is posted here. Longer ones than may be
//! posted are kept whole.

use serde_json::{Value, json};

use super::super::campfire::Card;
use super::super::mentions::People;
use super::super::tokens::{escape_text_into, escape_value_into};
use super::super::{lone_link, plain_text, sanitize, shape};
use super::sheet::Sheet;
use super::{MAX_ITEMS, first_text, list, mrkdwn, text};
use crate::model::{Body, BodyFormat, UserId};

/// Longest body, in characters of HTML. Slack's own limit is 40,000 characters of text.
const MAX_HTML: usize = 256 * 1024;
/// What stands for somebody who is not there.
const NOBODY: &str = "☒";
/// What a channel is called whose name is nobody's business.
const PRIVATE: &str = "private channel";

/// Who and what the names in an export stand for.
pub trait Names {
    /// The person Slack calls so.
    fn person(&self, slack_id: &str) -> Option<(UserId, String)>;
    /// The name of a channel that everybody may know of.
    fn channel(&self, slack_id: &str) -> Option<String>;
}

/// A message as this server keeps it.
#[derive(Debug, PartialEq, Eq)]
pub struct Exported {
    /// Shows nothing when only files were sent.
    pub body: Body,
    /// Each person once, in the order of the text.
    pub mentions: Vec<UserId>,
    /// Pages that Slack had looked up.
    pub cards: Vec<Card>,
    /// Mentions that lead to nobody.
    pub lost_mentions: usize,
}

/// Reads the text, the blocks and the attachments of a message.
pub fn message(message: &Value, names: &impl Names) -> Exported {
    let mut payload = json!({ "text": text(message, "text") });
    let blocks = list(message, "blocks");
    // The text says all of it, if less prettily.
    if !blocks.is_empty() && !is_too_long(blocks) {
        payload["blocks"] = json!(blocks);
    }
    let (pages, said): (Vec<&Value>, Vec<&Value>) =
        list(message, "attachments").iter().partition(|attachment| is_page(attachment));
    payload["attachments"] = json!(said);
    let mut reader = Reader { names, named: Vec::new(), lost: 0 };
    reader.translate(&mut payload);
    let mut sheet = Sheet::with_room(MAX_HTML);
    super::write(&mut sheet, &payload);
    let (body, mentions) = body(sheet.finish(), reader.named);
    Exported {
        body,
        mentions,
        cards: pages.into_iter().filter_map(card).collect(),
        lost_mentions: reader.lost,
    }
}

/// What stands in a message for a file that is still at Slack.
pub fn linked_file(filename: &str, url: Option<&str>) -> Body {
    let mut html = String::from("<p>");
    match url {
        Some(url) => {
            html.push_str("<a href=\"");
            escape_value_into(&mut html, url);
            html.push_str("\">");
            escape_text_into(&mut html, filename);
            html.push_str("</a>");
        }
        None => escape_text_into(&mut html, filename),
    }
    html.push_str(" (this file stayed at Slack)</p>");
    let (mut body, _) = body(html, Vec::new());
    body.lone_link = None;
    body
}

fn body(source: String, named: Vec<(UserId, String)>) -> (Body, Vec<UserId>) {
    // More open at once than is read safely: its words alone.
    let source = match sanitize::accept_html(&source) {
        Ok(()) => source,
        Err(_) => super::super::markdown::literally(&plain_text::of(&source)),
    };
    let people = People::new(named);
    let shaped = shape::shape(&sanitize::keep_listed(&source), &people);
    let plain_text = plain_text::of(&shaped.html);
    let lone_link = lone_link::find(&shaped.html, &source);
    let format = BodyFormat::Html;
    (Body { source, format, html: shaped.html, plain_text, lone_link }, shaped.mentions)
}

/// Whether a list in it is longer than what is read of lists.
fn is_too_long(values: &[Value]) -> bool {
    values.len() > MAX_ITEMS
        || values
            .iter()
            .any(|value| ["elements", "fields"].iter().any(|name| is_too_long(list(value, name))))
}

/// A page that Slack looked up for a link in the text. What quotes another message is none.
fn is_page(attachment: &Value) -> bool {
    let is = |name: &str| attachment.get(name) == Some(&Value::Bool(true));
    !text(attachment, "from_url").is_empty() && !is("is_share") && !is("is_msg_unfurl")
}

fn card(attachment: &Value) -> Option<Card> {
    let title = mrkdwn::plain(&first_text(attachment, &["title", "service_name"]));
    (!title.trim().is_empty()).then(|| Card {
        url: text(attachment, "from_url").into_owned(),
        title,
        description: mrkdwn::plain(&text(attachment, "text")),
        has_picture: !first_text(attachment, &["image_url", "thumb_url"]).is_empty(),
    })
}

/// Writes this server's names for those of Slack.
struct Reader<'n, N> {
    names: &'n N,
    named: Vec<(UserId, String)>,
    lost: usize,
}

impl<N: Names> Reader<'_, N> {
    fn translate(&mut self, value: &mut Value) {
        match value {
            Value::String(said) if said.contains("<@") || said.contains("<#") => {
                *said = self.in_text(said);
            }
            Value::Array(values) => values.iter_mut().for_each(|value| self.translate(value)),
            Value::Object(members) => {
                match members.get("type").and_then(Value::as_str) {
                    Some("user") => {
                        let slack_id = members.get("user_id").and_then(Value::as_str);
                        match self.person(slack_id.unwrap_or_default()) {
                            Some(id) => drop(members.insert("user_id".into(), json!(id))),
                            None => spell_out(members, NOBODY),
                        }
                    }
                    Some("channel") => {
                        let slack_id = members.get("channel_id").and_then(Value::as_str);
                        let name = self.channel(slack_id.unwrap_or_default());
                        spell_out(members, &format!("#{name}"));
                    }
                    _ => {}
                }
                members.values_mut().for_each(|value| self.translate(value));
            }
            _ => {}
        }
    }

    /// Their number here, as text.
    fn person(&mut self, slack_id: &str) -> Option<String> {
        let found = self.names.person(slack_id);
        match &found {
            Some(found) => self.named.push(found.clone()),
            None => self.lost += 1,
        }
        found.map(|(id, _)| id.to_string())
    }

    fn channel(&self, slack_id: &str) -> String {
        self.names.channel(slack_id).unwrap_or_else(|| PRIVATE.to_owned())
    }

    /// `<@U1>`, `<@U1|name>`, `<#C1>`, `<#C1|>`, `<#C1|name>`.
    fn in_text(&mut self, said: &str) -> String {
        let mut out = String::with_capacity(said.len());
        let mut rest = said;
        while let Some(at) = rest.find('<') {
            let (before, from) = rest.split_at(at);
            out.push_str(before);
            let inside = from[1..].split_once('>').map(|(inside, _)| inside);
            let Some(inside) = inside.filter(|inside| inside.starts_with(['@', '#'])) else {
                out.push('<');
                rest = &from[1..];
                continue;
            };
            rest = &from[inside.len() + 2..];
            let (slack_id, label) = inside[1..].split_once('|').unwrap_or((&inside[1..], ""));
            match (inside.starts_with('@'), label.trim()) {
                (true, label) => match (self.person(slack_id), label) {
                    (Some(id), _) => out.push_str(&format!("<@{id}>")),
                    (None, "") => out.push_str(NOBODY),
                    (None, label) => out.push_str(label),
                },
                (false, "") => {
                    out.push_str(&format!("<#{slack_id}|{}>", self.channel(slack_id)));
                }
                (false, _) => out.push_str(&format!("<{inside}>")),
            }
        }
        out + rest
    }
}

fn spell_out(members: &mut serde_json::Map<String, Value>, words: &str) {
    members.insert("type".into(), json!("text"));
    members.insert("text".into(), json!(words));
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Cast;

    impl Names for Cast {
        fn person(&self, slack_id: &str) -> Option<(UserId, String)> {
            (slack_id == "U1").then(|| (UserId(7), "Zoë Q".to_owned()))
        }
        fn channel(&self, slack_id: &str) -> Option<String> {
            (slack_id == "C1").then(|| "general".to_owned())
        }
    }

    #[test]
    fn people_and_channels_are_named_as_here() {
        let said = message(
            &json!({ "text": "<@U1> and <@U9>, *see* <#C1> or <#C1|> or <#C9|x> or <#G1> &lt;@U1&gt; <@7>" }),
            &Cast,
        );
        assert_eq!(said.mentions, [UserId(7)]);
        assert_eq!(said.lost_mentions, 2, "nobody is called 7 in Slack");
        assert_eq!(
            said.body.plain_text,
            "@Zoë Q and ☒, see #general or #general or #x or #private channel <@U1> ☒"
        );
        assert!(said.body.html.contains("href=\"/users/7\">@Zoë Q</a>"), "{}", said.body.html);
        assert!(said.body.html.contains("<strong>see</strong>"));
    }

    #[test]
    fn blocks_say_it_more_prettily() {
        let blocks = json!([{ "type": "rich_text", "elements": [
            { "type": "rich_text_section", "elements": [
                { "type": "user", "user_id": "U1" }, { "type": "text", "text": " in " },
                { "type": "channel", "channel_id": "C1" }, { "type": "user", "user_id": "7" }] },
            { "type": "rich_text_list", "style": "bullet", "elements": [
                { "type": "rich_text_section", "elements": [{ "type": "text", "text": "one" }] }] },
        ]}]);
        let said = message(&json!({ "text": "x", "blocks": blocks }), &Cast);
        assert_eq!((said.mentions.len(), said.lost_mentions), (1, 1));
        assert!(said.body.html.contains("<li>one</li>"), "{}", said.body.html);
        assert!(said.body.plain_text.starts_with("@Zoë Q in #general☒"));

        let many: Vec<_> =
            (0..200).map(|n| json!({ "type": "text", "text": n.to_string() })).collect();
        let blocks = json!([{ "type": "rich_text", "elements": [
            { "type": "rich_text_section", "elements": many }] }]);
        let said = message(&json!({ "text": "all of it", "blocks": blocks }), &Cast);
        assert_eq!(said.body.plain_text, "all of it", "nothing is cut");
    }

    #[test]
    fn long_messages_stay_whole_and_pages_become_cards() {
        let long = "word ".repeat(7_900);
        let said = message(&json!({ "text": long }), &Cast);
        assert_eq!(said.body.plain_text, long.trim());
        let page = json!({ "from_url": "https://x.org/a", "title": "A &amp; B", "text": "About",
            "image_url": "https://x.org/i.png" });
        let quote = json!({ "from_url": "https://t.slack.com/archives/C1/p1", "is_share": true,
            "text": "said before" });
        let said =
            message(&json!({ "text": "<https://x.org/a>", "attachments": [page, quote] }), &Cast);
        assert_eq!(said.cards.len(), 1);
        assert_eq!((said.cards[0].title.as_str(), said.cards[0].has_picture), ("A & B", true));
        assert!(
            said.body.plain_text.contains("said before") && !said.body.plain_text.contains("About")
        );
    }

    #[test]
    fn a_file_that_stayed_is_said_to() {
        let body = linked_file("<plan>.pdf", Some("https://t.slack.com/files/U1/F1/plan.pdf"));
        assert_eq!(body.plain_text, "<plan>.pdf (this file stayed at Slack)");
        assert!(body.html.contains("href=\"https://t.slack.com/files/U1/F1/plan.pdf\""));
        assert!(!linked_file("x", Some("javascript:alert(1)")).html.contains("javascript"));
    }
}
