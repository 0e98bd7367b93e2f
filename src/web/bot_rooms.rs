//! What a bot is told of itself, and the pings it opens.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use serde_json::Value;

use super::error::Answer;
use super::extract::{CurrentBot, Fields, KeyInPath, Said};
use super::{json, users};
use crate::app::App;
use crate::commands::directs::OpenDirect;
use crate::error::{Error, Result};
use crate::model::{EmailAddress, UserId};
use crate::queries;
use crate::words::Sentence;

/// `GET /bots/me`: the bot and the rooms it can post to.
pub async fn show(
    State(app): State<App>,
    bot: CurrentBot,
    key: KeyInPath,
    headers: HeaderMap,
) -> Answer {
    let origin = users::origin(&app, &headers);
    let (user, rooms) = app.reader.read(|db| {
        Ok((queries::users::by_id(db, bot.id)?, queries::rooms::all_of_user(db, bot.id)?))
    })?;
    let rooms: Vec<Value> = rooms
        .iter()
        .filter(|(room, _)| room.archived_at.is_none())
        .map(|(room, _)| json::room(room, &key.messages(room.id), &origin))
        .collect();
    let mut me = json::user(&user, &origin);
    me["rooms"] = rooms.into();
    Ok(Json(me).into_response())
}

/// `POST /bots/me/pings`: `user_id` or `email_address` names a person or a bot; the room that the
/// two of them have, found or made.
pub async fn create_ping(
    State(app): State<App>,
    bot: CurrentBot,
    key: KeyInPath,
    headers: HeaderMap,
    said: Said,
) -> Answer {
    app.limits.bot_post(bot.id)?;
    let other = whom(&app, &said.any_fields()?)?;
    let room_id = app.writer.run(OpenDirect { by: bot.id, user_ids: vec![other] }).await?;
    let room = app.reader.read(|db| queries::rooms::of_member(db, room_id, bot.id))?;
    let origin = users::origin(&app, &headers);
    let room = json::room(&room, &key.messages(room_id), &origin);
    Ok((StatusCode::OK, Json(room)).into_response())
}

fn whom(app: &App, fields: &Fields) -> Result<UserId> {
    let id = match (fields.text("user_id").trim(), fields.text("email_address")) {
        ("", "") => {
            let sentence = "Say whom: send user_id or email_address.";
            return Err(Error::invalid("user_id", Sentence::for_programs(sentence)));
        }
        ("", address) => {
            let address = EmailAddress::parse(address)
                .map_err(|refused| Error::refused("email_address", refused))?;
            app.reader.read(|db| queries::users::active_with_address(db, &address))?
        }
        (id, _) => match id.parse() {
            Ok(id) => app.reader.read(|db| queries::users::active_among(db, &[id]))?.pop(),
            Err(_) => None,
        },
    };
    id.ok_or_else(|| {
        Error::invalid("user_id", Sentence::for_programs("Nobody who is active here goes by that."))
    })
}
