//! Backups under load (D7): each holds every message acknowledged before it began, with its file,
//! becomes a sound data directory again, and holds up nobody.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::rig::auditor::{open, verify};
use crate::rig::beats::percentile;
use crate::rig::person::Outcome;
use crate::rig::{Dice, Person, Plan, Row, Server, within};

const HANDS: usize = 8;
/// What one of the hands sends with each message, in bytes.
const FILE: usize = 64 * 1024;

/// What the hands know together.
#[derive(Default)]
struct Known {
    acked: Mutex<Vec<i64>>,
    /// How long answers took while nothing and while a backup was made, in microseconds.
    calm: Mutex<Vec<u32>>,
    meanwhile: Mutex<Vec<u32>>,
    is_made: AtomicBool,
    stop: AtomicBool,
    /// Held by whoever judges a backup: judging takes as long as there are messages, and more of
    /// them meanwhile would make every round longer than the one before.
    rest: tokio::sync::RwLock<()>,
}

pub async fn run(plan: Plan) -> Vec<Row> {
    let (rounds, calm) = plan.pick((2, 500), (20, 3_000));
    let mut dice = plan.dice().fork(11);
    let server = Server::start(&mut dice);
    let ada = Person::first_run(server.address()).await;
    let mut people = vec![ada.clone()];
    for number in 2..=4 {
        people.push(ada.join(number).await);
    }
    let known = Arc::new(Known::default());
    let hands: Vec<_> = (0..HANDS)
        .map(|hand| {
            let person = people[hand % people.len()].clone();
            tokio::spawn(post(person, hand == 0, dice.fork(hand as u64), known.clone()))
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(calm)).await;
    let folder = tempfile::tempdir().unwrap();
    let mut took = Vec::new();
    for _ in 0..rounds {
        tokio::time::sleep(dice.millis(5, 200)).await;
        let before = known.acked.lock().unwrap().clone();
        known.is_made.store(true, Ordering::Relaxed);
        let began = Instant::now();
        let (home, into) = (server.data_dir(), folder.path().to_owned());
        let made = tokio::task::spawn_blocking(move || backup(&home, &into));
        let backup = within("a backup", made).await.unwrap();
        known.is_made.store(false, Ordering::Relaxed);
        took.push(began.elapsed());
        let resting = known.rest.write().await;
        let judged = tokio::task::spawn_blocking(move || judge(&backup, &before));
        within("the judgement of a backup", judged).await.unwrap();
        drop(resting);
    }
    known.stop.store(true, Ordering::Relaxed);
    for hand in hands {
        within("a hand stops", hand).await.unwrap();
    }
    took.sort_unstable();
    let p99 = |times: &Mutex<Vec<u32>>| percentile(&mut times.lock().unwrap(), 0.99);
    vec![Row::new(
        "D7 backups under load",
        format!(
            "{rounds} backups: nothing acknowledged before is missing; p99 meanwhile ≤ twice that otherwise, or 100 ms"
        ),
        format!(
            "{rounds} backups of up to {} messages, all whole, each {} ms (median); \
             post p99 {:.0} ms meanwhile, {:.0} ms otherwise",
            known.acked.lock().unwrap().len(),
            took[took.len() / 2].as_millis(),
            p99(&known.meanwhile),
            p99(&known.calm)
        ),
    )]
}

async fn post(person: Person, with_files: bool, mut dice: Dice, known: Arc<Known>) {
    while !known.stop.load(Ordering::Relaxed) {
        let _going_on = known.rest.read().await;
        let uuid = dice.uuid();
        let during = known.is_made.load(Ordering::Relaxed);
        let asked = Instant::now();
        let outcome = if with_files {
            person.post_file(1, &uuid, "With a file", &vec![7; FILE]).await
        } else {
            person.post(1, &uuid, "Talking on").await
        };
        let Outcome::Acked { id, .. } = outcome else { panic!("not posted: {outcome:?}") };
        let micros = u32::try_from(asked.elapsed().as_micros()).unwrap_or(u32::MAX);
        known.acked.lock().unwrap().push(id);
        let times = if during { &known.meanwhile } else { &known.calm };
        times.lock().unwrap().push(micros);
    }
}

fn campfire(home: &Path, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_campfire"))
        .env("DATA_DIR", home)
        .env("RUST_LOG", "warn")
        .args(arguments)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "campfire {arguments:?}:\n{said}{complained}");
    said
}

/// Has the program make one, and gives its place.
pub fn backup(home: &Path, into: &Path) -> PathBuf {
    let said = campfire(home, &["backup", into.to_str().unwrap()]);
    said.split(": a database of").next().unwrap().into()
}

/// The program's own judgement of a backup and of what is restored from it, and every message.
fn judge(backup: &Path, acked: &[i64]) {
    verify(backup);
    let home = tempfile::tempdir().unwrap();
    campfire(home.path(), &["restore", backup.to_str().unwrap()]);
    verify(home.path());
    assert!(campfire(home.path(), &["users"]).contains("ada@example.com"));
    let database = open(home.path());
    let mut there = database.prepare("select 1 from messages where id = ?1").unwrap();
    for id in acked {
        assert!(there.exists([id]).unwrap(), "message {id} was acknowledged before and is missing");
    }
}
