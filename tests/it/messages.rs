//! Posting: what is taken, once; what is refused, with a reason, and then stored nowhere.

use reqwest::Method;
use reqwest::header::HeaderValue;

use crate::support::database::alter_stopped;
use crate::support::{Answer, App, Person, fresh_uuid, html, id_of_message};

const POST: &str = "/rooms/1/messages";

#[tokio::test]
async fn a_plain_form_leads_to_the_message_and_htmx_gets_it_drawn() {
    let app = App::start();
    let ada = app.first_run().await;
    let answer = ada.post_form(POST, &[("body", "First **post**")]).await.expect(303);
    assert_eq!(answer.location(), "/rooms/1#message_1");

    let uuid = fresh_uuid();
    let fields = [("body", "Second post"), ("client_message_id", uuid.as_str())];
    let drawn = ada.post_fragment(POST, &fields).await.expect(200).text();
    assert_eq!(id_of_message(&drawn), 2);
    assert!(drawn.contains(&format!("data-client-message-id=\"{uuid}\"")));
    let first_tag = html::tags(&drawn)[0];
    assert!(first_tag.starts_with("<hx-upsert") && first_tag.contains("data-cursor=\"2\""));

    let page = html::ungrouped(&ada.room_page(1).await.text());
    assert_eq!(html::message_texts(&page), ["First post", "Second post"]);
    assert_eq!(html::articles(&page)[1], html::articles(&drawn)[0], "drawn once, the same bytes");

    let rows = app.database();
    let sources = rows.all::<String>("select body_source from messages order by id", []);
    assert_eq!(sources, ["First **post**", "Second post"]);
    assert_eq!(rows.all::<String>("select kind from changes", []), ["posted", "posted"]);
    rows.assert_sound();
}

#[tokio::test]
async fn a_form_with_files_in_mind_may_come_without_any() {
    let app = App::start();
    let ada = app.first_run().await;
    let uuid = fresh_uuid();
    for _ in 0..2 {
        let form = reqwest::multipart::Form::new()
            .text("body", "As the browser sends it")
            .text("client_message_id", uuid.clone())
            .part(
                "attachments",
                reqwest::multipart::Part::bytes(Vec::new())
                    .file_name("")
                    .mime_str("application/octet-stream")
                    .unwrap(),
            );
        let answer = ada.send(ada.request(Method::POST, POST).multipart(form)).await.expect(303);
        assert_eq!(answer.location(), "/rooms/1#message_1");
    }
    assert_eq!(app.database().count("messages"), 1);
}

#[tokio::test]
async fn sent_twice_is_posted_once() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let uuid = fresh_uuid();
    let first = ada.post_as(1, "The original", &uuid).await;
    let shouted = uuid.to_uppercase();
    for same in [&uuid, &shouted] {
        let fields = [("body", "Something else"), ("client_message_id", same.as_str())];
        let drawn = ada.post_fragment(POST, &fields).await.expect(200).text();
        assert_eq!(id_of_message(&drawn), first);
        assert_eq!(html::message_texts(&drawn), ["The original"]);
        assert_eq!(ada.post_as(1, "Something else", same).await, first);
    }
    assert_ne!(grace.post_as(1, "Mine", &uuid).await, first, "the id is Ada's own");

    let uuid = fresh_uuid();
    let race: Vec<_> = (0..12)
        .map(|_| {
            let (ada, uuid) = (ada.clone(), uuid.clone());
            tokio::spawn(async move { ada.post_as(1, "At once", &uuid).await })
        })
        .collect();
    let mut ids = Vec::new();
    for post in race {
        ids.push(post.await.unwrap());
    }
    ids.dedup();
    assert_eq!(ids.len(), 1);
    assert_eq!(app.database().count("messages"), 3);
    assert_eq!(app.database().count("changes"), 3);
}

