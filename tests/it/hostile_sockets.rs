//! Frames that no browser sends: each is answered with the code that says what was wrong with it,
//! and nobody else notices.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{App, Person, within};

const FIN: u8 = 0x80;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;
const MASKED: u8 = 0x80;

/// A masked frame as a browser would send it; the mask is zero, so the payload stays readable.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = announced(first, payload.len() as u64);
    bytes.extend_from_slice(payload);
    bytes
}

/// The head of a masked frame that says how long it is, whatever comes then.
fn announced(first: u8, length: u64) -> Vec<u8> {
    let mut bytes = vec![first];
    match length {
        0..126 => bytes.push(MASKED | length as u8),
        126..65_536 => {
            bytes.push(MASKED | 126);
            bytes.extend_from_slice(&(length as u16).to_be_bytes());
        }
        _ => {
            bytes.push(MASKED | 127);
            bytes.extend_from_slice(&length.to_be_bytes());
        }
    }
    bytes.extend_from_slice(&[0; 4]);
    bytes
}

fn text(payload: &str) -> Vec<u8> {
    frame(FIN | TEXT, payload.as_bytes())
}

fn close(code: u16, reason: &[u8]) -> Vec<u8> {
    frame(FIN | CLOSE, &[&code.to_be_bytes(), reason].concat())
}

