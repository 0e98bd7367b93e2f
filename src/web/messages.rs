//! Messages: a page of them, one, a new one, a better one, one less.

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::Value;

use super::composing::{compose, format_of, parse};
use super::error::Answer;
use super::extract::ids::TwoIds;
use super::extract::{Fields, MessageForm, RoomMember, Wants};
use super::{html, json, kept, rooms, uploads, users};
use crate::app::App;
use crate::commands::messages::{DeleteMessage, EditMessage, Posted};
use crate::db::Connection;
use crate::error::{Error, FieldError, Result};
use crate::model::{Cursor, Message, MessageId, RoomId};
use crate::queries;
use crate::queries::messages::{self, Page, Source};
use crate::richtext::Composed;
use crate::views::messages::{
    DeletedFrame, EditedFrame, MessageEditFragment, MessageEditPage, MessageFragment,
    MessagesFragment, PostedFrame,
};
use crate::views::rooms::MessageList;
use crate::words;

#[derive(Deserialize)]
pub struct Pivot {
    before: Option<String>,
    after: Option<String>,
    around: Option<String>,
    /// How far the reader of this page had read when they came.
    read: Option<String>,
}

impl Pivot {
    /// The id that the page goes by, as it was sent; none for the last page.
    pub(super) fn id(&self) -> Option<&str> {
        self.before.as_deref().or(self.after.as_deref()).or(self.around.as_deref())
    }

    /// Whether whoever follows these pages goes from older to newer ones.
    pub(super) fn is_forward(&self) -> bool {
        self.before.is_none() && self.after.is_some()
    }
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
    if let (Some(pivot), Wants::Fragment) = (pivot.only_before(), wants)
        && let Some(answer) = kept::messages_before(&app, room_id, pivot, &headers)?
    {
        return Ok(answer);
    }
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
                    epoch: app.epoch,
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
            let messages: Vec<Value> =
                list.messages.iter().map(|m| json::message(m, &origin)).collect();
            Ok(axum::Json(messages).into_response())
        }
        (Found::List(list), _) => html::fragment(&MessagesFragment { list: &list }),
    }
}

impl Pivot {
    /// The message, when nothing but what was said before it is asked for.
    fn only_before(&self) -> Option<MessageId> {
        match self {
            Pivot { before: Some(text), after: None, around: None, read: None } => {
                text.parse().ok()
            }
            _ => None,
        }
    }
}

enum Found {
    Page(Box<crate::views::rooms::RoomPage>),
    List(MessageList),
}

pub(super) fn page_at(db: &Connection, room_id: RoomId, pivot: &Pivot) -> Result<Page> {
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
            Ok(axum::Json(json::message(&message, &users::origin(&app, &headers))).into_response())
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
    MessageForm { fields, files }: MessageForm,
) -> Answer {
    app.limits.post(member.user.id)?;
    let posted = async {
        let files = files?;
        let (room_id, creator_id) = (member.room_id, member.user.id);
        let command = parse(&app, room_id, creator_id, &fields, !files.is_empty())?;
        uploads::post(&app, command, files).await
    };
    match posted.await {
        Ok(posted) => answer(&posted, wants, &users::origin(&app, &headers)),
        // Without script the text would be lost with the page.
        Err(error) if wants == Wants::Page => match refusal_of(&error) {
            Some((status, problem)) => {
                rooms::with_problem(&app, &member, &headers, &fields, status, problem)
            }
            None => Err(error.into()),
        },
        Err(error) => Err(error.into()),
    }
}

/// What is said beside the box about a message that is not taken as it is.
fn refusal_of(error: &Error) -> Option<(StatusCode, String)> {
    match error {
        Error::Invalid(refused) => {
            Some((StatusCode::UNPROCESSABLE_ENTITY, sentences(refused.clone())))
        }
        Error::TooLarge(sentence) => Some((StatusCode::PAYLOAD_TOO_LARGE, sentence.to_string())),
        Error::SwitchedOff(sentence) => Some((StatusCode::FORBIDDEN, sentence.to_string())),
        Error::NoSpace => Some((StatusCode::INSUFFICIENT_STORAGE, words::no_space().to_owned())),
        _ => None,
    }
}

