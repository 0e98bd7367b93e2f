//! Bots, as administrators handle them: made, changed, given another key, removed.

use axum::Json;
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::cookie::CookieJar;
use serde_json::json;

use super::avatars::{self, NotTaken};
use super::error::Answer;
use super::extract::{Administrator, CurrentUser, Fields, FieldsAndFile, Ids, Wants};
use super::{flash, html, users};
use crate::app::App;
use crate::commands::bots::{CreateBot, RemoveBot, RemoveBotPicture, ResetBotKey, UpdateBot};
use crate::error::{Error, FieldError, Result};
use crate::model::text::Refused;
use crate::model::{
    Bot, BotKey, BotToken, StoredBotToken, UserId, UserName, Webhook, WebhookSecret, WebhookUrl,
};
use crate::outbound::{Call, Purpose};
use crate::queries;
use crate::tokens;
use crate::views::bots::{BotForm, BotPage, BotRoom, BotsPage, NewBotPage};
use crate::words::{self, Sentence, sentence};

const BOTS: &str = "/account/bots";

/// `GET /account/bots`
pub async fn index(
    State(app): State<App>,
    Administrator(user): Administrator,
    jar: CookieJar,
) -> Answer {
    let mut forgotten = HeaderMap::new();
    let flash = flash::take(&app, &jar, &mut forgotten);
    let page = app.reader.read(|db| {
        Ok(BotsPage {
            site: html::site_of(queries::accounts::account(db)?.as_ref()),
            viewer: html::viewer(db, user.id)?,
            bots: queries::bots::active(db)?,
            flash,
        })
    })?;
    Ok((forgotten, html::page(&page)?).into_response())
}

/// `GET /account/bots/new`
pub async fn new(State(app): State<App>, Administrator(user): Administrator) -> Answer {
    new_page(&app, StatusCode::OK, &user, blank(&app))
}

/// `POST /account/bots`: `name`, `avatar`, `webhook_url`, `webhook_secret`. Programs are answered
/// 201 with the bot and its key.
pub async fn create(
    State(app): State<App>,
    Administrator(user): Administrator,
    wants: Wants,
    FieldsAndFile { fields, file }: FieldsAndFile,
) -> Answer {
    let mut form = typed(&app, &fields, blank(&app));
    let name = UserName::of_bot(&form.name).map_err(|refused| add(&mut form, "name", refused));
    let webhook = webhook(&app, &mut form)?;
    let avatar_key = match (name.is_ok() && form.errors.is_empty(), file) {
        (true, file) => avatars::take_in(&app, file).await,
        (false, _) => Ok(None),
    };
    let (name, avatar_key) = match (name, refused_picture(avatar_key, &mut form)?) {
        (Ok(name), Ok(key)) if form.errors.is_empty() => (name, key),
        (_, picture) => {
            let status = picture.err().unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
            return match wants {
                Wants::Json => Err(Error::Invalid(refusals(&form)).into()),
                _ => new_page(&app, status, &user, form),
            };
        }
    };
    let shown_name = name.as_str().to_owned();
    let (fresh, token) = fresh_token(&app)?;
    let stored = avatar_key.clone();
    let command = CreateBot { actor_id: user.id, name, token, avatar_key, webhook };
    let user_id = app.writer.run(command).await.inspect_err(|_| avatars::forget(&app, stored))?;
    tracing::info!(actor_id = %user.id, bot_id = %user_id, "a bot was added");
    if wants == Wants::Json {
        let key = BotKey { user_id, token: fresh }.reveal();
        let bot = json!({ "id": user_id, "name": shown_name, "key": key });
        return Ok((StatusCode::CREATED, Json(bot)).into_response());
    }
    flash::redirect(&app, &path_of(user_id), flash::BOT_ADDED)
}

/// `GET /account/bots/:id/edit`
pub async fn edit(
    State(app): State<App>,
    Administrator(user): Administrator,
    Ids(id): Ids<UserId>,
    jar: CookieJar,
    headers: HeaderMap,
) -> Answer {
    let bot = app.reader.read(|db| queries::bots::by_id(db, id))?;
    let form = form_of(&app, &bot);
    let mut forgotten = HeaderMap::new();
    let flash = flash::take(&app, &jar, &mut forgotten);
    let page = bot_page(&app, &user, bot, form, &headers)?;
    let response = html::secret_page(StatusCode::OK, &BotPage { flash, ..page })?;
    Ok((forgotten, response).into_response())
}

