//! One message wherever it appears: on the page, in an answer, pushed to everyone in the room.
//!
//! Frames start with the element that carries the cursor. They are drawn once for everybody, so
//! nothing here depends on who looks.

use std::borrow::Cow;

use askama::Template;

use super::boosts::chips;
use super::rooms::MessageList;
use super::{Site, Viewer, assets};
use crate::model::attachment::Kind;
use crate::model::message::MAX_BODY;
use crate::model::{
    Attachment, Author, BodyFormat, Cursor, Message, MessageId, Original, Preview, Role,
};
use crate::richtext::sounds::{self, Scene};
use crate::richtext::{emoji, refresh_mentions};
use crate::words;

/// Largest picture that moves in its message, in bytes; a larger one does so when it is opened.
const MAX_MOVING: i64 = 10 * 1024 * 1024;
/// Longest text that is looked at for being nothing but emoji, in bytes.
const MAX_EMOJI: usize = 256;

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

/// Pushed when somebody has another name or picture: wherever the list shows the old ones.
#[derive(Clone, Debug, Template)]
#[template(path = "users/renamed_frame.html")]
pub struct RenamedFrame<'a> {
    pub person: &'a Author,
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
    pub format: BodyFormat,
    /// Why the change was refused, as a sentence.
    pub problem: Option<String>,
}

/// The same form alone, to stand in for the body of the message.
#[derive(Clone, Debug, Template)]
#[template(path = "messages/edit_fragment.html")]
pub struct MessageEditFragment<'a> {
    pub message: &'a Message,
    /// The body as its author typed it.
    pub source: &'a str,
    pub format: BodyFormat,
    /// Why the change was refused, as a sentence.
    pub problem: Option<&'a str>,
}

/// What stands in the place of a message's body.
pub(super) enum Shown<'a> {
    Words(Cow<'a, str>),
    /// There are only files.
    Nothing,
    /// Nothing but emoji: drawn large.
    Emoji(&'a str),
    /// A sound to be played, with what is shown for it.
    Sound {
        name: &'static str,
        scene: Scene,
        url: Option<&'static str>,
    },
}

/// How a message's body is drawn.
pub(super) fn shown(message: &Message) -> Shown<'_> {
    if message.body_html.is_empty() {
        return Shown::Nothing;
    }
    if let Some(sound) = sounds::parse(&message.plain_text) {
        return Shown::Sound { name: sound.name, scene: sound.scene(), url: sound_url(sound.name) };
    }
    if message.plain_text.len() <= MAX_EMOJI && emoji::is_emoji_only(&message.plain_text) {
        return Shown::Emoji(&message.body_html);
    }
    Shown::Words(body(message))
}

/// A message's body with the names that those it mentions have now.
pub fn body(message: &Message) -> Cow<'_, str> {
    if message.mentioned.is_empty() {
        return Cow::Borrowed(&message.body_html);
    }
    Cow::Owned(refresh_mentions(&message.body_html, |id| {
        let mentioned = message.mentioned.iter().find(|(mentioned, _)| *mentioned == id);
        mentioned.map(|(_, name)| name.clone())
    }))
}

/// Whether a picture is shown as it is, because it moves.
pub(super) fn moves(file: &Attachment) -> bool {
    file.animated && file.byte_size <= MAX_MOVING
}

fn sound_url(name: &str) -> Option<&'static str> {
    assets::SOUNDS.iter().find(|(known, _)| *known == name).map(|(_, url)| *url)
}

/// The line of an original that its replies show.
pub(super) fn line_of(original: &Original) -> &str {
    match sounds::parse(&original.first_line) {
        Some(sound) => sound.shown,
        None => &original.first_line,
    }
}
