//! Listeners: WebSocket clients of our own, all on one thread, that count the changes they are sent.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

/// How long a frame may take to reach everybody.
const PATIENCE: Duration = Duration::from_secs(60);
/// Connections that are opened at the same time.
const AT_ONCE: usize = 64;

/// Sockets that listen until this is let go of.
pub struct Listeners {
    count: usize,
    /// Bytes of text frames with a mark, one by one.
    heard: Arc<AtomicUsize>,
    whole: Receiver<()>,
    _end: oneshot::Sender<()>,
}

impl Listeners {
    /// Opens so many; each sends `hello` first, if there is one, and waits for the end of a head.
    /// `mark` stands in every frame that counts.
    pub fn open(
        address: SocketAddr,
        count: usize,
        hello: Option<String>,
        mark: &'static [u8],
    ) -> Result<Self> {
        let heard = Arc::new(AtomicUsize::new(0));
        let (tell, whole) = channel();
        let (end, ended) = oneshot::channel::<()>();
        let (ready, opened) = channel::<Result<()>>();
        let counter = heard.clone();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let Ok(runtime) = runtime else { return };
            runtime.block_on(async move {
                let hello = hello.map(Arc::<str>::from);
                let mut left = count;
                while left > 0 {
                    let some: Vec<_> = (0..left.min(AT_ONCE))
                        .map(|_| tokio::spawn(connect(address, hello.clone())))
                        .collect();
                    left -= some.len();
                    for connecting in some {
                        let connected = connecting.await.map_err(Into::into).flatten();
                        match connected {
                            Ok((stream, bytes)) => {
                                let (counter, tell) = (counter.clone(), tell.clone());
                                tokio::spawn(async move {
                                    let heard = || {
                                        let heard = counter.fetch_add(1, Ordering::Relaxed) + 1;
                                        if heard.is_multiple_of(count) {
                                            let _ = tell.send(());
                                        }
                                    };
                                    let _ = listen(stream, bytes, mark, heard).await;
                                });
                            }
                            Err(error) => return drop(ready.send(Err(error))),
                        }
                    }
                }
                let _ = ready.send(Ok(()));
                let _ = ended.await;
            });
        });
        opened.recv_timeout(PATIENCE)??;
        Ok(Self { count, heard, whole, _end: end })
    }

    /// Waits until everybody has heard one more.
    pub fn wait(&self) -> Result<()> {
        self.whole.recv_timeout(PATIENCE).with_context(|| {
            let heard = self.heard.load(Ordering::Relaxed);
            format!("{} of {} have heard it", heard % self.count, self.count)
        })
    }
}

/// Connects and gives what came behind the head.
async fn connect(address: SocketAddr, hello: Option<Arc<str>>) -> Result<(TcpStream, Vec<u8>)> {
    let mut stream = TcpStream::connect(address).await?;
    let mut bytes = Vec::new();
    let Some(hello) = hello else { return Ok((stream, bytes)) };
    stream.write_all(hello.as_bytes()).await?;
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            ensure!(bytes.starts_with(b"HTTP/1.1 101"), "the server does not upgrade");
            bytes.drain(..end + 4);
            return Ok((stream, bytes));
        }
        ensure!(stream.read_buf(&mut bytes).await? > 0, "the server hung up");
    }
}

async fn listen(
    mut stream: TcpStream,
    mut bytes: Vec<u8>,
    mark: &[u8],
    heard: impl Fn(),
) -> Result<()> {
    loop {
        let mut at = 0;
        while let Some((start, end)) = frame(&bytes[at..]) {
            if bytes[at + start..at + end].windows(mark.len()).any(|part| part == mark) {
                heard();
            }
            at += end;
        }
        bytes.drain(..at);
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(());
        }
        // Idle listeners must not cost us what they are said to cost the server.
        if bytes.is_empty() {
            bytes.shrink_to(0);
        }
    }
}

/// Where the payload of the first frame begins and ends, if it is whole.
fn frame(bytes: &[u8]) -> Option<(usize, usize)> {
    let short = usize::from(*bytes.get(1)? & 0x7f);
    let (start, length) = match short {
        126 => (4, usize::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?))),
        127 => {
            let length = u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?);
            (10, usize::try_from(length).ok()?)
        }
        _ => (2, short),
    };
    (bytes.len() >= start + length).then_some((start, start + length))
}
