//! Coming back (R2): whenever a page asks for what it missed, while things happen, it gets each
//! change once; who was away too long, or is not of this database, gets the list anew.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::kills::fresh;
use crate::rig::auditor::verify;
use crate::rig::page::Page;
use crate::rig::person::Outcome;
use crate::rig::reader::{Policy, Reader};
use crate::rig::{Dice, Person, Plan, Row, Server, until, within};

/// Readers that come back during one burst of changes.
const AT_ONCE: usize = 20;
/// The most changes that are replayed.
const REPLAYED: usize = 1_000;
const HERD: Policy = Policy::Herd(Duration::from_millis(50));

pub async fn run(plan: Plan) -> Vec<Row> {
    let schedules = plan.pick(60, 1_000);
    let mut dice = plan.dice().fork(3);
    let mut server = Server::start(&mut dice);
    let ada = Person::first_run(server.address()).await;
    let grace = ada.join(2).await;
    let mut old = fresh(&ada, 1).await;
    for round in 0..schedules / AT_ONCE {
        burst(&[&ada, &grace], dice.below(6), &mut dice).await;
        let pages = [old.clone(), fresh(&ada, 1).await];
        let mut readers = Vec::new();
        let mut at = dice.fork(round as u64);
        let coming = async {
            for number in 0..AT_ONCE {
                let person = if number % 2 == 0 { &ada } else { &grace };
                let page = pages[number % pages.len()].clone();
                readers.push(Reader::start(person, server.address(), page, HERD, at.fork(9)));
                tokio::time::sleep(at.millis(0, 3)).await;
            }
        };
        let people = [&ada, &grace];
        let events = 12 + dice.below(12);
        let talking = burst(&people, events, &mut dice);
        tokio::join!(coming, talking);
        old = fresh(&ada, 1).await;
        await_same(&readers, &old).await;
    }

    let just_enough = plan.pick(REPLAYED / 10, REPLAYED);
    let replaced = away_for(&ada, &server, just_enough, &mut dice).await;
    assert_eq!(replaced, 0, "{just_enough} changes are replayed, not replaced");
    let replaced = away_for(&ada, &server, REPLAYED + 1, &mut dice).await;
    assert_eq!(replaced, 1, "{} changes are one new list", REPLAYED + 1);
    let mut strange = fresh(&ada, 1).await;
    strange.cursor = 999_999_999_999;
    assert_eq!(comes_back(&ada, &server, strange).await, 1, "a cursor of the future is not ours");
    let mut other = fresh(&ada, 1).await;
    let epochs = other.set_epoch("0123456789abcdef");
    burst(&[&ada, &grace], 6, &mut dice).await;
    if epochs {
        assert_eq!(comes_back(&ada, &server, other).await, 1, "another database's cursor");
    }
    server.term();
    verify(&server.data_dir());
    let strangers = if epochs { "future and other database" } else { "future" };
    vec![Row::new(
        "R2 resuming",
        format!("{schedules} schedules: each change once; more than {REPLAYED}: one new list"),
        format!(
            "{schedules} schedules, every page equal; {just_enough} replayed, {} replaced; {strangers} replaced",
            REPLAYED + 1
        ),
    )]
}

/// Some changes by several people at once.
async fn burst(people: &[&Person], events: usize, dice: &mut Dice) {
    let hands: Vec<_> = people
        .iter()
        .enumerate()
        .map(|(number, person)| {
            let (person, mut dice) =
                ((*person).clone(), dice.fork(dice.clone().next() ^ number as u64));
            let events = events / people.len();
            tokio::spawn(async move {
                let mut last = 0;
                for number in 0..events {
                    let text = format!("Something {number}");
                    let mut posted = false;
                    let outcome = match dice.below(4) {
                        0 if last > 0 => person.edit(1, last, &text).await,
                        1 if last > 0 => person.boost(last, "👍").await,
                        2 if last > 0 => person.delete(1, std::mem::take(&mut last)).await,
                        _ => {
                            posted = true;
                            person.post(1, &dice.uuid(), &text).await
                        }
                    };
                    match outcome {
                        Outcome::Acked { id, .. } if posted => last = id,
                        Outcome::Acked { .. } => {}
                        other => panic!("{other:?}"),
                    }
                    tokio::time::sleep(dice.millis(0, 2)).await;
                }
            })
        })
        .collect();
    for hand in hands {
        within("a burst ends", hand).await.unwrap();
    }
    dice.next();
}

async fn await_same(readers: &[Reader], now: &Page) {
    until("everybody has caught up", || readers.iter().all(|r| r.cursor() == now.cursor)).await;
    for reader in readers {
        reader.assert_in_order();
        reader.assert_like(now);
    }
}

/// Misses this many changes; gives how many lists were replaced on coming back.
async fn away_for(person: &Person, server: &Server, changes: usize, dice: &mut Dice) -> usize {
    let page = fresh(person, 1).await;
    let hands: Vec<_> = (0..20)
        .map(|hand| {
            let (person, mut dice) = (person.clone(), dice.fork(1_000 + hand as u64));
            let count = changes / 20 + usize::from(hand < changes % 20);
            tokio::spawn(async move {
                for number in 0..count {
                    let outcome = person.post(1, &dice.uuid(), &format!("Missed {number}")).await;
                    assert!(matches!(outcome, Outcome::Acked { .. }), "{outcome:?}");
                }
            })
        })
        .collect();
    for hand in hands {
        within("what is missed happens", hand).await.unwrap();
    }
    dice.next();
    let missed = fresh(person, 1).await.cursor - page.cursor;
    assert_eq!(missed, changes as i64);
    comes_back(person, server, page).await
}

async fn comes_back(person: &Person, server: &Server, page: Page) -> usize {
    let reader = Reader::start(person, server.address(), page, HERD, Dice::new(0));
    let now = fresh(person, 1).await;
    await_same(std::slice::from_ref(&reader), &now).await;
    reader.shared.replaced.load(Ordering::Relaxed)
}
