//! Bots post, read, change and delete in their rooms, and nowhere else.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{App, Bot, Person, fresh_uuid};

async fn with_bot() -> (App, Person, Bot) {
    let app = App::start();
    let ada = app.first_run().await;
    let bell = ada.make_bot("Bell").await;
    (app, ada, bell)
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn a_message_is_posted_in_every_way_there_is() {
    let (app, _, bell) = with_bot().await;
    let path = bell.messages_path(1);
    let post = || bell.bare(Method::POST, &path);
    let form = "application/x-www-form-urlencoded";
    let parts = || reqwest::multipart::Form::new().text("body", "In parts: é");
    let ways = [
        (
            post().header("Content-Type", form).body("100% sure, a=b & c+d 🎉"),
            "100% sure, a=b & c+d 🎉",
        ),
        (post().header("Content-Type", form).body("body=1+%2B+1&x=y"), "1 + 1"),
        (post().header("Content-Type", "text/plain; charset=utf-8").body("plain é"), "plain é"),
        (post().body("no type at all"), "no type at all"),
        (
            post().header("Content-Type", "application/octet-stream").body("{\"body\":1}"),
            "{\"body\":1}",
        ),
        (post().json(&json!({ "body": "as **JSON**" })), "as JSON"),
        (post().multipart(parts()), "In parts: é"),
        (post().body("<b>bold</b><br>next"), "bold\nnext"),
        (post().body("*star* `<b>`\nnext"), "star <b>\nnext"),
        (post().json(&json!({ "body": "<b>a</b>", "format": "markdown" })), "<b>a</b>"),
        (bell.request(Method::POST, "/rooms/1/messages").body("by header"), "by header"),
    ];
    for (n, (request, text)) in ways.into_iter().enumerate() {
        let answer = bell.send(request).await.expect(201);
        let message = answer.json();
        assert_eq!(message["body"]["plain_text"], *text);
        assert_eq!(answer.header("location"), format!("/rooms/1/@{}", message["id"]));
        assert_eq!(answer.header("content-type"), "application/json; charset=utf-8");
        assert_eq!(app.database().count("messages"), n as i64 + 1);
    }
}

#[tokio::test]
async fn a_message_has_every_key_that_bots_hold_on_to() {
    let (app, ada, bell) = with_bot().await;
    let message = bell.post(1, "Dinner, *Ada*?").await.expect(201).json();
    assert_eq!(keys(&message), ["body", "created_at", "creator", "id", "room", "url"]);
    assert_eq!(keys(&message["creator"]), ["avatar_url", "id", "name", "role"]);
    assert_eq!(keys(&message["body"]), ["html", "plain_text"]);
    let html = "<div class=\"rich-text\"><p>Dinner, <em>Ada</em>?</p></div>";
    assert_eq!(message["body"]["html"], html);
    assert_eq!(message["creator"]["role"], "bot");
    assert_eq!(message["creator"]["id"], bell.id);
    assert_eq!(message["room"], json!({ "id": 1 }));
    let base = app.base_url();
    assert_eq!(message["url"], format!("{base}/rooms/1/messages/{}", message["id"]));
    assert!(message["creator"]["avatar_url"].as_str().unwrap().starts_with(&base));
    let at = message["created_at"].as_str().unwrap();
    assert!(at.len() == 24 && at.ends_with('Z') && at.as_bytes()[19] == b'.', "{at}");

    // The same from everywhere it is told.
    let id = message["id"].as_i64().unwrap();
    let path = format!("{}/{id}", bell.messages_path(1));
    assert_eq!(bell.send(bell.bare(Method::GET, &path)).await.expect(200).json(), message);
    let by_header = bell.request(Method::GET, &format!("/rooms/1/messages/{id}"));
    assert_eq!(bell.send(by_header).await.expect(200).json(), message);
    let by_ada = ada.bare(Method::GET, &format!("/rooms/1/messages/{id}"));
    let by_ada = ada.send(by_ada.header("Accept", "application/json")).await.expect(200);
    assert_eq!(by_ada.json(), message);
    let said = ada.post(1, "From a person").await;
    let path = format!("{}/{said}", bell.messages_path(1));
    let told = bell.send(bell.bare(Method::GET, &path)).await.expect(200).json();
    assert_eq!(told["creator"]["role"], "administrator");
}

#[tokio::test]
async fn what_cannot_be_posted_is_refused_in_json() {
    let (app, ada, bell) = with_bot().await;
    ada.post_form("/rooms/closeds", &[("name", "Vault")]).await.expect(303);
    let vault: i64 = app.database().one("select id from rooms where name = 'Vault'", []);
    let path = bell.messages_path(1);
    let post = || bell.bare(Method::POST, &path);
    let wrong_key = format!("/rooms/1/{}-aaaaaaaaaaaa/messages", bell.id);
    let refusals = [
        (422, post().body("")),
        (422, post().body(" \n\t ")),
        (422, post().header("Content-Type", "application/x-www-form-urlencoded").body("body=+")),
        (422, post().json(&json!({}))),
        (422, post().json(&json!({ "text": "other" }))),
        (422, post().header("Content-Type", "application/json").body("{")),
        (422, post().body(b"\xff\xfe".to_vec())),
        (422, post().body("x".repeat(10_001))),
        (422, post().json(&json!({ "body": "x", "client_message_id": "7" }))),
        (422, post().json(&json!({ "body": "x", "reply_to_id": "987654321" }))),
        (413, post().body("x".repeat(1_100_000))),
        (401, bell.bare(Method::POST, &wrong_key).body("x")),
        (401, bell.bare(Method::POST, "/rooms/1/1-/messages").body("x")),
        (401, bell.bare(Method::POST, "/rooms/1/nonsense/messages").body("x")),
        (
            401,
            bell.bare(Method::POST, "/rooms/1/messages")
                .header("Authorization", "Bearer x")
                .body("x"),
        ),
        (
            403,
            bell.bare(Method::POST, &format!("/rooms/1/messages?bot_key={}", bell.key)).body("x"),
        ),
        (404, bell.bare(Method::POST, &bell.messages_path(vault)).body("x")),
        (404, bell.bare(Method::POST, &bell.messages_path(987)).body("x")),
        (405, bell.bare(Method::DELETE, &path)),
    ];
    for (n, (status, request)) in refusals.into_iter().enumerate() {
        let request =
            if status == 403 { request.header("Accept", "application/json") } else { request };
        let answer = bell.send(request).await;
        assert_eq!(answer.status(), status, "{n}: {}", answer.text());
        let error = answer.json();
        assert_eq!(keys(&error), ["error"], "{n}");
        assert!(error["error"].as_str().unwrap().ends_with('.'), "{n}: {error}");
        assert!(!answer.text().contains(&bell.key));
    }
    assert_eq!(app.database().count("messages"), 0);
    assert!(!app.log().contains(&bell.key), "the key is in the log");
}

#[tokio::test]
async fn files_come_with_words_or_without() {
    let (app, _, bell) = with_bot().await;
    let file = |name: &'static str| {
        reqwest::multipart::Part::bytes(b"All is well.".to_vec()).file_name(name)
    };
    let form = || reqwest::multipart::Form::new();
    let post = || bell.bare(Method::POST, &bell.messages_path(1));
    let with_words = form().text("body", "*Look*").part("attachments", file("a&b.txt"));
    let with_words = with_words.part("attachments", file("c.txt"));
    let answer = bell.send(post().multipart(with_words)).await.expect(201).json();
    assert_eq!(answer["body"]["plain_text"], "Look");
    let html = answer["body"]["html"].as_str().unwrap();
    let base = app.base_url();
    assert!(
        html.contains("<em>Look</em>") && html.contains(&format!("<a href=\"{base}/files/")),
        "{html}"
    );
    assert!(html.contains(">a&amp;b.txt</a>"), "{html}");
    let alone = bell.send(post().multipart(form().part("attachment", file("d.txt")))).await;
    let alone = alone.expect(201).json();
    assert_eq!(alone["body"]["plain_text"], "d.txt");
    // Words can be taken back where files stay.
    let path = format!("{}/{}", bell.messages_path(1), answer["id"]);
    let edited = bell.send(bell.bare(Method::PUT, &path).body("")).await.expect(200).json();
    assert_eq!(edited["body"]["plain_text"], "a&b.txt\nc.txt");
    assert_eq!(app.database().count("attachments where message_id is not null"), 3);
    let none = reqwest::multipart::Part::bytes(Vec::<u8>::new()).file_name("");
    let none = form().part("attachment", none);
    bell.send(post().multipart(none)).await.expect(422);
}

