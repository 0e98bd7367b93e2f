//! No gap, no repeat, one order for everybody (R1): readers whose lines break and whose server is
//! killed again and again end with the page that a fresh look shows, byte for byte.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::kills::fresh;
use crate::rig::auditor::audit;
use crate::rig::ledger::Ledger;
use crate::rig::page::articles;
use crate::rig::person::Outcome;
use crate::rig::proxy::Proxy;
use crate::rig::reader::{Policy, Reader};
use crate::rig::{Dice, Person, Plan, Row, Server, until, within};

const HANDS: usize = 8;
const PROXIES: usize = 5;

pub async fn run(plan: Plan) -> Vec<Row> {
    let (readers, events, kills) = plan.pick((8, 320, 2), (50, 20_000, 20));
    let mut dice = plan.dice().fork(2);
    let mut server = Server::start(&mut dice);
    let ada = Person::first_run(server.address()).await;
    let mut people = vec![ada.clone()];
    for number in 2..=5 {
        people.push(ada.join(number).await);
    }
    let mut proxies = Vec::new();
    for _ in 0..PROXIES {
        proxies.push(Proxy::before(server.address()).await);
    }
    let proxies = Arc::new(proxies);
    let page = fresh(&ada, 1).await;
    let readers: Vec<Reader> = (0..readers)
        .map(|number| {
            let way = proxies.get(number % (PROXIES + 1)).map(Proxy::address);
            let policy = if number % 2 == 0 {
                Policy::Browser
            } else {
                Policy::Herd(Duration::from_millis(50))
            };
            let (person, address) =
                (&people[number % people.len()], way.unwrap_or(server.address()));
            Reader::start(person, address, page.clone(), policy, dice.fork(100 + number as u64))
        })
        .collect();
    let disturbance = tokio::spawn(disturb(proxies.clone(), dice.fork(50)));

    let done = Arc::new(AtomicUsize::new(0));
    let hands: Vec<_> = (0..HANDS)
        .map(|hand| {
            let person = people[hand % people.len()].clone();
            tokio::spawn(talk(person, events / HANDS, done.clone(), dice.fork(hand as u64)))
        })
        .collect();
    for kill in 0..kills {
        let at = events * (kill + 1) / (kills + 1);
        until("events happen", || done.load(Ordering::Relaxed) >= at).await;
        tokio::time::sleep(dice.millis(0, 50)).await;
        server.kill9();
        server.start_again();
    }
    let mut ledger = Ledger::default();
    for hand in hands {
        ledger.absorb(within("a hand has said everything", hand).await.unwrap());
    }
    disturbance.abort();
    proxies.iter().for_each(Proxy::pass);

    let mut now = fresh(&ada, 1).await;
    until("every reader has caught up", || readers.iter().all(|r| r.cursor() == now.cursor)).await;
    read_back(&ada, &mut now.messages, &readers).await;
    for reader in &readers {
        reader.assert_in_order();
        reader.assert_like(&now);
    }
    let count = |number: fn(&Reader) -> usize| readers.iter().map(number).sum::<usize>();
    let connections = count(|reader| reader.shared.connections.load(Ordering::Relaxed));
    let changes = count(|reader| reader.shared.changes.load(Ordering::Relaxed));
    let replaced = count(|reader| reader.shared.replaced.load(Ordering::Relaxed));
    server.term();
    audit(&server.data_dir(), &ledger);
    vec![Row::new(
        "R1 one order, no gap, no repeat",
        format!("{} readers × {events} events, {kills} kills: pages equal", readers.len()),
        format!(
            "all {} pages equal to a fresh one; {changes} frames applied over {connections} \
             connections, {replaced} lists replaced",
            readers.len()
        ),
    )]
}

/// Older messages, as far back as any reader shows them.
async fn read_back(
    person: &Person,
    messages: &mut std::collections::BTreeMap<i64, String>,
    readers: &[Reader],
) {
    let oldest = readers.iter().filter_map(|r| r.page().messages.keys().next().copied()).min();
    let oldest = oldest.unwrap_or(i64::MAX);
    while let Some(first) = messages.keys().next().copied().filter(|first| *first > oldest) {
        let (_, html) = person.get_fragment(&format!("/rooms/1/messages?before={first}")).await;
        let before = messages.len();
        messages.extend(articles(&html));
        if messages.len() == before {
            return;
        }
    }
}

/// Breaks lines and holds them up, without end.
async fn disturb(proxies: Arc<Vec<Proxy>>, mut dice: Dice) {
    loop {
        tokio::time::sleep(dice.millis(50, 500)).await;
        let proxy = dice.one_of(&proxies);
        if dice.below(10) < 6 {
            proxy.cut();
        } else {
            proxy.stall();
            tokio::time::sleep(dice.millis(100, 1_500)).await;
            proxy.pass();
        }
    }
}

/// Posts, edits, boosts and deletes, each until the server has answered.
async fn talk(person: Person, events: usize, done: Arc<AtomicUsize>, mut dice: Dice) -> Ledger {
    let mut ledger = Ledger::default();
    let mut mine: Vec<(String, i64)> = Vec::new();
    for number in 0..events {
        let text = words(number, &mut dice);
        match dice.below(100) {
            60.. if mine.is_empty() => {
                post(&person, &text, &mut ledger, &mut mine, &mut dice).await
            }
            0..60 => post(&person, &text, &mut ledger, &mut mine, &mut dice).await,
            60..80 => {
                let (uuid, id) = dice.one_of(&mine).clone();
                while person_edits(&person, &uuid, id, &text, &mut ledger).await {}
            }
            80..92 => {
                let id = dice.one_of(&mine).1;
                while person.boost(id, dice.one_of::<&str>(&["👍", "🎉", "Yes"])).await
                    == Outcome::Unknown
                {
                    pause().await;
                }
            }
            _ => {
                let (uuid, id) = mine.swap_remove(dice.below(mine.len()));
                loop {
                    let outcome = person.delete(1, id).await;
                    ledger.deleted(&uuid, &outcome);
                    if outcome != Outcome::Unknown {
                        break;
                    }
                    pause().await;
                }
            }
        }
        done.fetch_add(1, Ordering::Relaxed);
    }
    ledger
}

async fn post(
    person: &Person,
    text: &str,
    ledger: &mut Ledger,
    mine: &mut Vec<(String, i64)>,
    dice: &mut Dice,
) {
    let uuid = dice.uuid();
    ledger.begin(&uuid, 1, person.id, text);
    loop {
        match person.post(1, &uuid, text).await {
            Outcome::Unknown => pause().await,
            outcome => {
                if let Outcome::Acked { id, .. } = outcome {
                    mine.push((uuid.clone(), id));
                }
                ledger.settle(&uuid, outcome);
                return;
            }
        }
    }
}

/// Whether it has to be tried again.
async fn person_edits(
    person: &Person,
    uuid: &str,
    id: i64,
    text: &str,
    ledger: &mut Ledger,
) -> bool {
    let outcome = person.edit(1, id, text).await;
    ledger.edited(uuid, text, &outcome);
    let again = outcome == Outcome::Unknown;
    if again {
        pause().await;
    }
    again
}

async fn pause() {
    tokio::time::sleep(Duration::from_millis(20)).await;
}

fn words(number: usize, dice: &mut Dice) -> String {
    let mut text = format!("Line {number}");
    for _ in 0..dice.below(30) {
        text.push(' ');
        text.push_str(dice.one_of::<&str>(&[
            "ember",
            "**smoke**",
            "<b>ash</b>",
            "`spark`",
            "log & fire",
            "🔥",
        ]));
    }
    text
}