/// A name, what is sent, and the codes it may be answered with.
type Script = (String, Vec<u8>, &'static [u16]);

fn scripts() -> Vec<Script> {
    let typing = r#"{"type":"typing"}"#;
    let unmasked = |first: u8, payload: &[u8]| [&[first, payload.len() as u8], payload].concat();
    let mut scripts: Vec<(&str, Vec<u8>, &'static [u16])> = vec![
        ("unmasked text", unmasked(FIN | TEXT, typing.as_bytes()), &[1002]),
        ("unmasked ping", unmasked(FIN | PING, b""), &[1002]),
        ("compressed, though nobody agreed", frame(FIN | 0x40 | TEXT, b"\xaa\x56\x04\0"), &[1002]),
        ("second reserved bit", frame(FIN | 0x20 | TEXT, b"{}"), &[1002]),
        ("third reserved bit", frame(FIN | 0x10 | TEXT, b"{}"), &[1002]),
        ("reserved bit on a ping", frame(FIN | 0x40 | PING, b""), &[1002]),
        ("fragmented ping", frame(PING, b"half"), &[1002]),
        ("fragmented close", frame(CLOSE, b""), &[1002]),
        ("ping of 126 bytes", frame(FIN | PING, &[b'x'; 126]), &[1002]),
        ("pong of 126 bytes", frame(FIN | PONG, &[b'x'; 126]), &[1002]),
        ("ping of 20,000 bytes", frame(FIN | PING, &[b'x'; 20_000]), &[1002, 1009]),
        ("continuation of nothing", frame(FIN, b"x"), &[1002]),
        ("endless continuation of nothing", frame(0, b"x"), &[1002]),
        ("text within text", [frame(TEXT, b"{"), frame(FIN | TEXT, b"}")].concat(), &[1002]),
        ("binary within text", [frame(TEXT, b"{"), frame(FIN | BINARY, b"}")].concat(), &[1002]),
        ("length of 2^64-1", announced(FIN | TEXT, u64::MAX), &[1002, 1009]),
        ("length of 2^63", announced(FIN | TEXT, 1 << 63), &[1002, 1009]),
        ("length of 2^63-1", announced(FIN | TEXT, (1 << 63) - 1), &[1009]),
        (
            "length of 1 GiB, one byte of it",
            [announced(FIN | TEXT, 1 << 30), vec![b'x']].concat(),
            &[1009],
        ),
        ("64 KiB of text", frame(FIN | TEXT, &[b'x'; 65_536]), &[1009]),
        ("64 KiB of bytes", frame(FIN | BINARY, &[b'x'; 65_536]), &[1009]),
        ("16 KiB and one byte", frame(FIN | TEXT, &[b'x'; 16_385]), &[1009]),
        (
            "16 KiB in pieces, and one",
            [frame(TEXT, &[b'x'; 10_000]), frame(FIN, &[b'x'; 10_000])].concat(),
            &[1009],
        ),
        ("one byte over what a page may say", frame(FIN | TEXT, &[b' '; 4_097]), &[1009]),
        ("bad UTF-8", frame(FIN | TEXT, b"{\"type\":\"\xff\"}"), &[1007]),
        ("overlong UTF-8", frame(FIN | TEXT, b"\xc0\xaf"), &[1007]),
        ("half a surrogate pair", frame(FIN | TEXT, b"\xed\xa0\x80"), &[1007]),
        ("beyond Unicode", frame(FIN | TEXT, b"\xf4\x90\x80\x80"), &[1007]),
        ("UTF-8 cut off", frame(FIN | TEXT, b"caf\xc3"), &[1007]),
        (
            "UTF-8 cut off between pieces",
            [frame(TEXT, b"\xc3"), frame(FIN, b"\x28")].concat(),
            &[1007],
        ),
        ("close with half a code", frame(FIN | CLOSE, b"\x03"), &[1002]),
        ("close with code 0", close(0, b""), &[1002]),
        ("close with code 999", close(999, b""), &[1002]),
        ("close with code 1005", close(1005, b""), &[1002]),
        ("close with code 1006", close(1006, b""), &[1002]),
        ("close with code 65535", close(65_535, b""), &[1002]),
        ("close with a reason that is no text", close(1000, b"\xff\xfe"), &[1007]),
        ("close in order", close(1000, b"bye"), &[1000]),
        ("close, then more", [close(1001, b""), text(typing)].concat(), &[1001]),
        ("close without a code", frame(FIN | CLOSE, b""), &[1005]),
        ("bytes", frame(FIN | BINARY, typing.as_bytes()), &[1003]),
        ("nothing at all", text(""), &[1003]),
        ("words", text("hello"), &[1003]),
        ("an unknown word", text(r#"{"type":"shout"}"#), &[1003]),
        ("a word and more", text(r#"{"type":"typing","room":2}"#), &[1003]),
        ("very deep", text(&"[".repeat(4_000)), &[1003]),
        ("a NUL", frame(FIN | TEXT, b"\0"), &[1003]),
        ("another protocol", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(), &[1002]),
        ("zeros", vec![0; 64], &[1002]),
        ("ones", vec![0xff; 64], &[1002]),
        ("1,000 pings", frame(FIN | PING, b"?").repeat(1_000), &[1008]),
        ("1,000 pongs nobody asked for", frame(FIN | PONG, b"!").repeat(1_000), &[1008]),
        ("1,000 signs of writing", text(typing).repeat(1_000), &[1008]),
        ("10,000 large pings", frame(FIN | PING, &[b'x'; 125]).repeat(10_000), &[1008]),
        (
            "a million empty pieces",
            [frame(TEXT, b""), frame(0, b"").repeat(1_000_000)].concat(),
            &[1008],
        ),
        (
            "100,000 pieces of a byte",
            [frame(TEXT, b""), frame(0, b"x").repeat(100_000)].concat(),
            &[1008, 1009],
        ),
    ];
    let reserved = [3, 4, 5, 6, 7, 11, 12, 13, 14, 15];
    scripts
        .extend(reserved.map(|code| ("reserved kind", frame(FIN | code, b"x"), &[1002_u16][..])));
    scripts.into_iter().map(|(name, bytes, codes)| (name.to_owned(), bytes, codes)).collect()
}

/// Upgrades by hand, with an extension offered, and gives the answer's head.
async fn upgraded(person: &Person) -> (TcpStream, String) {
    let mut stream = TcpStream::connect(person.host()).await.unwrap();
    let request = format!(
        "GET /live?room=1&cursor=999999 HTTP/1.1\r\nHost: {}\r\nOrigin: {}\r\nCookie: {}\r\n\
         Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n",
        person.host(),
        person.base_url(),
        person.cookies(),
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    (stream, String::from_utf8(head).unwrap())
}

/// Sends this and reads frames until the server closes; its code, 1005 without one.
async fn code_for(person: &Person, bytes: Vec<u8>) -> u16 {
    let (stream, head) = upgraded(person).await;
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    let (mut reading, mut writing) = stream.into_split();
    // The server may have had enough before all of it is sent.
    let sending = tokio::spawn(async move {
        let _ = writing.write_all(&bytes).await;
        writing
    });
    let code = loop {
        let first = reading.read_u8().await.expect("the connection broke without a close frame");
        let length = match reading.read_u8().await.unwrap() {
            126 => reading.read_u16().await.unwrap().into(),
            127 => reading.read_u64().await.unwrap(),
            length => length.into(),
        };
        let mut payload = vec![0; length as usize];
        reading.read_exact(&mut payload).await.unwrap();
        if first == FIN | CLOSE {
            break payload.get(..2).map_or(1005, |code| u16::from_be_bytes([code[0], code[1]]));
        }
    };
    sending.abort();
    code
}

#[tokio::test]
async fn every_hostile_frame_is_answered_with_its_code_and_nobody_else_notices() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let mut calm = grace.live(1, 0).await;
    let mut wrong = Vec::new();
    for (name, bytes, expected) in scripts() {
        let code = within(&name, code_for(&ada, bytes)).await;
        if !expected.contains(&code) {
            wrong.push(format!("{name}: {code}, not {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let id = ada.post(1, "Business as usual").await;
    calm.wait_for_message(id).await;
    assert!(!app.log().contains("panicked"), "{}", app.log());
}

#[tokio::test]
async fn no_extension_is_agreed_to_and_odd_upgrades_are_refused() {
    let app = App::start();
    let ada = app.first_run().await;
    let (_stream, head) = upgraded(&ada).await;
    let head = head.to_lowercase();
    assert!(!head.contains("sec-websocket-extensions"), "{head}");
    assert!(head.contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo="), "{head}");

    let upgrade = [
        ("connection", "upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    let without = |name: &str| {
        let kept = upgrade.iter().filter(|(header, _)| *header != name);
        kept.map(|(header, value)| format!("{header}: {value}\r\n")).collect::<String>()
    };
    let other_version = format!("{}sec-websocket-version: 8\r\n", without("sec-websocket-version"));
    let cases = [
        (without("connection"), "400"),
        (without("upgrade"), "400"),
        (without("sec-websocket-key"), "400"),
        (without("sec-websocket-version"), "400"),
        (other_version, "426"),
    ];
    for (headers, expected) in cases {
        let mut stream = TcpStream::connect(ada.host()).await.unwrap();
        let request = format!(
            "GET /live HTTP/1.1\r\nHost: {}\r\nOrigin: {}\r\nCookie: {}\r\n{headers}\r\n",
            ada.host(),
            ada.base_url(),
            ada.cookies(),
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer[9..], expected.as_bytes(), "{headers}");
    }
}
