//! What a bot's program answers, and the message that becomes of it.

use super::super::Tools;
use super::file::{self, NoFile};
use crate::commands::messages::PostMessage;
use crate::model::attachment::StoredFile;
use crate::model::message::MAX_BODY;
use crate::model::search::entry::FindableText;
use crate::model::{Body, BodyFormat, ClientMessageId, NewAttachment, ToDeliver};
use crate::outbound::{Answer, CallError};
use crate::queries;
use crate::richtext::{self, Composed, People};

/// Most bytes of a text that is answered.
const MAX_TEXT: u64 = 1024 * 1024;

/// What was answered, as far as it is to be posted.
pub enum Heard {
    Nothing,
    Text { text: String, format: BodyFormat },
    File(StoredFile),
}

impl Heard {
    /// A text of our own.
    pub fn text(text: String) -> Self {
        Heard::Text { text, format: BodyFormat::Markdown }
    }
}

/// Why an answer is not taken: the call failed, or a sentence for administrators.
pub enum NotTaken {
    Call(CallError),
    Refused(&'static str),
}

impl From<CallError> for NotTaken {
    fn from(error: CallError) -> Self {
        NotTaken::Call(error)
    }
}

/// Reads an answer. Only a 200 with a type and something in it says anything. A text too long for
/// a message is taken as a file.
pub async fn read(tools: &Tools, mut answer: Answer) -> Result<Heard, NotTaken> {
    let kind = answer.kind();
    if answer.status.as_u16() != 200 || kind.is_empty() {
        answer.finish().await;
        return Ok(Heard::Nothing);
    }
    if !matches!(kind.as_str(), "text/html" | "text/plain") {
        return file_of(tools, Vec::new(), &kind, answer).await;
    }
    let mut bytes = Vec::new();
    while let Some(piece) = answer.chunk().await? {
        bytes.extend_from_slice(&piece);
        if bytes.len() as u64 > MAX_TEXT {
            return Err(CallError::TooLarge { most: MAX_TEXT }.into());
        }
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    if text.trim().is_empty() {
        return Ok(Heard::Nothing);
    }
    if text.chars().count() > MAX_BODY {
        return file_of(tools, bytes, &kind, answer).await;
    }
    let format = match kind.as_str() {
        "text/html" => BodyFormat::Html,
        _ => richtext::format_of(&text),
    };
    Ok(Heard::Text { text, format })
}

async fn file_of(
    tools: &Tools,
    read_already: Vec<u8>,
    kind: &str,
    mut answer: Answer,
) -> Result<Heard, NotTaken> {
    if !tools.files_enabled {
        return Err(NotTaken::Refused("Not posted: files are switched off on this server."));
    }
    match file::receive(tools, read_already, kind, &mut answer).await {
        Ok(stored) => Ok(stored.map_or(Heard::Nothing, Heard::File)),
        Err(NoFile::Call(error)) => Err(error.into()),
        Err(NoFile::Disk(error)) => {
            tracing::error!(%error, "the file that a bot answered could not be stored");
            Err(NotTaken::Refused("Not posted: the file could not be stored."))
        }
    }
}

/// The message that posts this; none if there is nothing to post, a sentence for administrators
/// if it cannot be posted.
pub fn composed(
    tools: &Tools,
    told: &ToDeliver,
    heard: &Heard,
) -> Result<Option<PostMessage>, String> {
    let (composed, files) = match heard {
        Heard::Nothing => return Ok(None),
        Heard::Text { text, format } => (rich_text(tools, told, text, *format)?, Vec::new()),
        Heard::File(stored) => (
            Composed { body: Body::empty(), mentions: Vec::new() },
            vec![NewAttachment::Stored(stored.clone())],
        ),
    };
    Ok(Some(PostMessage {
        room_id: told.room_id,
        creator_id: told.bot.id,
        findable: FindableText::of(&composed.body.plain_text, &composed.body.html),
        body: composed.body,
        mentions: composed.mentions,
        reply_to: None,
        // Given twice the same answer is the same message.
        client_message_id: ClientMessageId::from_stored(format!("delivery-{}", told.id)),
        files,
        quota: tools.quota,
    }))
}

fn rich_text(
    tools: &Tools,
    told: &ToDeliver,
    text: &str,
    format: BodyFormat,
) -> Result<Composed, String> {
    let people = match text.contains('@') || text.contains("/users/") {
        false => People::none(),
        true => {
            let found = tools.reader.read(|db| queries::mentions::candidates(db, told.room_id));
            People::new(found.map_err(|_| "Not posted: the database could not be read.")?)
        }
    };
    richtext::compose_with(text, format, &people)
        .map_err(|refused| format!("Not posted: {}", refused.0))
}
