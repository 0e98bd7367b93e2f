//! Pages that are kept are the pages that would be drawn now, and are for nobody else.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use reqwest::Method;

use tokio::sync::Barrier;

use super::room_settings::{id_of, make};
use crate::support::{Answer, App, Person, html};

/// Numbers that look like chance and are the same for the same seed.
struct Dice(u64);

impl Dice {
    fn seeded(seed: u64) -> Self {
        Dice(seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % sides
    }

    fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.roll(all.len())]
    }
}

/// As a browser asks: packed, from what is kept if there is any.
async fn packed(person: &Person, path: &str, fragment: bool) -> Answer {
    let request = person.request(Method::GET, path).header("Accept-Encoding", "gzip, br");
    let request = if fragment { request.header("HX-Request", "true") } else { request };
    person.send(request).await
}

/// As it is drawn for this request alone.
async fn drawn(person: &Person, path: &str, fragment: bool) -> Answer {
    if fragment { person.get_fragment(path).await } else { person.get(path).await }
}

fn unpacked(answer: &Answer) -> String {
    if answer.header("content-encoding") != "gzip" {
        return answer.text();
    }
    let mut text = String::new();
    flate2::read::GzDecoder::new(answer.bytes()).read_to_string(&mut text).unwrap();
    text
}

/// The text without the number of the form, which is another one in every answer.
fn comparable(text: &str) -> String {
    const NUMBER: &str = "name=\"client_message_id\" value=\"";
    let Some((before, rest)) = text.split_once(NUMBER) else { return text.to_owned() };
    let (number, after) = rest.split_once('"').unwrap();
    assert!(number.len() == 36 && !before.contains("<!--"), "{number}");
    format!("{before}{after}")
}

/// What can be looked at, and whether as a piece of a page.
fn places(rooms: &[i64], newest: i64) -> Vec<(String, bool)> {
    let mut places = vec![("/users/me/sidebar".to_owned(), false)];
    places.push(("/users/me/sidebar".to_owned(), true));
    for room in rooms {
        places.push((format!("/rooms/{room}"), false));
        places.push((format!("/rooms/{room}/messages?before={newest}"), true));
    }
    places
}

/// Alterations between two rests.
const BURST: u32 = 6;

/// What is under way: what was altered and altered back again cannot be told from what was not.
#[derive(Default)]
struct Tide {
    begun: AtomicU32,
    ended: AtomicU32,
    /// Comparisons begun.
    looks: AtomicU32,
}

impl Tide {
    /// All who alter things wait until those who look have looked a few times.
    async fn rest(&self, all: &Barrier) {
        all.wait().await;
        let looks = self.looks.load(Ordering::SeqCst);
        while self.looks.load(Ordering::SeqCst) < looks + 8 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        all.wait().await;
    }

    /// The state of all rooms, while nothing else is being altered.
    fn stands_at(&self, app: &App) -> Option<(u32, i64)> {
        let ended = self.ended.load(Ordering::SeqCst);
        let changes = app.database().one("select coalesce(max(id), 0) from changes", []);
        (self.begun.load(Ordering::SeqCst) == ended).then_some((ended, changes))
    }
}

/// One alteration of anything that pages show; refusals are fine.
async fn alter(
    person: &Person,
    dice: &mut Dice,
    rooms: &[i64],
    people: &[String],
    n: u32,
    tide: &Tide,
) {
    let room = *dice.pick(rooms);
    let id = 1 + dice.roll(60);
    let in_room = |rest: &str| format!("/rooms/{room}{rest}");
    let levels = ["nothing", "mentions", "everything", "invisible"];
    let boosts = ["👏", "🎉", "yes"];
    let name = |name: String| vec![("name", name)];
    let kind = dice.roll(30);
    let (path, fields): (String, Vec<(&str, String)>) = match kind {
        0..=6 => (in_room("/messages"), vec![("body", format!("Said {n} & more"))]),
        7..=9 => (
            in_room("/messages"),
            vec![("body", format!("[@x](/users/{}), {n}", dice.pick(people)))],
        ),
        10 => {
            let reply = vec![("body", format!("Answered {n}")), ("reply_to_id", id.to_string())];
            (in_room("/messages"), reply)
        }
        11..=14 => {
            let called = format!("Changed <b>{n}</b> [@x](/users/{})", dice.pick(people));
            let said = if n.is_multiple_of(2) { called } else { format!("Changed {n}") };
            (in_room(&format!("/messages/{id}")), vec![("body", said)])
        }
        15 => (in_room(&format!("/messages/{id}/delete")), vec![]),
        16..=20 => {
            (format!("/messages/{id}/boosts"), vec![("toggle", (*dice.pick(&boosts)).to_owned())])
        }
        21 => (in_room("/involvement"), vec![("involvement", (*dice.pick(&levels)).to_owned())]),
        22 => (in_room(&format!("/messages/{id}/unread")), vec![]),
        23 => ("/users/me/reads".to_owned(), vec![]),
        24 => {
            let mut details = name(format!("{} <{}>", person.name, n % 5));
            details.push(("email_address", person.email_address()));
            ("/users/me/profile".to_owned(), details)
        }
        25 => ("/account".to_owned(), name(format!("Camp {}", n % 4))),
        26 => {
            let styles = format!("body {{ margin: {n}px }}");
            ("/account/custom_styles".to_owned(), vec![("custom_styles", styles)])
        }
        27 => (format!("/rooms/opens/{room}"), name(format!("Room {} & {n}", n % 3))),
        28 if n.is_multiple_of(2) => (in_room("/membership/delete"), vec![]),
        28 => (in_room("/membership"), vec![]),
        _ => ("/rooms/directs".to_owned(), vec![("user_ids", dice.pick(people).clone())]),
    };
    // The others have numbers, which never come back.
    let may_come_back = kind > 20;
    tide.begun.fetch_add(u32::from(may_come_back), Ordering::SeqCst);
    let status = person.post_form(&path, &fields).await.status();
    tide.ended.fetch_add(u32::from(may_come_back), Ordering::SeqCst);
    assert!(status < 500, "{path}: {status}");
}