#[tokio::test]
async fn the_same_client_message_id_is_the_same_message() {
    let (app, _, bell) = with_bot().await;
    let id = fresh_uuid();
    let post = |body: &str| {
        let request = bell.bare(Method::POST, &bell.messages_path(1));
        request.json(&json!({ "body": body, "client_message_id": id }))
    };
    let first = bell.send(post("once")).await.expect(201);
    let second = bell.send(post("twice")).await.expect(200);
    assert_eq!(first.json(), second.json());
    assert_eq!(first.header("location"), second.header("location"));
    assert_eq!(app.database().count("messages"), 1);
}

#[tokio::test]
async fn pages_lead_from_one_to_the_next() {
    let (app, ada, bell) = with_bot().await;
    let get = |path: String| bell.send(bell.bare(Method::GET, &path));
    let path = bell.messages_path(1);
    let empty = get(path.clone()).await.expect(200);
    assert_eq!((empty.text().as_str(), empty.header("x-total-count")), ("[]", "0"));
    assert_eq!(empty.header("link"), "");

    let mut ids = Vec::new();
    for n in 0..41 {
        ids.push(ada.post(1, &format!("Number {n}")).await);
    }
    let told = |answer: &crate::support::Answer| -> Vec<i64> {
        let list = answer.json();
        list.as_array().unwrap().iter().map(|m| m["id"].as_i64().unwrap()).collect()
    };
    let last = get(path.clone()).await.expect(200);
    assert_eq!(told(&last), ids[1..]);
    assert_eq!(last.header("x-total-count"), "41");
    let base = app.base_url();
    assert_eq!(last.header("link"), format!("<{base}{path}?before={}>; rel=\"next\"", ids[1]));
    let older = get(format!("{path}?before={}", ids[1])).await.expect(200);
    assert_eq!((told(&older), older.header("link")), (vec![ids[0]], ""));
    assert_eq!(older.header("x-total-count"), "41");

    ada.post(1, "One more").await;
    let newer = get(format!("{path}?after={}", ids[0])).await.expect(200);
    assert_eq!(told(&newer), ids[1..]);
    assert_eq!(newer.header("link"), format!("<{base}{path}?after={}>; rel=\"next\"", ids[40]));
    let rest = get(format!("{path}?after={}", ids[40])).await.expect(200);
    assert_eq!((told(&rest).len(), rest.header("link")), (1, ""));
    let by_header = bell.request(Method::GET, "/rooms/1/messages");
    let link = bell.send(by_header).await.expect(200).header("link").to_owned();
    assert!(link.starts_with(&format!("<{base}/rooms/1/messages?before=")), "{link}");

    ada.post_form("/rooms/opens", &[("name", "Elsewhere")]).await.expect(303);
    let elsewhere = ada.post(2, "Not here").await;
    for wrong in [format!("before={elsewhere}"), "after=987654".into(), "before=x".into()] {
        get(format!("{path}?{wrong}")).await.expect(404);
    }
}

