//! Nobody is told that the database is busy (D9): not while people post, read, search, upload and
//! change things beside checkpoints and backups. Only when more wants to be written than may wait is
//! it said at once, with a time to come back; and then nothing of it was done.

use std::ffi::OsString;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::promises::backups::backup;
use crate::promises::log_size::Log;
use crate::rig::auditor::{audit, open};
use crate::rig::beats::percentile;
use crate::rig::ledger::Ledger;
use crate::rig::person::Outcome;
use crate::rig::{Dice, Person, Plan, Row, Server, until, within};

const HANDS: usize = 12;
/// Bytes of a message, so that the log begins anew now and then.
const TEXT: usize = 8_000;
const FILE: usize = 64 * 1024;
/// After the first few, which a start needs, each flush of the log takes a minute.
const SLOW: &str = "inject=fdatasync:delay_enter=60000000:when=5+";
/// Those who post at the same time. The queue of the program holds 1,024, and a batch 256.
const POSTERS: usize = 2_048;
/// Refusals that are enough.
const REFUSALS: usize = 300;
/// Those who ask again at the same time.
const AGAIN: usize = 16;

pub async fn run(plan: Plan) -> Vec<Row> {
    let mut dice = plan.dice().fork(16);
    let mut server = Server::start(&mut dice);
    let ada = Person::first_run(server.address()).await;
    let mut people = vec![ada.clone()];
    for number in 2..=4 {
        people.push(ada.join(number).await);
    }
    let mut ledger = Ledger::default();
    let mixed = mixed(plan, &mut dice, &server, &people, &mut ledger).await;
    server.term();
    audit(&server.data_dir(), &ledger);
    let mut rows = vec![mixed];
    // Two thousand who post at once are too much beside other tests; these ask the queue itself.
    if plan.full {
        rows.push(full_queue(&mut dice, &mut server, &people, &mut ledger).await);
        audit(&server.data_dir(), &ledger);
    }
    for word in ["panicked", "locked", "busy", "failed"] {
        assert!(!server.log().contains(word), "{word}:\n{}", server.log());
    }
    rows
}

/// What the hands have been doing.
#[derive(Default)]
struct Done {
    writes: AtomicUsize,
    reads: AtomicUsize,
    stop: AtomicBool,
}

async fn mixed(
    plan: Plan,
    dice: &mut Dice,
    server: &Server,
    people: &[Person],
    ledger: &mut Ledger,
) -> Row {
    let (lasting, least) = plan.pick((3, 0), (120, 3));
    let lasting = Duration::from_secs(lasting);
    let log = Log::of(server);
    let done = Arc::new(Done::default());
    let hands: Vec<_> = (0..HANDS)
        .map(|hand| {
            let (person, dice) = (people[hand % people.len()].clone(), dice.fork(hand as u64));
            tokio::spawn(do_things(person, hand, dice, done.clone()))
        })
        .collect();
    let (began, folder) = (Instant::now(), tempfile::tempdir().unwrap());
    let (mut backups, mut anew, mut begun) = (0, 0, log.begun());
    // However long it takes, as these have to happen for it to mean anything.
    while began.elapsed() < lasting || anew < least || backups < 2 {
        let (home, into) = (server.data_dir(), folder.path().to_owned());
        let made = tokio::task::spawn_blocking(move || backup(&home, &into));
        let made = within("a backup", made).await.unwrap();
        std::fs::remove_dir_all(made).unwrap();
        backups += 1;
        let now = log.begun();
        anew += now.wrapping_sub(begun);
        begun = now;
        assert!(began.elapsed() < lasting + Duration::from_secs(120), "the log never begins anew");
    }
    done.stop.store(true, Ordering::Relaxed);
    for hand in hands {
        ledger.absorb(within("a hand stops", hand).await.unwrap());
    }
    let (writes, reads) = (done.writes.load(Ordering::Relaxed), done.reads.load(Ordering::Relaxed));
    Row::new(
        "D9 nobody is told that it is busy",
        format!("mixed load with checkpoints and backups for {} s: 0 answers", lasting.as_secs()),
        format!(
            "{writes} writes and {reads} reads beside {backups} backups, the log begun anew {anew} \
             times: 0 answers"
        ),
    )
}

/// Anything that people do; whatever it is, it is answered.
async fn do_things(person: Person, hand: usize, mut dice: Dice, done: Arc<Done>) -> Ledger {
    let mut ledger = Ledger::default();
    let mut own: Vec<(String, i64)> = Vec::new();
    while !done.stop.load(Ordering::Relaxed) {
        let kind = if own.is_empty() { 0 } else { dice.below(10) };
        let (uuid, id) = own.last().cloned().unwrap_or_default();
        let fine = |what: &str, outcome: &Outcome| {
            assert!(matches!(outcome, Outcome::Acked { .. }), "hand {hand} {what}: {outcome:?}");
        };
        match kind {
            0..=4 => {
                let words: String =
                    (0..TEXT / 17).map(|_| format!("{:016x} ", dice.next())).collect();
                let (uuid, text) = (dice.uuid(), format!("By {hand}: {}", words.trim_end()));
                ledger.begin(&uuid, 1, person.id, &text);
                let outcome = if kind == 4 {
                    let file: Vec<u8> =
                        (0..FILE / 8).flat_map(|_| dice.next().to_le_bytes()).collect();
                    ledger.with_file(&uuid, file.clone());
                    person.post_file(1, &uuid, &text, &file).await
                } else {
                    person.post(1, &uuid, &text).await
                };
                fine("posts", &outcome);
                if let Outcome::Acked { id, .. } = outcome {
                    own.push((uuid.clone(), id));
                }
                ledger.settle(&uuid, outcome);
            }
            5 => {
                let text = format!("By {hand}, another text");
                let outcome = person.edit(1, id, &text).await;
                fine("edits", &outcome);
                ledger.edited(&uuid, &text, &outcome);
            }
            6 => {
                let content = *dice.one_of(&["Yes", "No", "Well"]);
                fine("boosts", &person.boost(id, content).await);
            }
            7 => {
                let outcome = person.delete(1, id).await;
                fine("deletes", &outcome);
                ledger.deleted(&uuid, &outcome);
                own.pop();
            }
            _ => {
                let pages = [
                    "/rooms/1",
                    "/searches?q=another",
                    "/users/me/sidebar",
                    "/mentions",
                    "/rooms/1/messages",
                ];
                let path = *dice.one_of(&pages);
                assert_eq!(person.get(path).await.0, 200, "hand {hand} reads {path}");
                done.reads.fetch_add(1, Ordering::Relaxed);
                continue;
            }
        }
        done.writes.fetch_add(1, Ordering::Relaxed);
    }
    ledger
}

