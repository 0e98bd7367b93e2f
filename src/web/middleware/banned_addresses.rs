//! Nobody writes from a banned address, and nobody listens: writes are answered 429, sockets 403.
//! Pages may be read. Administrators who are signed in are let through, as a ban of an address
//! they share must not shut out those who can lift it.

use axum::extract::{FromRequestParts, Request, State};
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::web::error::Failure;
use crate::web::extract::{ClientAddress, CurrentUser};

pub async fn refuse(State(app): State<App>, request: Request, next: Next) -> Response {
    let opens_socket = request.headers().contains_key(header::UPGRADE);
    let only_reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if only_reads && !opens_socket {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    if is_shut_out(&mut parts, &app).await {
        return Failure::BannedAddress { opens_socket }.into_response();
    }
    next.run(Request::from_parts(parts, body)).await
}

async fn is_shut_out(parts: &mut axum::http::request::Parts, app: &App) -> bool {
    let Ok(ClientAddress(address)) = ClientAddress::from_request_parts(parts, app).await;
    if !app.access.is_banned(address) {
        return false;
    }
    let user = <CurrentUser as FromRequestParts<App>>::from_request_parts(parts, app).await;
    !user.is_ok_and(|user| user.is_administrator)
}
