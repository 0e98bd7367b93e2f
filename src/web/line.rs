//! An open WebSocket on which a peer can say only so much, and hears texts whose bytes all open
//! pages share.
//!
//! The protocol layer copies what it sends into a buffer of its own, one for each socket, and keeps
//! it. Texts of ours go past it: their heads are a few bytes, and what they hold is written from
//! where it was drawn. All else, and all that is heard, stays the protocol layer's.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::time::{Instant, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};

/// What the protocol layer takes at most as one frame or message, in bytes.
const MAX_FRAME: usize = 16 * 1024;
/// Bytes a peer may send at once, and in each second after that. A page of ours says less than a
/// hundred in a second.
const BURST: f64 = 64.0 * 1024.0;
const EACH_SECOND: f64 = 4.0 * 1024.0;
/// Bytes kept for what a peer says, for as long as it is connected: its words are short.
const READ_AT_ONCE: usize = 512;
/// What is still read of a connection that is over, and for how long.
const MAX_DRAINED: u64 = 4 * 1024 * 1024;
const DRAIN_FOR: Duration = Duration::from_secs(2);
/// What stands before a frame of the server's at most, in bytes.
const MAX_HEAD: usize = 10;
/// Texts given to the system in one call.
const WRITTEN_AT_ONCE: usize = 16;

/// An open WebSocket.
pub struct Line<S> {
    socket: WebSocketStream<Metered<S>>,
    /// Texts that the next flush sends.
    queued: VecDeque<Unsent>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Line<S> {
    /// The server's end of a connection that was upgraded.
    pub async fn over(stream: S) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_AT_ONCE)
            .write_buffer_size(0)
            .max_message_size(Some(MAX_FRAME))
            .max_frame_size(Some(MAX_FRAME));
        let metered = Metered::new(stream);
        let socket = WebSocketStream::from_raw_socket(metered, Role::Server, Some(config)).await;
        Self { socket, queued: VecDeque::new() }
    }

    /// The next thing the peer says; none when it is gone.
    pub async fn next(&mut self) -> Option<Result<Message, Error>> {
        self.socket.next().await
    }

    /// Sends something that is no text of ours: a ping, the last word. It overtakes texts of which
    /// nothing was sent yet, and they are given up.
    ///
    /// # Errors
    /// The connection is broken.
    pub async fn send(&mut self, message: Message) -> Result<(), Error> {
        self.queued.clear();
        self.socket.get_mut().unsent.retain(|text| text.taken > 0);
        self.socket.send(message).await
    }

    /// Puts a text behind those that the next flush sends.
    pub fn queue(&mut self, text: Utf8Bytes) {
        self.queued.push_back(Unsent::new(text));
    }

    /// Sends what is queued, all of it in one call if the system takes it. A flush that was given up
    /// half way harms nothing: whatever is sent next begins with the rest.
    ///
    /// # Errors
    /// The connection is broken.
    pub async fn flush(&mut self) -> Result<(), Error> {
        // First what the protocol layer may have sent a part of; no text may stand in its middle.
        self.socket.flush().await?;
        let metered = self.socket.get_mut();
        metered.unsent.append(&mut self.queued);
        self.queued = VecDeque::new();
        poll_fn(|context| metered.poll_unsent(context)).await.map_err(Error::Io)
    }

    /// Ends a connection on which everything has been said.
    pub async fn hang_up(&mut self) {
        let metered = self.socket.get_mut();
        metered.is_over = true;
        let ending = async {
            let _ = metered.inner.shutdown().await;
            let _ = tokio::io::copy(&mut metered.take(MAX_DRAINED), &mut tokio::io::sink()).await;
        };
        let _ = timeout(DRAIN_FOR, ending).await;
    }
}

/// A text with its head, and how much of both the system has taken.
struct Unsent {
    head: [u8; MAX_HEAD],
    head_size: usize,
    text: Utf8Bytes,
    taken: usize,
}

impl Unsent {
    fn new(text: Utf8Bytes) -> Self {
        let header = FrameHeader { opcode: OpCode::Data(Data::Text), ..FrameHeader::default() };
        let mut head = [0; MAX_HEAD];
        let mut room = head.as_mut_slice();
        // The room is as large as the largest head.
        let _ = header.format(text.len() as u64, &mut room);
        let head_size = MAX_HEAD - room.len();
        Self { head, head_size, text, taken: 0 }
    }

    /// What is left of the head and of the text.
    fn rest(&self) -> [&[u8]; 2] {
        let head = self.head.get(self.taken..self.head_size).unwrap_or_default();
        let of_text = self.taken.saturating_sub(self.head_size);
        [head, self.text.as_bytes().get(of_text..).unwrap_or_default()]
    }

    fn left(&self) -> usize {
        self.head_size + self.text.len() - self.taken
    }
}

/// Reads no more from a peer than it may say, and writes the shared texts before anything else.
struct Metered<S> {
    inner: S,
    unsent: VecDeque<Unsent>,
    /// Bytes that may be read just now.
    allowance: f64,
    counted_at: Instant,
    /// Nobody listens any more, so it does not matter how much is said.
    is_over: bool,
}

impl<S> Metered<S> {
    fn new(inner: S) -> Self {
        let unsent = VecDeque::new();
        Self { inner, unsent, allowance: BURST, counted_at: Instant::now(), is_over: false }
    }

    /// Whether so many bytes more are within what may be said.
    fn allows(&mut self, bytes: usize, now: Instant) -> bool {
        let since = now.duration_since(self.counted_at).as_secs_f64();
        self.counted_at = now;
        self.allowance = (self.allowance + since * EACH_SECOND).min(BURST) - bytes as f64;
        self.is_over || self.allowance >= 0.0
    }
}

impl<S: AsyncWrite + Unpin> Metered<S> {
    fn poll_unsent(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.unsent.is_empty() {
            let mut parts = [IoSlice::new(&[]); 2 * WRITTEN_AT_ONCE];
            let rests = self.unsent.iter().flat_map(Unsent::rest);
            let mut count = 0;
            for (part, rest) in parts.iter_mut().zip(rests) {
                *part = IoSlice::new(rest);
                count += 1;
            }
            let parts = parts.get(..count).unwrap_or_default();
            let mut taken = ready!(Pin::new(&mut self.inner).poll_write_vectored(context, parts))?;
            if taken == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            while let Some(first) = self.unsent.front_mut() {
                let of_this = taken.min(first.left());
                first.taken += of_this;
                taken -= of_this;
                if first.left() > 0 {
                    break;
                }
                self.unsent.pop_front();
            }
            if self.unsent.is_empty() {
                // A page may be silent for hours.
                self.unsent = VecDeque::new();
            }
        }
        Poll::Ready(Ok(()))
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
        ready!(self.poll_unsent(context))?;
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_unsent(context))?;
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests;
