//! The disk is full (D5): writing is refused in time and in words, reading goes on, and with room
//! everything works again; nothing acknowledged is lost, nothing refused is there, nothing half.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::promises::io_faults::copy;
use crate::rig::auditor::audit;
use crate::rig::ledger::Ledger;
use crate::rig::person::Outcome;
use crate::rig::{Dice, Person, Plan, Row, Server};

/// Room on the disk, in MiB: several times what all rounds leave there.
const SIZE: usize = 160;
const UPLOAD: usize = 200_000;
/// Long enough for a few of them to need new room in the log.
const TEXT: usize = 6_000;
/// Refusals of each kind that make a round.
const REFUSALS: usize = 3;
const POSTS: usize = 1_500;

pub async fn run(plan: Plan) -> Vec<Row> {
    let rounds = plan.pick(2, 20);
    let mut dice = plan.dice().fork(4);
    let mut server = Server::prepare(&mut dice);
    let mut small = SmallDisk::mount(&server.data_dir());
    server.before = small.entering();
    server.start_again();
    let ada = Person::first_run(server.address()).await;
    let mut ledger = Ledger::default();
    let (mut slowest, mut slowest_back) = (Duration::ZERO, Duration::ZERO);
    let mut refused = 0;
    for round in 0..rounds {
        small.fill();
        for number in 0..POSTS {
            let upload = number % 3 == 2;
            let (began, outcome) = write(&mut dice, &ada, &mut ledger, round, upload).await;
            slowest = slowest.max(began.elapsed());
            match outcome {
                Outcome::Acked { .. } => {}
                Outcome::Unknown | Outcome::Refused(507) => refused += 1,
                Outcome::Refused(status) => panic!("round {round}: refused with {status}"),
            }
            if refused >= REFUSALS * 2 * (round + 1) {
                break;
            }
        }
        assert!(refused >= REFUSALS * (round + 1), "round {round}: the disk was never full");
        assert_eq!(ada.get("/rooms/1").await.0, 200, "reading goes on");
        assert_eq!(ada.get("/up").await.0, 200, "the server lives");
        small.empty();
        let began = Instant::now();
        loop {
            let (_, outcome) = write(&mut dice, &ada, &mut ledger, round, true).await;
            if matches!(outcome, Outcome::Acked { .. }) {
                break;
            }
            assert!(began.elapsed() < Duration::from_secs(60), "round {round}: {outcome:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        slowest_back = slowest_back.max(began.elapsed());
        ask_again(&ada, &mut ledger).await;
    }
    let cold = cold(&mut dice, &mut server, &mut small);
    server.start_again();
    server.term();
    assert!(!server.log().contains("panicked"), "{}", server.log());
    // SQLite resolves the name of the place to one that is not there outside.
    let outside = server.data_dir().with_file_name("outside");
    copy(&small.place(), &outside);
    audit(&outside, &ledger);
    vec![
        Row::new(
            "D5 full disk",
            format!(
                "{rounds} times full: 503 or 507 within 1 s, reading goes on, writes again within 5 s \
             of room, nothing half"
            ),
            format!(
                "{rounds} times full: {refused} refused, slowest answer {} ms, writes again after \
             {} ms at most, audit clean",
                slowest.as_millis(),
                slowest_back.as_millis()
            ),
        ),
        Row::new(
            "D5 started on a full disk",
            "after a stop, after a crash, for the first time: it starts, or ends with one clear line",
            cold,
        ),
    ]
}

/// Starts without room; gives what became of each.
fn cold(dice: &mut Dice, server: &mut Server, small: &mut SmallDisk) -> String {
    small.fill();
    server.term();
    let after_a_stop = starts_or_says_why(server);
    small.empty();
    server.start_again();
    small.fill();
    server.kill9();
    let after_a_kill = starts_or_says_why(server);
    // As after a power cut: the index of the log is not needed on the disk, and must be made anew.
    let index = small.place().join("campfire.db-shm");
    if index.exists() {
        std::fs::remove_file(index).unwrap();
        small.fill_again();
    }
    let after_a_cut = starts_or_says_why(server);
    small.empty();

    let mut first = Server::prepare(dice);
    let mut empty = SmallDisk::mount(&first.data_dir());
    first.before = empty.entering();
    empty.fill();
    let for_the_first_time = starts_or_says_why(&mut first);
    empty.empty();
    first.start_again();
    first.term();
    format!(
        "after a stop {after_a_stop}, after a kill {after_a_kill}, after a power cut {after_a_cut}, \
         for the first time {for_the_first_time}; with room each starts"
    )
}

fn starts_or_says_why(server: &mut Server) -> &'static str {
    let before = server.log().len();
    match server.try_start() {
        Ok(_) => {
            server.stop();
            "it started"
        }
        Err(_) => {
            let log = server.log();
            let said = &log[before..];
            let is_clear = said.lines().count() == 1 && said.contains("is full; make room on it");
            assert!(is_clear, "it would not start and said {said:?}");
            "it said why not"
        }
    }
}

async fn write(
    dice: &mut Dice,
    ada: &Person,
    ledger: &mut Ledger,
    round: usize,
    upload: bool,
) -> (Instant, Outcome) {
    let uuid = dice.uuid();
    let filler: String = (0..TEXT / 17).map(|_| format!("{:016x} ", dice.next())).collect();
    let text = format!("Round {round} {}", filler.trim_end());
    ledger.begin(&uuid, 1, 1, &text);
    let began = Instant::now();
    let outcome = if upload {
        let file: Vec<u8> = (0..UPLOAD / 8).flat_map(|_| dice.next().to_le_bytes()).collect();
        ledger.with_file(&uuid, file.clone());
        ada.post_file(1, &uuid, &text, &file).await
    } else {
        ada.post(1, &uuid, &text).await
    };
    ledger.settle(&uuid, outcome.clone());
    (began, outcome)
}

async fn ask_again(ada: &Person, ledger: &mut Ledger) {
    for uuid in ledger.unknown() {
        let entry = ledger.entries[&uuid].clone();
        let mut outcome = Outcome::Unknown;
        // A connection that was closed after a refusal answers nothing; the next one does.
        for _ in 0..3 {
            outcome = match &entry.file {
                Some(file) => ada.post_file(1, &uuid, &entry.texts[0], file).await,
                None => ada.post(1, &uuid, &entry.texts[0]).await,
            };
            if !matches!(outcome, Outcome::Unknown) {
                break;
            }
        }
        assert!(matches!(outcome, Outcome::Acked { .. }), "with room again: {outcome:?}");
        ledger.settle(&uuid, outcome);
    }
}

/// How a small disk may be had, and how others get in where it is seen: as anybody who may make a
/// user namespace, and as root.
const WAYS: [(&[&str], &[&str]); 2] = [
    (&["unshare", "-Urm"], &["nsenter", "--preserve-credentials", "-U", "-m"]),
    (&["unshare", "-m"], &["nsenter", "-m"]),
];

/// A disk of its own in a namespace that somebody who sleeps keeps open.
struct SmallDisk {
    holder: Child,
    enter: &'static [&'static str],
    at: PathBuf,
}

