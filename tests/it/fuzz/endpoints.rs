//! Every endpoint by itself: whatever is wrong with a request to it, it is answered, and not with 5xx.
//!
//! In short each gets a few; `FUZZ_INPUTS=10000` gives each so many, and `FUZZ_SEED` others:
//!
//! ```text
//! FUZZ_INPUTS=10000 cargo test --release --test it fuzz::endpoints
//! ```

use std::time::{Duration, Instant};

use super::requests::{KINDS, MULTIPART, NAMES, ROUTES, exchange, setup};
use crate::hostile_content::payloads::Dice;
use crate::hostile_files::resident;
use crate::routes::{Declared, declared};
use crate::support::{App, DEADLINE, Person};

/// Inputs for each endpoint in the short run.
const FEW: usize = 4;
/// What the server may have in memory afterwards, above what it had, in MiB.
const MORE_MEMORY: u64 = 64;

/// Headers with something wrong in them, or nothing.
const HEADERS: [&str; 22] = [
    "",
    "",
    "",
    "Accept: application/json\r\n",
    "HX-Request: true\r\n",
    "Accept: \u{1}*/*;q=x\r\n",
    "Accept-Language: ,,;q=9,\u{e9},de-\r\n",
    "Accept-Encoding: gzip;q=0, *;q=nan\r\n",
    "Authorization: Bearer\r\n",
    "Authorization: Bearer 1-aaaaaaaaaaaa\r\n",
    "Authorization: Basic %%%\r\n",
    "Range: bytes=9-1,-0,99999999999999999999-\r\n",
    "If-None-Match: W/\"\", x, \"\r\n",
    "If-Modified-Since: never\r\n",
    "Expect: 100-continue\r\n",
    "Expect: nothing\r\n",
    "Forwarded: for=\"[::\"\r\n",
    "X-Forwarded-For: a, b, 1.2.3.4.5\r\nX-Forwarded-Proto: gopher\r\n",
    "Cookie: session_http=%; theme=%00; =;;\r\n",
    "HX-Current-URL: http://[::1\r\nHX-Target: \"'><\r\nHX-Trigger: #\r\n",
    "Referer: javascript:1\r\nOrigin: null\r\n",
    "Upgrade: websocket\r\nSec-WebSocket-Version: 12\r\nSec-WebSocket-Key: x\r\n",
];

fn wrong_text(dice: &mut Dice, words: &[&str]) -> Vec<u8> {
    let mut text = Vec::new();
    for _ in 0..dice.below(12) {
        match dice.below(8) {
            0 => text.extend((0..dice.below(9)).map(|_| dice.below(256) as u8)),
            1 => text.extend(words[dice.below(words.len())].repeat(dice.below(400)).into_bytes()),
            _ => text.extend(words[dice.below(words.len())].bytes()),
        }
    }
    text
}

/// A request to an endpoint, whole and with something wrong.
fn request(dice: &mut Dice, app: &App, person: &Person, route: &Declared) -> Vec<u8> {
    let mut path = String::new();
    for part in route.path.split_inclusive(['}', '{']) {
        match part.strip_suffix('}') {
            Some(_) => path += NAMES[dice.below(NAMES.len())],
            None => path += part.trim_end_matches('{'),
        }
    }
    if dice.below(2) == 0 {
        path.push('?');
        let query = wrong_text(dice, ROUTES);
        path.extend(query.iter().filter(|b| b.is_ascii_graphic()).map(|b| char::from(*b)));
        path.truncate(7_000);
    }
    let kind = KINDS[dice.below(KINDS.len())];
    let body = match (&*route.method, kind.starts_with("multipart")) {
        ("GET", _) if dice.below(4) > 0 => Vec::new(),
        (_, true) => wrong_text(dice, MULTIPART),
        _ => wrong_text(dice, ROUTES),
    };
    let header = HEADERS[dice.below(HEADERS.len())];
    let cookie = match header.starts_with("Cookie") || dice.below(8) == 0 {
        true => String::new(),
        false => format!("Cookie: {}\r\n", person.cookies()),
    };
    let head = format!(
        "{} {path} HTTP/1.1\r\nHost: {}\r\nSec-Fetch-Site: same-origin\r\nConnection: close\r\n\
         Content-Type: {kind}\r\nContent-Length: {}\r\n{cookie}{header}\r\n",
        route.method,
        app.host(),
        body.len()
    );
    [head.as_bytes(), &body].concat()
}

#[test]
fn each_endpoint_answers_whatever_is_wrong() {
    let number = |name: &str| std::env::var(name).ok().and_then(|n| n.parse::<u64>().ok());
    let count = number("FUZZ_INPUTS").unwrap_or(FEW as u64);
    let seed = number("FUZZ_SEED").unwrap_or(1);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let began = Instant::now();
    let (mut app, mut ada) = setup();
    let mut at_first = resident(app.process_id());
    let (mut asked, mut wrong, mut slowest) = (0, Vec::new(), Duration::ZERO);
    for (index, route) in declared().iter().enumerate() {
        let mut dice = Dice(seed.wrapping_mul(1_000_003).wrapping_add(index as u64));
        for round in 0..count {
            // Whoever was signed out or shut out begins anew, so that the rest is behind the door.
            if round % 500 == 0 && runtime.block_on(ada.get("/account/bots")).status() != 200 {
                settled(&app, at_first);
                (app, ada) = setup();
                at_first = resident(app.process_id());
            }
            let request = request(&mut dice, &app, &ada, route);
            let sent = Instant::now();
            let status = exchange(&app, &request);
            slowest = slowest.max(sent.elapsed());
            asked += 1;
            if !matches!(status, Some(200..=499 | 501 | 503 | 507)) {
                wrong.push(format!("{status:?} to {}", request.escape_ascii()));
            }
        }
    }
    println!(
        "seed {seed}: {asked} requests in {:.0} s, the slowest answer took {slowest:?}",
        began.elapsed().as_secs_f64()
    );
    assert!(wrong.is_empty(), "{} answers\n{}", wrong.len(), wrong.join("\n"));
    settled(&app, at_first);
}

/// Nobody has panicked, and the memory is given back.
fn settled(app: &App, at_first: u64) {
    assert!(!app.log().contains("panicked"), "somebody panicked");
    let asked = Instant::now();
    while resident(app.process_id()) > at_first + MORE_MEMORY {
        let now = resident(app.process_id());
        assert!(asked.elapsed() < DEADLINE, "{at_first} MiB in memory at first, {now} MiB now");
        std::thread::sleep(Duration::from_millis(100));
    }
}
