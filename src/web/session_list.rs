//! One's own signed-in devices: the list, ending one, ending all others.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum_extra::extract::cookie::CookieJar;
use tower_sessions::Session;

use super::error::Answer;
use super::extract::{CurrentUser, Ids};
use super::{flash, html, sessions};
use crate::app::App;
use crate::clock;
use crate::commands::sessions::{EndOtherSessions, EndOwnSession};
use crate::model::SessionId;
use crate::queries;
use crate::views::sessions::SessionsPage;

const LIST: &str = "/users/me/sessions";

/// `GET /users/me/sessions`
pub async fn index(State(app): State<App>, user: CurrentUser, jar: CookieJar) -> Answer {
    let mut headers = HeaderMap::new();
    let flash = flash::take(&app, &jar, &mut headers);
    let page = app.reader.read(|db| {
        Ok(SessionsPage {
            site: html::site_of(queries::accounts::account(db)?.as_ref()),
            viewer: html::viewer(db, user.id)?,
            sessions: queries::sessions::of_user(db, user.id, clock::now())?,
            current: user.session_id,
            flash,
        })
    })?;
    Ok((headers, html::secret_page(StatusCode::OK, &page)?).into_response())
}

/// `POST /users/me/sessions/:id/delete`: ending the session that asks is signing out.
pub async fn destroy(
    State(app): State<App>,
    user: CurrentUser,
    session: Session,
    Ids(id): Ids<SessionId>,
) -> Answer {
    if id == user.session_id {
        return sessions::destroy(State(app), user, session).await;
    }
    app.writer.run(EndOwnSession { user_id: user.id, session_id: id }).await?;
    flash::redirect(&app, LIST, flash::SESSION_ENDED)
}

/// `POST /users/me/sessions/delete`
pub async fn destroy_others(State(app): State<App>, user: CurrentUser) -> Answer {
    let ended =
        app.writer.run(EndOtherSessions { user_id: user.id, session_id: user.session_id }).await?;
    tracing::info!(user_id = %user.id, ended, "ended all other sessions");
    flash::redirect(&app, LIST, flash::OTHERS_ENDED)
}
