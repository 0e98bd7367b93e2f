//! Incoming webhooks of Slack's shape: whatever can post to Slack can post here.

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;

use super::composing;
use super::error::Answer;
use super::extract::{Fields, RoomBot, Said};
use crate::app::App;
use crate::error::Error;
use crate::model::BodyFormat;
use crate::richtext::slack;

/// `POST /rooms/:id/:bot_key/slack`: `payload=` or JSON; answered `ok` once it is on disk.
pub async fn create(
    State(app): State<App>,
    RoomBot { bot, room_id }: RoomBot,
    said: Said,
) -> Answer {
    app.limits.bot_post(bot.id)?;
    let payload = said.json_in("payload")?;
    let html = slack::to_html(&payload).map_err(|refused| Error::refused("payload", refused))?;
    let mut fields = Fields::default();
    fields.put("body", &html);
    fields.put("format", BodyFormat::Html.as_str());
    let command = composing::parse(&app, room_id, bot.id, &fields, false)?;
    app.writer.run(command).await?;
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], "ok").into_response())
}
