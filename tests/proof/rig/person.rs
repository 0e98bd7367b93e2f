//! Somebody who uses the server over HTTP, as htmx in a browser does.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::multipart::{Form, Part};
use reqwest::{Client, Method, RequestBuilder, Response};

use super::page::between;

const PASSWORD: &str = "seven campfires at dusk";
const PATIENCE: Duration = Duration::from_secs(60);

/// A person with a session. Clones share it, like tabs do.
#[derive(Clone)]
pub struct Person {
    pub name: String,
    pub id: i64,
    /// As a `Cookie` header has it.
    pub cookie: String,
    client: Client,
    address: SocketAddr,
    /// Where they are, as the proxy in front says.
    from: String,
    /// A bot's key; it has no session.
    key: Option<String>,
}

/// What became of a request, as the one who sent it knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The whole answer arrived: the message, and the number of its change.
    Acked { id: i64, cursor: i64 },
    /// The server said no.
    Refused(u16),
    /// The connection broke, or the server was too busy to say: it may have happened or not.
    Unknown,
}

impl Person {
    /// Ada sets the server up; she is its administrator.
    pub async fn first_run(address: SocketAddr) -> Person {
        let mut ada = Person::stranger(address, "Ada", 1);
        ada.sign_up("/first_run").await;
        ada.id = 1;
        ada
    }

    /// Somebody joins by the link. The number makes their name and their address.
    pub async fn join(&self, number: usize) -> Person {
        let code = self.join_code().await;
        self.join_with(&code, number).await
    }

    /// The code of the join link, as Ada's page of settings shows it.
    pub async fn join_code(&self) -> String {
        let page = self.get("/account/edit").await.1;
        between(&page, "/join/", "\"").expect("a join link").to_owned()
    }

    pub async fn join_with(&self, code: &str, number: usize) -> Person {
        let mut person = Person::stranger(self.address, &format!("Person{number}"), number);
        person.sign_up(&format!("/join/{code}")).await;
        let page = person.get("/users/me/sidebar").await.1;
        person.id = between(&page, "data-user-id=\"", "\"")
            .and_then(|id| id.parse().ok())
            .expect("one's own page says who one is");
        person
    }

    /// Somebody whose session is known already.
    pub fn with_cookie(address: SocketAddr, cookie: &str) -> Person {
        Person { cookie: cookie.to_owned(), ..Person::stranger(address, "Somebody", 0) }
    }

    fn stranger(address: SocketAddr, name: &str, number: usize) -> Person {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(PATIENCE)
            .build()
            .unwrap();
        let from = format!("10.{}.{}.{}", number >> 16, number >> 8 & 255, number & 255);
        Person { name: name.into(), id: 0, cookie: String::new(), client, address, from, key: None }
    }

