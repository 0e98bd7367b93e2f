//! Permission is checked where nothing can come in between (Z5): nobody posts after they lost
//! their membership, and many who start the same ping at once start one.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::rig::auditor::{open, verify};
use crate::rig::person::Outcome;
use crate::rig::{Dice, Person, Plan, Row, Server, within};

const PINGS: usize = 50;

pub async fn run(plan: Plan) -> Vec<Row> {
    let races = plan.pick(24, 1_000);
    let mut dice = plan.dice().fork(10);
    let mut server = Server::start(&mut dice);
    let ada = Person::first_run(server.address()).await;
    let victim = ada.join(2).await;
    let (mut acked, mut refused) = (0, 0);
    for number in 0..races {
        let (taken, turned_down) = race(&server, &ada, &victim, number, &mut dice).await;
        acked += taken;
        refused += turned_down;
    }
    let rounds = plan.pick(2, 20);
    for number in 0..rounds {
        let other = ada.join(10 + number).await;
        one_ping(&ada, &other).await;
    }
    server.term();
    verify(&server.data_dir());
    vec![
        Row::new(
            "Z5 no post after the removal",
            format!("{races} races of losing membership ∥ posting: 0 posts after it"),
            format!("{races} races: {acked} posts taken before, {refused} refused, 0 after"),
        ),
        Row::new(
            "Z5 one ping for the same people",
            format!("{PINGS} at once: 1 room"),
            format!("{rounds} times {PINGS} at once: 1 room each"),
        ),
    ]
}

/// How many posts were taken, and how many refused.
async fn race(
    server: &Server,
    ada: &Person,
    victim: &Person,
    number: usize,
    dice: &mut Dice,
) -> (usize, usize) {
    let (name, id) = (format!("Room {number}"), victim.id.to_string());
    let to = ada.submit_to("/rooms/closeds", &[("name", &name), ("user_ids", &id)]).await;
    let room: i64 = to.strip_prefix("/rooms/").and_then(|id| id.parse().ok()).expect("a room");
    let finished = Arc::new(AtomicBool::new(false));
    let looking = {
        let (data_dir, finished, id) = (server.data_dir(), finished.clone(), victim.id);
        tokio::task::spawn_blocking(move || look(data_dir, room, id, &finished))
    };
    let hands: Vec<_> = (0..4)
        .map(|hand| {
            let (victim, mut dice) = (victim.clone(), dice.fork(hand));
            tokio::spawn(async move {
                let mut ids = Vec::new();
                for count in 0..40 {
                    match victim.post(room, &dice.uuid(), &format!("Post {count}")).await {
                        Outcome::Acked { id, .. } => ids.push(id),
                        Outcome::Refused(404) => return (ids, true),
                        other => panic!("{other:?}"),
                    }
                }
                (ids, false)
            })
        })
        .collect();
    tokio::time::sleep(dice.millis(0, 15)).await;
    let status = if number.is_multiple_of(2) {
        ada.submit(&format!("/rooms/closeds/{room}"), &[("name", &name)]).await
    } else {
        victim.submit(&format!("/rooms/{room}/membership/delete"), &[]).await
    };
    assert_eq!(status, 303);
    let (mut last, mut taken, mut refused) = (0, 0, 0);
    for hand in hands {
        let (ids, was_refused) = within("a hand is done", hand).await.unwrap();
        taken += ids.len();
        refused += usize::from(was_refused);
        last = ids.into_iter().fold(last, i64::max);
    }
    finished.store(true, Ordering::SeqCst);
    let newest = within("the onlooker ends", looking).await.unwrap();
    assert!(
        last <= newest,
        "message {last} was posted after the removal; {newest} was the last before"
    );
    dice.next();
    (taken, refused)
}

/// Looks at the rows again and again: the newest message of a person when they were first seen to
/// be out of the room. Each look sees one moment between two commits.
fn look(data_dir: PathBuf, room: i64, user: i64, finished: &AtomicBool) -> i64 {
    let database = open(&data_dir);
    let mut statement = database
        .prepare(
            "select exists (select 1 from memberships where room_id = ?1 and user_id = ?2),
                    (select coalesce(max(id), 0) from messages where room_id = ?1 and creator_id = ?2)",
        )
        .unwrap();
    loop {
        let ended = finished.load(Ordering::SeqCst);
        let (inside, newest): (bool, i64) =
            statement.query_row((room, user), |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        if !inside {
            return newest;
        }
        assert!(!ended, "the removal was answered and is not there");
    }
}

/// Both start a ping with each other, many times at once.
async fn one_ping(one: &Person, other: &Person) {
    let starts: Vec<_> = (0..PINGS)
        .map(|number| {
            let (from, to) = if number % 2 == 0 { (one, other) } else { (other, one) };
            let (from, to) = (from.clone(), to.id.to_string());
            tokio::spawn(
                async move { from.submit_to("/rooms/directs", &[("user_ids", &to)]).await },
            )
        })
        .collect();
    let mut rooms = BTreeSet::new();
    for start in starts {
        rooms.insert(within("a ping is there", start).await.unwrap());
    }
    assert_eq!(rooms.len(), 1, "one room for the same people: {rooms:?}");
}
