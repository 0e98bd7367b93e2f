//! Old phones on slow lines: what a room costs over the wire, that nothing jumps while people talk,
//! and that a page that stays open all day does not grow.
//!
//! What is measured is printed: on a machine that does nothing else,
//! `cargo test --locked --release --test it small_devices:: -- --nocapture --test-threads=1` says the
//! first text (wanted: 1,500 ms), the bubble (100 ms) and the longest tasks in a busy room (200 ms), with
//! a machine six times slower and slow 3G; with `PROOF=full` also a page's memory over 10,000 messages.

use std::time::{Duration, Instant};

use crate::support::conditions::Load;
use crate::support::proxy::Proxy;
use crate::support::{App, Browser, Person, sources};

/// What a room page may cost on a first visit: HTML, styles and scripts together, and scripts alone.
const MOST_BYTES: u64 = 60 * 1024;
const MOST_SCRIPT: u64 = 30 * 1024;
/// How far things may jump.
const MOST_JUMPS: f64 = 0.02;

async fn a_room_with_history() -> (App, Person, Person) {
    let app = App::start();
    let (ada, grace) = (app.first_run().await, app.join("Grace").await);
    for number in 0..60 {
        let (who, words) =
            if number % 3 == 0 { (&ada, "the *pump*") } else { (&grace, "a `valve`") };
        who.post(1, &format!("Number {number}: {words} again, and some more words about it")).await;
    }
    (app, ada, grace)
}

fn sum<'a>(loads: impl IntoIterator<Item = &'a Load>) -> u64 {
    loads.into_iter().map(|load| load.bytes).sum()
}

#[tokio::test]
async fn a_room_costs_little_at_first_and_next_to_nothing_then() {
    let (app, ada, grace) = a_room_with_history().await;
    let proxy = Proxy::before(&app.host()).await;
    let browser = ada.browser_at(&proxy.base_url).await;
    let start = browser.now();
    browser.goto("/rooms/1").await;
    browser.wait_live().await;
    let first = browser.loads_since(start);
    let of = |kind: &str| sum(first.iter().filter(|load| load.kind == kind));
    let (page, style, script) = (of("Document"), of("Stylesheet"), of("Script"));
    println!(
        "first visit: page {page} B, styles {style} B, scripts {script} B, all {} B in {} answers",
        sum(&first),
        first.len()
    );
    assert!(page > 1000 && style > 1000 && script > 1000, "{first:#?}");
    // What a page says of itself before its bytes.
    let headers = 2 * 1024;
    assert!(script <= MOST_SCRIPT + headers, "{first:#?}");
    assert!(page + style + script <= MOST_BYTES, "{first:#?}");
    let elsewhere = |load: &&Load| !load.url.starts_with(&proxy.base_url);
    assert_eq!(first.iter().find(elsewhere).map(|load| &load.url), None);

    // What is said next is all that comes.
    browser.wait_until("document.readyState === 'complete'").await;
    let start = browser.now();
    let id = grace.post(1, "One more").await;
    browser.wait_for(&format!("#message_{id}")).await;
    let heard = browser.heard_since(start);
    println!("a message: {heard:?} B over the socket");
    let mut asked = browser.loads_since(start);
    // The browser fetches the icon of the page when it likes.
    asked.retain(|load| load.kind != "Other" || !load.url.contains("/assets/logo-"));
    assert!(asked.is_empty(), "a message asks for nothing: {asked:#?}");
    assert!(heard.iter().all(|bytes| *bytes < 4096), "{heard:?}");

    // On the next visit our files are there already, whoever asks for them.
    browser.wait_for_worker().await;
    let (start, carried) = (browser.now(), proxy.carried());
    browser.goto("/rooms/1").await;
    browser.wait_live().await;
    let next = browser.loads_since(start);
    let carried = proxy.carried() - carried;
    println!("next visit: {carried} B over the line");
    let known: Vec<&Load> =
        next.iter().filter(|load| load.bytes > 0 && load.url.contains("/assets/")).collect();
    assert!(known.is_empty(), "fetched again: {known:#?}");
    // A few small answers beside the page, and the first frames.
    assert!(carried < page + 8192, "{carried} B, of which the page is {page} B: {next:#?}");
    browser.assert_clean_console();
}

/// Around and in the list of messages, where something comes many times a minute.
const BUSY: [&str; 8] =
    ["html", "body", ":root", ".app", ".scroller", ".column", "#messages", ".message"];

/// Browsers answer `:has()` anew for a box, and for all before it, whenever something comes into it:
/// on an old phone that was half a second for each message.
#[test]
fn no_style_asks_what_is_in_a_busy_box() {
    let mut wrong = Vec::new();
    for sheet in sources::under("static/css/") {
        for line in sheet.text.lines() {
            let asked = line.match_indices(":has(").map(|(at, _)| &line[..at]);
            let asks = |before: &str| {
                let asker = before.rsplit([' ', ',', '{', '}', '>']).next().unwrap_or_default();
                BUSY.iter().any(|busy| asker.starts_with(busy))
            };
            if asked.into_iter().any(asks) {
                wrong.push(format!("{}: {line}", sheet.path));
            }
        }
    }
    assert_eq!(wrong, [""; 0], "let a script or the server set a class instead");
}

