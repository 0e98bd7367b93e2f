//! A cache that many people share, such as an office or a provider may have, takes all that the
//! rules let it take (RFC 9111), for as long as they let it: nobody sees anything of anybody else's.
//!
//! In short a few people crawl; `PROOF=full` sends twenty.

mod cache;

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use reqwest::Method;
use reqwest::multipart::{Form, Part};

use crate::routes::declared;
use crate::support::{App, Person, fresh_uuid};
use cache::{Asked, Cache};

/// What a file in a path is called that caches keep by its ending.
const ENDINGS: [&str; 14] = [
    "/x.css",
    "/x.js",
    ".css",
    ";x.css",
    "/;/x.css",
    "//x.css",
    "%2fx.css",
    "%2Fx.css",
    "%00.css",
    "%0a.css",
    "%23x.css",
    "%3fx.css",
    "/%2e%2e/x.css",
    "/..%2fx.css",
];

/// Somebody, what only they may see, and where it is.
struct Crawler {
    person: Person,
    canary: String,
    room: i64,
    message: i64,
    file: i64,
}

async fn crawler(app: &App, number: usize) -> Crawler {
    let person = app.join(&format!("Visitor{number}")).await;
    let canary = format!("canary{number:02}q7x");
    let room = person.post_form("/rooms/closeds", &[("name", &canary)]).await.expect(303);
    let room: i64 = room.location().trim_start_matches("/rooms/").parse().unwrap();
    let part = Part::bytes(canary.clone().into_bytes()).file_name(format!("{canary}.txt"));
    let form = Form::new()
        .text("body", format!("Said: {canary}"))
        .text("client_message_id", fresh_uuid())
        .part("attachments", part);
    let path = format!("/rooms/{room}/messages");
    person.send(person.request(Method::POST, &path).multipart(form)).await.expect(303);
    person.post_form("/searches", &[("q", &canary)]).await.expect(303);
    let fields = [("name", &*person.name), ("email_address", &format!("{canary}@example.com"))];
    let fields: Vec<_> =
        fields.into_iter().chain([("current_password", crate::support::PASSWORD)]).collect();
    person.post_form("/users/me/profile", &fields).await.expect(303);
    let last = |table: &str| app.database().one(&format!("select max(id) from {table}"), []);
    Crawler { person, canary, room, message: last("messages"), file: last("attachments") }
}

/// All that can be asked for, with everybody's rooms, messages and files in it.
fn addresses(app: &App, crawlers: &[Crawler]) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for route in declared().iter().filter(|route| route.method == "GET") {
        let path = &route.path;
        // A line is no answer, and a session is given once.
        if path == "/live" || path.starts_with("/demo") || path.contains("{bot_key}") {
            continue;
        }
        for crawler in crawlers {
            let id = match path.as_str() {
                path if path.starts_with("/files") => crawler.file,
                path if path.contains("/users/") || path.contains("/bots/") => 2,
                _ => crawler.room,
            };
            let filled = path
                .replace("{id}", &id.to_string())
                .replace("{mid}", &crawler.message.to_string())
                .replace("{at}", &format!("@{}", crawler.message))
                .replace("{name}", &format!("{}.txt", crawler.canary))
                .replace("{step}", "1")
                .replace("{token}", &"t".repeat(43))
                .replace("{join_code}", &app.join_code())
                .replace("{*path}", campfire::views::assets::APP_CSS);
            all.insert(filled);
        }
    }
    let more = ["/searches?q=canary", "/autocompletable/users?query=v", "/rooms/1?x=1", "/missing"];
    all.extend(more.map(str::to_owned));
    all
}

