//! Links that sign somebody in once: made by a button, shown as text and QR code, used by a button.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect};
use axum_extra::extract::cookie::CookieJar;
use tower_sessions::Session;

use super::error::{Answer, Failure};
use super::extract::{ClientAddress, CurrentUser, Ids};
use super::session_store::{self, Device};
use super::{cookies, html, users};
use crate::app::App;
use crate::clock;
use crate::commands::transfers::{MakeTransfer, RedeemTransfer};
use crate::db::Connection;
use crate::error::{Error, Result};
use crate::model::UserId;
use crate::views::transfers::{TransferLink, TransferPage};
use crate::{queries, tokens, words};

const USELESS: words::Word = words::link_works_no_more;

/// Somebody who may be signed in or not.
type Browser = std::result::Result<CurrentUser, Failure>;

/// `POST /users/me/transfers`: for another device of one's own.
pub async fn create_own(State(app): State<App>, user: CurrentUser) -> Answer {
    make(&app, user.id, &user, "/users/me/profile#transfer").await
}

/// `POST /users/:id/transfers`: by an administrator, for somebody who is locked out.
pub async fn create(State(app): State<App>, user: CurrentUser, Ids(id): Ids<UserId>) -> Answer {
    make(&app, id, &user, &format!("/users/{id}#transfer")).await
}

async fn make(app: &App, user_id: UserId, maker: &CurrentUser, page: &str) -> Answer {
    let token = tokens::fresh();
    let token_hash = app.tokens.transfer_hash(&token);
    app.writer.run(MakeTransfer { token_hash, user_id, made_by: maker.id }).await?;
    tracing::info!(%user_id, made_by = %maker.id, "made a sign-in link");
    let mut headers = HeaderMap::new();
    cookies::keep_transfer(app, &mut headers, &token);
    Ok((headers, Redirect::to(page)).into_response())
}

/// The link this browser has just made for somebody, while it can still be used.
pub fn fresh_link(
    app: &App,
    db: &Connection,
    jar: &CookieJar,
    headers: &HeaderMap,
    user_id: UserId,
) -> Result<Option<TransferLink>> {
    let Some(token) = cookies::kept_transfer(app, jar) else { return Ok(None) };
    let whom = queries::transfers::whom(db, &app.tokens.transfer_hash(&token), clock::now())?;
    Ok((whom == Some(user_id)).then(|| TransferLink {
        url: format!("{}/session/transfers/{token}", users::origin(app, headers)),
    }))
}

/// `GET /session/transfers/:token`: the same page for any token; nothing happens before the button.
pub async fn show(State(app): State<App>, user: Browser, Path(token): Path<String>) -> Answer {
    page(&app, StatusCode::OK, user.ok(), token, None)
}

/// `POST /session/transfers/:token`: of any number at once exactly one is signed in.
pub async fn update(
    State(app): State<App>,
    user: Browser,
    session: Session,
    ClientAddress(address): ClientAddress,
    Path(token): Path<String>,
    jar: CookieJar,
    headers: HeaderMap,
) -> Answer {
    let token_hash = app.tokens.transfer_hash(&token);
    let redeemed = match app.writer.run(RedeemTransfer { token_hash }).await {
        Ok(redeemed) => redeemed,
        Err(Error::NotFound) => {
            tracing::info!(%address, "a sign-in link was refused");
            return page(&app, StatusCode::NOT_FOUND, user.ok(), token, Some(USELESS().to_owned()));
        }
        Err(error) => return Err(error.into()),
    };
    let device = Device::of(address, &headers);
    let mut cleared = HeaderMap::new();
    let returned = cookies::take_return(&app, &jar, &mut cleared);
    let path = if redeemed.recovery {
        session_store::sign_in_to_recover(&session, redeemed.user_id, device).await?;
        "/users/me/profile#sign_in".to_owned()
    } else {
        session_store::sign_in(&session, redeemed.user_id, device).await?;
        returned
    };
    tracing::info!(%address, user_id = %redeemed.user_id, "signed in by a link");
    Ok((cleared, Redirect::to(&path)).into_response())
}

fn page(
    app: &App,
    status: StatusCode,
    user: Option<CurrentUser>,
    token: String,
    problem: Option<String>,
) -> Answer {
    let signed_in = match user {
        Some(user) => Some(app.reader.read(|db| queries::users::by_id(db, user.id))?.name),
        None => None,
    };
    let view = TransferPage { site: html::site(app)?, token, signed_in, problem };
    html::secret_page(status, &view)
}
