//! Fan-out (R4): every acknowledged message reaches everybody in a full room, and nobody is sent
//! away, with few and with many who post.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::rig::beats::{Beats, Listener, percentile};
use crate::rig::person::Outcome;
use crate::rig::{Person, Plan, Row, Server, until, within};

pub async fn run(plan: Plan) -> Vec<Row> {
    let (subscribers, profiles) = plan.pick((40, [2, 16]), (1_000, [4, 64]));
    let lasting = plan.pick(Duration::from_millis(800), Duration::from_secs(15));
    let mut rows = Vec::new();
    for posters in profiles {
        rows.push(profile(plan, subscribers, posters, lasting).await);
    }
    rows
}

async fn profile(plan: Plan, subscribers: usize, posters: usize, lasting: Duration) -> Row {
    let mut dice = plan.dice().fork(5);
    let server = Server::start(&mut dice);
    let ada = Person::first_run(server.address()).await;
    let mut people = vec![ada.clone()];
    for number in 2..=8 {
        people.push(ada.join(number).await);
    }
    let beats = Beats::new();
    let path = "/live?room=1&cursor=0";
    let mut listeners = Vec::new();
    for number in 0..subscribers {
        let person = &people[number % people.len()];
        listeners.push(Listener::open(server.address(), path, person, &beats).await);
    }
    let began = Instant::now();
    let hands: Vec<_> = (0..posters)
        .map(|number| {
            let (person, beats) = (people[number % people.len()].clone(), Arc::clone(&beats));
            let (address, mut dice) = (server.address(), dice.fork(number as u64));
            tokio::spawn(async move {
                // Each waits until they see their own message, as people do, and posts the next.
                let own = Listener::open(address, path, &person, &beats).await;
                let mut seen = 0;
                while began.elapsed() < lasting {
                    let (number, text) = beats.begin(0);
                    let outcome = person.post(1, &dice.uuid(), &text).await;
                    assert!(matches!(outcome, Outcome::Acked { .. }), "{number}: {outcome:?}");
                    let mut last = own.last.clone();
                    within("one's own message comes back", async {
                        while !own.heeded.lock().unwrap().numbers[seen..].contains(&number) {
                            last.changed().await.expect("the socket stays open");
                        }
                    })
                    .await;
                    seen = own.count();
                }
            })
        })
        .collect();
    for hand in hands {
        within("a poster is done", hand).await.unwrap();
    }
    let (posting, posted) = (began.elapsed(), beats.count());
    until("everything has reached everybody", || {
        listeners.iter().all(|listener| {
            let heeded = listener.heeded.lock().unwrap();
            assert_eq!(heeded.closed, None, "a subscriber was sent away");
            heeded.numbers.len() >= posted
        })
    })
    .await;
    let all: Vec<usize> = (0..posted).collect();
    let mut delays = Vec::new();
    for listener in &listeners {
        let mut heard = listener.take();
        heard.numbers.sort_unstable();
        assert!(heard.numbers == all, "a subscriber did not hear everything once");
        delays.append(&mut heard.delays);
    }
    let rate = posted as f64 / posting.as_secs_f64();
    Row::new(
        if posters <= 4 { "R4 fan-out, few posters" } else { "R4 fan-out, many posters" },
        format!("{subscribers} subscribers, {posters} posters: 100 %, 0 disconnects, p99 ≤ 500 ms"),
        format!(
            "{posted} messages to all {subscribers}, 0 disconnects; {rate:.0} posts/s, {:.0} \
             deliveries/s; p50 {:.0} ms, p99 {:.0} ms",
            rate * subscribers as f64,
            percentile(&mut delays, 0.5),
            percentile(&mut delays, 0.99),
        ),
    )
}
