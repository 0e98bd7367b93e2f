//! Links that sign somebody in: made by a button, used by a button, once.

use crate::support::database::alter_stopped;
use crate::support::{App, PASSWORD, Person, html};

const MAKE: &str = "/users/me/transfers";

/// Makes a link and gives its path, as the page shows it.
async fn link(maker: &Person, make: &str) -> String {
    let page = maker.post_form::<&str>(make, &[]).await.expect(303).location();
    let page = maker.get(page.split('#').next().unwrap()).await.expect(200);
    assert!(page.header("cache-control").contains("no-store"), "the page holds a secret");
    let text = page.text();
    let url = html::between(&text, "id=\"transfer_url\" type=\"text\" value=\"", "\"").unwrap();
    assert!(text.contains("src=\"/qr_code/"), "the link is shown as a QR code, too");
    url.strip_prefix(&maker.base_url()).unwrap().to_owned()
}

#[tokio::test]
async fn a_link_signs_in_on_another_device_once() {
    let app = App::start();
    app.first_run().await;
    let grace = app.join("Grace").await;
    let path = link(&grace, MAKE).await;
    let token = path.rsplit('/').next().unwrap();
    assert!(token.len() >= 43);
    assert!(!app.database().files_contain(token), "it is stored hashed only");

    let phone = Person::new("Grace", &app.base_url());
    let page = phone.get(&path).await.expect(200).text();
    assert!(page.contains(&format!("action=\"{path}\"")), "opening it shows a button");
    assert_eq!(app.database().count("transfers"), 1, "and does nothing");
    assert!(phone.session_token().is_empty());
    phone.post_form::<&str>(&path, &[]).await.expect(303);
    assert_eq!(phone.walk("/").await.0, "/rooms/1");
    assert!(phone.get("/users/me/profile").await.text().contains("grace@example.com"));

    let late = app.visitor();
    late.post_form::<&str>(&path, &[]).await.expect(404);
    assert!(late.session_token().is_empty());
    let profile = grace.get("/users/me/profile").await.expect(200).text();
    assert!(!profile.contains(token), "a used link is not shown any more");
    assert!(!app.log().contains(token));
}

#[tokio::test]
async fn twenty_at_once_are_one_session() {
    let app = App::start();
    let ada = app.first_run().await;
    let path = link(&ada, MAKE).await;
    let before = app.database().count("sessions");
    let race: Vec<_> = (0..20)
        .map(|_| {
            let (visitor, path) = (app.visitor(), path.clone());
            tokio::spawn(async move { visitor.post_form::<&str>(&path, &[]).await.status() })
        })
        .collect();
    let mut statuses = Vec::new();
    for runner in race {
        statuses.push(runner.await.unwrap());
    }
    statuses.sort_unstable();
    assert_eq!(statuses[0], 303, "{statuses:?}");
    assert!(statuses[1..].iter().all(|status| *status == 404), "{statuses:?}");
    assert_eq!(app.database().count("sessions"), before + 1);
}

