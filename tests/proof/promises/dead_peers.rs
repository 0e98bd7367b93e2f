//! Dead peers (R6): a socket whose line swallows everything is found, and whoever sat there is no
//! longer shown as present. Nearly all of it is waiting, so it runs beside the other proofs.

use std::time::{Duration, Instant};

use crate::rig::proxy::Proxy;
use crate::rig::wire::{Heard, Wire};
use crate::rig::{Person, Plan, Row, Server, until};

/// Gone after this long without a sign.
const GONE: Duration = Duration::from_secs(60);
/// For the seconds in which presence lingers, and for a busy machine.
const SLACK: Duration = Duration::from_secs(15);
pub async fn run(plan: Plan) -> Vec<Row> {
    let mut dice = plan.dice().fork(7);
    let server = Server::start(&mut dice);
    let ada = Person::first_run(server.address()).await;
    let grace = ada.join(2).await;
    let proxy = Proxy::before(server.address()).await;
    let path = "/live?room=1&cursor=0";
    let mut watcher = Wire::open(server.address(), path, &ada).await.unwrap().expect("a socket");
    let dead = Wire::open(proxy.address(), path, &grace).await.unwrap().expect("a socket");
    let here = |frame: &str| frame.contains("#present_list").then(|| frame.contains(&grace.name));
    listen_until(&mut watcher, |frame| here(frame) == Some(true)).await;
    proxy.swallow();
    let silent = Instant::now();
    let gone_from_view = async {
        listen_until(&mut watcher, |frame| here(frame) == Some(false)).await;
        silent.elapsed()
    };
    let gone_from_the_server = async {
        until("the server drops the socket", || proxy.connections() == 0).await;
        silent.elapsed()
    };
    let (view, socket) = tokio::join!(gone_from_view, gone_from_the_server);
    drop(dead);
    for (what, after) in [("the socket", socket), ("the presence", view)] {
        assert!(after <= GONE + SLACK, "{what} of a dead peer was there for {after:?}");
    }
    vec![Row::new(
        "R6 dead peers",
        format!("gone, presence too, ≤ {} s after the last sign", GONE.as_secs()),
        format!(
            "socket gone after {:.0} s, presence after {:.0} s",
            socket.as_secs_f64(),
            view.as_secs_f64()
        ),
    )]
}

async fn listen_until(wire: &mut Wire, is_so: impl Fn(&str) -> bool) {
    loop {
        match wire.next().await {
            Heard::Text(frame) if is_so(&frame) => return,
            Heard::Text(_) | Heard::Ping | Heard::Pong => {}
            other => panic!("{other:?} while waiting"),
        }
    }
}
