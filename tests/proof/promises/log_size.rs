//! The write-ahead log is bounded (D8). It could only begin anew when nobody reads what was there
//! before: so clients that take their pages and files slowly, or not at all, must not keep the
//! database's attention, and what a busy time has made of the log is given back after it.

use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::rig::auditor::{audit, open};
use crate::rig::ledger::Ledger;
use crate::rig::page::between;
use crate::rig::person::Outcome;
use crate::rig::wire::Wire;
use crate::rig::{Dice, Person, Plan, Row, Server, until, within};

const HANDS: usize = 8;
/// Bytes of a message: long ones, so that a page of them is large, and the log is soon long.
const TEXT: usize = 8_000;
/// Messages on the page that clients take slowly.
const BEFORE: usize = 40;
const FILE: usize = 8_000_000;
/// What a slow client's system takes in for it, in bytes.
const SIP: u32 = 4_096;
/// What was promised of the log, in bytes: under load, and soon after it.
const BOUND: u64 = 64 * 1024 * 1024;
const REST: u64 = 8 * 1024 * 1024;
/// How often the log has to begin anew for the bound to mean anything.
const ANEW: u32 = 2;

pub async fn run(plan: Plan) -> Vec<Row> {
    let (paused, held) = plan.pick((0, 1), (60, 60));
    let mut dice = plan.dice().fork(15);
    let mut server = Server::start(&mut dice);
    let log = Log::of(&server);
    let ada = Person::first_run(server.address()).await;
    let mut ledger = Ledger::default();
    let file = ada.post_file(1, &dice.uuid(), "A film", &vec![7; FILE]).await;
    let Outcome::Acked { id: with_file, .. } = file else { panic!("not posted: {file:?}") };
    for number in 0..BEFORE {
        post(&ada, &mut dice, &mut ledger, &format!("Before {number}")).await;
    }
    let page = ada.get(&format!("/rooms/1/@{with_file}")).await.1;
    let name = between(&page, "href=\"/files/", "\"").or_else(|| between(&page, "/files/", "\""));
    let file = format!("/files/{}", name.expect("a link to the file"));

    // Clients that stop in the middle of what they asked for, and one that says only half of it.
    let asked = ["/rooms/1", "/rooms/1/messages", &file, "/searches?q=before", "/mentions"];
    let mut clients = Vec::new();
    for path in asked.iter().cycle().take(asked.len() * 2) {
        clients.push(paused_client(&server, &ada, path).await);
    }
    let socket = Wire::open_with(server.address(), "/live?room=1&cursor=0", &ada, Some(SIP)).await;
    let socket = socket.unwrap().expect("a socket");
    let began = Instant::now();
    let (posts, most) = under_load(&ada, &mut dice, &mut ledger, &log, |anew| {
        anew >= ANEW && began.elapsed() >= Duration::from_secs(paused)
    })
    .await;
    let (lasted, ended) = (began.elapsed(), Instant::now());
    assert!(most <= BOUND, "the log grew to {most} bytes beside paused clients");
    until("the log is given back", || log.bytes() <= REST).await;
    let given_back = ended.elapsed();
    drop((clients, socket));

    // And somebody who does hold what was there: another program on the same database.
    let reader = open(&server.data_dir());
    reader.execute_batch("begin; select count(*) from messages").unwrap();
    let began = Instant::now();
    let (posts_held, most_held) = under_load(&ada, &mut dice, &mut ledger, &log, |_| {
        began.elapsed() >= Duration::from_secs(held)
    })
    .await;
    let held_for = began.elapsed();
    drop(reader);
    let ended = Instant::now();
    until("the log is given back after a reader", || log.bytes() <= REST).await;
    let given_back_after = ended.elapsed();
    server.term();
    audit_all(&server, &mut ledger, with_file);
    let mb = |bytes: u64| bytes as f64 / 1e6;
    vec![
        Row::new(
            "D8 the log beside paused clients",
            "at most 64 MB under load while clients pause within pages and files, 8 MB within 10 s",
            format!(
                "{} clients paused for {:.0} s, {posts} posts meanwhile: {:.1} MB at most; below 8 \
                 MB {:.1} s after the load",
                asked.len() * 2 + 1,
                lasted.as_secs_f64(),
                mb(most),
                given_back.as_secs_f64()
            ),
        ),
        Row::new(
            "D8 the log while another program reads",
            "no bound: it holds what is written meanwhile, which nobody is refused; 8 MB within 10 s",
            format!(
                "held for {:.0} s, {posts_held} posts of {TEXT} bytes meanwhile: {:.1} MB; below 8 \
                 MB {:.1} s after its end",
                held_for.as_secs_f64(),
                mb(most_held),
                given_back_after.as_secs_f64()
            ),
        ),
    ]
}

