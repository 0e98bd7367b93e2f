//! Bots, as administrators handle them.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum_extra::extract::cookie::CookieJar;
use serde_json::json;

use super::error::Answer;
use super::extract::{Administrator, CurrentUser, Fields, Wants};
use super::{flash, html};
use crate::app::App;
use crate::commands::bots::CreateBot;
use crate::error::{Error, Result};
use crate::model::{BotKey, BotToken, StoredBotToken, UserName};
use crate::queries;
use crate::tokens;
use crate::views::FieldErrors;
use crate::views::bots::BotsPage;

const BOTS: &str = "/account/bots";

/// `GET /account/bots`
pub async fn index(
    State(app): State<App>,
    Administrator(user): Administrator,
    jar: CookieJar,
) -> Answer {
    list(&app, StatusCode::OK, &user, &jar, "", FieldErrors::default())
}

/// `POST /account/bots`: `name`. Programs are answered 201 with the bot and its key.
pub async fn create(
    State(app): State<App>,
    Administrator(user): Administrator,
    wants: Wants,
    jar: CookieJar,
    fields: Fields,
) -> Answer {
    let typed = fields.text("name");
    let name = match UserName::parse(typed) {
        Ok(name) => name,
        Err(refused) if wants == Wants::Json => return Err(Error::refused("name", refused).into()),
        Err(refused) => {
            let mut errors = FieldErrors::default();
            errors.add("name", refused.0);
            return list(&app, StatusCode::UNPROCESSABLE_ENTITY, &user, &jar, typed, errors);
        }
    };
    let shown_name = name.as_str().to_owned();
    let (fresh, token) = fresh_token(&app)?;
    let command = CreateBot { actor_id: user.id, name, token, avatar_key: None };
    let user_id = app.writer.run(command).await?;
    tracing::info!(actor_id = %user.id, bot_id = %user_id, "a bot was added");
    if wants == Wants::Json {
        let key = BotKey { user_id, token: fresh }.reveal();
        let bot = json!({ "id": user_id, "name": shown_name, "key": key });
        return Ok((StatusCode::CREATED, Json(bot)).into_response());
    }
    flash::redirect(&app, BOTS, flash::BOT_ADDED)
}

/// A new token, and how it is stored.
fn fresh_token(app: &App) -> Result<(BotToken, StoredBotToken)> {
    let token = tokens::fresh_bot_token();
    let stored = app.tokens.stored_bot_token(&token);
    let stored =
        stored.ok_or_else(|| Error::Internal(anyhow::anyhow!("a token was not sealed")))?;
    Ok((token, stored))
}

fn list(
    app: &App,
    status: StatusCode,
    user: &CurrentUser,
    jar: &CookieJar,
    name: &str,
    errors: FieldErrors,
) -> Answer {
    let mut forgotten = HeaderMap::new();
    let flash = flash::take(app, jar, &mut forgotten);
    let page = app.reader.read(|db| {
        Ok(BotsPage {
            site: html::site_of(queries::accounts::account(db)?.as_ref()),
            viewer: html::viewer(db, user.id)?,
            bots: queries::bots::active(db)?,
            typed_name: name.to_owned(),
            errors,
            flash,
        })
    })?;
    Ok((forgotten, html::page_with_status(status, &page)).into_response())
}