/// Whose the answer speaks of that is not the reader's.
fn foreign<'a>(answer: &str, reader: usize, crawlers: &'a [Crawler]) -> Option<&'a str> {
    let others = crawlers.iter().enumerate().filter(|(number, _)| *number != reader);
    others.map(|(_, other)| &*other.canary).find(|canary| answer.contains(canary))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shared_cache_tells_nobody_of_anybody_else() {
    let count = if std::env::var("PROOF").is_ok_and(|how| how == "full") { 20 } else { 4 };
    let app = App::start();
    let ada = app.first_run().await;
    ada.post_form("/account/custom_styles", &[("custom_styles", "a{}")]).await.expect(303);
    let mut crawlers = Vec::new();
    for number in 0..count {
        crawlers.push(crawler(&app, number).await);
    }
    let addresses = addresses(&app, &crawlers);
    // The names of files in paths are the canaries, and what is not found may say its address.
    let without_path = |answer: &str, path: &str| answer.replace(path, "");
    let (mut obedient, mut careless) = (Cache::default(), Cache::careless());
    let (mut own, mut asked, mut leaks, mut told) = (BTreeSet::new(), 0, Vec::new(), 0);
    for (number, crawler) in crawlers.iter().enumerate() {
        for path in &addresses {
            for asks in [Asked::Page, Asked::Packed, Asked::Fragment] {
                let answer = obedient.ask(&crawler.person, path, asks).await;
                asked += 1;
                let text = without_path(&answer, path);
                if text.contains(&crawler.canary) {
                    own.insert(path);
                }
                if let Some(whose) = foreign(&text, number, &crawlers) {
                    leaks.push(format!("{path} as {asks:?} tells {number} of {whose}"));
                }
            }
            // The same cache without manners: what this crawl can see at all.
            let answer = careless.ask(&crawler.person, path, Asked::Page).await;
            told += usize::from(foreign(&without_path(&answer, path), number, &crawlers).is_some());
        }
    }
    println!(
        "{count} people, {} addresses, {asked} questions: {} kept, {} answered from the cache",
        addresses.len(),
        obedient.kept(),
        obedient.hits
    );
    assert!(leaks.is_empty(), "{} leaks\n{}", leaks.len(), leaks.join("\n"));
    assert!(obedient.hits > 0 && obedient.kept() > 0, "this is no cache");
    assert!(own.len() > 5 * count, "people see what is theirs: {own:?}");
    assert!(told > 10, "a cache that keeps what is private is not seen: {told}");
}

/// An address that ends like a file is none: a cache that keeps files by their endings gets nothing.
#[tokio::test]
async fn no_page_is_found_under_the_name_of_a_file() {
    let app = App::start();
    app.first_run().await;
    let one = crawler(&app, 1).await;
    let (room, message) = (one.room, one.message);
    let pages = [
        format!("/rooms/{room}"),
        format!("/rooms/{room}/@{message}"),
        format!("/rooms/{room}/messages"),
        format!("/rooms/{room}/messages/{message}/edit"),
        format!("/rooms/{room}/involvement"),
        format!("/messages/{message}/boosts"),
        "/users/me/profile".to_owned(),
        "/users/me/sessions".to_owned(),
        "/users/me/sidebar".to_owned(),
        "/users/2".to_owned(),
        "/searches".to_owned(),
        "/mentions".to_owned(),
        "/account/edit".to_owned(),
        "/autocompletable/users".to_owned(),
        "/live/frames".to_owned(),
    ];
    let mut wrong = Vec::new();
    let mut hostile: Vec<String> = pages
        .iter()
        .flat_map(|page| ENDINGS.iter().map(move |ending| format!("{page}{ending}")))
        .collect();
    for page in &pages {
        hostile.push(format!("/{page}"));
        hostile.push(format!("/assets/..%2f{}", &page[1..]));
        hostile.push(format!("/assets/%2e%2e{page}"));
        hostile.push(format!("/x.css/..{page}"));
        hostile.push(format!("/x.css/%2e%2e{page}"));
        hostile.push(page.replacen('/', "/%2e/", 1));
        hostile.push(page.replacen('/', "/./", 1));
        hostile.push(page.replacen('/', "%2f", 1));
        hostile.push(page.replacen('/', "/;", 1));
    }
    for path in &hostile {
        let (status, answer) = raw(&app, &one.person, path);
        // Where something else may be done it is 405; a path that begins with no slash is no path.
        let refused = matches!(status, 404 | 405) || (status == 400 && !path.starts_with('/'));
        let refused = refused && (status == 400 || answer.contains("cache-control: no-store"));
        if !refused || answer.replace(path.as_str(), "").contains(&one.canary) {
            wrong.push(format!("{path}: {status}"));
        }
    }
    println!("{} addresses that look like files", hostile.len());
    assert!(wrong.is_empty(), "{} found\n{}", wrong.len(), wrong.join("\n"));
    // The page itself is there, so the questions are asked rightly.
    let (status, answer) = raw(&app, &one.person, &pages[0]);
    assert!(status == 200 && answer.contains(&one.canary));
}

/// Asks for a path as it is written: a client would tidy it up.
fn raw(app: &App, person: &Person, path: &str) -> (u16, String) {
    let mut line = TcpStream::connect(app.host()).unwrap();
    line.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let head = format!(
        "GET {path} HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\nAccept: text/html\r\n\
         Connection: close\r\n\r\n",
        app.host(),
        person.cookies()
    );
    line.write_all(head.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let _ = line.read_to_end(&mut answer);
    let text = String::from_utf8_lossy(&answer).into_owned();
    (text.get(9..12).and_then(|status| status.parse().ok()).unwrap_or_default(), text)
}
