//! Where people come by plain HTTP while the server has a certificate: they are led to https.

use axum::Router;
use axum::http::{StatusCode, Uri, header};

/// Answers everything with the same path at `origin`. The method stays what it is.
pub fn router(origin: &str) -> Router {
    let origin = origin.to_owned();
    Router::new().fallback(move |uri: Uri| {
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let to = format!("{origin}{path}");
        async move { (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, to)]) }
    })
}
