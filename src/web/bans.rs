//! Bans: shut somebody out, and let them in again.

use axum::extract::State;

use super::error::Answer;
use super::extract::{Administrator, Ids};
use super::flash;
use crate::app::App;
use crate::commands::bans::{BanUser, LiftBan};
use crate::model::UserId;

/// `POST /users/:id/ban`: what they wrote is removed after the answer.
pub async fn create(
    State(app): State<App>,
    Administrator(user): Administrator,
    Ids(id): Ids<UserId>,
) -> Answer {
    app.writer.run(BanUser { actor_id: user.id, user_id: id }).await?;
    tracing::info!(actor_id = %user.id, user_id = %id, "somebody was banned");
    flash::redirect(&app, &format!("/users/{id}"), flash::PERSON_BANNED)
}

/// `POST /users/:id/ban/delete`
pub async fn destroy(
    State(app): State<App>,
    Administrator(user): Administrator,
    Ids(id): Ids<UserId>,
) -> Answer {
    app.writer.run(LiftBan { actor_id: user.id, user_id: id }).await?;
    tracing::info!(actor_id = %user.id, user_id = %id, "a ban was lifted");
    flash::redirect(&app, &format!("/users/{id}"), flash::BAN_LIFTED)
}
