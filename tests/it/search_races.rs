//! Search while things happen: what was answered is found, what was taken away is not, and who was
//! let go finds nothing, whatever is asked and whoever else is busy.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use percent_encoding::{NON_ALPHANUMERIC, percent_encode};

use super::room_settings::{id_of, make};
use crate::support::{App, Person, html};

/// Numbers that look like chance and are the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % sides
    }
}

/// The rooms of what a query finds on its first page; none for who is not let in at all.
async fn rooms_of_hits(person: &Person, query: &[u8], order: &str) -> Vec<i64> {
    let query = percent_encode(query, NON_ALPHANUMERIC);
    let answer = person.get(&format!("/searches?q={query}&order={order}")).await;
    if answer.status() == 303 {
        return Vec::new();
    }
    let page = answer.expect(200).text();
    let hits = html::tags(&page).into_iter().filter(|tag| tag.contains("class=\"hit\""));
    let room = |tag: &str| html::between(tag, "/rooms/", "/").unwrap().parse().unwrap();
    hits.map(room).collect()
}

async fn finds(person: &Person, query: &str) -> bool {
    !rooms_of_hits(person, query.as_bytes(), "newest").await.is_empty()
}

/// Pieces of which queries are made: operators of the index, our own filters, and what is neither.
const PIECES: [&[u8]; 40] = [
    b"treasure",
    b"oak*",
    b"\"",
    b"\"below the oak\"",
    b"*",
    b"**",
    b"NEAR(",
    b"NEAR(a b, 2)",
    b" AND ",
    b" OR ",
    b" NOT ",
    b"^",
    b"words:",
    b"{words parts}:",
    b"marks:",
    b"-",
    b"+",
    b"(",
    b")",
    b"from:",
    b"from:ada",
    b"in:",
    b"in:secret",
    b"before:2999",
    b"after:1999",
    b"has:file",
    b"has:link",
    b"\0",
    b"\xff\xfe",
    b"\xee\x80\x80r2",
    b"\xee\x80\x80link",
    "水泵".as_bytes(),
    "泵".as_bytes(),
    "ﷺ".as_bytes(),
    "e\u{301}".as_bytes(),
    "\u{202e}".as_bytes(),
    b"'; drop table messages; --",
    b"%",
    b"\\",
    b" ",
];

