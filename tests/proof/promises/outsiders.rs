//! What happens in a room is nobody else's business (Z8): whoever is not in it hears nothing of
//! it, neither words nor that there are any.

use crate::rig::person::Outcome;
use crate::rig::wire::{Heard, TEXT, Wire};
use crate::rig::{Person, Plan, Row, Server, within};

pub async fn run(plan: Plan) -> Vec<Row> {
    let posts = plan.pick(60, 1_000);
    let mut dice = plan.dice().fork(11);
    let server = Server::start(&mut dice);
    let ada = Person::first_run(server.address()).await;
    let grace = ada.join(2).await;
    let outsider = ada.join(3).await;
    let fields = [("name", "Secret"), ("user_ids", &grace.id.to_string())];
    let to = ada.submit_to("/rooms/closeds", &fields).await;
    let room: i64 = to.strip_prefix("/rooms/").and_then(|id| id.parse().ok()).expect("a room");

    let open = async |path: &str, person: &Person| {
        Wire::open(server.address(), path, person).await.unwrap().expect("a socket")
    };
    let mut in_another_room = open("/live?room=1&cursor=0", &outsider).await;
    let mut nowhere = open("/live", &outsider).await;
    settle(&ada, &mut [&mut in_another_room, &mut nowhere], &mut dice).await;

    let path = format!("/live?room={room}&cursor=0");
    let refused = Wire::open(server.address(), &path, &outsider).await.unwrap();
    assert_eq!(refused.err(), Some(404));
    for number in 0..posts {
        let person = if number % 2 == 0 { &ada } else { &grace };
        if number % 10 == 0 {
            // Somebody comes and writes, and goes with the next one: nobody may say more at once.
            let mut inside = open(&path, &grace).await;
            inside.say(TEXT, br#"{"type":"typing"}"#).await.unwrap();
        }
        let text = format!("Between us {number}");
        let Outcome::Acked { id, .. } = person.post(room, &dice.uuid(), &text).await else {
            panic!("a post was not taken")
        };
        if number % 10 == 0 {
            person.edit(room, id, "Something else").await;
            grace.boost(id, "👍").await;
            ada.submit(&format!("/rooms/{room}/messages/{id}/unread"), &[]).await;
            ada.delete(room, id).await;
            // Who is in the room is seen in the room: somebody comes, looks and goes.
            drop(open(&path, &ada).await);
        }
    }
    let heard = settle(&ada, &mut [&mut in_another_room, &mut nowhere], &mut dice).await;
    // What is theirs: the sign that ends the waiting, its count, that nothing calls them when they
    // have read it, and the beat of an idle socket.
    let own = [
        "The end of it",
        "/rooms/1\"",
        "<span id=\"calls_count\"></span>",
        "\"#live\" hx-swap=\"none\"></hx-partial>",
    ];
    let is_own = |frame: &&String| own.iter().any(|part| frame.contains(part));
    let stray: Vec<&String> = heard.iter().filter(|frame| !is_own(frame)).collect();
    assert!(stray.is_empty(), "an outsider heard {stray:?}");
    for path in [format!("/rooms/{room}"), format!("/rooms/{room}/messages")] {
        let (status, page) = outsider.get(&path).await;
        assert!(status == 404 && !page.contains("Between us"), "{path}: {status}");
    }
    vec![Row::new(
        "Z8 outsiders",
        format!("{posts} posts elsewhere: 0 frames to who is not in the room"),
        format!("{posts} posts with typing, boosts, presence, unread: 0 frames on 2 sockets"),
    )]
}

/// Posts a sign in the room that all are in, and reads each socket up to it.
async fn settle(ada: &Person, wires: &mut [&mut Wire], dice: &mut crate::rig::Dice) -> Vec<String> {
    let Outcome::Acked { id, .. } = ada.post(1, &dice.uuid(), "The end of it").await else {
        panic!("the sign was not taken")
    };
    let signs = [format!("id=\"message_{id}\""), "/rooms/1\"".to_owned()];
    let mut heard = Vec::new();
    for (wire, sign) in wires.iter_mut().zip(signs) {
        within("the sign comes", async {
            loop {
                match wire.next().await {
                    Heard::Text(frame) => {
                        let last = frame.contains(&sign);
                        heard.push(frame);
                        if last {
                            return;
                        }
                    }
                    Heard::Ping | Heard::Pong => {}
                    other => panic!("{other:?}"),
                }
            }
        })
        .await;
    }
    heard
}
