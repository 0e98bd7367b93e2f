//! Stops of every kind: what was acknowledged is there afterwards, once, and nothing else is.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::Method;

use crate::support::app::refused_start;
use crate::support::database::alter_stopped;
use crate::support::{App, Person, fresh_uuid, html};

/// What became of one post, as its sender knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    /// The whole answer arrived: the number of the message.
    Acknowledged(i64),
    /// The server said no; then it is not there.
    Refused(u16),
    /// The connection broke: it may be there or not, until it is sent again.
    Unknown,
}

/// Every post of one hand, by its client message id, with its text.
type Ledger = BTreeMap<String, (String, Outcome)>;

async fn send(person: &Person, uuid: &str, text: &str) -> Outcome {
    let fields = [("body", text), ("client_message_id", uuid)];
    let request = person.request(Method::POST, "/rooms/1/messages").header("HX-Request", "true");
    match person.try_send(request.form(&fields)).await {
        Err(_) => Outcome::Unknown,
        Ok(answer) if answer.status() == 200 => html::message_ids(&answer.text())
            .first()
            .map_or(Outcome::Unknown, |id| Outcome::Acknowledged(*id)),
        Ok(answer) => Outcome::Refused(answer.status()),
    }
}

/// Posts until told to stop or until a connection breaks.
async fn post_until(person: Person, round: usize, hand: usize, stop: Arc<AtomicBool>) -> Ledger {
    let mut ledger = Ledger::new();
    while !stop.load(Ordering::Relaxed) {
        let (uuid, text) =
            (fresh_uuid(), format!("Round {round} hand {hand} post {}", ledger.len()));
        let outcome = send(&person, &uuid, &text).await;
        let lost = outcome == Outcome::Unknown;
        ledger.insert(uuid, (text, outcome));
        if lost {
            break;
        }
    }
    ledger
}

