//! Moving in from Slack: what comes along, how people get their accounts, and what is refused.

mod trouble;

use std::path::Path;

use image::ImageFormat;
use serde_json::json;

use crate::support::samples::picture;
use crate::support::verb::{Ran, run};
use crate::support::{App, SlackExport};

fn import(home: &Path, export: &Path, more: &[&str]) -> Ran {
    run(home, &[&["import", "slack", export.to_str().unwrap()], more].concat(), "")
}

/// Four people, one of them gone, a bot, conversations of each kind.
fn team() -> SlackExport {
    let mut team = SlackExport::new();
    team.user("U1", "Ada", json!({ "is_admin": true, "profile": { "title": "Engines" } }));
    team.user("U2", "Grace", json!({ "profile": { "display_name": "Amazing Grace" } }));
    team.user("U3", "Linus", json!({ "deleted": true }));
    team.user("U4", "Guest", json!({ "is_restricted": true }));
    team.user("B1", "Deployer", json!({ "is_bot": true }));
    team.channel("C1", "general", &["U1", "U2", "U3"]);
    team.channel("C2", "plans", &["U1"]);
    team.group("G1", "secrets", &["U1", "U2"]);
    team.dm("D1", &["U1", "U2"]);
    team.mpim("M1", "mpdm-ada--grace--linus-1", &["U1", "U2", "U3"]);
    team.say("general", "1600000000.000100", "U1", "Hello <@U2>, see <#C2>", json!({}));
    team.say(
        "general",
        "1600000001.000200",
        "U2",
        "*Shall* we?",
        json!({ "thread_ts": "1600000001.000200", "reply_count": 1,
            "edited": { "user": "U2", "ts": "1600000900.000000" },
            "reactions": [
                { "name": "+1::skin-tone-3", "users": ["U1", "U3"], "count": 2 },
                { "name": "shipit", "users": ["U1"], "count": 1 }] }),
    );
    team.say("plans", "1600000002.000300", "U1", "In between", json!({}));
    team.say(
        "general",
        "1600086400.000400",
        "U1",
        "Yes",
        json!({ "thread_ts": "1600000001.000200", "parent_user_id": "U2" }),
    );
    team.say("secrets", "1600000003.000500", "U2", "Nobody knows", json!({}));
    team.say("D1", "1600000004.000600", "U2", "Just us", json!({}));
    team.say("mpdm-ada--grace--linus-1", "1600000005.000700", "U3", "All three", json!({}));
    team.line(
        "general",
        json!({ "type": "message", "subtype": "bot_message", "bot_id": "B9", "username": "ci",
            "text": "Build <https://ci.example.org/7|7> is green", "ts": "1600000006.000800" }),
    );
    team
}

