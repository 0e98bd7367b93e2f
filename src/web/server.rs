//! Takes connections, with limits on how long a peer may dawdle, and lets them finish at the end.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinHandle;
use tower::ServiceExt;

use super::extract::client_address::Peer;
use crate::app::App;

/// How long a request's head may take, and how long an idle connection is kept.
const HEAD_TIMEOUT: Duration = Duration::from_secs(15);
const MAX_HEADERS: usize = 100;
/// Room for one head; a longer one is refused with 431.
const READ_BUFFER: usize = 16 * 1024;
/// Connections at once that carry requests.
const MAX_CONNECTIONS: usize = 16_384;

/// The accepting task and the connections it has made.
pub struct Server {
    stop: oneshot::Sender<Duration>,
    accepting: JoinHandle<()>,
}

impl Server {
    /// Accepts no more, and waits at most `patience` for requests under way.
    pub async fn stop(self, patience: Duration) {
        let _ = self.stop.send(patience);
        let _ = self.accepting.await;
    }
}

pub fn start(listener: TcpListener, app: App) -> Server {
    let (stop, stopped) = oneshot::channel();
    let router = super::router(app);
    Server { stop, accepting: tokio::spawn(accept(listener, router, stopped)) }
}

async fn accept(listener: TcpListener, router: Router, mut stopped: oneshot::Receiver<Duration>) {
    let graceful = GracefulShutdown::new();
    let free = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let builder = connection_builder();
    let patience = loop {
        let accepted = tokio::select! {
            patience = &mut stopped => break patience.unwrap_or_default(),
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, most likely: others must close first.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let Ok(place) = free.clone().try_acquire_owned() else { continue };
        let _ = stream.set_nodelay(true);
        let peer = Peer(peer);
        let service = router.clone().map_request(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(peer);
            request.map(Body::new)
        });
        let connection = builder
            .serve_connection_with_upgrades(TokioIo::new(stream), TowerToHyperService::new(service))
            .into_owned();
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // A peer that breaks off or dawdles is not worth a line in the log.
            let _ = connection.await;
            drop(place);
        });
    };
    drop(listener);
    drop(router);
    if tokio::time::timeout(patience, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not finish in time");
    }
}

/// HTTP/1.1 with a timer: without one no timeout would ever act.
fn connection_builder() -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new()).http1_only();
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_headers(MAX_HEADERS)
        .max_buf_size(READ_BUFFER);
    builder
}
