//! What a client says on an open WebSocket, byte by byte.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use super::try_reader;
use crate::support::App;

const PATIENCE: Duration = Duration::from_secs(20);

const FRAMES: &[&str] = &[
    "\u{1}",
    "\u{0}",
    "\u{2}",
    "\u{7f}",
    "\u{7e}",
    "{\"type\":\"",
    "typing",
    "presence",
    "read",
    "ping",
    "\"}",
    "\"room\":",
    "1",
    "{",
    "}",
    "null",
    "[[[[[[[[",
    "\u{8}",
    "\u{9}",
    "\u{a}",
    "\u{b}",
    "\u{c0}",
];

/// A text frame as a good client sends it, masked with nothing.
fn framed(payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x81];
    match payload.len() {
        length @ 0..=125 => frame.push(0x80 | length as u8),
        length => {
            frame.push(0x80 | 126);
            frame.extend_from_slice(&(length.min(0xffff) as u16).to_be_bytes());
        }
    }
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(&payload[..payload.len().min(0xffff)]);
    frame
}

#[test]
fn websocket_frames() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let app = App::start();
    let ada = runtime.block_on(app.first_run());
    let head = format!(
        "GET /live?room=1&cursor=0 HTTP/1.1\r\nHost: {0}\r\nOrigin: http://{0}\r\nCookie: {1}\r\n\
         Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
        app.host(),
        ada.cookies()
    );
    let say = |bytes: &[u8]| -> Result<(), String> {
        let mut line = TcpStream::connect(app.host()).unwrap();
        line.set_read_timeout(Some(PATIENCE)).unwrap();
        line.write_all(head.as_bytes()).map_err(|error| error.to_string())?;
        let mut opened = [0; 12];
        line.read_exact(&mut opened).map_err(|error| format!("the opening: {error}"))?;
        if opened != *b"HTTP/1.1 101" {
            return Err(String::from_utf8_lossy(&opened).into_owned());
        }
        let _ = line.write_all(bytes);
        let _ = line.shutdown(Shutdown::Write);
        // Whatever it was: the line ends.
        match line.read_to_end(&mut Vec::new()) {
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => Err("it hangs".into()),
            _ => Ok(()),
        }
    };
    try_reader("frames", FRAMES, |input| {
        say(input)?;
        say(&framed(input))
    });
    assert!(!app.log().contains("panicked"));
    runtime.block_on(async { assert_eq!(ada.get("/rooms/1").await.status(), 200) });
}
