//! A person in the room of the message that the path names first. Who is not in it is told that
//! there is no such message.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::{CurrentUser, Ids};
use crate::app::App;
use crate::error::Error;
use crate::model::{MessageId, RoomId};
use crate::queries;
use crate::web::error::Failure;

#[derive(Clone, Copy, Debug)]
pub struct MessageMember {
    pub user: CurrentUser,
    pub room_id: RoomId,
    pub message_id: MessageId,
}

impl FromRequestParts<App> for MessageMember {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let user = <CurrentUser as FromRequestParts<App>>::from_request_parts(parts, app).await?;
        let Ids(message_id) = Ids::<MessageId>::from_request_parts(parts, app).await?;
        let room_id = app.reader.read(|db| queries::messages::room_of(db, message_id))?;
        if !app.access.is_member(room_id, user.id) {
            return Err(Error::NotFound.into());
        }
        Ok(Self { user, room_id, message_id })
    }
}