/// Refused with a sentence, and nothing stored. Without script the form comes back with the text.
async fn refused(app: &App, person: &Person, answer: Answer, kept: Option<&str>) {
    let page = answer.expect(422).text();
    assert!(page.contains("role=\"alert\""), "{page}");
    if let Some(kept) = kept {
        assert!(page.contains("id=\"composer\""), "the form comes back");
        assert!(html::unescape(&page).contains(kept), "what was written is kept");
    }
    assert_eq!(app.database().count("messages"), 0);
    assert_eq!(html::message_ids(&person.room_page(1).await.text()), [0; 0]);
}

#[tokio::test]
async fn empty_and_endless_messages_are_refused_with_the_reason() {
    let app = App::start();
    let ada = app.first_run().await;
    let too_long = "é".repeat(10_001);
    for body in ["", " ", "\r\n \t", "\u{a0}", &too_long] {
        let kept = body.trim();
        let answer = ada.post_form(POST, &[("body", body)]).await;
        if !kept.is_empty() {
            assert!(answer.text().contains("10000") || answer.text().contains("10,000"));
        }
        refused(&app, &ada, answer, Some(kept)).await;
        refused(&app, &ada, ada.post_fragment(POST, &[("body", body)]).await, None).await;
    }
    refused(&app, &ada, ada.post_form::<&str>(POST, &[]).await, Some("")).await;
    let id = ada.post(1, &"é".repeat(10_000)).await;
    assert_eq!(id, 1, "refused messages use up no numbers");
}

#[tokio::test]
async fn ids_that_are_no_uuids_are_refused() {
    let app = App::start();
    let ada = app.first_run().await;
    for uuid in ["1", "not-a-uuid", "6f1e8e0a-31b5-4c0f-9b7d-0a8f2c5d1e1", "message_1", "\0", "é"]
    {
        let fields = [("body", "Kept words"), ("client_message_id", uuid)];
        refused(&app, &ada, ada.post_form(POST, &fields).await, Some("Kept words")).await;
    }
}

#[tokio::test]
async fn what_is_not_text_is_refused() {
    let app = App::start();
    let ada = app.first_run().await;
    let form = "application/x-www-form-urlencoded";
    let bad: [(&str, &[u8]); 6] = [
        (form, b"body=%ff%fe%00"),
        (form, b"body=\xff\xfe"),
        (form, b"body=a&client_message_id=%c3%28"),
        (
            "multipart/form-data; boundary=x",
            b"--x\r\ncontent-disposition: form-data; name=\"body\"\r\n\r\n\xff\xfe\r\n--x--\r\n",
        ),
        ("multipart/form-data; boundary=x", b"--x\r\ncontent-disposition: form-da"),
        ("multipart/form-data", b"body"),
    ];
    for (kind, bytes) in bad {
        let request = ada.request(Method::POST, POST).header("Content-Type", kind);
        let answer = ada.send(request.body(bytes.to_vec())).await;
        assert!([400, 422].contains(&answer.status()), "{}: {bytes:?}", answer.status());
    }
    for kind in ["text/plain", "application/json", "image/png", ""] {
        let request = ada.request(Method::POST, POST).header("Content-Type", kind);
        let answer = ada.send(request.body("{\"body\":\"hi\"}")).await;
        assert!([400, 415, 422].contains(&answer.status()), "{kind:?}: {}", answer.status());
    }
    assert_eq!(app.database().count("messages"), 0);
    ada.post(1, "Still here").await;
}

#[tokio::test]
async fn too_much_is_refused_before_it_is_read() {
    let app = App::start();
    let ada = app.first_run().await;
    let form = [("body", "a".repeat(1 << 20))];
    let answer = ada.post_form(POST, &form).await.expect(413);
    assert!(answer.shown().contains("1 MiB") || answer.shown().contains("1 MB"), "says the limit");
    ada.post_fragment(POST, &form).await.expect(413);
    assert_eq!(app.database().count("messages"), 0);
    ada.post(1, "Still here").await;
}

