//! What one is not in does not exist: rooms, messages, boosts and files of others are answered like
//! those that were never there, byte for byte, on every route that names one.

use reqwest::multipart::{Form, Part};
use reqwest::{Method, StatusCode};

use super::{Declared, declared};
use crate::support::{App, Person, fresh_uuid, html};

/// No row has it.
pub const NOWHERE: i64 = 987_654_321;
/// Numbers of files that are tried one after the other.
const PROBES: i64 = 2_000;

/// A room with what is in it.
#[derive(Clone, Copy)]
pub struct Place {
    pub what: &'static str,
    pub room: i64,
    pub message: i64,
    pub boost: i64,
    pub file: i64,
}

struct Asker {
    what: &'static str,
    person: Person,
    key: Option<String>,
}

/// Somebody says something in a room, with a file, and boosts it.
pub async fn fill(ada: &Person, app: &App, what: &'static str, room: i64) -> Place {
    let part = Part::bytes(b"secret bytes".to_vec()).file_name("secret.txt");
    let form = Form::new()
        .text("body", "A secret")
        .text("client_message_id", fresh_uuid())
        .part("attachments", part);
    let path = format!("/rooms/{room}/messages");
    ada.send(ada.request(Method::POST, &path).multipart(form)).await.expect(303);
    let last = |table: &str| app.database().one(&format!("select max(id) from {table}"), []);
    let message: i64 = last("messages");
    ada.post_form(&format!("/messages/{message}/boosts"), &[("content", "Yes")]).await.expect(303);
    Place { what, room, message, boost: last("boosts"), file: last("attachments") }
}

/// The path as it is for somebody who names this room, this message, this boost or this file.
pub fn at(route: &Declared, place: &Place, key: &str) -> Option<String> {
    let path = route.path.as_str();
    let names_one =
        ["/rooms/{id}", "/opens/{id}", "/closeds/{id}", "/directs/{id}", "{mid}", "/files/"]
            .iter()
            .any(|part| path.contains(part));
    let id = match path {
        path if path.starts_with("/files/{id}") => place.file,
        path if path.contains("/boosts/{id}") => place.boost,
        _ => place.room,
    };
    let filled = path
        .replace("{id}", &id.to_string())
        .replace("{mid}", &place.message.to_string())
        .replace("{at}", &format!("@{}", place.message))
        .replace("{boost}", &place.boost.to_string())
        .replace("{name}", "secret.txt")
        .replace("{bot_key}", key);
    names_one.then_some(filled)
}

/// The answer: status, type, and every byte of it.
async fn answer(asker: &Asker, route: &Declared, path: &str) -> String {
    let method: Method = route.method.parse().unwrap();
    let mut request = asker.person.request(method, path);
    if let Some(key) = &asker.key {
        request = request.header("Authorization", format!("Bearer {key}"));
    }
    if route.method != "GET" {
        let kind = "application/x-www-form-urlencoded";
        request = request.header("Content-Type", kind).body(route.fields.clone());
    }
    let answer = asker.person.send(request).await;
    // Where one came from may be said, and nothing else.
    let body = answer.text().replace(path, "(path)");
    format!(
        "{} {} {}\n{body}",
        answer.status(),
        answer.header("content-type"),
        answer.header("location")
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_is_not_in_is_answered_like_what_is_not_there() {
    let app = App::start();
    let ada = app.first_run().await;
    let (grace, _linus, heidi) =
        (app.join("Grace").await, app.join("Linus").await, app.join("Heidi").await);
    let id =
        |name: &str| -> i64 { app.database().one("select id from users where name = ?1", [name]) };
    let (linus_id, heidi_id) = (id("Linus").to_string(), id("Heidi").to_string());
    let bell = ada.make_bot("Bell").await;
    let made = |answer: crate::support::Answer| -> i64 {
        answer.expect(303).location().trim_start_matches("/rooms/").parse().unwrap()
    };
    let fields = [("name", "Secrets"), ("user_ids", &*linus_id), ("user_ids", &*heidi_id)];
    let closed = made(ada.post_form("/rooms/closeds", &fields).await);
    let fields = [("name", "Brief"), ("user_ids", &*linus_id)];
    let deleted = made(ada.post_form("/rooms/closeds", &fields).await);
    let ping = made(ada.post_form("/rooms/directs", &[("user_ids", &*linus_id)]).await);
    let places = [
        fill(&ada, &app, "a closed room", closed).await,
        fill(&ada, &app, "a ping", ping).await,
        fill(&ada, &app, "a deleted room", deleted).await,
    ];
    ada.post_form::<&str>(&format!("/rooms/{deleted}/delete"), &[]).await.expect(303);
    // Heidi was in the closed room, has seen it, and is in it no longer.
    heidi.room_page(closed).await;
    let fields = [("name", "Secrets"), ("user_ids", &*linus_id)];
    ada.post_form(&format!("/rooms/closeds/{closed}"), &fields).await.expect(303);
    heidi.get(&format!("/rooms/{closed}")).await.expect(404);

    let askers = [
        Asker { what: "a member", person: grace.clone(), key: None },
        Asker { what: "who was removed", person: heidi, key: None },
        Asker { what: "a bot", person: app.visitor(), key: Some(bell.key.clone()) },
    ];
    let nowhere =
        Place { what: "nothing", room: NOWHERE, message: NOWHERE, boost: NOWHERE, file: NOWHERE };
    let (mut asked, mut wrong) = (0, Vec::new());
    for route in declared() {
        for asker in &askers {
            let Some(path) = at(&route, &nowhere, &bell.key) else { continue };
            let is_for_bots = route.answers[5].starts_with(|c: char| c.is_ascii_digit());
            if (asker.key.is_some() && !is_for_bots)
                || (asker.key.is_none() && route.answers[1] == "401")
            {
                continue;
            }
            let absent = answer(asker, &route, &path).await;
            let status = StatusCode::from_bytes(&absent.as_bytes()[..3]).unwrap();
            assert!(status == 404 || status == 403, "{} {path}: {absent}", route.method);
            for place in &places {
                let path = at(&route, place, &bell.key).unwrap();
                asked += 1;
                let found = answer(asker, &route, &path).await;
                if found != absent {
                    let (asker, place) = (asker.what, place.what);
                    wrong.push(format!(
                        "{} {path}, {asker}, {place}:\n{}\nbut nowhere:\n{}",
                        route.method,
                        found.chars().take(300).collect::<String>(),
                        absent.chars().take(300).collect::<String>()
                    ));
                }
            }
            // A message of elsewhere, named as if it were in a room that one is in.
            if route.path.starts_with("/rooms/{id}/") && route.path.contains("{mid}") {
                for place in &places {
                    let here = Place { room: 1, ..*place };
                    let gone = Place { room: 1, what: "", ..nowhere };
                    let path = at(&route, &here, &bell.key).unwrap();
                    let nowhere = at(&route, &gone, &bell.key).unwrap();
                    asked += 1;
                    let found = answer(asker, &route, &path).await;
                    let absent = answer(asker, &route, &nowhere).await;
                    if found != absent {
                        wrong.push(format!("{} {path}, {}: {found}", route.method, asker.what));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} differ\n{}", wrong.len(), wrong.join("\n"));
    println!("{asked} requests for what is not theirs");

    // Files have numbers that can be counted up: nobody finds one that way.
    for number in 1..=PROBES {
        let path = format!("/files/{number}/secret.txt");
        assert_eq!(grace.get(&path).await.status(), 404, "{path}");
    }
    let page = grace.get("/searches?q=secret").await.expect(200).text();
    assert!(html::message_ids(&page).is_empty(), "{page}");
}
