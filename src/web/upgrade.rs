//! Turns a request into a WebSocket on which the peer can say only so much.
//!
//! Done here and not by axum, as it keeps the connection to itself: what a peer sends has to be
//! counted below the protocol, where a flood of empty frames can be seen, and a connection has to
//! be read to its end after the last word, or the kernel would take that word back.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::time::{Instant, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

/// What the protocol layer takes at most as one frame or message, in bytes.
const MAX_FRAME: usize = 16 * 1024;
/// Room for the largest frame we send, a page of the longest messages. What is queued behind it
/// waits in the hub, where all sockets share the bytes.
const MAX_UNSENT: usize = 8 * 1024 * 1024;
/// Bytes a peer may send at once, and in each second after that. A page of ours says less than a
/// hundred in a second.
const BURST: f64 = 64.0 * 1024.0;
const EACH_SECOND: f64 = 4.0 * 1024.0;
/// Bytes kept for what a peer says, for as long as it is connected: its words are short.
const READ_AT_ONCE: usize = 512;
/// What is still read of a connection that is over, and for how long.
const MAX_DRAINED: u64 = 4 * 1024 * 1024;
const DRAIN_FOR: Duration = Duration::from_secs(2);

/// An open WebSocket.
pub type Line = WebSocketStream<Metered<TokioIo<Upgraded>>>;

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
        converse: impl FnOnce(Line) -> F + Send + 'static,
    ) -> Response {
        tokio::spawn(async move {
            let Ok(upgraded) = self.on_upgrade.await else { return };
            let metered = Metered::new(TokioIo::new(upgraded));
            let config = WebSocketConfig::default()
                .read_buffer_size(READ_AT_ONCE)
                .write_buffer_size(8 * 1024)
                .max_write_buffer_size(MAX_UNSENT)
                .max_message_size(Some(MAX_FRAME))
                .max_frame_size(Some(MAX_FRAME));
            let line = WebSocketStream::from_raw_socket(metered, Role::Server, Some(config)).await;
            converse(line).await;
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

/// Ends a connection on which everything has been said.
pub async fn hang_up(mut line: Line) {
    let metered = line.get_mut();
    metered.is_over = true;
    let ending = async {
        let _ = metered.inner.shutdown().await;
        let _ = tokio::io::copy(&mut metered.take(MAX_DRAINED), &mut tokio::io::sink()).await;
    };
    let _ = timeout(DRAIN_FOR, ending).await;
}

/// Reads no more from a peer than it may say.
pub struct Metered<S> {
    inner: S,
    /// Bytes that may be read just now.
    allowance: f64,
    counted_at: Instant,
    /// Nobody listens any more, so it does not matter how much is said.
    is_over: bool,
}

impl<S> Metered<S> {
    fn new(inner: S) -> Self {
        Self { inner, allowance: BURST, counted_at: Instant::now(), is_over: false }
    }

    /// Whether so many bytes more are within what may be said.
    fn allows(&mut self, bytes: usize, now: Instant) -> bool {
        let since = now.duration_since(self.counted_at).as_secs_f64();
        self.counted_at = now;
        self.allowance = (self.allowance + since * EACH_SECOND).min(BURST) - bytes as f64;
        self.is_over || self.allowance >= 0.0
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Metered<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.inner).poll_read(context, buffer);
        let bytes = buffer.filled().len() - before;
        if bytes > 0 && !self.allows(bytes, Instant::now()) {
            return Poll::Ready(Err(io::ErrorKind::QuotaExceeded.into()));
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Metered<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_peer_may_say_a_little_for_ever_and_much_only_once() {
        let mut metered = Metered::new(tokio::io::empty());
        let start = Instant::now();
        for second in 0..10_000 {
            assert!(metered.allows(1_000, start + Duration::from_secs(second)));
        }
        let later = start + Duration::from_secs(20_000);
        assert!(metered.allows(BURST as usize, later));
        assert!(!metered.allows(1, later));
    }
}
