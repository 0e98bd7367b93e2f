//! Whether the server is alive, and whether it can write.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::html::VERSION;
use crate::app::App;
use crate::queries;

/// `GET /up`: alive.
pub async fn up() -> &'static str {
    "ok\n"
}

/// `GET /health`: alive, reading, writing. 503 while writes fail.
pub async fn health(State(app): State<App>) -> Response {
    let database = app.reader.read(queries::accounts::account).is_ok();
    let writes = app.writer.health().failure().is_none();
    let well = database && writes;
    let word = |fine: bool| if fine { "ok" } else { "failing" };
    let answer = json!({
        "status": word(well),
        "database": word(database),
        "writer": word(writes),
        "version": VERSION,
    });
    let status = if well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, axum::Json(answer)).into_response()
}

/// `GET /robots.txt`: nothing here is for search engines.
pub async fn robots() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], "User-agent: *\nDisallow: /\n")
}
