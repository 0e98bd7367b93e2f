//! The kit itself, tried on small servers of its own before it judges the real one.

use axum::Router;
use axum::extract::ws::{CloseFrame, Message, WebSocketUpgrade};
use axum::response::Html;
use axum::routing::get;

use crate::support::{Browser, Person};

/// Serves a few pages on a free port for as long as the test runs.
async fn serve(routes: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
    format!("http://{address}")
}

async fn page() -> Html<&'static str> {
    Html(
        r#"<!doctype html><title>A page</title><link rel="icon" href="data:,">
        <p id="greeting">Hello</p>
        <form action="/said"><input name="word" value="old"><button>Say</button></form>
        <div id="messages"></div>
        <script>
          document.querySelector('#greeting').innerText = 'Hello from the script';
          if (location.hash === '#bad') console.error('something is wrong');
          if (location.hash === '#grow') setTimeout(() => {
            const list = document.querySelector('#messages');
            list.innerHTML = '<article class="message pending"><p class="body">Hi</p></article>';
            requestAnimationFrame(() => requestAnimationFrame(() => { list.innerHTML =
              '<article class="message" data-message-id="4"><p class="body">Hi</p></article>'; }));
          }, 20);
        </script>"#,
    )
}

async fn said(query: axum::extract::RawQuery) -> Html<String> {
    Html(format!(
        r#"<link rel="icon" href="data:,"><p id="said">{}</p>"#,
        query.0.unwrap_or_default()
    ))
}

fn pages() -> Router {
    Router::new().route("/", get(page)).route("/said", get(said))
}

#[tokio::test]
async fn a_browser_reads_types_clicks_and_waits() {
    let browser = Browser::open(&serve(pages()).await).await;
    browser.goto("/").await;
    assert_eq!(browser.text_of("#greeting").await, "Hello from the script");
    browser.fill("input[name=word]", "new").await;
    assert_eq!(browser.value_of("input[name=word]").await, "new");
    browser.click("button").await;
    browser.wait_path("/said").await;
    browser.wait_text("#said", "word=new").await;

    browser.goto("/").await;
    browser.fill("input[name=word]", "").await;
    browser.press("Enter").await;
    browser.wait_text("#said", "word=").await;
    browser.assert_clean_console();
}

#[tokio::test]
async fn a_browser_works_without_script() {
    let browser = Browser::open(&serve(pages()).await).await;
    browser.set_scripting(false).await;
    browser.goto("/").await;
    assert_eq!(browser.text_of("#greeting").await, "Hello");
    browser.fill("input[name=word]", "quiet").await;
    browser.click("button").await;
    browser.wait_text("#said", "word=quiet").await;
    browser.assert_clean_console();
}

#[tokio::test]
async fn a_browser_remembers_what_was_seen_and_what_went_wrong() {
    let browser = Browser::open(&serve(pages()).await).await;
    browser.goto("/#grow").await;
    browser.wait_for("[data-message-id='4']").await;
    browser.wait_until("window.__seen.at(-1)?.includes('\"4\"') === true").await;
    let seen = browser.what_was_seen().await;
    let seen: Vec<_> = seen.into_iter().filter(|frame| !frame.is_empty()).collect();
    assert_eq!((seen[0][0].classes.as_str(), seen[0][0].id.as_deref()), ("message pending", None));
    assert_eq!((seen[1].len(), seen[1][0].id.as_deref()), (1, Some("4")));
    assert_eq!(seen[1], browser.messages().await);
    browser.assert_clean_console();

    browser.goto("/said").await;
    browser.goto("/#bad").await;
    browser.wait_for("#greeting").await;
    assert!(browser.complaints().iter().any(|text| text.contains("something is wrong")));
    browser.forgive("something is wrong");
    browser.assert_clean_console();
}

#[tokio::test]
async fn windows_do_not_share_cookies_and_can_be_cut_off() {
    let url = serve(pages()).await;
    let (one, other) = (Browser::open(&url).await, Browser::open(&url).await);
    one.goto("/").await;
    other.goto("/").await;
    one.eval("document.cookie = 'mine=1'").await;
    assert_eq!(one.eval("document.cookie").await, "mine=1");
    assert_eq!(other.eval("document.cookie").await, "");

    one.offline(true).await;
    let reach = "fetch('/said').then(() => 'reached', () => 'lost')";
    assert_eq!(one.eval(reach).await, "lost");
    assert_eq!(other.eval(reach).await, "reached");
    one.offline(false).await;
    assert_eq!(one.eval(reach).await, "reached");
}

#[tokio::test]
async fn a_socket_waits_for_frames_and_codes() {
    let live = get(|upgrade: WebSocketUpgrade| async {
        upgrade.on_upgrade(|mut socket| async move {
            for frame in [r#"<i data-cursor="7"><article id="message_3" class="message">"#, "two"] {
                socket.send(Message::text(frame)).await.unwrap();
            }
            let close = CloseFrame { code: 4401, reason: "".into() };
            socket.send(Message::Close(Some(close))).await.unwrap();
            while let Some(Ok(_)) = socket.recv().await {}
        })
    });
    let url = serve(Router::new().route("/live", live)).await;
    let ada = Person::new("Ada", &url);
    let mut socket = ada.live(1, 0).await;
    socket.wait_for("two").await;
    socket.wait_for_message(3).await;
    assert_eq!(socket.message_ids(), [3]);
    assert_eq!(socket.cursor(), Some(7));
    assert_eq!(socket.expect_close().await, 4401);
    assert_eq!(ada.socket("/nowhere").await.err(), Some(404));
}
