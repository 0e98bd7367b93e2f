//! A user's picture: taken in, shown, taken away. Initials on a colour until they choose one.

use std::io::{BufReader, Read};

use askama::Template;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::error::Answer;
use super::extract::upload::{Content, Upload};
use super::extract::{CurrentUser, Ids};
use super::flash;
use super::middleware::security_headers::FILE_POLICY;
use crate::app::App;
use crate::commands::profiles::RemoveAvatar;
use crate::error::{Error, Result};
use crate::model::{Role, User, UserId};
use crate::pictures::{self, AVATAR_SIDE};
use crate::queries;
use crate::views::avatar::{BotAvatar, InitialsAvatar};
use crate::words;

/// The name of the form's field.
pub const FIELD: &str = "avatar";
/// Said where a picture could be chosen, and to who sends one nevertheless.
pub const SWITCHED_OFF: words::Word = words::pictures_switched_off;
const FOR_EVER: &str = "private, max-age=31536000, immutable";

/// Why a picture was not taken: a sentence for beside the field, and the status that goes with it.
pub enum NotTaken {
    Refused(StatusCode, String),
    Failed(Error),
}

/// Makes a stored picture of what came with a form. None came: none is stored.
pub async fn take_in(
    app: &App,
    file: Option<Upload>,
) -> std::result::Result<Option<String>, NotTaken> {
    let Some(file) = file.filter(|file| file.field == FIELD) else { return Ok(None) };
    if !app.config.avatars_enabled {
        return Err(NotTaken::Refused(StatusCode::FORBIDDEN, SWITCHED_OFF().to_owned()));
    }
    let mut sent = match file.content {
        Content::Whole(sent) => sent,
        Content::TooLarge => {
            return Err(NotTaken::Refused(
                StatusCode::PAYLOAD_TOO_LARGE,
                words::picture_too_large().to_owned(),
            ));
        }
    };
    if sent.byte_size() == 0 {
        return Err(NotTaken::Refused(
            StatusCode::UNPROCESSABLE_ENTITY,
            words::file_is_empty().to_owned(),
        ));
    }
    let files = app.files.clone();
    let worked = app.pictures.work(FIELD, move || {
        let source = match sent.contents() {
            Ok(file) => BufReader::new(file),
            Err(error) => return Ok(Err(error)),
        };
        let square = pictures::squared(source, AVATAR_SIDE)?;
        Ok(files.store(&pictures::smallest(&square)?))
    });
    match worked.await {
        Ok(Ok(key)) => Ok(Some(key)),
        Ok(Err(error)) => {
            tracing::error!(%error, "a picture could not be stored");
            Err(NotTaken::Failed(Error::Busy))
        }
        Err(Error::Invalid(fields)) => {
            let sentences: Vec<String> =
                fields.into_iter().map(|field| field.sentence.to_string()).collect();
            Err(NotTaken::Refused(StatusCode::UNPROCESSABLE_ENTITY, sentences.join(" ")))
        }
        Err(error) => Err(NotTaken::Failed(error)),
    }
}

/// Deletes the file of a picture nobody shows any more. One that stays costs space only.
pub fn forget(app: &App, key: Option<String>) {
    let Some(key) = key else { return };
    if let Err(error) = app.files.delete(&key) {
        tracing::warn!(%error, "the file of an old picture could not be deleted");
    }
}

/// `POST /users/me/avatar/delete`
pub async fn destroy(State(app): State<App>, user: CurrentUser) -> Answer {
    let removed = app.writer.run(RemoveAvatar { user_id: user.id }).await?;
    forget(&app, removed);
    flash::redirect(&app, "/users/me/profile", flash::PICTURE_REMOVED)
}

#[derive(Deserialize)]
pub struct Version {
    #[serde(default)]
    v: String,
}

/// `GET /users/:id/avatar`: its address changes when the picture does, so it may be kept.
pub async fn show(
    State(app): State<App>,
    _: CurrentUser,
    Ids(id): Ids<UserId>,
    Query(asked): Query<Version>,
    headers: HeaderMap,
) -> Answer {
    let (user, key) = app
        .reader
        .read(|db| Ok((queries::users::by_id(db, id)?, queries::users::avatar_key(db, id)?)))?;
    let version = user.avatar_changed_at.map_or(0, |at| at.0);
    let tag = format!("\"{id}-{version}\"");
    let kept =
        headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let mut response = if kept {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        match key.and_then(|key| stored(&app, &key)) {
            Some(picture) => picture,
            None => drawn(&user)?,
        }
    };
    let is_current = asked.v == version.to_string();
    let caching = if is_current { FOR_EVER } else { "private, no-cache" };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(FILE_POLICY));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    Ok(response)
}

/// The chosen picture; none if its file is lost, as initials are better than a hole.
fn stored(app: &App, key: &str) -> Option<Response> {
    let mut bytes = Vec::new();
    if let Err(error) = app.files.open(key).and_then(|mut file| file.read_to_end(&mut bytes)) {
        tracing::warn!(%error, "the file of a picture could not be read");
        return None;
    }
    let kind = [
        (header::CONTENT_TYPE, pictures::media_type(&bytes)),
        (header::CONTENT_DISPOSITION, "inline; filename=\"avatar\""),
    ];
    Some((kind, bytes).into_response())
}

fn drawn(user: &User) -> Result<Response> {
    let svg = match user.role {
        Role::Bot => BotAvatar::new(user.id).render(),
        Role::Member | Role::Administrator => InitialsAvatar::new(user.id, &user.name).render(),
    };
    let svg = svg.map_err(|error| Error::Internal(error.into()))?;
    Ok(([(header::CONTENT_TYPE, "image/svg+xml; charset=utf-8")], svg).into_response())
}
