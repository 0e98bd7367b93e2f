//! What the operator does at the machine, while the server runs and while it is stopped.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::support::verb::run;
use crate::support::{App, PASSWORD, Person};

async fn signs_in(app: &App, password: &str) -> bool {
    let laptop = app.visitor();
    let answer = laptop.sign_in_at("/session/new", "grace@example.com", password).await;
    answer.status() == 303
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_server_running() {
    let app = App::start();
    app.first_run().await;
    let grace = app.join("Grace").await;
    let data = app.data_dir();
    let socket = std::fs::metadata(data.join("control.sock")).unwrap();
    assert_eq!(socket.permissions().mode() & 0o777, 0o600);

    let users = run(&data, &["users"], "");
    assert_eq!(users.code, 0, "{}", users.stderr);
    let lines: Vec<&str> = users.stdout.lines().collect();
    assert_eq!(lines.len(), 3);
    assert!(lines[1].contains("administrator") && lines[1].ends_with("Ada"));
    assert!(lines[2].contains("grace@example.com") && lines[2].ends_with("Grace"));

    let mut live = grace.live(1, 0).await;
    let reset = run(&data, &["reset-password", "Grace@Example.com"], "set at the machine");
    assert_eq!(reset.code, 0, "{}", reset.stderr);
    assert_eq!(live.expect_close().await, 4401, "they are signed out at once");
    grace.get("/rooms/1").await.expect(303);
    assert!(!signs_in(&app, PASSWORD).await && signs_in(&app, "set at the machine").await);
    assert!(!app.log().contains("set at the machine"));

    let link = run(&data, &["reset-password", "grace@example.com", "--link"], "");
    assert_eq!(link.code, 0, "{}", link.stderr);
    let path = link.stdout.trim().strip_prefix(&app.base_url()).expect("a link to this server");
    let phone = Person::new("Grace", &app.base_url());
    phone.post_form::<&str>(path, &[]).await.expect(303);
    phone.post_form("/users/me/profile", &[("password", "chosen by grace")]).await.expect(303);
    assert!(signs_in(&app, "chosen by grace").await);
    app.visitor().post_form::<&str>(path, &[]).await.expect(404);

    phone.post_form::<&str>("/users/1/transfers", &[]).await.expect(403);
    assert_eq!(run(&data, &["make-admin", "grace@example.com"], "").code, 0);
    phone.post_form::<&str>("/users/1/transfers", &[]).await.expect(303);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_server_stopped() {
    let mut app = App::start();
    app.first_run().await;
    let grace = app.join("Grace").await;
    app.term_and_wait().await;
    let data = app.data_dir();
    assert!(!data.join("control.sock").exists(), "the server cleans up after itself");
    assert_eq!(run(&data, &["users"], "").stdout.lines().count(), 3);
    let reset = run(&data, &["reset-password", "grace@example.com"], "set while it slept");
    assert_eq!(reset.code, 0, "{}", reset.stderr);
    assert_eq!(run(&data, &["make-admin", "grace@example.com"], "").code, 0);
    let link = run(&data, &["reset-password", "grace@example.com", "--link"], "");
    let path = format!("/session/{}", link.stdout.trim().split_once("/session/").unwrap().1);
    app.start_again();
    grace.get("/rooms/1").await.expect(303);
    assert!(signs_in(&app, "set while it slept").await);
    let phone = Person::new("Grace", &app.base_url());
    phone.post_form::<&str>(&path, &[]).await.expect(303);
    phone.post_form::<&str>("/users/1/transfers", &[]).await.expect(303);
    app.database().assert_sound();
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_crash_the_left_over_socket_is_no_obstacle() {
    let mut app = App::start();
    app.first_run().await;
    app.kill9();
    assert!(app.data_dir().join("control.sock").exists());
    assert_eq!(run(&app.data_dir(), &["users"], "").code, 0);
    app.start_again();
    assert_eq!(run(&app.data_dir(), &["users"], "").code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_have_codes_and_one_line() {
    let app = App::start();
    app.first_run().await;
    let nowhere = tempfile::tempdir().unwrap();
    let data = app.data_dir();
    let cases: [(&Path, &[&str], &str, i32); 7] = [
        (&data, &["reset-password", "eve@example.com"], "long enough a one", 3),
        (&data, &["reset-password", "eve@example.com", "--link"], "", 3),
        (&data, &["make-admin", "eve@example.com"], "", 3),
        (&data, &["reset-password", "ada@example.com"], "short", 2),
        (&data, &["make-admin", "nonsense"], "", 2),
        (&data, &["make-admin"], "", 2),
        (nowhere.path(), &["users"], "", 1),
    ];
    for (data, arguments, input, code) in cases {
        let ran = run(data, arguments, input);
        assert_eq!(ran.code, code, "{arguments:?}: {}", ran.stderr);
        assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
        assert!(ran.stdout.is_empty(), "{}", ran.stdout);
    }
    assert_eq!(std::fs::read_dir(nowhere.path()).unwrap().count(), 0, "nothing is made there");
}