#[tokio::test(flavor = "multi_thread")]
async fn people_find_what_they_said_under_the_address_they_had() {
    let team = team();
    let app = App::on(|home| {
        let ran = import(home, &team.path(), &[]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        for said in ["8  messages", "4  people", "2  bots", "5  rooms", "3  boosts", "/join/"] {
            assert!(ran.stdout.contains(said), "“{said}” in:\n{}", ran.stdout);
        }
        assert!(ran.stdout.contains("people administered it there"), "{}", ran.stdout);
        let verified = run(home, &["verify"], "");
        assert!(verified.stdout.contains("messages"), "{}{}", verified.stdout, verified.stderr);
    });
    let rows = app.database();
    let code: String = rows.one("select join_code from accounts", []);
    let visitor = app.visitor();
    visitor.sign_in_at("/session/new", "grace@example.com", "secret123456").await.expect(401);
    let join = |name: &'static str, address: &'static str| {
        let fields = [("name", name), ("email_address", address), ("password", "secret123456")];
        (app.visitor(), format!("/join/{code}"), fields)
    };
    let (grace, path, fields) = join("Grace H", "Grace@Example.com");
    grace.post_form(&path, &fields).await.expect(303);
    assert_eq!(rows.count("users where email_address = 'grace@example.com'"), 1);
    let id: i64 = rows.one("select id from users where name = 'Grace H'", []);
    assert_eq!(id, 2, "the account that came along");
    let page = grace.get("/rooms/1").await.expect(200).text();
    assert!(page.contains("<strong>Shall</strong> we?") && page.contains("@Grace H</a>"), "{page}");
    assert!(page.contains("👍🏼") && page.contains(":shipit:"), "{page}");
    assert!(grace.get("/rooms/3").await.expect(200).text().contains("Nobody knows"));
    assert!(grace.get("/rooms/4").await.expect(200).text().contains("Just us"));
    assert!(grace.get("/rooms/2").await.expect(200).text().contains("In between"));
    let found = grace.get("/searches?q=between").await.expect(200).text();
    assert!(found.contains("/rooms/2/@"), "what was public is found: {found}");
    grace.post(1, "I am back").await;

    let (again, path, fields) = join("Mallory", "grace@example.com");
    let answer = again.post_form(&path, &fields).await.expect(303);
    assert!(answer.header("location").starts_with("/session/new"), "it is taken now");
    let (gone, path, fields) = join("Linus", "linus@example.com");
    gone.post_form(&path, &fields).await.expect(303);
    gone.get("/rooms/5").await.expect(404);
    let (guest, path, fields) = join("Guest", "guest@example.com");
    guest.post_form(&path, &fields).await.expect(303);
    guest.get("/rooms/2").await.expect(404);
    rows.assert_sound();
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_becomes_an_administrator_by_joining() {
    let team = team();
    let app = App::on(|home| {
        assert_eq!(import(home, &team.path(), &[]).code, 0);
        assert_eq!(run(home, &["make-admin", "ada@example.com"], "").code, 0);
    });
    let code: String = app.database().one("select join_code from accounts", []);
    let mallory = app.visitor();
    let fields =
        [("name", "Ada"), ("email_address", "ada@example.com"), ("password", "secret123456")];
    let answer = mallory.post_form(&format!("/join/{code}"), &fields).await.expect(303);
    assert!(answer.header("location").starts_with("/session/new"));
    assert_eq!(app.database().count("sessions"), 0);
    assert_eq!(app.database().count("users where name = 'Ada'"), 1);
}

#[test]
fn times_order_threads_and_edits_are_those_of_slack() {
    let home = tempfile::tempdir().unwrap();
    let ran = import(home.path(), &team().path(), &[]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let rows = crate::support::database::Database::open(&home.path().join("campfire.db"));
    let order: String = rows.one(
        "select group_concat(plain_text, ' / ') from (select plain_text from messages order by id)",
        [],
    );
    assert_eq!(
        order,
        "Hello @Amazing Grace, see #plans / Shall we? / In between / Nobody knows / Just us / \
         All three / Build 7 is green / Yes"
    );
    assert_eq!(
        rows.one::<i64>("select created_at from messages where id = 2", []),
        1_600_000_001_000
    );
    assert_eq!(
        rows.one::<i64>("select edited_at from messages where id = 2", []),
        1_600_000_900_000
    );
    assert_eq!(rows.one::<i64>("select reply_to_id from messages where id = 8", []), 2);
    assert_eq!(rows.count("mentions where message_id = 1 and user_id = 2"), 1);
    let unread = "memberships join rooms on rooms.id = room_id
                  where last_read_message_id <> rooms.last_message_id";
    assert_eq!(rows.count(unread), 0, "nothing is new");
    let outside = "memberships where room_id = 2 and user_id = 2 and involvement = 'invisible'";
    assert_eq!(rows.count(outside), 1);
    assert_eq!(rows.count("memberships where user_id = 4"), 0, "a guest is where they were asked");
    assert_eq!(rows.count("memberships where user_id = 3 and room_id = 5"), 1, "pings stay whole");
    assert_eq!(rows.one::<String>("select direct_key from rooms where id = 5", []), "1,2,3");
    assert_eq!(rows.one::<String>("select bio from users where id = 1", []), "Engines");
    assert_eq!(rows.count("users where role = 'bot' and status = 'deactivated'"), 2);
    assert_eq!(rows.count("sqlite_schema where name like 'slack%'"), 0, "no notebook is left");
    rows.assert_sound();
}

#[tokio::test(flavor = "multi_thread")]
async fn files_come_along_where_the_archive_holds_them() {
    let mut team = team();
    let photo = picture(300, 200, ImageFormat::Png);
    let link = "https://files.slack.com/files-pri/T1-F3/plan.pdf?t=xoxe-123";
    let file = |id: &str, name: &str| {
        json!({ "id": id, "name": name, "mode": "hosted", "url_private": link,
            "permalink": format!("https://team.slack.com/files/U1/{id}/{name}?x=1") })
    };
    let with = |file| json!({ "files": [file] });
    team.say("plans", "1600000100.000000", "U1", "The photo", with(file("F1", "photo.png")));
    team.say("plans", "1600000101.000000", "U1", "", with(file("F2", "notes.txt")));
    team.say("plans", "1600000102.000000", "U1", "", with(file("F3", "plan.pdf")));
    let gone = json!({ "id": "F4", "mode": "tombstone" });
    team.say("plans", "1600000103.000000", "U1", "Gone", json!({ "files": [gone] }));
    team.file("__uploads/F1/photo.png", &photo);
    team.file("plans/attachments/F2-notes.txt", b"We met.");
    let path = team.path();
    let tried = import(team.directory(), &path, &["--dry-run"]);
    assert!(tried.stdout.contains("2  files\n"), "{}{}", tried.stdout, tried.stderr);
    let app = App::on(|home| {
        let ran = import(home, &path, &[]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        for said in [
            "2  files\n",
            "1  files are not in the archive",
            "“plan.pdf” F3",
            "1  files were deleted",
        ] {
            assert!(ran.stdout.contains(said), "“{said}” in:\n{}", ran.stdout);
        }
    });
    let ada = app.visitor();
    let code: String = app.database().one("select join_code from accounts", []);
    let fields =
        [("name", "Ada"), ("email_address", "ada@example.com"), ("password", "secret123456")];
    ada.post_form(&format!("/join/{code}"), &fields).await.expect(303);
    let page = ada.get("/rooms/2").await.expect(200).text();
    assert!(page.contains("photo.png") && page.contains("(this file stayed at Slack)"), "{page}");
    assert!(page.contains("https://team.slack.com/files/U1/F3/plan.pdf\""), "{page}");
    let found =
        app.database().count("messages where body_html like '%xoxe%' or body_source like '%xoxe%'");
    assert_eq!(found, 0, "no key to the workspace");
    let path = page.split("href=\"/files/").find(|part| part.contains("notes.txt")).unwrap();
    let path = format!("/files/{}", path.split('"').next().unwrap());
    assert_eq!(ada.get(&path).await.expect(200).bytes(), b"We met.");
}

#[test]
fn odd_lines_are_carried_as_well_as_they_can_be_and_counted() {
    let mut team = team();
    team.user("U5", "Twin", json!({ "profile": { "email": "ADA@example.com" } }));
    team.user("U6", "Nomail", json!({ "profile": { "email": null } }));
    team.user("U7", "", json!({ "real_name": "", "profile": { "real_name": "" } }));
    team.dm("D2", &["U2", "U1"]);
    team.dm("D3", &["U1", "U77"]);
    team.group("G2", "empty", &[]);
    team.say(
        "general",
        "1600000200.000000",
        "U88",
        "From afar",
        json!({ "user_profile": { "real_name": "Stranger" } }),
    );
    team.say("general", "1600000201.000000", "U1", "<@U99>?", json!({}));
    team.say(
        "general",
        "1600000202.000000",
        "U1",
        "<@U1> has joined the channel",
        json!({ "subtype": "channel_join" }),
    );
    team.say(
        "general",
        "1600000203.000000",
        "USLACKBOT",
        "This message was deleted.",
        json!({ "subtype": "tombstone", "thread_ts": "1600000203.000000" }),
    );
    team.say(
        "general",
        "1600000204.000000",
        "U1",
        "To nothing",
        json!({ "thread_ts": "1600000203.000000" }),
    );
    team.say("general", "1600000205.000000", "U1", " ", json!({}));
    team.say("general", "1600000001.000200", "U2", "*Shall* we?", json!({}));
    team.line("general", json!({ "type": "message", "user": "U1", "text": "When?" }));
    team.line("general", json!("not even a message"));
    team.say(
        "general",
        "1600000206.000000",
        "U1",
        "Many",
        json!({ "reactions": [{ "name": "eyes", "users": ["U1", "U1", "U66"], "count": 5 }] }),
    );
    team.say("unlisted", "1600000207.000000", "U1", "Where?", json!({}));
    team.say(
        "general",
        "1600000208.000000",
        "U1",
        "<https://x.org/a>",
        json!({ "attachments": [{ "from_url": "https://x.org/a", "title": "A page" }] }),
    );
    let home = tempfile::tempdir().unwrap();
    let export = team.written(&team.packed_below("Team export/"));
    let ran = import(home.path(), &export, &[]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    for said in [
        "4  people were missing",
        "1  mentions led to nobody",
        "1  names were",
        "U88, as “Stranger”",
        "1  addresses were the same",
        "1  people came without an email address",
        "1  direct rooms had the same people",
        "1  conversations that are not for everybody",
        "1  lines about joining",
        "1  lines stood for a deleted",
        "1  replies were to a message",
        "1  messages showed nothing",
        "1  messages were there twice",
        "2  messages had no time",
        "1  boosts were on no message",
        "2  reactions were counted",
        "1  folders of messages",
        "unlisted",
        "1  link cards\n",
    ] {
        assert!(ran.stdout.contains(said), "“{said}” in:\n{}", ran.stdout);
    }
}
