//! From a form to a message that can be posted: read, checked, composed.

use super::extract::Fields;
use crate::app::App;
use crate::commands::messages::PostMessage;
use crate::error::{Error, Result};
use crate::model::search::entry::FindableText;
use crate::model::{Body, BodyFormat, ClientMessageId, NewAttachment, RoomId, UserId};
use crate::queries;
use crate::richtext::{self, Composed, People, sounds};
use crate::words::{self, sentence};

/// The message that somebody's form asks for.
pub(super) fn parse(
    app: &App,
    room_id: RoomId,
    creator_id: UserId,
    fields: &Fields,
    brings_files: bool,
) -> Result<PostMessage> {
    let uploaded = fields.all("uploads").map(|id| {
        id.parse()
            .map(NewAttachment::Uploaded)
            .map_err(|_| Error::invalid("attachments", sentence(words::file_is_gone)))
    });
    let files: Vec<NewAttachment> = uploaded.collect::<Result<_>>()?;
    let reply_to = match fields.text("reply_to_id") {
        "" => None,
        id => Some(
            id.parse()
                .map_err(|_| Error::invalid("reply_to_id", sentence(words::cannot_be_answered)))?,
        ),
    };
    let client_message_id = match fields.text("client_message_id") {
        "" => ClientMessageId::from_random(rand::random()),
        text => ClientMessageId::parse(text)
            .map_err(|refused| Error::refused("client_message_id", refused))?,
    };
    let has_files = brings_files || !files.is_empty();
    let Composed { body, mentions } = compose(app, room_id, fields, has_files)?;
    Ok(PostMessage {
        files,
        quota: app.config.quota(),
        room_id,
        creator_id,
        findable: FindableText::of(&body.plain_text, &body.html),
        body,
        mentions,
        reply_to,
        client_message_id,
    })
}

/// Makes a body of what was typed; whoever is in the room can be mentioned in it. Beside files
/// nothing need be said.
pub(super) fn compose(
    app: &App,
    room_id: RoomId,
    fields: &Fields,
    has_files: bool,
) -> Result<Composed> {
    let source = fields.text("body");
    if has_files && source.trim().is_empty() {
        return Ok(Composed { body: Body::empty(), mentions: Vec::new() });
    }
    let may_mention = source.contains('@') || source.contains("/users/");
    let people = if may_mention {
        People::new(app.reader.read(|db| queries::mentions::candidates(db, room_id))?)
    } else {
        People::none()
    };
    let mut composed = richtext::compose_with(source, format_of(fields)?, &people)
        .map_err(|refused| Error::refused("body", refused))?;
    if let Some(html) = added_sound(app, &composed.body.plain_text) {
        composed.body.html = html;
    }
    Ok(composed)
}

/// What is shown for a sound the operator has added; none for any other text.
fn added_sound(app: &App, plain_text: &str) -> Option<String> {
    let name = sounds::played_name(plain_text)?;
    let is_added = sounds::find(name).is_none() && app.sounds.find(name).is_some();
    is_added.then(|| sounds::added(name))
}

pub(super) fn format_of(fields: &Fields) -> Result<BodyFormat> {
    match fields.find("format") {
        Some("html") => Ok(BodyFormat::Html),
        None | Some("" | "markdown") => Ok(BodyFormat::Markdown),
        Some(_) => Err(Error::invalid("format", sentence(words::format_choices))),
    }
}
