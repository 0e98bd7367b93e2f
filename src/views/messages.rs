//! One message wherever it appears: on the page, in an answer, pushed to everyone in the room.
//!
//! Frames start with the element that carries the cursor. They are drawn once for everybody, so
//! nothing here depends on who looks.

use askama::Template;

use super::rooms::MessageList;
use super::{Site, Viewer, assets};
use crate::model::message::MAX_BODY;
use crate::model::{Cursor, Message, MessageId, Role};

/// A message alone.
#[derive(Clone, Debug, Template)]
#[template(path = "messages/show.html")]
pub struct MessageFragment<'a> {
    pub message: &'a Message,
}

/// Older or newer messages, with the link to what lies beyond them.
#[derive(Clone, Debug, Template)]
#[template(path = "messages/index.html")]
pub struct MessagesFragment<'a> {
    pub list: &'a MessageList,
}

/// Pushed when a message was posted; also the answer to the one who posted it.
#[derive(Clone, Debug, Template)]
#[template(path = "messages/posted_frame.html")]
pub struct PostedFrame<'a> {
    pub message: &'a Message,
    pub cursor: Cursor,
}

/// Pushed when a message was edited.
#[derive(Clone, Debug, Template)]
#[template(path = "messages/edited_frame.html")]
pub struct EditedFrame<'a> {
    pub message: &'a Message,
    pub cursor: Cursor,
}

/// Pushed when a message was deleted.
#[derive(Clone, Debug, Template)]
#[template(path = "messages/deleted_frame.html")]
pub struct DeletedFrame {
    pub message_id: MessageId,
    pub cursor: Cursor,
}

/// Pushed when a message gained or lost a boost.
#[derive(Clone, Debug, Template)]
#[template(path = "messages/boosted_frame.html")]
pub struct BoostedFrame<'a> {
    pub message: &'a Message,
    pub cursor: Cursor,
}

/// Pushed to a reader who was away for too long: the last page in place of the whole list.
#[derive(Clone, Debug, Template)]
#[template(path = "messages/replaced_list_frame.html")]
pub struct ReplacedListFrame<'a> {
    pub list: &'a MessageList,
}

/// The answer to who marked a room unread: the line is before this message now.
#[derive(Clone, Debug, Template)]
#[template(path = "messages/unread_frame.html")]
pub struct UnreadFrame<'a> {
    pub message: &'a Message,
}

/// The form that changes a message, as a page.
#[derive(Clone, Debug, Template)]
#[template(path = "messages/edit.html")]
pub struct MessageEditPage {
    pub site: Site,
    pub viewer: Viewer,
    pub message: Message,
    /// The body as its author typed it.
    pub source: String,
    /// Why the change was refused, as a sentence.
    pub problem: Option<String>,
}

/// The same form in the place of the message.
#[derive(Clone, Debug, Template)]
#[template(path = "messages/edit_fragment.html")]
pub struct MessageEditFragment<'a> {
    pub message: &'a Message,
    /// The body as its author typed it.
    pub source: &'a str,
    /// Why the change was refused, as a sentence.
    pub problem: Option<&'a str>,
}

/// Everybody who gave a message the same boost, as one chip.
pub(super) struct Chip<'a> {
    pub content: &'a str,
    pub count: usize,
    /// As a sentence would list them.
    pub names: String,
}

/// The chips of a message, in the order in which their first boosts came.
pub(super) fn chips(message: &Message) -> Vec<Chip<'_>> {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for boost in &message.boosts {
        match groups.iter_mut().find(|(content, _)| *content == boost.content) {
            Some((_, names)) => names.push(&boost.booster_name),
            None => groups.push((&boost.content, vec![&boost.booster_name])),
        }
    }
    groups
        .into_iter()
        .map(|(content, names)| Chip { content, count: names.len(), names: listed(&names) })
        .collect()
}

/// `Ada`, `Ada and Ben`, `Ada, Ben and Cleo`.
fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