    async fn sign_up(&mut self, path: &str) {
        let email = format!("{}@example.com", self.name.to_lowercase());
        let fields =
            [("name", self.name.as_str()), ("email_address", &email), ("password", PASSWORD)];
        let request = self.request(Method::POST, path).form(&fields);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 303, "{} signs up", self.name);
        let cookies = answer.headers().get_all("set-cookie").iter();
        let session = cookies
            .filter_map(|cookie| cookie.to_str().ok()?.split(';').next())
            .find(|cookie| cookie.starts_with("session"));
        self.cookie = session.expect("a session").to_owned();
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("http://{}{path}", self.address))
            .header("Cookie", &self.cookie)
            .header("Sec-Fetch-Site", "same-origin")
            .header("X-Forwarded-For", &self.from)
    }

    /// The status and the body; 0 when there was no answer.
    pub async fn get(&self, path: &str) -> (u16, String) {
        read(self.request(Method::GET, path).send().await).await
    }

    /// The same, as htmx asks for a fragment.
    pub async fn get_fragment(&self, path: &str) -> (u16, String) {
        read(self.request(Method::GET, path).header("HX-Request", "true").send().await).await
    }

    /// Sends a form as htmx does.
    pub async fn send(&self, path: &str, fields: &[(&str, &str)]) -> (u16, String) {
        let request = self.request(Method::POST, path).header("HX-Request", "true");
        read(request.form(fields).send().await).await
    }

    /// Sends a form as a browser without script does.
    pub async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> u16 {
        let answer = self.request(Method::POST, path).form(fields).send().await;
        answer.map_or(0, |answer| answer.status().as_u16())
    }

    /// Sends a form without script and gives the path that the answer leads to.
    pub async fn submit_to(&self, path: &str, fields: &[(&str, &str)]) -> String {
        let answer = self.request(Method::POST, path).form(fields).send().await.unwrap();
        assert_eq!(answer.status(), 303, "{path}");
        answer.headers()["location"].to_str().unwrap().to_owned()
    }

    /// Posts a message under an id of the sender's choosing.
    pub async fn post(&self, room: i64, uuid: &str, text: &str) -> Outcome {
        let (path, fields) =
            (format!("/rooms/{room}/messages"), [("body", text), ("client_message_id", uuid)]);
        match &self.key {
            None => outcome(self.send(&path, &fields).await),
            Some(key) => self.post_as_bot(&path, key, &fields).await,
        }
    }

    /// The same; with the status, and the seconds after which to come back.
    pub async fn post_and_see(
        &self,
        room: i64,
        uuid: &str,
        text: &str,
    ) -> (u16, Option<u64>, Outcome) {
        let request = self.request(Method::POST, &format!("/rooms/{room}/messages"));
        let request = request.header("HX-Request", "true");
        let answer = request.form(&[("body", text), ("client_message_id", uuid)]).send().await;
        let later = answer
            .as_ref()
            .ok()
            .and_then(|answer| answer.headers().get("retry-after")?.to_str().ok()?.parse().ok());
        let (status, html) = read(answer).await;
        (status, later, outcome((status, html)))
    }

    /// The same with a file.
    pub async fn post_file(&self, room: i64, uuid: &str, text: &str, file: &[u8]) -> Outcome {
        let file = Part::bytes(file.to_vec()).file_name("noise.bin");
        let form = Form::new()
            .text("body", text.to_owned())
            .text("client_message_id", uuid.to_owned())
            .part("attachments", file);
        let path = format!("/rooms/{room}/messages");
        let request = self.request(Method::POST, &path).header("HX-Request", "true");
        outcome(read(request.multipart(form).send().await).await)
    }

    async fn post_as_bot(&self, path: &str, key: &str, fields: &[(&str, &str)]) -> Outcome {
        let request = self.client.post(format!("http://{}{path}", self.address));
        let request = request.bearer_auth(key).header("Accept", "application/json");
        match read(request.form(fields).send().await).await {
            (0 | 503, _) => Outcome::Unknown,
            (200 | 201, json) => {
                let made: serde_json::Value = serde_json::from_str(&json).unwrap();
                // Programs are not told of change numbers.
                Outcome::Acked { id: made["id"].as_i64().unwrap(), cursor: 0 }
            }
            (status, _) => Outcome::Refused(status),
        }
    }

    /// An administrator makes a bot, which is in every open room.
    pub async fn make_bot(&self, name: &str) -> Person {
        let request = self.request(Method::POST, "/account/bots").form(&[("name", name)]);
        let request = request.header("Accept", "application/json");
        let (status, made) = read(request.send().await).await;
        assert_eq!(status, 201, "a bot is made");
        let made: serde_json::Value = serde_json::from_str(&made).unwrap();
        let mut bot = Person::stranger(self.address, name, 0);
        bot.id = made["id"].as_i64().unwrap();
        bot.key = made["key"].as_str().map(str::to_owned);
        bot
    }

    pub async fn edit(&self, room: i64, id: i64, text: &str) -> Outcome {
        outcome(self.send(&format!("/rooms/{room}/messages/{id}"), &[("body", text)]).await)
    }

    pub async fn delete(&self, room: i64, id: i64) -> Outcome {
        outcome(self.send(&format!("/rooms/{room}/messages/{id}/delete"), &[]).await)
    }

    pub async fn boost(&self, id: i64, content: &str) -> Outcome {
        outcome(self.send(&format!("/messages/{id}/boosts"), &[("toggle", content)]).await)
    }

    /// The room's page, which is there to be read.
    pub async fn room_page(&self, room: i64) -> String {
        let (status, page) = self.get(&format!("/rooms/{room}")).await;
        assert_eq!(status, 200, "{} looks at room {room}", self.name);
        page
    }
}

/// Nothing counts as answered that did not arrive whole.
async fn read(answer: reqwest::Result<Response>) -> (u16, String) {
    match answer {
        Err(_) => (0, String::new()),
        Ok(answer) => {
            let status = answer.status().as_u16();
            answer.text().await.map_or((0, String::new()), |text| (status, text))
        }
    }
}

fn outcome((status, html): (u16, String)) -> Outcome {
    match status {
        0 | 503 => Outcome::Unknown,
        200 => {
            let number = |before| between(&html, before, "\"").and_then(|text| text.parse().ok());
            let id = number("id=\"message_").or_else(|| number("hx-target=\"#message_"));
            let id = id.or_else(|| number("hx-target=\"#boosts_"));
            match (id, number("data-cursor=\"")) {
                (Some(id), Some(cursor)) => Outcome::Acked { id, cursor },
                _ => panic!("an answer that says nothing: {html}"),
            }
        }
        status => Outcome::Refused(status),
    }
}
