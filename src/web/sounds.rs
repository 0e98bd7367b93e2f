//! The sounds an operator has added.

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::IntoResponse;

use super::error::Answer;
use super::extract::CurrentUser;
use super::middleware::security_headers::FILE_POLICY;
use crate::app::App;
use crate::error::Error;

/// `GET /sounds/:name`
pub async fn show(State(app): State<App>, _: CurrentUser, Path(name): Path<String>) -> Answer {
    let (bytes, kind) = app.sounds.read(&name).ok_or(Error::NotFound)?;
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, FILE_POLICY),
        (header::CACHE_CONTROL, "private, max-age=3600"),
    ];
    Ok((headers, bytes).into_response())
}
