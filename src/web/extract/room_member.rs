//! A person in the room that the path names first. Who is not in it is told it is not there.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::{CurrentUser, Ids};
use crate::app::App;
use crate::error::Error;
use crate::model::RoomId;
use crate::web::error::Failure;

#[derive(Clone, Copy, Debug)]
pub struct RoomMember {
    pub user: CurrentUser,
    pub room_id: RoomId,
}

impl FromRequestParts<App> for RoomMember {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let user = <CurrentUser as FromRequestParts<App>>::from_request_parts(parts, app).await?;
        let Ids(room_id) = Ids::<RoomId>::from_request_parts(parts, app).await?;
        if !app.access.is_member(room_id, user.id) {
            return Err(Error::NotFound.into());
        }
        Ok(Self { user, room_id })
    }
}
