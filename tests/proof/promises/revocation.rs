//! Revoked is revoked (Z2): whoever loses a room, by whatever way, hears nothing that happened
//! after that was answered, on no socket, and their sockets close with the right code.

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::rig::wire::{Heard, TEXT, Wire};
use crate::rig::{Dice, Person, Plan, Row, Server, within};

/// The ways to lose a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Removed,
    Leaves,
    RoomClosed,
    RoomDeleted,
    Deactivated,
    Banned,
}

const WAYS: [Way; 6] =
    [Way::Removed, Way::Leaves, Way::RoomClosed, Way::RoomDeleted, Way::Deactivated, Way::Banned];
/// Races at the same time, each in a room of its own.
const AT_ONCE: usize = 3;
const ROOM_CLOSED: u16 = 4403;
const SIGNED_OUT: u16 = 4401;

/// What every race needs.
struct Stage {
    server: Server,
    ada: Person,
    /// In every room, and staying there.
    witness: Person,
    join_code: String,
}

pub async fn run(plan: Plan) -> Vec<Row> {
    let races = plan.pick(18, 1_000);
    let mut dice = plan.dice().fork(9);
    let server = Server::start(&mut dice);
    let ada = Person::first_run(server.address()).await;
    let join_code = ada.join_code().await;
    let witness = ada.join(2).await;
    let stage = Arc::new(Stage { server, ada, witness, join_code });
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut running = Vec::new();
    for number in 0..races {
        let place = places.clone().acquire_owned().await.unwrap();
        let (stage, dice) = (stage.clone(), dice.fork(number as u64));
        running.push(tokio::spawn(async move {
            let heard = race(&stage, WAYS[number % WAYS.len()], number, dice).await;
            drop(place);
            heard
        }));
    }
    let mut frames = 0;
    for race in running {
        frames += within("a race ends", race).await.unwrap();
    }
    vec![Row::new(
        "Z2 revoked is revoked",
        format!("{races} races of 6 ways × post, edit, boost, typing, unread: 0 bytes after it"),
        format!("{races} races: {frames} frames heard before, 0 after; all sockets closed rightly"),
    )]
}