#[tokio::test]
async fn only_ones_own_is_changed_and_deleted() {
    let (app, ada, bell) = with_bot().await;
    let other = ada.make_bot("Other").await;
    let id = bell.post(1, "Frist").await.expect(201).json()["id"].as_i64().unwrap();
    let by_ada = ada.post(1, "Mine").await;
    let by_other = other.post(1, "Mine, too").await.expect(201).json()["id"].as_i64().unwrap();
    let at = |id: i64| format!("{}/{id}", bell.messages_path(1));

    for (method, text) in [(Method::PUT, "First"), (Method::PATCH, "1st"), (Method::POST, "*One*")]
    {
        let answer = bell.send(bell.bare(method, &at(id)).body(text)).await.expect(200).json();
        assert_eq!(answer["body"]["plain_text"], text.replace('*', ""));
        assert_eq!(answer["id"], id);
    }
    bell.send(bell.bare(Method::PUT, &at(id)).body(" ")).await.expect(422);
    for id in [by_ada, by_other] {
        bell.send(bell.bare(Method::PUT, &at(id)).body("x")).await.expect(403);
        bell.send(bell.bare(Method::PUT, &at(id)).body("")).await.expect(403);
        bell.send(bell.bare(Method::DELETE, &at(id))).await.expect(403);
    }
    for nowhere in [at(987_654), format!("/rooms/9/{}/messages/{id}", bell.key), at(id) + "x"] {
        bell.send(bell.bare(Method::PUT, &nowhere).body("x")).await.expect(404);
        bell.send(bell.bare(Method::DELETE, &nowhere)).await.expect(404);
    }
    assert_eq!(bell.send(bell.bare(Method::DELETE, &at(id))).await.expect(204).text(), "");
    bell.send(bell.bare(Method::DELETE, &at(id))).await.expect(404);
    let again = bell.post(1, "Again").await.expect(201).json()["id"].as_i64().unwrap();
    bell.send(bell.bare(Method::POST, &format!("{}/delete", at(again)))).await.expect(204);
    assert_eq!(app.database().count("messages"), 2);
}