#[tokio::test]
async fn not_there_not_a_member_and_not_a_number_are_the_same() {
    let mut app = App::start();
    let ada = app.first_run().await;
    let linus = app.join("Linus").await;
    app.term_and_wait().await;
    alter_stopped(
        &app.data_dir(),
        "insert into rooms (kind, name, creator_id, created_at, active_at)
             values ('closed', 'Engine room', 1, 1, 1);
         insert into memberships (room_id, user_id, created_at) values (2, 1, 1);",
    );
    app.start_again();
    ada.room_page(2).await;
    let secret = ada.post(2, "For our ears only").await;

    let missing = linus.get("/rooms/999").await.expect(404).text();
    let rooms = ["2", "998", "abc", "0", "-1", "01", "1x", "99999999999999999999", "%31%00"];
    for room in rooms {
        let places = [
            format!("/rooms/{room}"),
            format!("/rooms/{room}/messages"),
            format!("/rooms/{room}/@{secret}"),
        ];
        for path in places {
            assert_eq!(linus.get(&path).await.expect(404).text(), missing, "{path}");
        }
        let path = format!("/rooms/{room}/messages");
        let answer = linus.post_form(&path, &[("body", "Knock knock")]).await.expect(404);
        assert_eq!(answer.text(), missing, "POST {path}");
    }
    // A message can only be reached through its own room.
    for path in [format!("/rooms/1/@{secret}"), format!("/rooms/1/messages?around={secret}")] {
        let page = linus.get(&path).await.text();
        assert!(!page.contains("For our ears only") && !page.contains("Engine room"), "{path}");
    }
    let message = format!("/rooms/1/messages/{secret}");
    assert_eq!(linus.get(&message).await.expect(404).text(), missing);
    assert_eq!(app.database().count("messages"), 1);
}

#[tokio::test]
async fn other_sites_cannot_post_for_us() {
    let app = App::start();
    let ada = app.first_run().await;
    let own = ada.base_url();
    let other_port = "http://127.0.0.1:1".to_owned();
    let suffix = format!("{own}.evil.example");
    let foreign = "https://evil.example".to_owned();
    let null = "null".to_owned();
    let try_with = |headers: Vec<(&'static str, String)>| {
        let mut request = ada.bare(Method::POST, POST).form(&[("body", "Not from me")]);
        for (name, value) in headers {
            request = request.header(name, HeaderValue::from_str(&value).unwrap());
        }
        ada.send(request)
    };
    for site in ["cross-site", "same-site", "nonsense"] {
        try_with(vec![("Sec-Fetch-Site", site.into())]).await.expect(403);
        let both = vec![("Sec-Fetch-Site", site.into()), ("Origin", foreign.clone())];
        try_with(both).await.expect(403);
    }
    for origin in [&foreign, &suffix, &null, &other_port] {
        try_with(vec![("Origin", origin.clone())]).await.expect(403);
    }
    assert_eq!(app.database().count("messages"), 0, "nothing got through");

    try_with(vec![("Sec-Fetch-Site", "same-origin".into())]).await.expect(303);
    try_with(vec![("Sec-Fetch-Site", "none".into())]).await.expect(303);
    try_with(vec![("Origin", own)]).await.expect(303);
    try_with(Vec::new()).await.expect(303);
    assert_eq!(app.database().count("messages"), 4);
}

#[tokio::test]
async fn one_can_talk_quickly_but_not_flood() {
    let app = App::with(|settings| {
        settings.set("RATE_LIMITS", "on");
    });
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let mut taken = 0;
    let refused = loop {
        let answer = ada.post_fragment(POST, &[("body", "Quick")]).await;
        if answer.status() != 200 {
            break answer.expect(429);
        }
        taken += 1;
        assert!(taken < 2_000, "no limit at all");
    };
    assert!(taken >= 40, "a burst of 40 is fine, {taken} were taken");
    assert!(refused.header("retry-after").parse::<u64>().is_ok());
    grace.post(1, "I have hardly said a word").await;
    assert_eq!(app.database().count("messages"), taken + 1);
}
