//! Boosts: who gave which, one more, one less.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::Value;

use super::error::Answer;
use super::extract::ids::TwoIds;
use super::extract::{Fields, MessageMember, Wants};
use super::messages::{place_of, sentences};
use super::{html, json, users};
use crate::app::App;
use crate::commands::boosts::{BoostMessage, DeleteBoost};
use crate::error::{Error, Result};
use crate::model::{BoostContent, BoostId, Cursor, Message, MessageId};
use crate::queries;
use crate::views::boosts::{BoostsFragment, BoostsPage};
use crate::views::messages::BoostedFrame;

/// `GET /messages/:mid/boosts`
pub async fn index(
    State(app): State<App>,
    member: MessageMember,
    wants: Wants,
    headers: HeaderMap,
) -> Answer {
    if wants == Wants::Page {
        return page(&app, &member, None);
    }
    let (room_id, id) = (member.room_id, member.message_id);
    let message = app.reader.read(|db| queries::messages::by_id(db, room_id, id))?;
    if wants == Wants::Fragment {
        return html::fragment(&BoostsFragment { message: &message });
    }
    let origin = users::origin(&app, &headers);
    let boosts: Vec<Value> = app.reader.read(|db| {
        let boosts = message.boosts.iter();
        boosts
            .map(|boost| {
                let booster = queries::users::by_id(db, boost.booster_id)?;
                Ok(json::boost(boost, &booster, &message, &origin))
            })
            .collect::<Result<_>>()
    })?;
    Ok(axum::Json(boosts).into_response())
}

fn page(app: &App, member: &MessageMember, refused: Option<(String, String)>) -> Answer {
    let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let (room_id, id) = (member.room_id, member.message_id);
    let page = app.reader.read(|db| {
        Ok(BoostsPage {
            site: html::site_of(queries::accounts::account(db)?.as_ref()),
            viewer: html::viewer(db, member.user.id)?,
            message: queries::messages::by_id(db, room_id, id)?,
            original: queries::replies::original_of(db, room_id, id)?.ok_or(Error::NotFound)?,
            refused,
        })
    })?;
    Ok(html::page_with_status(status, &page))
}

/// `POST /messages/:mid/boosts`: `content` gives a boost, `toggle` gives it or takes it back.
pub async fn create(
    State(app): State<App>,
    member: MessageMember,
    wants: Wants,
    headers: HeaderMap,
    fields: Fields,
) -> Answer {
    app.limits.post(member.user.id)?;
    let typed = fields.find("toggle").or(fields.find("content")).unwrap_or_default();
    let boosted = match parse(&member, &fields, typed) {
        Ok(command) => app.writer.run(command).await,
        Err(error) => Err(error),
    };
    let boosted = match boosted {
        Ok(boosted) => boosted,
        Err(Error::Invalid(refused)) if wants == Wants::Page => {
            return page(&app, &member, Some((typed.to_owned(), sentences(refused))));
        }
        Err(error) => return Err(error.into()),
    };
    let message = &boosted.message;
    if wants != Wants::Json {
        return shown(&app, message, boosted.cursor, wants);
    }
    let Some(boost) = message.boosts.iter().find(|boost| Some(boost.id) == boosted.boost_id) else {
        return Ok(StatusCode::NO_CONTENT.into_response());
    };
    let status = if boosted.is_new { StatusCode::CREATED } else { StatusCode::OK };
    let booster = app.reader.read(|db| queries::users::by_id(db, boost.booster_id))?;
    let boost = json::boost(boost, &booster, message, &users::origin(&app, &headers));
    Ok((status, axum::Json(boost)).into_response())
}

fn parse(member: &MessageMember, fields: &Fields, typed: &str) -> Result<BoostMessage> {
    let content =
        BoostContent::parse(typed).map_err(|refused| Error::refused("content", refused))?;
    let (message_id, booster_id) = (member.message_id, member.user.id);
    Ok(BoostMessage { message_id, booster_id, content, toggle: fields.find("toggle").is_some() })
}

/// `POST /messages/:mid/boosts/:id/delete`
pub async fn destroy(
    State(app): State<App>,
    member: MessageMember,
    TwoIds(_, id): TwoIds<MessageId, BoostId>,
    wants: Wants,
) -> Answer {
    let (message_id, booster_id) = (member.message_id, member.user.id);
    let (message, cursor) = app.writer.run(DeleteBoost { message_id, booster_id, id }).await?;
    shown(&app, &message, cursor, wants)
}

fn shown(app: &App, message: &Message, cursor: Cursor, wants: Wants) -> Answer {
    match wants {
        Wants::Page => Ok(Redirect::to(&place_of(app, message)?).into_response()),
        Wants::Fragment => html::fragment(&BoostedFrame { message, cursor }),
        Wants::Json => Ok(no_content()),
    }
}

fn no_content() -> Response {
    StatusCode::NO_CONTENT.into_response()
}