#[tokio::test]
async fn every_useless_link_gets_the_same_answer() {
    let mut app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let linus = app.join("Linus").await;
    let used = link(&ada, MAKE).await;
    app.visitor().post_form::<&str>(&used, &[]).await.expect(303);
    let expired = link(&ada, MAKE).await;
    let deactivated = link(&grace, MAKE).await;
    let banned = link(&linus, MAKE).await;
    app.term_and_wait().await;
    alter_stopped(
        &app.data_dir(),
        "update transfers set expires_at = expires_at - 14400001 where user_id = 1;
         update users set status = 'deactivated' where name = 'Grace';
         update users set status = 'banned' where name = 'Linus';",
    );
    app.start_again();
    let never = format!("/session/transfers/{}", "A".repeat(43));
    let mut answers = Vec::new();
    for path in [&used, &expired, &deactivated, &banned, &never] {
        let visitor = app.visitor();
        let shown = visitor.get(path).await.expect(200).text();
        let refused = visitor.post_form::<&str>(path, &[]).await.expect(404).text();
        assert!(visitor.session_token().is_empty());
        answers.push((shown.replace(path.as_str(), "_"), refused));
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
}

#[tokio::test]
async fn a_link_is_good_for_four_hours_and_only_for_signing_in() {
    let app = App::start();
    let ada = app.first_run().await;
    let path = link(&ada, MAKE).await;
    let life: i64 = app.database().one("select expires_at - created_at from transfers", []);
    assert_eq!(life, 4 * 3_600_000);
    let token = path.rsplit('/').next().unwrap();
    let thief = app.visitor();
    thief.plant_cookie(&format!("session_http={token}; Path=/"));
    thief.get("/rooms/1").await.expect(303);
    let session = ada.session_token();
    let as_link = format!("/session/transfers/{session}");
    app.visitor().post_form::<&str>(&as_link, &[]).await.expect(404);
}

#[tokio::test]
async fn another_password_takes_unused_links_back() {
    let app = App::start();
    let ada = app.first_run().await;
    let path = link(&ada, MAKE).await;
    let fields = [("current_password", PASSWORD), ("password", "eight campfires at dawn")];
    ada.post_form("/users/me/profile", &fields).await.expect(303);
    app.visitor().post_form::<&str>(&path, &[]).await.expect(404);
}

#[tokio::test]
async fn an_administrator_helps_who_is_locked_out() {
    let app = App::start();
    let ada = app.first_run().await;
    let grace = app.join("Grace").await;
    let linus = app.join("Linus").await;
    linus.post_form::<&str>("/users/2/transfers", &[]).await.expect(403);
    ada.post_form::<&str>("/users/99/transfers", &[]).await.expect(404);
    app.visitor().post_form::<&str>("/users/2/transfers", &[]).await.expect(303);
    assert!(!linus.get("/users/2").await.expect(200).text().contains("grace@example.com"));
    assert!(ada.get("/users/2").await.expect(200).text().contains("grace@example.com"));

    let path = link(&ada, "/users/2/transfers").await;
    let own = ada.get("/users/me/profile").await.expect(200).text();
    assert!(!own.contains(&path), "it is not the administrator's own link");
    let mut socket = grace.live(1, 0).await;
    let phone = Person::new("Grace", &app.base_url());
    let to = phone.post_form::<&str>(&path, &[]).await.expect(303).location();
    assert_eq!(to, "/users/me/profile#sign_in");
    // Who came by such a link need not know the old password, once.
    let fields = [("email_address", "grace@example.com"), ("password", "a new one for grace")];
    phone.post_form("/users/me/profile", &fields).await.expect(303);
    assert_eq!(socket.expect_close().await, 4401, "other devices are signed out");
    phone.get("/rooms/1").await.expect(200);
    let fields = [("email_address", "grace@example.com"), ("password", "and another one")];
    phone.post_form("/users/me/profile", &fields).await.expect(422);
    let laptop = app.visitor();
    let sign_in = |password| laptop.sign_in_at("/session/new", "grace@example.com", password);
    sign_in(PASSWORD).await.expect(401);
    sign_in("a new one for grace").await.expect(303);
}

#[tokio::test]
async fn with_script_the_button_presses_itself_for_who_is_signed_out() {
    let app = App::start();
    let ada = app.first_run().await;
    let path = link(&ada, MAKE).await;
    let stranger = app.browser().await;
    stranger.goto("/session/new").await;
    stranger.eval(&format!("location.assign('{path}')")).await;
    stranger.wait_path("/rooms/1").await;
    stranger.assert_clean_console();

    let path = link(&ada, MAKE).await;
    let grace = app.join("Grace").await.browser().await;
    grace.goto(&path).await;
    grace.wait_text("main", "you are signed in as Grace").await;
    assert_eq!(app.database().count("transfers"), 1, "nobody is signed over unasked");
    grace.click("button.primary").await;
    grace.wait_path("/rooms/1").await;
    grace.goto("/users/me/profile").await;
    grace.wait_text("main", "ada@example.com").await;
}

#[tokio::test]
async fn a_qr_code_holds_any_text_and_nothing_else() {
    let app = App::start();
    let visitor = app.visitor();
    for id in ["aHR0cHM6Ly9leGFtcGxlLmNvbS9qb2luL3g", "aHR0cHM6Ly9leGFtcGxlLmNvbQ=="] {
        let code = visitor.get(&format!("/qr_code/{id}")).await.expect(200);
        assert!(code.header("content-type").starts_with("image/svg+xml"));
        assert!(code.text().contains("<svg") && !code.text().contains("example"));
    }
    let long = "A".repeat(1_400);
    for bad in ["!", "%00", "gICA", long.as_str()] {
        visitor.get(&format!("/qr_code/{bad}")).await.expect(404);
    }
}
