//! A WebSocket by hand: small enough for thousands, and free to say what no client should.

use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use super::Person;

pub const TEXT: u8 = 1;
pub const CLOSE: u8 = 8;
pub const PING: u8 = 9;
pub const PONG: u8 = 10;

/// An open socket.
pub struct Wire {
    stream: TcpStream,
    received: Vec<u8>,
    /// Up to here it has been taken out.
    taken: usize,
}

/// What came over a socket.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    Text(String),
    /// Answered already.
    Ping,
    Pong,
    /// The server closes, and says why.
    Close(u16),
    /// The line broke without a word.
    Broken,
}

impl Wire {
    /// Opens a socket at a path; the status when the server refuses.
    pub async fn open(
        address: SocketAddr,
        path: &str,
        person: &Person,
    ) -> Result<std::result::Result<Wire, u16>> {
        Self::open_with(address, path, person, None).await
    }

    /// The same with a receive buffer of so many bytes.
    pub async fn open_with(
        address: SocketAddr,
        path: &str,
        person: &Person,
        buffer: Option<u32>,
    ) -> Result<std::result::Result<Wire, u16>> {
        let socket = TcpSocket::new_v4()?;
        if let Some(bytes) = buffer {
            socket.set_recv_buffer_size(bytes)?;
        }
        let mut stream = socket.connect(address).await?;
        stream.set_nodelay(true)?;
        // Host and origin agree, also behind a proxy of ours.
        let head = format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\nCookie: {}\r\n\
             Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
            person.cookie
        );
        stream.write_all(head.as_bytes()).await?;
        let mut wire = Wire { stream, received: Vec::new(), taken: 0 };
        let end = loop {
            if let Some(at) = wire.received.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            wire.read().await?;
        };
        let head = String::from_utf8_lossy(&wire.received[..end]).into_owned();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        wire.taken = end;
        Ok(if status == 101 { Ok(wire) } else { Err(status) })
    }

    async fn read(&mut self) -> Result<()> {
        if self.taken > 0 {
            self.received.drain(..self.taken);
            self.taken = 0;
        }
        let before = self.received.len();
        self.received.reserve(4 * 1024);
        if self.stream.read_buf(&mut self.received).await? == 0 {
            return Err(Error::new(ErrorKind::UnexpectedEof, "the server hung up"));
        }
        // A large frame is fetched in few reads, and an idle socket keeps a small buffer.
        if self.received.len() - before >= 4 * 1024 {
            self.received.reserve(64 * 1024);
        }
        Ok(())
    }

    /// The next message; pings are answered.
    pub async fn next(&mut self) -> Heard {
        self.heard().await.unwrap_or(Heard::Broken)
    }

    async fn heard(&mut self) -> Result<Heard> {
        let (opcode, payload) = self.frame().await?;
        Ok(match opcode {
            TEXT => Heard::Text(String::from_utf8(payload).map_err(|_| ErrorKind::InvalidData)?),
            CLOSE => {
                let code = payload.get(..2).map_or(1005, |b| u16::from_be_bytes([b[0], b[1]]));
                // Said back, as the protocol wants it; the server may be gone already.
                let _ = self.say(CLOSE, &payload).await;
                Heard::Close(code)
            }
            PING => {
                self.say(PONG, &payload).await?;
                Heard::Ping
            }
            PONG => Heard::Pong,
            other => return Err(Error::other(format!("opcode {other}"))),
        })
    }

    async fn frame(&mut self) -> Result<(u8, Vec<u8>)> {
        loop {
            let bytes = &self.received[self.taken..];
            if let Some((opcode, start, length)) = head_of(bytes)
                && bytes.len() >= start + length
            {
                let payload = bytes[start..start + length].to_vec();
                self.taken += start + length;
                return Ok((opcode, payload));
            }
            self.read().await?;
        }
    }

    /// Sends a frame as a good client does: whole and masked.
    pub async fn say(&mut self, opcode: u8, payload: &[u8]) -> Result<()> {
        self.send(&frame(0x80 | opcode, true, payload)).await
    }

    /// Sends bytes as they are.
    pub async fn send(&mut self, bytes: &[u8]) -> Result<()> {
        self.stream.write_all(bytes).await
    }

    /// Reads until the server closes or the line breaks; the code, 1006 without one.
    pub async fn close_code(&mut self) -> u16 {
        loop {
            match self.next().await {
                Heard::Close(code) => return code,
                Heard::Broken => return 1006,
                _ => {}
            }
        }
    }
}

/// Opcode, where the payload begins, and its length; none while the head is not whole.
fn head_of(bytes: &[u8]) -> Option<(u8, usize, usize)> {
    let (first, second) = (*bytes.first()?, *bytes.get(1)?);
    let number = |from: usize, to: usize| {
        let digits = bytes.get(from..to)?;
        Some(digits.iter().fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte)))
    };
    match second & 0x7f {
        126 => Some((first & 0x0f, 4, number(2, 4)?)),
        127 => Some((first & 0x0f, 10, number(2, 10)?)),
        length => Some((first & 0x0f, 2, usize::from(length))),
    }
}

/// The bytes of a frame: its first byte as given, its length in the shortest form.
pub fn frame(first: u8, masked: bool, payload: &[u8]) -> Vec<u8> {
    let mask_bit = if masked { 0x80 } else { 0 };
    let mut bytes = vec![first];
    match payload.len() {
        length @ 0..=125 => bytes.push(mask_bit | length as u8),
        length @ 126..=0xffff => {
            bytes.push(mask_bit | 126);
            bytes.extend_from_slice(&(length as u16).to_be_bytes());
        }
        length => {
            bytes.push(mask_bit | 127);
            bytes.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    if masked {
        let key = [0x12, 0x34, 0x56, 0x78];
        bytes.extend_from_slice(&key);
        bytes.extend(payload.iter().enumerate().map(|(at, byte)| byte ^ key[at % 4]));
    } else {
        bytes.extend_from_slice(payload);
    }
    bytes
}