async fn scene(seed: u64, megabytes: &str) {
    let app = Arc::new(App::with(|settings| {
        settings.set("PAGE_CACHE_MB", megabytes);
    }));
    let tide = Arc::new(Tide::default());
    let ebb = Arc::new(Barrier::new(4));
    let ada = app.first_run().await;
    let everybody =
        [ada.clone(), app.join("Grace").await, app.join("Linus").await, app.join("Barbara").await];
    let ids: Vec<String> = everybody.iter().map(|person| id_of(&app, person)).collect();
    make(&ada, "opens", &[("name", "Noise")]).await;
    make(&ada, "closeds", &[("name", "Few"), ("user_ids", &ids[1])]).await;
    let ping = everybody[1].post_form("/rooms/directs", &[("user_ids", &ids[2])]).await;
    ping.expect(303);
    // Above it the first room's page has no invitation.
    for n in 0..12 {
        ada.post(1, &format!("To begin with {n}")).await;
    }
    let rooms = [1, 2, 3, 4];
    let done = Arc::new(AtomicBool::new(false));
    let (same, moved) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));

    let writers = everybody.iter().enumerate().map(|(at, person)| {
        let (person, ids, tide) = (person.clone(), ids.clone(), tide.clone());
        let ebb = ebb.clone();
        tokio::spawn(async move {
            let mut dice = Dice::seeded(seed + 17 * at as u64);
            for n in 0..90 {
                alter(&person, &mut dice, &rooms, &ids, n, &tide).await;
                if n % BURST == 0 {
                    tide.rest(&ebb).await;
                }
            }
        })
    });
    let writers: Vec<_> = writers.collect();
    let readers = everybody.iter().enumerate().map(|(at, person)| {
        let person = person.clone();
        let (done, same, moved) = (done.clone(), same.clone(), moved.clone());
        let (app, tide) = (app.clone(), tide.clone());
        tokio::spawn(async move {
            let mut dice = Dice::seeded(seed + 1_001 + at as u64);
            while !done.load(Ordering::Relaxed) {
                let (path, piece) = dice.pick(&places(&rooms, 40)).clone();
                tide.looks.fetch_add(1, Ordering::SeqCst);
                let stood = tide.stands_at(&app);
                let before = drawn(&person, &path, piece).await;
                let kept = packed(&person, &path, piece).await;
                let after = drawn(&person, &path, piece).await;
                let stands = stood.is_some() && tide.stands_at(&app) == stood;
                if stands && comparable(&before.text()) == comparable(&after.text()) {
                    let kept = (kept.status(), comparable(&unpacked(&kept)));
                    assert_eq!(kept, (after.status(), comparable(&after.text())), "{path}");
                    same.fetch_add(1, Ordering::Relaxed);
                } else {
                    moved.fetch_add(1, Ordering::Relaxed);
                }
            }
        })
    });
    let readers: Vec<_> = readers.collect();
    for writer in writers {
        writer.await.unwrap();
    }
    done.store(true, Ordering::Relaxed);
    for reader in readers {
        reader.await.unwrap();
    }
    for person in &everybody {
        for theme in ["theme=system", "theme=dark"] {
            person.plant_cookie(theme);
            for (path, piece) in places(&rooms, 1_000) {
                let kept = packed(person, &path, piece).await;
                let again = packed(person, &path, piece).await;
                let fresh = drawn(person, &path, piece).await;
                assert_eq!(kept.status(), fresh.status(), "{path} for {}", person.name);
                // The first look reads the room; what follows shows it read.
                let fresh = comparable(&fresh.text());
                assert_eq!(comparable(&unpacked(&again)), fresh, "{path} for {}", person.name);
            }
        }
    }
    let (same, moved) = (same.load(Ordering::Relaxed), moved.load(Ordering::Relaxed));
    println!("seed {seed}: {same} answers compared, {moved} moved meanwhile");
    assert!(same > 20, "hardly anything was compared: {same}, {moved} moved");
    app.database().assert_sound();
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_happens_a_kept_page_is_the_page_that_would_be_drawn() {
    scene(1, "8").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_with_other_chances_and_without_keeping_anything() {
    scene(2, "8").await;
    scene(3, "0").await;
}

/// The number of the form of a room's page.
fn number(page: &str) -> String {
    html::hidden_fields(page, "/rooms/1/messages")
        .into_iter()
        .find_map(|(name, value)| (name == "client_message_id").then_some(value))
        .unwrap()
}

#[tokio::test]
async fn a_kept_page_is_one_persons_own_and_has_a_number_of_its_own() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    for n in 0..12 {
        ada.post(1, &format!("To begin with {n}")).await;
    }
    let first = packed(&ada, "/rooms/1", false).await.expect(200);
    assert_eq!(first.header("content-encoding"), "gzip");
    assert!(first.headers("vary").join(",").to_lowercase().contains("accept-encoding"));
    let (first, second) = (unpacked(&first), unpacked(&packed(&ada, "/rooms/1", false).await));
    assert_ne!(number(&first), number(&second));
    assert_eq!(comparable(&first), comparable(&second));
    let hers = unpacked(&packed(&grace, "/rooms/1", false).await);
    assert!(hers.contains("data-user-name=\"Grace\"") && !hers.contains("data-user-name=\"Ada\""));
}

