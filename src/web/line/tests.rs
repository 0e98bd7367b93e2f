//! Texts arrive whole and in order, however little the system takes at once, whatever the protocol
//! layer has to say in between, and wherever a flush is given up.

use std::pin::pin;

use futures_util::future::{Either, select};
use proptest::prelude::*;
use tokio::io::{DuplexStream, Join};
use tokio::task::yield_now;

use super::*;

#[tokio::test]
async fn a_peer_may_say_a_little_for_ever_and_much_only_once() {
    let mut metered = Metered::new(tokio::io::empty());
    let start = Instant::now();
    for second in 0..10_000 {
        assert!(metered.allows(1_000, start + Duration::from_secs(second)));
    }
    let later = start + Duration::from_secs(20_000);
    assert!(metered.allows(BURST as usize, later));
    assert!(!metered.allows(1, later));
}

type Connection = Join<DuplexStream, DuplexStream>;

/// What the server does, one after the other.
#[derive(Clone, Debug)]
enum Deed {
    /// Texts of so many bytes, sent together.
    Say(Vec<usize>),
    /// The same, given up after the task has waited so often.
    GiveUp(Vec<usize>, usize),
    /// The peer says something that the protocol layer answers.
    HearPing,
    Ping,
}

fn deed() -> impl Strategy<Value = Deed> {
    let sizes = || {
        let size = prop_oneof![4 => 0..10_usize, 4 => 120..130_usize, 1 => 65_500..65_600_usize];
        proptest::collection::vec(size, 1..20)
    };
    prop_oneof![
        3 => sizes().prop_map(Deed::Say),
        2 => (sizes(), 0..20_usize).prop_map(|(sizes, waits)| Deed::GiveUp(sizes, waits)),
        1 => Just(Deed::HearPing),
        1 => Just(Deed::Ping),
    ]
}

/// A text that says which one it is, and how long.
fn text(number: usize, size: usize) -> Utf8Bytes {
    format!("{number}:{size}:{}", "é".repeat(size / 2)).into()
}

/// What arrives until the server has said its last word.
async fn listen(mut peer: WebSocketStream<Connection>) -> (Vec<Utf8Bytes>, u16) {
    let mut heard = Vec::new();
    loop {
        match peer.next().await.expect("a last word").expect("frames that can be read") {
            Message::Text(text) => heard.push(text),
            Message::Close(frame) => return (heard, frame.expect("a code").code.into()),
            Message::Ping(_) | Message::Pong(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

async fn converse(deeds: Vec<Deed>, room: usize) {
    // Little room on the way to the peer, and all it needs on the way back.
    let (mouth, ears) = tokio::io::duplex(room);
    let (answers, hears) = tokio::io::duplex(64 * 1024);
    let mut line = Line::over(tokio::io::join(hears, mouth)).await;
    let theirs = tokio::io::join(ears, answers);
    let mut client = WebSocketStream::from_raw_socket(theirs, Role::Client, None).await;
    for _ in deeds.iter().filter(|deed| matches!(deed, Deed::HearPing)) {
        client.send(Message::Ping(bytes::Bytes::from_static(b"here"))).await.unwrap();
    }
    let listening = tokio::spawn(listen(client));
    let (mut number, mut must_arrive) = (0, Vec::new());
    let mut queue = |line: &mut Line<Connection>, sizes: Vec<usize>| {
        let texts: Vec<Utf8Bytes> = sizes
            .into_iter()
            .map(|size| {
                number += 1;
                // Byte by byte a long one would take its time.
                text(number, size.min(room * 20))
            })
            .collect();
        texts.iter().for_each(|text| line.queue(text.clone()));
        texts
    };
    for deed in deeds {
        match deed {
            Deed::Say(sizes) => {
                must_arrive.extend(queue(&mut line, sizes));
                line.flush().await.unwrap();
            }
            Deed::GiveUp(sizes, waits) => {
                queue(&mut line, sizes);
                let patience = async {
                    for _ in 0..waits {
                        yield_now().await;
                    }
                };
                let (flush, patience) = (pin!(line.flush()), pin!(patience));
                if let Either::Left((outcome, _)) = select(flush, patience).await {
                    outcome.unwrap();
                }
            }
            Deed::HearPing => {
                while !matches!(line.next().await.unwrap().unwrap(), Message::Ping(_)) {}
            }
            Deed::Ping => line.send(Message::Ping(bytes::Bytes::new())).await.unwrap(),
        }
    }
    let code = tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode::Again;
    let reason = Utf8Bytes::default();
    let close = tokio_tungstenite::tungstenite::protocol::CloseFrame { code, reason };
    // The peer may be gone as soon as it has heard that.
    let _ = line.send(Message::Close(Some(close))).await;
    let (heard, code) = listening.await.unwrap();
    assert_eq!(code, 1013);
    let numbers: Vec<usize> = heard
        .iter()
        .map(|text| {
            let (number, rest) = text.split_once(':').unwrap();
            let (size, _) = rest.split_once(':').unwrap();
            let number = number.parse().unwrap();
            assert_eq!(*text, super::tests::text(number, size.parse().unwrap()), "it is whole");
            number
        })
        .collect();
    assert!(numbers.is_sorted_by(|one, next| one < next), "in order, none twice: {numbers:?}");
    for text in must_arrive {
        assert!(heard.contains(&text), "a text is missing: {:.20}", text.as_str());
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 256,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn whatever_is_given_up_what_arrives_is_whole(
        deeds in proptest::collection::vec(deed(), 1..12),
        room in prop_oneof![1..40_usize, 4_000..100_000_usize],
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            timeout(Duration::from_secs(60), converse(deeds, room)).await.expect("an end");
        });
    }
}
