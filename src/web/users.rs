//! A person's page, and one's own stylesheet.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use axum_extra::extract::cookie::CookieJar;

use super::error::Answer;
use super::extract::{CurrentUser, Ids};
use super::{flash, html, transfers};
use crate::app::App;
use crate::error::Error;
use crate::model::UserId;
use crate::queries;
use crate::views::user_style::UserStyle;
use crate::views::users::PersonPage;

/// `GET /users/:id`
pub async fn show(
    State(app): State<App>,
    user: CurrentUser,
    Ids(id): Ids<UserId>,
    jar: CookieJar,
    headers: HeaderMap,
) -> Answer {
    let mut forget = HeaderMap::new();
    let said = flash::take(&app, &jar, &mut forget);
    let page = app.reader.read(|db| {
        Ok(PersonPage {
            site: html::site_of(queries::accounts::account(db)?.as_ref()),
            viewer: html::viewer(db, user.id)?,
            user: queries::users::by_id(db, id)?,
            transfer: transfers::fresh_link(&app, db, &jar, &headers, id)?,
            flash: said,
        })
    })?;
    let mut response = if page.transfer.is_some() {
        html::secret_page(StatusCode::OK, &page)?
    } else {
        html::page(&page)?
    };
    response.headers_mut().extend(forget);
    Ok(response)
}

/// `GET /users/me/style.css`: what depends on who looks, so that messages need not.
pub async fn style(user: CurrentUser) -> Answer {
    let style = UserStyle { user_id: user.id, is_administrator: user.is_administrator };
    let css = style.render().map_err(|error| Error::Internal(error.into()))?;
    let kind = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "private, max-age=300"),
        (header::VARY, "Cookie"),
    ];
    Ok((kind, css).into_response())
}

/// Scheme and host that links to this server begin with: the configured ones, else those the
/// request was sent to.
pub fn origin(app: &App, headers: &HeaderMap) -> String {
    if let Some(url) = &app.config.base_url {
        return url.origin.clone();
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    format!("http://{host}")
}
