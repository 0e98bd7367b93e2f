//! Light or dark, as chosen on this device.

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;

use super::cookies;
use super::error::Answer;
use super::extract::{CurrentUser, Fields};
use crate::app::App;
use crate::error::Error;
use crate::model::Theme;

tokio::task_local! {
    /// Every page of a request has one look, error pages included; handing it through each
    /// handler would only invite one to forget it.
    static CHOSEN: Theme;
}

/// Reads the choice before anything is drawn.
pub async fn apply(State(app): State<App>, request: Request, next: Next) -> Response {
    let chosen = cookies::theme(&app, &CookieJar::from_headers(request.headers()));
    CHOSEN.scope(chosen, next.run(request)).await
}

/// The look of the request that is being answered.
pub fn chosen() -> Theme {
    CHOSEN.try_with(|theme| *theme).unwrap_or_default()
}

/// `POST /users/me/theme`
pub async fn update(State(app): State<App>, _: CurrentUser, fields: Fields) -> Answer {
    let theme = Theme::parse(fields.text("theme"))
        .ok_or_else(|| Error::invalid("theme", "Choose system, light or dark."))?;
    let mut headers = HeaderMap::new();
    cookies::remember_theme(&app, &mut headers, theme);
    cookies::leave_notice(&app, &mut headers, super::flash::THEME_CHANGED);
    Ok((headers, Redirect::to("/users/me/profile")).into_response())
}
