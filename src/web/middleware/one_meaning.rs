//! Turns away requests that two programs could read in two ways, or that are out of proportion.

use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Longest path with its query, in bytes.
const MAX_URI: usize = 8 * 1024;

pub async fn require(request: Request, next: Next) -> Response {
    // HTTP/1.0 clients may leave the host out; nobody may name two.
    if request.headers().get_all(header::HOST).iter().count() > 1 {
        return (StatusCode::BAD_REQUEST, [(header::CONNECTION, "close")]).into_response();
    }
    let length = request.uri().path_and_query().map_or(0, |path| path.as_str().len());
    if length > MAX_URI {
        return (StatusCode::URI_TOO_LONG, [(header::CONNECTION, "close")]).into_response();
    }
    next.run(request).await
}
