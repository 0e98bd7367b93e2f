//! Takes connections, encrypted or not, with limits on how long a peer may dawdle, and lets them
//! finish at the end.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, Request, Uri, Version, header};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use super::extract::client_address::Peer;
use crate::certificates::{HTTP_2, PROOF_PROTOCOL};

/// How long a request's head may take, and how long an idle connection is kept.
const HEAD_TIMEOUT: Duration = Duration::from_secs(15);
/// How long the two ends may take to agree on secrets.
const HANDSHAKE: Duration = Duration::from_secs(15);
const MAX_HEADERS: usize = 100;
/// Room for one head; a longer one is refused with 431.
const READ_BUFFER: usize = 16 * 1024;
/// Connections at once that carry requests.
const MAX_CONNECTIONS: usize = 16_384;
/// Requests at once on one connection of HTTP/2.
const MAX_STREAMS: u32 = 64;
/// One that carries them is ended this long after the last request began: the answers under way are
/// finished, and a browser that wants more opens another.
const IDLE: Duration = Duration::from_secs(60);
/// How often a quiet peer is asked for a sign, and how long it may take to give it.
const SIGN: Duration = Duration::from_secs(20);

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

/// Listens. Every address of a machine without IPv6 is every one of IPv4.
///
/// # Errors
/// What the system says: the address is in use, not ours, or not allowed.
pub async fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    match TcpListener::bind(address).await {
        Err(error)
            if address.is_ipv6()
                && address.ip().is_unspecified()
                && !matches!(
                    error.kind(),
                    io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied
                ) =>
        {
            TcpListener::bind((Ipv4Addr::UNSPECIFIED, address.port())).await
        }
        outcome => outcome,
    }
}

/// Answers, over TLS if it is said how.
pub fn start(listener: TcpListener, router: Router, tls: Option<Arc<ServerConfig>>) -> Server {
    let (stop, stopped) = oneshot::channel();
    let tls = tls.map(TlsAcceptor::from);
    Server { stop, accepting: tokio::spawn(accept(listener, router, tls, stopped)) }
}

async fn accept(
    listener: TcpListener,
    router: Router,
    tls: Option<TlsAcceptor>,
    mut stopped: oneshot::Receiver<Duration>,
) {
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
        let (router, finish, tls) = (router.clone(), finish.clone(), tls.clone());
        let open = open.clone();
        tokio::spawn(async move {
            let _ = stream.set_nodelay(true);
            match tls {
                None => serve_http1(stream, Peer(peer), router, finish).await,
                Some(tls) => serve_tls(stream, &tls, Peer(peer), router, finish).await,
            }
            drop((place, open));
        });
    };
    drop((listener, router, last_request, open));
    if timeout(patience, all_closed.recv()).await.is_err() {
        tracing::warn!("some requests did not finish in time");
    }
}

/// Agrees on secrets, then goes on in the version of HTTP that the peer likes best.
async fn serve_tls(
    stream: TcpStream,
    tls: &TlsAcceptor,
    peer: Peer,
    router: Router,
    mut finish: watch::Receiver<()>,
) {
    let agreed = tokio::select! {
        agreed = timeout(HANDSHAKE, tls.accept(stream)) => agreed,
        _ = finish.changed() => return,
    };
    // Scanners and those with an old page at a new name; not worth a line in the log.
    let Ok(Ok(stream)) = agreed else { return };
    match stream.get_ref().1.alpn_protocol() {
        // It has seen what it came for.
        Some(PROOF_PROTOCOL) => {}
        Some(HTTP_2) => serve_http2(stream, peer, router, finish).await,
        _ => serve_http1(stream, peer, router, finish).await,
    }
}

/// Answers one connection until it ends; after `finish` only the request under way.
async fn serve_http1<S>(stream: S, peer: Peer, router: Router, mut finish: watch::Receiver<()>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = router.map_request(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        request.map(Body::new)
    });
    // With a timer: without one no timeout would ever act.
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

/// The same for a connection that carries many requests at once.
async fn serve_http2<S>(stream: S, peer: Peer, router: Router, mut finish: watch::Receiver<()>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (asked, last_asked) = watch::channel(Instant::now());
    let service = router.map_request(move |mut request: Request<Incoming>| {
        asked.send_replace(Instant::now());
        request.extensions_mut().insert(peer);
        as_in_http1(request).map(Body::new)
    });
    let connection = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(READ_BUFFER as u32)
        .keep_alive_interval(SIGN)
        .keep_alive_timeout(SIGN)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    let mut connection = pin!(connection);
    let idle = async {
        loop {
            let quiet = last_asked.borrow().elapsed();
            match IDLE.checked_sub(quiet) {
                None | Some(Duration::ZERO) => return,
                Some(left) => tokio::time::sleep(left).await,
            }
        }
    };
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = finish.changed() => {}
        () = idle => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}

/// Everybody in the house reads the host from its header and the path from the address, as HTTP/1
/// has them.
fn as_in_http1(mut request: Request<Incoming>) -> Request<Incoming> {
    if request.version() == Version::HTTP_2 {
        let authority = request.uri().authority().map(|authority| authority.as_str());
        if let Some(host) = authority.and_then(|host| HeaderValue::from_str(host).ok()) {
            request.headers_mut().insert(header::HOST, host);
        }
        if let Some(path) = request.uri().path_and_query().cloned() {
            *request.uri_mut() = Uri::from(path);
        }
    }
    request
}