#[tokio::test]
async fn a_message_by_a_bot_is_live_and_mentions_like_any() {
    let (app, ada, bell) = with_bot().await;
    let mut socket = ada.live(1, ada.cursor(1).await).await;
    let message = bell.post(1, "Wake up, @Ada").await.expect(201).json();
    let id = message["id"].as_i64().unwrap();
    socket.wait_for_message(id).await;
    assert!(message["body"]["html"].as_str().unwrap().contains("class=\"mention\""));
    let mentioned: i64 =
        app.database().one("select user_id from mentions where message_id = ?1", [id]);
    assert_eq!(mentioned, 1);
    let path = format!("{}/{id}", bell.messages_path(1));
    bell.send(bell.bare(Method::PUT, &path).body("Never mind")).await.expect(200);
    socket.wait_for("Never mind").await;
    bell.send(bell.bare(Method::DELETE, &path)).await.expect(204);
    socket.wait_for(&format!("message_{id}")).await;
    assert!(!ada.room_page(1).await.text().contains("Never mind"));
}

#[tokio::test]
async fn a_cookie_counts_for_nothing_where_a_key_is_asked_for() {
    let (app, ada, bell) = with_bot().await;
    let wrong = format!("/rooms/1/{}-aaaaaaaaaaaa/messages", bell.id);
    ada.send(ada.request(Method::POST, &wrong).body("as whom?")).await.expect(401);
    ada.send(ada.request(Method::GET, &wrong)).await.expect(401);
    let bearer =
        ada.request(Method::POST, "/rooms/1/messages").header("Authorization", "Bearer 1-x");
    ada.send(bearer.form(&[("body", "as whom?")])).await.expect(401);
    let id = ada.post(1, "As Ada").await;
    let at = format!("{}/{id}", bell.messages_path(1));
    // With a right key it is the bot that asks, whatever cookie comes along.
    ada.send(ada.request(Method::DELETE, &at)).await.expect(403);
    let cross =
        bell.bare(Method::POST, &bell.messages_path(1)).header("Sec-Fetch-Site", "cross-site");
    bell.send(cross.body("from a page elsewhere")).await.expect(403);
    assert_eq!(app.database().count("messages"), 1);
}

#[tokio::test]
async fn a_bot_that_posts_too_fast_is_told_when_to_go_on() {
    let app = App::with(|settings| {
        settings.set("RATE_LIMITS", "on");
    });
    let ada = app.first_run().await;
    let (bell, other) = (ada.make_bot("Bell").await, ada.make_bot("Other").await);
    let posts = (0..150).map(|n| {
        let bell = bell.clone();
        async move { bell.post(1, &format!("Number {n}")).await }
    });
    let answers = futures_util::future::join_all(posts).await;
    let (fine, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|a| a.status() == 201);
    assert!(fine.len() >= 40, "40 at once are allowed, not {}", fine.len());
    let refused = refused.first().expect("150 at once are too many");
    assert_eq!(refused.status(), 429);
    assert!(refused.header("retry-after").parse::<u64>().unwrap() >= 1);
    assert!(refused.json()["error"].as_str().unwrap().contains("5 things a second"));
    other.post(1, "Each key has its own limit").await.expect(201);
    let read = bell.bare(Method::GET, &bell.messages_path(1));
    bell.send(read).await.expect(200);
}
