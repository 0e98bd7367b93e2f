//! Turns a request into a WebSocket.
//!
//! Done here and not by axum, as it keeps the connection to itself: what a peer sends has to be
//! counted below the protocol, where a flood of empty frames can be seen, and a connection has to
//! be read to its end after the last word, or the kernel would take that word back.

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::line::Line;
use crate::live::SocketThreads;

/// The line of somebody who asked over HTTP.
pub type OpenLine = Line<TokioIo<Upgraded>>;

/// A request that may become a WebSocket.
pub struct Upgrade {
    on_upgrade: OnUpgrade,
    accept: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Upgrade {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        let asks = names(&parts.headers, &header::CONNECTION, "upgrade")
            && names(&parts.headers, &header::UPGRADE, "websocket");
        let version = parts.headers.get(header::SEC_WEBSOCKET_VERSION);
        let key = parts.headers.get(header::SEC_WEBSOCKET_KEY);
        let on_upgrade = parts.extensions.remove::<OnUpgrade>();
        match (asks, version, key, on_upgrade) {
            (true, Some(version), Some(key), Some(on_upgrade)) if version == "13" => {
                Ok(Self { on_upgrade, accept: derive_accept_key(key.as_bytes()) })
            }
            (true, Some(version), ..) if version != "13" => {
                let known = [(header::SEC_WEBSOCKET_VERSION, "13")];
                Err((StatusCode::UPGRADE_REQUIRED, known).into_response())
            }
            _ => Err(StatusCode::BAD_REQUEST.into_response()),
        }
    }
}

fn names(headers: &HeaderMap, header: &HeaderName, word: &str) -> bool {
    let values = headers.get_all(header).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|part| part.trim().eq_ignore_ascii_case(word))
}

impl Upgrade {
    /// Accepts, and hands the open line over as soon as the peer can hear it.
    pub fn accept<F: Future<Output = ()> + Send>(
        self,
        threads: &SocketThreads,
        converse: impl FnOnce(OpenLine) -> F + Send + 'static,
    ) -> Response {
        threads.spawn(async move {
            let Ok(upgraded) = self.on_upgrade.await else { return };
            converse(Line::over(TokioIo::new(upgraded)).await).await;
        });
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = [
            (header::CONNECTION, "upgrade"),
            (header::UPGRADE, "websocket"),
            (header::SEC_WEBSOCKET_ACCEPT, self.accept.as_str()),
        ];
        (headers, response).into_response()
    }
}
