//! A reader's WebSocket: keeps every frame, and waits for one instead of for a while.

use std::io;

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::{Person, html, within};

/// An open socket and the frames that came over it, in order.
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pub frames: Vec<String>,
    pub closed: Option<u16>,
    /// A ping was answered.
    answered: bool,
}

impl Person {
    /// Listens to a room from the given change on.
    pub async fn live(&self, room: i64, cursor: i64) -> Socket {
        self.socket(&format!("/live?room={room}&cursor={cursor}"))
            .await
            .unwrap_or_else(|status| panic!("{} was refused a socket: {status}", self.name))
    }

    /// Opens a socket from our own origin, or gives the status that refused it.
    pub async fn socket(&self, path: &str) -> Result<Socket, u16> {
        let origin = self.base_url();
        self.socket_from(path, Some(&origin)).await
    }

    /// Opens a socket from any origin, or from none.
    pub async fn socket_from(&self, path: &str, origin: Option<&str>) -> Result<Socket, u16> {
        let mut request = format!("ws://{}{path}", self.host()).into_client_request().unwrap();
        let headers = request.headers_mut();
        if !self.cookies().is_empty() {
            headers.insert("Cookie", HeaderValue::from_str(&self.cookies()).unwrap());
        }
        if let Some(address) = &self.address {
            headers.insert("X-Forwarded-For", HeaderValue::from_str(address).unwrap());
        }
        if let Some(origin) = origin {
            headers.insert("Origin", HeaderValue::from_str(origin).unwrap());
        }
        match within("a socket opens", connect_async(request)).await {
            Ok((stream, _)) => {
                Ok(Socket { stream, frames: Vec::new(), closed: None, answered: false })
            }
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("no socket at {path}: {error}"),
        }
    }
}

impl Socket {
    /// The first frame, already here or still to come, that holds this text.
    pub async fn wait_for(&mut self, text: &str) -> String {
        self.wait_for_frame(&format!("a frame with {text:?}"), |frame| frame.contains(text)).await
    }

    pub async fn wait_for_message(&mut self, id: i64) -> String {
        self.wait_for(&format!("id=\"message_{id}\"")).await
    }

    pub async fn wait_for_frame(&mut self, what: &str, matches: impl Fn(&str) -> bool) -> String {
        if let Some(frame) = self.frames.iter().find(|frame| matches(frame)) {
            return frame.clone();
        }
        within(what, async {
            loop {
                let known = self.frames.len();
                let open = self.receive().await;
                if let Some(frame) = self.frames[known..].iter().find(|frame| matches(frame)) {
                    return frame.clone();
                }
                assert!(open, "closed with {:?} while waiting for {what}", self.closed);
            }
        })
        .await
    }

    /// Reads until the server closes, and gives its code.
    pub async fn expect_close(&mut self) -> u16 {
        within("the server closes the socket", async { while self.receive().await {} }).await;
        self.closed.expect("the connection broke without a close frame")
    }

    /// Reads what came before the connection broke or was closed.
    pub async fn read_to_the_end(&mut self) {
        within("the connection ends", async { while self.receive().await {} }).await;
    }

    /// Waits until the server has sent what was missed and listens: it answers this then.
    pub async fn caught_up(&mut self) {
        let _ = self.stream.send(Message::Ping(Vec::new().into())).await;
        within("an answer to a ping", async {
            while !self.answered {
                assert!(self.receive().await, "closed with {:?}", self.closed);
            }
        })
        .await;
        self.answered = false;
    }

    /// Takes in whatever comes next; false when nothing will come any more.
    async fn receive(&mut self) -> bool {
        match self.stream.next().await {
            Some(Ok(Message::Text(text))) => self.frames.push(text.to_string()),
            Some(Ok(Message::Binary(_))) => panic!("frames are text"),
            Some(Ok(Message::Close(frame))) => {
                self.closed = Some(frame.map_or(1005, |frame| frame.code.into()));
                let _ = self.stream.flush().await;
                return false;
            }
            Some(Ok(Message::Pong(_))) => self.answered = true,
            Some(Ok(_)) => {}
            Some(Err(_)) | None => return false,
        }
        true
    }

    pub async fn send_text(&mut self, text: &str) {
        // A server that has had enough may be closing already: its close code is what counts.
        let _ = self.stream.send(Message::text(text)).await;
    }

    pub async fn send_bytes(&mut self, bytes: &[u8]) {
        let _ = self.stream.send(Message::binary(bytes.to_vec())).await;
    }

    /// Breaks the connection without a word, like a train in a tunnel.
    pub fn vanish(self) -> io::Result<()> {
        match self.stream.into_inner() {
            MaybeTlsStream::Plain(stream) => stream.into_std().map(drop),
            _ => Ok(()),
        }
    }

    /// The numbers of the messages in the frames so far, in the order they came.
    pub fn message_ids(&self) -> Vec<i64> {
        html::message_ids(&self.frames.concat())
    }

    /// The cursor that the last frame about the room carried.
    pub fn cursor(&self) -> Option<i64> {
        self.frames.iter().rev().find_map(|frame| html::cursor(frame))
    }
}

/// The number in the `id` of a message's element.
pub fn id_of_message(frame: &str) -> i64 {
    html::message_ids(frame).first().copied().unwrap_or_else(|| panic!("no message in {frame}"))
}
