//! A certificate of its own: asked for, proven, kept, renewed; and everything over it as without it.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use reqwest::{Method, Version};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;

use crate::support::acme::Acme;
use crate::support::app::refused_start;
use crate::support::trust::trust;
use crate::support::{App, Person, fresh_uuid, within};

/// Browsers take every name below `localhost` for this machine.
const NAME: &str = "chat.localhost";

/// A server that gets its certificate from this authority.
fn secure(acme: &Acme) -> App {
    let app = App::with(|settings| {
        settings
            .set("TLS_DOMAIN", NAME)
            .set("BASE_URL", &format!("https://{NAME}:{{port}}"))
            .set("HTTP_BIND", "127.0.0.1:0")
            .set("ACME_DIRECTORY", &acme.directory())
            .set("SSL_CERT_FILE", &acme.root());
    });
    acme.names_lead_to(address(&app));
    app
}

fn address(app: &App) -> SocketAddr {
    app.host().parse().unwrap()
}

fn url(app: &App) -> String {
    format!("https://{NAME}:{}", address(app).port())
}

fn person(app: &App, name: &str) -> Person {
    let at = address(app);
    Person::with(name, &url(app), |client| {
        client.tls_certs_only([trust().for_clients()]).resolve(NAME, at)
    })
}

async fn ready(app: &App) {
    within("the certificate", async {
        while !app.log().contains("received a certificate") {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}

async fn first_run(app: &App) -> Person {
    let ada = person(app, "Ada");
    ada.post_form("/first_run", &ada.details()).await.expect(303);
    ada
}

/// Where plain HTTP is spoken, as the log says.
fn plain(app: &App) -> String {
    let log = app.log();
    let line = log.lines().rfind(|line| line.contains("http leads to https")).unwrap();
    line.split("address=").nth(1).unwrap().split(' ').next().unwrap().to_owned()
}

async fn connected(app: &App) -> std::io::Result<TlsStream<TcpStream>> {
    let connector = TlsConnector::from(Arc::new(trust().client()));
    let stream = TcpStream::connect(address(app)).await?;
    connector.connect(NAME.try_into().unwrap(), stream).await
}

/// The bytes of the certificate that new connections are shown.
async fn shown(app: &App) -> Vec<u8> {
    let stream = connected(app).await.unwrap();
    stream.get_ref().1.peer_certificates().unwrap()[0].to_vec()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        }
        found.push(path);
    }
    found
}

#[tokio::test]
async fn a_name_is_all_it_takes() {
    let acme = Acme::start().await;
    let mut app = secure(&acme);
    ready(&app).await;
    let ada = first_run(&app).await;
    assert!(ada.cookies().starts_with("__Host-session="), "{}", ada.cookies());
    let page = ada.room_page(1).await;
    assert_eq!(page.header("strict-transport-security"), "max-age=63072000; includeSubDomains");

    // Browsers of today speak HTTP/2 there, older ones and sockets HTTP/1.1.
    for (version, client) in [
        (Version::HTTP_2, reqwest::Client::builder()),
        (Version::HTTP_11, reqwest::Client::builder().http1_only()),
    ] {
        let client = client.tls_certs_only([trust().for_clients()]).resolve(NAME, address(&app));
        let answer = client.build().unwrap().get(format!("{}/up", url(&app))).send().await.unwrap();
        assert_eq!((answer.version(), answer.status().as_u16()), (version, 200));
    }

    // Who comes without is led here, with the path and whatever they do.
    let stranger = Person::new("Stranger", &format!("http://{}", plain(&app)));
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let client = client.build().unwrap();
    for (method, path) in [(Method::GET, "/rooms/1/@7?x=%2F"), (Method::POST, "/rooms/1/messages")]
    {
        let asked = client.request(method, format!("{}{path}", stranger.base_url()));
        let answer = asked.send().await.unwrap();
        assert_eq!(answer.status(), 308);
        assert_eq!(answer.headers()["location"], format!("{}{path}", url(&app)));
    }

    // What is kept is the owner's alone, and the next start asks nobody.
    let folder = app.data_dir().join("tls");
    let kept = files(&folder);
    assert_eq!(kept.iter().filter(|path| path.is_file()).count(), 2, "{kept:?}");
    for path in kept.iter().chain([&folder]) {
        let mode = std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, if path.is_dir() { 0o700 } else { 0o600 }, "{}", path.display());
    }
    let before = shown(&app).await;
    app.restart().await;
    assert_eq!(shown(&app).await, before);
    assert_eq!(acme.counts(), (1, 1));
    assert!(app.log().contains("there is a certificate"), "{}", app.log());
    ada.room_page(1).await;
}

