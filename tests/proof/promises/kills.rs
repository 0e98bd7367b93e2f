//! Killed at any moment under load (D1, R8): nothing acknowledged is lost, nothing is there twice,
//! nothing is there that nobody sent, and nobody was ever shown what a crash then took back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

use crate::rig::auditor::{audit, quick_check};
use crate::rig::ledger::Ledger;
use crate::rig::page::{Page, articles, between};
use crate::rig::person::Outcome;
use crate::rig::wire::{Heard, Wire};
use crate::rig::{Dice, Person, Plan, Row, Server, within};

const HANDS: usize = 8;
const UPLOADS: usize = 1;
const WATCHERS: usize = 4;
/// What one of the hands sends with each message, in bytes.
const FILE: usize = 64 * 1024;

pub async fn run(plan: Plan) -> Vec<Row> {
    let (kills, audit_every) = plan.pick((12, 6), (1_000, 50));
    let mut dice = plan.dice().fork(1);
    let mut server = Server::start(&mut dice);
    let ada = Person::first_run(server.address()).await;
    let mut people = vec![ada.clone()];
    for number in 2..=4 {
        people.push(ada.join(number).await);
    }
    let readers = people.clone();
    people.push(ada.make_bot("Herald").await);
    let mut ledger = Ledger::default();
    let (mut cursor, mut shown_in_all, mut asked_again) = (0, 0, 0);
    let mut starts = Vec::new();
    for kill in 0..kills {
        let stop = Arc::new(AtomicBool::new(false));
        let (acked, shown_now) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let hands: Vec<_> = (0..HANDS)
            .map(|hand| {
                let person = people[hand % people.len()].clone();
                let dice = dice.fork((kill * HANDS + hand) as u64);
                // One of them with files; one of the others is a program, with a bot's key.
                tokio::spawn(post_until(
                    person,
                    hand == UPLOADS,
                    format!("kill {kill} hand {hand}"),
                    dice,
                    (stop.clone(), acked.clone()),
                ))
            })
            .collect();
        let watchers: Vec<_> = (0..WATCHERS)
            .map(|number| {
                tokio::spawn(watch(
                    readers[number % readers.len()].clone(),
                    server.address(),
                    cursor,
                    shown_now.clone(),
                ))
            })
            .collect();
        tokio::time::sleep(dice.millis(5, 400)).await;
        // Any moment will do; the best ones are those in which somebody was told something.
        let moment = match kill % 3 {
            0 => None,
            1 => Some(acked.notified()),
            _ => Some(shown_now.notified()),
        };
        if let Some(moment) = moment {
            let _ = tokio::time::timeout(Duration::from_millis(500), moment).await;
        }
        server.kill9();
        stop.store(true, Ordering::Relaxed);
        let mut round = Ledger::default();
        for hand in hands {
            round.absorb(within("a hand stops", hand).await.unwrap());
        }
        let mut shown = Vec::new();
        for watcher in watchers {
            let (ids, last) = within("a watcher sees the end", watcher).await.unwrap();
            shown.extend(ids);
            cursor = cursor.max(last);
        }
        shown.sort_unstable();
        shown.dedup();
        quick_check(&server.data_dir(), &shown, cursor);
        shown_in_all += shown.len();
        starts.push(server.start_again());
        asked_again += ask_again(&mut round, &people).await;
        ledger.absorb(round);
        if (kill + 1) % audit_every == 0 || kill + 1 == kills {
            server.term();
            audit(&server.data_dir(), &ledger);
            server.start_again();
        }
    }
    starts.sort_unstable();
    let median = starts[starts.len() / 2].as_millis();
    vec![
        Row::new(
            "D1 killed under load",
            format!("{kills} kills: 0 lost, 0 twice, 0 phantoms, integrity each time"),
            format!(
                "{kills} kills: all {} acknowledged there once, {asked_again} asked again, 0 phantoms; \
                 up again after {median} ms (median)",
                ledger.acked()
            ),
        ),
        Row::new(
            "R8 shown only what is on disk",
            "everything ever shown is there after the kill",
            format!("{shown_in_all} messages shown before a kill, all there"),
        ),
    ]
}

/// Posts until told to stop, or until an answer is lost.
pub async fn post_until(
    person: Person,
    uploads: bool,
    label: String,
    mut dice: Dice,
    (stop, acked): (Arc<AtomicBool>, Arc<Notify>),
) -> Ledger {
    let mut ledger = Ledger::default();
    while !stop.load(Ordering::Relaxed) {
        let (uuid, text) = (dice.uuid(), format!("{label} post {}", ledger.entries.len()));
        ledger.begin(&uuid, 1, person.id, &text);
        let outcome = if uploads {
            let file = noise(&mut dice);
            ledger.with_file(&uuid, file.clone());
            person.post_file(1, &uuid, &text, &file).await
        } else {
            person.post(1, &uuid, &text).await
        };
        let lost = outcome == Outcome::Unknown;
        if !lost {
            acked.notify_waiters();
        }
        ledger.settle(&uuid, outcome);
        if lost {
            break;
        }
        tokio::time::sleep(dice.millis(0, 20)).await;
    }
    ledger
}

/// A file of 64 KB that looks like nothing.
fn noise(dice: &mut Dice) -> Vec<u8> {
    (0..FILE / 8).flat_map(|_| dice.next().to_le_bytes()).collect()
}

/// Listens from a change on until the line breaks; gives the messages shown and the last change.
pub async fn watch(
    person: Person,
    server: std::net::SocketAddr,
    cursor: i64,
    shown_now: Arc<Notify>,
) -> (Vec<i64>, i64) {
    let (mut shown, mut last) = (Vec::new(), cursor);
    let path = format!("/live?room=1&cursor={cursor}");
    let Ok(Ok(mut wire)) = Wire::open(server, &path, &person).await else { return (shown, last) };
    loop {
        match wire.next().await {
            Heard::Text(frame) => {
                let before = shown.len();
                shown.extend(articles(&frame).map(|(id, _)| id));
                if shown.len() > before {
                    shown_now.notify_waiters();
                }
                let tag = frame.split('>').next().unwrap_or_default();
                let number = between(tag, "data-cursor=\"", "\"").and_then(|n| n.parse().ok());
                last = last.max(number.unwrap_or(0));
            }
            Heard::Ping | Heard::Pong => {}
            Heard::Close(_) | Heard::Broken => return (shown, last),
        }
    }
}

/// Sends what got no answer once more, under the same ids.
pub async fn ask_again(round: &mut Ledger, people: &[Person]) -> usize {
    let unknown = round.unknown();
    for uuid in &unknown {
        let entry = &round.entries[uuid];
        let sender = people.iter().find(|person| person.id == entry.sender).unwrap();
        let (room, text, file) = (entry.room, entry.texts[0].clone(), entry.file.clone());
        let outcome = within("the server answers again", async {
            loop {
                let outcome = match &file {
                    Some(file) => sender.post_file(room, uuid, &text, file).await,
                    None => sender.post(room, uuid, &text).await,
                };
                match outcome {
                    Outcome::Unknown => tokio::time::sleep(Duration::from_millis(20)).await,
                    outcome => return outcome,
                }
            }
        })
        .await;
        round.settle(uuid, outcome);
    }
    unknown.len()
}

/// A page of the room as it is now.
pub async fn fresh(person: &Person, room: i64) -> Page {
    Page::open(&person.room_page(room).await)
}
