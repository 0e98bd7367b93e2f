//! Messages: a page of them, one, a new one.

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::Answer;
use super::extract::ids::TwoIds;
use super::extract::{Fields, RoomMember, Wants};
use super::{html, rooms, users};
use crate::app::App;
use crate::commands::messages::{PostMessage, Posted};
use crate::db::Connection;
use crate::error::{Error, Result};
use crate::model::{BodyFormat, ClientMessageId, Message, MessageId, RoomId};
use crate::queries;
use crate::queries::messages::{self, Page};
use crate::richtext;
use crate::views::messages::{MessageFragment, MessagesFragment, PostedFrame};
use crate::views::rooms::MessageList;

#[derive(Deserialize)]
pub struct Pivot {
    before: Option<String>,
    after: Option<String>,
    around: Option<String>,
    /// How far the reader of this page had read when they came.
    read: Option<String>,
}

/// `GET /rooms/:id/messages`: 40 before, after or around a message; bare: the last page.
pub async fn index(
    State(app): State<App>,
    member: RoomMember,
    Query(pivot): Query<Pivot>,
    wants: Wants,
    headers: HeaderMap,
) -> Answer {
    let room_id = member.room_id;
    let found = app.reader.read(|db| {
        let page = page_at(db, room_id, &pivot)?;
        let read_up_to = pivot.read.as_deref().and_then(|id| id.parse().ok());
        match wants {
            Wants::Page => {
                let mut whole = rooms::room_page(db, &app, &member, &headers, page, None)?;
                whole.list.read_up_to = read_up_to;
                Ok(Found::Page(Box::new(whole)))
            }
            Wants::Fragment | Wants::Json => {
                let cursor = queries::changes::cursor_of(db, room_id)?;
                // A piece goes in at one end of a list, so it leads further at that end only.
                let has_older = page.has_older && pivot.after.is_none();
                let has_newer = page.has_newer && pivot.before.is_none();
                let messages = page.messages;
                Ok(Found::List(MessageList {
                    room_id,
                    messages,
                    cursor,
                    has_older,
                    has_newer,
                    marked: None,
                    read_up_to,
                }))
            }
        }
    })?;
    match (found, wants) {
        (Found::Page(page), _) => html::page(&*page),
        (Found::List(list), Wants::Json) => {
            let origin = users::origin(&app, &headers);
            let messages: Vec<Value> = list.messages.iter().map(|m| as_json(m, &origin)).collect();
            Ok(axum::Json(messages).into_response())
        }
        (Found::List(list), _) => html::fragment(&MessagesFragment { list: &list }),
    }
}

enum Found {
    Page(Box<crate::views::rooms::RoomPage>),
    List(MessageList),
}

fn page_at(db: &Connection, room_id: RoomId, pivot: &Pivot) -> Result<Page> {
    let id = |text: &str| text.parse::<MessageId>().map_err(|_| Error::NotFound);
    match pivot {
        Pivot { before: Some(text), .. } => messages::page_before(db, room_id, id(text)?),
        Pivot { after: Some(text), .. } => messages::page_after(db, room_id, id(text)?),
        Pivot { around: Some(text), .. } => {
            messages::page_around(db, room_id, id(text)?)?.ok_or(Error::NotFound)
        }
        _ => messages::last_page(db, room_id),
    }
}

/// `GET /rooms/:id/messages/:mid`
pub async fn show(
    State(app): State<App>,
    member: RoomMember,
    TwoIds(_, id): TwoIds<RoomId, MessageId>,
    wants: Wants,
    headers: HeaderMap,
) -> Answer {
    let message = app.reader.read(|db| messages::by_id(db, member.room_id, id))?;
    match wants {
        Wants::Page => Ok(Redirect::to(&message.path()).into_response()),
        Wants::Fragment => html::fragment(&MessageFragment { message: &message }),
        Wants::Json => {
            Ok(axum::Json(as_json(&message, &users::origin(&app, &headers))).into_response())
        }
    }
}

/// `POST /rooms/:id/messages`: answered once the message is on disk. The same client message id
/// again gives the first message back.
pub async fn create(
    State(app): State<App>,
    member: RoomMember,
    wants: Wants,
    headers: HeaderMap,
    fields: Fields,
) -> Answer {
    app.limits.post(member.user.id)?;
    let command = match parse(&member, &fields) {
        Ok(command) => command,
        Err(Error::Invalid(refused)) if wants == Wants::Page => {
            let sentence =
                refused.into_iter().map(|field| field.sentence).collect::<Vec<_>>().join(" ");
            return rooms::with_problem(&app, &member, &headers, fields.text("body"), sentence);
        }
        Err(error) => return Err(error.into()),
    };
    let posted = app.writer.run(command).await?;
    answer(&posted, wants, &users::origin(&app, &headers))
}

fn parse(member: &RoomMember, fields: &Fields) -> Result<PostMessage> {
    let format = match fields.find("format") {
        Some("html") => BodyFormat::Html,
        None | Some("" | "markdown") => BodyFormat::Markdown,
        Some(_) => return Err(Error::invalid("format", "The format is either markdown or html.")),
    };
    let client_message_id = match fields.text("client_message_id") {
        "" => ClientMessageId::from_random(rand::random()),
        text => ClientMessageId::parse(text)
            .map_err(|refused| Error::refused("client_message_id", refused))?,
    };
    let body = richtext::compose(fields.text("body"), format)
        .map_err(|refused| Error::refused("body", refused))?;
    Ok(PostMessage {
        room_id: member.room_id,
        creator_id: member.user.id,
        body,
        mentions: Vec::new(),
        client_message_id,
    })
}

fn answer(posted: &Posted, wants: Wants, origin: &str) -> Answer {
    let message = &posted.message;
    match wants {
        Wants::Page => {
            let place = format!("/rooms/{}#message_{}", message.room_id, message.id);
            Ok(Redirect::to(&place).into_response())
        }
        Wants::Fragment => html::fragment(&PostedFrame { message, cursor: posted.cursor }),
        Wants::Json => Ok(created(posted, origin)),
    }
}

fn created(posted: &Posted, origin: &str) -> Response {
    let status = if posted.repeated { StatusCode::OK } else { StatusCode::CREATED };
    let location = [(header::LOCATION, posted.message.path())];
    (status, location, axum::Json(as_json(&posted.message, origin))).into_response()
}

/// A message as programs see it.
fn as_json(message: &Message, origin: &str) -> Value {
    json!({
        "id": message.id,
        "created_at": message.created_at.to_string(),
        "body": { "plain_text": message.plain_text, "html": message.body_html },
        "creator": {
            "id": message.author.id,
            "name": message.author.name,
            "role": message.author.role,
            "avatar_url": format!("{origin}{}", message.author.avatar_url()),
        },
        "room": { "id": message.room_id },
        "url": format!("{origin}/rooms/{}/messages/{}", message.room_id, message.id),
    })
}