#[tokio::test]
async fn no_query_finds_what_is_said_elsewhere() {
    let app = App::start();
    let (ada, grace) = (app.first_run().await, app.join("Grace").await);
    let secret = make(&ada, "closeds", &[("name", "Secret")]).await;
    for room in [1, secret] {
        ada.post(room, "The treasure is below the oak, see https://example.com/水泵").await;
    }
    let mut dice = Dice(0x5eed);
    let (mut hits, mut adas) = (0, 0);
    for n in 0..500 {
        let mut query = Vec::new();
        for _ in 0..1 + dice.roll(6) {
            query.extend_from_slice(PIECES[dice.roll(PIECES.len())]);
            if dice.roll(2) == 0 {
                query.push(b' ');
            }
        }
        let order = ["newest", "best"][n % 2];
        let rooms = rooms_of_hits(&grace, &query, order).await;
        assert!(rooms.iter().all(|room| *room == 1), "{:?}", String::from_utf8_lossy(&query));
        hits += rooms.len();
        adas += rooms_of_hits(&ada, &query, order).await.len();
    }
    assert!(hits > 20 && adas > hits, "hardly anything was found: {hits}, {adas}");
    app.database().assert_sound();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_is_found_and_what_was_deleted_is_not() {
    let app = Arc::new(App::start());
    let ada = app.first_run().await;
    let mut people = Vec::new();
    for name in ["Grace", "Linus", "Barbara"] {
        people.push(app.join(name).await);
    }
    let writers = people.into_iter().enumerate().map(|(at, person)| {
        let ada = ada.clone();
        tokio::spawn(async move {
            for n in 0..25 {
                let word = format!("needle{at}x{n}");
                let path = format!("/rooms/1/messages/{}", person.post(1, &word).await);
                assert!(finds(&ada, &word).await, "{word} was posted");
                let other = format!("other{at}x{n}");
                if n % 3 == 1 {
                    person.post_form(&path, &[("body", &other)]).await.expect(303);
                    assert!(!finds(&ada, &word).await, "{word} was changed");
                    assert!(finds(&ada, &other).await, "{other} was said instead");
                } else if n % 3 == 2 {
                    person.post_form::<&str>(&format!("{path}/delete"), &[]).await.expect(303);
                    assert!(!finds(&ada, &word).await, "{word} was deleted");
                }
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    app.database().assert_sound();
}

const LOSSES: [&str; 5] =
    ["is taken out", "leaves", "is deactivated", "is banned", "sees the room deleted"];

async fn lose(how: &str, ada: &Person, victim: &Person, id: &str, room: i64) {
    let (who, path) = match how {
        "is taken out" => {
            let fields = [("name", "Few")];
            ada.post_form(&format!("/rooms/closeds/{room}"), &fields).await.expect(303);
            return;
        }
        "leaves" => (victim, format!("/rooms/{room}/membership/delete")),
        "is deactivated" => (ada, format!("/account/users/{id}/delete")),
        "is banned" => (ada, format!("/users/{id}/ban")),
        _ => (ada, format!("/rooms/{room}/delete")),
    };
    who.post_form(&path, &[("", "")]).await.expect(303);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_let_go_finds_nothing_from_that_moment() {
    let app = Arc::new(App::with(|settings| {
        // Each person is at an address of their own, as a ban concerns all at one.
        settings.set("TRUSTED_PROXIES", "127.0.0.1");
    }));
    let ada = app.first_run().await;
    for round in 0..10 {
        let how = LOSSES[round % LOSSES.len()];
        let victim =
            app.join_from(&format!("Victim{round}"), &format!("192.0.2.{}", round + 1)).await;
        let id = id_of(&app, &victim);
        let room = make(&ada, "closeds", &[("name", "Few"), ("user_ids", &id)]).await;
        ada.post(room, "The treasure is below the oak").await;
        assert!(finds(&victim, "treasure in:few").await);
        let (gone, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let after = Arc::new(AtomicUsize::new(0));
        let searchers = ["treasure", "\"the treasure\"", "trea*", "from:ada oak"].map(|query| {
            let (victim, gone, done) = (victim.clone(), gone.clone(), done.clone());
            let after = after.clone();
            tokio::spawn(async move {
                while !done.load(Ordering::SeqCst) {
                    let was_gone = gone.load(Ordering::SeqCst);
                    for order in ["newest", "best"] {
                        let found = rooms_of_hits(&victim, query.as_bytes(), order).await;
                        assert!(!was_gone || !found.contains(&room), "{how}: {query}, {order}");
                    }
                    after.fetch_add(usize::from(was_gone), Ordering::SeqCst);
                }
            })
        });
        let writer = {
            let (ada, done) = (ada.clone(), done.clone());
            tokio::spawn(async move {
                let path = format!("/rooms/{room}/messages");
                while !done.load(Ordering::SeqCst) {
                    let said = ada.post_form(&path, &[("body", "More treasure, oak")]).await;
                    assert!([303, 404].contains(&said.status()), "{}", said.status());
                }
            })
        };
        lose(how, &ada, &victim, &id, room).await;
        gone.store(true, Ordering::SeqCst);
        while after.load(Ordering::SeqCst) < 8 {
            assert!(searchers.iter().all(|one| !one.is_finished()), "{how}: a search failed");
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        done.store(true, Ordering::SeqCst);
        for task in searchers {
            task.await.unwrap();
        }
        writer.await.unwrap();
    }
}
