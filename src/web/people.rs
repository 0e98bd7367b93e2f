//! The people of the account, as administrators handle them: roles and removals.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::error::Answer;
use super::extract::{Administrator, CurrentUser, Fields, Ids, Wants};
use super::{flash, html};
use crate::app::App;
use crate::commands::deactivations::DeactivateUser;
use crate::commands::roles::ChangeRole;
use crate::error::{Error, Result};
use crate::model::{Role, UserId};
use crate::queries;
use crate::views::accounts::PersonRow;

/// `POST /account/users/:id`: `role`; anything but `administrator` is a member.
pub async fn update(
    State(app): State<App>,
    Administrator(user): Administrator,
    Ids(id): Ids<UserId>,
    wants: Wants,
    fields: Fields,
) -> Answer {
    let administrator = fields.text("role") == Role::Administrator.as_str();
    let changed =
        app.writer.run(ChangeRole { actor_id: user.id, user_id: id, administrator }).await;
    if changed.is_ok() {
        tracing::info!(actor_id = %user.id, user_id = %id, administrator, "a role was changed");
    }
    match (changed, wants) {
        (Ok(()), Wants::Fragment) => row(&app, &user, id, None),
        (Err(Error::Invalid(refused)), Wants::Fragment) => {
            let sentences: Vec<String> =
                refused.into_iter().map(|field| field.sentence.to_string()).collect();
            row(&app, &user, id, Some(sentences.join(" ")))
        }
        (Ok(()), _) => flash::redirect(&app, "/account/edit", flash::ROLE_CHANGED),
        (Err(error), _) => Err(error.into()),
    }
}

/// `POST /account/users/:id/delete`: nobody is deleted; they can no longer act.
pub async fn destroy(
    State(app): State<App>,
    Administrator(user): Administrator,
    Ids(id): Ids<UserId>,
    wants: Wants,
) -> Answer {
    // Bots have pages of their own, and nothing turns one into a person.
    if app.reader.read(|db| queries::users::by_id(db, id))?.role == Role::Bot {
        return Err(Error::NotFound.into());
    }
    let mark = uuid::Uuid::new_v4().to_string();
    let removed = app.writer.run(DeactivateUser { actor_id: user.id, user_id: id, mark }).await;
    if removed.is_ok() {
        tracing::info!(actor_id = %user.id, user_id = %id, "somebody was removed");
    }
    match (removed, wants) {
        // An empty answer takes the row away.
        (Ok(()), Wants::Fragment) => Ok(StatusCode::OK.into_response()),
        (Err(Error::Invalid(refused)), Wants::Fragment) => {
            let sentences: Vec<String> =
                refused.into_iter().map(|field| field.sentence.to_string()).collect();
            row(&app, &user, id, Some(sentences.join(" ")))
        }
        (Ok(()), _) => flash::redirect(&app, "/account/edit", flash::PERSON_REMOVED),
        (Err(error), _) => Err(error.into()),
    }
}

/// A person's line in the list as it is now.
fn row(app: &App, viewer: &CurrentUser, id: UserId, problem: Option<String>) -> Answer {
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let drawn: Result<Response> = app.reader.read(|db| {
        let row = PersonRow {
            person: queries::users::by_id(db, id)?,
            viewer_id: viewer.id,
            may_administer: queries::users::by_id(db, viewer.id)?.is_administrator(),
            problem,
        };
        Ok(html::fragment_with_status(status, &row))
    });
    Ok(drawn?)
}