#[tokio::test]
async fn who_has_a_list_already_is_told_so_until_it_changes() {
    let app = App::start();
    let ada = app.first_run().await;
    let ask = |tag: String| {
        let request = ada.request(Method::GET, "/users/me/sidebar");
        request.header("Accept-Encoding", "gzip").header("If-None-Match", tag)
    };
    let first = ada.send(ask(String::new())).await.expect(200);
    let tag = first.header("etag").to_owned();
    let same = ada.send(ask(format!("W/\"other\", {tag}"))).await.expect(304);
    assert!(same.bytes().is_empty() && same.header("etag") == tag);
    // What is said with a 304 replaces what a browser keeps with the page.
    for name in ["content-security-policy", "cache-control", "content-type"] {
        assert_eq!(same.header(name), first.header(name), "{name}");
    }
    make(&ada, "opens", &[("name", "Noise")]).await;
    let other = ada.send(ask(tag.clone())).await.expect(200);
    assert!(unpacked(&other).contains("Noise") && other.header("etag") != tag);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_let_out_gets_nothing_more_however_often_they_ask() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let grace_id = id_of(&app, &grace);
    for round in 0..5 {
        let chosen = [("name", "Few"), ("user_ids", grace_id.as_str())];
        let room = make(&ada, "closeds", &chosen).await;
        ada.post(room, "A secret").await;
        let path = format!("/rooms/{room}");
        let (let_out, asking) = (Arc::new(AtomicBool::new(false)), grace.clone());
        let asked = tokio::spawn({
            let (let_out, path) = (let_out.clone(), path.clone());
            async move {
                let mut shown = 0;
                loop {
                    // Looked at before asking: what is asked after the answer must be refused.
                    let is_out = let_out.load(Ordering::SeqCst);
                    let status = packed(&asking, &path, false).await.status();
                    if is_out {
                        return (status, shown);
                    }
                    shown += u32::from(status == 200);
                    if shown > 3 {
                        tokio::task::yield_now().await;
                    }
                }
            }
        });
        while packed(&grace, &path, false).await.status() != 200 {}
        let nobody = [("name", "Few"), ("people", "shown")];
        ada.post_form(&format!("/rooms/closeds/{room}"), &nobody).await.expect(303);
        let_out.store(true, Ordering::SeqCst);
        let (status, shown) = asked.await.unwrap();
        assert_eq!(status, 404, "round {round}, after {shown} pages");
        packed(&grace, &path, false).await.expect(404);
        let older = format!("{path}/messages?before=1000");
        packed(&grace, &older, true).await.expect(404);
    }
}
