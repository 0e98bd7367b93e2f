//! Whatever posts to Slack posts here: the payloads themselves are tried beside `richtext::slack`.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::App;

fn alert() -> Value {
    json!({
        "channel": "#ops", "username": "Alertmanager", "icon_emoji": ":fire:", "link_names": 1,
        "attachments": [{
            "color": "danger", "title": "[FIRING:1] DiskFull", "title_link": "https://am.example/",
            "text": "@Ada *web-1* & co", "fields": [{ "title": "Severity", "value": "critical" }]
        }]
    })
}

#[tokio::test]
async fn payloads_come_as_json_and_as_a_form_field_and_are_answered_ok() {
    let app = App::start();
    let ada = app.first_run().await;
    let bell = ada.make_bot("Bell").await;
    let path = format!("/rooms/1/{}/slack", bell.key);
    let post = || bell.bare(Method::POST, &path);
    let payload = alert().to_string();
    let mut socket = ada.live(1, ada.cursor(1).await).await;
    for request in [
        post().json(&alert()),
        post().form(&[("payload", &payload)]),
        post().header("Content-Type", "application/x-www-form-urlencoded").body(payload.clone()),
        post().multipart(reqwest::multipart::Form::new().text("payload", payload.clone())),
    ] {
        let answer = bell.send(request).await.expect(200);
        assert_eq!(answer.text(), "ok");
        assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    }
    socket.wait_for("bar-red").await;
    let page = ada.room_page(1).await.text();
    assert_eq!(page.matches("<blockquote class=\"bar-red\">").count(), 4);
    assert!(page.contains("<dt>Severity</dt>"));
    assert!(!page.contains("Alertmanager") && !page.contains("#ops"));
    let plain: String = app.database().one("select plain_text from messages where id = 1", []);
    assert_eq!(plain, "[FIRING:1] DiskFull\n@Ada web-1 & co\nSeverity\ncritical");
    assert_eq!(app.database().count("mentions"), 4, "Ada is mentioned each time");
}

#[tokio::test]
async fn what_is_no_payload_is_refused_with_a_reason() {
    let app = App::start();
    let ada = app.first_run().await;
    let bell = ada.make_bot("Bell").await;
    let path = format!("/rooms/1/{}/slack", bell.key);
    let post = |path: &str| bell.bare(Method::POST, path);
    for (status, request) in [
        (422, post(&path).json(&json!({}))),
        (422, post(&path).json(&json!({ "text": "" }))),
        (422, post(&path).json(&json!(["text"]))),
        (422, post(&path).body("hello")),
        (422, post(&path).form(&[("payload", "{")])),
        (422, post(&path)),
        (401, post(&format!("/rooms/1/{}-aaaaaaaaaaaa/slack", bell.id)).json(&alert())),
        (404, post(&format!("/rooms/9/{}/slack", bell.key)).json(&alert())),
    ] {
        let answer = bell.send(request).await.expect(status);
        assert!(answer.json()["error"].as_str().unwrap().len() > 20);
    }
    assert_eq!(app.database().count("messages"), 0);
}
