//! The demo: made-up people talk and answer, anybody may be any of them, and nothing of it is
//! there on a server for real people.

use std::path::{Path, PathBuf};

use reqwest::Method;

use crate::support::app::refused_start_on;
use crate::support::database::Database;
use crate::support::verb::run_with;
use crate::support::{App, Browser, DEADLINE, Person, id_of_message, within};

/// A demo, started as a container starts it, and where it keeps its folder.
fn demo() -> (App, tempfile::TempDir) {
    let root = tempfile::tempdir().unwrap();
    let app = App::with(|settings| {
        settings.set("DEMO", "true").set("TMPDIR", root.path().to_str().unwrap());
    });
    (app, root)
}

fn folders(root: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect()
}

async fn be(app: &App, id: i64) -> Person {
    let person = app.visitor();
    person.post_form::<&str>(&format!("/demo/people/{id}"), &[]).await.expect(303);
    person
}

#[tokio::test]
async fn nothing_of_it_is_there_for_real_people() {
    let app = App::start();
    let ada = app.first_run().await;
    let stranger = app.visitor();
    for person in [&ada, &stranger] {
        for (method, path) in [
            (Method::GET, "/demo"),
            (Method::GET, "/demo/people/1"),
            (Method::POST, "/demo/people/1"),
            (Method::GET, "/demo/tour/1"),
        ] {
            let answer = person.send(person.request(method, path)).await;
            assert_eq!(answer.status(), 404, "{path}");
            assert!(answer.header("set-cookie").is_empty(), "{path} lets nobody in");
        }
    }
    assert!(!ada.room_page(1).await.text().contains("demo-bar"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_is_let_in_as_anybody_and_answered() {
    let (app, _root) = demo();
    let stranger = app.visitor();
    let door = stranger.get("/").await.expect(303).location().to_owned();
    assert_eq!(door, "/session/new");
    assert_eq!(stranger.get(&door).await.expect(303).location(), "/demo");
    let page = stranger.get("/demo").await.expect(200).text();
    assert_eq!(page.matches("action=\"/demo/people/").count(), 8);
    assert!(page.contains(".localhost:"), "several at once");

    let sam = be(&app, 8).await;
    let mut socket = sam.socket("/live?room=1&cursor=0").await.unwrap();
    let room = sam.room_page(1).await.text();
    assert!(room.contains("demo-bar") && room.contains("Mara Lindqvist"));
    let said = sam.post(1, "Hello, everybody!").await;
    // Somebody else, who was seen typing, answers that very message.
    within("somebody types", socket.wait_for("class=\"typist\"")).await;
    let answers = format!("class=\"reply-to\" href=\"/rooms/1/@{said}\"");
    let answer = within("an answer", socket.wait_for(&answers)).await;
    assert!(!answer.contains("data-author-id=\"8\""), "{answer}");
    assert!(id_of_message(&answer) > said, "{answer}");

    // Two people in two browsers at once; neither is the other.
    let mara = be(&app, 1).await;
    mara.get("/account/bots").await.expect(200);
    sam.get("/account/bots").await.expect(403);
    app.visitor().post_form::<&str>("/demo/people/9", &[]).await.expect(404);
    app.visitor().post_form::<&str>("/demo/people/77", &[]).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_something_to_see_to_find_and_to_call() {
    let (app, _root) = demo();
    let sam = be(&app, 8).await;
    let deadline = std::time::Instant::now() + DEADLINE;
    loop {
        let night = sam.room_page(2).await.text();
        if night.contains("ring-last-night.png") && night.contains("here</span>") {
            assert!(night.contains("class=\"boost"), "boosts");
            break;
        }
        assert!(std::time::Instant::now() < deadline, "{night}");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    for step in 1..=5 {
        let tour = sam.get(&format!("/demo/tour/{step}")).await.expect(200).text();
        for link in tour.split("href=\"/").skip(1).filter_map(|rest| rest.split('"').next()) {
            if link.starts_with("assets/") {
                continue;
            }
            let path = format!("/{}", link.replace("&amp;", "&").replace("&#38;", "&"));
            if path == "/webmanifest" {
                continue;
            }
            let answer = sam.get(path.split('#').next().unwrap()).await.expect(200).text();
            if path.starts_with("/searches") {
                let found = answer.contains("<mark>") || answer.contains("observing-log.csv");
                assert!(found, "{path} finds something: {answer}");
            }
        }
    }
    for step in ["0", "6", "x"] {
        sam.get(&format!("/demo/tour/{step}")).await.expect(404);
    }
    // The line of the last step works as it stands.
    let tour = sam.get("/demo/tour/5").await.text();
    let line = tour.split("curl -d ").nth(1).unwrap().split("</pre>").next().unwrap();
    let path = line.split(&app.host()).nth(1).unwrap();
    let request = app.visitor().bare(Method::POST, path).body("Hello from a terminal");
    app.visitor().send(request).await.expect(201);
    assert!(sam.room_page(2).await.text().contains("Hello from a terminal"));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_has_a_place_of_its_own_and_leaves_none_behind() {
    let (mut app, root) = demo();
    assert!(!app.data_dir().exists(), "the data directory is left alone");
    let homes = folders(root.path());
    assert_eq!(homes.len(), 1, "{homes:?}");
    assert!(app.term_and_wait().await.status.success());
    assert!(folders(root.path()).is_empty(), "removed at the end");

    // One that was killed is left over; no server takes it for a place of real people.
    app.start_again();
    app.kill9();
    let home = folders(root.path()).remove(0);
    let refusal = refused_start_on(&home);
    assert!(refusal.line().contains("holds a demo"), "{}", refusal.stderr);

    // Nor is a place of real people ever shown as a demo, or anything else written into.
    let mut real = App::start();
    real.first_run().await;
    real.term_and_wait().await;
    let notes = tempfile::tempdir().unwrap();
    std::fs::write(notes.path().join("notes.txt"), "mine").unwrap();
    for folder in [real.data_dir(), notes.path().to_owned()] {
        let before = folders(&folder).len();
        let ran =
            run_with(&folder, &[("BIND", "127.0.0.1:0")], &["demo", folder.to_str().unwrap()], "");
        assert_eq!(ran.code, 1, "{}", ran.stdout);
        assert!(ran.stderr.contains("holds something that is not a demo"), "{}", ran.stderr);
        assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
        assert_eq!(folders(&folder).len(), before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_was_named_goes_on_where_it_was() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("shown");
    let verb = ["demo", folder.to_str().unwrap()];
    let mut app = App::with(|settings| {
        settings.verb(&verb);
    });
    assert!(!app.data_dir().exists(), "the data directory is left alone");
    let sam = be(&app, 8).await;
    let said = sam.post(1, "Kept until tomorrow").await;
    let told = || Database::open(&folder.join("campfire.db"));
    let people = told().count("users");
    let first = "messages where plain_text = 'Is it always this exciting?'";
    assert_eq!(told().count(first), 1);

    // Nobody else gets it meanwhile.
    let ran = run_with(&folder, &[("BIND", "127.0.0.1:0")], &verb, "");
    assert_eq!((ran.code, ran.stderr.lines().count()), (1, 1), "{}", ran.stderr);
    assert!(ran.stderr.contains("Another Campfire is using"), "{}", ran.stderr);

    app.restart().await;
    let page = sam.room_page(1).await.text();
    assert!(page.contains(&format!("id=\"message_{said}\"")), "{page}");
    assert!(page.contains("demo-bar"));
    assert_eq!((told().count("users"), told().count(first)), (people, 1), "not filled again");
    // They go on talking.
    let mut socket = sam.socket("/live?room=1&cursor=0").await.unwrap();
    let asked = sam.post(1, "Anybody still here?").await;
    within("an answer", socket.wait_for(&format!("href=\"/rooms/1/@{asked}\""))).await;
    app.term_and_wait().await;
    assert!(folder.join("campfire.db").is_file(), "only temporary ones are removed");
}

#[tokio::test(flavor = "multi_thread")]
async fn several_people_live_in_one_browser() {
    let (app, _root) = demo();
    let port = app.host().rsplit(':').next().unwrap().to_owned();
    let at = |name: &str| format!("http://{name}.localhost:{port}");
    let browser = Browser::open(&at("mara")).await;
    browser.goto("/demo").await;
    // The button is pressed by the page, as nobody else is signed in there.
    browser.eval("location.assign('/demo/people/1')").await;
    browser.wait_for("body[data-user-id='1'] .demo-bar").await;
    browser.wait_live().await;
    browser.eval(&format!("location.assign('{}/demo/people/8')", at("sam"))).await;
    browser.wait_for("body[data-user-id='8'] .demo-bar").await;
    browser.wait_live().await;
    assert!(browser.sticking_out().await.is_empty());
    browser.eval(&format!("location.assign('{}/rooms/6')", at("mara"))).await;
    browser.wait_for("body[data-user-id='1'][data-room-id='6']").await;
    browser.assert_clean_console();
}
