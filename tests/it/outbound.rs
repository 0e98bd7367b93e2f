//! The one client for other machines: where it may go, what it may cost, and how it fails.

use std::time::Duration;

use tokio::io::AsyncWriteExt;

use campfire::outbound::{Call, CallError, Caps, Client, Method, Purpose};

use crate::support::{Outside, Reply};

/// May reach this machine, as an operator with an intranet lets it.
fn client() -> Client {
    Client::new(&["127.0.0.0/8".parse().unwrap()])
}

fn get(url: &str) -> Call {
    Call::new(Purpose::LinkPreview, Method::GET, url).unwrap()
}

fn caps() -> Caps {
    Caps { silence: Duration::from_millis(300), whole: Duration::from_secs(5), ..Caps::default() }
}

async fn failure(client: &Client, call: Call) -> CallError {
    match client.send(call).await {
        Ok(answer) => answer.bytes().await.expect_err("this should have failed"),
        Err(error) => error,
    }
}

#[tokio::test]
async fn an_answer_comes_with_its_headers_and_body() {
    let outside = Outside::start(|_| Reply::html("<p>Hello").header("X-Mood", "good")).await;
    let answer = client().send(get(&outside.url("/a?b=c"))).await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.kind().as_str()), (200, "text/html"));
    assert_eq!((answer.header("x-mood"), answer.url.path()), ("good", "/a"));
    assert_eq!(answer.bytes().await.unwrap(), b"<p>Hello");
    let asked = outside.requests().remove(0);
    assert_eq!((asked.method.as_str(), asked.path.as_str()), ("GET", "/a?b=c"));
    assert!(asked.header("user-agent").starts_with("Campfire/"), "{asked:?}");
    for gossip in ["cookie", "authorization", "referer"] {
        assert_eq!(asked.header(gossip), "");
    }
}

#[tokio::test]
async fn what_is_sent_arrives_with_its_length() {
    let said = serde_json::json!({ "taken": true });
    let outside = Outside::start(move |_| Reply::json(&said)).await;
    let call = Call::new(Purpose::Webhook, Method::POST, &outside.url("/")).unwrap();
    let answer = client().send(call.body("something to say")).await.unwrap();
    assert_eq!(answer.kind(), "application/json");
    let heard = outside.requests().remove(0);
    assert_eq!((heard.header("content-length"), heard.text().as_str()), ("16", "something to say"));
}

#[tokio::test]
async fn people_reach_no_neighbours_however_they_spell_them() {
    let outside = Outside::start(|_| Reply::html("private")).await;
    let port = outside.address.port();
    let strict = Client::new(&[]);
    let hosts = [
        "127.0.0.1",
        "127.1",
        "0x7f.1",
        "0x7f000001",
        "2130706433",
        "0177.0.0.1",
        "localhost",
        "LOCALHOST.",
        "127.0.0.1.",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "0",
        "0.0.0.0",
        "[::]",
        "①②⑦.⓪.⓪.①",
        "127。0。0。1",
        "%31%32%37.0.0.1",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[fe80::1]",
        "169.254.169.254",
        "[fd00:ec2::254]",
    ];
    for host in hosts {
        for port in [String::new(), format!(":{port}")] {
            let url = format!("http://{host}{port}/");
            let call = Call::new(Purpose::LinkPreview, Method::GET, &url);
            let error = match call {
                Ok(call) => failure(&strict, call).await,
                Err(error) => error,
            };
            // Some machines know no `localhost.`.
            let refused = [CallError::Forbidden, CallError::BadUrl, CallError::NoAddress];
            assert!(refused.contains(&error), "{url}: {error:?}");
        }
    }
    assert_eq!(outside.connections(), 0);
    // Bots' own addresses are the operator's affair.
    let hook = Call::new(Purpose::Webhook, Method::GET, &outside.url("/")).unwrap();
    assert!(strict.send(hook).await.is_ok());
}

#[tokio::test]
async fn a_public_address_is_called_on_usual_ports_only() {
    let strict = Client::new(&[]);
    for url in ["http://93.184.216.34:22/", "https://93.184.216.34:8443/", "http://[2606::1]:25/"] {
        assert_eq!(failure(&strict, get(url)).await, CallError::Forbidden, "{url}");
    }
}

#[tokio::test]
async fn redirects_are_followed_and_judged_one_by_one() {
    let outside = Outside::start(|request| match request.path.as_str() {
        "/1" => Reply::redirect("/2"),
        "/2" => Reply::html("there"),
        "/inside" => Reply::redirect("http://[::1]/"),
        "/by-name" => Reply::redirect("http://10.0.0.5.:80/"),
        "/file" => Reply::redirect("file:///etc/passwd"),
        "/nowhere" => Reply::status(302),
        path => Reply::redirect(&format!("{path}x")),
    })
    .await;
    let following = Caps { redirects: 3, ..caps() };
    let call = |path: &str| get(&outside.url(path)).caps(following);
    let answer = client().send(call("/1")).await.unwrap();
    assert_eq!(answer.url.path(), "/2");
    for (path, expected) in [
        ("/inside", CallError::Forbidden),
        ("/by-name", CallError::Forbidden),
        ("/file", CallError::Redirects),
        ("/nowhere", CallError::Redirects),
        ("/endless", CallError::Redirects),
    ] {
        assert_eq!(failure(&client(), call(path)).await, expected, "{path}");
    }
    let asked = outside.requests().iter().filter(|r| r.path.starts_with("/endless")).count();
    assert_eq!(asked, 4, "the first and three redirects");
    let answer = client().send(get(&outside.url("/1"))).await.unwrap();
    assert_eq!(answer.status.as_u16(), 302, "who follows none is given the redirect");
}

