//! The answer is lost, the request was not (D4): asked again under the same id, the server gives the
//! same message, and there is one.

use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::rig::auditor::{audit, open};
use crate::rig::ledger::Ledger;
use crate::rig::person::Outcome;
use crate::rig::{Person, Plan, Row, Server};

pub async fn run(plan: Plan) -> Vec<Row> {
    let losses = plan.pick(40, 500);
    let mut dice = plan.dice().fork(6);
    let mut server = Server::start(&mut dice);
    let ada = Person::first_run(server.address()).await;
    let mut ledger = Ledger::default();
    let mut there_already = 0;
    for number in 0..losses {
        let (uuid, text) = (dice.uuid(), format!("lost answer {number}"));
        ledger.begin(&uuid, 1, ada.id, &text);
        let body = format!("client_message_id={uuid}&body={}", text.replace(' ', "+"));
        let request = format!(
            "POST /rooms/1/messages HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\nHX-Request: true\r\n\
             Sec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {}\r\n\r\n{body}",
            server.address(),
            ada.cookie,
            body.len()
        );
        let mut line = TcpStream::connect(server.address()).await.unwrap();
        line.write_all(request.as_bytes()).await.unwrap();
        tokio::time::sleep(dice.millis(0, 30)).await;
        // Broken off with the answer unread, or not yet given.
        drop(line);
        there_already += usize::from(is_stored(&server, &uuid));
        let first = ada.post(1, &uuid, &text).await;
        let Outcome::Acked { id, .. } = first else { panic!("{text}: {first:?}") };
        let again = ada.post(1, &uuid, &text).await;
        assert!(matches!(again, Outcome::Acked { id: same, .. } if same == id), "{id}: {again:?}");
        ledger.settle(&uuid, first);
    }
    // What was broken off before it was read may still be under way.
    tokio::time::sleep(Duration::from_millis(200)).await;
    server.term();
    audit(&server.data_dir(), &ledger);
    vec![Row::new(
        "D4 lost answers",
        format!("{losses} answers lost, each asked again: the same message, {losses} rows"),
        format!(
            "{losses} lost, {there_already} of them after the message was there: {losses} rows"
        ),
    )]
}

fn is_stored(server: &Server, uuid: &str) -> bool {
    let known = "select 1 from messages where client_message_id = ?1";
    open(&server.data_dir()).prepare(known).unwrap().exists([uuid]).unwrap()
}
