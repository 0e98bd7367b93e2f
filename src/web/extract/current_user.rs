//! Who sends this request: asked of the access index, never of the database.

use axum::extract::FromRequestParts;
use axum::http::Method;
use axum::http::request::Parts;
use tower_sessions::Session;

use super::ClientAddress;
use crate::app::App;
use crate::clock;
use crate::events::TokenHash;
use crate::model::session::TOUCH_EVERY_MS;
use crate::model::{SessionId, UserId};
use crate::web::error::Failure;
use crate::web::session_store::{Device, touch};
use crate::words::{self, Language};

/// The active person whose session cookie came with the request.
#[derive(Clone, Copy, Debug)]
pub struct CurrentUser {
    pub id: UserId,
    pub session_id: SessionId,
    pub token_hash: TokenHash,
    pub is_administrator: bool,
    /// What they have chosen; none: what their browser asks for.
    pub language: Option<Language>,
}

impl FromRequestParts<App> for CurrentUser {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        match signed_in(parts, app).await {
            Some(user) => Ok(user),
            None => Err(Failure::SignedOut { return_to: return_to(parts) }),
        }
    }
}

/// Only for who is not signed in: others are sent home.
pub struct SignedOut;

impl FromRequestParts<App> for SignedOut {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        match signed_in(parts, app).await {
            Some(_) => Err(Failure::Elsewhere("/")),
            None => Ok(Self),
        }
    }
}

async fn signed_in(parts: &mut Parts, app: &App) -> Option<CurrentUser> {
    let session = parts.extensions.get::<Session>()?.clone();
    let token_hash = app.token_hash(&session.id()?.0.to_le_bytes());
    let now = clock::now();
    let found = app.access.signed_in(&token_hash, now)?;
    // Activity is written down at most hourly; the cookie is renewed with it.
    if now.ms_since(found.last_active_at) >= TOUCH_EVERY_MS {
        let Ok(ClientAddress(address)) = ClientAddress::from_request_parts(parts, app).await;
        if let Err(error) = touch(&session, Device::of(address, &parts.headers), now).await {
            tracing::warn!(%error, "a session could not be touched");
        }
    }
    if let Some(language) = found.language {
        words::switch(language);
    }
    Some(CurrentUser {
        id: found.user_id,
        session_id: found.session_id,
        token_hash,
        is_administrator: found.role == crate::model::Role::Administrator,
        language: found.language,
    })
}

/// The page to come back to after signing in: only one that was asked for by a plain GET.
fn return_to(parts: &Parts) -> Option<String> {
    let path = parts.uri.path_and_query()?.as_str();
    (parts.method == Method::GET && path != "/").then(|| path.to_owned())
}
