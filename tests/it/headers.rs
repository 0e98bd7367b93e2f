//! What protects people in their browsers: headers on every answer, no code or style in pages.
//!
//! The headers that every answer must have are checked by the kit, on every answer of every test.

use reqwest::Method;

use crate::support::{App, Person, html};

const PAGES: [&str; 4] = ["/rooms/1", "/rooms/1/@1", "/rooms/1/messages", "/account/edit"];

/// Paths of all scripts, styles and pictures of ours that a page asks for.
fn assets_of(page: &str) -> Vec<String> {
    let mut paths: Vec<String> = html::tags(page)
        .into_iter()
        .flat_map(|tag| [html::attribute(tag, "src"), html::attribute(tag, "href")])
        .flatten()
        .filter(|path| path.starts_with("/assets/"))
        .map(|path| path.split('#').next().unwrap_or(path).to_owned())
        .collect();
    paths.sort();
    paths.dedup();
    paths
}

fn assert_without_code(path: &str, page: &str) {
    for tag in html::tags(page) {
        let name = tag[1..].split([' ', '>', '\n', '/']).next().unwrap_or_default();
        assert_ne!(name, "style", "{path}: {tag}");
        assert_ne!(name, "base", "{path}: {tag}");
        assert!(name != "script" || tag.contains(" src=\"/assets/"), "{path}: {tag}");
        for attribute in [" style=", " onclick", " onload", " onsubmit", " hx-on", "javascript:"] {
            assert!(!tag.contains(attribute), "{path}: {attribute} in {tag}");
        }
        for address in [html::attribute(tag, "src"), html::attribute(tag, "action")] {
            let ours = address.is_none_or(|path| path.starts_with('/') && !path.starts_with("//"));
            assert!(ours, "{path}: {tag}");
        }
    }
}

#[tokio::test]
async fn pages_hold_no_code_and_no_style() {
    let app = App::start();
    let fresh = app.visitor();
    let first_run = fresh.get("/first_run").await.expect(200).text();
    assert_without_code("/first_run", &first_run);
    let ada = app.first_run().await;
    ada.post(1, "<b style='color:red' onclick='x()'>Hello</b>").await;
    for path in PAGES {
        let answer = ada.get(path).await.expect(200);
        assert!(answer.header("content-type").starts_with("text/html; charset=utf-8"), "{path}");
        assert_without_code(path, &answer.text());
    }
    assert_without_code("/session/new", &fresh.get("/session/new").await.expect(200).text());
    let join = fresh.get(&format!("/join/{}", app.join_code())).await.expect(200);
    assert_without_code("/join", &join.text());
    assert_without_code("404", &ada.get("/nowhere").await.expect(404).text());
}

#[tokio::test]
async fn the_policy_allows_our_own_scripts_and_nothing_else() {
    let app = App::start();
    let ada = app.first_run().await;
    let page = ada.room_page(1).await;
    let policy = page.content_security_policy();
    for (name, sources) in &policy {
        for source in sources.split(' ').filter(|source| source.contains("//")) {
            assert!(source.contains(&app.host()), "{name} allows {source}");
        }
    }
    assert!(policy["connect-src"].contains("'self'"));
    for (name, sources) in
        [("script-src", &policy["script-src"]), ("style-src", &policy["style-src"])]
    {
        assert!(!sources.contains("blob:"), "{name} {sources}");
    }
    assert!(page.header("strict-transport-security").is_empty(), "this is plain http");
    assert!(!policy.contains_key("upgrade-insecure-requests"));
}

#[tokio::test]
async fn every_kind_of_answer_has_its_headers() {
    let app = App::start();
    let ada = app.first_run().await;
    ada.post(1, "Hello").await;
    let visitor = app.visitor();
    for person in [&ada, &visitor] {
        for path in
            ["/", "/rooms/1", "/nowhere", "/assets/nothing.js", "/up", "/health", "/robots.txt"]
        {
            for method in [Method::GET, Method::HEAD, Method::POST, Method::DELETE, Method::TRACE] {
                // An administrator would delete the room that is looked at below.
                if method == Method::DELETE && path == "/rooms/1" {
                    continue;
                }
                let answer = person.send(person.request(method, path)).await;
                assert!(answer.status() < 500, "{}: {}", answer.asked, answer.status());
            }
        }
    }
    let foreign = ada.bare(Method::POST, "/session/delete").header("Sec-Fetch-Site", "cross-site");
    ada.send(foreign).await.expect(403);
    ada.room_page(1).await;
}

#[tokio::test]
async fn pages_that_hold_a_secret_are_kept_nowhere() {
    let app = App::start();
    let visitor = app.visitor();
    assert_eq!(visitor.get("/first_run").await.expect(200).header("cache-control"), "no-store");
    let ada = app.first_run().await;
    let join = format!("/join/{}", app.join_code());
    for (person, path) in
        [(&visitor, "/session/new"), (&visitor, join.as_str()), (&ada, "/account/edit")]
    {
        let answer = person.get(path).await.expect(200);
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
    }
}

