//! One's devices that want to be told of messages: the list, one more, a test, one less; quiet
//! hours, and muting a room for a while.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;
use serde_json::json;

use super::error::Answer;
use super::extract::{CurrentUser, Fields, Ids, RoomMember, Wants};
use super::{flash, html};
use crate::app::App;
use crate::clock;
use crate::commands::push_subscriptions::{
    AddPushSubscription, ForgetPushTarget, MuteRoom, NotePush, RemovePushSubscription,
    SetQuietHours,
};
use crate::error::{Error, Result};
use crate::model::push_subscription::{Notice, PushTarget};
use crate::model::quiet_hours::{self, QuietHours};
use crate::model::timestamp::HOUR_MS;
use crate::model::{PushSubscriptionId, Timestamp, UserId};
use crate::outbound::web_push::{MOST_BYTES, Sent};
use crate::queries;
use crate::views::assets;
use crate::views::push_subscriptions::{PushSubscriptionsPage, QuietHoursForm};
use crate::words::{self, sentence};

const LIST: &str = "/users/me/push_subscriptions";

/// `GET /users/me/push_subscriptions`: the page; as JSON what a browser needs to subscribe.
pub async fn index(
    State(app): State<App>,
    user: CurrentUser,
    wants: Wants,
    jar: CookieJar,
) -> Answer {
    if wants == Wants::Page {
        return page(&app, &user, &jar, None);
    }
    let devices =
        app.reader.read(|db| queries::push_subscriptions::of_user(db, user.id, user.session_id))?;
    let devices: Vec<_> = devices
        .iter()
        .map(|device| {
            let last_success_at = device.last_success_at.map(|at| at.to_string());
            json!({ "id": device.id, "device": device.device(), "here": device.is_here,
                "last_success_at": last_success_at })
        })
        .collect();
    let key = app.push_services.public_key();
    Ok(axum::Json(json!({ "vapid_public_key": key, "subscriptions": devices })).into_response())
}

fn page(
    app: &App,
    user: &CurrentUser,
    jar: &CookieJar,
    refused: Option<(QuietHoursForm, String)>,
) -> Answer {
    let mut headers = HeaderMap::new();
    let flash = flash::take(app, jar, &mut headers);
    let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = app.reader.read(|db| {
        let stored = queries::push_subscriptions::quiet_hours(db, user.id)?;
        let form = stored.as_ref().map(QuietHoursForm::of).unwrap_or_default();
        let (form, problem) = match refused {
            Some((typed, sentence)) => (typed, Some(sentence)),
            None => (form, None),
        };
        Ok(PushSubscriptionsPage {
            site: html::site_of(queries::accounts::account(db)?.as_ref()),
            viewer: html::viewer(db, user.id)?,
            devices: queries::push_subscriptions::of_user(db, user.id, user.session_id)?,
            vapid_public_key: app.push_services.public_key().to_owned(),
            is_quiet: stored.is_some(),
            form,
            problem,
            zones: quiet_hours::zones(),
            flash,
        })
    })?;
    Ok((headers, html::page_with_status(status, &page)).into_response())
}

/// `POST /users/me/push_subscriptions`: `endpoint`, `p256dh_key` and `auth_key` as the browser
/// has them. A browser that is known already keeps its place in the list.
pub async fn create(
    State(app): State<App>,
    user: CurrentUser,
    wants: Wants,
    headers: HeaderMap,
    fields: Fields,
) -> Answer {
    app.limits.subscribe(user.id)?;
    let [endpoint, p256dh, auth] =
        ["endpoint", "p256dh_key", "auth_key"].map(|name| fields.text(name));
    let target = PushTarget::parse(endpoint, p256dh, auth, &app.config.push_services)
        .map_err(|refused| Error::refused("endpoint", refused))?;
    if !app.push_services.can_seal(&target) {
        return Err(Error::refused("endpoint", PushTarget::unusable_keys()).into());
    }
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    let user_agent = agent.unwrap_or_default().to_owned();
    let (user_id, session_id) = (user.id, user.session_id);
    let command = AddPushSubscription { user_id, session_id, target, user_agent };
    let id = app.writer.run(command).await?;
    match wants {
        Wants::Page => flash::redirect(&app, LIST, flash::DEVICE_ADDED),
        _ => Ok((StatusCode::CREATED, axum::Json(json!({ "id": id }))).into_response()),
    }
}

