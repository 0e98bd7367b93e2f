//! A bad line: a TCP proxy that can stall, swallow what is said, or break.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

const PASS: u8 = 0;
const STALL: u8 = 1;
const SWALLOW: u8 = 2;

/// A proxy in front of the server. It goes when dropped, and its connections with it.
pub struct Proxy {
    address: SocketAddr,
    mode: Arc<AtomicU8>,
    /// Rings whenever the mode changes; its number is that of the last cut.
    cut: watch::Sender<u64>,
    connections: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Opens a way to this address.
    pub async fn before(server: SocketAddr) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mode = Arc::new(AtomicU8::new(PASS));
        let (cut, cuts) = watch::channel(0);
        let connections = Arc::<AtomicUsize>::default();
        let task = tokio::spawn(accept(listener, server, mode.clone(), cuts, connections.clone()));
        Proxy { address, mode, cut, connections, task }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Connections that neither side has given up.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Lets everything through again.
    pub fn pass(&self) {
        self.set(PASS);
    }

    /// Holds back what is said from now on, in both directions.
    pub fn stall(&self) {
        self.set(STALL);
    }

    /// Takes what is said and passes none of it on: the peer looks alive and is not.
    pub fn swallow(&self) {
        self.set(SWALLOW);
    }

    /// Breaks every connection; new ones are possible at once.
    pub fn cut(&self) {
        self.cut.send_modify(|number| *number += 1);
    }

    fn set(&self, mode: u8) {
        self.mode.store(mode, Ordering::SeqCst);
        self.cut.send_modify(|_| {});
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.cut();
        self.task.abort();
    }
}

async fn accept(
    listener: TcpListener,
    server: SocketAddr,
    mode: Arc<AtomicU8>,
    cuts: watch::Receiver<u64>,
    connections: Arc<AtomicUsize>,
) {
    while let Ok((client, _)) = listener.accept().await {
        let (mode, cuts, connections) = (mode.clone(), cuts.clone(), connections.clone());
        tokio::spawn(async move {
            let Ok(onward) = TcpStream::connect(server).await else { return };
            connections.fetch_add(1, Ordering::SeqCst);
            let _ = (client.set_nodelay(true), onward.set_nodelay(true));
            let (client, onward) = (client.into_split(), onward.into_split());
            let up = carry(client.0, onward.1, mode.clone(), cuts.clone());
            let down = carry(onward.0, client.1, mode, cuts);
            // When one direction ends, the other one is of no use.
            tokio::select! { () = up => {}, () = down => {} }
            connections.fetch_sub(1, Ordering::SeqCst);
        });
    }
}

async fn carry(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mode: Arc<AtomicU8>,
    mut cuts: watch::Receiver<u64>,
) {
    let began = *cuts.borrow_and_update();
    let mut piece = vec![0; 16 * 1024];
    loop {
        let read = tokio::select! {
            read = from.read(&mut piece), if mode.load(Ordering::SeqCst) != STALL => read,
            _ = cuts.changed() => {
                if *cuts.borrow_and_update() != began {
                    return;
                }
                continue;
            }
        };
        let Ok(read @ 1..) = read else { return };
        if mode.load(Ordering::SeqCst) == SWALLOW {
            continue;
        }
        let written = tokio::select! {
            written = to.write_all(&piece[..read]) => written.is_ok(),
            _ = cut_after(began, cuts.clone()) => false,
        };
        if !written {
            return;
        }
    }
}

async fn cut_after(began: u64, mut cuts: watch::Receiver<u64>) {
    let _ = cuts.wait_for(|number| *number != began).await;
}
