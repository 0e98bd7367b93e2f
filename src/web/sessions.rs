//! Signing in and out.

use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect};
use axum_extra::extract::cookie::CookieJar;
use serde::Deserialize;
use tower_sessions::Session;

use super::error::{Answer, Failure};
use super::extract::{ClientAddress, CurrentUser, Fields};
use super::session_store::{self, Device};
use super::{cookies, first_runs, html};
use crate::app::App;
use crate::commands::profiles::RenewDigest;
use crate::error::{Error, Result};
use crate::model::{EmailAddress, Password, UserId};
use crate::queries;
use crate::views::sessions::SignInPage;

const WRONG: &str = "That email address and password do not go together.";

#[derive(Deserialize)]
pub struct Prefill {
    #[serde(default)]
    email_address: String,
}

/// `GET /session/new`
pub async fn new(State(app): State<App>, Query(prefill): Query<Prefill>) -> Answer {
    if !first_runs::is_over(&app)? {
        return Err(Failure::Elsewhere("/first_run"));
    }
    // Nobody there has a password.
    if app.config.demo {
        return Err(Failure::Elsewhere("/demo"));
    }
    form(&app, StatusCode::OK, &prefill.email_address, None)
}

/// `POST /session`: one answer for an unknown address and a wrong password, after the same work.
pub async fn create(
    State(app): State<App>,
    session: Session,
    ClientAddress(address): ClientAddress,
    jar: CookieJar,
    headers: HeaderMap,
    fields: Fields,
) -> Answer {
    let typed = fields.text("email_address");
    if let Err(Error::TooMany { wait, limit }) =
        app.limits.sign_in(address, &typed.trim().to_lowercase())
    {
        let mut refused = form(&app, StatusCode::TOO_MANY_REQUESTS, typed, Some(limit.to_owned()))?;
        let seconds = HeaderValue::from(wait.as_secs() + 1);
        refused.headers_mut().insert(header::RETRY_AFTER, seconds);
        return Ok(refused);
    }
    let Some(user_id) = verified(&app, typed, fields.text("password")).await? else {
        tracing::info!(%address, "a sign-in was refused");
        return form(&app, StatusCode::UNAUTHORIZED, typed, Some(WRONG.to_owned()));
    };
    session_store::sign_in(&session, user_id, Device::of(address, &headers)).await?;
    tracing::info!(%address, %user_id, "signed in");
    let mut cleared = HeaderMap::new();
    let path = cookies::take_return(&app, &jar, &mut cleared);
    Ok((cleared, Redirect::to(&path)).into_response())
}

/// `POST /session/delete`: the row, its sockets and its push subscription end.
pub async fn destroy(State(app): State<App>, user: CurrentUser, session: Session) -> Answer {
    session_store::sign_out(&session).await?;
    tracing::info!(user_id = %user.id, "signed out");
    let mut forgotten = HeaderMap::new();
    cookies::forget_transfer(&app, &mut forgotten);
    // Not the storage: Chromium ends the service worker with it, and a navigation that is on its
    // way through the worker then hangs. The worker and the page forget what they kept themselves.
    let clear = [("clear-site-data", "\"cache\"")];
    Ok((clear, forgotten, Redirect::to("/session/new")).into_response())
}

/// The person these belong to. An address nobody has costs one hash as well.
pub async fn verified(app: &App, address: &str, password: &str) -> Result<Option<UserId>> {
    let candidate = match EmailAddress::parse(address) {
        Ok(address) => app.reader.read(|db| queries::users::sign_in_candidate(db, &address))?,
        Err(_) => None,
    };
    let (user_id, digest) = candidate.map_or((None, None), |(id, digest)| (Some(id), digest));
    // Longer than any password can be: wrong, but it must not be quicker.
    let attempt = Password::attempt(password);
    let digest = digest.filter(|_| attempt.is_some());
    let attempt = attempt.or_else(|| Password::attempt("")).ok_or(Error::Busy)?;
    let fits = app.passwords.verify(attempt.clone(), digest.clone()).await?;
    let found = user_id.filter(|_| fits);
    if let (Some(user_id), Some(proven_digest)) = (found, digest)
        && app.passwords.is_outdated(&proven_digest)
    {
        renew_digest(app, user_id, attempt, proven_digest).await;
    }
    Ok(found)
}

/// Keeps a password as we keep passwords, now that it was typed. If that fails it is tried again
/// next time; signing in does not depend on it.
async fn renew_digest(app: &App, user_id: UserId, password: Password, proven_digest: String) {
    let renewed = async {
        let password_digest = app.passwords.hash(password).await?;
        app.writer.run(RenewDigest { user_id, proven_digest, password_digest }).await
    };
    match renewed.await {
        Ok(()) => tracing::info!(%user_id, "an older password digest was renewed"),
        Err(error) => tracing::warn!(%user_id, %error, "an older password digest stays"),
    }
}

fn form(app: &App, status: StatusCode, email_address: &str, problem: Option<String>) -> Answer {
    let page =
        SignInPage { site: html::site(app)?, email_address: email_address.to_owned(), problem };
    html::secret_page(status, &page)
}
