//! Is it alive, can it write: what monitors and load balancers ask.

use crate::support::App;

#[tokio::test]
async fn alive_and_well_from_the_first_moment() {
    let app = App::start();
    let monitor = app.visitor();
    let up = monitor.get("/up").await.expect(200);
    assert!(up.headers("set-cookie").is_empty());

    let health = monitor.get("/health").await.expect(200);
    assert!(health.header("content-type").starts_with("application/json"));
    let health = health.json();
    for part in ["status", "database", "writer"] {
        assert_eq!(health[part], "ok", "{part} in {health}");
    }
    assert_eq!(health["version"], env!("CARGO_PKG_VERSION"));
}

#[tokio::test]
async fn asking_makes_no_session_and_needs_none() {
    let app = App::start();
    app.first_run().await;
    let monitor = app.visitor();
    for path in ["/up", "/health"] {
        monitor.send(monitor.bare(reqwest::Method::GET, path)).await.expect(200);
        monitor.send(monitor.bare(reqwest::Method::HEAD, path)).await.expect(200);
    }
    assert_eq!(monitor.cookies(), "");
    assert_eq!(app.database().count("sessions"), 1);
}

#[tokio::test]
async fn it_starts_quickly() {
    let mut app = App::start();
    app.first_run().await;
    app.term_and_wait().await;
    let started = std::time::Instant::now();
    app.start_again();
    app.visitor().get("/up").await.expect(200);
    let took = started.elapsed();
    assert!(took.as_secs() < 5, "{took:?} from start to first answer");
}
