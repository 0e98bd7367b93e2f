//! Joining by link: who has the code gets in, once, as a member of every open room.

use crate::support::{App, PASSWORD, Person, html};

fn codes_in(page: &str) -> Vec<String> {
    page.match_indices("/join/")
        .map(|(at, _)| page[at + 6..].chars().take_while(|c| *c == '-' || c.is_alphanumeric()))
        .map(|code| code.collect::<String>())
        .collect()
}

#[tokio::test]
async fn somebody_joins_by_the_link_and_is_in_the_room() {
    let app = App::start();
    let ada = app.first_run().await;
    let code = app.join_code();
    assert_eq!(code.split('-').map(str::len).collect::<Vec<_>>(), [4, 4, 4], "{code}");
    for path in ["/account/edit", "/rooms/1"] {
        let page = ada.get(path).await.expect(200).text();
        assert!(codes_in(&page).contains(&code), "{path} shows the join link");
    }

    let grace = Person::new("Grace", &app.base_url());
    let path = format!("/join/{code}");
    let page = grace.get(&path).await.expect(200).text();
    for field in ["name=\"name\"", "name=\"email_address\"", "name=\"password\""] {
        assert!(page.contains(field), "{field} is missing");
    }
    grace.post_form(&path, &grace.details()).await.expect(303);
    let (path, page) = grace.walk("/").await;
    assert_eq!((path.as_str(), page.status()), ("/rooms/1", 200));

    let rows = app.database();
    let role: String = rows.one("select role from users where name = 'Grace'", []);
    assert_eq!(role, "member");
    assert_eq!(rows.count("memberships where room_id = 1"), 2);
    grace.post(1, "Hello, everybody").await;
    assert_eq!(html::message_texts(&ada.room_page(1).await.text()), ["Hello, everybody"]);
}

#[tokio::test]
async fn a_wrong_code_is_not_there() {
    let app = App::start();
    let ada = app.first_run().await;
    let visitor = app.visitor();
    let nowhere = visitor.get("/nowhere").await.expect(404).text();
    for code in ["AAAA-AAAA-AAAA", "x", "%00", "é", &app.join_code()[..13]] {
        let path = format!("/join/{code}");
        assert_eq!(visitor.get(&path).await.expect(404).text(), nowhere, "{path}");
        visitor.post_form(&path, &visitor.details()).await.expect(404);
    }
    assert_eq!(app.database().count("users"), 1);
    drop(ada);
}

#[tokio::test]
async fn who_is_in_does_not_join_again() {
    let app = App::start();
    let ada = app.first_run().await;
    let path = format!("/join/{}", app.join_code());
    assert_eq!(ada.get(&path).await.expect(303).location(), "/");
    let somebody = app.visitor();
    let answer = ada.post_form(&path, &somebody.details()).await.expect(303);
    assert_eq!(answer.location(), "/");
    assert_eq!(app.database().count("users"), 1);
}

#[tokio::test]
async fn an_address_that_is_taken_leads_to_the_sign_in_page() {
    let app = App::start();
    app.first_run().await;
    let path = format!("/join/{}", app.join_code());
    let visitor = app.visitor();
    for address in ["ada@example.com", "ADA@example.com"] {
        let fields = [("name", "Ada?"), ("email_address", address), ("password", PASSWORD)];
        let to = visitor.post_form(&path, &fields).await.expect(303).location();
        assert_eq!(to.split('?').next(), Some("/session/new"));
        let page = visitor.get(&to).await.expect(200).text();
        assert!(page.to_lowercase().contains("value=\"ada@example.com\""), "{to}");
    }
    assert_eq!(app.database().count("users"), 1);
    assert!(visitor.session_token().is_empty());
}

#[tokio::test]
async fn what_cannot_be_taken_is_said_and_the_rest_is_kept() {
    let app = App::start();
    app.first_run().await;
    let path = format!("/join/{}", app.join_code());
    let visitor = app.visitor();
    let fields = [("name", "Grace"), ("email_address", "grace@example.com"), ("password", "short")];
    let page = visitor.post_form(&path, &fields).await.expect(422).text();
    assert!(page.contains("aria-invalid=\"true\""));
    assert!(page.contains("value=\"Grace\"") && page.contains("value=\"grace@example.com\""));
    visitor.post_form::<&str>(&path, &[]).await.expect(422);
    assert_eq!(app.database().count("users"), 1);
}

