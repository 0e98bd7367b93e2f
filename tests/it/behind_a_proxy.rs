//! With nginx in front, set up as the README says: pages, sockets, files, and who is who.

use std::net::{IpAddr, Ipv4Addr};

use reqwest::Method;
use reqwest::multipart::{Form, Part};

use crate::support::nginx::Nginx;
use crate::support::{App, Person, app};

/// Nobody's proxy: people come from here.
const ELSEWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
const FORGED: &str = "203.0.113.9";

/// A server, and nginx at its public address.
fn proxied() -> (App, Nginx, String) {
    let port = app::free_port();
    let base_url = format!("http://127.0.0.1:{port}");
    let app = App::with(|settings| {
        settings.set("BASE_URL", &base_url).set("TRUSTED_PROXIES", "127.0.0.1");
    });
    let nginx = Nginx::before(&app.host(), port);
    (app, nginx, base_url)
}

fn from_elsewhere(name: &str, base_url: &str) -> Person {
    Person::with(name, base_url, |client| client.local_address(ELSEWHERE))
}

async fn seen_at(app: &App, person: &Person) -> String {
    person.sign_in().await.expect(303);
    app.database().one("select ip_address from sessions order by id desc limit 1", [])
}

#[tokio::test]
async fn people_are_known_by_their_own_address_whatever_they_claim() {
    let (app, _nginx, public) = proxied();
    let ada = from_elsewhere("Ada", &public);
    ada.post_form("/first_run", &ada.details()).await.expect(303);
    assert_eq!(seen_at(&app, &ada).await, "127.0.0.2", "through the proxy");
    let claims = from_elsewhere("Ada", &public).at(FORGED);
    assert_eq!(seen_at(&app, &claims).await, "127.0.0.2", "with a header of their own");
    let direct = from_elsewhere("Ada", &app.base_url()).at(FORGED);
    assert_eq!(seen_at(&app, &direct).await, "127.0.0.2", "past the proxy");
    // What the trusted one says is believed.
    let neighbour = Person::new("Ada", &app.base_url()).at(FORGED);
    assert_eq!(seen_at(&app, &neighbour).await, FORGED);

    // Who comes through the proxy is not on this machine.
    ada.get("/metrics").await.expect(403);
    let here = Person::new("Monitor", &app.base_url());
    here.send(here.bare(Method::GET, "/metrics")).await.expect(200);
}

#[tokio::test]
async fn pages_sockets_and_files_pass() {
    let (app, nginx, public) = proxied();
    let ada = Person::new("Ada", &public);
    ada.post_form("/first_run", &ada.details()).await.expect(303);
    let mut socket = ada.live(1, 0).await;
    let browser = ada.browser().await;
    browser.goto("/rooms/1").await;
    browser.wait_live().await;
    let id = ada.post(1, "Through the proxy").await;
    socket.wait_for_message(id).await;
    browser.wait_for(&format!("#message_{id}")).await;
    browser.fill("#composer textarea", "And back").await;
    browser.press("Enter").await;
    socket.wait_for("And back").await;
    let of_metrics = Person::new("Monitor", &app.base_url());
    let metrics = of_metrics.send(of_metrics.bare(Method::GET, "/metrics")).await.text();
    assert!(metrics.contains("campfire_sockets 2"), "both by sockets:\n{metrics}");

    // Larger than nginx takes by itself, and not as large as the server does.
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
    let part = Part::bytes(bytes.clone()).file_name("large.bin");
    let form = Form::new().text("body", "A file").part("attachments", part);
    let request = ada.request(Method::POST, "/rooms/1/messages").multipart(form);
    ada.send(request).await.expect(303);
    let page = ada.room_page(1).await.text();
    let path = page.split("href=\"/files/").nth(1).unwrap().split('"').next().unwrap();
    let file = ada.get(&format!("/files/{path}")).await.expect(200);
    assert_eq!(file.bytes(), bytes);
    assert!(!nginx.log().contains("[error]"), "{}", nginx.log());
    browser.assert_clean_console();
}
