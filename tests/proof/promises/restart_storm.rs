//! Restart storm (R5): a full house whose server is killed comes back, politely or not, and has
//! missed nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::kills::fresh;
use crate::rig::auditor::audit;
use crate::rig::beats::percentile;
use crate::rig::ledger::Ledger;
use crate::rig::person::Outcome;
use crate::rig::reader::{Policy, Reader};
use crate::rig::{Dice, Person, Plan, Row, Server, until, within};

pub async fn run(plan: Plan) -> Vec<Row> {
    let herd = Policy::Herd(Duration::from_millis(250));
    vec![
        storm(plan, "R5 restart, a herd", "all back ≤ 10 s, /up p99 ≤ 500 ms", herd).await,
        storm(plan, "R5 restart, our pages", "all back ≤ 15 s", Policy::Browser).await,
    ]
}

async fn storm(plan: Plan, name: &'static str, promised: &str, policy: Policy) -> Row {
    let sockets = plan.pick(40, 1_000);
    let mut dice = plan.dice().fork(6);
    let mut server = Server::start(&mut dice);
    let ada = Person::first_run(server.address()).await;
    let mut people = vec![ada.clone()];
    for number in 2..=8 {
        people.push(ada.join(number).await);
    }
    let mut ledger = Ledger::default();
    say(&ada, 3, &mut ledger, &mut dice).await;
    let page = fresh(&ada, 1).await;
    let readers: Vec<Reader> = (0..sockets)
        .map(|number| {
            let person = &people[number % people.len()];
            Reader::start(person, server.address(), page.clone(), policy, dice.fork(number as u64))
        })
        .collect();
    until("everybody is there", || readers.iter().all(Reader::is_live)).await;
    say(&ada, 10, &mut ledger, &mut dice).await;

    server.kill9();
    until("everybody knows", || !readers.iter().any(Reader::is_live)).await;
    server.start_again();
    let ready = Instant::now();
    let finished = Arc::new(AtomicBool::new(false));
    let asking = tokio::spawn(ask_up(ada.clone(), finished.clone()));
    say(&ada, 10, &mut ledger, &mut dice).await;
    until("everybody is back", || readers.iter().all(Reader::is_live)).await;
    let last = readers.iter().map(Reader::since).max().unwrap();
    let back = last.saturating_duration_since(ready).as_secs_f64();
    let now = fresh(&ada, 1).await;
    until("everybody has caught up", || readers.iter().all(|r| r.cursor() == now.cursor)).await;
    let caught_up = ready.elapsed().as_secs_f64();
    finished.store(true, Ordering::Relaxed);
    let mut answers = within("the last answer", asking).await.unwrap();
    for reader in &readers {
        reader.assert_in_order();
        reader.assert_like(&now);
    }
    drop(readers);
    server.term();
    audit(&server.data_dir(), &ledger);
    Row::new(
        name,
        format!("{sockets} sockets: {promised}, 0 gaps, 0 repeats"),
        format!(
            "{sockets} sockets: last one back {back:.1} s after the start, caught up {caught_up:.1} s; \
             /up p99 {:.0} ms over {} answers; all pages equal",
            percentile(&mut answers, 0.99),
            answers.len()
        ),
    )
}

async fn say(person: &Person, count: usize, ledger: &mut Ledger, dice: &mut Dice) {
    for _ in 0..count {
        let (uuid, text) = (dice.uuid(), format!("Line {}", ledger.entries.len()));
        ledger.begin(&uuid, 1, person.id, &text);
        let outcome = person.post(1, &uuid, &text).await;
        assert!(matches!(outcome, Outcome::Acked { .. }), "{outcome:?}");
        ledger.settle(&uuid, outcome);
    }
}

/// Asks whether the server is up until told to stop; how long each answer took, in microseconds.
async fn ask_up(person: Person, finished: Arc<AtomicBool>) -> Vec<u32> {
    let mut answers = Vec::new();
    while !finished.load(Ordering::Relaxed) {
        let asked = Instant::now();
        let (status, _) = person.get("/up").await;
        assert_eq!(status, 200, "the server is up");
        answers.push(u32::try_from(asked.elapsed().as_micros()).unwrap_or(u32::MAX));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    answers
}
