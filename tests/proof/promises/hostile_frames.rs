//! Hostile sockets (R9): whatever a peer sends, it is told what it did wrong by the right code,
//! costs next to nothing, and nobody else notices.

use std::time::Duration;

use crate::rig::beats::{Beats, Listener, percentile, steady};
use crate::rig::wire::{CLOSE, PING, TEXT, Wire, frame};
use crate::rig::{Dice, Person, Plan, Row, Server, until, within};

const FIN: u8 = 0x80;
const CONTINUATION: u8 = 0;
const BINARY: u8 = 2;
/// Memory one hostile socket may cost, in bytes.
const EACH: u64 = 1024 * 1024;
const SETTLES: u64 = 8 * 1024 * 1024;

/// What is sent, and the codes that are a right answer.
struct Script {
    name: &'static str,
    bytes: Vec<u8>,
    codes: &'static [u16],
}

pub async fn run(plan: Plan) -> Vec<Row> {
    let mut dice = plan.dice().fork(8);
    let server = Server::start(&mut dice);
    let ada = Person::first_run(server.address()).await;
    let grace = ada.join(2).await;
    let beats = Beats::new();
    let path = "/live?room=1&cursor=0";
    let others = Listener::open(server.address(), path, &ada, &beats).await;
    let lasting = plan.pick(Duration::from_millis(500), Duration::from_secs(10));
    let calm = beside(&ada, &beats, lasting, &dice).await;
    let before = delay(&others, calm).await;
    let rss = server.rss();
    let scripts = scripts(plan.pick(20_000, 1_000_000));
    let count = scripts.len();
    let attack = async {
        let mut peak = 0;
        for script in &scripts {
            let wire = Wire::open(server.address(), path, &grace).await;
            let mut wire = wire.unwrap().expect("a socket");
            // It may hang up before it has been sent everything.
            let answer = async {
                for piece in script.bytes.chunks(64 * 1024) {
                    if wire.send(piece).await.is_err() {
                        break;
                    }
                }
                wire.close_code().await
            };
            let code = within(script.name, answer).await;
            assert!(script.codes.contains(&code), "{}: closed with {code}", script.name);
            peak = peak.max(server.rss().saturating_sub(rss));
        }
        peak
    };
    let (peak, posted) = tokio::join!(attack, beside(&ada, &beats, lasting, &dice));
    let during = delay(&others, posted).await;
    assert!(peak <= EACH + SETTLES, "{peak} bytes more during the attack");
    vec![Row::new(
        "R9 hostile frames",
        "40 scripts: the right code, ≤ 1 MiB each, others' p99 unchanged",
        format!(
            "{count} scripts closed rightly; memory +{:.1} MiB at most; others' p99 {before:.1} → {during:.1} ms",
            peak as f64 / 1_048_576.0
        ),
    )]
}

async fn beside(person: &Person, beats: &Beats, lasting: Duration, dice: &Dice) -> usize {
    let dice = dice.fork(beats.count() as u64);
    steady(person, 1, beats, 0, Duration::from_millis(20), lasting, dice).await
}

async fn delay(others: &Listener, posted: usize) -> f64 {
    until("the others hear everything", || others.count() >= posted).await;
    let mut heard = others.take();
    assert_eq!(heard.closed, None, "somebody else was sent away");
    percentile(&mut heard.delays, 0.99)
}

fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    frame(first, true, payload)
}

fn text(payload: &[u8]) -> Vec<u8> {
    masked(FIN | TEXT, payload)
}

fn claimed(length: u64) -> Vec<u8> {
    let mut bytes = vec![FIN | TEXT, 0x80 | 127];
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(b"mask and the first of it");
    bytes
}

/// A good-bye at the end of what may be put up with.
fn then_close(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.extend(masked(FIN | CLOSE, &1000_u16.to_be_bytes()));
    bytes
}

