//! Moving in from a Campfire: what comes along, what does not, and what is said about it.

mod files;
mod trouble;

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use reqwest::Method;

use crate::support::campfire_storage::at;
use crate::support::verb::{Ran, run, run_with};
use crate::support::{App, CampfireStorage, Person};

const PASSWORD: &str = "secret123456";
const TOKEN: &str = "a1B2c3D4e5F6";

fn import(home: &Path, storage: &CampfireStorage, more: &[&str]) -> Ran {
    let directory = storage.path().to_str().unwrap();
    run(home, &[&["import", "campfire", directory], more].concat(), "")
}

fn mention(user_id: i64) -> String {
    let id = STANDARD.encode(format!(r#"{{"_rails":{{"data":"gid://campfire/User/{user_id}"}}}}"#));
    format!(
        "<action-text-attachment sgid=\"{id}--00ff\" \
         content-type=\"application/vnd.campfire.mention\"></action-text-attachment>"
    )
}

/// Two administrators, two members, a bot, rooms of each kind.
fn honcho() -> CampfireStorage {
    let storage = CampfireStorage::new();
    storage.user(1, "david", PASSWORD, 1, 0);
    storage.user(2, "jason", PASSWORD, 1, 0);
    storage.user(3, "kevin", PASSWORD, 0, 0);
    storage.user(4, "gone", PASSWORD, 0, 1);
    storage.user(5, "banned", PASSWORD, 0, 2);
    storage.bot(6, "Bender", TOKEN, "http://127.0.0.1:9/hook");
    storage.room(1, "Open", Some("HQ"), &[1, 2, 3, 6]);
    storage.room(7, "Closed", Some("Designers"), &[1, 2]);
    storage.room(9, "Direct", None, &[1, 3]);
    for n in 1..=60 {
        storage.message(n, 1, 1 + n % 3, &format!("<div>Number {n} of many</div>"));
    }
    storage.message(101, 7, 2, &format!("<div>Look, {}</div>", mention(1)));
    storage.message(102, 7, 1, "<div>/play bell</div>");
    storage.message(103, 9, 3, "<div><strong>Hello</strong> you<br>there</div>");
    storage.message(104, 9, 1, "<div>Lovely</div>");
    storage.sql(&format!(
        "insert into boosts values (11, 103, 1, '👏', '{now}', '{now}');
         insert into searches values (1, 1, 'lunch', '{now}', '{now}');
         insert into bans values (1, 5, '203.0.113.9', '{now}', '{now}');
         update memberships set unread_at = '{first_unread}' where room_id = 9 and user_id = 3;
         update memberships set involvement = 'everything' where room_id = 1 and user_id = 3;",
        now = at(200),
        first_unread = at(104),
    ));
    storage
}

async fn signed_in(app: &App, name: &str) -> Person {
    let person = app.visitor();
    let address = format!("{name}@example.com");
    person.sign_in_at("/session/new", &address, PASSWORD).await.expect(303);
    person
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_finds_what_they_had() {
    let storage = honcho();
    let app = App::on(|home| {
        let ran = import(home, &storage, &[]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(ran.stdout.contains("64  messages"), "{}", ran.stdout);
        assert!(!ran.stdout.contains("differently"), "all of it fits: {}", ran.stdout);
    });
    let david = signed_in(&app, "david").await;
    let page = david.get("/rooms/7/@101").await.expect(200);
    assert!(page.text().contains("id=\"message_101\"") && page.text().contains("@david</a>"));
    assert!(david.get("/rooms/1").await.expect(200).text().contains("Number 60 of many"));
    let digest: String =
        app.database().one("select password_digest from users where name = 'david'", []);
    assert!(digest.starts_with("$argon2id$"), "the digest is ours after signing in: {digest}");
    signed_in(&app, "david").await;

    for nobody in ["gone", "banned"] {
        let address = format!("{nobody}@example.com");
        app.visitor().sign_in_at("/session/new", &address, PASSWORD).await.expect(401);
    }
    let kevin = signed_in(&app, "kevin").await;
    kevin.get("/rooms/7").await.expect(404);
    assert!(kevin.get("/rooms/9").await.expect(200).text().contains("👏"));
    app.visitor().get("/join/abcd-EFGH-1234").await.expect(200);
    assert_eq!(kevin.post(1, "Moved in").await, 105, "new numbers go on after the old ones");

    let bot = app.visitor();
    let path = format!("/rooms/1/6-{TOKEN}/messages");
    bot.send(bot.bare(Method::POST, &path).body("From the old crontab")).await.expect(201);
    app.database().assert_sound();
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_keep_their_numbers_times_and_ties() {
    let storage = honcho();
    let app = App::on(|home| assert_eq!(import(home, &storage, &[]).code, 0));
    let stored = app.database();
    let one = |sql: &str| stored.one::<String>(sql, []);
    assert_eq!(one("select name || join_code from accounts"), "Honchoabcd-EFGH-1234");
    assert_eq!(stored.one::<i64>("select restrict_room_creation from accounts", []), 1);
    assert_eq!(
        stored.one::<i64>("select created_at from messages where id = 1", []),
        1_740_787_290_123
    );
    assert_eq!(one("select client_message_id from messages where id = 103"), "client103");
    assert_eq!(one("select plain_text from messages where id = 103"), "Hello you\nthere");
    assert_eq!(
        one("select group_concat(kind, ' ') from (select kind from rooms order by id)"),
        "open closed direct"
    );
    assert_eq!(one("select direct_key from rooms where id = 9"), "1,3");
    let read = "select last_read_message_id from memberships where room_id = 9 and user_id = ";
    assert_eq!(stored.one::<i64>(&format!("{read} 3"), []), 103, "the next one is unread");
    assert_eq!(stored.one::<i64>(&format!("{read} 1"), []), 104);
    let loud = "select involvement from memberships where room_id = 1 and user_id = 3";
    assert_eq!(one(loud), "everything");
    assert_eq!(stored.count("mentions where message_id = 101 and user_id = 1"), 1);
    assert_eq!(stored.count("boosts where id = 11 and message_id = 103"), 1);
    assert_eq!(stored.count("bans where ip_address = '203.0.113.9'"), 1);
    assert_eq!(stored.count("searches where query = 'lunch'"), 1);
    assert_eq!(one("select url from webhooks where user_id = 6"), "http://127.0.0.1:9/hook");
    let (token, hash): (Option<String>, Option<Vec<u8>>) = (
        stored.one("select bot_token from users where id = 6", []),
        stored.one("select bot_token_hash from users where id = 6", []),
    );
    assert!(hash.is_some() && token.is_some_and(|token| !token.contains(TOKEN)), "sealed");
}

#[test]
fn a_dry_run_says_what_would_come_and_writes_nothing() {
    let storage = honcho();
    let home = tempfile::tempdir().unwrap();
    let ran = import(home.path(), &storage, &["--dry-run"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("This would come along") && ran.stdout.contains("64  messages"));
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
}

#[test]
fn odd_rows_are_carried_as_well_as_they_can_be_and_counted() {
    let storage = honcho();
    let now = at(300);
    storage.message(201, 1, 77, "<div>By nobody</div>");
    storage.message(202, 55, 1, "<div>In no room</div>");
    storage.message(203, 1, 1, &format!("<div>{} {}</div>", mention(88), "<div>".repeat(150)));
    storage.sql(&format!(
        "update messages set client_message_id = 'client1' where id in (4, 7);
         update messages set created_at = 'yesterday' where id = 30;
         update users set name = '' where id = 3;
         update users set bio = '{bio}' where id = 2;
         update users set password_digest = 'plain' where id = 4;
         insert into users values (8, 'twin', 'DAVID@example.com', null, 0, 0, null, null, '{now}', '{now}');
         insert into rooms values (10, null, 'Rooms::Direct', 1, '{now}', '{now}');
         insert into memberships (room_id, user_id, created_at, updated_at)
             values (10, 1, '{now}', '{now}'), (10, 3, '{now}', '{now}'), (10, 99, '{now}', '{now}');
         insert into rooms values (11, '  ', 'Rooms::Closed', 98, '{now}', '{now}');
         update users set bot_token = 'no key' where id = 6;
         update webhooks set url = 'javascript:alert(1)';
         update messages set room_id = 'HQ' where id = 9;
         update action_text_rich_texts set body = x'3c6469763eff3c2f6469763e' where id = 8;
         insert into bans values (2, 1, '203.0.113.10', '{now}', '{now}'),
             (3, 5, '10.0.0.1', '{now}', '{now}');
         insert into boosts values (12, 103, 1, '👏', '{now}', '{now}'),
             (13, 999, 1, 'lost', '{now}', '{now}'),
             (14, 103, 1, 'far too long for a boost', '{now}', '{now}');",
        bio = "x".repeat(300),
    ));
    let home = tempfile::tempdir().unwrap();
    let ran = import(home.path(), &storage, &[]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    for said in [
        "2  people were missing",
        "1  names were",
        "1  bios were",
        "1  addresses were the same",
        "1  password digests",
        "1  rooms had an empty name",
        "1  direct rooms had the same people",
        "1  memberships named",
        "2  messages were in no room",
        "1  keys of bots were none",
        "1  webhooks were not of a bot",
        "2  banned addresses belonged to nobody",
        "2  boosts were on no message",
        "1  boosts were longer",
        "2  messages shared a client id",
        "1  bodies could not be read",
        "1  times could not be read",
    ] {
        assert!(ran.stdout.contains(said), "“{said}” in:\n{}", ran.stdout);
    }
    let verified = run(home.path(), &["verify"], "");
    assert_eq!(verified.code, 0, "{}{}", verified.stdout, verified.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_is_found_again() {
    let storage = honcho();
    let app = App::on(|home| assert_eq!(import(home, &storage, &[]).code, 0));
    let david = signed_in(&app, "david").await;
    let found = david.get("/searches?q=number+42").await.expect(200).text();
    assert!(found.contains("/rooms/1/@42"), "{found}");
    assert!(david.get("/searches").await.expect(200).text().contains("lunch"));
    assert!(
        david.get("/account/custom_styles/edit").await.expect(200).text().contains("color: red")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_card_comes_with_its_words() {
    let storage = honcho();
    storage.message(
        110,
        1,
        2,
        "<div>https://example.org/plan <action-text-attachment \
         content-type=\"application/vnd.actiontext.opengraph-embed\" \
         href=\"https://example.org/plan\" url=\"https://example.org/plan.png\" \
         filename=\"The plan &amp; more\" caption=\"What we do next\"></action-text-attachment></div>",
    );
    let app = App::on(|home| {
        let ran = import(home, &storage, &[]);
        assert!(ran.stdout.contains("1  link cards\n"), "{}", ran.stdout);
        assert!(ran.stdout.contains("1  link cards came without their picture"), "{}", ran.stdout);
    });
    let page = signed_in(&app, "david").await.get("/rooms/1/@110").await.expect(200).text();
    let message = &page[page.find("id=\"message_110\"").unwrap()..];
    assert!(message.contains("The plan &amp; more") || message.contains("The plan &#38; more"));
    assert!(message.contains("What we do next"));
}

#[test]
fn devices_come_along_with_the_key_that_services_know() {
    let storage = honcho();
    let now = at(1);
    storage.sql(&format!(
        "insert into push_subscriptions values
             (1, 1, 'https://updates.push.services.mozilla.com/wpush/v2/x', '{p256dh}', '{auth}', 'Firefox', '{now}', '{now}'),
             (2, 4, 'https://updates.push.services.mozilla.com/wpush/v2/y', '{p256dh}', '{auth}', 'Firefox', '{now}', '{now}');",
        p256dh = URL_SAFE.encode([4; 65]),
        auth = URL_SAFE.encode([9; 16]),
    ));
    let home = tempfile::tempdir().unwrap();
    let ran = import(home.path(), &storage, &["--dry-run"]);
    assert!(
        ran.stdout.contains("2  devices need the old server's VAPID_PUBLIC_KEY"),
        "{}",
        ran.stdout
    );
    let key = URL_SAFE_NO_PAD.encode([7; 32]);
    let settings = [("VAPID_PRIVATE_KEY", key.as_str())];
    let arguments = ["import", "campfire", storage.path().to_str().unwrap()];
    let ran = run_with(home.path(), &settings, &arguments, "");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("1  devices that get notifications"), "{}", ran.stdout);
    assert!(ran.stdout.contains("1  devices were of nobody who is active"), "{}", ran.stdout);
    let stored = crate::support::database::Database::open(&home.path().join("campfire.db"));
    assert_eq!(stored.count("push_subscriptions where user_id = 1"), 1);
    let secrets = std::fs::read_to_string(home.path().join("secrets.toml")).unwrap();
    assert!(secrets.contains(&key), "the server will be known by the same key");
    let wrong = run_with(home.path(), &[("VAPID_PRIVATE_KEY", "no key")], &arguments, "");
    assert!(wrong.code == 1 && wrong.stderr.contains("is not a private key"), "{}", wrong.stderr);
}

#[test]
fn what_is_no_storage_directory_is_refused_in_one_sentence() {
    let home = tempfile::tempdir().unwrap();
    let empty = tempfile::tempdir().unwrap();
    let refused = |directory: &Path| {
        let ran = run(home.path(), &["import", "campfire", directory.to_str().unwrap()], "");
        assert_eq!(ran.code, 1, "{}", ran.stdout);
        assert_eq!(ran.stderr.trim().lines().count(), 1, "{}", ran.stderr);
        ran.stderr
    };
    assert!(refused(empty.path()).contains("There is no db/production.sqlite3"));
    assert!(refused(&empty.path().join("nowhere")).contains("is not a directory"));

    let storage = honcho();
    std::fs::write(empty.path().join("file"), "x").unwrap();
    let half = tempfile::tempdir().unwrap();
    std::fs::create_dir(half.path().join("db")).unwrap();
    storage.sql("pragma wal_checkpoint(truncate)");
    let whole = std::fs::read(storage.database()).unwrap();
    std::fs::write(half.path().join("db/production.sqlite3"), &whole[..whole.len() / 2]).unwrap();
    assert!(refused(half.path()).contains("is not a whole Campfire database"));
    std::fs::write(half.path().join("db/production.sqlite3"), "not a database at all").unwrap();
    assert!(refused(half.path()).contains("is not a whole Campfire database"));
    storage.sql("drop table boosts");
    assert!(refused(storage.path()).contains("no table “boosts”"));
}