pub(super) fn sentences(refused: Vec<FieldError>) -> String {
    refused.into_iter().map(|field| field.sentence.to_string()).collect::<Vec<_>>().join(" ")
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

pub(super) fn created(posted: &Posted, origin: &str) -> Response {
    let status = if posted.repeated { StatusCode::OK } else { StatusCode::CREATED };
    let location = [(header::LOCATION, posted.message.path())];
    (status, location, axum::Json(json::message(&posted.message, origin))).into_response()
}

/// `GET /rooms/:id/messages/:mid/edit`: the form, for those who may use it.
pub async fn edit(
    State(app): State<App>,
    member: RoomMember,
    TwoIds(_, id): TwoIds<RoomId, MessageId>,
    wants: Wants,
) -> Answer {
    let source = app.reader.read(|db| messages::source_of(db, member.room_id, id))?;
    if source.creator_id != member.user.id && !member.user.is_administrator {
        return Err(Error::Forbidden.into());
    }
    edit_form(&app, &member, id, wants, source, None)
}

fn edit_form(
    app: &App,
    member: &RoomMember,
    id: MessageId,
    wants: Wants,
    source: Source,
    problem: Option<String>,
) -> Answer {
    let Source { text: source, format, .. } = source;
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = app.reader.read(|db| {
        Ok(MessageEditPage {
            site: html::site_of(queries::accounts::account(db)?.as_ref()),
            viewer: html::viewer(db, member.user.id)?,
            message: messages::by_id(db, member.room_id, id)?,
            source,
            format,
            problem,
        })
    })?;
    if wants == Wants::Page {
        return Ok(html::page_with_status(status, &page));
    }
    let (message, source, problem) = (&page.message, &page.source, page.problem.as_deref());
    Ok(html::fragment_with_status(
        status,
        &MessageEditFragment { message, source, format, problem },
    ))
}

/// `POST /rooms/:id/messages/:mid`: answered once the new body is on disk.
pub async fn update(
    State(app): State<App>,
    member: RoomMember,
    TwoIds(_, id): TwoIds<RoomId, MessageId>,
    wants: Wants,
    headers: HeaderMap,
    fields: Fields,
) -> Answer {
    app.limits.post(member.user.id)?;
    let (source, has_files) = app.reader.read(|db| {
        let files = queries::attachments::of_message(db, id)?;
        Ok((messages::source_of(db, member.room_id, id)?, !files.is_empty()))
    })?;
    let edited = match compose(&app, member.room_id, &fields, has_files) {
        Ok(Composed { body, mentions }) => {
            let (room_id, user_id) = (member.room_id, member.user.id);
            app.writer.run(EditMessage { room_id, id, user_id, body, mentions }).await
        }
        Err(error) => Err(error),
    };
    match edited {
        Ok(edited) => {
            changed(&app, &edited.message, edited.cursor, wants, &users::origin(&app, &headers))
        }
        Err(Error::Invalid(refused)) if wants != Wants::Json => {
            let text = fields.text("body").to_owned();
            let format = format_of(&fields).unwrap_or(source.format);
            let typed = Source { text, format, ..source };
            edit_form(&app, &member, id, wants, typed, Some(sentences(refused)))
        }
        Err(error) => Err(error.into()),
    }
}

fn changed(app: &App, message: &Message, cursor: Cursor, wants: Wants, origin: &str) -> Answer {
    match wants {
        Wants::Page => Ok(Redirect::to(&place_of(app, message)?).into_response()),
        Wants::Fragment => html::fragment(&EditedFrame { message, cursor }),
        Wants::Json => Ok(axum::Json(json::message(message, origin)).into_response()),
    }
}

/// The page that shows a message: its room, unless it is further up than the room begins.
pub(super) fn place_of(app: &App, message: &Message) -> Result<String> {
    let (room_id, id) = (message.room_id, message.id);
    let is_near = app.reader.read(|db| messages::is_on_last_page(db, room_id, id))?;
    Ok(if is_near { format!("/rooms/{room_id}#message_{id}") } else { message.path() })
}

/// `POST /rooms/:id/messages/:mid/delete`
pub async fn destroy(
    State(app): State<App>,
    member: RoomMember,
    TwoIds(_, id): TwoIds<RoomId, MessageId>,
    wants: Wants,
) -> Answer {
    let (room_id, user_id) = (member.room_id, member.user.id);
    let cursor = app.writer.run(DeleteMessage { room_id, id, user_id }).await?;
    match wants {
        Wants::Page => Ok(Redirect::to(&format!("/rooms/{room_id}")).into_response()),
        Wants::Fragment => html::fragment(&DeletedFrame { message_id: id, cursor }),
        Wants::Json => Ok(StatusCode::NO_CONTENT.into_response()),
    }
}