fn scripts(flood: usize) -> Vec<Script> {
    // 1002 protocol, 1003 not understood, 1007 no UTF-8, 1008 too often, 1009 too big. Where a
    // peer is cut off while it still talks, the system may break the line before it has read why.
    const WRONG: &[u16] = &[1002];
    const UNKNOWN: &[u16] = &[1003];
    const NO_TEXT: &[u16] = &[1007];
    const BIG: &[u16] = &[1009];
    const FLOOD_BIG: &[u16] = &[1009, 1008, 1006];
    const ENDURED: &[u16] = &[1000, 1008, 1006];
    let typing = br#"{"type":"typing"}"#;
    let deflated = [0xaa, 0x56, 0x4a, 0x2c, 0x2a, 0xc9, 0xcc, 0x4b, 0x57, 0x52];
    let minimal = {
        let mut bytes = vec![FIN | TEXT, 0x80 | 126, 0, 5, 0, 0, 0, 0];
        bytes.extend_from_slice(b"hello");
        bytes
    };
    let both = |a: Vec<u8>, b: Vec<u8>| [a, b].concat();
    let list: Vec<(&'static str, Vec<u8>, &'static [u16])> = vec![
        ("text without a mask", frame(FIN | TEXT, false, typing), WRONG),
        ("ping without a mask", frame(FIN | PING, false, b""), WRONG),
        ("close without a mask", frame(FIN | CLOSE, false, &[3, 232]), WRONG),
        ("first reserved bit", masked(FIN | 0x40 | TEXT, typing), WRONG),
        ("second reserved bit", masked(FIN | 0x20 | TEXT, typing), WRONG),
        ("third reserved bit", masked(FIN | 0x10 | TEXT, typing), WRONG),
        ("reserved bit on a ping", masked(FIN | 0x40 | PING, b""), WRONG),
        ("compressed, which nobody agreed on", masked(FIN | 0x40 | TEXT, &deflated), WRONG),
        ("opcode 3", masked(FIN | 3, b"x"), WRONG),
        ("opcode 7", masked(FIN | 7, b"x"), WRONG),
        ("opcode 11", masked(FIN | 11, b""), WRONG),
        ("opcode 15", masked(FIN | 15, b""), WRONG),
        ("half a ping", masked(PING, b""), WRONG),
        ("half a close", masked(CLOSE, &[3, 232]), WRONG),
        ("ping of 126 bytes", masked(FIN | PING, &[b'x'; 126]), &[1002, 1009]),
        ("close of 1 byte", masked(FIN | CLOSE, &[3]), WRONG),
        ("close with 999", masked(FIN | CLOSE, &999_u16.to_be_bytes()), WRONG),
        ("close with 1005", masked(FIN | CLOSE, &1005_u16.to_be_bytes()), WRONG),
        (
            "close with a reason that is no text",
            masked(FIN | CLOSE, &[3, 232, 0xff]),
            &[1007, 1002],
        ),
        ("a proper close", masked(FIN | CLOSE, &1000_u16.to_be_bytes()), &[1000]),
        ("a close without a code", masked(FIN | CLOSE, b""), &[1000, 1005]),
        ("continuation of nothing", masked(FIN | CONTINUATION, b"x"), WRONG),
        ("text within a text", both(masked(TEXT, b"{"), masked(FIN | TEXT, b"}")), WRONG),
        (
            "continuations of one byte",
            both(masked(TEXT, b"x"), masked(CONTINUATION, b"x").repeat(flood)),
            FLOOD_BIG,
        ),
        (
            "continuations of nothing at all",
            both(
                both(masked(TEXT, b""), masked(CONTINUATION, b"").repeat(flood)),
                masked(FIN | CONTINUATION, b""),
            ),
            &[1003, 1008, 1009, 1006],
        ),
        ("text of 64 KB", text(&[b'x'; 65_536]), FLOOD_BIG),
        ("text of 4,097 bytes", text(&[b' '; 4_097]), BIG),
        ("binary of 64 KB", masked(FIN | BINARY, &[0; 65_536]), FLOOD_BIG),
        ("text of 2^63 bytes", claimed(1 << 63), &[1009, 1002]),
        ("text of 2^64 - 1 bytes", claimed(u64::MAX), &[1009, 1002]),
        ("text of 1 GB", claimed(1 << 30), BIG),
        ("binary", masked(FIN | BINARY, typing), UNKNOWN),
        ("no UTF-8", text(&[0xff, 0xfe]), NO_TEXT),
        ("no UTF-8 over two frames", both(masked(TEXT, &[0xe2]), masked(FIN, &[0x28])), NO_TEXT),
        ("overlong UTF-8", text(&[0xc0, 0xaf]), NO_TEXT),
        ("half a surrogate pair", text(&[0xed, 0xa0, 0x80]), NO_TEXT),
        ("text cut within a letter", text(&[0xe2, 0x82]), NO_TEXT),
        ("no JSON", text(b"hello"), UNKNOWN),
        ("an empty text", text(b""), UNKNOWN),
        ("NUL", text(&[0; 16]), UNKNOWN),
        ("an unknown word", text(br#"{"type":"shutdown"}"#), UNKNOWN),
        ("a word too many", then_close(text(br#"{"type":"typing","room":2}"#)), &[1003, 1000]),
        ("JSON 2,000 deep", text(&[b'['; 2_000]), UNKNOWN),
        ("a length in more bytes than it needs", minimal, &[1002, 1003]),
        ("HTTP instead of frames", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(), WRONG),
        ("TLS instead of frames", vec![0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00], WRONG),
        (
            "pings without end",
            then_close(masked(FIN | PING, &[b'x'; 125]).repeat(flood / 10)),
            ENDURED,
        ),
        ("pongs nobody asked for", then_close(masked(FIN | 10, b"x").repeat(flood / 10)), ENDURED),
        ("typing without end", then_close(text(typing).repeat(flood / 10)), ENDURED),
        (
            "coming and going without end",
            then_close(
                both(text(br#"{"type":"absent"}"#), text(br#"{"type":"present"}"#))
                    .repeat(flood / 20),
            ),
            ENDURED,
        ),
    ];
    list.into_iter().map(|(name, bytes, codes)| Script { name, bytes, codes }).collect()
}
