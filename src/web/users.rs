//! A person's page, one's own sidebar and stylesheet.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use axum_extra::extract::cookie::CookieJar;

use super::error::Answer;
use super::extract::{CurrentUser, Ids};
use super::{flash, html, transfers};
use crate::app::App;
use crate::db::Connection;
use crate::error::{Error, Result};
use crate::model::{RoomId, UserId};
use crate::queries;
use crate::views::sidebar::{Sidebar, SidebarPage, SidebarRoom};
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

/// `GET /users/me/sidebar`: the sidebar as a page of its own.
pub async fn sidebar(State(app): State<App>, user: CurrentUser) -> Answer {
    let page = app.reader.read(|db| {
        Ok(SidebarPage {
            site: html::site_of(queries::accounts::account(db)?.as_ref()),
            viewer: html::viewer(db, user.id)?,
            sidebar: sidebar_of(db, &user, None)?,
        })
    })?;
    html::page(&page)
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

/// What a user's sidebar lists.
pub fn sidebar_of(db: &Connection, user: &CurrentUser, current: Option<RoomId>) -> Result<Sidebar> {
    let rooms = queries::rooms::listed(db, user.id)?;
    let rooms = rooms.into_iter().map(|room| SidebarRoom {
        room_id: room.id,
        current: current == Some(room.id),
        // Who looks at a room is reading it.
        unread: if current == Some(room.id) { 0 } else { room.unread },
        name: room.name,
    });
    Ok(Sidebar { pings: Vec::new(), rooms: rooms.collect(), can_create_rooms: false })
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
