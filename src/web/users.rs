//! A person's page, one's own profile and stylesheet.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;

use super::error::Answer;
use super::extract::{CurrentUser, Ids};
use super::{html, rooms};
use crate::app::App;
use crate::db::Connection;
use crate::error::{Error, Result};
use crate::model::{RoomId, RoomKind, UserId};
use crate::queries;
use crate::views::involvements::Bell;
use crate::views::user_style::UserStyle;
use crate::views::users::{PersonPage, ProfilePage, ProfileRoom};

/// `GET /users/:id`
pub async fn show(State(app): State<App>, user: CurrentUser, Ids(id): Ids<UserId>) -> Answer {
    let page = app.reader.read(|db| {
        Ok(PersonPage {
            site: html::site_of(queries::accounts::account(db)?.as_ref()),
            viewer: html::viewer(db, user.id)?,
            user: queries::users::by_id(db, id)?,
        })
    })?;
    html::page(&page)
}

/// `GET /users/me/profile`
pub async fn profile(State(app): State<App>, user: CurrentUser) -> Answer {
    let page = app.reader.read(|db| {
        Ok(ProfilePage {
            site: html::site_of(queries::accounts::account(db)?.as_ref()),
            viewer: html::viewer(db, user.id)?,
            rooms: rooms_of(db, user.id)?,
        })
    })?;
    html::page(&page)
}

/// Every room of a person with its bell.
fn rooms_of(db: &Connection, user_id: UserId) -> Result<Vec<ProfileRoom>> {
    let rooms = queries::rooms::all_of_user(db, user_id)?;
    let pings: Vec<RoomId> = rooms
        .iter()
        .filter(|(room, _)| room.kind == RoomKind::Direct)
        .map(|(room, _)| room.id)
        .collect();
    let mut people = queries::sidebar::people_in(db, user_id, &pings)?;
    let shown = rooms.into_iter().map(|(room, involvement)| {
        let bell = Bell { room_id: room.id, kind: room.kind, involvement, on_profile: true };
        let others = people.remove(&room.id).unwrap_or_default();
        let title = room.name.unwrap_or_else(|| rooms::people_title(&others));
        ProfileRoom { title, bell, is_archived: room.archived_at.is_some() }
    });
    Ok(shown.collect())
}

/// `GET /users/me/style.css`: what depends on who looks, so that messages need not.
pub async fn style(user: CurrentUser) -> Answer {
    let css =
        UserStyle { user_id: user.id }.render().map_err(|error| Error::Internal(error.into()))?;
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
