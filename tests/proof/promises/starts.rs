//! Stops and starts: killed while it starts (D3), it starts the next time; asked to stop under load
//! (D12), it answers what it accepted and does nothing behind anybody's back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::promises::kills::{ask_again, post_until};
use crate::rig::auditor::{audit, open};
use crate::rig::ledger::Ledger;
use crate::rig::wire::Wire;
use crate::rig::{Dice, Person, Plan, Row, Server, within};

const HANDS: usize = 6;
const SOCKETS: usize = 4;
/// Goes away: come back.
const RESTART: u16 = 1012;

pub async fn run(plan: Plan) -> Vec<Row> {
    let (kills, stops) = plan.pick((10, 4), (200, 100));
    let mut dice = plan.dice().fork(5);
    let mut server = Server::start(&mut dice);
    let ada = Person::first_run(server.address()).await;
    let mut ledger = Ledger::default();

    let (mut slowest_stop, mut unanswered) = (Duration::ZERO, 0);
    for stop in 0..stops {
        let mut round = under_load(&mut server, &ada, &mut dice, stop, &mut slowest_stop).await;
        let database = open(&server.data_dir());
        for uuid in round.unknown() {
            let known = "select 1 from messages where client_message_id = ?1";
            let is_there = database.prepare(known).unwrap().exists([&uuid]).unwrap();
            assert!(!is_there, "{uuid} was done, and its answer withheld");
        }
        drop(database);
        server.start_again();
        unanswered += ask_again(&mut round, std::slice::from_ref(&ada)).await;
        ledger.absorb(round);
    }

    // With a log that a kill left, so that there is something to recover.
    let mut slowest_start = Duration::ZERO;
    server.kill9();
    for kill in 0..kills {
        server.kill_while_starting(dice.millis(0, 150));
        if kill % 10 == 9 {
            slowest_start = slowest_start.max(server.start_again());
            server.kill9();
        }
    }
    slowest_start = slowest_start.max(server.start_again());
    server.term();
    audit(&server.data_dir(), &ledger);
    vec![
        Row::new(
            "D3 killed while it starts",
            format!("{kills} kills within 150 ms: starts afterwards within 2 s, nothing lost"),
            format!(
                "{kills} kills: slowest start afterwards {} ms, all {} acknowledged there",
                slowest_start.as_millis(),
                ledger.acked()
            ),
        ),
        Row::new(
            "D12 asked to stop under load",
            format!(
                "{stops} stops: nothing done without an answer, sockets told 1012, within 10 s"
            ),
            format!(
                "{stops} stops: slowest {} ms, {unanswered} requests not accepted, none of them done",
                slowest_stop.as_millis()
            ),
        ),
    ]
}

/// Asks the server to stop while hands post and sockets listen.
async fn under_load(
    server: &mut Server,
    ada: &Person,
    dice: &mut Dice,
    round: usize,
    slowest: &mut Duration,
) -> Ledger {
    let stop = Arc::new(AtomicBool::new(false));
    let hands: Vec<_> = (0..HANDS)
        .map(|hand| {
            let dice = dice.fork((round * HANDS + hand) as u64);
            let label = format!("stop {round} hand {hand}");
            let signs = (stop.clone(), Arc::default());
            tokio::spawn(post_until(ada.clone(), false, label, dice, signs))
        })
        .collect();
    let mut sockets = Vec::new();
    for _ in 0..SOCKETS {
        let opened = Wire::open(server.address(), "/live?room=1&cursor=0", ada).await;
        sockets.push(opened.unwrap().expect("a socket"));
    }
    tokio::time::sleep(dice.millis(50, 300)).await;
    let closing: Vec<_> = sockets
        .into_iter()
        .map(|mut socket| tokio::spawn(async move { socket.close_code().await }))
        .collect();
    let took = tokio::task::block_in_place(|| server.term());
    assert!(took < Duration::from_secs(10), "it took {took:?} to stop");
    *slowest = took.max(*slowest);
    stop.store(true, Ordering::Relaxed);
    for code in closing {
        assert_eq!(within("a socket is closed", code).await.unwrap(), RESTART);
    }
    let mut ledger = Ledger::default();
    for hand in hands {
        ledger.absorb(within("a hand stops", hand).await.unwrap());
    }
    ledger
}
