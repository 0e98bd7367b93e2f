//! Slow readers (R3): sockets that never read, and a whole process that is stopped, delay nobody
//! else, are sent away, and cost the server a bounded amount of memory that it gets back.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use crate::rig::beats::{Beats, Listener, percentile, steady};
use crate::rig::server::signal;
use crate::rig::wire::Wire;
use crate::rig::{Person, Plan, Row, Server, until, within};

/// The first argument of a process that only holds sockets.
pub const ROLE: &str = "hold-sockets";
/// Memory one slow socket may cost, in bytes.
const EACH: u64 = 3 * 512 * 1024;
/// What the server's memory may move by for other reasons, in bytes.
const BESIDE: u64 = 16 * 1024 * 1024;
/// Of each message, in bytes: large ones fill what the system buffers sooner.
const BYTES: usize = 29_000;
/// A server may take this long to be rid of a reader that does not read.
const CUT: Duration = Duration::from_secs(45);

pub async fn run(plan: Plan) -> Vec<Row> {
    let (healthy, never, frozen) = plan.pick((8, 3, 3), (200, 20, 20));
    let (lasting, every) = plan.pick((1, 2), (15, 25));
    let (buffer, hands) = plan.pick((Some(4 * 1024), 8), (None, 1));
    let (lasting, every) = (Duration::from_secs(lasting), Duration::from_millis(every));
    let mut dice = plan.dice().fork(4);
    let server = Server::start(&mut dice);
    let ada = Person::first_run(server.address()).await;
    let beats = Beats::new();
    let mut listeners = Vec::new();
    for _ in 0..healthy {
        let path = "/live?room=1&cursor=0";
        listeners.push(Listener::open(server.address(), path, &ada, &beats).await);
    }
    steady(&ada, 1, &beats, BYTES, every, lasting, dice.fork(1)).await;
    let (base_50, base_99) = delays(&listeners, &beats, 0).await;
    let (rss, sockets, first) = (server.rss(), server.sockets(), beats.count());

    let mut sleepers = Vec::new();
    for _ in 0..never {
        let path = format!("/live?room=1&cursor={first}");
        let wire = Wire::open_with(server.address(), &path, &ada, Some(4 * 1024)).await;
        sleepers.push(wire.unwrap().expect("a socket"));
    }
    let holder = Holder::start(server.address(), &ada, first, frozen, buffer);
    let began = Instant::now();
    // Until their backlog and what the system buffers for them is full, and some more.
    let (mut peak, mut posted) = (0, 0);
    while began.elapsed() < lasting || posted < plan.pick(240, 600) {
        let piece = Duration::from_millis(250);
        let said = (0..hands).map(|hand| {
            let dice = dice.fork(posted as u64).fork(hand);
            steady(&ada, 1, &beats, BYTES, every, piece, dice)
        });
        posted += futures_util::future::join_all(said).await.into_iter().sum::<usize>();
        peak = peak.max(server.rss());
    }
    let (slow_50, slow_99) = delays(&listeners, &beats, first).await;
    if plan.full {
        until("the server is rid of those who do not read", || {
            peak = peak.max(server.rss());
            server.sockets() <= sockets + 2 || began.elapsed() > lasting * 4 + CUT
        })
        .await;
        assert!(
            server.sockets() <= sockets + 2,
            "slow sockets are still open after {:?}",
            began.elapsed()
        );
    }
    let cut_after = began.elapsed();
    let slow = never + frozen;
    let grown = peak.saturating_sub(rss);
    assert!(grown <= EACH * slow as u64 + BESIDE, "{grown} bytes more for {slow} slow sockets");

    // Awake again they are told to come back with their cursor, or find the line broken.
    let mut codes = holder.wake().await;
    for mut sleeper in sleepers {
        codes.push(within("a sleeper is sent away", sleeper.close_code()).await);
    }
    assert!(codes.iter().all(|code| [1013, 1006].contains(code)), "sent away with {codes:?}");
    until("their sockets are gone", || server.sockets() <= sockets + 2).await;
    let after = server.rss().saturating_sub(rss);
    assert!(after <= EACH * slow as u64 / 2 + BESIDE, "{after} bytes were not given back");
    let told = codes.iter().filter(|code| **code == 1013).count();
    let cut = match plan.full {
        true => format!("all cut within {:.0} s of the first post, ", cut_after.as_secs_f64()),
        false => String::new(),
    };
    vec![Row::new(
        "R3 slow readers",
        format!(
            "{healthy} healthy beside {slow} slow: p99 ≤ baseline × 1.2 + 10 ms; ≤ 1.5 MiB a slow one"
        ),
        format!(
            "p50 {base_50:.1} → {slow_50:.1} ms, p99 {base_99:.1} → {slow_99:.1} ms (allowed {:.1}); \
             all {} frames of {BYTES} bytes to all healthy; {:.2} MiB a slow socket at most, {:.2} after; \
             {cut}{told} told so by 1013, {} by a broken line",
            base_99 * 1.2 + 10.0,
            beats.count(),
            grown as f64 / slow as f64 / 1_048_576.0,
            after as f64 / slow as f64 / 1_048_576.0,
            slow - told,
        ),
    )]
}