impl SmallDisk {
    /// Fails where nobody may mount anything: a proof that tries nothing must not pass.
    fn mount(at: &Path) -> Self {
        std::fs::create_dir_all(at).unwrap();
        WAYS.iter().find_map(|(make, enter)| Self::mount_by(make, enter, at)).unwrap_or_else(|| {
            panic!(
                "This proof needs a small disk and was given none: let processes make user \
                 namespaces (sysctl kernel.unprivileged_userns_clone=1 and, on Ubuntu, \
                 kernel.apparmor_restrict_unprivileged_userns=0), or run it as root with the \
                 capability CAP_SYS_ADMIN."
            )
        })
    }

    fn mount_by(make: &[&str], enter: &'static [&'static str], at: &Path) -> Option<Self> {
        let script = format!(
            "mount -t tmpfs -o size={SIZE}m none \"$0\" && echo mounted && exec sleep 3600"
        );
        let mut holder = Command::new(make[0])
            .args(&make[1..])
            .args(["sh", "-c", &script])
            .arg(at)
            .stdout(Stdio::piped())
            .spawn()
            .ok()?;
        let mut line = String::new();
        BufReader::new(holder.stdout.take()?).read_line(&mut line).ok()?;
        let disk = Self { holder, enter, at: at.to_owned() };
        (line == "mounted\n").then_some(disk)
    }

    fn entering(&self) -> Vec<std::ffi::OsString> {
        let id = self.holder.id().to_string();
        self.enter.iter().chain(&["-t", &id, "--"]).map(Into::into).collect()
    }

    /// The disk as it is seen from outside.
    fn place(&self) -> PathBuf {
        let inside = self.at.strip_prefix("/").unwrap();
        PathBuf::from(format!("/proc/{}/root", self.holder.id())).join(inside)
    }

    /// Puts something on the disk that leaves no room.
    fn fill(&mut self) {
        drop(std::fs::File::create(self.place().join("ballast")).unwrap());
        self.fill_again();
    }

    /// Takes the room that has been made.
    fn fill_again(&mut self) {
        let ballast = std::fs::File::options().append(true).open(self.place().join("ballast"));
        let mut ballast = ballast.unwrap();
        for piece in [1 << 20, 4_096, 1] {
            while ballast.write_all(&vec![7; piece]).is_ok() {}
        }
    }

    fn empty(&mut self) {
        std::fs::remove_file(self.place().join("ballast")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}