/// `POST /account/bots/:id`: as for a new one. A name or picture that does not come stays; a
/// webhook that does not come is taken away, one whose secret does not come keeps it.
pub async fn update(
    State(app): State<App>,
    Administrator(user): Administrator,
    Ids(id): Ids<UserId>,
    headers: HeaderMap,
    request: Request,
) -> Answer {
    let bot = app.reader.read(|db| queries::bots::by_id(db, id))?;
    let FieldsAndFile { fields, file } = FieldsAndFile::from_request(request, &app).await?;
    let mut form = typed(&app, &fields, form_of(&app, &bot));
    let name = fields.find("name").map(UserName::of_bot).transpose();
    let name = name.map_err(|refused| add(&mut form, "name", refused));
    let webhook = webhook(&app, &mut form)?;
    let avatar_key = match form.errors.is_empty() {
        true => avatars::take_in(&app, file).await,
        false => Ok(None),
    };
    let (name, avatar_key) = match (name, refused_picture(avatar_key, &mut form)?) {
        (Ok(name), Ok(key)) if form.errors.is_empty() => (name, key),
        (_, picture) => {
            let status = picture.err().unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
            return html::secret_page(status, &bot_page(&app, &user, bot, form, &headers)?);
        }
    };
    let stored = avatar_key.clone();
    let command = UpdateBot { actor_id: user.id, bot_id: id, name, avatar_key, webhook };
    let replaced = app.writer.run(command).await.inspect_err(|_| avatars::forget(&app, stored))?;
    avatars::forget(&app, replaced);
    tracing::info!(actor_id = %user.id, bot_id = %id, "a bot was changed");
    flash::redirect(&app, &path_of(id), flash::BOT_SAVED)
}

/// `POST /account/bots/:id/key`: the key the programs hold is worth nothing from now on.
pub async fn reset_key(
    State(app): State<App>,
    Administrator(user): Administrator,
    Ids(id): Ids<UserId>,
) -> Answer {
    let (_, token) = fresh_token(&app)?;
    app.writer.run(ResetBotKey { actor_id: user.id, bot_id: id, token }).await?;
    tracing::info!(actor_id = %user.id, bot_id = %id, "the key of a bot was reset");
    flash::redirect(&app, &format!("{}#key", path_of(id)), flash::BOT_KEY_RESET)
}

/// `POST /account/bots/:id/avatar/delete`
pub async fn remove_picture(
    State(app): State<App>,
    Administrator(user): Administrator,
    Ids(id): Ids<UserId>,
) -> Answer {
    let removed = app.writer.run(RemoveBotPicture { actor_id: user.id, bot_id: id }).await?;
    avatars::forget(&app, removed);
    flash::redirect(&app, &path_of(id), flash::BOT_PICTURE_REMOVED)
}

/// `POST /account/bots/:id/delete`
pub async fn destroy(
    State(app): State<App>,
    Administrator(user): Administrator,
    Ids(id): Ids<UserId>,
) -> Answer {
    app.writer.run(RemoveBot { actor_id: user.id, bot_id: id }).await?;
    tracing::info!(actor_id = %user.id, bot_id = %id, "a bot was removed");
    flash::redirect(&app, BOTS, flash::BOT_REMOVED)
}

pub(super) fn path_of(id: UserId) -> String {
    format!("{BOTS}/{id}/edit")
}

/// A new token, and how it is stored.
fn fresh_token(app: &App) -> Result<(BotToken, StoredBotToken)> {
    let token = tokens::fresh_bot_token();
    let stored = app.tokens.stored_bot_token(&token).ok_or_else(not_sealed)?;
    Ok((token, stored))
}

fn not_sealed() -> Error {
    Error::Internal(anyhow::anyhow!("a secret could not be sealed"))
}

fn blank(app: &App) -> BotForm {
    BotForm { pictures_off: !app.config.avatars_enabled, ..BotForm::default() }
}

fn form_of(app: &App, bot: &Bot) -> BotForm {
    let sealed = bot.webhook.as_ref().and_then(|webhook| webhook.sealed_secret.as_deref());
    let url = bot.webhook.as_ref().map(|webhook| webhook.url.as_str().to_owned());
    BotForm {
        name: bot.user.name.clone(),
        webhook_url: url.unwrap_or_default(),
        webhook_secret: sealed.and_then(|sealed| app.tokens.open(sealed)).unwrap_or_default(),
        ..blank(app)
    }
}