/// The file of the log.
pub struct Log(PathBuf);

impl Log {
    pub fn of(server: &Server) -> Log {
        Log(server.data_dir().join("campfire.db-wal"))
    }

    fn bytes(&self) -> u64 {
        std::fs::metadata(&self.0).map_or(0, |about| about.len())
    }

    /// How often it has begun anew: its head counts that.
    pub fn begun(&self) -> u32 {
        let mut number = [0; 4];
        let read = std::fs::File::open(&self.0).and_then(|mut file| {
            file.seek(SeekFrom::Start(12))?;
            file.read_exact(&mut number)
        });
        read.map_or(0, |()| u32::from_be_bytes(number))
    }
}

/// Hands post until it is enough, which is asked with how often the log began anew; gives how many
/// messages they posted, and the most bytes that the log had.
async fn under_load(
    ada: &Person,
    dice: &mut Dice,
    ledger: &mut Ledger,
    log: &Log,
    is_enough: impl Fn(u32) -> bool,
) -> (usize, u64) {
    let stop = Arc::new(AtomicBool::new(false));
    let turn = dice.next();
    let hands: Vec<_> = (0..HANDS)
        .map(|hand| {
            let (ada, stop, mut dice) = (ada.clone(), stop.clone(), dice.fork(hand as u64));
            tokio::spawn(async move {
                let mut ledger = Ledger::default();
                while !stop.load(Ordering::Relaxed) {
                    let start = format!("{turn:x} {hand} {}", ledger.entries.len());
                    post(&ada, &mut dice, &mut ledger, &start).await;
                }
                ledger
            })
        })
        .collect();
    let (mut most, mut anew, mut begun) = (0, 0, log.begun());
    within("it is enough", async {
        while !is_enough(anew) && most <= BOUND * 64 {
            tokio::time::sleep(Duration::from_millis(5)).await;
            most = most.max(log.bytes());
            let now = log.begun();
            anew += u32::from(now != begun);
            begun = now;
        }
    })
    .await;
    stop.store(true, Ordering::Relaxed);
    let before = ledger.acked();
    for hand in hands {
        ledger.absorb(within("a hand stops", hand).await.unwrap());
    }
    (ledger.acked() - before, most)
}

async fn post(ada: &Person, dice: &mut Dice, ledger: &mut Ledger, start: &str) {
    let words: String = (0..TEXT / 17).map(|_| format!("{:016x} ", dice.next())).collect();
    let (uuid, text) = (dice.uuid(), format!("{start} {}", words.trim_end()));
    ledger.begin(&uuid, 1, 1, &text);
    let outcome = ada.post(1, &uuid, &text).await;
    assert!(matches!(outcome, Outcome::Acked { .. }), "not posted: {outcome:?}");
    ledger.settle(&uuid, outcome);
}

/// Somebody who asks, sees that an answer begins, and takes no more of it.
async fn paused_client(server: &Server, person: &Person, path: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(SIP).unwrap();
    let mut line = socket.connect(server.address()).await.unwrap();
    let head = format!(
        "GET {path} HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\n\r\n",
        server.address(),
        person.cookie
    );
    line.write_all(head.as_bytes()).await.unwrap();
    let mut status = [0; 12];
    within("an answer begins", line.read_exact(&mut status)).await.unwrap();
    assert_eq!(String::from_utf8_lossy(&status), "HTTP/1.1 200", "{path}");
    line
}

/// All that was posted is there; the film is not in the ledger, as it came before.
fn audit_all(server: &Server, ledger: &mut Ledger, with_file: i64) {
    let film = crate::rig::auditor::stored(&server.data_dir()).remove(&with_file);
    let film = film.expect("the film is gone");
    ledger.begin(&film.uuid, film.room, film.sender, &film.text);
    ledger.with_file(&film.uuid, vec![7; FILE]);
    ledger.settle(&film.uuid, Outcome::Acked { id: with_file, cursor: 0 });
    audit(&server.data_dir(), ledger);
    assert!(!server.log().contains("panicked"), "{}", server.log());
}
