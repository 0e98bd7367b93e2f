//! What a bot's program was told, for administrators: looked at, sent again, tried out.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum_extra::extract::cookie::CookieJar;

use super::error::Answer;
use super::extract::{Administrator, CurrentUser, Fields, Ids};
use super::messages::sentences;
use super::{flash, html};
use crate::app::App;
use crate::commands::webhooks::{RepeatDelivery, TestWebhook};
use crate::error::{Error, Result};
use crate::model::UserId;
use crate::queries;
use crate::views::bots::{DeliveriesPage, MOST_SHOWN};

/// `GET /account/bots/:id/deliveries`
pub async fn index(
    State(app): State<App>,
    Administrator(user): Administrator,
    Ids(id): Ids<UserId>,
    jar: CookieJar,
) -> Answer {
    let mut forgotten = HeaderMap::new();
    let flash = flash::take(&app, &jar, &mut forgotten);
    let page = page(&app, &user, id)?;
    let response = html::page(&DeliveriesPage { flash, ..page })?;
    Ok((forgotten, response).into_response())
}

/// `POST /account/bots/:id/deliveries`: `again` names the delivery to repeat; without it a test
/// event is sent.
pub async fn create(
    State(app): State<App>,
    Administrator(user): Administrator,
    Ids(id): Ids<UserId>,
    fields: Fields,
) -> Answer {
    let (actor_id, bot_id) = (user.id, id);
    let (queued, notice) = match fields.text("again") {
        "" => {
            let command = TestWebhook { actor_id, bot_id };
            (app.writer.run(command).await, flash::TEST_EVENT_QUEUED)
        }
        again => {
            let id = again.parse().map_err(|_| Error::NotFound)?;
            let command = RepeatDelivery { actor_id, bot_id, id };
            (app.writer.run(command).await, flash::DELIVERY_QUEUED)
        }
    };
    match queued {
        Ok(()) => flash::redirect(&app, &format!("/account/bots/{id}/deliveries"), notice),
        Err(Error::Invalid(refused)) => {
            let problem = Some(sentences(refused));
            let page = DeliveriesPage { problem, ..page(&app, &user, id)? };
            Ok(html::page_with_status(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
        Err(error) => Err(error.into()),
    }
}

fn page(app: &App, user: &CurrentUser, id: UserId) -> Result<DeliveriesPage> {
    app.reader.read(|db| {
        let bot = queries::bots::by_id(db, id)?;
        Ok(DeliveriesPage {
            site: html::site_of(queries::accounts::account(db)?.as_ref()),
            viewer: html::viewer(db, user.id)?,
            webhook_url: bot.webhook.map(|webhook| webhook.url.as_str().to_owned()),
            deliveries: queries::webhooks::latest(db, id, MOST_SHOWN)?,
            bot: bot.user,
            problem: None,
            flash: None,
        })
    })
}