/// The 50th and 99th percentile of what the healthy ones heard since; each has heard everything.
async fn delays(listeners: &[Listener], beats: &Beats, since: usize) -> (f64, f64) {
    let count = beats.count() - since;
    until("the healthy have heard everything", || {
        listeners.iter().all(|listener| listener.count() >= count)
    })
    .await;
    let mut all = Vec::new();
    for listener in listeners {
        let mut heard = listener.take();
        assert_eq!(heard.closed, None, "a healthy reader was sent away");
        heard.numbers.sort_unstable();
        let expected: Vec<usize> = (since..since + count).collect();
        assert!(heard.numbers == expected, "a healthy reader did not hear everything once");
        all.extend(heard.delays);
    }
    (percentile(&mut all, 0.5), percentile(&mut all, 0.99))
}

/// A process of its own that holds sockets and is stopped, as laptops are that are closed.
struct Holder(Child);

impl Holder {
    fn start(
        address: SocketAddr,
        person: &Person,
        cursor: usize,
        sockets: usize,
        buffer: Option<u32>,
    ) -> Holder {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([ROLE, &address.to_string(), &person.cookie])
            .args([cursor.to_string(), sockets.to_string()])
            .args(buffer.map(|bytes| bytes.to_string()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "open\n", "the other process has its sockets");
        signal(child.id(), "STOP");
        Holder(child)
    }

    /// Lets it go on; gives the codes its sockets were closed with.
    async fn wake(mut self) -> Vec<u16> {
        signal(self.0.id(), "CONT");
        let mut output = BufReader::new(self.0.stdout.take().unwrap());
        let read = tokio::task::spawn_blocking(move || {
            let mut line = String::new();
            output.read_line(&mut line).map(|_| line)
        });
        let line = within("the other process reads on", read).await.unwrap().unwrap();
        line.split_whitespace().map(|code| code.parse().unwrap()).collect()
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The whole work of that process.
pub fn hold_sockets(arguments: &[String]) -> ExitCode {
    let [address, cookie, cursor, sockets, buffer @ ..] = arguments else {
        return ExitCode::FAILURE;
    };
    let buffer = buffer.first().map(|bytes| bytes.parse().unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let person = Person::with_cookie(address.parse().unwrap(), cookie);
        let path = format!("/live?room=1&cursor={cursor}");
        let mut open = Vec::new();
        for _ in 0..sockets.parse::<usize>().unwrap() {
            let wire = Wire::open_with(address.parse().unwrap(), &path, &person, buffer).await;
            open.push(wire.unwrap().expect("a socket"));
        }
        println!("open");
        let _ = std::io::stdout().flush();
        // Stopped here by the one who started it. What came before is read only then.
        std::thread::sleep(Duration::from_secs(1));
        let mut codes = Vec::new();
        for mut wire in open {
            codes.push(wire.close_code().await.to_string());
        }
        println!("{}", codes.join(" "));
    });
    ExitCode::SUCCESS
}
