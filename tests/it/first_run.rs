//! The first visit to an empty server: one account, one administrator, one room, whoever races.

use crate::support::{App, PASSWORD, Person, html};

#[tokio::test]
async fn the_first_visitor_sets_the_server_up_and_lands_in_all_talk() {
    let app = App::start();
    let ada = app.visitor();
    let (path, page) = ada.walk("/").await;
    assert_eq!((path.as_str(), page.status()), ("/first_run", 200));
    assert_eq!(ada.get("/session/new").await.expect(303).location(), "/first_run");
    for field in ["name=\"name\"", "name=\"email_address\"", "name=\"password\""] {
        assert!(page.text().contains(field), "{field} is missing");
    }
    let details = [("name", "Ada"), ("email_address", "ada@example.com"), ("password", PASSWORD)];
    ada.post_form("/first_run", &details).await.expect(303);

    let (path, page) = ada.walk("/").await;
    let page = page.expect(200);
    assert!(path.starts_with("/rooms/"), "{path}");
    assert!(page.shown().contains("All Talk"));
    assert!(page.text().contains("id=\"composer\""));

    let rows = app.database();
    assert_eq!(rows.all::<String>("select name from accounts", []), ["Campfire"]);
    assert_eq!(rows.all::<String>("select role from users", []), ["administrator"]);
    assert_eq!(rows.all::<String>("select kind || ' ' || name from rooms", []), ["open All Talk"]);
    assert_eq!(rows.count("memberships"), 1);
    let digest: String = rows.one("select password_digest from users", []);
    assert!(digest.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{digest}");
}

#[tokio::test]
async fn of_fifty_at_once_exactly_one_gets_the_account() {
    let app = App::start();
    let people: Vec<Person> =
        (0..50).map(|number| Person::new(&format!("Racer{number}"), &app.base_url())).collect();
    let race = people.iter().map(|person| {
        let person = person.clone();
        tokio::spawn(async move {
            person.post_form("/first_run", &person.details()).await.expect(303);
            !person.session_token().is_empty()
        })
    });
    let mut winners = 0;
    for runner in race.collect::<Vec<_>>() {
        winners += i32::from(runner.await.unwrap());
    }
    assert_eq!(winners, 1, "one is signed in");
    let rows = app.database();
    for table in ["accounts", "users", "rooms", "memberships", "sessions"] {
        assert_eq!(rows.count(table), 1, "{table}");
    }
}

#[tokio::test]
async fn a_server_that_is_set_up_has_no_first_run_any_more() {
    let app = App::start();
    app.first_run().await;
    let late = app.visitor();
    assert_eq!(late.get("/first_run").await.expect(303).location(), "/");
    let answer = late.post_form("/first_run", &late.details()).await.expect(303);
    assert_eq!(answer.location(), "/");
    assert!(late.session_token().is_empty());
    assert_eq!(late.walk("/").await.0, "/session/new");
    assert_eq!(app.database().count("users"), 1);
}

#[tokio::test]
async fn what_cannot_be_taken_is_said_beside_its_field() {
    let app = App::start();
    let ada = app.visitor();
    let long_name = "a".repeat(101);
    let long_password = "p".repeat(257);
    let good = ("Ada", "ada@example.com", PASSWORD);
    let cases = [
        ("name", ("", good.1, good.2)),
        ("name", (long_name.as_str(), good.1, good.2)),
        ("email_address", (good.0, "", good.2)),
        ("email_address", (good.0, "nobody", good.2)),
        ("password", (good.0, good.1, "short")),
        ("password", (good.0, good.1, long_password.as_str())),
    ];
    for (wrong, (name, email_address, password)) in cases {
        let fields = [("name", name), ("email_address", email_address), ("password", password)];
        let page = ada.post_form("/first_run", &fields).await.expect(422).text();
        let field = html::tags(&page)
            .into_iter()
            .find(|tag| html::attribute(tag, "name") == Some(wrong))
            .unwrap_or_else(|| panic!("no field {wrong}"));
        assert!(field.contains("aria-invalid=\"true\""), "{field}");
        let sentence = html::attribute(field, "aria-describedby").expect("a described field");
        assert!(page.contains(&format!("id=\"{sentence}\"")), "{sentence} is nowhere");
        assert!(!page.contains(PASSWORD), "a password is never sent back");
        if wrong != "name" {
            assert!(page.contains("value=\"Ada\""), "the name is kept");
        }
    }
    assert_eq!(app.database().count("accounts"), 0);
    assert_eq!(app.database().count("users"), 0);
    assert_eq!(ada.walk("/").await.0, "/first_run");
}

#[tokio::test]
async fn nothing_but_the_declared_fields_counts() {
    let app = App::start();
    let ada = app.visitor();
    let fields = [
        ("name", "Ada"),
        ("email_address", "ada@example.com"),
        ("password", PASSWORD),
        ("account_name", "The Analytical Society"),
        ("id", "77"),
        ("role", "bot"),
        ("status", "banned"),
        ("join_code", "AAAA-AAAA-AAAA"),
    ];
    ada.post_form("/first_run", &fields).await.expect(303);
    let rows = app.database();
    let user = "select id || ' ' || role || ' ' || status from users";
    assert_eq!(rows.one::<String>(user, []), "1 administrator active");
    assert_eq!(rows.one::<String>("select name from accounts", []), "The Analytical Society");
    assert_ne!(app.join_code(), "AAAA-AAAA-AAAA");
}
