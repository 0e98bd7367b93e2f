//! What is said: rich text by one user in one room.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::text::Refused;
use super::user::avatar_url;
use super::{Attachment, Boost, LinkPreview, MessageId, Role, RoomId, Timestamp, UserId};
use crate::words::{self, sentence};

/// Longest message body, in characters.
pub const MAX_BODY: usize = 10_000;
/// Said to who sends neither text nor a file.
pub const SAYS_NOTHING: words::Word = words::write_something_first;
/// Longest line that a reply shows of its original, in characters.
pub const MAX_FIRST_LINE: usize = 120;
/// Messages on one page.
pub const PAGE_SIZE: usize = 40;
/// Consecutive messages by one person at most this far apart are drawn as a group.
pub const GROUP_WITHIN_MS: i64 = 5 * 60 * 1_000;

/// A message as everybody in the room sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    pub id: MessageId,
    pub room_id: RoomId,
    pub author: Author,
    /// Sanitised: may be put into a page as it is.
    pub body_html: String,
    /// The same without markup: for search, notifications and bots.
    pub plain_text: String,
    pub client_message_id: ClientMessageId,
    pub created_at: Timestamp,
    pub edited_at: Option<Timestamp>,
    /// The message this one answers.
    pub reply_to: Option<ReplyTo>,
    /// Whom it mentions or answers, by the names they have now.
    pub mentioned: Vec<(UserId, String)>,
    pub boosts: Vec<Boost>,
    pub attachments: Vec<Attachment>,
    /// The card of the page it links to.
    pub link_preview: Option<LinkPreview>,
}

impl Message {
    /// Where this message can be linked to.
    pub fn path(&self) -> String {
        format!("/rooms/{}/@{}", self.room_id, self.id)
    }

    /// The card says all that the message says: its bare address need not be shown beside it.
    pub fn is_card_alone(&self) -> bool {
        self.link_preview.as_ref().is_some_and(|card| card.is_all_of(&self.plain_text))
    }
}

/// What a reply points at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyTo {
    pub id: MessageId,
    /// None when it was deleted.
    pub original: Option<Original>,
}

/// As much of a message as a reply to it shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Original {
    pub author_id: UserId,
    pub author_name: String,
    pub first_line: String,
}

/// The first line of a text that says something, cut off after [`MAX_FIRST_LINE`] characters.
pub fn first_line(plain_text: &str) -> String {
    let line = plain_text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    match line.char_indices().nth(MAX_FIRST_LINE) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line.to_owned(),
    }
}

/// Who wrote a message, as far as a message shows it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Author {
    pub id: UserId,
    pub name: String,
    pub role: Role,
    pub avatar_changed_at: Option<Timestamp>,
}

impl Author {
    pub fn avatar_url(&self) -> String {
        avatar_url(self.id, self.avatar_changed_at)
    }
}

/// How the source of a body was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BodyFormat {
    Markdown,
    Html,
}

impl BodyFormat {
    pub fn as_str(self) -> &'static str {
        match self {
            BodyFormat::Markdown => "markdown",
            BodyFormat::Html => "html",
        }
    }

    pub fn from_stored(text: &str) -> Option<Self> {
        [BodyFormat::Markdown, BodyFormat::Html].into_iter().find(|f| f.as_str() == text)
    }
}

/// A body that may be stored: its source as typed, the sanitised HTML it is shown as, and the
/// plain text it is found by. Made by `richtext::compose`, never by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    pub source: String,
    pub format: BodyFormat,
    pub html: String,
    pub plain_text: String,
    /// The web address that a card may be shown for.
    pub lone_link: Option<String>,
}

impl Body {
    /// Of a message that is files alone.
    pub fn empty() -> Self {
        let nothing = String::new;
        let format = BodyFormat::Markdown;
        Self { source: nothing(), format, html: nothing(), plain_text: nothing(), lone_link: None }
    }
}

/// Checks the length of what was typed, before anything parses it. Line ends become `\n`.
pub fn accept_source(text: &str) -> Result<String, Refused> {
    if text.chars().take(MAX_BODY + 1).count() > MAX_BODY {
        return Err(Refused(sentence(|| words::message_too_long(MAX_BODY))));
    }
    let text = text.replace("\r\n", "\n").replace('\r', "\n").replace('\0', "\u{FFFD}");
    // A new page is white space to whoever reads it.
    let text = text.replace('\u{C}', " ");
    if text.trim().is_empty() {
        return Err(Refused(sentence(SAYS_NOTHING)));
    }
    Ok(text)
}

/// Chosen by the sender so that sending twice is posting once. Unique per room and author.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClientMessageId(String);

impl ClientMessageId {
    /// A UUID in any of its usual spellings; kept as lower-case with hyphens.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        uuid::Uuid::try_parse(text.trim())
            .map(|id| Self(id.to_string()))
            .map_err(|_| Refused(sentence(words::number_unreadable)))
    }

    /// An id as it was stored; imported ones need not be UUIDs.
    pub fn from_stored(id: String) -> Self {
        Self(id)
    }

    pub fn from_random(bytes: [u8; 16]) -> Self {
        Self(uuid::Builder::from_random_bytes(bytes).into_uuid().to_string())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ClientMessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_counted_in_characters_and_never_blank() {
        assert!(accept_source(&"é".repeat(10_000)).is_ok());
        assert!(accept_source(&"é".repeat(10_001)).is_err());
        for blank in ["", " ", "\n\t ", "\u{a0}"] {
            assert!(accept_source(blank).is_err(), "{blank:?}");
        }
        assert_eq!(accept_source("a\r\nb\rc").unwrap(), "a\nb\nc");
    }

    #[test]
    fn a_reply_shows_the_first_line_with_words() {
        assert_eq!(first_line("\n  \n hello \nworld"), "hello");
        assert_eq!(first_line(""), "");
        let long = first_line(&"é".repeat(500));
        assert_eq!(long.chars().count(), MAX_FIRST_LINE + 1);
        assert!(long.ends_with('…'));
    }

    #[test]
    fn client_message_ids_are_uuids() {
        let id = ClientMessageId::parse("6F1E8E0A-31B5-4C0F-9B7D-0A8F2C5D1E11").unwrap();
        assert_eq!(id.as_str(), "6f1e8e0a-31b5-4c0f-9b7d-0a8f2c5d1e11");
        for bad in ["", "1", "not-a-uuid", "6f1e8e0a-31b5-4c0f-9b7d-0a8f2c5d1e1"] {
            assert!(ClientMessageId::parse(bad).is_err(), "{bad:?}");
        }
    }
}
