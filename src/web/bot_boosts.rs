//! A bot's boosts: given with the text as it is, listed, taken back.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use serde_json::Value;

use super::error::Answer;
use super::extract::ids::{ThreeIds, TwoIds};
use super::extract::{RoomBot, Said};
use super::{json, users};
use crate::app::App;
use crate::commands::boosts::{BoostMessage, DeleteBoost};
use crate::error::{Error, Result};
use crate::model::{BoostContent, BoostId, MessageId, RoomId};
use crate::queries;

/// `GET /rooms/:id/:bot_key/messages/:mid/boosts`
pub async fn index(
    State(app): State<App>,
    RoomBot { room_id, .. }: RoomBot,
    TwoIds(_, id): TwoIds<RoomId, MessageId>,
    headers: HeaderMap,
) -> Answer {
    let origin = users::origin(&app, &headers);
    let boosts: Vec<Value> = app.reader.read(|db| {
        let message = queries::messages::by_id(db, room_id, id)?;
        let boosts = message.boosts.iter();
        boosts
            .map(|boost| {
                let booster = queries::users::by_id(db, boost.booster_id)?;
                Ok(json::boost(boost, &booster, &message, &origin))
            })
            .collect::<Result<_>>()
    })?;
    Ok(Json(boosts).into_response())
}

/// `POST /rooms/:id/:bot_key/messages/:mid/boosts`: 201 with the boost; 200 if it was there.
pub async fn create(
    State(app): State<App>,
    RoomBot { bot, room_id }: RoomBot,
    TwoIds(_, message_id): TwoIds<RoomId, MessageId>,
    headers: HeaderMap,
    said: Said,
) -> Answer {
    app.limits.bot_post(bot.id)?;
    message_here(&app, room_id, message_id)?;
    let fields = said.fields("content")?;
    let content = BoostContent::parse(fields.text("content"))
        .map_err(|refused| Error::refused("content", refused))?;
    let command = BoostMessage { message_id, booster_id: bot.id, content, toggle: false };
    let boosted = app.writer.run(command).await?;
    let message = &boosted.message;
    let boost = message.boosts.iter().find(|boost| Some(boost.id) == boosted.boost_id);
    let boost = boost.ok_or(Error::NotFound)?;
    let booster = app.reader.read(|db| queries::users::by_id(db, bot.id))?;
    let status = if boosted.is_new { StatusCode::CREATED } else { StatusCode::OK };
    let boost = json::boost(boost, &booster, message, &users::origin(&app, &headers));
    Ok((status, Json(boost)).into_response())
}

/// `DELETE /rooms/:id/:bot_key/messages/:mid/boosts/:boost`, also POST to `…/delete`. Only the
/// bot's own, else 404.
pub async fn destroy(
    State(app): State<App>,
    RoomBot { bot, room_id }: RoomBot,
    ThreeIds(_, message_id, id): ThreeIds<RoomId, MessageId, BoostId>,
) -> Answer {
    app.limits.bot_post(bot.id)?;
    message_here(&app, room_id, message_id)?;
    app.writer.run(DeleteBoost { message_id, booster_id: bot.id, id }).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// A message of another room is not there, even if the bot is in that room, too.
fn message_here(app: &App, room_id: RoomId, id: MessageId) -> Result<()> {
    let found = app.reader.read(|db| queries::messages::room_of(db, id))?;
    if found == room_id { Ok(()) } else { Err(Error::NotFound) }
}
