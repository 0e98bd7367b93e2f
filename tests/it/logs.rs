//! What the log says, so that an operator can follow it, and what it never says.

use reqwest::Method;

use crate::support::{App, PASSWORD, Person};

#[tokio::test]
async fn no_secret_and_no_message_is_ever_logged() {
    let app = App::with(|settings| {
        settings.set("RUST_LOG", "trace").set("LOG_FORMAT", "json");
    });
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let join_code = app.join_code();
    ada.post(1, "The quick brown canary").await;
    ada.get_fragment("/rooms/1/messages?before=2").await.expect(200);
    let mut socket = grace.live(1, 0).await;
    socket.wait_for("canary").await;
    let wrong = "a wrong but precious password";
    app.visitor().sign_in_at("/session/new", "ada@example.com", wrong).await.expect(401);
    let other = Person::new("Ada", &app.base_url());
    other.sign_in().await.expect(303);

    let log = app.log();
    let secrets = [
        PASSWORD,
        wrong,
        "quick brown canary",
        &ada.session_token(),
        &grace.session_token(),
        &other.session_token(),
        &join_code,
        "ada@example.com",
        "grace@example.com",
    ];
    for secret in secrets {
        let line = log.lines().find(|line| line.contains(secret));
        assert!(line.is_none(), "{secret:?} in {}", line.unwrap_or_default());
    }
    let key = std::fs::read_to_string(app.data_dir().join("secrets.toml")).unwrap();
    let key = key.split('"').nth(1).unwrap();
    assert!(!log.contains(key), "the key of the server is in the log");
}

#[tokio::test]
async fn every_request_is_a_line_of_json_with_fields() {
    let app = App::with(|settings| {
        settings.set("RUST_LOG", "info").set("LOG_FORMAT", "json");
    });
    let ada = app.first_run().await;
    ada.get("/rooms/1").await.expect(200);
    ada.get("/rooms/77").await.expect(404);
    // Our answer may be here before its line is; the next start comes after both.
    let mut app = app;
    app.restart().await;
    let log = app.log();
    let lines: Vec<serde_json::Value> = log
        .lines()
        .filter(|line| !line.starts_with("Campfire is ready"))
        .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")))
        .collect();
    assert!(lines.iter().all(|line| line["timestamp"].is_string() && line["level"].is_string()));
    for status in [200, 404] {
        let of_room = |line: &&serde_json::Value| {
            line["route"] == "/rooms/{id}" && line["status"] == status && line["method"] == "GET"
        };
        let line = lines.iter().find(of_room).unwrap_or_else(|| panic!("{status}: {log}"));
        assert!(line["took_us"].is_u64(), "{line}");
        assert!(line["span"]["id"].as_str().is_some_and(|id| id.len() >= 16), "{line}");
    }
}

#[tokio::test]
async fn a_log_line_cannot_be_forged() {
    let app = App::with(|settings| {
        settings.set("RUST_LOG", "trace");
    });
    let ada = app.first_run().await;
    let path = "/rooms/1%0a2026-01-01T00:00:00Z%20ERROR%20forged%1b%5b31m";
    let request = ada.request(Method::GET, path).header("X-Request-Id", "mine\tforged");
    ada.send(request).await.expect(404);
    let visitor = app.visitor();
    visitor.sign_in_at("/session/new", "x@example.com\r\nERROR forged", PASSWORD).await;
    let log = app.log();
    assert!(!log.lines().any(|line| line.trim_start().starts_with("2026-01-01")));
    assert!(!log.lines().any(|line| line.trim_start().starts_with("ERROR forged")));
    assert!(!log.contains("\u{1b}[31mforged") && !log.contains("forged\u{1b}[31m"));
}
