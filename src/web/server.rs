//! Takes connections, with limits on how long a peer may dawdle, and lets them finish at the end.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tower::ServiceExt;

use super::extract::client_address::Peer;

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

pub fn start(listener: TcpListener, router: Router) -> Server {
    let (stop, stopped) = oneshot::channel();
    Server { stop, accepting: tokio::spawn(accept(listener, router, stopped)) }
}

async fn accept(listener: TcpListener, router: Router, mut stopped: oneshot::Receiver<Duration>) {
    let free = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let (last_request, finish) = watch::channel(());
    // Nothing is ever sent: the channel closes when the last connection has let go of its end.
    let (open, mut all_closed) = mpsc::channel::<()>(1);
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
        let connection = serve(stream, Peer(peer), router.clone(), finish.clone());
        let open = open.clone();
        tokio::spawn(async move {
            connection.await;
            drop((place, open));
        });
    };
    drop((listener, router, last_request, open));
    if tokio::time::timeout(patience, all_closed.recv()).await.is_err() {
        tracing::warn!("some requests did not finish in time");
    }
}

/// Answers one connection until it ends; after `finish` only the request under way.
async fn serve(stream: TcpStream, peer: Peer, router: Router, mut finish: watch::Receiver<()>) {
    let _ = stream.set_nodelay(true);
    let service = router.map_request(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        request.map(Body::new)
    });
    // HTTP/1.1 with a timer: without one no timeout would ever act.
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_headers(MAX_HEADERS)
        .max_buf_size(READ_BUFFER)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
        .with_upgrades();
    let mut connection = pin!(connection);
    // A peer that breaks off or dawdles is not worth a line in the log.
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = finish.changed() => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}