/// One race; gives how many frames the one who lost the room had heard before.
async fn race(stage: &Stage, way: Way, number: usize, mut dice: Dice) -> usize {
    let Stage { server, ada, witness, join_code } = stage;
    let victim = ada.join_with(join_code, 100 + number).await;
    let room = make_room(ada, &[witness, &victim], way, number).await;
    let path = format!("/live?room={room}&cursor=0");
    let mut in_room =
        Wire::open(server.address(), &path, &victim).await.unwrap().expect("a socket");
    let mut elsewhere =
        Wire::open(server.address(), "/live", &victim).await.unwrap().expect("a socket");
    let mut other = Wire::open(server.address(), &path, witness).await.unwrap().expect("a socket");

    let noise = {
        let (ada, witness, mut dice) = (ada.clone(), witness.clone(), dice.fork(1));
        tokio::spawn(async move {
            for count in 0..6 {
                let person = if count % 2 == 0 { &ada } else { &witness };
                happen(person, room, &format!("before {count}"), &mut dice).await;
            }
        })
    };
    tokio::time::sleep(dice.millis(0, 12)).await;
    revoke(stage, way, room, &victim).await;

    // From here on the victim must hear nothing of it: these begin after the answer.
    let late = format!("canary-{number}-");
    if way != Way::RoomDeleted {
        let _ = other.say(TEXT, br#"{"type":"typing"}"#).await;
        happen(witness, room, &late, &mut dice).await;
    }
    noise.await.unwrap();
    let denied = victim.get(&format!("/rooms/{room}/messages")).await;
    assert!(
        [404, 303, 401].contains(&denied.0) && !denied.1.contains("canary-"),
        "{way:?}: {denied:?}"
    );
    let refused = victim.post(room, &dice.uuid(), "I am still here").await;
    assert!(matches!(refused, crate::rig::person::Outcome::Refused(_)), "{way:?}: {refused:?}");
    // A sign in a room they share: what was said before it has arrived when it does.
    ada.post(1, &dice.uuid(), "Next").await;

    let (mut frames, code) = heard(&mut in_room, None).await;
    let whole_account = matches!(way, Way::Deactivated | Way::Banned);
    let expected = if whole_account { SIGNED_OUT } else { ROOM_CLOSED };
    // A person who is shut out may lose the room first.
    let right = code == expected || (whole_account && code == ROOM_CLOSED);
    assert!(right, "{way:?}: the socket closed with {code}");
    let (more, code) = heard(&mut elsewhere, (!whole_account).then_some("/rooms/1\"")).await;
    assert_eq!(code, if whole_account { SIGNED_OUT } else { 0 }, "{way:?}: the other socket");
    frames.extend(more);
    let leaked = frames.iter().find(|frame| frame.contains("canary-"));
    assert!(leaked.is_none(), "{way:?}: heard afterwards: {leaked:?}");
    frames.len()
}

async fn make_room(ada: &Person, members: &[&Person], way: Way, number: usize) -> i64 {
    let name = format!("Room {number}");
    let ids: Vec<String> = members.iter().map(|person| person.id.to_string()).collect();
    let mut fields = vec![("name", name.as_str())];
    let path = if way == Way::RoomClosed { "/rooms/opens" } else { "/rooms/closeds" };
    if way != Way::RoomClosed {
        fields.extend(ids.iter().map(|id| ("user_ids", id.as_str())));
    }
    let to = ada.submit_to(path, &fields).await;
    to.strip_prefix("/rooms/").and_then(|id| id.parse().ok()).expect("a room")
}

/// Takes the room from them; returns when that was answered.
async fn revoke(stage: &Stage, way: Way, room: i64, victim: &Person) {
    let ada = &stage.ada;
    let stays = stage.witness.id.to_string();
    let (id, name) = (victim.id, format!("Room {room}"));
    let status = match way {
        Way::Removed | Way::RoomClosed => {
            let fields = [("name", name.as_str()), ("user_ids", &stays)];
            ada.submit(&format!("/rooms/closeds/{room}"), &fields).await
        }
        Way::Leaves => victim.submit(&format!("/rooms/{room}/membership/delete"), &[]).await,
        Way::RoomDeleted => ada.submit(&format!("/rooms/{room}/delete"), &[]).await,
        Way::Deactivated => ada.submit(&format!("/account/users/{id}/delete"), &[]).await,
        Way::Banned => ada.submit(&format!("/users/{id}/ban"), &[]).await,
    };
    assert_eq!(status, 303, "{way:?}");
}

/// A post, its edit and a boost; the room may be gone meanwhile.
async fn happen(person: &Person, room: i64, text: &str, dice: &mut Dice) {
    if let crate::rig::person::Outcome::Acked { id, .. } =
        person.post(room, &dice.uuid(), text).await
    {
        person.edit(room, id, &format!("{text} and more")).await;
        person.boost(id, text.get(..8).unwrap_or("Yes")).await;
    }
}

/// The frames up to the end, or up to one that holds this text; and the close code, 0 if open.
async fn heard(wire: &mut Wire, until: Option<&str>) -> (Vec<String>, u16) {
    let mut frames = Vec::new();
    within("the socket closes, or hears of another room", async {
        loop {
            match wire.next().await {
                Heard::Text(frame) => {
                    let last = until.is_some_and(|text| frame.contains(text));
                    frames.push(frame);
                    if last {
                        return (frames, 0);
                    }
                }
                Heard::Ping | Heard::Pong => {}
                Heard::Close(code) => return (frames, code),
                Heard::Broken => return (frames, 1006),
            }
        }
    })
    .await
}
