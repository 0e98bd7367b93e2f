//! A new program on old data, an old one on new data, and people who hardly notice.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;

use crate::support::database::{Database, alter_stopped};
use crate::support::verb::run;
use crate::support::{App, Browser, Person, within};

/// A database as the first version left it, with one person and one message.
fn first_version(data_dir: &Path) {
    std::fs::create_dir_all(data_dir).unwrap();
    let connection = Connection::open(data_dir.join("campfire.db")).unwrap();
    connection.execute_batch(include_str!("../../migrations/0001_initial.sql")).unwrap();
    connection
        .execute_batch(
            "insert into accounts (id, name, join_code, created_at)
                 values (1, 'Old friends', 'aaaa-bbbb-cccc', 1);
             insert into users (id, name, email_address, role, created_at)
                 values (1, 'Ada', 'ada@example.com', 'administrator', 1);
             insert into rooms (id, kind, name, creator_id, created_at, active_at,
                                last_message_id)
                 values (1, 'open', 'All Talk', 1, 1, 1, 1);
             insert into memberships (room_id, user_id, created_at) values (1, 1, 1);
             insert into messages (id, room_id, creator_id, client_message_id, body_html,
                                   body_source, body_format, plain_text, created_at)
                 values (1, 1, 1, 'first', '<p>Said long ago</p>', 'Said long ago', 'markdown',
                         'Said long ago', 1);
             insert into changes (room_id, message_id, kind, at) values (1, 1, 'posted', 1);
             pragma user_version = 1;",
        )
        .unwrap();
}

fn copies(app: &App) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(app.data_dir().join("backups")).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[tokio::test]
async fn old_data_are_brought_up_to_date_with_a_copy_kept() {
    let mut app = App::on(first_version);
    let kept = copies(&app);
    let [copy] = kept.as_slice() else { panic!("{kept:?}") };
    assert_eq!(std::fs::metadata(copy).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(app.log().contains("the database was migrated; a copy was kept"), "{}", app.log());
    let now: i64 = app.database().one("pragma user_version", []);
    assert!(now > 1);
    within("all that was said can be found", async {
        while !app.log().contains("all messages can be found") {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    app.database().assert_sound();

    // Ada is who she was, and so is what she said.
    let link = run(&app.data_dir(), &["reset-password", "ada@example.com", "--link"], "");
    let path = link.stdout.trim().strip_prefix(&app.base_url()).unwrap().to_owned();
    let ada = Person::new("Ada", &app.base_url());
    ada.post_form::<&str>(&path, &[]).await.expect(303);
    assert!(ada.room_page(1).await.text().contains("Said long ago"));

    // A second start finds nothing to do.
    app.restart().await;
    assert_eq!(copies(&app), kept);

    // The way back: the copy in the place of the database is what the old version knew.
    let old = Database::open(copy);
    assert_eq!(old.one::<i64>("pragma user_version", []), 1);
    assert_eq!(old.one::<String>("select plain_text from messages", []), "Said long ago");
    assert_eq!(old.all::<String>("pragma integrity_check", []), ["ok"]);
    drop(old);
    assert_eq!(run(&app.data_dir(), &["verify", copy.to_str().unwrap()], "").code, 0);
}

#[tokio::test]
async fn an_older_program_leaves_newer_data_alone() {
    let mut app = App::start();
    app.first_run().await;
    app.term_and_wait().await;
    alter_stopped(&app.data_dir(), "pragma user_version = 9999");
    let before = std::fs::read(app.data_dir().join("campfire.db")).unwrap();
    let refusal = app.refused_second_server();
    assert_eq!(refusal.status.code(), Some(1));
    let line = refusal.line();
    assert!(line.contains("newer version of Campfire (schema 9999, this one knows"), "{line}");
    assert!(line.contains("restore the copy made before the upgrade"), "{line}");
    assert_eq!(std::fs::read(app.data_dir().join("campfire.db")).unwrap(), before);
    assert!(copies(&app).is_empty());
}

/// Notes every word about the connection, and everything that looks like a failure.
const WATCH: &str = "window.__words = []; window.__wrong = [];
    const look = () => {
        const word = document.querySelector('#connection').innerText;
        if (word !== (window.__words.at(-1)?.[0] ?? '')) window.__words.push([word, Date.now()]);
        for (const e of document.querySelectorAll('#messages .failed .note, [role=alert]')) {
            const text = e.innerText.trim();
            if (text && text !== 'Waiting for the connection') window.__wrong.push(text);
        }
    };
    new MutationObserver(look).observe(document.body,
        { childList: true, subtree: true, characterData: true, attributes: true });";

async fn write(browser: &Browser, text: &str) {
    browser.fill("#composer textarea", text).await;
    browser.press("Enter").await;
}

#[tokio::test]
async fn a_restart_costs_people_a_moment_and_no_message() {
    let mut app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let (writes, reads) = (ada.browser().await, grace.browser().await);
    for browser in [&writes, &reads] {
        browser.forgive_the_outage();
        browser.goto("/rooms/1").await;
        browser.wait_live().await;
        browser.eval(WATCH).await;
    }
    let mut said = Vec::new();
    for round in 0..2 {
        for moment in ["before", "meanwhile", "after"] {
            said.push(format!("{round} {moment}"));
            match moment {
                "meanwhile" => {
                    let stopped = app.term_and_wait().await;
                    assert!(stopped.status.success());
                    write(&writes, said.last().unwrap()).await;
                    app.start_again();
                }
                _ => write(&writes, said.last().unwrap()).await,
            }
        }
        for browser in [&writes, &reads] {
            browser.wait_text("#messages", said.last().unwrap()).await;
            browser.wait_gone("#messages .pending").await;
            browser.wait_until("document.querySelector('#connection').innerText === ''").await;
        }
    }
    let stored = app.database().all::<String>("select plain_text from messages order by id", []);
    assert_eq!(stored, said);
    for browser in [&writes, &reads] {
        let shown = browser.messages().await.into_iter().map(|message| message.text);
        assert_eq!(shown.collect::<Vec<_>>(), said);
        assert_eq!(browser.eval("window.__wrong").await, serde_json::json!([]));
        let words = browser.eval("window.__words").await;
        println!("what the page said of its connection: {words}");
        // On a slow machine it may have to say so, and no more than that.
        let known = "window.__words.every(([word]) =>
            /^(Reconnecting…|This network blocks live updates.*)?$/.test(word))";
        assert_eq!(browser.eval(known).await, true, "{words}");
        // The page is the one it was: nothing was loaded anew.
        assert_eq!(browser.eval("performance.getEntriesByType('navigation').length").await, 1);
        browser.assert_clean_console();
    }
}
