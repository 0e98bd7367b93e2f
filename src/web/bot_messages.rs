//! A bot's messages: posted as simply as `curl -d` can, listed in pages, changed and taken back.

use axum::Json;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use serde_json::Value;

use super::error::Answer;
use super::extract::ids::TwoIds;
use super::extract::{Fields, KeyInPath, RoomBot, Said};
use super::messages::{self, Pivot};
use super::{composing, json, uploads, users};
use crate::app::App;
use crate::commands::messages::{DeleteMessage, EditMessage};
use crate::error::{Error, Result};
use crate::model::{MessageId, RoomId};
use crate::queries;
use crate::richtext::{self, Composed};

/// `GET /rooms/:id/:bot_key/messages`: the newest 40, or 40 before or after a message of the room,
/// oldest first. `X-Total-Count` counts them all, `Link` leads on.
pub async fn index(
    State(app): State<App>,
    RoomBot { room_id, .. }: RoomBot,
    key: KeyInPath,
    Query(pivot): Query<Pivot>,
    headers: HeaderMap,
) -> Answer {
    let (page, total) = app.reader.read(|db| {
        if let Some(id) = pivot.id() {
            let id: MessageId = id.parse().map_err(|_| Error::NotFound)?;
            if queries::messages::room_of(db, id)? != room_id {
                return Err(Error::NotFound);
            }
        }
        let total = queries::messages::count_up_to(db, room_id, i64::MAX)?;
        Ok((messages::page_at(db, room_id, &pivot)?, total))
    })?;
    let origin = users::origin(&app, &headers);
    let list: Vec<Value> = page.messages.iter().map(|m| json::message(m, &origin)).collect();
    let next = match (page.messages.first(), page.messages.last()) {
        (_, Some(last)) if pivot.is_forward() => {
            page.has_newer.then(|| format!("after={}", last.id))
        }
        (Some(first), _) => page.has_older.then(|| format!("before={}", first.id)),
        _ => None,
    };
    let mut response = Json(list).into_response();
    let headers = response.headers_mut();
    headers.insert(HeaderName::from_static("x-total-count"), HeaderValue::from(total));
    if let Some(next) = next {
        let link = format!("<{origin}{}?{next}>; rel=\"next\"", key.messages(room_id));
        if let Ok(link) = HeaderValue::from_str(&link) {
            headers.insert(header::LINK, link);
        }
    }
    Ok(response)
}

/// `GET /rooms/:id/:bot_key/messages/:mid`
pub async fn show(
    State(app): State<App>,
    RoomBot { room_id, .. }: RoomBot,
    TwoIds(_, id): TwoIds<RoomId, MessageId>,
    headers: HeaderMap,
) -> Answer {
    let message = app.reader.read(|db| queries::messages::by_id(db, room_id, id))?;
    Ok(Json(json::message(&message, &users::origin(&app, &headers))).into_response())
}

/// `POST /rooms/:id/:bot_key/messages`, with up to 10 files if it is multipart: 201 with the message once it is on disk; the same client
/// message id again is 200 with the first one.
pub async fn create(
    State(app): State<App>,
    RoomBot { bot, room_id }: RoomBot,
    headers: HeaderMap,
    said: Said,
) -> Answer {
    app.limits.bot_post(bot.id)?;
    let (mut fields, files) = said.message()?;
    let files = files?;
    say_format(&mut fields);
    let command = composing::parse(&app, room_id, bot.id, &fields, !files.is_empty())?;
    let posted = uploads::post(&app, command, files).await?;
    Ok(messages::created(&posted, &users::origin(&app, &headers)))
}

/// `PUT /rooms/:id/:bot_key/messages/:mid`, also PATCH and POST: what was said is replaced. Only
/// what the bot wrote itself, else 403.
pub async fn update(
    State(app): State<App>,
    RoomBot { bot, room_id }: RoomBot,
    TwoIds(_, id): TwoIds<RoomId, MessageId>,
    headers: HeaderMap,
    said: Said,
) -> Answer {
    app.limits.bot_post(bot.id)?;
    own_message(&app, room_id, id, &bot)?;
    let mut fields = said.fields("body")?;
    say_format(&mut fields);
    let files = app.reader.read(|db| queries::attachments::of_message(db, id))?;
    let Composed { body, mentions } =
        composing::compose(&app, room_id, &fields, !files.is_empty())?;
    let command = EditMessage { room_id, id, user_id: bot.id, body, mentions };
    let edited = app.writer.run(command).await?;
    Ok(Json(json::message(&edited.message, &users::origin(&app, &headers))).into_response())
}

/// `DELETE /rooms/:id/:bot_key/messages/:mid`, also POST to `…/delete`. Only what the bot wrote
/// itself, else 403.
pub async fn destroy(
    State(app): State<App>,
    RoomBot { bot, room_id }: RoomBot,
    TwoIds(_, id): TwoIds<RoomId, MessageId>,
) -> Answer {
    app.limits.bot_post(bot.id)?;
    app.writer.run(DeleteMessage { room_id, id, user_id: bot.id }).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Whose it is counts before what is said about it. The command looks again.
fn own_message(
    app: &App,
    room_id: RoomId,
    id: MessageId,
    bot: &super::extract::CurrentBot,
) -> Result<()> {
    let source = app.reader.read(|db| queries::messages::source_of(db, room_id, id))?;
    if source.creator_id == bot.id { Ok(()) } else { Err(Error::Forbidden) }
}

/// Programs that do not say so write HTML if there is a tag of ours in it.
fn say_format(fields: &mut Fields) {
    if fields.find("format").is_none() {
        let format = richtext::format_of(fields.text("body"));
        fields.put("format", format.as_str());
    }
}