/// Compares what is stored with what the senders know.
fn audit(app: &App, ledger: &Ledger) {
    let rows = app.database();
    rows.assert_sound();
    let stored = rows.all::<String>(
        "select client_message_id || ' ' || id || ' ' || plain_text from messages",
        [],
    );
    let mut expected: Vec<String> = Vec::new();
    for (uuid, (text, outcome)) in ledger {
        match outcome {
            Outcome::Acknowledged(id) => expected.push(format!("{uuid} {id} {text}")),
            Outcome::Refused(status) => assert!([429, 503].contains(status), "{status}: {text}"),
            Outcome::Unknown => panic!("{text} is still unknown"),
        }
    }
    let mut stored: Vec<String> = stored.iter().map(|row| row.trim_end().to_owned()).collect();
    stored.sort();
    expected.sort();
    assert_eq!(stored, expected);
    assert_eq!(rows.count("changes"), expected.len() as i64);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_it_keeps_what_it_acknowledged() {
    let mut app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let mut ledger = Ledger::new();
    for (round, pause) in [40, 130, 260, 90, 400].into_iter().enumerate() {
        let stop = Arc::new(AtomicBool::new(false));
        let hands: Vec<_> = (0..6)
            .map(|hand| {
                let person = if hand % 2 == 0 { &ada } else { &grace };
                tokio::spawn(post_until(person.clone(), round, hand, Arc::clone(&stop)))
            })
            .collect();
        let mut reader = ada.live(1, ledger.len() as i64).await;
        tokio::time::sleep(Duration::from_millis(pause)).await;
        app.kill9();
        stop.store(true, Ordering::Relaxed);
        for hand in hands {
            ledger.extend(hand.await.unwrap());
        }
        app.start_again();
        for (uuid, (text, outcome)) in &mut ledger {
            if *outcome == Outcome::Unknown {
                *outcome = send(&ada_or_grace(text, &ada, &grace), uuid, text).await;
            }
        }
        // Nobody was ever shown a message that is not there any more.
        reader.read_to_the_end().await;
        let rows = app.database();
        for id in reader.message_ids() {
            assert_eq!(
                rows.count(&format!("messages where id = {id}")),
                1,
                "message {id} was seen"
            );
        }
        audit(&app, &ledger);
    }
    assert!(ledger.len() > 20, "only {} posts: nothing was tried", ledger.len());
}

/// Whoever sent it sends it again: the id is theirs.
fn ada_or_grace(text: &str, ada: &Person, grace: &Person) -> Person {
    let hand: usize = html::between(text, "hand ", " ").unwrap().parse().unwrap();
    if hand.is_multiple_of(2) { ada.clone() } else { grace.clone() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asked_to_stop_it_finishes_what_it_accepted() {
    let mut app = App::start();
    let ada = app.first_run().await;
    let mut ledger = Ledger::new();
    for round in 0..3 {
        let stop = Arc::new(AtomicBool::new(false));
        let hands: Vec<_> = (0..6)
            .map(|hand| tokio::spawn(post_until(ada.clone(), round, hand, Arc::clone(&stop))))
            .collect();
        let mut sockets = vec![ada.live(1, 0).await, ada.socket("/live").await.unwrap()];
        tokio::time::sleep(Duration::from_millis(150)).await;
        let stopped = app.term_and_wait().await;
        stop.store(true, Ordering::Relaxed);
        assert!(stopped.took < Duration::from_secs(10), "{:?}", stopped.took);
        assert!(stopped.status.success(), "{}", stopped.status);
        for socket in &mut sockets {
            assert_eq!(socket.expect_close().await, 1012);
        }
        for hand in hands {
            ledger.extend(hand.await.unwrap());
        }
        app.start_again();
        for (uuid, (text, outcome)) in &mut ledger {
            if *outcome == Outcome::Unknown {
                // Not accepted in time; then it was not done behind our back either.
                let stored =
                    app.database().count(&format!("messages where client_message_id = '{uuid}'"));
                assert_eq!(stored, 0, "{text}: done, but not answered");
                *outcome = send(&ada, uuid, text).await;
            }
        }
        audit(&app, &ledger);
    }
}

#[tokio::test]
async fn a_second_server_on_the_same_data_is_refused() {
    let app = App::start();
    let ada = app.first_run().await;
    let refusal = app.refused_second_server();
    let line = refusal.line();
    assert!(line.contains(&app.data_dir().display().to_string()), "{line}");
    ada.post(1, "The first one goes on").await;
}

#[tokio::test]
async fn data_of_a_newer_version_is_left_alone() {
    let mut app = App::start();
    app.first_run().await;
    let known: i64 = app.database().one("pragma user_version", []);
    app.term_and_wait().await;
    alter_stopped(&app.data_dir(), "pragma user_version = 9999");
    let refusal = app.refused_second_server();
    let line = refusal.line();
    assert!(line.to_lowercase().contains("newer"), "{line}");
    assert_eq!(app.database().one::<i64>("pragma user_version", []), 9999);
    alter_stopped(&app.data_dir(), &format!("pragma user_version = {known}"));
    app.start_again();
    assert_eq!(app.database().count("users"), 1);
}

#[tokio::test]
async fn the_data_directory_is_private() {
    let app = App::start();
    app.first_run().await;
    let mode = |name: &str| {
        let path = app.data_dir().join(name);
        std::fs::metadata(&path).unwrap_or_else(|e| panic!("{name}: {e}")).permissions().mode()
            & 0o777
    };
    assert_eq!(mode("secrets.toml"), 0o600);
    assert_eq!(mode("campfire.db") & 0o077, 0, "others cannot read the database");
    for folder in ["", "files", "backups", "sounds"] {
        assert_eq!(mode(folder) & 0o077, 0, "{folder}");
    }
    assert_eq!(app.database().one::<String>("pragma journal_mode", []), "wal");
}

#[test]
fn a_wrong_setting_is_named_with_its_value_and_what_is_allowed() {
    let cases = [
        ("BIND", "everywhere"),
        ("BASE_URL", "chat"),
        ("RATE_LIMITS", "sometimes"),
        ("LOG_FORMAT", "poetry"),
        ("TRUSTED_PROXIES", "the-one-in-front"),
    ];
    for (name, value) in cases {
        let refusal = refused_start(|settings| {
            settings.set(name, value);
        });
        let line = refusal.line();
        let flag = name.to_lowercase().replace('_', "-");
        assert!(line.contains(name) || line.contains(&flag), "{name}: {line}");
        assert!(line.contains(value), "{name}: {line}");
    }
    let refusal = refused_start(|settings| {
        settings.set("BIND", "0.0.0.0:0").set("RATE_LIMITS", "off");
    });
    assert!(refusal.line().contains("RATE_LIMITS"));
    let refusal = refused_start(|settings| {
        settings.set("SECRET_KEY_BASE", "short");
    });
    let line = refusal.line().to_lowercase();
    assert!(line.contains("secret_key_base") || line.contains("secret-key-base"), "{line}");
}