/// What one of those who post at the same time was answered.
struct Answered {
    uuid: String,
    status: u16,
    /// `Retry-After`, in seconds.
    later: Option<u64>,
    outcome: Outcome,
    took: Duration,
}

async fn full_queue(
    dice: &mut Dice,
    server: &mut Server,
    people: &[Person],
    ledger: &mut Ledger,
) -> Row {
    allow_many_sockets();
    server.before = slow_flushes();
    server.start_again();
    let seen = Arc::new(AtomicUsize::new(0));
    let posters: Vec<_> = (0..POSTERS)
        .map(|number| {
            let (person, seen) = (people[number % people.len()].clone(), seen.clone());
            let (uuid, text) = (dice.uuid(), format!("Together {number}"));
            ledger.begin(&uuid, 1, person.id, &text);
            tokio::spawn(async move {
                let asked = Instant::now();
                let (status, later, outcome) = person.post_and_see(1, &uuid, &text).await;
                seen.fetch_add(usize::from(status == 503), Ordering::Relaxed);
                Answered { uuid, status, later, outcome, took: asked.elapsed() }
            })
        })
        .collect();
    until("the queue is full", || seen.load(Ordering::Relaxed) >= REFUSALS).await;
    // Those who wait would do so for long; what becomes of their messages they ask afterwards.
    server.kill9();
    let mut answers = Vec::new();
    for poster in posters {
        answers.push(within("everybody is answered", poster).await.unwrap());
    }
    server.before.clear();
    let mut refusals = refused(server, &answers, ledger);
    server.start_again();
    ask_again(people, ledger).await;
    server.term();
    Row::new(
        "D9 more than may wait",
        format!(
            "{POSTERS} posters on a slow disk: 503 with a time to come back, at once, not done"
        ),
        format!(
            "{} refused so, none of them there; answered after {:.0} ms (median), {:.0} ms (p99) \
             beside all others; all {POSTERS} there when asked again",
            refusals.len(),
            percentile(&mut refusals, 0.5),
            percentile(&mut refusals, 0.99)
        ),
    )
}

/// How long the refusals took, in microseconds. Each of them says when to come back, and was true.
fn refused(server: &Server, answers: &[Answered], ledger: &mut Ledger) -> Vec<u32> {
    let database = open(&server.data_dir());
    let mut known =
        database.prepare("select 1 from messages where client_message_id = ?1").unwrap();
    let mut refusals = Vec::new();
    for answer in answers {
        ledger.settle(&answer.uuid, answer.outcome.clone());
        match answer.status {
            0 | 200 => {}
            503 => {
                assert!(answer.later.is_some(), "503 without a time to come back");
                let is_there = known.exists([&answer.uuid]).unwrap();
                assert!(!is_there, "{} was refused and is there", answer.uuid);
                refusals.push(u32::try_from(answer.took.as_micros()).unwrap_or(u32::MAX));
            }
            status => panic!("{} was answered {status}", answer.uuid),
        }
    }
    refusals
}

/// The same under the same ids, now that there is room.
async fn ask_again(people: &[Person], ledger: &mut Ledger) {
    let unknown = ledger.unknown();
    for some in unknown.chunks(AGAIN) {
        let asking = some.iter().map(|uuid| {
            let entry = &ledger.entries[uuid];
            let person = people.iter().find(|person| person.id == entry.sender).unwrap().clone();
            let (uuid, text) = (uuid.clone(), entry.texts[0].clone());
            tokio::spawn(async move {
                let outcome = person.post(1, &uuid, &text).await;
                (uuid, outcome)
            })
        });
        let asking: Vec<_> = asking.collect();
        for asked in asking {
            let (uuid, outcome) = within("an answer with room", asked).await.unwrap();
            assert!(matches!(outcome, Outcome::Acked { .. }), "asked again: {outcome:?}");
            ledger.settle(&uuid, outcome);
        }
    }
}

/// As many as the system allows, here and in the programs that are started from here on.
fn allow_many_sockets() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let maximum = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).unwrap();
}

/// The words before the program that make its flushes slow, and note nothing.
fn slow_flushes() -> Vec<OsString> {
    let words = ["strace", "-f", "--seccomp-bpf", "-qq", "-e", "trace=fdatasync", "-e", SLOW];
    let quiet = ["-e", "signal=none", "-o", "/dev/null"];
    words.iter().chain(&quiet).map(Into::into).collect()
}
