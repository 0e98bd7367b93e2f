//! Monitors and administrators see how the server is inside; nobody else does.

use std::collections::BTreeMap;

use reqwest::Method;

use crate::support::app::Settings;
use crate::support::{App, PASSWORD, Person};

const TOKEN: &str = "a-token-for-monitors";

fn with_token(settings: &mut Settings) {
    settings.set("METRICS_TOKEN", TOKEN);
}

/// Every sample of a text in the format of Prometheus, which is checked on the way.
fn samples(text: &str) -> BTreeMap<String, f64> {
    let mut samples = BTreeMap::new();
    let mut family = String::new();
    for line in text.lines() {
        if let Some(about) = line.strip_prefix("# ") {
            let words: Vec<&str> = about.splitn(3, ' ').collect();
            match words[0] {
                "HELP" => family = words[1].to_owned(),
                "TYPE" => assert!(
                    words[1] == family && ["counter", "gauge", "histogram"].contains(&words[2]),
                    "{line}"
                ),
                other => panic!("{other} in {line}"),
            }
            continue;
        }
        let (name, value) = line.rsplit_once(' ').unwrap();
        assert!(name.starts_with(&family), "{line} does not belong to {family}");
        let known = samples.insert(name.to_owned(), value.parse().unwrap());
        assert!(known.is_none(), "{name} is there twice");
    }
    samples
}

#[tokio::test]
async fn metrics_count_what_happens() {
    let app = App::start();
    let ada = app.first_run().await;
    let mut socket = ada.live(1, 0).await;
    for n in 0..3 {
        ada.post(1, &format!("Canary {n}")).await;
    }
    socket.wait_for("Canary 2").await;
    ada.get("/rooms/99").await.expect(404);
    let brew = Method::from_bytes(b"BREW").unwrap();
    ada.send(ada.request(brew, "/rooms/1")).await.expect(405);
    let monitor = app.visitor();
    let told = monitor.send(monitor.bare(Method::GET, "/metrics")).await.expect(200);
    assert!(told.header("content-type").starts_with("text/plain; version=0.0.4"));
    let text = told.text();
    let samples = samples(&text);
    let of = |name: &str| *samples.get(name).unwrap_or_else(|| panic!("no {name} in\n{text}"));
    let requests = |method: &str, route: &str, status: u16| {
        of(&format!(
            "campfire_requests_total{{method=\"{method}\",route=\"{route}\",status=\"{status}\"}}"
        ))
    };
    assert_eq!(requests("POST", "/rooms/{id}/messages", 303), 3.0);
    assert_eq!(requests("GET", "/rooms/{id}", 404), 1.0);
    assert_eq!(requests("other", "/rooms/{id}", 405), 1.0);
    let took = |part: &str| of(&format!("campfire_request_seconds_{part}"));
    let route = "route=\"/rooms/{id}/messages\"";
    assert_eq!(took(&format!("count{{{route}}}")), 3.0);
    assert_eq!(took(&format!("bucket{{{route},le=\"+Inf\"}}")), 3.0);
    assert!(took(&format!("sum{{{route}}}")) > 0.0);
    assert_eq!(of("campfire_sockets"), 1.0);
    assert_eq!((of("campfire_writer_failing"), of("campfire_database_reads")), (0.0, 1.0));
    assert!(of("campfire_writer_commands_total") >= of("campfire_writer_commits_total"));
    // Taken one after the other, while the server goes on.
    assert!(of("campfire_writer_batch_commands_sum") >= of("campfire_writer_commands_total"));
    assert!(of("campfire_writer_commit_seconds_count") >= of("campfire_writer_commits_total"));
    for size in ["database", "wal", "memory", "disk_free"] {
        assert!(of(&format!("campfire_{size}_bytes")) > 0.0, "{size}");
    }
    assert!(of("campfire_open_files") < of("campfire_open_files_limit"));
    let secrets = ["Canary", PASSWORD, "ada@example.com", &app.join_code(), &ada.session_token()];
    for secret in secrets {
        assert!(!text.contains(secret), "{secret:?} in the metrics");
    }
}

#[tokio::test]
async fn work_that_waits_is_counted_by_its_kind() {
    let mut app = App::start();
    let ada = app.first_run().await;
    app.term_and_wait().await;
    let sql = "insert into jobs (kind, payload, run_at, drop_at, created_at) values
         ('remove_files', '{\"kind\":\"remove_files\",\"keys\":[]}', 9000000000000, 9900000000000, 0)";
    crate::support::database::alter_stopped(&app.data_dir(), sql);
    app.start_again();
    let text = app.visitor().get("/metrics").await.expect(200).text();
    assert!(text.contains("campfire_jobs_waiting{kind=\"remove_files\"} 1\n"), "{text}");
    assert!(text.contains("campfire_jobs_overdue_seconds{kind=\"remove_files\"} 0\n"));
    let ada = ada.at_another_browser().await;
    let page = ada.get("/account/health").await.expect(200).shown();
    assert!(page.contains("Removing files that are no longer needed 1 waiting"), "{page}");
    assert!(page.contains("All is well."), "{page}");
}

#[tokio::test]
async fn the_detailed_answer_holds_the_short_one() {
    let app = App::start();
    app.first_run().await;
    let monitor = app.visitor();
    let told = monitor.get("/health/detailed").await.expect(200);
    assert!(told.header("content-type").starts_with("application/json"));
    let told = told.json();
    let short = monitor.get("/health").await.expect(200).json();
    for (key, value) in short.as_object().unwrap() {
        assert_eq!(told[key], *value, "{key}");
    }
    let details = &told["details"];
    assert_eq!(details["concerns"], serde_json::json!([]));
    assert_eq!(details["write_failure"], serde_json::Value::Null);
    for number in ["uptime_seconds", "commits", "database_bytes", "memory_bytes", "sockets"] {
        assert!(details[number].is_u64(), "{number} in {details}");
    }
}

#[tokio::test]
async fn only_this_machine_and_who_has_the_token_are_told() {
    let ask = async |person: &Person, path: &str, header: (&str, &str)| {
        let request = person.bare(Method::GET, path).header(header.0, header.1);
        person.send(request).await
    };
    let app = App::start();
    let monitor = app.visitor();
    for path in ["/metrics", "/health/detailed"] {
        for name in ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"] {
            let refused = ask(&monitor, path, (name, "127.0.0.1")).await.expect(403);
            assert!(refused.text().contains("METRICS_TOKEN"), "{}", refused.text());
        }
    }
    drop(app);

    let app = App::with(with_token);
    let elsewhere = app.visitor().at("203.0.113.9");
    for path in ["/metrics", "/health/detailed"] {
        elsewhere.send(elsewhere.bare(Method::GET, path)).await.expect(401);
        for wrong in ["Bearer ", "Bearer a-token-for-monitor", "Bearer 1-abcdefghijkl", TOKEN] {
            let refused = ask(&elsewhere, path, ("Authorization", wrong)).await.expect(401);
            assert_eq!(refused.header("www-authenticate"), "Bearer");
        }
        let right = format!("Bearer {TOKEN}");
        ask(&elsewhere, path, ("Authorization", &right)).await.expect(200);
        app.visitor().get(path).await.expect(200);
    }
    assert!(!app.log().contains(TOKEN));
}

#[test]
fn a_token_that_is_too_short_stops_the_start() {
    let refusal = crate::support::app::refused_start(|settings| {
        settings.set("METRICS_TOKEN", "short");
    });
    let line = refusal.line();
    assert!(line.contains("metrics-token") && line.contains("at least 16"), "{line}");
}