#[tokio::test]
async fn no_more_is_read_than_the_call_wants() {
    let outside = Outside::start(|request| match request.path.as_str() {
        "/honest" => Reply::html(vec![b'x'; 2_000]),
        "/unsaid" => Reply::html(vec![b'x'; 2_000]).of_unsaid_length(),
        "/endless" => Reply::html(vec![b'x'; 700]).endless(),
        "/headers" => Reply::html("x").header("x-long", &"y".repeat(20_000)),
        "/headers/many" => (0..120).fold(Reply::html("x"), |r, n| r.header(&format!("x-{n}"), "y")),
        "/fits" => Reply::html(vec![b'x'; 1_000]),
        _ => Reply::new(200, "image/svg+xml", "x"),
    })
    .await;
    let call = |path: &str| {
        let caps = Caps { answer_bytes: 1_000, ..caps() };
        get(&outside.url(path)).caps(caps).kinds(&["text/html"])
    };
    let most = 1_000;
    for path in ["/honest", "/unsaid", "/endless"] {
        assert_eq!(failure(&client(), call(path)).await, CallError::TooLarge { most }, "{path}");
    }
    let most = 16 * 1_024;
    assert_eq!(failure(&client(), call("/headers")).await, CallError::TooLarge { most });
    assert_eq!(failure(&client(), call("/headers/many")).await, CallError::BrokeOff);
    assert_eq!(failure(&client(), call("/picture")).await, CallError::WrongKind);
    assert_eq!(client().send(call("/fits")).await.unwrap().bytes().await.unwrap().len(), 1_000);
}

#[tokio::test]
async fn failures_tell_whether_the_other_side_may_have_heard() {
    let outside = Outside::start(|request| match request.path.as_str() {
        "/silent" => Reply::silent(),
        "/closing" => Reply::closing(),
        "/short" => Reply::html("ten bytes!").claiming(20),
        _ => Reply::html("drip, drip, drip").dripping(Duration::from_millis(400)),
    })
    .await;
    let post = |url: &str| {
        let call = Call::new(Purpose::Webhook, Method::POST, url).unwrap();
        call.body("heard?").caps(caps())
    };
    let sent = CallError::TimedOut { sent: true };
    for (path, expected) in [
        ("/silent", sent),
        ("/dripping", sent),
        ("/closing", CallError::BrokeOff),
        ("/short", CallError::BrokeOff),
    ] {
        // Shorter than the time to connect, so that the silence is what ends it.
        let caps = Caps { whole: Duration::from_secs(1), ..caps() };
        let error = failure(&client(), post(&outside.url(path)).caps(caps)).await;
        assert_eq!(error, expected, "{path}");
    }
    let closed = { std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap() };
    let nobody = format!("http://{closed}/");
    assert_eq!(failure(&client(), post(&nobody)).await, CallError::NotConnected);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let secretless = format!("https://{}/", listener.local_addr().unwrap());
    let rude = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 What?\r\n\r\n").await.unwrap();
        stream
    };
    let client = client();
    let (error, _stream) = tokio::join!(failure(&client, post(&secretless)), rude);
    assert_eq!(error, CallError::BadTls);
    let nowhere = post("http://no-such-name.invalid/");
    assert_eq!(failure(&client, nowhere).await, CallError::NoAddress);
}

#[tokio::test]
async fn calls_of_one_kind_wait_for_each_other_but_not_for_others() {
    let outside = Outside::start(|request| match request.path.as_str() {
        "/silent" => Reply::silent(),
        _ => Reply::html("quick"),
    })
    .await;
    let client = client();
    let slow = Caps { silence: Duration::from_secs(20), whole: Duration::from_secs(20), ..caps() };
    let waiting: Vec<_> = (0..8)
        .map(|_| {
            let (client, call) = (client.clone(), get(&outside.url("/silent")).caps(slow));
            tokio::spawn(async move { client.send(call).await.map(|_| ()) })
        })
        .collect();
    outside.wait_for(8).await;
    let ninth = get(&outside.url("/")).caps(Caps { whole: Duration::from_millis(300), ..caps() });
    assert_eq!(failure(&client, ninth).await, CallError::TimedOut { sent: false });
    let hook = Call::new(Purpose::Webhook, Method::GET, &outside.url("/")).unwrap();
    assert!(client.send(hook).await.is_ok());
    for call in waiting {
        call.abort();
    }
}