#[tokio::test]
async fn the_same_person_twice_at_once_is_one_person() {
    let app = App::start();
    app.first_run().await;
    let path = format!("/join/{}", app.join_code());
    let race: Vec<_> = (0..6)
        .map(|_| {
            let (grace, path) = (Person::new("Grace", &app.base_url()), path.clone());
            tokio::spawn(async move {
                grace.post_form(&path, &grace.details()).await.expect(303);
            })
        })
        .collect();
    for runner in race {
        runner.await.unwrap();
    }
    assert_eq!(app.database().count("users where name = 'Grace'"), 1);
}

#[tokio::test]
async fn names_are_rid_of_tricks() {
    let app = App::start();
    let ada = app.first_run().await;
    let path = format!("/join/{}", app.join_code());
    let name = "  <img src=x onerror=alert(1)>\u{202E}\u{200B} \n Mallory ";
    let mallory = Person::new("Mallory", &app.base_url());
    let fields = [("name", name), ("email_address", "m@example.com"), ("password", PASSWORD)];
    mallory.post_form(&path, &fields).await.expect(303);
    let stored: String = app.database().one("select name from users where id = 2", []);
    assert_eq!(stored, "<img src=x onerror=alert(1)> Mallory");
    mallory.post(1, "Hi").await;
    for person in [&ada, &mallory] {
        let page = person.room_page(1).await.text();
        assert!(!page.contains("<img src=x"), "the name is text, not markup");
        assert!(page.contains("&lt;img src=x") || page.contains("&#60;img src=x"));
    }
}

#[tokio::test]
async fn nobody_passes_for_an_administrator() {
    let app = App::start();
    let ada = app.first_run().await;
    let path = format!("/join/{}", app.join_code());
    let visitor = app.visitor();
    for name in ["Ada", "ADA", "Аdа", "Ａｄａ", "A.d.a", "Ádá"] {
        let fields = [("name", name), ("email_address", "m@example.com"), ("password", PASSWORD)];
        let page = visitor.post_form(&path, &fields).await.expect(422).text();
        assert!(page.contains("id=\"name_error\"") && page.contains("An administrator here"));
    }
    let grace = app.join("Grace").await;
    grace.post_form("/users/me/profile", &[("name", "аda")]).await.expect(422);
    // It is theirs, in every spelling; and two members may have one name.
    ada.post_form("/users/me/profile", &[("name", "ADA")]).await.expect(303);
    let fields = [("name", "Grace"), ("email_address", "g2@example.com"), ("password", PASSWORD)];
    visitor.post_form(&path, &fields).await.expect(303);
}

#[tokio::test]
async fn passwords_that_everybody_tries_first_are_refused() {
    let app = App::start();
    app.first_run().await;
    let (path, visitor) = (format!("/join/{}", app.join_code()), app.visitor());
    for password in ["password", "Password123", "p4ssw0rd", "12345678", "qwertyuiop", "liverpool1"]
    {
        let fields = [("name", "Eve"), ("email_address", "e@example.com"), ("password", password)];
        let page = visitor.post_form(&path, &fields).await.expect(422).text();
        let is_shown = page.contains(&format!("value=\"{password}\""));
        assert!(page.contains("id=\"password_error\"") && !is_shown);
    }
    assert_eq!(app.database().count("users where name = 'Eve'"), 0);
}

#[tokio::test]
async fn joining_is_limited_for_each_address() {
    let app = App::with(|settings| {
        settings.set("RATE_LIMITS", "on");
    });
    app.first_run().await;
    let path = format!("/join/{}", app.join_code());
    let visitor = app.visitor();
    // Addresses that are taken: what is limited is trying, whatever comes of it.
    let fields = [("name", "Ada"), ("email_address", "ada@example.com"), ("password", PASSWORD)];
    let mut statuses = Vec::new();
    for _ in 0..12 {
        let answer = visitor.post_form(&path, &fields).await;
        if answer.status() == 429 {
            assert!(!answer.header("retry-after").is_empty());
        }
        statuses.push(answer.status());
    }
    assert_eq!(statuses[..9], [303; 9], "the first run may count, too");
    assert_eq!(statuses[11], 429, "{statuses:?}");
}
