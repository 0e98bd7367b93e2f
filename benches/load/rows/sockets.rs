//! One post at a time to a room that many look at, beside a bare loop of `send` to as many sockets;
//! what an open page costs in memory; and how a page does meanwhile.

use std::cell::Cell;
use std::io::Write;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, ensure};

use super::chatter::Chatter;
use super::{beside, posts, room_page};
use crate::audit::Acknowledged;
use crate::cpu::Meter;
use crate::disk;
use crate::http::{self, Line};
use crate::measure::{Plan, Slice, alternate};
use crate::report::Report;
use crate::server::Server;
use crate::wire::Listeners;

/// In every frame that brings a message.
const MARK: &[u8] = b"data-message-id=";
/// Long enough for what opening sockets costs to be done.
const REST: Duration = Duration::from_secs(2);

pub fn run(plan: &Plan, report: &mut Report) -> Result<()> {
    let directory = disk::directory()?;
    let data_dir = directory.path().join("data");
    let counts = if plan.is_quick() { [50, 200] } else { [1_000, 5_000] };
    let server = Server::start(&data_dir)?;
    let cookie = server.first_run()?;
    let mut acknowledged = room_page::filled(&server, &cookie)?;
    let next = Cell::new(1_000_000);
    for count in counts {
        let before = server.resident()?;
        let listeners = listen(&server, &cookie, count)?;
        thread::sleep(REST);
        let idle = server.resident()?;
        let mut line = Line::connect(server.address)?;
        let length = Cell::new(0);
        let mut post = || {
            let (number, request) = posts::post(&cookie, &next);
            let answer = line.ask(&request)?;
            posts::note(number, &answer, &mut acknowledged)?;
            length.set(answer.text()?.len());
            listeners.wait()
        };
        post()?;
        let bare = Bare::open(count, length.get())?;
        let measured = alternate(
            plan,
            |time| fan_out(Some(server.process_id()), time, count, &mut post),
            |time| fan_out(None, time, count, || bare.send()),
        )?;
        let name = format!("one post at a time to {count} sockets, deliveries");
        report.compare(&name, "bare send", &measured)?;
        let each = |now: u64| now.saturating_sub(before) / count as u64;
        report.figure(
            &format!("bytes a socket, {count} open: idle / after the posts"),
            &format!("{} / {}", each(idle), each(server.resident()?)),
        )?;
        report.figure("bytes of a frame", &length.get().to_string())?;
    }
    server.stop()?;
    acknowledged.audit(&data_dir.join("campfire.db"))?;
    pages_meanwhile(plan, report)
}

/// One client's pages while posts reach 2,000 sockets, beside the same while nobody posts.
fn pages_meanwhile(plan: &Plan, report: &mut Report) -> Result<()> {
    let directory = disk::directory()?;
    let server = Server::start(&directory.path().join("data"))?;
    let cookie = server.first_run()?;
    let _: Acknowledged = room_page::filled(&server, &cookie)?;
    let count = if plan.is_quick() { 100 } else { 2_000 };
    let _listeners = listen(&server, &cookie, count)?;
    let name = format!("room page, 1 client, 20 posts a second to {count} sockets");
    beside::quiet(plan, report, (&name, "nobody posts"), &server, &cookie, |page| {
        let chatter = Chatter::start(server.address, &cookie, &[1], 20);
        let slice = page();
        chatter.stop()?;
        // What is still on its way is not the quiet slice's.
        thread::sleep(Duration::from_millis(200));
        slice
    })?;
    server.stop()
}

fn listen(server: &Server, cookie: &str, count: usize) -> Result<Listeners> {
    let page = http::get("/rooms/1", cookie);
    let page = http::ask(server.address, &page)?.text()?;
    let cursor = page.split("data-cursor=\"").nth(1).and_then(|rest| rest.split('"').next());
    let cursor = cursor.ok_or_else(|| anyhow!("the page has no cursor"))?;
    let hello = format!(
        "GET /live?room=1&cursor={cursor} HTTP/1.1\r\nHost: localhost\r\n{cookie}\
         Origin: http://localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    Listeners::open(server.address, count, Some(hello), MARK)
}

/// Sends again and again until the time is over; every delivery counts.
fn fan_out(
    server: Option<u32>,
    length: Duration,
    count: usize,
    mut send: impl FnMut() -> Result<()>,
) -> Result<Slice> {
    let meter = Meter::start(server)?;
    let begun = Instant::now();
    let mut latencies = Vec::new();
    while begun.elapsed() < length {
        let sent = Instant::now();
        send()?;
        latencies.extend(std::iter::repeat_n(sent.elapsed(), count));
    }
    Ok(Slice { took: begun.elapsed(), latencies, usage: meter.stop()? })
}

/// The limit: the same bytes to as many sockets, one `send` after the other.
struct Bare {
    streams: Vec<TcpStream>,
    listeners: Listeners,
    frame: Vec<u8>,
}

impl Bare {
    fn open(count: usize, length: usize) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address: SocketAddr = listener.local_addr()?;
        let accepting = thread::spawn(move || -> Result<Vec<TcpStream>> {
            (0..count).map(|_| Ok(listener.accept()?.0)).collect()
        });
        let listeners = Listeners::open(address, count, None, MARK)?;
        let streams = accepting.join().map_err(|_| anyhow!("nobody accepts"))??;
        for stream in &streams {
            stream.set_nodelay(true)?;
        }
        ensure!((126..65_536).contains(&length), "a frame of {length} bytes");
        let mut frame = vec![0x81, 126];
        frame.extend_from_slice(&u16::try_from(length)?.to_be_bytes());
        frame.extend_from_slice(MARK);
        frame.resize(4 + length, b'x');
        Ok(Self { streams, listeners, frame })
    }

    fn send(&self) -> Result<()> {
        for mut stream in &self.streams {
            stream.write_all(&self.frame)?;
        }
        self.listeners.wait()
    }
}