/// `POST /users/me/push_subscriptions/:id/delete`
pub async fn destroy(
    State(app): State<App>,
    user: CurrentUser,
    Ids(id): Ids<PushSubscriptionId>,
    wants: Wants,
) -> Answer {
    app.writer.run(RemovePushSubscription { user_id: user.id, id }).await?;
    match wants {
        Wants::Page => flash::redirect(&app, LIST, flash::DEVICE_REMOVED),
        _ => Ok(StatusCode::NO_CONTENT.into_response()),
    }
}

/// `POST /users/me/push_subscriptions/:id/test_notifications`: sent at once, so that the answer
/// says what became of it.
pub async fn test(
    State(app): State<App>,
    user: CurrentUser,
    Ids(id): Ids<PushSubscriptionId>,
    wants: Wants,
) -> Answer {
    app.limits.post(user.id)?;
    let target = app.reader.read(|db| queries::push_subscriptions::target(db, user.id, id))?;
    let said = trial().within(MOST_BYTES);
    let notice = match app.push_services.send(&target, &said, "test").await {
        Ok(Sent::Taken) => {
            app.writer.run(NotePush { id }).await?;
            flash::TEST_SENT
        }
        Ok(Sent::Gone) => {
            app.writer.run(ForgetPushTarget { target }).await?;
            flash::DEVICE_GONE
        }
        outcome => {
            tracing::warn!(subscription_id = %id, ?outcome, "a test of push messages failed");
            flash::TEST_FAILED
        }
    };
    match wants {
        Wants::Page => flash::redirect(&app, LIST, notice),
        _ => Ok(tried(notice)),
    }
}

fn tried(notice: &'static str) -> Response {
    let status = match notice {
        flash::TEST_SENT => StatusCode::OK,
        flash::DEVICE_GONE => StatusCode::GONE,
        _ => StatusCode::BAD_GATEWAY,
    };
    (status, axum::Json(json!({ "outcome": notice }))).into_response()
}

fn trial() -> Notice {
    let id = uuid::Builder::from_random_bytes(rand::random()).into_uuid();
    let (title, path, tag) = ("Campfire Test", LIST.to_owned(), "test".to_owned());
    Notice::new(title.to_owned(), id.to_string(), path, tag, assets::BADGE_96, 0)
}

/// `POST /users/me/quiet_hours`: `from`, `to` and `zone`; with `off` there are none.
pub async fn update_quiet_hours(
    State(app): State<App>,
    user: CurrentUser,
    jar: CookieJar,
    fields: Fields,
) -> Answer {
    let [from, to, zone] = ["from", "to", "zone"].map(|name| fields.text(name).to_owned());
    let parsed = match fields.find("off") {
        Some(_) => Ok(None),
        None => QuietHours::parse(&from, &to, &zone).map(Some),
    };
    match parsed {
        Ok(quiet_hours) => {
            app.writer.run(SetQuietHours { user_id: user.id, quiet_hours }).await?;
            flash::redirect(&app, LIST, flash::QUIET_HOURS_SAVED)
        }
        Err(refused) => {
            page(&app, &user, &jar, Some((QuietHoursForm { from, to, zone }, refused.to_string())))
        }
    }
}

/// `POST /rooms/:id/mute`: `for` is `hour`, `tomorrow` or `off`; `zone` says whose tomorrow.
pub async fn mute(
    State(app): State<App>,
    member: RoomMember,
    wants: Wants,
    fields: Fields,
) -> Answer {
    let (room_id, user_id) = (member.room_id, member.user.id);
    let until = match fields.text("for") {
        "hour" => Some(clock::now().plus_ms(HOUR_MS)),
        "tomorrow" => Some(tomorrow(&app, user_id, fields.text("zone"))?),
        "off" => None,
        _ => return Err(Error::invalid("for", sentence(words::mute_choices)).into()),
    };
    app.writer.run(MuteRoom { room_id, user_id, until }).await?;
    match wants {
        Wants::Page => Ok(Redirect::to(&format!("/rooms/{room_id}/involvement")).into_response()),
        _ => Ok(StatusCode::NO_CONTENT.into_response()),
    }
}

/// By the clock of the browser, if a script told us of it, or else by that of the quiet hours.
fn tomorrow(app: &App, user_id: UserId, zone: &str) -> Result<Timestamp> {
    let now = clock::now();
    if quiet_hours::is_zone(zone) {
        return Ok(quiet_hours::next_morning(now, zone));
    }
    let hours = app.reader.read(|db| queries::push_subscriptions::quiet_hours(db, user_id))?;
    Ok(quiet_hours::next_morning(now, hours.as_ref().map_or("UTC", QuietHours::zone)))
}
