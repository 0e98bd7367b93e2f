//! Clients that never finish what they began are shown the door; nobody else waits for them.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::database::alter_stopped;
use crate::support::{App, DEADLINE};

/// Sends these bytes and reads what comes back until the server closes.
async fn until_closed(host: &str, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(host).await.unwrap();
    // The server may close before it has read everything.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn half_a_request_is_not_waited_for_for_ever() {
    let app = App::start();
    let ada = app.first_run().await;
    let host = app.host();
    let halves: Vec<_> =
        ["", "GET", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: 1"]
            .into_iter()
            .cycle()
            .take(100)
            .map(|half| {
                let host = host.clone();
                tokio::spawn(async move {
                    let closed = until_closed(&host, half.as_bytes());
                    let closed = tokio::time::timeout(DEADLINE, closed).await;
                    assert!(closed.is_ok(), "{half:?} is still waited for");
                })
            })
            .collect();
    // Meanwhile everybody else is served.
    let id = ada.post(1, "Business as usual").await;
    let mut socket = ada.live(1, 0).await;
    socket.wait_for_message(id).await;
    for half in halves {
        half.await.unwrap();
    }
}

#[tokio::test]
async fn requests_out_of_proportion_are_turned_down() {
    let app = App::start();
    app.first_run().await;
    let host = app.host();
    let start = format!("GET /up HTTP/1.1\r\nHost: {host}\r\n");
    let large = format!("{start}X-Large: {}\r\n\r\n", "x".repeat(64 * 1_024));
    let many = format!("{start}{}\r\n", "X-More: x\r\n".repeat(500));
    let long = format!("GET /{} HTTP/1.1\r\nHost: {host}\r\n\r\n", "x".repeat(100_000));
    for (request, expected) in [(large, "431"), (many, "431"), (long, "414")] {
        let answer = until_closed(&host, request.as_bytes()).await;
        let status = answer.split(' ').nth(1).unwrap_or_default();
        let refused = [expected, "400", "431"].contains(&status);
        assert!(refused, "{expected} expected, not {:?}", answer.lines().next());
    }
    let odd: [&[u8]; 6] = [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /session HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"POST /session HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
    ];
    for request in odd {
        let answer = until_closed(&host, request).await;
        let fine = answer.is_empty()
            || answer.starts_with("HTTP/1.1 4")
            || answer.starts_with("HTTP/1.0 4");
        assert!(fine, "{:?} to {:?}", answer.lines().next(), String::from_utf8_lossy(request));
    }
    app.visitor().get("/up").await.expect(200);
}

#[tokio::test]
async fn a_hundred_sign_ins_at_once_do_not_keep_the_others_waiting() {
    let app = App::start();
    let ada = app.first_run().await;
    let crowd: Vec<_> = (0..100)
        .map(|_| {
            let visitor = app.visitor();
            tokio::spawn(async move {
                let fields = [("email_address", "ada@example.com"), ("password", "not this one")];
                visitor.post_form("/session", &fields).await
            })
        })
        .collect();
    for number in 0..5 {
        ada.post(1, &format!("Line {number}")).await;
    }
    for answer in crowd {
        let answer = answer.await.unwrap();
        match answer.status() {
            401 => {}
            503 => assert!(!answer.header("retry-after").is_empty()),
            status => panic!("{status}"),
        }
    }
}

/// Long messages, written into the database of a stopped server: to be composed would take them
/// longer than to be sent. Forty originals with five replies each, which are drawn anew with them.
const LONG_MESSAGES: &str = "
    with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 240)
    insert into messages (id, room_id, creator_id, client_message_id, body_html, body_source,
                          body_format, plain_text, reply_to_id, created_at)
    select n, 1, 1, 'long ' || n, '<p>' || hex(zeroblob(25000)) || '</p>', 'long', 'markdown',
           'long', iif(n > 40, 1 + n % 40, null), 1 from numbers;
    update rooms set last_message_id = 240 where id = 1;
    insert into search_entries (id, words, parts, marks)
        select id, plain_text, '', '' from messages where id not in (select id from search_entries);
    insert into message_search (rowid, words, parts, marks)
        select id, words, parts, marks from search_entries
        where id not in (select id from message_search_docsize);";

#[tokio::test]
async fn who_does_not_read_is_cut_off_and_comes_back_to_everything() {
    let mut app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    app.term_and_wait().await;
    alter_stopped(&app.data_dir(), LONG_MESSAGES);
    app.start_again();
    let mut deaf = grace.live(1, 0).await;
    let mut awake = grace.live(1, 0).await;
    // More than the network and the backlog hold for somebody who does not read.
    for original in 1..=40 {
        let path = format!("/rooms/1/messages/{original}");
        ada.post_form(&path, &[("body", "Shorter")]).await.expect(303);
        let reply = if original == 1 { 240 } else { 199 + original };
        awake.wait_for_message(reply).await;
    }
    let all = awake.message_ids();
    assert_eq!(all.len(), 240, "nobody else waited");
    deaf.read_to_the_end().await;
    let heard = deaf.message_ids();
    assert!(heard.len() < all.len(), "it was never cut off");
    assert_eq!(heard, all[..heard.len()], "and until then it missed nothing");
    // Back with the last number it has heard, it is sent all the rest, once.
    let mut back = grace.live(1, deaf.cursor().unwrap()).await;
    back.wait_for_message(239).await;
    let mut seen = [heard, back.message_ids()].concat();
    seen.sort_unstable();
    assert_eq!(seen, (1..=240).collect::<Vec<_>>());
}
