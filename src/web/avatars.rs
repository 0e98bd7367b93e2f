//! A user's picture: initials on a colour until they choose one.

use askama::Template;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;

use super::error::Answer;
use super::extract::{CurrentUser, Ids};
use crate::app::App;
use crate::error::Error;
use crate::model::{Role, UserId};
use crate::queries;
use crate::views::avatar::{BotAvatar, InitialsAvatar};

/// `GET /users/:id/avatar`: its address changes when the picture does, so it may be kept.
pub async fn show(State(app): State<App>, _: CurrentUser, Ids(id): Ids<UserId>) -> Answer {
    let user = app.reader.read(|db| queries::users::by_id(db, id))?;
    let svg = match user.role {
        Role::Bot => BotAvatar::new(id).render(),
        Role::Member | Role::Administrator => InitialsAvatar::new(id, &user.name).render(),
    };
    let svg = svg.map_err(|error| Error::Internal(error.into()))?;
    let headers = [
        (header::CONTENT_TYPE, "image/svg+xml; charset=utf-8"),
        (header::CACHE_CONTROL, "private, max-age=1800, stale-while-revalidate=604800"),
    ];
    Ok((headers, svg).into_response())
}