#[tokio::test]
async fn a_browser_is_live_over_it() {
    let acme = Acme::start().await;
    let app = secure(&acme);
    ready(&app).await;
    let ada = first_run(&app).await;
    let browser = ada.browser().await;
    browser.goto("/rooms/1").await;
    browser.wait_live().await;
    let id = ada.post(1, "Nobody else can read this").await;
    browser.wait_for(&format!("#message_{id}")).await;
    browser.fill("#composer textarea", "Nor this").await;
    browser.press("Enter").await;
    browser.wait_for(&format!("#message_{}", id + 1)).await;
    browser.wait_gone("#messages .pending").await;
    let spoken = "performance.getEntriesByType('navigation')[0].nextHopProtocol";
    assert_eq!(browser.eval(spoken).await, "h2");
    let monitor = ada.send(ada.bare(Method::GET, "/metrics")).await.expect(200).text();
    assert!(monitor.contains("campfire_sockets 1"), "by a socket:\n{monitor}");
    browser.assert_clean_console();
}

#[tokio::test]
async fn it_is_renewed_while_the_server_runs() {
    let acme = Acme::start().await;
    acme.gives_for(Duration::from_secs(9));
    let app = secure(&acme);
    ready(&app).await;
    let ada = first_run(&app).await;
    let mut socket = live(&app, &ada).await;
    let first = shown(&app).await;
    acme.gives_for(Duration::from_secs(90 * 24 * 60 * 60));
    acme.has_given(2).await;
    within("the new one is shown", async {
        while shown(&app).await == first {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    assert_eq!(acme.counts(), (1, 2), "for the same account");
    // Who was connected notices nothing.
    ada.post(1, "Still here").await;
    within("the message", async {
        loop {
            let frame = socket.next().await.unwrap().unwrap();
            if frame.is_text() && frame.to_text().unwrap().contains("Still here") {
                return;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_name_that_leads_elsewhere_is_told_in_the_log() {
    let acme = Acme::start().await;
    let elsewhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = elsewhere.local_addr().unwrap();
    drop(elsewhere);
    let app = secure(&acme);
    acme.names_lead_to(closed);
    within("the refusal", async {
        while !app.log().contains("no certificate was given") {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    let log = app.log();
    assert!(log.contains("refused") && log.contains("again_in_minutes=2"), "{log}");
    assert!(connected(&app).await.is_err(), "there is nothing to show");
    // The rest of it goes on.
    let url = format!("http://{}/", plain(&app));
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    assert_eq!(client.build().unwrap().get(url).send().await.unwrap().status(), 308);
    assert_eq!(acme.counts(), (1, 0));
}

type Line = tokio_tungstenite::WebSocketStream<TlsStream<TcpStream>>;

/// A reader's socket over TLS.
async fn live(app: &App, person: &Person) -> Line {
    let address = format!("wss://{NAME}:{}/live?room=1&cursor=0", address(app).port());
    let mut request = address.into_client_request().unwrap();
    let cookies = HeaderValue::from_str(&person.cookies()).unwrap();
    request.headers_mut().insert("Cookie", cookies);
    request.headers_mut().insert("Origin", HeaderValue::from_str(&url(app)).unwrap());
    let stream = connected(app).await.unwrap();
    tokio_tungstenite::client_async(request, stream).await.unwrap().0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asked_to_stop_it_ends_as_well_as_without() {
    let acme = Acme::start().await;
    let mut app = secure(&acme);
    ready(&app).await;
    let ada = first_run(&app).await;
    let mut socket = live(&app, &ada).await;
    let over = Arc::new(AtomicBool::new(false));
    let hands: Vec<_> = (0..4)
        .map(|hand| {
            let (ada, over) = (ada.clone(), over.clone());
            tokio::spawn(async move {
                let mut sent = Vec::new();
                while !over.load(Ordering::Relaxed) {
                    let uuid = fresh_uuid();
                    let text = format!("hand {hand}");
                    let fields = [("body", text.as_str()), ("client_message_id", &uuid)];
                    let request = ada.request(Method::POST, "/rooms/1/messages").form(&fields);
                    let accepted = match ada.try_send(request).await {
                        Ok(answer) => answer.status() == 303,
                        Err(_) => false,
                    };
                    sent.push((uuid, accepted));
                }
                sent
            })
        })
        .collect();
    within("some messages", async {
        while app.database().count("messages") < 20 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    let stopped = app.term_and_wait().await;
    over.store(true, Ordering::Relaxed);
    assert!(stopped.status.success() && stopped.took < Duration::from_secs(10));
    let code = within("the socket ends", async {
        loop {
            match socket.next().await {
                Some(Ok(Message::Close(frame))) => return frame.map(|frame| frame.code.into()),
                Some(Ok(_)) => {}
                other => panic!("it broke: {other:?}"),
            }
        }
    })
    .await;
    assert_eq!(code, Some(1012_u16));
    let stored = app.database().all::<String>("select client_message_id from messages", []);
    for hand in hands {
        for (uuid, accepted) in hand.await.unwrap() {
            assert_eq!(stored.contains(&uuid), accepted, "stored exactly if it was answered");
        }
    }
}

/// What is answered to these bytes, sent over TLS without HTTP/2, until the connection ends.
async fn answer_to(app: &App, said: &str) -> String {
    let mut stream = connected(app).await.unwrap();
    stream.write_all(said.as_bytes()).await.unwrap();
    let mut heard = Vec::new();
    // Who is refused hears of it, and perhaps of a connection that was not read to its end.
    let _ = within("the end", stream.read_to_end(&mut heard)).await;
    String::from_utf8_lossy(&heard).into_owned()
}

#[tokio::test]
async fn limits_are_the_same_over_it() {
    let acme = Acme::start().await;
    let app = secure(&acme);
    ready(&app).await;
    let head = format!("GET /up HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n");
    let fine = answer_to(&app, &format!("{head}\r\n")).await;
    assert!(fine.starts_with("HTTP/1.1 200"), "{fine}");
    let many: String = (0..101).map(|n| format!("x-{n}: y\r\n")).collect();
    let long = format!("x-long: {}\r\n", "y".repeat(17 * 1024));
    for headers in [&many, &long] {
        let refused = answer_to(&app, &format!("{head}{headers}\r\n")).await;
        assert!(refused.starts_with("HTTP/1.1 431"), "{refused}");
    }
    let two = answer_to(&app, &format!("{head}Host: other.example\r\n\r\n")).await;
    assert!(two.starts_with("HTTP/1.1 400"), "{two}");

    // Over HTTP/2 a head has the same size, and the host cannot be claimed to be another.
    let client = reqwest::Client::builder().tls_certs_only([trust().for_clients()]);
    let client = client.resolve(NAME, address(&app)).build().unwrap();
    let get = |path: &str| client.get(format!("{}{path}", url(&app)));
    let long = get("/up").header("x-long", "y".repeat(17 * 1024)).send().await;
    assert!(long.is_err() || long.is_ok_and(|answer| answer.status() == 431));
    let far = get(&format!("/up?{}", "y".repeat(9 * 1024))).send().await.unwrap();
    assert_eq!((far.version(), far.status().as_u16()), (Version::HTTP_2, 414));
    let claimed = get("/first_run").header("host", "other.example").send().await.unwrap();
    let policy = claimed.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains(NAME) && !policy.contains("other.example"), "{policy}");
    // Older browsers say only from which page a form comes: that is held against the host.
    let (own, other) = (url(&app), format!("https://other.example:{}", address(&app).port()));
    for (origin, status) in [(own.as_str(), 401), (&other, 403)] {
        let form = [("email_address", "nobody@example.com"), ("password", "nothing at all")];
        let post = client.post(format!("{own}/session")).header("origin", origin).form(&form);
        let answer = post.send().await.unwrap();
        assert_eq!((answer.version(), answer.status().as_u16()), (Version::HTTP_2, status));
    }

    // Who does not speak TLS is sent away, not answered.
    let mut plain = TcpStream::connect(address(&app)).await.unwrap();
    plain.write_all(format!("{head}\r\n").as_bytes()).await.unwrap();
    let mut heard = Vec::new();
    let _ = within("the end", plain.read_to_end(&mut heard)).await;
    assert!(!String::from_utf8_lossy(&heard).contains("HTTP"), "{heard:?}");
}

#[test]
fn settings_that_do_not_fit_are_refused() {
    let cases: [(&[(&str, &str)], &str); 5] = [
        (&[("TLS_DOMAIN", "https://chat.example.org")], "tls-domain"),
        (&[("SSL_DOMAIN", "a.example,b.example")], "ssl-domain"),
        (&[("HTTP_BIND", "eighty")], "http-bind"),
        (&[("ACME_DIRECTORY", "http://ca.example/directory")], "acme-directory"),
        (
            &[("TLS_DOMAIN", "chat.example.org"), ("BASE_URL", "https://talk.example.org")],
            "BASE_URL",
        ),
    ];
    for (settings, named) in cases {
        let refusal = refused_start(|chosen| {
            for (name, value) in settings {
                chosen.set(name, value);
            }
        });
        let line = refusal.line();
        let allowed = line.contains("allowed");
        assert!(line.contains(named) && allowed && refusal.status.code() == Some(2), "{line}");
    }
    // Switched off it has no effect.
    let app = App::with(|settings| {
        settings.set("TLS_DOMAIN", "chat.example.org").set("DISABLE_SSL", "true");
    });
    assert!(!app.data_dir().join("tls").exists());
}
