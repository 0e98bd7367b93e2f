//! Rooms that are kept to be read: archived, and restored.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect};

use super::error::Answer;
use super::extract::RoomMember;
use crate::app::App;
use crate::commands::rooms::{ArchiveRoom, RestoreRoom};

/// `POST /rooms/:id/archive`
pub async fn create(State(app): State<App>, member: RoomMember) -> Answer {
    app.writer.run(ArchiveRoom { room_id: member.room_id, by: member.user.id }).await?;
    Ok(Redirect::to(&format!("/rooms/{}", member.room_id)).into_response())
}

/// `POST /rooms/:id/archive/delete`
pub async fn destroy(State(app): State<App>, member: RoomMember) -> Answer {
    app.writer.run(RestoreRoom { room_id: member.room_id, by: member.user.id }).await?;
    Ok(Redirect::to(&format!("/rooms/{}", member.room_id)).into_response())
}