/// What was typed, over what is stored. An address that does not come counts as left empty.
fn typed(app: &App, fields: &Fields, stored: BotForm) -> BotForm {
    let either = |name, stored| fields.find(name).map_or(stored, str::to_owned);
    BotForm {
        name: either("name", stored.name),
        webhook_url: fields.text("webhook_url").to_owned(),
        webhook_secret: either("webhook_secret", stored.webhook_secret),
        ..blank(app)
    }
}

/// The webhook that the form asks for, as it is stored.
fn webhook(app: &App, form: &mut BotForm) -> Result<Option<Webhook>> {
    let url = WebhookUrl::parse(&form.webhook_url).and_then(|url| match url {
        Some(url) if Call::new(Purpose::Webhook, Method::POST, url.as_str()).is_err() => {
            Err(Refused(sentence(words::address_cannot_be_called)))
        }
        other => Ok(other),
    });
    let secret = WebhookSecret::parse(&form.webhook_secret);
    match (url, secret) {
        (Ok(Some(url)), Ok(secret)) => {
            let seal = |secret: WebhookSecret| app.tokens.seal(secret.as_str());
            let sealed_secret = match secret {
                Some(secret) => Some(seal(secret).ok_or_else(not_sealed)?),
                None => None,
            };
            Ok(Some(Webhook { url, sealed_secret }))
        }
        (url, secret) => {
            let _ = url.map_err(|refused| add(form, "webhook_url", refused));
            let _ = secret.map_err(|refused| add(form, "webhook_secret", refused));
            Ok(None)
        }
    }
}

fn add(form: &mut BotForm, field: &'static str, refused: Refused) {
    form.errors.add(field, refused.to_string());
}

fn refusals(form: &BotForm) -> Vec<FieldError> {
    let fields = ["name", "webhook_url", "webhook_secret", avatars::FIELD];
    let found = fields.into_iter().filter_map(|field| {
        let sentence = form.errors.on(field)?.to_owned();
        Some(FieldError { field, sentence: Sentence::as_said(sentence) })
    });
    found.collect()
}

/// The stored picture, or the status for a form that is shown again.
fn refused_picture(
    taken: std::result::Result<Option<String>, NotTaken>,
    form: &mut BotForm,
) -> Result<std::result::Result<Option<String>, StatusCode>> {
    match taken {
        Ok(key) => Ok(Ok(key)),
        Err(NotTaken::Refused(status, sentence)) => {
            form.errors.add(avatars::FIELD, sentence);
            Ok(Err(status))
        }
        Err(NotTaken::Failed(error)) => Err(error),
    }
}

fn new_page(app: &App, status: StatusCode, user: &CurrentUser, form: BotForm) -> Answer {
    let page: Result<Response> = app.reader.read(|db| {
        let page = NewBotPage {
            site: html::site_of(queries::accounts::account(db)?.as_ref()),
            viewer: html::viewer(db, user.id)?,
            form,
        };
        Ok(html::page_with_status(status, &page))
    });
    Ok(page?)
}

fn bot_page(
    app: &App,
    user: &CurrentUser,
    bot: Bot,
    form: BotForm,
    headers: &HeaderMap,
) -> Result<BotPage> {
    let sealed = bot.sealed_token.as_deref();
    let key = sealed.and_then(|sealed| app.tokens.bot_key(bot.user.id, sealed));
    let key = key.map(|key| key.reveal());
    let base = users::origin(app, headers);
    let shown_key = key.clone().unwrap_or_default();
    app.reader.read(|db| {
        let rooms = queries::bots::rooms(db, bot.user.id)?.into_iter().map(|room| BotRoom {
            room_id: room.id,
            messages_url: format!("{base}/rooms/{}/{shown_key}/messages", room.id),
            name: room.name.unwrap_or_default(),
        });
        Ok(BotPage {
            site: html::site_of(queries::accounts::account(db)?.as_ref()),
            viewer: html::viewer(db, user.id)?,
            has_picture: queries::users::avatar_key(db, bot.user.id)?.is_some(),
            bot: bot.user,
            form,
            key,
            rooms: rooms.collect(),
            flash: None,
        })
    })
}
