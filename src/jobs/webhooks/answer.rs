//! What a bot's program answers, and the message that becomes of it.

use super::super::Tools;
use crate::commands::messages::PostMessage;
use crate::model::attachment::Quota;
use crate::model::{BodyFormat, ClientMessageId, ToDeliver};
use crate::outbound::{Answer, CallError};
use crate::queries;
use crate::richtext::{self, Composed, People};

/// Most bytes of a text that is answered.
const MAX_TEXT: u64 = 1024 * 1024;

/// What was answered, as far as it is to be posted.
pub enum Heard {
    Nothing,
    Text { text: String, format: BodyFormat },
}

impl Heard {
    /// A text of our own.
    pub fn text(text: String) -> Self {
        Heard::Text { text, format: BodyFormat::Markdown }
    }
}

/// Reads an answer. Only a 200 with a type and something in it says anything.
pub async fn read(_tools: &Tools, mut answer: Answer) -> Result<Heard, CallError> {
    let kind = answer.kind();
    let is_text = matches!(kind.as_str(), "text/html" | "text/plain");
    if answer.status.as_u16() != 200 || !is_text {
        answer.finish().await;
        return Ok(Heard::Nothing);
    }
    let mut bytes = Vec::new();
    while let Some(piece) = answer.chunk().await? {
        bytes.extend_from_slice(&piece);
        if bytes.len() as u64 > MAX_TEXT {
            return Err(CallError::TooLarge { most: MAX_TEXT });
        }
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    if text.trim().is_empty() {
        return Ok(Heard::Nothing);
    }
    let format = match kind.as_str() {
        "text/html" => BodyFormat::Html,
        _ => richtext::format_of(&text),
    };
    Ok(Heard::Text { text, format })
}

/// The message that posts this; none if there is nothing to post, a sentence for administrators
/// if it cannot be posted.
pub fn composed(
    tools: &Tools,
    told: &ToDeliver,
    heard: &Heard,
) -> Result<Option<PostMessage>, String> {
    let Heard::Text { text, format } = heard else { return Ok(None) };
    let people = match text.contains('@') || text.contains("/users/") {
        false => People::none(),
        true => {
            let found = tools.reader.read(|db| queries::mentions::candidates(db, told.room_id));
            People::new(found.map_err(|_| "Not posted: the database could not be read.")?)
        }
    };
    let composed = richtext::compose_with(text, *format, &people);
    let Composed { body, mentions } =
        composed.map_err(|refused| format!("Not posted: {}", refused.0))?;
    Ok(Some(PostMessage {
        room_id: told.room_id,
        creator_id: told.bot.id,
        body,
        mentions,
        reply_to: None,
        // Given twice the same answer is the same message.
        client_message_id: ClientMessageId::from_stored(format!("delivery-{}", told.id)),
        files: Vec::new(),
        quota: Quota::default(),
    }))
}
