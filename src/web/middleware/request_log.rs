//! One line for each request, counted by its route, with an id that an error page shows too. The route is logged, not
//! the path: paths hold join codes, transfer tokens and bot keys.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;

use crate::app::App;

/// Names a request in the log and to the person who meets an error.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

pub async fn log(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let id = format!("{:016x}", rand::random::<u64>());
    let route =
        request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    let span = tracing::info_span!("request", id);
    request.extensions_mut().insert(RequestId(id));
    async move {
        let begun = Instant::now();
        let response = next.run(request).await;
        let took = begun.elapsed();
        app.requests.add(&method, &route, response.status(), took);
        let status = response.status().as_u16();
        let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        if route == "/up" || route.starts_with("/assets/") {
            tracing::debug!(%method, route, status, took_us, "answered");
        } else {
            tracing::info!(%method, route, status, took_us, "answered");
        }
        response
    }
    .instrument(span)
    .await
}
