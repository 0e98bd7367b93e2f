//! A line between a browser and the server that can be cut, silenced, or let no sockets through.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What the line does to those who come over it.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Line {
    Open,
    /// Requests pass, upgrades are answered 403: as proxies do that know no sockets.
    WithoutSockets,
    /// Nobody gets through.
    Cut,
}

/// A proxy in front of one server. It forwards bytes and reads only the head of the first request.
pub struct Proxy {
    pub base_url: String,
    line: Arc<AtomicU8>,
    /// Bytes from the server to browsers.
    carried: Arc<AtomicU64>,
    /// Whoever is connected is cut off or silenced with a new value: (cuts, silences).
    orders: watch::Sender<(u32, u32)>,
}

impl Proxy {
    pub async fn before(host: &str) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let line = Arc::new(AtomicU8::new(Line::Open as u8));
        let (orders, heard) = watch::channel((0, 0));
        let carried = Arc::new(AtomicU64::new(0));
        let (host, state, count) = (host.to_owned(), line.clone(), carried.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let way = (state.clone(), count.clone(), heard.clone());
                tokio::spawn(carry(stream, host.clone(), way));
            }
        });
        Proxy { base_url, line, carried, orders }
    }

    /// How new connections are treated from here on.
    pub fn is(&self, line: Line) {
        self.line.store(line as u8, Ordering::SeqCst);
    }

    /// How many bytes the server has sent over this line.
    pub fn carried(&self) -> u64 {
        self.carried.load(Ordering::SeqCst)
    }

    /// Breaks every connection there is.
    pub fn break_all(&self) {
        self.orders.send_modify(|orders| orders.0 += 1);
    }

    /// Leaves the connections there are open, and carries nothing over them any more.
    pub fn silence_all(&self) {
        self.orders.send_modify(|orders| orders.1 += 1);
    }
}

async fn carry(
    mut browser: TcpStream,
    host: String,
    (line, carried, mut orders): (Arc<AtomicU8>, Arc<AtomicU64>, watch::Receiver<(u32, u32)>),
) {
    orders.mark_unchanged();
    let silences = orders.borrow().1;
    let is = |state: Line| line.load(Ordering::SeqCst) == state as u8;
    if is(Line::Cut) {
        return;
    }
    let mut head = Vec::new();
    while !head.windows(4).any(|four| four == b"\r\n\r\n") {
        match browser.read_buf(&mut head).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
    }
    let asks = String::from_utf8_lossy(&head).to_lowercase();
    if is(Line::WithoutSockets) && asks.contains("upgrade: websocket") {
        let refusal = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        let _ = browser.write_all(refusal).await;
        return;
    }
    let Ok(mut server) = TcpStream::connect(&host).await else { return };
    if server.write_all(&head).await.is_err() {
        return;
    }
    let (mut from_browser, mut to_browser) = browser.split();
    let (mut from_server, mut to_server) = server.split();
    let down = async {
        let mut piece = vec![0; 16 * 1024];
        loop {
            let size = from_server.read(&mut piece).await?;
            if size == 0 {
                return to_browser.shutdown().await;
            }
            carried.fetch_add(size as u64, Ordering::SeqCst);
            to_browser.write_all(&piece[..size]).await?;
        }
    };
    let up = async {
        copy(&mut from_browser, &mut to_server).await?;
        to_server.shutdown().await
    };
    tokio::select! {
        _ = async { tokio::try_join!(down, up) } => return,
        _ = orders.changed() => {}
    }
    if orders.borrow().1 > silences {
        // Both ends stay open until the test is over, or the line is cut after all.
        let _ = orders.wait_for(|orders| orders.0 > 0).await;
    }
}