/// The time of the first text on the page, in milliseconds.
async fn first_text(browser: &Browser) -> f64 {
    let painted = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0";
    browser.wait_until(&format!("({painted}) > 0")).await;
    browser.eval(painted).await.as_f64().unwrap()
}

#[tokio::test]
async fn nothing_jumps_on_a_slow_phone_in_a_busy_room() {
    let (_app, ada, grace) = a_room_with_history().await;
    let browser = ada.browser().await;
    browser.become_a_phone().await;
    browser.watch_for_jumps().await;
    browser.on_slow_3g().await;
    browser.slow_machine(6).await;
    browser.goto("/rooms/1").await;
    println!("first text after {:.0} ms", first_text(&browser).await);
    browser.wait_live().await;
    let (jumped, what) = browser.jumps().await;
    println!("jumps while it loads: {jumped:.4}");
    assert!(jumped < MOST_JUMPS, "{jumped}: {what:#}");
    println!("longest tasks while it loads: {:?}", longest(browser.stalls().await));

    // Ten messages a second, for five seconds; Ada follows them.
    browser.eval("window.__jumps.length = 0; window.__stalls.length = 0").await;
    let mut beat = tokio::time::interval(Duration::from_millis(100));
    let mut posted = Vec::new();
    for number in 0..50 {
        beat.tick().await;
        posted.push(grace.post(1, &format!("Busy {number}")).await);
    }
    // What is left to draw need not take as long as on such a machine.
    browser.slow_machine(1).await;
    browser.wait_for(&format!("#message_{}", posted.last().unwrap())).await;
    browser.slow_machine(6).await;
    let (jumped, what) = browser.jumps().await;
    println!(
        "jumps in a busy room: {jumped:.4}; longest tasks: {:?}",
        longest(browser.stalls().await)
    );
    assert!(jumped < MOST_JUMPS, "{jumped}: {what:#}");

    // The answer to a press is the bubble.
    browser.eval("document.querySelector('#composer_body').focus()").await;
    browser.type_text("Is anybody there?").await;
    let felt = "(() => { const start = performance.now(); document.querySelector('#composer .send').click();
        return new Promise(done => requestAnimationFrame(() => setTimeout(() =>
          done(document.querySelector('#messages').innerText.includes('Is anybody there?') ? performance.now() - start : -1)))) })()";
    let felt = browser.eval(felt).await.as_f64().unwrap();
    println!("a bubble after {felt:.0} ms");
    assert!(felt > 0.0, "the bubble is there with the next frame");

    // What is being read stays where it is.
    browser.wait_gone("#messages .pending").await;
    // One's own message is gone to first; whoever scrolls after that stays.
    let stays =
        "(box => { const stayed = box.scrollTop < -300; box.scrollTop = -400; return stayed })";
    browser.wait_until(&format!("{stays}(document.querySelector('.scroller'))")).await;
    browser.eval("window.__jumps.length = 0").await;
    for number in 0..20 {
        beat.tick().await;
        posted.push(grace.post(1, &format!("While you read {number}")).await);
    }
    browser.slow_machine(1).await;
    browser.wait_for(&format!("#message_{}", posted.last().unwrap())).await;
    let (jumped, what) = browser.jumps().await;
    println!("jumps while one reads: {jumped:.4}");
    assert!(jumped < MOST_JUMPS, "{jumped}: {what:#}");
    browser.assert_clean_console();
}

/// The three longest, in milliseconds.
fn longest(mut stalls: Vec<f64>) -> Vec<u64> {
    stalls.sort_by(|a, b| b.total_cmp(a));
    stalls.into_iter().take(3).map(|one| one as u64).collect()
}

#[tokio::test]
async fn a_page_that_stays_open_does_not_grow() {
    // Ten thousand take minutes; fewer would show a leak as well.
    let full = std::env::var("PROOF").is_ok_and(|wanted| wanted == "full");
    let (all, settled) = if full { (10_000, 1_000) } else { (600, 300) };
    let (_app, ada, grace) = a_room_with_history().await;
    let browser = ada.browser().await;
    browser.watch_for_jumps().await;
    browser.goto("/rooms/1").await;
    browser.wait_live().await;
    let started = Instant::now();
    let talk = async |count: usize| {
        let mut last = 0;
        for turn in 0..count.div_ceil(20) {
            let many = (0..20).map(|one| {
                let grace = grace.clone();
                tokio::spawn(async move { grace.post(1, &format!("Line {turn} {one}")).await })
            });
            for one in many.collect::<Vec<_>>() {
                last = last.max(one.await.unwrap());
            }
            // The page keeps up, or it would only see the end.
            browser.wait_for(&format!("#message_{last}")).await;
        }
    };
    talk(settled).await;
    let (heap, nodes) = browser.memory().await;
    talk(all - settled).await;
    let (heap_then, nodes_then) = browser.memory().await;
    println!(
        "after {settled} messages {heap} B and {nodes} nodes; after {all} {heap_then} B and \
         {nodes_then} nodes; {} s",
        started.elapsed().as_secs()
    );
    assert!(browser.count("#messages > .message").await <= 320);
    assert!(nodes_then <= nodes + nodes / 4, "{nodes} nodes became {nodes_then}");
    assert!(heap_then <= heap + heap / 4 + 1_000_000, "{heap} B became {heap_then} B");
    browser.assert_clean_console();
}