#[tokio::test]
async fn assets_have_lasting_names_and_never_set_cookies() {
    let app = App::start();
    let ada = app.first_run().await;
    let assets = assets_of(&ada.room_page(1).await.text());
    assert!(assets.iter().any(|path| path.ends_with(".js")), "{assets:?}");
    assert!(assets.iter().any(|path| path.ends_with(".css")), "{assets:?}");
    assert!(assets.iter().any(|path| path.ends_with(".svg")), "{assets:?}");
    let visitor = app.visitor();
    for path in assets {
        let plain = visitor.get(&path).await.expect(200);
        assert_eq!(plain.header("cache-control"), "public, max-age=31536000, immutable", "{path}");
        assert!(plain.headers("set-cookie").is_empty());
        assert_eq!(plain.header("content-encoding"), "");
        let kind = plain.header("content-type");
        let expected = match path.rsplit('.').next() {
            Some("js") => "text/javascript; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            Some("svg") => "image/svg+xml",
            _ => kind,
        };
        assert!(kind.starts_with(expected), "{path}: {kind}");
        if kind.starts_with("text/") {
            for encoding in ["br", "gzip"] {
                let request =
                    visitor.request(Method::GET, &path).header("Accept-Encoding", encoding);
                let answer = visitor.send(request).await.expect(200);
                assert_eq!(answer.header("content-encoding"), encoding, "{path}");
                assert!(answer.header("vary").to_lowercase().contains("accept-encoding"));
            }
        }
        let other_name = path.replace(|c: char| c.is_ascii_digit(), "x");
        if other_name != path {
            visitor.get(&other_name).await.expect(404);
        }
    }
}

#[tokio::test]
async fn behind_https_cookies_are_locked_to_it() {
    let app = App::with(|settings| {
        settings.set("BASE_URL", "https://chat.example.com");
    });
    let visitor = Person::new("Ada", &app.base_url());
    let request = visitor
        .bare(Method::POST, "/first_run")
        .header("Host", "chat.example.com")
        .header("Origin", "https://chat.example.com");
    let answer = visitor.send(request.form(&visitor.details())).await.expect(303);
    assert!(answer.header("strict-transport-security").contains("max-age=63072000"));
    let cookies = answer.headers("set-cookie");
    let session = cookies.iter().find(|cookie| cookie.starts_with("__Host-session="));
    let session = session.unwrap_or_else(|| panic!("{cookies:?}"));
    for part in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(session.contains(part), "{part} is missing in {session}");
    }
    let page = |cookie: String| {
        let request = visitor.bare(Method::GET, "/rooms/1").header("Host", "chat.example.com");
        visitor.send(request.header("Cookie", cookie))
    };
    let value = html::between(session, "__Host-session=", ";").unwrap();
    let answer = page(format!("__Host-session={value}")).await.expect(200);
    let policy = answer.content_security_policy();
    assert!(policy.contains_key("upgrade-insecure-requests"));
    assert!(policy["connect-src"].contains("wss://chat.example.com"));
    assert!(policy["script-src"].contains("https://chat.example.com/assets/"));
    for origin in ["https://chat.example.com:444", "https://example.com", "null"] {
        let request = visitor.bare(Method::POST, "/session").header("Host", "chat.example.com");
        visitor.send(request.header("Origin", origin).form(&[("x", "y")])).await.expect(403);
    }
    assert!(
        answer.text().contains("https://chat.example.com/join/"),
        "links name the public address"
    );
    let plain = page(format!("session_http={value}")).await;
    assert_eq!(plain.status(), 303, "the name for plain http counts for nothing here");
}

#[tokio::test]
async fn links_name_the_public_address_whatever_host_is_claimed() {
    let mut app = App::start();
    let ada = app.first_run().await;
    let room = |name: &'static str, value: &'static str| {
        ada.send(ada.request(Method::GET, "/rooms/1").header(name, value))
    };
    let forged = [("X-Forwarded-Host", "evil.example"), ("Forwarded", "host=evil.example")];
    for (name, value) in forged {
        assert!(!room(name, value).await.text().contains("evil.example"), "{name} is believed");
    }
    room("Host", "evil.example").await;
    assert!(
        !ada.room_page(1).await.text().contains("evil.example"),
        "somebody else's host is kept"
    );

    app.term_and_wait().await;
    app.set("BASE_URL", &app.base_url());
    app.start_again();
    for path in ["/rooms/1", "/account/edit", "/session/new", "/"] {
        let request = ada.request(Method::GET, path).header("Host", "evil.example");
        let answer = ada.send(request).await;
        assert!(!answer.text().contains("evil.example"), "{path}");
        assert!(!answer.header("location").contains("evil.example"), "{path}");
    }
}
