//! Signing in and out: who gets in, where they land, and what a cookie is worth.

use reqwest::Method;

use crate::support::{App, PASSWORD, Person};

const WRONG: &str = "nine wet matches";

#[tokio::test]
async fn signing_in_and_out() {
    let app = App::start();
    let ada = app.first_run().await;
    let room = ada.walk("/").await.0;

    let laptop = Person::new("Ada", &app.base_url());
    assert_eq!(laptop.walk("/").await.0, "/session/new");
    laptop.sign_in().await.expect(303);
    assert_eq!(laptop.walk("/").await.0, room);
    assert_eq!(app.database().count("sessions"), 2);

    let cookies = laptop.cookies();
    let answer = laptop.post_form::<&str>("/session/delete", &[]).await.expect(303);
    assert_eq!(answer.header("clear-site-data"), "\"cache\"");
    assert!(laptop.session_token().is_empty(), "the cookie is gone");
    assert_eq!(app.database().count("sessions"), 1);

    laptop.plant_cookie(&cookies);
    assert_eq!(laptop.get(&room).await.expect(303).location(), "/session/new");
    ada.get(&room).await.expect(200);
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_look_the_same() {
    let app = App::start();
    app.first_run().await;
    let visitor = app.visitor();
    let known = visitor.sign_in_at("/session/new", "ada@example.com", WRONG).await.expect(401);
    let unknown = visitor.sign_in_at("/session/new", "eve@example.com", PASSWORD).await.expect(401);
    let (known, unknown) = (known.text(), unknown.text());
    assert!(known.contains("role=\"alert\""), "it says what is wrong");
    assert!(known.contains("value=\"ada@example.com\""), "the address is kept");
    assert!(!known.contains(WRONG));
    assert_eq!(known.replace("ada@example.com", "_"), unknown.replace("eve@example.com", "_"));
    assert!(visitor.session_token().is_empty());
}

#[tokio::test]
async fn nobody_can_tell_who_is_known_here_by_trying_to_sign_in() {
    let mut app = App::start();
    app.first_run().await;
    for name in ["Grace", "Linus", "Barbara", "Deploy"] {
        app.join(name).await;
    }
    app.term_and_wait().await;
    crate::support::database::alter_stopped(
        &app.data_dir(),
        "update users set status = 'deactivated' where name = 'Grace';
         update users set status = 'banned' where name = 'Linus';
         update users set password_digest = null where name = 'Barbara';
         update users set role = 'bot' where name = 'Deploy';",
    );
    app.start_again();
    let visitor = app.visitor();
    let mut answers = Vec::new();
    let tries = [
        ("ada@example.com", WRONG),
        ("eve@example.com", PASSWORD),
        ("grace@example.com", PASSWORD),
        ("linus@example.com", PASSWORD),
        ("barbara@example.com", PASSWORD),
        ("barbara@example.com", ""),
        ("deploy@example.com", PASSWORD),
    ];
    for (address, password) in tries {
        let answer = visitor.sign_in_at("/session/new", address, password).await.expect(401);
        answers.push(answer.text().replace(address, "_"));
        assert!(visitor.session_token().is_empty(), "{address}");
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));

    // With the join link, too, a taken address only ever leads to the sign-in page.
    let path = format!("/join/{}", app.join_code());
    let mut answers = Vec::new();
    for name in ["ada", "linus", "barbara", "deploy"] {
        let address = format!("{name}@example.com");
        let visitor = app.visitor();
        let short = [("name", "Eve"), ("email_address", &*address), ("password", "short")];
        let refused = visitor.post_form(&path, &short).await.expect(422).text();
        let fields = [("name", "Eve"), ("email_address", &*address), ("password", WRONG)];
        let answer = visitor.post_form(&path, &fields).await.expect(303);
        assert!(visitor.session_token().is_empty(), "{name}");
        let to = answer.location().replace(name, "_");
        answers.push((refused.replace(&address, "_"), to, answer.text()));
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
    let fresh = [("name", "Eve"), ("email_address", "eve@example.com"), ("password", "short")];
    let refused = app.visitor().post_form(&path, &fresh).await.expect(422).text();
    assert_eq!(refused.replace("eve@example.com", "_"), answers[0].0);
}

#[tokio::test]
async fn an_address_is_the_same_in_any_spelling_of_its_letters() {
    let app = App::start();
    app.first_run().await;
    let visitor = app.visitor();
    visitor.sign_in_at("/session/new", " Ada@Example.COM ", PASSWORD).await.expect(303);
}

#[tokio::test]
async fn after_signing_in_you_are_where_you_wanted_to_go() {
    let app = App::start();
    let ada = app.first_run().await;
    let message = ada.post(1, "See here").await;
    for wanted in ["/rooms/1".to_owned(), format!("/rooms/1/@{message}")] {
        let laptop = Person::new("Ada", &app.base_url());
        let to = laptop.get(&wanted).await.expect(303).location();
        assert_eq!(to.split('?').next(), Some("/session/new"));
        laptop.sign_in_at(&to, "ada@example.com", WRONG).await.expect(401);
        let answer = laptop.sign_in_at(&to, "ada@example.com", PASSWORD).await.expect(303);
        assert_eq!(answer.location(), wanted);
    }
}

#[tokio::test]
async fn nobody_is_led_away_from_here() {
    let app = App::start();
    app.first_run().await;
    let paths = [
        "//evil.example/",
        "/\\evil.example",
        "https://evil.example/",
        "%2f%2fevil.example",
        "/%5cevil.example",
        "/%09/evil.example",
        "javascript:alert(1)",
    ];
    for path in paths {
        for name in ["return_to", "next", "to", "url"] {
            let visitor = app.visitor();
            let page = format!("/session/new?{name}={path}");
            let answer = visitor.sign_in_at(&page, "ada@example.com", PASSWORD).await.expect(303);
            let to = answer.location();
            assert!(!to.contains("evil") && !to.contains(['\t', '\\']), "{page} leads to {to}");
        }
        let visitor = app.visitor();
        let raw = visitor.bare(Method::GET, &format!("/rooms/1?x={path}"));
        visitor.send(raw.header("Referer", "https://evil.example/")).await.expect(303);
        let answer = visitor.sign_in_at("/session/new", "ada@example.com", PASSWORD).await;
        assert!(answer.location().starts_with("/"), "{path}");
    }
}

#[tokio::test]
async fn after_ten_tries_there_is_a_pause() {
    let app = App::with(|settings| {
        settings.set("RATE_LIMITS", "on");
    });
    let ada = app.first_run().await;
    for address in 0..10 {
        let visitor = app.visitor();
        let fields = [("email_address", "ada@example.com"), ("password", WRONG)];
        let request = visitor.request(Method::POST, "/session").form(&fields);
        // Nobody put a proxy in front of this server, so nobody is believed to be one.
        let forged = request.header("X-Forwarded-For", format!("203.0.113.{address}"));
        visitor.send(forged).await.expect(401);
    }
    for password in [WRONG, PASSWORD] {
        let visitor = app.visitor();
        let answer = visitor.sign_in_at("/session/new", "ada@example.com", password).await;
        let answer = answer.expect(429);
        let wait: u64 = answer.header("retry-after").parse().expect("seconds to wait");
        assert!((1..=200).contains(&wait), "{wait} s");
        assert!(answer.text().contains("action=\"/session\""), "it is still the sign-in page");
        assert!(visitor.session_token().is_empty());
    }
    ada.room_page(1).await;
}

#[tokio::test]
async fn a_session_cookie_is_kept_from_scripts_and_from_other_sites() {
    let app = App::start();
    app.first_run().await;
    let visitor = app.visitor();
    let answer = visitor.sign_in_at("/session/new", "ada@example.com", PASSWORD).await.expect(303);
    let cookies = answer.headers("set-cookie");
    let cookie = cookies.iter().find(|cookie| cookie.starts_with("session_http=")).unwrap();
    let parts: Vec<String> = cookie.split(';').map(|p| p.trim().to_ascii_lowercase()).collect();
    for part in ["httponly", "samesite=lax", "path=/"] {
        assert!(parts.iter().any(|p| p == part), "{part} is missing in {cookie}");
    }
    assert!(parts.iter().any(|p| p.starts_with("max-age=")), "{cookie}");
    assert!(!parts.iter().any(|p| p == "secure" || p.starts_with("domain=")), "{cookie}");

    let token = visitor.session_token();
    assert!(token.len() >= 22, "at least 128 bits of chance: {} letters", token.len());
    assert!(!app.database().files_contain(&token), "the token is stored hashed only");
    assert!(!app.log().contains(&token));
}

#[tokio::test]
async fn every_sign_in_gives_a_new_token() {
    let app = App::start();
    app.first_run().await;
    let visitor = app.visitor();
    let planted = "A".repeat(43);
    visitor.plant_cookie(&format!("session_http={planted}; Path=/"));
    assert_eq!(visitor.get("/rooms/1").await.expect(303).location(), "/session/new");
    let fields = [("email_address", "ada@example.com"), ("password", PASSWORD)];
    visitor.post_form("/session", &fields).await.expect(303);
    let first = visitor.session_token();
    assert_ne!(first, planted);

    visitor.get("/session/new").await.expect(200);
    let sessions = app.database().count("sessions");
    visitor.post_form("/session", &fields).await.expect(303);
    assert_ne!(visitor.session_token(), first);
    assert_eq!(app.database().count("sessions"), sessions, "the replaced session has ended");
    let thief = app.visitor();
    thief.plant_cookie(&format!("session_http={first}; Path=/"));
    thief.get("/rooms/1").await.expect(303);
}

#[tokio::test]
async fn signed_out_each_kind_of_client_is_told_in_its_own_way() {
    let app = App::start();
    app.first_run().await;
    let visitor = app.visitor();
    for path in ["/rooms/1", "/rooms/1/messages", "/account/edit", "/users/me/style.css"] {
        let answer = visitor.get_fragment(path).await.expect(401);
        let to = answer.header("hx-redirect").to_owned();
        assert!(to.starts_with("/session/new"), "{path}: HX-Redirect {to:?}");

        let json = visitor.bare(Method::GET, path).header("Accept", "application/json");
        let answer = visitor.send(json).await.expect(401);
        assert!(answer.header("content-type").starts_with("application/json"), "{path}");
        assert!(answer.json().is_object());
    }
    let posting = [("body", "hello")];
    visitor.post_form("/rooms/1/messages", &posting).await.expect(303);
    visitor.post_fragment("/rooms/1/messages", &posting).await.expect(401);
    assert_eq!(app.database().count("messages"), 0);
}

#[tokio::test]
async fn a_cookie_that_is_no_session_is_no_session() {
    let app = App::start();
    app.first_run().await;
    let long = "x".repeat(4_000);
    for value in ["", "x", "null", "%00", "\"quoted\"", "a b", "é", "../../etc", &long] {
        let visitor = app.visitor();
        let cookie = reqwest::header::HeaderValue::from_bytes(
            format!("session_http={value}; session_http=second; other").as_bytes(),
        );
        let request = visitor.request(Method::GET, "/rooms/1").header("Cookie", cookie.unwrap());
        let answer = visitor.send(request).await.expect(303);
        assert!(answer.location().starts_with("/session/new"), "{value:?}");
    }
}

#[tokio::test]
async fn a_session_survives_a_restart() {
    let mut app = App::start();
    let ada = app.first_run().await;
    app.restart().await;
    ada.room_page(1).await;
}
